"""Folders whose entries were listed: one stands for very many below it, as `find` and `os.walk` list them."""

import os
from collections import Counter
from collections.abc import Iterator

_MANY = 100


def walked(folders: set[bytes]) -> set[bytes]:
    """The ``folders`` but for those below one of them that has more than a hundred of them below it."""
    if len(folders) <= _MANY:
        return folders
    above = {path: [each for each in _parents(path) if each in folders] for path in folders}
    below = Counter(each for found in above.values() for each in found)
    return {path for path, found in above.items() if all(below[each] <= _MANY for each in found)}


def _parents(path: bytes) -> Iterator[bytes]:
    while (parent := os.path.dirname(path)) != path:
        yield (path := parent)
