"""Pickles, read as plain descriptions of what they would make; nothing in them is ever made."""
