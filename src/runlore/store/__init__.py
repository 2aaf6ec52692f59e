"""`.mlrun` on disk."""
