"""How sure a figure is: tests, intervals, resampling and power."""
