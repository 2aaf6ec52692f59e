"""Samples of a run: what its script told of them, and which of its files hold predictions."""
