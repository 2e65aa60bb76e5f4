"""Where two stages of one .tflite file part: operator by operator, on equal inputs (docs/LAYERS.md)."""
