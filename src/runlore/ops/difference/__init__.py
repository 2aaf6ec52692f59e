"""The parts of `diff`, one file each."""
