"""Train, export, compare, report: the way of a model to its device."""
