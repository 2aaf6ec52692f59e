"""mlrun: git for training runs."""
