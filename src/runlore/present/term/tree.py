"""Files of a run as a tree of their folders."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runlore.present.term.blocks import Column, Line, Span, Spans, Table, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size
from runlore.records.origins import Origin
from runlore.records.paths import is_below
from runlore.records.phrases import counted
from runlore.records.run import FileRef

_MOST = 100
"""Rows shown of one tree; ``--json`` has all."""


class _Folder:
    """Files by name, and folders by name."""

    def __init__(self) -> None:
        self.files: dict[str, FileRef] = {}
        self.folders: dict[str, _Folder] = {}

    def add(self, names: list[str], ref: FileRef) -> None:
        if len(names) == 1:
            self.files[names[0]] = ref
        else:
            self.folders.setdefault(names[0], _Folder()).add(names[1:], ref)

    def total(self) -> tuple[int, int]:
        """Files and bytes below it."""
        below = [folder.total() for folder in self.folders.values()]
        own = [ref.size for ref in self.files.values()]
        return len(own) + sum(files for files, _ in below), sum(own) + sum(size for _, size in below)


class _Row(NamedTuple):
    depth: int
    name: str
    what: "FileRef | _Folder"


def tree(refs: Iterable[FileRef], *, indent: int = 2, origins: Iterable[Origin] = ()) -> list[Table | Line]:
    """Files below their folders, each with its size, short hash, whether its bytes are kept, and how it is known.

    A folder in which there is nothing but one folder stands in one row with it. Who has a file as well, by its
    ``origins``, stands in the last column.
    """
    root = _Folder()
    for ref in refs:
        root.add(_names(ref.path), ref)
    rows = list(_rows(root, 0))
    columns = (Column("path", shrink=True), Column("size", right=True), Column("hash"), Column("kept"), Column("how"))
    known = tuple(origins)
    table = Table(columns, tuple(_cells(row, known) for row in rows[:_MOST]), header=False, indent=indent)
    more = len(rows) - _MOST
    return [table] if more <= 0 else [table, line(" " * indent, Span(f"and {more:,} more; --json has all", "dim"))]


def _names(path: str) -> list[str]:
    """The names on the way to a file; those of an absolute path begin at the root."""
    names = [name for name in path.split("/") if name]
    return ["/" + names[0], *names[1:]] if path.startswith("/") and names else names or [path]


def _rows(folder: _Folder, depth: int) -> Iterator[_Row]:
    for name, below in sorted(folder.folders.items()):
        shown, inner = name, below
        while len(inner.folders) == 1 and not inner.files:
            ((name, inner),) = inner.folders.items()  # noqa: PLW2901 - further down
            shown += "/" + name
        yield _Row(depth, shown + "/", inner)
        yield from _rows(inner, depth + 1)
    for name, ref in sorted(folder.files.items()):
        yield _Row(depth, name + "/" * (ref.kind == "d"), ref)


def _cells(row: _Row, origins: Sequence[Origin]) -> tuple[Spans, ...]:
    name = "  " * row.depth + row.name
    if isinstance(row.what, _Folder):
        files, total = row.what.total()
        below = Span(counted(files, "file"), "dim")
        return spans(Span(name, "dim")), spans(Span(size(total), "dim")), spans(below), (), ()
    ref = row.what
    how = ref.how if ref.role == "data" else f"{ref.how}, {ref.role}"
    how = ", ".join((how, *sorted({each.by for each in origins if _is_about(each, ref)})))
    kept = "stored" if ref.stored else Span("hash only", "warn")
    return spans(name), spans(size(ref.size)), spans(short(ref.oid)), spans(kept), spans(Span(how, "dim"))


def _is_about(origin: Origin, ref: FileRef) -> bool:
    """Whether all of it, or something in it, is that of the origin."""
    if ref.kind == "d":
        return is_below(origin.path, ref.path) or (origin.is_folder and is_below(ref.path, origin.path))
    return origin.path == ref.path
