"""A run again: what it would take, where it runs, that it runs, and whether it came to the same."""
