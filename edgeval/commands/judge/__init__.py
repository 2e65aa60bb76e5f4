"""What decides: the gate, what it is held against, and recomputing it."""
