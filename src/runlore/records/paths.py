"""Paths as records have them: relative to the top of a project, or absolute."""


def is_below(path: str, folder: str) -> bool:
    """Whether ``path`` is that folder, or a file of that name, or lies in it."""
    return f"{path}/".startswith(folder.rstrip("/") + "/")
