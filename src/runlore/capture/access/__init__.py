"""What a run touches: the observers that can watch it, and what the files they saw mean."""
