"""Long campaigns against the claims of docs/RELIABILITY.md: kills, faults, fuzzing, a bad line. Short versions of all
of them run as ordinary tests; `make soak` and `make fuzz` run the long ones, which write into log.py's file."""
