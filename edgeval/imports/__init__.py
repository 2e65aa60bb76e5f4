"""Predictions that another tool made: read, checked, and kept so that every comparison and the gate apply."""
