"""The nouns: what a run is, and the exact bytes each record has on disk. No I/O."""
