"""Figures of a report, as SVG text."""
