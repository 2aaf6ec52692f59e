"""What a verb needs beyond one run: whether two files say the same, and where two runs first part."""
