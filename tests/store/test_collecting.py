"""What caches and other processes believe while objects go."""

import os
import pathlib
import resource
import signal
import threading
import time

import pytest
from tests.ops.rebuilding import record
from tests.store.folders import keep

from runlore.errors import LockedError
from runlore.records.hashing import blob_digest
from runlore.store import collecting, lock
from runlore.store.collecting import Sweep
from runlore.store.fsck import Fsck
from runlore.store.lock import exclusive, shared
from runlore.store.pack import BLOB
from runlore.store.statcache import FolderState, StatCache
from runlore.store.store import Store


def collect(store: Store) -> Sweep:
    """Collect everything that no run names."""
    found = collecting.plan(store, frozenset(), young=1 << 62, envs_of=(), on_run=lambda: None)
    sweep = Sweep(store, found, lambda _: None)
    sweep.run()
    return sweep


def test_the_stat_cache_doubts_folders_and_forgets_no_file(tmp_path: pathlib.Path) -> None:
    stats = StatCache(os.fspath(tmp_path))
    files = [(b"k" * 16, b"d" * 32)]
    stats.put_folder(b"p:a", FolderState(b"s" * 16, b"t" * 32, 3, 4), files)
    stats.flush()
    stats.put_all([(b"k:packages", b"[]"), (b"f:file", b"x"), (b"kept", b"y")])
    stats.doubt()
    assert stats.folders(b"p:") == {b"p:a": FolderState(b"\0" * 16, b"t" * 32, 3, 4)}
    assert stats.files(b"p:a") == dict(files)
    assert [stats.get(key) for key in (b"k:packages", b"f:file", b"kept")] == [None, b"x", b"y"]
    stats.close()


def test_a_store_that_is_open_elsewhere_does_not_believe_in_what_is_gone(store: Store) -> None:
    keep(store, {b"a": b"1", b"b": b"2" * 200_000})
    with Store(store.layout.root) as other:
        assert other.objects.has(blob_digest(b"1"), BLOB)
        os.unlink(f"{store.layout.cache}/index.db")  # each has its own from here on
        assert len(collect(store).objects) == 3
        with other.writer() as writer:
            assert not writer.has(blob_digest(b"1"), BLOB)
            writer.add_blob(b"1")
        assert other.objects.blob(blob_digest(b"1")) == b"1"


def test_what_moved_into_a_new_pack_is_found_by_who_knew_the_old_one(store: Store) -> None:
    wanted, garbage = b"wanted", b"g" * 100_000
    with store.writer() as writer:
        for data in (wanted, garbage):
            writer.add_blob(data)
    with Store(store.layout.root) as other:
        assert other.objects.blob(blob_digest(wanted)) == wanted
        os.unlink(f"{store.layout.cache}/index.db")
        found = collecting.plan(store, frozenset(), young=1 << 62, envs_of=(), on_run=lambda: None)
        (old,) = found.garbage.packs
        parts = {each.digest: each for each in old.garbage}
        keeps = old._replace(garbage=(parts[blob_digest(garbage)],), wanted=(parts[blob_digest(wanted)],))
        found.garbage.packs[:] = [keeps]
        sweep = Sweep(store, found, lambda _: None)
        sweep.run()
        assert sweep.objects == [(blob_digest(garbage), len(garbage))]
        assert other.objects.blob(blob_digest(wanted)) == wanted
        assert store.objects.blob(blob_digest(wanted)) == wanted
        (name,) = os.listdir(store.layout.packs)
        assert os.path.getsize(f"{store.layout.packs}/{name}") < 1000


def test_where_no_new_pack_can_be_written_the_old_one_stays(store: Store) -> None:
    wanted, garbage = b"wanted", b"g" * 100_000
    with store.writer() as writer:
        for data in (wanted, garbage):
            writer.add_blob(data)
    found = collecting.plan(store, frozenset(), young=1 << 62, envs_of=(), on_run=lambda: None)
    (old,) = found.garbage.packs
    parts = {each.digest: each for each in old.garbage}
    found.garbage.packs[:] = [
        old._replace(garbage=(parts[blob_digest(garbage)],), wanted=(parts[blob_digest(wanted)],))
    ]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, before[1]))  # the new pack would be larger
    try:
        Sweep(store, found, lambda _: None).run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert store.objects.blob(blob_digest(wanted)) == wanted
    assert os.listdir(store.layout.packs) == [old.name]


def test_what_is_named_while_others_are_at_work_stays(store: Store) -> None:
    large = b"2" * 200_000
    with store.writer() as writer:
        writer.add_blob(large)
        writer.add_blob(b"nobody's" * 50_000)
    found = collecting.plan(store, frozenset(), young=1 << 62, envs_of=(), on_run=lambda: None)
    assert len(found.garbage.loose) == 2
    run = record(store, {b"b": large})
    sweep = Sweep(store, found, lambda _: None)
    sweep.run()
    assert [digest for digest, _ in sweep.objects] == [blob_digest(b"nobody's" * 50_000)]
    assert list(Fsck(store.layout.root).run()) == []
    assert collecting.run_ids(store.layout) == {run}


def test_who_cleans_waits_for_who_writes_and_the_other_way_round(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    root = store.layout.root
    with shared(root), pytest.raises(LockedError), exclusive(root, patience=0.05):
        pass
    monkeypatch.setattr(lock, "_PATIENCE", 0.05)
    with exclusive(root, patience=1) as alone:
        with pytest.raises(LockedError), shared(root):
            pass
        alone.share()
        with shared(root):
            pass
    monkeypatch.setattr(lock, "_PATIENCE", 10.0)
    began, ended = threading.Event(), list[bool]()

    def write() -> None:
        with shared(root):
            began.set()
            time.sleep(0.2)
            ended.append(True)

    writer = threading.Thread(target=write)
    writer.start()
    began.wait()
    with exclusive(root, patience=10):
        assert ended == [True]
    writer.join()
