"""`python -m edgeval`."""

from __future__ import annotations

from edgeval.cli import main

if __name__ == "__main__":
    main()
