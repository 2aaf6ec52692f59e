"""The caches: whatever happens to their files, work goes on."""

import os
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from runlore.errors import CacheDamagedError, StoreWriteError
from runlore.store.database import Database
from runlore.store.pack import BLOB
from runlore.store.store import Store

SCHEMA = "CREATE TABLE things (name TEXT PRIMARY KEY)"


def put(database: Database, name: str) -> None:
    def work() -> None:
        with database.transaction():
            database.change("INSERT INTO things VALUES (?)", (name,))

    database.retried(work)


def names(database: Database) -> list[str]:
    return [name for (name,) in database.query("SELECT name FROM things ORDER BY name")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache" / "a.db"


def test_a_cache_that_was_deleted_while_open_is_a_new_one_at_the_next_change(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "old")
    shutil.rmtree(path.parent)
    put(database, "new")
    assert names(database) == ["new"]
    database.close()
    assert names(Database(str(path), schema=SCHEMA, version=1)) == ["new"]


def test_a_cache_that_another_process_has_replaced_is_shared_with_it(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    path.unlink()
    put(Database(str(path), schema=SCHEMA, version=1), "theirs")
    put(database, "ours")
    assert names(database) == ["ours", "theirs"]


def test_a_cache_damaged_while_open_is_dropped_and_the_work_done_again(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "old")
    path.write_bytes(b"no database any more" * 1000)
    put(database, "new")
    assert names(database) == ["new"]


def test_a_question_to_a_damaged_cache_has_no_answer_and_later_ones_do(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "old")
    for ask in (database.first, database.known):
        path.write_bytes(b"no database any more" * 1000)
        assert not ask("SELECT name FROM things")
        put(database, "new")
        assert ask("SELECT name FROM things")


def test_a_listing_from_a_damaged_cache_is_an_error_and_not_a_short_list(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "old")
    path.write_bytes(b"no database any more" * 1000)
    with pytest.raises(CacheDamagedError):
        names(database)


def test_a_mistake_of_ours_is_not_hidden_for_ever(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    with pytest.raises(StoreWriteError, match="no such table"):
        database.retried(lambda: database.change_many("INSERT INTO nowhere VALUES (?)", [("x",)]))


def test_where_the_file_may_not_grow_the_cache_goes_on_in_memory(path: Path) -> None:
    code = """
import resource, sys
from runlore.store.database import Database
from runlore.store.pack import BLOB
database = Database(sys.argv[1], schema="CREATE TABLE things (name TEXT PRIMARY KEY)", version=1)
database.change("INSERT INTO things VALUES ('before')")
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
def work():
    with database.transaction():
        database.change_many("INSERT INTO things VALUES (?)", ((str(number) * 100,) for number in range(1000)))
database.retried(work)
print(len(list(database.query("SELECT * FROM things"))))
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "1001\n"  # also what was put in before is there
    assert names(Database(str(path), schema=SCHEMA, version=1)) == ["before"]


def test_a_store_goes_on_when_its_cache_is_deleted_under_it(store: Store) -> None:
    with store.writer() as writer:
        old = writer.add_blob(b"old")
    shutil.rmtree(store.layout.cache)
    with store.writer() as writer:
        new = writer.add_blob(b"new")
    store.stats.put(b"key", b"value")
    assert store.objects.blob(old) == b"old"
    assert store.objects.blob(new) == b"new"
    assert store.stats.get(b"key") == b"value"


def test_what_others_had_taken_in_is_taken_in_again_where_the_cache_was_damaged(store: Store) -> None:
    with store.writer() as writer:
        kept = writer.add_blob(b"kept")
    path = Path(store.layout.cache) / "index.db"
    os.truncate(path, 0)
    path.write_bytes(b"no database any more" * 1000)
    store.index.refresh_events(store.layout.events, lambda _: None)
    assert store.index.present([kept], BLOB) == {kept}


def test_a_cache_that_is_no_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    database = Database(str(tmp_path / "a.db"), schema=SCHEMA, version=1)
    put(database, "x")
    assert names(database) == ["x"]


def test_a_cache_that_is_deleted_again_and_again_goes_on_in_memory(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)

    def work() -> None:
        if path.parent.exists():
            shutil.rmtree(path.parent)
        with database.transaction():
            database.change("INSERT INTO things VALUES (?)", ("x",))

    database.retried(work)
    assert names(database) == ["x"]


def test_a_link_in_the_place_of_a_cache_does_not_lead_to_the_database_of_another(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as theirs:
        theirs.execute("CREATE TABLE years (n)")
        theirs.execute("INSERT INTO years VALUES (3)")
    theirs.close()
    path.symlink_to("../theirs.db")
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "ours")
    database.close()
    assert sqlite3.connect(tmp_path / "theirs.db").execute("SELECT n FROM years").fetchall() == [(3,)]
    assert not path.is_symlink()


def test_a_journal_of_a_stranger_has_no_file_removed(path: Path, tmp_path: Path) -> None:
    Database(str(path), schema=SCHEMA, version=1).close()
    victim = tmp_path / "thesis"
    victim.write_text("three years")
    name = str(victim).encode()
    header = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">iIIII", 0, 0, path.stat().st_size // 4096, 512, 4096)
    ending = name + struct.pack(">II", len(name), sum(name)) + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    lock_page = struct.pack(">I", 0x40000000 // 4096 + 1)
    path.with_name("a.db-journal").write_bytes(header.ljust(512, b"\0") + lock_page + ending)
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "ours")
    assert names(database) == ["ours"]
    assert victim.read_text() == "three years"


def test_ctrl_c_in_a_function_of_ours_is_no_failure_of_the_file(tmp_path: Path) -> None:
    database = Database(f"{tmp_path}/x.db", schema=SCHEMA, version=1)
    put(database, "a")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    database.define("stopped", stopped)
    with pytest.raises(KeyboardInterrupt):
        database.first("SELECT stopped(name, 1) FROM things")
    assert names(database) == ["a"]


def test_a_flipped_bit_is_noticed_before_anything_is_believed(path: Path) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "a name that is long enough to be found")
    database.close()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"long enough", b"long enouch"))
    assert names(Database(str(path), schema=SCHEMA, version=1)) == []


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_where_a_cache_was_deleted_what_was_noted_of_it_hinders_nothing(path: Path, left: str) -> None:
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "old")
    database.close()
    assert Path(f"{path}.check").exists()
    path.unlink()
    if left != "nothing":
        path.touch()
    database = Database(str(path), schema=SCHEMA, version=1)
    put(database, "new")
    database.close()
    assert names(Database(str(path), schema=SCHEMA, version=1)) == ["new"]
