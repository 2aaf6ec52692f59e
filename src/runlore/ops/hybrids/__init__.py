"""Runs put together of parts of two others, to see which of their differences matters."""
