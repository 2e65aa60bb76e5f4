"""What many models together show."""
