"""Results for a terminal, by rich."""
