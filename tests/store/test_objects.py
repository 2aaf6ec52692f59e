import os
import resource
import stat
from pathlib import Path

import pytest
from blake3 import blake3

from runlore.errors import CorruptError, StoreWriteError
from runlore.records import tree
from runlore.records.hashing import TREE_CONTEXT, blob_digest
from runlore.store import loose
from runlore.store.pack import BLOB, RECORD, TREE, PackWriter, read_table
from runlore.store.store import Store
from runlore.store.writer import LOOSE_FROM

LARGE = os.urandom(LOOSE_FROM)


def reopened(store: Store) -> Store:
    return Store(store.layout.root)


def only_pack(store: Store) -> Path:
    (pack,) = Path(store.layout.packs).iterdir()
    return pack


def test_a_blob_comes_back_from_a_pack_under_its_plain_blake3(store: Store) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(b"hello")
    assert digest == blake3(b"hello").digest()
    with reopened(store) as again:
        assert again.objects.blob(digest) == b"hello"


def test_a_file_for_which_there_is_no_room_is_hashed_and_not_kept(store: Store, tmp_path: Path) -> None:
    """Here the system allows no file that large; a full disk says it with another number."""
    source = tmp_path / "large"
    source.write_bytes(LARGE * 3)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with store.writer() as writer, source.open("rb") as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * LOOSE_FROM, limits[1]))
        try:
            kept = loose.can_reflink(os.fsencode(source), store.layout.tmp)
            found = writer.add_file(file.fileno())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert found == (blake3(LARGE * 3).digest(), 3 * LOOSE_FROM, kept)
    assert os.listdir(store.layout.tmp) == []


def test_a_large_blob_is_a_file_of_its_own_that_holds_its_bytes_as_they_are(store: Store) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(LARGE)
    path = Path(loose.path_of(store.layout.objects, digest))
    assert path.read_bytes() == LARGE
    assert not path.stat().st_mode & 0o222
    assert os.listdir(store.layout.packs) == []
    with reopened(store) as again:
        assert again.objects.blob(digest) == LARGE
        assert b"".join(again.objects.blob_chunks(digest)) == LARGE


def test_a_tree_cannot_pass_for_a_blob_nor_a_record_for_a_tree(store: Store) -> None:
    with store.writer() as writer:
        tree_digest = writer.add_tree([])
        record = bytes.fromhex(writer.add_record(b'{"schema":"x/1"}'))
        as_blob = writer.add_blob(tree.encode([]))
    assert tree_digest == blake3(tree.encode([]), derive_key_context=TREE_CONTEXT).digest()
    assert as_blob != tree_digest
    assert store.objects.has(tree_digest, TREE)
    assert not store.objects.has(tree_digest, BLOB)
    with pytest.raises(CorruptError, match="is not in the store"):
        store.objects.tree(record)


def test_equal_bytes_are_kept_once_within_a_batch_and_between_batches(store: Store) -> None:
    with store.writer() as writer:
        writer.add_blob(b"same")
        writer.add_blob(b"same")
        assert writer.new_bytes == 4
    with store.writer() as writer:
        writer.add_blob(b"same")
        writer.add_blob(LARGE)
        writer.add_blob(LARGE)
        assert writer.new_bytes == len(LARGE)
    assert len(os.listdir(store.layout.packs)) == 1


def test_a_batch_with_nothing_new_writes_no_file(store: Store) -> None:
    with store.writer() as writer:
        writer.add_blob(b"same")
    before = sorted(str(path) for path in Path(store.layout.root).rglob("*"))
    with store.writer() as writer:
        writer.add_blob(b"same")
    assert sorted(str(path) for path in Path(store.layout.root).rglob("*")) == before


def test_a_batch_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with store.writer() as writer:
            writer.add_blob(b"lost")
            writer.add_blob(LARGE)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert os.listdir(store.layout.tmp) == []
    assert os.listdir(store.layout.packs) == []
    assert not store.objects.has(blob_digest(b"lost"), BLOB)


def test_what_another_process_packed_is_found_without_reopening(store: Store) -> None:
    assert not store.objects.has(blob_digest(b"theirs"), BLOB)
    with reopened(store) as other, other.writer() as writer:
        digest = writer.add_blob(b"theirs")
    assert store.objects.blob(digest) == b"theirs"


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_a_flipped_bit_is_an_error_and_never_data(store: Store, content: bytes) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(content)
    path = Path(loose.path_of(store.layout.objects, digest)) if content is LARGE else only_pack(store)
    path.chmod(0o644)
    damaged = bytearray(path.read_bytes())
    damaged[10] ^= 1
    path.write_bytes(damaged)
    with reopened(store) as again:
        with pytest.raises(CorruptError, match="damaged"):
            again.objects.blob(digest)
        with pytest.raises(CorruptError, match="damaged"):
            list(again.objects.blob_chunks(digest))


def test_every_way_to_cut_a_pack_short_is_noticed(store: Store) -> None:
    with store.writer() as writer:
        writer.add_blob(b"one")
        writer.add_blob(b"two")
    pack = only_pack(store)
    whole = pack.read_bytes()
    assert len(read_table(str(pack))) == 2
    pack.chmod(0o644)
    for length in range(len(whole)):
        pack.write_bytes(whole[:length])
        with pytest.raises(CorruptError):
            read_table(str(pack))


def test_a_lost_pack_is_forgotten_and_its_double_still_serves(store: Store, tmp_path: Path) -> None:
    tmp, packs = store.layout.tmp, store.layout.packs
    digest = blob_digest(b"twice")
    names = []
    for extra in (b"a", b"b"):
        pack = PackWriter(tmp, packs)
        pack.add(BLOB, digest, b"twice")
        pack.add(BLOB, blob_digest(extra), extra)
        names.append(pack.finish()[0])
    assert store.objects.blob(digest) == b"twice"
    (tmp_path / ".mlrun" / "packs" / names[0]).unlink()
    (tmp_path / ".mlrun" / "cache" / "index.db").unlink()
    with reopened(store) as again:
        assert again.objects.blob(digest) == b"twice"
        assert again.objects.has(blob_digest(b"b"), BLOB)
        assert not again.objects.has(blob_digest(b"a"), BLOB)


def test_a_pack_that_vanishes_while_the_index_stays_is_forgotten(store: Store) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(b"gone")
    only_pack(store).unlink()
    with reopened(store) as again:
        assert not again.objects.has(digest, BLOB)


def test_the_cache_can_be_deleted_at_any_time(store: Store) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(b"kept")
        record = bytes.fromhex(writer.add_record(b"{}"))
    store.close()
    for path in Path(store.layout.cache).iterdir():
        path.unlink()
    os.rmdir(store.layout.cache)
    with reopened(store) as again:
        assert again.objects.blob(digest) == b"kept"
        assert again.objects.has(record, RECORD)


@pytest.mark.parametrize("damage", [b"not a database at all", b"", b"SQLite format 3\0" + b"\xff" * 4080])
def test_a_damaged_cache_is_built_anew_unasked(store: Store, damage: bytes) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(b"kept")
    store.close()
    Path(store.layout.cache, "index.db").write_bytes(damage)
    Path(store.layout.cache, "stat.db").write_bytes(damage)
    with reopened(store) as again:
        assert again.objects.blob(digest) == b"kept"
        again.stats.put(b"key", b"value")
        assert again.stats.get(b"key") == b"value"


def test_a_read_only_store_can_be_read(store: Store) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes to read-only folders")
    with store.writer() as writer:
        digest = writer.add_blob(b"kept")
    store.close()
    folders = (store.layout.root, store.layout.cache, store.layout.tmp, store.layout.packs)
    for path in folders:
        os.chmod(path, stat.S_IRUSR | stat.S_IXUSR)
    try:
        with reopened(store) as again:
            assert again.objects.blob(digest) == b"kept"
            with pytest.raises(StoreWriteError), again.writer() as writer:
                writer.add_blob(b"more")
    finally:
        for path in folders:
            os.chmod(path, stat.S_IRWXU)


def test_a_file_is_kept_as_it_was_when_it_was_copied(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "data.bin"
    source.write_bytes(LARGE * 20)
    file = os.open(source, os.O_RDONLY)
    with store.writer() as writer:
        digest, size, kept = writer.add_file(file)
    os.close(file)
    source.write_bytes(b"overwritten")
    assert (size, kept) == (len(LARGE) * 20, True)
    assert digest == blake3(LARGE * 20).digest()
    assert store.objects.blob(digest) == LARGE * 20


def test_a_file_that_would_cost_space_is_only_hashed_when_asked(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "data.bin"
    source.write_bytes(LARGE)
    if loose.can_reflink(os.fsencode(source), store.layout.tmp):
        pytest.skip("this file system shares blocks: nothing costs space")
    file = os.open(source, os.O_RDONLY)
    with store.writer() as writer:
        digest, size, kept = writer.add_file(file, free_only=True)
    os.close(file)
    assert (digest, size, kept) == (blake3(LARGE).digest(), len(LARGE), False)
    assert not store.objects.has(digest, BLOB)
