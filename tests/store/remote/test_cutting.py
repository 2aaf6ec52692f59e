"""Large blobs are cut into segments that are blobs, and nothing damaged passes for whole."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runlore.errors import CorruptError
from runlore.records.hashing import blob_digest
from runlore.store.remote import cutting
from runlore.store.remote.cutting import Cutter

_SEGMENT = 5 << 20


@pytest.fixture
def cutter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cutter]:
    monkeypatch.setattr(cutting, "SEGMENT", _SEGMENT)
    made = Cutter()
    yield made
    made.close()


def _cut(cutter: Cutter, path: Path, digest: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The id and the bytes of each segment, whose memory is used again at once."""
    with path.open("rb") as file:
        file.read(10)
        for segment in cutter.segments(file.fileno(), digest):
            yield segment.digest, bytes(segment.data)
            cutter.take_back(segment)


@pytest.mark.parametrize("size", [1, _SEGMENT - 1, _SEGMENT])
def test_a_short_blob_is_its_only_segment(cutter: Cutter, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "blob").write_bytes(data)
    digest = blob_digest(data)
    assert list(_cut(cutter, tmp_path / "blob", digest)) == [(digest, data)]


@pytest.mark.parametrize("size", [_SEGMENT + 1, 3 * _SEGMENT, 3 * _SEGMENT + 12_345])
def test_a_long_blob_is_cut_into_blobs(cutter: Cutter, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "blob").write_bytes(data)
    found = list(_cut(cutter, tmp_path / "blob", blob_digest(data)))
    assert b"".join(piece for _, piece in found) == data
    assert [len(piece) for _, piece in found[:-1]] == [_SEGMENT] * (len(found) - 1)
    assert [blob_digest(piece) for _, piece in found] == [digest for digest, _ in found]


@pytest.mark.parametrize("size", [0, 1000, _SEGMENT])
def test_nothing_of_a_short_blob_that_is_damaged_is_given(cutter: Cutter, tmp_path: Path, size: int) -> None:
    (tmp_path / "blob").write_bytes(os.urandom(size))
    with pytest.raises(CorruptError, match="damaged"):
        next(_cut(cutter, tmp_path / "blob", blob_digest(b"other")))


def test_a_long_blob_that_is_damaged_is_found_out_at_its_end(cutter: Cutter, tmp_path: Path) -> None:
    data = bytearray(os.urandom(3 * _SEGMENT))
    digest = blob_digest(data)
    data[_SEGMENT + 7] ^= 1
    (tmp_path / "blob").write_bytes(data)
    found = _cut(cutter, tmp_path / "blob", digest)
    for _ in range(3):
        next(found)
    with pytest.raises(CorruptError, match="damaged"):
        next(found)


def test_memory_is_used_again_by_the_next_blob(cutter: Cutter, tmp_path: Path) -> None:
    data = os.urandom(3 * _SEGMENT)
    (tmp_path / "blob").write_bytes(data)
    for _ in range(3):
        list(_cut(cutter, tmp_path / "blob", blob_digest(data)))
    assert len(cutter._spare) == 1
