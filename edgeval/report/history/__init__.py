"""A history as a page, as a badge, and as other tools read it."""
