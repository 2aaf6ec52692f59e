"""The states that a run can be in."""

SEALED = ("succeeded", "failed", "killed", "crashed", "reused")
"""Those that a seal can say."""
STATES = ("running", *SEALED)
