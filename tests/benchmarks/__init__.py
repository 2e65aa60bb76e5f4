"""Benchmarks: `make bench`. Each is a ratio against a named peer, measured in turns in one run, medians."""
