"""Tables of a report, independent of how they are written down."""
