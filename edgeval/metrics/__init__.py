"""Pure functions of numpy arrays: what is computed from labels, predictions, error masks and scores.

An array of the wrong shape, an empty one where a mean is asked for, and NaN or infinity anywhere raise
DataError; no function returns NaN.
"""
