"""What a model costs on a target: instructions, latency, RAM, flash."""
