"""Every judged comparison as one line: what it saw, what it said, at which commit."""
