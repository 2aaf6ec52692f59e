"""Stores elsewhere: a folder, a machine that SSH reaches, a bucket. Section 11 of the store format."""
