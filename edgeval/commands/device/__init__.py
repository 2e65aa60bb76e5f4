"""Targets, what a model costs there, and the firmware."""
