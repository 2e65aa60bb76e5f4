"""The functions that the command line is a thin skin of, and what they return; `edgeval` re-exports them.

A function has the options of its command as keywords, runs it and returns a frozen dataclass. It writes no report:
`save()` of its result does.
"""
