"""What an analysis reads: finished predictions reduced to who was right, a table of accuracies, costs."""
