"""The form of every document that edgeval writes, and the one place where they are read and written.

Each file declares one document as TypedDicts; docs/schemas/ has the JSON schemas that are made from them
(`python -m tests.schemas`). Fractions are 0 to 1, points are percentage points, units stand in the key's name.
"""
