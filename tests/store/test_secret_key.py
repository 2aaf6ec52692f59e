"""The key of a store: private, the same every time, and one where several begin at once."""

import multiprocessing
import os
import pathlib

import pytest

from runlore.errors import StoreWriteError
from runlore.store.fsck import Fsck
from runlore.store.layout import KEY_FILE
from runlore.store.secret_key import SIZE
from runlore.store.store import Store


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    Store.create(str(tmp_path / ".mlrun")).close()
    return tmp_path / ".mlrun"


def key(root: pathlib.Path) -> bytes:
    with Store(str(root)) as store:
        return store.secret_key


def codes(root: pathlib.Path) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in Fsck(str(root)).run()]


def test_it_is_made_once_and_only_its_owner_may_read_it(root: pathlib.Path) -> None:
    assert not (root / KEY_FILE).exists()
    before = os.umask(0)
    try:
        made = key(root)
    finally:
        os.umask(before)
    assert (len(made), len(set(made)) > 8) == (SIZE, True)
    assert key(root) == made == (root / KEY_FILE).read_bytes()
    assert (root / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert list((root / "tmp").iterdir()) == []
    assert codes(root) == []


def test_a_store_without_one_is_sound(root: pathlib.Path) -> None:
    key(root)
    (root / KEY_FILE).unlink()
    assert codes(root) == []


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33, b"x" * 5000])
def test_what_is_no_key_is_reported_and_replaced(root: pathlib.Path, data: bytes) -> None:
    (root / KEY_FILE).write_bytes(data)
    assert codes(root) == [("key-malformed", KEY_FILE)]
    made = key(root)
    assert (root / KEY_FILE).read_bytes() == made
    assert codes(root) == []


def test_a_link_in_its_place_is_not_followed(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere").write_bytes(bytes(SIZE))
    (root / KEY_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreWriteError):
        key(root)
    assert codes(root) == [("unreadable", KEY_FILE)]


def test_two_who_begin_at_once_have_one_key(root: pathlib.Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(key, [root] * 16, chunksize=1)
    assert set(found) == {(root / KEY_FILE).read_bytes()}
