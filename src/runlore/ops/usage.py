"""What a run used over its time: noted in its journal meanwhile, in the end a blob of the store."""

from collections.abc import Iterable, Mapping, Sequence

from runlore.execute.usage import Row
from runlore.records.canonical import Json
from runlore.records.hashing import ObjectId
from runlore.store import journal
from runlore.store.writer import ObjectWriter

KIND = "usage"


def note_usage(journal_path: str, rows: Sequence[Row]) -> None:
    """Put what was seen into the journal; raises ``OSError``, on a full disk for instance."""
    journal.append(journal_path, {"kind": KIND, "rows": list(rows)})


def add_usage(writer: ObjectWriter, entries: Iterable[Mapping[str, Json]]) -> ObjectId | None:
    """The blob that the journal's entries make; ``None`` if the run was short."""
    noted = _noted(entries)
    if not noted:
        return None
    from runlore.capture.metrics.usage import usage_series  # noqa: PLC0415 - many runs are short

    found = usage_series(noted)
    return None if found is None else ObjectId(writer.add_blob(found).hex())


def last_usage(entries: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """What a run whose owner was killed was last seen to use, as its seal has it; empty if nobody looked."""
    noted = _noted(entries)
    if not noted:
        return {}
    from runlore.capture.metrics.usage import last_usage as last  # noqa: PLC0415 - after a crash alone

    return last(noted)


def _noted(entries: Iterable[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    return [entry for entry in entries if entry.get("kind") == KIND]
