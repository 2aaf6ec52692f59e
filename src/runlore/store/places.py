"""What the index keeps of packs: in which one each object lies, and where."""

from collections.abc import Iterable, Sequence

from runlore.store.database import Database
from runlore.store.pack import Place, Row

SCHEMA = """
CREATE TABLE packs (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE objects (digest BLOB NOT NULL, kind BLOB NOT NULL, pack INTEGER NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (digest, kind)) WITHOUT ROWID;
"""
_MANY = 500
"""Values in one query: SQLite's limit was 999 for long."""


def locate(db: Database, digest: bytes, kind: bytes) -> tuple[str, int, int] | None:
    """The pack, offset and length of an object, or ``None``."""
    statement = "SELECT name, offset, length FROM objects JOIN packs ON pack = number WHERE digest = ? AND kind = ?"
    found = db.first(statement, (digest, kind))
    return None if found is None else (found[0], found[1], found[2])


def present(db: Database, digests: Iterable[bytes], kind: bytes) -> set[bytes]:
    """Those of the objects that are here."""
    asked = list(digests)
    found: set[bytes] = set()
    for at in range(0, len(asked), _MANY):
        some = asked[at : at + _MANY]
        marks = ",".join("?" * len(some))
        statement = f"SELECT digest FROM objects WHERE kind = ? AND digest IN ({marks})"  # noqa: S608 - marks only
        found.update(digest for (digest,) in db.known(statement, (kind, *some)))
    return found


def places(db: Database, digests: Iterable[bytes], kind: bytes) -> list[tuple[str, int, int, bytes]]:
    """The pack, offset, length and id of each of the objects that lies in a pack."""
    asked = list(digests)
    found: list[tuple[str, int, int, bytes]] = []
    for at in range(0, len(asked), _MANY):
        some = asked[at : at + _MANY]
        marks = ",".join("?" * len(some))
        statement = f"SELECT name, offset, length, digest FROM objects JOIN packs ON pack = number WHERE kind = ? AND digest IN ({marks})"  # noqa: S608, E501 - marks only
        found += db.known(statement, (kind, *some))
    return found


def of_pack(db: Database, name: str) -> list[Place]:
    """Everything that is known to lie in a pack."""
    statement = "SELECT digest, kind, offset, length FROM objects JOIN packs ON pack = number WHERE name = ?"
    return [Place(*row) for row in db.known(statement, (name,))]


def put_pack(db: Database, name: str, table: Iterable[Row]) -> None:
    """Take in a pack with what is in it; within a transaction."""
    # Another process may have taken it in between our look and our lock.
    added, number = db.change("INSERT OR IGNORE INTO packs (name) VALUES (?)", (name,))
    if added != 1:
        return
    statement = f"INSERT OR IGNORE INTO objects VALUES (?, ?, {number:d}, ?, ?)"  # noqa: S608 - a number of ours
    db.change_many(statement, table)


def forget_packs(db: Database) -> None:
    """Know of none any more, since one went; within a transaction.

    What a lost pack held may lie in another one too, whose row was ignored as a duplicate.
    """
    db.change("DELETE FROM packs")
    db.change("DELETE FROM objects")


def take_over(db: Database, name: str, table: Iterable[Row]) -> None:
    """Take in a pack of objects that lay in others; within a transaction."""
    db.change("INSERT OR IGNORE INTO packs (name) VALUES (?)", (name,))
    found = db.first("SELECT number FROM packs WHERE name = ?", (name,))
    number = found[0] if found else 0
    db.change_many(f"INSERT OR REPLACE INTO objects VALUES (?, ?, {number:d}, ?, ?)", table)  # noqa: S608 - a number of ours


def drop_packs(db: Database, names: Sequence[str]) -> None:
    """Forget these packs; within a transaction."""
    for at in range(0, len(names), _MANY):
        some = names[at : at + _MANY]
        which = f"SELECT number FROM packs WHERE name IN ({','.join('?' * len(some))})"  # noqa: S608 - marks only
        db.change(f"DELETE FROM objects WHERE pack IN ({which})", some)  # noqa: S608 - the same
        db.change(f"DELETE FROM packs WHERE number IN ({which})", some)  # noqa: S608 - the same
