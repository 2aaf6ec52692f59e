"""The samples that a script told of, from the journal of its run into one table."""

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, NamedTuple, TypeGuard

from runlore.capture.samples.kinds import kinds_of, type_of
from runlore.records.canonical import Json
from runlore.records.phrases import counted, named
from runlore.records.run import Warn
from runlore.records.samples import SPLIT, TEXT

_MOST_COLUMNS, _MOST_NAME, _MOST_SPLITS = 1_000, 200, 100
_LEVEL = 1
"""Of compression: somebody waits for the end of the run."""


class Collected(NamedTuple):
    """What was found: how many rows, of each column its name and type, the splits that were named, and warnings."""

    rows: int
    columns: tuple[Mapping[str, str], ...]
    splits: tuple[str, ...]
    warnings: tuple[Warn, ...]


def collect(entries: Iterable[Mapping[str, Json]], to: BinaryIO) -> Collected | None:
    """Write the batches in these entries to ``to``; ``None``, and nothing of worth is written, if there are no rows.

    Each line is ``{"split", "columns"}`` with a list for each column that the batch has, as in the journal, in a gzip
    stream. Processes of the user write to the journal: what is no batch is counted and said.
    """
    table = _Table()
    # Without a time in it, so that equal samples are equal bytes.
    with gzip.GzipFile(fileobj=to, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
        for entry in entries:
            if (line := table.take(entry)) is not None:
                packed.write(line)
    return table.collected()


class _Table:
    """The columns that were seen so far."""

    def __init__(self) -> None:
        self._names: dict[str, str | None] = {}  # as told -> as kept
        self._taken = {SPLIT}
        self._kinds: dict[str, set[str]] = {}
        self._splits: dict[str, None] = {}
        self._rows = self._malformed = self._batches = 0
        self._sets: set[frozenset[str]] = set()

    def take(self, entry: Mapping[str, Json]) -> bytes | None:
        """The line for an entry; ``None`` if it is no batch of samples."""
        columns, split = entry.get("columns"), entry.get("split")
        if not _is_batch(columns) or not (split is None or isinstance(split, str)):
            self._malformed += 1
            return None
        kept = {name: values for told, values in columns.items() if (name := self._name(told)) is not None}
        self._sets.add(frozenset(kept))
        self._batches += 1
        for name, values in kept.items():
            self._kinds[name] |= kinds_of(values)
        self._rows += len(next(iter(columns.values())))
        if split is not None:
            split = _plain(split)
            if len(self._splits) < _MOST_SPLITS:
                self._splits[split] = None
        return _line({"split": split, "columns": kept})

    def collected(self) -> Collected | None:
        """What all of it comes to."""
        types = {name: type_of(kinds) for name, kinds in self._kinds.items()}
        warnings = tuple(self._warnings(types))
        if not self._rows:
            return None
        columns = tuple({"name": name, "type": kind} for name, (kind, _) in types.items())
        return Collected(self._rows, columns, tuple(self._splits), warnings)

    def _name(self, told: str) -> str | None:
        """Under which name a column is kept: no two differ only by case, which most tools for tables do not tell."""
        if told not in self._names:
            kept = None if len(self._kinds) >= _MOST_COLUMNS else self._free(_plain(told)[:_MOST_NAME] or "column")
            self._names[told] = kept
            if kept is not None:
                self._kinds[kept] = set()
                self._taken.add(kept.casefold())
        return self._names[told]

    def _free(self, name: str) -> str:
        if name.casefold() not in self._taken:
            return name
        number = 2
        while f"{name}_{number}".casefold() in self._taken:
            number += 1
        return f"{name}_{number}"

    def _warnings(self, types: Mapping[str, tuple[str, bool]]) -> Iterable[Warn]:
        if self._malformed:
            yield Warn("samples-malformed", f"{counted(self._malformed, 'batch', 'batches')} of samples cannot be read")
        mixed = [name for name, (kind, alike) in types.items() if kind == TEXT and not alike]
        if mixed:
            message = f"columns of samples hold values of several kinds, kept as text: {named(mixed)}"
            yield Warn("samples-mixed", message)
        if len(self._sets) > 1:
            every = frozenset.intersection(*self._sets)
            partly = [name for name in types if name not in every]
            yield Warn("samples-uneven", f"columns of samples are not in every batch: {named(partly)}")
        renamed = [f"{told} as {kept}" for told, kept in self._names.items() if kept not in {told, None}]
        if renamed:
            yield Warn("samples-renamed", f"columns of samples are kept under other names: {named(renamed)}")
        if dropped := sum(kept is None for kept in self._names.values()):
            yield Warn("samples-columns", f"{dropped:,} columns of samples are left out: {_MOST_COLUMNS:,} are kept")


def _is_batch(columns: Any) -> TypeGuard[dict[str, list[Json]]]:  # noqa: ANN401 - whatever the journal holds
    """Whether it has at least one column, all of them lists of one length."""
    if not isinstance(columns, dict) or not columns or not all(isinstance(each, list) for each in columns.values()):
        return False
    return len(set(map(len, columns.values()))) == 1


def _line(batch: Mapping[str, Json]) -> bytes:
    try:
        text = json.dumps(batch, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:  # a NaN that is no string: nothing of ours writes it
        text = json.dumps(json.loads(json.dumps(batch), parse_constant=str), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def _plain(text: str) -> str:
    """``text`` with a question mark for each lone surrogate."""
    return text.encode("utf-8", "replace").decode()
