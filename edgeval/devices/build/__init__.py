"""Compiling the firmware and its engine, and reading what came out."""
