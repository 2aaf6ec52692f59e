import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runlore.errors import CorruptError
from runlore.insight.compare.compare import compare
from runlore.insight.compare.stored import StoredBlob, stored
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.store import loose
from runlore.store.store import Store
from runlore.store.writer import LOOSE_FROM


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / ".mlrun")) as opened:
        yield opened


def kept(store: Store, name: str, data: bytes) -> StoredBlob:
    with store.writer() as writer:
        digest = writer.add_blob(data)
    return stored(store.objects, FileRef(name, ObjectId(digest.hex()), len(data), stored=True, how="traced"))


@pytest.mark.parametrize("size", [10, LOOSE_FROM])
def test_packed_and_loose_blobs_are_opened_as_often_as_one_likes(store: Store, size: int) -> None:
    content = kept(store, "x", bytes(range(10)) * (size // 10))
    for _ in range(2):
        with content.open() as file:
            assert file.read(3) == b"\0\1\2"
            file.seek(-1, os.SEEK_END)
            assert file.read() == b"\x09"


def test_blobs_are_compared_by_the_names_of_their_files(store: Store) -> None:
    a, b = kept(store, "out/x.json", b'{"a": 1}'), kept(store, "out/x.json", b'{"a": 1.0}')
    assert compare(a, b).sameness == "equal"


def test_a_damaged_blob_is_never_read(store: Store) -> None:
    content = kept(store, "x.txt", bytes(LOOSE_FROM))
    other = kept(store, "x.txt", b"1")
    digest = content._digest
    path = Path(loose.path_of(store.layout.objects, digest))
    path.chmod(0o600)
    path.write_bytes(bytes(LOOSE_FROM - 1) + b"1")
    with pytest.raises(CorruptError):
        content.open()
    assert compare(content, other) == ("unreadable", f"blob {digest.hex()} is damaged", None)


def test_a_blob_that_is_missing_is_said_to_be(store: Store) -> None:
    here = kept(store, "x.txt", b"1")
    gone = StoredBlob(store.objects, bytes(32), "x.txt", 5)
    assert compare(here, gone) == ("unreadable", f"blob {'00' * 32} is not in the store", None)
