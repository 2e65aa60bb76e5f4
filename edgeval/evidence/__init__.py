"""What a verdict was computed from, kept beside it, and computed again."""
