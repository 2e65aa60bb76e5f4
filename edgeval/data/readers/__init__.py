"""Readers of the files and folders that hold a data set."""
