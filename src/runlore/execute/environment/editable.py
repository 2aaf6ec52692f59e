"""Editable distributions: the lines and literals through which they point at their sources, pointed at where those are.

Sources in the project are found below the folder that the variable `PROJECT` names when the interpreter starts,
so that every reproduction of an environment shares it. Others are put into the environment itself.
"""

import os
import re
from collections.abc import Iterator, Sequence

from runlore.records.canonical import Json

PROJECT = "RUNLORE_PROJECT"
_LITERAL = re.compile(r"(?P<quote>['\"])(?P<path>/[^'\"\\\n]*)(?P=quote)")


class Editable:
    """Where the sources of one distribution were, and where they are now."""

    def __init__(self, roots: Sequence[Json], sources: str) -> None:
        """``roots`` are as the seal has them; those with a tree are put into folders below ``sources``."""
        self._roots = sorted(roots, key=lambda root: len(root["path"]), reverse=True)
        self._sources = sources

    def placed(self) -> Iterator[tuple[str, str]]:
        """Each tree that is to be placed, and the folder that it is placed in."""
        for number, root in enumerate(self._roots):
            if root["tree"] is not None:
                yield root["tree"], self._folder(number, root)

    def rewritten(self, name: bytes, data: bytes) -> bytes:
        """The file ``name``, which lies directly in the folder of packages."""
        if not name.endswith((b".pth", b".py")):
            return data
        text = data.decode("utf-8", "surrogateescape")
        if name.endswith(b".pth"):
            lines = [self._line(line) for line in text.splitlines()]
            text = "\n".join(lines) + "\n"
        else:
            text = _LITERAL.sub(self._literal, text)
        return text.encode("utf-8", "surrogateescape")

    def _line(self, line: str) -> str:
        if line.startswith(("import ", "import\t")):
            return _LITERAL.sub(self._literal, line)
        found = self._now(line.strip())
        if found is None:
            return line
        folder, inside = found
        if not inside:
            return folder
        return f"import os, sys; _ = {folder}; _ in sys.path or os.path.isdir(_) and sys.path.append(_)"

    def _literal(self, found: re.Match[str]) -> str:
        now = self._now(found["path"])
        if now is None:
            return found[0]
        return now[0] if now[1] else repr(now[0])

    def _now(self, path: str) -> tuple[str, bool] | None:
        """Where ``path`` is now: a path, or, in the project, an expression for it; ``None`` if it did not move."""
        for number, root in enumerate(self._roots):
            if path != root["path"] and not path.startswith(root["path"].rstrip("/") + "/"):
                continue
            below = path[len(root["path"]) :].strip("/")
            if root["inside"] is not None:
                rest = "/".join(part for part in (root["inside"].strip("/"), below) if part not in ("", "."))
                top = root["path"].removesuffix("/" + root["inside"]) if root["inside"] != "." else root["path"]
                variable = f"__import__('os').environ.get({PROJECT!r}, {top!r})"
                return f"__import__('os').path.join({variable}, {rest!r})" if rest else variable, True
            if root["tree"] is not None:
                return os.path.join(self._folder(number, root), below).rstrip("/"), False
        return None

    def _folder(self, number: int, root: Json) -> str:
        """Where the sources of a root are put; the folder keeps its name, which may be that of a package."""
        name = os.path.basename(root["path"].rstrip("/"))
        return f"{self._sources}/{number}/{name if name not in ('', '.', '..') else 'root'}"
