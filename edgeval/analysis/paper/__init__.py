"""Statements of the paper, checked on figures of the same families."""
