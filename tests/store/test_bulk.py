"""Objects that are read many at a time: side by side, with others between them, damaged, and gone."""

import random
from pathlib import Path

import pytest

from runlore.errors import CorruptError
from runlore.store import bulk
from runlore.store.pack import BLOB
from runlore.store.store import Store

_SPANS = [1, 1000, 1 << 20]


@pytest.fixture
def many(store: Store) -> dict[bytes, bytes]:
    """Blobs of one pack by id, an empty one among them."""
    chance = random.Random(1)  # noqa: S311 - any bytes will do
    made = [chance.randbytes(chance.randrange(300)) for _ in range(400)]
    with store.writer() as writer:
        return {writer.add_blob(data): data for data in {b"", *made}}


def _take(store: Store, digests: list[bytes], into: dict[bytes, bytes]) -> None:
    found = store.objects.packed([(BLOB, each) for each in digests])
    into.update((digest, data) for _, digest, data in found if data is not None)


@pytest.mark.parametrize("span", _SPANS)
@pytest.mark.parametrize("share", [0.1, 0.9, 1.0])
def test_what_is_asked_for_comes_and_nothing_else(
    store: Store, many: dict[bytes, bytes], monkeypatch: pytest.MonkeyPatch, span: int, share: float
) -> None:
    monkeypatch.setattr(bulk, "_SPAN", span)
    asked = random.Random(2).sample(list(many), int(len(many) * share))  # noqa: S311 - any of them
    found: dict[bytes, bytes] = {}
    with Store(store.layout.root) as again:
        _take(again, asked, found)
    assert found == {digest: many[digest] for digest in asked}


@pytest.mark.parametrize("span", _SPANS)
def test_a_damaged_one_is_named_and_the_others_come(
    store: Store, many: dict[bytes, bytes], monkeypatch: pytest.MonkeyPatch, span: int
) -> None:
    monkeypatch.setattr(bulk, "_SPAN", span)
    bad = max(many, key=lambda digest: len(many[digest]))
    (pack,) = Path(store.layout.packs).iterdir()
    data = pack.read_bytes()
    at = data.index(many[bad])
    pack.chmod(0o644)
    pack.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    found: dict[bytes, bytes] = {}
    with Store(store.layout.root) as again, pytest.raises(CorruptError, match=bad.hex()):
        _take(again, list(many), found)
    assert found == {digest: one for digest, one in many.items() if digest != bad}


@pytest.mark.parametrize("span", _SPANS)
def test_what_lies_behind_the_end_of_a_cut_pack_is_damaged(
    store: Store, many: dict[bytes, bytes], monkeypatch: pytest.MonkeyPatch, span: int
) -> None:
    monkeypatch.setattr(bulk, "_SPAN", span)
    (pack,) = Path(store.layout.packs).iterdir()
    with Store(store.layout.root) as again:
        places = again.index.places(many, BLOB)
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[: places[0][1]])
        whole = {digest for _, offset, length, digest in places if offset + length <= places[0][1]}
        found = dict(again.objects.packed_blobs(many))
    assert found == {digest: many[digest] for digest in whole}
