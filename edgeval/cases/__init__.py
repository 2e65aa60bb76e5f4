"""The evaluated model: its predictions per seed and stage, aligned on the same samples."""
