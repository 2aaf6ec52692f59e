"""Predictions of runs: kept when a run ends, found when somebody asks."""
