"""Comparison of models and stages: what changed, whether it passes, and why."""
