"""A project in which the real program runs, with a repository of its own."""

from tests.capture.project import place, repo

__all__ = ["place", "repo"]
