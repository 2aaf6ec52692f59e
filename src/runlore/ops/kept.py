"""What a run used and no index can give again, put into the store when the run has ended.

A run that has nothing of that kind pays a few ``stat`` calls: what finds out is imported when there may be something.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from runlore.capture.pristine import Reading, readings, remember
from runlore.ops.interpreter import environment_state
from runlore.ops.told import Entries
from runlore.ops.touched import Touched
from runlore.records.canonical import Json
from runlore.records.run import Warn
from runlore.store import settings
from runlore.store.objects import ObjectWriter
from runlore.store.store import Store

if TYPE_CHECKING:
    from runlore.capture.keeping import Candidate

_NONE = b"none"
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
    key = b"k:" + environment_state(report)
    read = readings(store.stats, seen.packages)
    unsure = {folder: reading for folder, reading in read.items() if reading.unsure}
    if not unsure and store.stats.get(key) == _NONE:
        return NOTHING
    return _keep(store, writer, report, key, unsure, seen, top)


def _keep(  # noqa: PLR0913, PLR0917 - everything that it depends on
    store: Store,
    writer: ObjectWriter,
    report: Mapping[str, Json],
    key: bytes,
    unsure: Mapping[str, Reading],
    seen: Touched,
    top: str,
) -> Keeping:
    from runlore.capture.interpreter import read_report  # noqa: PLC0415 - few runs need it
    from runlore.capture.keeping import Keeper, Place, Seen, patched, unindexed  # noqa: PLC0415 - the same

    interpreter = read_report(report)
    if interpreter is None:
        return NOTHING
    settled = store.clock()
    found: dict[str, Candidate] = {}
    for folder, reading in unsure.items():
        wrong = patched(folder, reading, seen.imported or ())
        found |= {each.distribution.name: each for each in wrong}
        remember(store.stats, folder, reading, {path: "" for each in wrong for path in each.altered}, settled)
    warnings = [Warn("package-patched", _changed(each)) for each in found.values()]
    others = unindexed(interpreter.path, store.stats)
    if not others:
        store.stats.put(key, _NONE)
    found |= {each.distribution.name: each for each in others}
    code = tuple(ref.path for ref in seen.inputs if ref.role == "code" and ref.path.startswith("/"))
    imported = None if seen.imported is None else frozenset(seen.imported)
    place = Place(store.stats, writer, settings.limits(store.layout), top, settled)
    keeper = Keeper(place, interpreter.prefix, Seen(imported, code))
    kept = [each for _, candidate in sorted(found.items()) if (each := keeper.keep(candidate)) is not None]
    return Keeping(tuple(kept), (*warnings, *keeper.warnings))


def _changed(candidate: "Candidate") -> str:
    each = candidate.distribution
    files = ", ".join(f'"{path}"' for path in candidate.altered[:_FEW])
    more = f" and {len(candidate.altered) - _FEW} more" if len(candidate.altered) > _FEW else ""
    return f"{each.name} {each.version} is not as it was installed: {files}{more} changed"
