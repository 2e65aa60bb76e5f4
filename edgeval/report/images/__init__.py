"""The images that a report shows of each class."""
