"""A package outside the repository: one part of each kind. `tests/e2e/test_outside.py` copies it away and runs it."""
