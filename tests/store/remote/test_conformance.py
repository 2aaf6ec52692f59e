"""What `Remote` promises, of every kind of remote."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from mmap import mmap
from pathlib import Path

import pytest
from tests.store.remote.backends import BACKENDS
from tests.store.remote.filesystems import DELETES_FIRST

from runlore.errors import RemoteMissingError, UnreachableError
from runlore.store.remote.port import Remote


@pytest.fixture(params=sorted(BACKENDS))
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remote]:
    with BACKENDS[request.param](tmp_path) as made:
        yield made


def _listed(remote: Remote, folder: str) -> list[tuple[str, int]]:
    return sorted((found.name, found.size) for found in remote.names(folder))


def test_what_is_written_is_read(remote: Remote) -> None:
    remote.write("packs/a.pack", b"some bytes")
    assert remote.read("packs/a.pack") == b"some bytes"


def test_a_view_can_be_written(remote: Remote) -> None:
    remote.write("packs/a.pack", memoryview(b"more bytes than that")[5:10])
    assert remote.read("packs/a.pack") == b"bytes"


def test_an_empty_file_is_a_file(remote: Remote) -> None:
    remote.write("packs/empty", b"")
    assert remote.read("packs/empty") == b""
    found = remote.stat("packs/empty")
    assert found is not None
    assert found.size == 0
    assert _listed(remote, "packs") == [("packs/empty", 0)]


def test_a_file_of_40_mib_comes_back_whole(remote: Remote) -> None:
    data = os.urandom(40 << 20)
    remote.write("objects/aa/large", data)
    assert remote.read("objects/aa/large") == data
    assert remote.read("objects/aa/large", (39 << 20) + 1, 1000) == data[(39 << 20) + 1 :][:1000]


@pytest.mark.parametrize("size", [1 << 20, (2 << 20) + 1, (3 << 20) - 1])
@pytest.mark.parametrize("start", [0, 1])
def test_memory_is_written_from_the_start_of_a_page_as_from_anywhere(remote: Remote, size: int, start: int) -> None:
    with mmap(-1, size + start) as memory, memoryview(memory) as whole, whole[start:] as view:
        view[:] = data = os.urandom(size)
        remote.write("objects/aa/mapped", view)
    assert remote.read("objects/aa/mapped") == data


@pytest.mark.parametrize(("start", "length"), [(0, 1), (0, 10), (3, 4), (9, 1), (4, None), (0, None), (0, 0)])
def test_a_part_is_read(remote: Remote, start: int, length: int | None) -> None:
    data = b"0123456789"
    remote.write("packs/digits", data)
    assert remote.read("packs/digits", start, length) == (data[start:] if length is None else data[start:][:length])


@pytest.mark.parametrize(("start", "length"), [(0, 11), (5, 6), (10, 1), (20, 5)])
def test_fewer_bytes_than_asked_for_are_an_error(remote: Remote, start: int, length: int) -> None:
    remote.write("packs/digits", b"0123456789")
    with pytest.raises(UnreachableError):
        remote.read("packs/digits", start, length)


def test_what_is_not_there_is_missing(remote: Remote) -> None:
    with pytest.raises(RemoteMissingError, match="packs/none"):
        remote.read("packs/none")
    with pytest.raises(RemoteMissingError):
        remote.read("packs/none", 5, 10)
    assert remote.stat("packs/none") is None
    remote.delete(["packs/none", "none/at/all"])
    remote.write("packs/some", b"")
    with pytest.raises(RemoteMissingError):
        remote.read("packs/none")


def test_a_folder_that_is_not_there_has_no_files(remote: Remote) -> None:
    assert _listed(remote, "packs") == []
    remote.write("packs/some", b"")
    assert _listed(remote, "index") == []
    assert _listed(remote, "pack") == []


def test_a_folder_is_no_file(remote: Remote) -> None:
    remote.write("objects/aa/some", b"")
    assert remote.stat("objects/aa") is None


def test_stat_tells_size_and_time(remote: Remote) -> None:
    before = time.time()
    remote.write("packs/a.pack", b"some bytes")
    found = remote.stat("packs/a.pack")
    assert found is not None
    assert (found.name, found.size) == ("packs/a.pack", 10)
    # Time stamps may be in whole seconds, and a file system's clock may be a tick behind.
    assert before - 2 <= found.written <= time.time() + 2
    (listed,) = remote.names("packs")
    assert listed == found


def test_all_files_are_listed_however_many_and_however_deep(remote: Remote) -> None:
    wanted = [f"objects/{number % 7:02x}/{number:04}" for number in range(1000)]
    wanted += ["objects/some/folders/further/down/there/is/one"]
    with ThreadPoolExecutor(max(1, remote.workers)) as pool:
        list(pool.map(lambda name: remote.write(name, name.encode()), wanted))
    assert _listed(remote, "objects") == sorted((name, len(name)) for name in wanted)
    assert _listed(remote, "objects/some/folders") == [(wanted[-1], len(wanted[-1]))]
    remote.delete(wanted[:-1])
    assert _listed(remote, "objects") == [(wanted[-1], len(wanted[-1]))]


def test_others_can_be_asked_while_files_are_listed(remote: Remote) -> None:
    for name in ("index/a", "index/b", "index/c"):
        remote.write(name, name.encode())
    assert sorted(remote.read(found.name) for found in remote.names("index")) == [b"index/a", b"index/b", b"index/c"]


def test_a_file_is_written_over(remote: Remote) -> None:
    remote.write("format", b"1, and much longer")
    remote.write("format", b"2")
    assert remote.read("format") == b"2"


def test_a_file_is_created_once(remote: Remote) -> None:
    assert remote.create("gc/mark", b"first")
    if remote.create("gc/mark", b"second"):  # a remote that cannot tell
        assert remote.read("gc/mark") == b"second"
    else:
        assert remote.read("gc/mark") == b"first"
    assert _listed(remote, "gc") == [("gc/mark", len(remote.read("gc/mark")))]


def test_a_deleted_file_is_gone(remote: Remote) -> None:
    for name in ("packs/a", "packs/b", "packs/c"):
        remote.write(name, b"")
    remote.delete(iter(["packs/a", "packs/none", "packs/c"]))
    assert _listed(remote, "packs") == [("packs/b", 0)]
    remote.delete([])
    remote.write("packs/a", b"again")
    assert remote.read("packs/a") == b"again"


def test_of_several_writers_one_is_last_and_whole(remote: Remote) -> None:
    contents = [bytes([number]) * 300_000 for number in range(8)]
    with ThreadPoolExecutor(len(contents)) as pool:
        list(pool.map(lambda data: remote.write("packs/wanted", data), contents))
    assert remote.read("packs/wanted") in contents
    assert _listed(remote, "packs") == [("packs/wanted", 300_000)]


def test_of_several_creators_one_is_first(remote: Remote) -> None:
    contents = [bytes([number]) * 1000 for number in range(8)]
    with ThreadPoolExecutor(len(contents)) as pool:
        made = list(pool.map(lambda data: remote.create("gc/mark", data), contents))
    found = remote.read("gc/mark")
    assert found in contents
    if made.count(True) == 1:
        assert found == contents[made.index(True)]
    else:
        assert all(made)  # a remote that cannot tell


def test_a_reader_never_sees_a_part(remote: Remote, request: pytest.FixtureRequest) -> None:
    contents = [bytes([number]) * (2 << 20) for number in range(6)]
    done = threading.Event()

    def write() -> None:
        try:
            for data in contents:
                remote.write("packs/changing", data)
        finally:
            done.set()

    remote.write("packs/changing", contents[0])
    may_be_gone = request.node.callspec.params["remote"] in DELETES_FIRST
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not done.is_set():
            try:
                assert remote.read("packs/changing", 0, 2 << 20) in contents
            except RemoteMissingError:
                assert may_be_gone
            listed = _listed(remote, "packs")
            assert listed == [("packs/changing", 2 << 20)] or (may_be_gone and not listed)
        writing.result()


def test_a_closed_remote_is_opened_again(remote: Remote) -> None:
    remote.write("packs/a", b"some")
    remote.close()
    remote.close()
    assert remote.read("packs/a") == b"some"
    assert remote.url
    assert remote.workers >= 1
