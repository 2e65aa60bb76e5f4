"""The bytes between a PC and the firmware: frames, messages, sessions; where they travel is the other files' matter."""
