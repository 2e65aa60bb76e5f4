"""The parts of a report as blocks: which sentences and tables answer which question, in which order."""
