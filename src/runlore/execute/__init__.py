"""Run a command and watch it."""
