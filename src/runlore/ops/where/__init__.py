"""The language of `--where`: words, grammar, and what its keys and values mean. ``docs/reference/where.md``."""
