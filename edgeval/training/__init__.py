"""Training of grids of small networks."""
