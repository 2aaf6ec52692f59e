"""What a run read outside its project and is no longer there as it was: how its command finds it all the same."""

import os
from collections.abc import Iterator, Sequence

from runlore.ops.parts import Parts
from runlore.ops.rebuilt import UNCHANGED, Outside
from runlore.ops.reproduction.folder import Folder
from runlore.ops.reproduction.setting import Moved
from runlore.records.paths import is_below
from runlore.records.run import Seal
from runlore.store.restore import Restorer
from runlore.store.store import Store
from runlore.store.whole import entry_of


class Ways:
    """By which ways a repeated command can be led to a copy of a file from outside, other than by its old path."""

    def __init__(self, parts: Parts) -> None:
        self._near = os.path.dirname(os.path.dirname(parts.intent.top or "/"))
        self._named = sorted(set(_named(parts)), key=len)
        self._seal = parts.seal

    def named(self, path: str) -> str | None:
        """What a word of the command or a variable names, and ``path`` is or lies below: another path can stand there.

        ``None`` if there is none.
        """
        return next((each for each in self._named if is_below(path, each)), None)

    def is_near(self, path: str) -> bool:
        """Whether it lies beside the project, so that a relative path may lead to it."""
        return len(self._near) > 1 and path.startswith(self._near + "/")

    def is_in_environment(self, path: str) -> bool:
        """Whether it is a source of an editable package, which is made again with the environment."""
        return self._seal is not None and is_source(self._seal, path)


def is_source(seal: Seal, path: str) -> bool:
    """Whether it is a source of an editable package of that run, and kept with its environment."""
    roots = (root for each in seal.kept for root in each["roots"] if root["tree"] is not None)
    return any(is_below(path, root["path"]) for root in roots)


def place(store: Store, parts: Parts, outside: Sequence[Outside], folder: Folder) -> tuple[Moved, ...]:
    """Put below the folder's root what lay beside the project, and what is gone; the paths that lead there now.

    Raises:
        OSError: the disk does not take it.
    """
    ways, refs = Ways(parts), {ref.path: ref for ref in parts.inputs}
    lost = (ways.named(each.path) for each in outside if each.stored and each.status != UNCHANGED)
    moved = [name for name in dict.fromkeys(lost) if name is not None]
    with Restorer(store.objects, folder.root) as restorer:
        for each in outside:
            if each.stored and (ways.is_near(each.path) or any(is_below(each.path, name) for name in moved)):
                restorer.put(entry_of(refs[each.path]), os.fsencode(each.path[1:]))
    return tuple(Moved(name, folder.root + name) for name in moved)


def _named(parts: Parts) -> Iterator[str]:
    """The absolute paths in the command and in the variables that were kept, and that of its standard input."""
    words = [*parts.recipe.argv, *(part for value in parts.recipe.variables.values() for part in value.split(":"))]
    for word in words:
        for text in (word, word.partition("=")[2]):
            if text.startswith("/") and len(text) > 1:
                yield text.rstrip("/")
    yield from (ref.path for ref in parts.inputs if ref.role == "stdin" and ref.path.startswith("/"))
