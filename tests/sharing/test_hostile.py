"""A remote that somebody else has filled: what no push would write is refused by name, and nothing of it stays."""

import gzip
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sharing.hostile import Stranger, forged, lines_of, tables_of
from tests.sharing.people import Person, files

from runlore.errors import FormatError, RemoteDamagedError, RemoteError
from runlore.ops.sharing import bundle
from runlore.records import tree
from runlore.records.canonical import decode, encode
from runlore.records.hashing import blob_digest, record_digest, record_id, tree_digest
from runlore.store import pack
from runlore.store.pack import BLOB, TREE
from runlore.store.remote import manifest
from runlore.store.remote.manifest import Blob, Manifest

CODE = {"train.py": b"print('hello')\n"}
LARGE = os.urandom(200_000)
HELLO = blob_digest(b"hello")
EVIL = "\x1b[2J\x07\u202eevil\r\n../../etc/passwd"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def lines(ann: Person, remote: str) -> list[bytes]:
    """The records of an honest push, which is on the remote."""
    ann.share(remote)
    ann.make(CODE, data={"d.csv": b"1,2\n"}, outputs={"m.bin": LARGE}, name="base")
    ann.push()
    return lines_of(remote)


@pytest.fixture
def stranger(remote: str, lines: list[bytes]) -> Stranger:  # noqa: ARG001 - the remote is to be filled
    """Somebody who fills the remote anew: the objects are there, the index is not."""
    stranger = Stranger(remote)
    stranger.tables, stranger.large = tables_of(remote)
    for name in os.listdir(f"{remote}/index"):
        os.unlink(f"{remote}/index/{name}")
    return stranger


def _publish(stranger: Stranger, lines: list[bytes], *tables: bytes, large: tuple[Blob, ...] = ()) -> str:
    runs = [record_digest(line) for line in lines if b'"schema":"intent/1"' in line]
    blobs = [*large, *(each for each in stranger.large if each.digest not in {one.digest for one in large})]
    stranger.publish(lines, tables=[*stranger.tables, *tables], large=blobs, runs=runs)
    return runs[0].hex() if runs else ""


def _refused(ben: Person, remote: str, what: str, *names_: str) -> None:
    """A pull is refused with an error that names ``what``, and the store is as it was."""
    mine = ben.make({"mine.py": b"1"})
    ben.share(remote)
    before = ben.runs()
    with pytest.raises(RemoteError, match=what):
        ben.pull(*names_)
    assert ben.problems() == []
    assert (mine in ben.runs(), ben.runs() >= before) == (True, True)


def _event(ref: str, kind: str, **data: object) -> bytes:
    said = {"ref": ref, "kind": kind, "data": data, "parents": [], "author": EVIL, "host": EVIL, "at": 1 << 62}
    return encode({"schema": "event/1", "nonce": "1", **said})


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"[" * 2_000_000, "malformed"),
        (b"[" + b"{}," * 900_000 + b"{}]", "more than 1,000,000 values"),
        (b'{"schema":"event/1","at":' + b"9" * 5000 + b"}", "malformed"),
        (b"{}\n" * 100_000, "does not say what it is"),
        (b"\n\n\n", "malformed"),
        (b"0" * (33 << 20), r'"index/[0-9a-f]{64}\.records" on the remote is damaged'),
        (b'{"schema":"seal/1"}', "malformed"),
        (b"\xff", "malformed"),
        (b'{"a":NaN,"schema":"event/1"}', "malformed"),
    ],
)
def test_records_that_are_none_are_refused(
    ben: Person, remote: str, stranger: Stranger, data: bytes, what: str
) -> None:
    stranger.records(manifest.encode_records([data])[1])
    _refused(ben, remote, what)


@pytest.mark.parametrize(
    "change", [lambda data: data + data, lambda data: data + b"x", lambda data: data[:-9], gzip.compress]
)
def test_records_files_that_are_not_one_gzip_file_are_refused(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes], change: Callable[[bytes], bytes]
) -> None:
    stranger.records(change(manifest.encode_records(lines)[1]))
    _refused(ben, remote, "damaged|malformed")


def _another_recipe(lines: list[bytes]) -> list[bytes]:
    """An environment where the recipe should be."""
    said = {"python": "3.11.0", "implementation": "cpython", "platform": "linux", "packages": []}
    environment = encode({"schema": "environment/1", **said})
    values = {value["schema"]: value for value in map(decode, lines)}
    intent, seal = values["intent/1"], values["seal/1"]
    intent["recipe"] = seal["recipe"] = record_id(environment)
    seal["run"] = record_id(encode(intent))
    return [environment, encode(intent), encode(seal)]


def _two_ends(lines: list[bytes]) -> list[bytes]:
    other = forged(lines, {"seal/1": lambda seal: seal.update(state="failed", exit_code=1)})
    return [*lines, *(line for line in other if b'"schema":"seal/1"' in line)]


def _not_canonical(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"schema"', b' "schema"') if b"recipe/1" in line else line for line in lines]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_another_recipe, "came without its recipe"),
        (_two_ends, "another end of run"),
        (_not_canonical, "canonical"),
        (lambda lines: [line for line in lines if b"recipe/1" not in line], "came without its recipe"),
        (lambda lines: [line for line in lines if b"seal/1" not in line], "has no end"),
        (lambda lines: [line for line in lines if b"seal/1" in line], "has no beginning"),
        (
            lambda lines: forged(lines, {"recipe/1": lambda of: of.update(environment="ab" * 32)}),
            "its environment abab",
        ),
        (lambda lines: forged(lines, {"intent/1": lambda of: of.update(started_at=1 << 70)}), "started_at"),
    ],
)
def test_runs_that_are_not_complete_are_refused(
    ben: Person, stranger: Stranger, lines: list[bytes], change: Callable[[list[bytes]], list[bytes]], what: str
) -> None:
    _publish(stranger, change(lines))
    _refused(ben, stranger.folder, what)


def test_a_record_of_a_newer_mlrun_is_called_that(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    _publish(stranger, [*lines, encode({"schema": "recipe/2"})])
    ben.share(remote)
    with pytest.raises(FormatError, match="newer mlrun"):
        ben.pull()


_Q = struct.Struct("<Q")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RLINDEX1",
        b"RLINDEX1" + _Q.pack(2**64 - 1),
        b"RLINDEX1" + _Q.pack(100_000) + bytes(8 * 100_000) + bytes(8 + 32 + 16),
        b"RLINDEX1" + bytes(17 << 20),
        manifest.encode(Manifest((), (Blob(HELLO, 2**64 - 1),), None, (), ()))[1],
        manifest.encode(Manifest((), (Blob(HELLO, 10, (HELLO,) * 100_000),), None, (), ()))[1],
        manifest.encode(Manifest((pack._ROW.pack(HELLO, b"b", b"\0", 8, 2**63),), (), None, (), ()))[1],
        manifest.encode(Manifest((pack._ROW.pack(HELLO, b"b", b"\0", 2**63, 5),), (), None, (), ()))[1],
        manifest.encode(Manifest((), (), None, (), ()))[1] + b"x",
    ],
)
def test_an_index_file_that_cannot_be_is_refused(ben: Person, remote: str, stranger: Stranger, data: bytes) -> None:
    stranger.index(data)
    ben.make(CODE)
    ben.share(remote)
    with pytest.raises(RemoteDamagedError, match=blob_digest(data).hex()):
        ben.push()
    assert ben.problems() == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_that_changed_anywhere_are_refused_or_harmless(
    ann: Person, ben: Person, remote: str, lines: list[bytes], data: st.DataObject
) -> None:
    """With the name made right again for the index, which is only then looked into."""
    here = f"{ann.folder}-honest"
    if not os.path.exists(here):
        os.rename(remote, here)
    subprocess.run(["rm", "-rf", remote, f"{ben.root}"], check=True)
    subprocess.run(["cp", "-r", here, remote], check=True)
    name = data.draw(st.sampled_from(sorted(files(here))))
    content = bytearray(files(here)[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content = content[:at] if data.draw(st.booleans()) else content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    os.unlink(f"{remote}/{name}")
    renamed = name.endswith((".index", ".records")) and data.draw(st.booleans())
    stem = f"index/{blob_digest(bytes(content)).hex()}.{name.rpartition('.')[2]}" if renamed else name
    _write(remote, stem, bytes(content))
    run = next(record_id(line) for line in lines if b"intent/1" in line)
    ben.make({"mine.py": b"1"})
    ben.share(remote)
    try:
        ben.pull()
        if run in ben.runs():
            ben.pull(run)
    except (RemoteError, FormatError):
        pass
    assert ben.problems() == []


def _write(folder: str, name: str, data: bytes) -> None:
    with open(f"{folder}/{name}", "wb") as file:
        file.write(data)


def _tree(*rows: tuple[bytes, bytes, bytes]) -> tuple[bytes, bytes]:
    """Id and bytes of a folder with these names, kinds and ids, whatever they are."""
    data = tree.MAGIC + b"".join(tree._ROW.pack(kind, oid, 5, len(name)) + name for name, kind, oid in rows)
    return tree_digest(data), data


def _with_code(stranger: Stranger, lines: list[bytes], trees: list[tuple[bytes, bytes]], *blobs: bytes) -> str:
    found = [(TREE, oid, data) for oid, data in trees]
    found += [(BLOB, blob_digest(data), data) for data in (b"hello", *blobs)]
    table = stranger.objects(*found)
    return _publish(stranger, forged(lines, {"recipe/1": lambda of: of.update(code=trees[-1][0].hex())}), table)


@pytest.mark.parametrize(
    "rows",
    [
        [(b"..", b"f", HELLO)],
        [(b"a/b", b"f", HELLO)],
        [(b"b", b"f", HELLO), (b"a", b"f", HELLO)],
        [(b"a", b"f", HELLO), (b"a", b"f", HELLO)],
        [(b"a", b"?", HELLO)],
        [(b"", b"f", HELLO)],
    ],
)
def test_a_folder_that_can_be_none_is_refused(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes], rows: list[tuple[bytes, bytes, bytes]]
) -> None:
    run = _with_code(stranger, lines, [wrong := _tree(*rows)])
    _refused(ben, remote, wrong[0].hex(), run)


def test_folders_that_are_too_deep_are_refused(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    trees = [_tree((b"f", b"f", HELLO))]
    for _ in range(300):
        trees.append(_tree((b"d", b"d", trees[-1][0])))
    run = _with_code(stranger, lines, trees)
    _refused(ben, remote, "more than 256 folders above it", run)


def test_a_folder_in_a_million_places_is_put_back_in_few(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    trees = [_tree((b"f", b"f", HELLO))]
    for _ in range(16):
        trees.append(_tree((b"a", b"d", trees[-1][0]), (b"b", b"d", trees[-1][0])))
    run = _with_code(stranger, lines, trees)
    ben.share(remote)
    ben.pull(run)
    done = ben.mlrun("checkout", run, "out")
    assert (done.status, "it is in too many places" in done.out + done.err) == (15, True)
    assert ben.problems() == []


def test_nothing_is_written_outside_the_folder_or_over_a_repository(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    outside = f"{ben.folder}/../outside"
    os.makedirs(outside)
    inner = _tree((b"x", b"f", HELLO))
    link = blob_digest(os.fsencode(outside))
    reserved = (b".GIT", b".git", b".mlrun", b"git~1")
    rows = [(name, b"d", inner[0]) for name in reserved] + [(b"link", b"l", link)]
    top = _tree(*sorted(rows))
    said = {"oid": HELLO.hex(), "size": 5, "stored": True, "how": "traced"}
    paths = ["../../up", "/etc/made-up", "link/below", EVIL]
    code = stranger.objects(
        *((TREE, *each) for each in (inner, top)), (BLOB, HELLO, b"hello"), (BLOB, link, os.fsencode(outside))
    )
    changes: dict[str, Change] = {
        "recipe/1": lambda of: of.update(code=top[0].hex()),
        "seal/1": lambda of: of["outputs"].extend({**said, "path": path} for path in paths),
    }
    run = _publish(stranger, forged(lines, changes), code)
    ben.share(remote)
    ben.pull()
    before = set(files(f"{ben.folder}/..")) - set(files(ben.root))
    for words in (
        ["checkout", run, "out", "--outputs"],
        ["get", f"{run}:link/below", "-o", "out2"],
        ["get", f"{run}:../../up"],
    ):
        ben.mlrun(*words)
    made = set(files(f"{ben.folder}/..")) - before
    allowed = ("project/out/", "project/out2", "project/up", "project/.mlrun/", "home/")
    assert [each for each in made if not os.path.normpath(each).startswith(allowed)] == []
    assert os.listdir(outside) == []
    assert not any(os.path.lexists(f"{ben.folder}/out/{os.fsdecode(name)}") for name in reserved)


def test_what_a_stranger_wrote_is_shown_and_does_not_act(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    changes: dict[str, Change] = {
        "recipe/1": lambda of: of.update(argv=[EVIL], cwd=EVIL, params={EVIL: EVIL}),
        "intent/1": lambda of: of.update(author=EVIL, host=EVIL, name=EVIL, message=EVIL, experiment=EVIL),
        "seal/1": lambda of: of.update(network=[EVIL], warnings=[{"code": EVIL, "message": EVIL}]),
    }
    changed = forged(lines, changes)
    run = next(record_id(line) for line in changed if b"intent/1" in line)
    events = [_event(f"tag/{EVIL}", "tag", run=run), _event(f"notes/{run}", "note", text=EVIL)]
    _publish(stranger, [*changed, *events])
    mine = ben.make({"mine.py": b"1"})
    ben.share(remote)
    shown = [
        ben.mlrun(*words)
        for words in (["pull"], ["list"], ["show", run], ["diff", run, mine], ["lineage", run], ["tag"])
    ]
    assert {each.status for each in shown} == {0}
    assert not any(character in each.out + each.err for each in shown for character in "\x1b\x07\u202e\r")


def test_the_end_of_a_run_that_runs_here_is_not_taken_from_others(
    ann: Person, ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    intent = next(line for line in lines if b"intent/1" in line)
    run = record_id(intent)
    ben.share(remote)
    os.makedirs(f"{ben.root}/runs/{run}")
    with open(f"{ben.root}/runs/{run}/intent", "wb") as file:
        file.write(intent)
    _publish(stranger, lines)
    assert ben.pull().runs == ()
    assert os.listdir(f"{ben.root}/runs/{run}") == ["intent"]
    assert ann.runs() == {run}


def test_who_removes_a_run_that_was_made_here_is_not_quiet(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    mine = ben.make({"mine.py": b"1"})
    _publish(stranger, [*lines, _event(f"run/{mine}", "remove")])
    ben.share(remote)
    pulled = ben.mlrun("pull")
    assert f"removed by others: {mine[:8]}, which was made here" in pulled.out
    assert f"mlrun rm --undo {mine[:8]}" in pulled.err + pulled.out


def test_what_somebody_else_allows_to_leave_is_not_allowed_here(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    _publish(stranger, [*lines, _event("secret/4f1c09aa", "allow")])
    ben.share(remote)
    assert ben.pull().events == 0
    assert os.listdir(f"{ben.root}/events") == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/etc/passwd", path)])
def test_a_format_that_is_no_file_is_refused_and_not_waited_for(
    ben: Person, remote: str, stranger: Stranger, make: Callable[[str], None]
) -> None:
    os.unlink(f"{stranger.folder}/format")
    make(f"{stranger.folder}/format")
    ben.make(CODE)
    ben.share(remote)
    with pytest.raises(RemoteError):
        ben.pull()
    with pytest.raises(RemoteError, match="format"):
        ben.push()


def test_what_is_no_file_of_a_remote_is_passed_over(
    ben: Person, remote: str, stranger: Stranger, lines: list[bytes]
) -> None:
    run = _publish(stranger, lines)
    for name in ("x", "a" * 64 + ".index.tmp", "\n.records", "\udcff.index"):
        stranger.write(f"index/{name}", b"junk")
    os.mkfifo(f"{remote}/index/{'b' * 64}.index")
    os.symlink("/etc/passwd", f"{remote}/index/{'c' * 64}.records")
    os.symlink("/", f"{remote}/index/root")
    os.makedirs(f"{remote}/index/" + "d/" * 400)
    ben.share(remote)
    ben.make(CODE)
    assert ben.pull(run).runs == (run,)
    assert len(ben.push().runs) == 1


def test_folders_that_are_links_are_refused(ben: Person, remote: str, stranger: Stranger, lines: list[bytes]) -> None:
    run = _publish(stranger, lines)
    os.rename(f"{remote}/packs", f"{remote}/moved")
    os.symlink(f"{remote}/moved", f"{remote}/packs")
    _refused(ben, remote, "symbolic", run)


MEMORY = 300 << 20
_CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]),) * 2)
from runlore.cli.front_door import run
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    "line",
    [
        b"[" + b"{}," * 499_000 + b"{}]",
        b"{" + b",".join(b'"%x":0' % number for number in range(900_000)) + b"}",
        b'"' + b"a" * (31 << 20) + b'"',
    ],
)
def test_what_a_record_is_in_memory_is_bounded(ben: Person, remote: str, stranger: Stranger, line: bytes) -> None:
    stranger.records(manifest.encode_records([line])[1])
    ben.share(remote)
    words = [sys.executable, "-c", _CHILD, str(MEMORY), "pull"]
    done = subprocess.run(words, cwd=ben.folder, env=ben.env, capture_output=True, check=False)
    assert (done.returncode, b"malformed" in done.stderr) == (14, True), done.stderr


def test_index_files_of_many_objects_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_HALF", 1000)
    tables = [bytes([number]) * pack.ROW_SIZE * 5 for number in range(1, 8)]
    blobs = [Blob(bytes([number]) * 32, 1 << 20, (HELLO,) * 9) for number in range(5)]
    found = list(manifest.shared_out(tables, blobs))
    assert len(found) > 2
    assert [table for each in found for table in each.tables] == tables
    assert [blob for each in found for blob in each.blobs] == blobs
    assert list(manifest.shared_out([], [])) == [Manifest((), (), None, (), ())]


def test_a_run_with_more_values_than_a_record_may_have_is_left_out(
    ann: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.share(remote)
    ann.make(CODE)
    monkeypatch.setattr(bundle, "MOST_VALUES", 10)
    assert "more than 10 values" in ann.push().skipped[0].why
