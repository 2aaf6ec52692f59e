"""Make the environment of a run again from its record."""
