"""The library that is preloaded into the programs of a run, and how it is built."""
