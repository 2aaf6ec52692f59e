import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

import pytest
from tests.insight.said import said, sameness

MEMBERS = {"a.json": b'{"x": 1}', "b/c.txt": b"hello", "d.csv": b"n\n1\n"}


def zipped(
    members: dict[str, bytes], *, year: int = 2020, method: int = zipfile.ZIP_DEFLATED, backwards: bool = False
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in sorted(members, reverse=backwards):
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), members[name], method)
    return file.getvalue()


def tarred(
    members: dict[str, bytes], *, time: int = 0, owner: int = 0, mode: int = 0o644, backwards: bool = False
) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in sorted(members, reverse=backwards):
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uid, info.mode = len(members[name]), time, owner, mode
            archive.addfile(info, io.BytesIO(members[name]))
    return file.getvalue()


def test_a_zip_is_equal_whatever_its_times_its_order_and_how_it_is_packed() -> None:
    a = zipped(MEMBERS)
    assert sameness("x.zip", a, zipped(MEMBERS, year=2021)) == "equal"
    assert sameness("x.whl", a, zipped(MEMBERS, method=zipfile.ZIP_STORED)) == "equal"
    assert sameness("x", a, zipped(MEMBERS, backwards=True)) == "equal"


def test_members_are_compared_by_their_own_formats() -> None:
    assert sameness("x.zip", zipped(MEMBERS), zipped({**MEMBERS, "a.json": b'{ "x": 1.0 }'})) == "equal"
    assert said("x.zip", zipped(MEMBERS), zipped({**MEMBERS, "a.json": b'{"x": 2}'})).detail == "a.json.x: 1 and 2"
    assert said("x.zip", zipped(MEMBERS), zipped({**MEMBERS, "b/c.txt": b"hallo"})).detail == (
        "b/c.txt: the bytes differ from byte 2 on"
    )


def test_a_member_that_only_one_has_is_named() -> None:
    found = said("x.zip", zipped(MEMBERS), zipped({"a.json": MEMBERS["a.json"]}))
    assert (found.sameness, found.detail) == ("different", "b/c.txt: only in the first, and 1 more")


def test_a_tar_is_equal_whatever_its_times_owners_and_order() -> None:
    a = tarred(MEMBERS)
    assert sameness("x.tar", a, tarred(MEMBERS, time=5)) == "equal"
    assert sameness("x.tar", a, tarred(MEMBERS, owner=1000)) == "equal"
    assert sameness("x.tar", a, tarred(MEMBERS, backwards=True)) == "equal"
    assert said("x.tar", a, tarred(MEMBERS, mode=0o755)).detail == (
        "a.json: a file and a file that can be executed, and 2 more"
    )
    assert said("x.tar", a, tarred({**MEMBERS, "d.csv": b"n\n2\n"})).detail == "d.csv.row 2.n: 1 and 2"


def test_what_follows_the_end_of_a_tar_is_not_passed_over() -> None:
    a, b = (tarred(MEMBERS) + each for each in (b"secret", b"other!"))
    assert sameness("x.tar", a, b) == "unreadable"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("x.json.gz", lambda data, level: gzip.compress(data, level, mtime=level)),
        ("x.json.bz2", bz2.compress),
        ("x.json.xz", lambda data, level: lzma.compress(data, preset=level)),
        ("x.json.z", zlib.compress),
    ],
)
def test_compressed_files_are_compared_by_what_is_in_them(name: str, pack: "type[object]") -> None:
    text = b'{"x": [' + b"1, " * 300 + b"1]}"
    packed = [pack(text, level) for level in (1, 9)]  # type: ignore[call-arg]
    assert sameness(name, packed[0], packed[1]) in {"equal", "identical"}  # type: ignore[arg-type]
    other = pack(text.replace(b"1]", b"2]"), 1)  # type: ignore[call-arg]
    assert said(name, packed[0], other).detail == "x.300: 1 of 301 numbers differs: 1 and 2"  # type: ignore[arg-type]


def test_a_gzip_of_several_members_is_one_file() -> None:
    whole, parts = gzip.compress(b"[1, 2.50]"), gzip.compress(b"[1, ") + gzip.compress(b"2.5]") + b"\0" * 10
    assert sameness("x.json.gz", whole, parts) == "equal"
    assert sameness("x.json.gz", whole, parts[:-15]) == "unreadable"


def test_a_tar_in_a_gzip_in_a_zip_is_compared_by_its_members() -> None:
    a, b, c = (
        zipped({"x.tar.gz": gzip.compress(tarred(members, time=time), mtime=time)})
        for members, time in ((MEMBERS, 1), (MEMBERS, 2), ({**MEMBERS, "a.json": b'{"x": 3}'}, 2))
    )
    assert sameness("x.zip", a, b) == "equal"
    assert said("x.zip", a, c).detail == "x.tar.gz.a.json.x: 1 and 3"


def test_an_unreadable_member_makes_an_archive_unreadable_unless_another_differs() -> None:
    a = {"a.json": b"{", "b.txt": b"1"}
    assert sameness("x.zip", zipped(a), zipped({**a, "a.json": b"["})) == "unreadable"
    assert sameness("x.zip", zipped(a), zipped({"a.json": b"[", "b.txt": b"2"})) == "different"


def test_a_damaged_member_is_not_called_equal() -> None:
    a = zipped({"x.txt": b"hello" * 100}, method=zipfile.ZIP_STORED)
    assert sameness("x.zip", a, a.replace(b"hellohello", b"hellohallo", 1)) == "unreadable"


def test_an_encrypted_zip_is_not_called_equal() -> None:
    a = bytearray(zipped(MEMBERS))
    a[a.index(b"PK\x01\x02") + 8] |= 1
    assert sameness("x.zip", bytes(a), bytes(a) + b"x") == "unreadable"
