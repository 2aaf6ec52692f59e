"""The samples that a script told of become a blob of the store when its run ends."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from runlore.records.canonical import Json
from runlore.records.run import Warn
from runlore.records.samples import LINES, PARQUET
from runlore.store import journal
from runlore.store.durable import fresh_name
from runlore.store.layout import Layout
from runlore.store.writer import ObjectWriter

if TYPE_CHECKING:
    from runlore.capture.samples.collect import Collected


class Kept(NamedTuple):
    """The table as the seal names it, ``None`` where nothing is kept, and what is to be said."""

    table: Mapping[str, Json] | None
    warnings: tuple[Warn, ...] = ()


def keep_samples(
    writer: ObjectWriter, layout: Layout, journal_path: str, entries: Iterable[Mapping[str, Json]]
) -> Kept:
    """Put the samples in a journal with these entries into the store, as Parquet where there is DuckDB.

    Raises ``OSError``.
    """
    if not any(entry.get("kind") == journal.SAMPLES for entry in entries):
        return Kept(None)
    import shutil  # noqa: PLC0415 - few runs have any

    from runlore.capture.samples.collect import collect  # noqa: PLC0415 - the same

    folder = f"{layout.tmp}/{fresh_name()}"
    os.mkdir(folder, 0o700)
    try:
        with open(f"{folder}/lines", "xb") as lines:
            found = collect(journal.read_samples(journal_path), lines)
        if found is None:
            return Kept(None, (Warn("samples-malformed", "what the script told of samples cannot be read"),))
        form, path = _packed(folder, found)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            digest, size, kept = writer.add_file(descriptor)
        finally:
            os.close(descriptor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not kept:
        return Kept(None, (*found.warnings, Warn("samples-not-kept", "samples are not kept: the disk is full")))
    about = {"oid": digest.hex(), "rows": found.rows, "size": size, "format": form}
    return Kept({**about, "columns": found.columns, "splits": found.splits}, found.warnings)


def _packed(folder: str, found: "Collected") -> tuple[str, str]:
    """The form and the path of what is kept: Parquet, or the batches as they are."""
    from runlore.insight.samples.duck import UnreadableError, database, is_installed  # noqa: PLC0415 - few runs have any

    lines, parquet = f"{folder}/lines", f"{folder}/parquet"
    if is_installed():
        from runlore.insight.samples.batches import to_parquet  # noqa: PLC0415 - the same

        try:
            with database(folder, (lines, parquet)) as opened:
                to_parquet(opened, lines, found.columns, parquet)
        except (UnreadableError, ImportError):
            return LINES, lines  # whoever asks for the samples is told why they cannot be read
        return PARQUET, parquet
    return LINES, lines
