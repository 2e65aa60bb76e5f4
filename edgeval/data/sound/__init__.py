"""Sound: wav files, and what a network sees of them."""
