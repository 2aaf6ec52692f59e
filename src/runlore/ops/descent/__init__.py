"""The steps of `lineage`: what was asked for, which runs it leads to, and what comes of it."""
