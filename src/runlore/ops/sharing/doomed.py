"""What is to go from a remote: what no mark lists yet, and of what one lists that which is still not needed."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.ops.sharing.living import Living, protected
from runlore.ops.sharing.stock import Shelves, Stock
from runlore.records.hashing import record_id
from runlore.store.remote import names
from runlore.store.remote.manifest import Blob

_MANY = 20
"""Index files above which they are put together into few."""


class Plan(NamedTuple):
    """What is to go and what is to be written first: packs and blobs anew, then the files of the index."""

    doomed: frozenset[str]
    rewritten: tuple[bytes, ...]
    rescued: tuple[Blob, ...]
    anew: bool


def plan(stock: Stock, found: Living, live: set[bytes], before: float) -> Plan:
    """What is to go, of what no mark lists yet, and what is to be saved from what one lists."""
    guarded = protected(stock, found, before)
    doomed = stock.doomed
    shelves = Shelves(stock.manifests.items(), doomed)
    held = Shelves([(name, each) for name, each in stock.manifests.items() if name in guarded], frozenset())
    gone: set[str] = set()
    rewritten = []
    for digest, rows in sorted(shelves.packs.items()):
        name = names.pack(digest)
        wanted = [row for row in rows if row.digest in live]
        if digest in held.packs:
            continue
        if name in doomed:
            if _is_threatened(stock, name) and any(
                (place := shelves.where(row.digest)) and place.pack == digest for row in wanted
            ):
                rewritten.append(digest)  # somebody has come to need it since, and has nothing else
        elif not wanted:
            gone.add(name)
        elif len(wanted) < len(rows):
            rewritten.append(digest)  # what was removed is to be gone, however little it is
            gone.add(name)
    stay = [blob for digest, blob in shelves.blobs.items() if digest in live or digest in held.blobs]
    kept = {part for blob in stay for part in blob.files}
    rescued = tuple(
        blob
        for digest, blob in sorted(shelves.blobs.items())
        if digest in live and any(_is_threatened(stock, part) for part in blob.files)
    )
    for digest, blob in shelves.blobs.items():
        if digest not in live and digest not in held.blobs:
            gone.update({names.blob(digest), *blob.files} - kept)
    named = {names.pack(digest) for digest in shelves.packs} | {p for b in shelves.blobs.values() for p in b.files}
    left = {name for name, each in stock.files.items() if name not in named and each.written < before}
    gone |= {name for name in left if names.digest_of(name)}
    index = [name for name in stock.manifests if name not in doomed]
    gone -= doomed
    news = bool(gone & named or rewritten or rescued or found.condemned & unmarked_runs(stock))
    anew = news or len(index) > _MANY
    if anew:
        gone |= {name for name in stock.there if not names.is_mark(name) and name not in guarded}
    return Plan(frozenset(gone), tuple(rewritten), rescued, anew)


def unmarked_runs(stock: Stock) -> set[str]:
    """The runs in records files that are to stay."""
    return {each.run for name, held in stock.records.items() if name not in stock.doomed for each in held.runs}


def still_doomed(stock: Stock, found: Living, live: set[bytes], due: Mapping[str, float]) -> set[str]:
    """What of the marked files may go: what the files that stay do without.

    ``due`` are the marks that count; files that were written from the time given for each on were sent again.
    """
    since: dict[str, float] = {}
    for mark in stock.marks:
        if mark.name in due:
            since.update((name, max(due[mark.name], since.get(name, 0.0))) for name in mark.doomed)
    gone = {name for name in since if _is_old(stock, name, since[name])}
    staying = Shelves([(name, each) for name, each in stock.manifests.items() if name not in gone], frozenset())
    held = {names.pack(digest) for digest in staying.packs}
    held |= {part for blob in staying.blobs.values() for part in blob.files}
    return gone - held - _alone(stock, found, gone) - _only_copies(stock, staying, live)


def _alone(stock: Stock, found: Living, gone: set[str]) -> set[str]:
    """Records files that have a run or event which stays and is in no file that stays; and the index files to them."""
    runs = {each.run for name, held in stock.records.items() if name not in gone for each in held.runs}
    events = {str(record_id(data)) for name, held in stock.records.items() if name not in gone for data in held.events}
    lone = {str(each.run) for each in found.runs} - runs
    said = found.events.keys() - events
    keep = {
        name
        for name, held in stock.records.items()
        if any(each.run in lone for each in held.runs) or any(record_id(data) in said for data in held.events)
    }
    index = {name for name, each in stock.manifests.items() if each.records and names.records(each.records) in keep}
    return keep | index


def _only_copies(stock: Stock, staying: Shelves, live: set[bytes]) -> set[str]:
    """Packs and blobs with something that is needed, and that the files which stay have not; and their index files."""
    lasting = {r.digest for d, rows in staying.packs.items() if names.pack(d) in stock.files for r in rows}
    lasting.update(d for d, blob in staying.blobs.items() if all(part in stock.files for part in blob.files))
    keep: set[str] = set()
    for name, each in stock.manifests.items():
        one = Shelves([(name, each)], frozenset())
        for digest, rows in one.packs.items():
            if any(row.digest in live and row.digest not in lasting for row in rows):
                keep |= {names.pack(digest), name}
        for digest, blob in one.blobs.items():
            if digest in live and digest not in lasting:
                keep |= {*blob.files, name}
    return keep


def _is_old(stock: Stock, name: str, marked: float) -> bool:
    """Whether a file is the one that was marked, and was not sent again since."""
    found = stock.files.get(name) or stock.there.get(name)
    return found is not None and found.written < marked


def _is_threatened(stock: Stock, name: str) -> bool:
    """Whether a mark lists the file, and it was not sent again since."""
    return any(name in mark.doomed and _is_old(stock, name, mark.written) for mark in stock.marks)
