"""How the error falls with size: curves, laws, exponents, and the spectrum that the theory needs."""
