"""Data that DVC keeps: which inputs it tracks, and their bytes from its cache and its remotes."""
