"""What we know to be on a remote: `cache/remotes/*.db`, filled from its index files. Derived, never the truth."""

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from runlore.records.hashing import DIGEST_SIZE, blob_digest
from runlore.store.database import Database
from runlore.store.layout import Layout
from runlore.store.pack import BLOB, Row, rows_of
from runlore.store.remote import names
from runlore.store.remote.cleaning import Mark
from runlore.store.remote.manifest import Blob, Manifest, places
from runlore.store.remote.port import Stat

_VERSION = 3
_SCHEMA = """
CREATE TABLE files (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE packs (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, noted REAL, noted_rows BLOB);
CREATE TABLE objects (digest BLOB NOT NULL, kind BLOB NOT NULL, pack INTEGER NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (digest, kind)) WITHOUT ROWID;
CREATE TABLE blobs (digest BLOB PRIMARY KEY, size INTEGER NOT NULL, segments BLOB NOT NULL, noted REAL) WITHOUT ROWID;
CREATE TABLE runs (id BLOB PRIMARY KEY, records BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE events (id BLOB PRIMARY KEY, records BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE doomed (digest BLOB PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE pulled (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE lost (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_MANY = 500
_NOT_NOTED = "UPDATE packs SET noted = NULL, noted_rows = NULL"
_NOTED_FOR = 24 * 3600.0
"""Seconds for which what an interrupted push has sent counts as sent: less than `gc` leaves what nothing names."""


class Where(NamedTuple):
    """Where an object lies on the remote: a pack, an offset and a length."""

    digest: bytes
    kind: bytes
    pack: bytes
    offset: int
    length: int


class Known:
    """The cache for one remote of one store."""

    def __init__(self, layout: Layout, url: str) -> None:
        """``url`` says which remote."""
        folder = f"{layout.cache}/remotes"
        os.makedirs(folder, exist_ok=True)
        path = f"{folder}/{blob_digest(url.encode('utf-8', 'surrogateescape')).hex()[:16]}.db"
        self._db = Database(path, schema=_SCHEMA, version=_VERSION)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def agree(self, there: set[str]) -> list[str]:
        """Which of the marks and index files that are ``there`` are still to be taken in, marks first.

        When one went, or there is a new mark, somebody cleans the remote: nothing but the files that are left says
        what is there. What we have sent ourselves, and nothing names yet, is younger than what is cleaned.
        """
        known = self._files()
        if known - there or any(names.is_mark(name) for name in there - known):
            with self._db.transaction():
                for table in ("files", "runs", "events", "doomed"):
                    self._db.change(f"DELETE FROM {table}")  # noqa: S608 - names of ours
                self._forget_objects("noted IS NULL")
            known = set()
        self._drop_old_notes()
        fresh = sorted(name for name in there - known if names.is_index(name))
        return [*sorted(name for name in there - known if names.is_mark(name)), *fresh]

    def _files(self) -> set[str]:
        """The marks, index files and records files that were taken in."""
        return {name for (name,) in self._db.known("SELECT name FROM files")}

    def holds(self, there: Collection[str]) -> bool:
        """Whether nobody has cleaned since: the files that were taken in are ``there``, and no new mark is."""
        known = self._files()
        return known.issubset(there) and known.issuperset(name for name in there if names.is_mark(name))

    def is_up_to_date(self, there: Collection[str]) -> bool:
        """Whether `agree` would find nothing to take in and nothing to forget."""
        known = self._files()
        return known.issubset(there) and known.issuperset(
            name for name in there if names.is_mark(name) or names.is_index(name)
        )

    def take_mark(self, mark: Mark) -> None:
        """Take in a mark: what it lists is to go, and nobody may rely on it. Nor on what was sent before and noted.

        By the clocks alone that would be forgotten in time; but a clock may be wrong.
        """
        with self._db.transaction():
            self._doom(mark.doomed, mark.written)
            for table in ("packs", "blobs"):
                listed = "noted IS NOT NULL AND digest IN (SELECT digest FROM doomed)"
                self._db.change(f"UPDATE {table} SET noted = 0 WHERE {listed}")  # noqa: S608 - names of ours
            self._forget_objects("noted = 0")
            self._db.change("INSERT OR IGNORE INTO files VALUES (?)", (mark.name,))

    def doom(self, lost: Iterable[str]) -> None:
        """Do as if a mark listed these."""
        with self._db.transaction():
            self._doom(lost, float("inf"))
            for table in ("runs", "events"):
                self._db.change(f"DELETE FROM {table} WHERE records IN (SELECT digest FROM doomed)")  # noqa: S608 - ours

    def _doom(self, names_: Iterable[str], since: float) -> None:
        rows = ((names.digest_of(each), since) for each in names_)
        self._db.change_many(
            "INSERT INTO doomed VALUES (?, ?) ON CONFLICT DO UPDATE SET since = max(since, excluded.since)", rows
        )

    def stale(self, there: Mapping[str, Stat]) -> set[str]:
        """Those of the files ``there`` that a mark lists, and that were not sent again since."""
        found: set[str] = set()
        by_digest = {digest: each for each in there.values() if (digest := names.digest_of(each.name)) is not None}
        for some in _portions(list(by_digest)):
            marks = ",".join("?" * len(some))
            rows = self._db.known(f"SELECT digest, since FROM doomed WHERE digest IN ({marks})", some)  # noqa: S608 - marks only
            found.update(by_digest[digest].name for digest, since in rows if by_digest[digest].written < since)
        return found

    def lose(self, lost: Iterable[str]) -> None:
        """Remember what a check has found missing or damaged there, in the place of what the last one did."""
        with self._db.transaction():
            self._db.change("DELETE FROM lost")
            self._db.change_many("INSERT OR IGNORE INTO lost VALUES (?)", ((name,) for name in lost))

    def lost(self) -> set[str]:
        """The files that a check has found missing or damaged, and that nobody has sent again from here since."""
        return {name for (name,) in self._db.known("SELECT name FROM lost")}

    def _drop_old_notes(self) -> None:
        """What an interrupted push sent long ago may have been cleaned away since."""
        now = time.time()
        with self._db.transaction():
            self._forget_objects(f"noted IS NOT NULL AND abs(noted - {now!r}) > {_NOTED_FOR!r}")

    def _forget_objects(self, which: str) -> None:
        self._db.change(f"DELETE FROM objects WHERE pack IN (SELECT number FROM packs WHERE {which})")  # noqa: S608 - of ours
        for table in ("packs", "blobs"):
            self._db.change(f"DELETE FROM {table} WHERE {which}")  # noqa: S608 - of ours

    def take(self, name: str, manifest: Manifest, there: set[str], stale: Collection[str] = ()) -> None:
        """Take in an index file. Its runs count only if its records are ``there``, and not ``stale``."""
        digests = {blob_digest(table): table for table in manifest.tables}
        noted = self._noted_among(digests)
        found = [(digest, places(name, table)) for digest, table in digests.items() if digest not in noted]
        with self._db.transaction():
            for digest in noted:
                self._db.change(f"{_NOT_NOTED} WHERE digest = ?", (digest,))
            for digest, rows in found:
                self._add_pack(digest, rows, None)
            for blob in manifest.blobs:
                self._add_blob(blob, None)
            if manifest.records is not None and names.records(manifest.records) in there:
                told = (("runs", manifest.runs), ("events", manifest.events))
                for table, ids in told if names.records(manifest.records) not in stale else ():
                    rows_ = [(each, manifest.records) for each in ids]
                    self._db.change_many(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", rows_)  # noqa: S608 - of ours
                self._db.change("INSERT OR IGNORE INTO files VALUES (?)", (names.records(manifest.records),))
            if manifest.records is None or names.records(manifest.records) in there:
                self._db.change("INSERT OR IGNORE INTO files VALUES (?)", (name,))

    def _noted_among(self, digests: Collection[bytes]) -> set[bytes]:
        """Those of the packs that we have sent and taken in ourselves, and that are to stay."""
        noted = {digest for (digest,) in self._db.known("SELECT digest FROM packs WHERE noted IS NOT NULL")}
        return {digest for digest in noted.intersection(digests) if not self._is_doomed(digest)}

    def note_pack(self, table: bytes) -> None:
        """The pack with this table was sent, and no index file names it yet."""
        digest = blob_digest(table)
        with self._db.transaction():
            self._add_pack(digest, rows_of(table), now := time.time())
            self._db.change("UPDATE packs SET noted = ?, noted_rows = ? WHERE digest = ?", (now, table, digest))

    def note_blob(self, blob: Blob) -> None:
        """A large blob was sent that no index file names yet; of a segment alone, the segment."""
        with self._db.transaction():
            self._add_blob(blob, time.time())

    def _add_pack(self, digest: bytes, rows: Iterable[Row], noted: float | None) -> None:
        """Objects are looked for in packs that stay, if they are in one."""
        self._db.change("INSERT OR IGNORE INTO packs (digest, noted) VALUES (?, ?)", (digest, noted))
        stays = noted is not None or not self._is_doomed(digest)
        if noted is None and stays:
            self._db.change(f"{_NOT_NOTED} WHERE digest = ?", (digest,))
        found = self._db.first("SELECT number FROM packs WHERE digest = ?", (digest,))
        number = found[0] if found else 0
        how = "REPLACE" if stays else "IGNORE"
        statement = f"INSERT OR {how} INTO objects VALUES (?, ?, {number:d}, ?, ?)"  # noqa: S608 - a number of ours
        self._db.change_many(statement, rows)

    def _add_blob(self, blob: Blob, noted: float | None) -> None:
        stays = noted is not None or not self._is_doomed(blob.digest)
        row = (blob.digest, blob.size, b"".join(blob.segments), noted)
        how = "REPLACE" if stays else "IGNORE"
        self._db.change(f"INSERT OR {how} INTO blobs VALUES (?, ?, ?, ?)", row)  # noqa: S608 - one of two words

    def _is_doomed(self, digest: bytes) -> bool:
        return self._db.first("SELECT 1 FROM doomed WHERE digest = ?", (digest,)) is not None

    def noted_files(self) -> list[str]:
        """The names of what was sent that no index file names, as far as it is one file."""
        packs = [names.pack(digest) for (digest,) in self._db.known("SELECT digest FROM packs WHERE noted IS NOT NULL")]
        whole = "SELECT digest FROM blobs WHERE noted IS NOT NULL AND segments = x''"
        return packs + [names.blob(digest) for (digest,) in self._db.known(whole)]

    def forget_noted(self) -> None:
        """What was sent and is named by no index file may be gone: it is sent again."""
        with self._db.transaction():
            self._forget_objects("noted IS NOT NULL")

    def noted(self) -> tuple[list[bytes], list[Blob]]:
        """The tables of packs, and large blobs, that were sent and no index file names."""
        packs = [table for (table,) in self._db.known("SELECT noted_rows FROM packs WHERE noted IS NOT NULL")]
        blobs = self._db.known("SELECT digest, size, segments FROM blobs WHERE noted IS NOT NULL")
        return packs, [Blob(digest, size, _ids(segments)) for digest, size, segments in blobs]

    def present(self, wanted: Iterable[tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
        """Those of the objects, each its kind and id, that are there to stay, in packs or as large blobs."""
        found: set[tuple[bytes, bytes]] = set()
        for some in _portions([digest for _, digest in wanted]):
            marks = ",".join("?" * len(some))
            stays = "(noted IS NOT NULL OR {}.digest NOT IN (SELECT digest FROM doomed))"
            statement = f"SELECT kind, objects.digest FROM objects JOIN packs ON pack = number WHERE objects.digest IN ({marks}) AND {stays.format('packs')}"  # noqa: S608, E501 - marks only
            found.update(self._db.known(statement, some))
            statement = f"SELECT digest FROM blobs WHERE digest IN ({marks}) AND {stays.format('blobs')}"  # noqa: S608 - marks only
            found.update((BLOB, digest) for (digest,) in self._db.known(statement, some))
        return found

    def places(self, digests: Iterable[bytes]) -> Iterator[Where]:
        """Where those of the objects lie that lie in packs."""
        for some in _portions(list(digests)):
            marks = ",".join("?" * len(some))
            columns = "objects.digest, kind, packs.digest, offset, length"
            statement = f"SELECT {columns} FROM objects JOIN packs ON pack = number WHERE objects.digest IN ({marks})"  # noqa: S608 - marks only
            yield from (Where(*row) for row in self._db.known(statement, some))

    def blob(self, digest: bytes) -> Blob | None:
        """A large blob that is there."""
        found = self._db.first("SELECT size, segments FROM blobs WHERE digest = ?", (digest,))
        return None if found is None else Blob(digest, found[0], _ids(found[1]))

    def runs(self) -> set[str]:
        """The ids of all runs that are there."""
        return {digest.hex() for (digest,) in self._db.known("SELECT id FROM runs")}

    def events(self) -> set[str]:
        """The ids of all events that are there."""
        return {digest.hex() for (digest,) in self._db.known("SELECT id FROM events")}

    def records_of(self, run: str) -> str | None:
        """The records file in which the run is."""
        found = self._db.first("SELECT records FROM runs WHERE id = ?", (bytes.fromhex(run),))
        return None if found is None else names.records(found[0])

    def pulled(self) -> set[str]:
        """The records files whose records are all in this store."""
        return {name for (name,) in self._db.known("SELECT name FROM pulled")}

    def note_pulled(self, name: str, runs: Iterable[str] = ()) -> None:
        """All records of this file, which has these ``runs``, are in this store, and these runs are there."""
        digest = names.digest_of(name)
        with self._db.transaction():
            self._db.change("INSERT OR IGNORE INTO pulled VALUES (?)", (name,))
            self._db.change("INSERT OR IGNORE INTO files VALUES (?)", (name,))
            rows = [(bytes.fromhex(run), digest) for run in runs]
            self._db.change_many("INSERT OR IGNORE INTO runs VALUES (?, ?)", rows)


def _ids(data: bytes) -> tuple[bytes, ...]:
    return tuple([data[at : at + DIGEST_SIZE] for at in range(0, len(data), DIGEST_SIZE)])


def _portions(digests: list[bytes]) -> Iterator[list[bytes]]:
    return (digests[at : at + _MANY] for at in range(0, len(digests), _MANY))
