"""Results made visible: for a terminal, or as JSON. Computes nothing."""
