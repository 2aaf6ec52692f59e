"""Samples of a run: where its errors are, and what has changed between two runs. Computed by DuckDB."""
