"""What a run used and no index can give again, put into the store when the run has ended.

A run that has nothing of that kind pays a few ``stat`` calls: what finds out is imported when there may be something.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from runlore.ops.interpreter import environment_state
from runlore.ops.told import Entries
from runlore.ops.touched import Touched
from runlore.records.canonical import Json
from runlore.records.phrases import quoted
from runlore.records.run import Warn
from runlore.store import settings
from runlore.store.checksum import fingerprint
from runlore.store.pack import TREE
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

if TYPE_CHECKING:
    from runlore.capture.keeping import Candidate
    from runlore.capture.pristine import Reading

_FEW = 3
"""Files of one distribution that a warning names."""


class Keeping(NamedTuple):
    """What the seal says of kept distributions, and what a person should know."""

    kept: tuple[Mapping[str, Json], ...]
    warnings: tuple[Warn, ...]


NOTHING = Keeping((), ())


def keep_distributions(store: Store, writer: ObjectWriter, entries: Entries, seen: Touched, top: str) -> Keeping:
    """Keep what the first interpreter of the run had and no index gives."""
    report = next((entry for entry in entries if entry.get("kind") == "interpreter"), None)
    if report is None:
        return NOTHING
    code = _code_outside(seen)
    unsure = _unsure(store, seen.packages) if any(map(_may_be_patched, seen.packages)) else {}
    using = "\0".join((top, *(("\0",) if seen.imported is None else seen.imported)))
    key = b"k:" + fingerprint(environment_state(report) + os.fsencode(using))
    if not unsure and (known := _known(store.stats.get(key), writer, code)) is not None:
        return Keeping(known, ())
    return _keep(store, writer, report, key, unsure, seen, top)


def _may_be_patched(path: bytes) -> bool:
    """Whether it is part of a package; what Python reads at each start is none."""
    return b"-packages/" in path and not path.endswith((b".pth", b"-packages"))


def _code_outside(seen: Touched) -> tuple[str, ...]:
    """The code outside the project that was read."""
    return tuple(ref.path for ref in seen.inputs if ref.role == "code" and ref.path.startswith("/"))


def _unsure(store: Store, paths: Iterable[bytes]) -> "dict[str, Reading]":
    """What was read of packages and is not known to be as it was installed, by folder."""
    from runlore.capture.pristine import readings  # noqa: PLC0415 - of runs that import packages

    return {folder: each for folder, each in readings(store.stats, paths).items() if each.unsure}


def _known(value: bytes | None, writer: ObjectWriter, code: Iterable[str]) -> tuple[Mapping[str, Json], ...] | None:
    """What was kept the last time, if that is here and the run used no sources that may have changed since."""
    if value is None:
        return None
    kept = json.loads(value)
    folders = tuple(root["path"] + "/" for each in kept for root in each["roots"] if root["inside"] is None)
    if any(path.startswith(folders) for path in code):
        return None
    return tuple(kept) if all(writer.has(bytes.fromhex(each["tree"]), TREE) for each in kept) else None


def _keep(  # noqa: PLR0913, PLR0917 - everything that it depends on
    store: Store,
    writer: ObjectWriter,
    report: Mapping[str, Json],
    key: bytes,
    unsure: "Mapping[str, Reading]",
    seen: Touched,
    top: str,
) -> Keeping:
    from runlore.capture.environment import is_remembered  # noqa: PLC0415 - few runs need it
    from runlore.capture.interpreter import read_report  # noqa: PLC0415 - the same
    from runlore.capture.keeping import Keeper, patched, unindexed  # noqa: PLC0415 - the same
    from runlore.capture.pristine import Used, remember  # noqa: PLC0415 - the same
    from runlore.capture.sources import Place  # noqa: PLC0415 - the same

    interpreter = read_report(report)
    if interpreter is None:
        return NOTHING
    settled = store.clock()
    found: dict[str, Candidate] = {}
    for folder, reading in unsure.items():
        wrong = patched(folder, reading, seen.imported or ())
        found |= {each.distribution.name: each for each in wrong}
        remember(store.stats, folder, reading, {path for each in wrong for path in each.altered}, settled)
    warnings = [Warn("package-patched", _changed(each)) for each in found.values()]
    found |= {each.distribution.name: each for each in unindexed(interpreter.path, store.stats)}
    place = Place(store.stats, writer, settings.limits(store.layout), top, settled)
    imported = None if seen.imported is None else frozenset(seen.imported)
    keeper = Keeper(place, interpreter.prefix, Used(imported, _code_outside(seen)))
    kept = tuple(each for _, candidate in sorted(found.items()) if (each := keeper.keep(candidate)) is not None)
    copied = any(root["tree"] is not None for each in kept for root in each["roots"])
    if not (warnings or keeper.warnings or copied) and is_remembered(interpreter, store.stats):
        store.stats.put(key, json.dumps(kept).encode())
    return Keeping(kept, (*warnings, *keeper.warnings))


def _changed(candidate: "Candidate") -> str:
    each = candidate.distribution
    return f"{each.name} {each.version} is not as it was installed: {quoted(candidate.altered, _FEW)} changed"
