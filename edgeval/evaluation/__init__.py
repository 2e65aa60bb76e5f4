"""Data set x model x stage -> predictions."""
