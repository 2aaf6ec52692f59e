"""Every code of section 10 of the store format, provoked by damage to a store that real runs made."""

import os
import pathlib
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import pytest
from tests.crash.project import Project

from runlore.records import tree
from runlore.records.canonical import decode, encode
from runlore.records.hashing import record_digest, record_id, tree_digest
from runlore.records.run import decode_intent
from runlore.store.fsck import Fsck, Problem
from runlore.store.pack import BLOB, RECORD, TREE, PackWriter, read_table
from runlore.store.problem import AGAIN, PACK_AWAY

FOUND = tuple[str, str, str]
"""Code, severity and path."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a finished run, a tag and a note."""
    project = Project.create(tmp_path_factory.mktemp("made") / "project")
    assert project.mlrun("exec", "-t", "best", "-d", "weights.bin", "-o", "model.bin", "train.py").status == 7
    project.mlrun("note", "@", "a remark", check=True)
    project.mlrun("config", "data.limit", "1MiB", check=True)
    return project


@pytest.fixture
def project(made: Project, tmp_path: pathlib.Path) -> Project:
    return made.copy(tmp_path / "project")


@pytest.fixture(autouse=True)
def _hurry() -> Iterator[None]:
    """Whatever is waited on for ever is an error."""
    signal.alarm(60)
    yield
    signal.alarm(0)


def found(project: Project, *, quick: bool = False) -> set[FOUND]:
    return {(each.code, each.severity, each.path) for each in check(project, quick=quick)}


def check(project: Project, *, quick: bool = False) -> list[Problem]:
    before = state(project)
    problems = list(Fsck(str(project.store), quick=quick).run())
    assert state(project) == before
    return problems


def state(project: Project) -> dict[str, tuple[int, int]]:
    """Every name in the store, with what a write to it would change."""
    names = {}
    for folder, folders, files in os.walk(project.store):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(folder, name))
            names[os.path.join(folder, name)] = (status.st_size, status.st_mtime_ns)
    return names


def status(project: Project) -> int:
    """The exit status of ``mlrun fsck``, and that it is no accident."""
    done = project.mlrun("fsck")
    assert "Traceback" not in done.err
    return done.status


def overwrite(path: pathlib.Path, data: bytes | bytearray) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def the(folder: pathlib.Path) -> pathlib.Path:
    """The one thing in a folder."""
    (path,) = folder.iterdir()
    return path


def run_of(project: Project) -> pathlib.Path:
    return the(project.store / "runs")


def loose(project: Project) -> list[pathlib.Path]:
    return sorted((project.store / "objects").glob("*/*"))


def packs(project: Project) -> list[pathlib.Path]:
    return sorted((project.store / "packs").iterdir())


def code_pack(project: Project) -> pathlib.Path:
    """The pack with what the run was started with."""
    recipe = decode_intent((run_of(project) / "intent").read_bytes()).recipe
    (path,) = [path for path in packs(project) if recipe in {place.digest.hex() for place in read_table(str(path))}]
    return path


def inside(project: Project, path: pathlib.Path) -> str:
    return os.fspath(path.relative_to(project.store))


def add_object(project: Project, kind: bytes, digest: bytes, data: bytes) -> str:
    """A pack with one object, as a stranger may make it."""
    writer = PackWriter(str(project.store / "tmp"), str(project.store / "packs"))
    writer.add(kind, digest, data)
    return f"packs/{writer.finish()[0]}"


def change(project: Project, name: str, **fields: object) -> pathlib.Path:
    """Give a record of the run other fields; an intent moves its run to its new id."""
    path = run_of(project) / name
    data = encode({**decode(path.read_bytes().rpartition(b"\n")[2]), **fields})
    overwrite(path, data if name == "intent" else record_id(data).encode() + b"\n" + data)
    if name != "intent":
        return path
    return path.parent.rename(path.parent.with_name(record_id(data))) / name


def test_a_sound_store_has_no_problems(project: Project) -> None:
    assert found(project) == set()
    assert found(project, quick=True) == set()
    assert status(project) == 0


def test_everything_is_counted(project: Project) -> None:
    read: list[int] = []
    check = Fsck(str(project.store), on_file=read.append)
    assert list(check.run()) == []
    in_packs = sum(len(read_table(str(path))) for path in packs(project))
    assert check.checked == {"packs": 2, "objects": in_packs + len(loose(project)), "runs": 1, "events": 2}
    assert sum(read) == sum(path.stat().st_size for path in [*packs(project), *loose(project)])


@pytest.mark.parametrize(
    "text",
    ["", "\0\0", "runlore-store = 99\nhash = blake3\n", "runlore-store = 1\nhash = md5\n",
     "runlore-store = 1\nmust-understand = x\n", "runlore-store = -1\n", "runlore-store = ²\n", None],
)  # fmt: skip
def test_format_unreadable(project: Project, text: str | None) -> None:
    if text is None:
        (project.store / "format").write_bytes(b"\xff\xfe")
    else:
        (project.store / "format").write_text(text)
    before = state(project)
    assert found(project) == {("format-unreadable", "error", "format")}
    assert status(project) == 1
    done = project.mlrun("list")
    assert (done.status, "Traceback" in done.err) == (16, False) or done.status == 10, done
    assert state(project) == before


def test_object_corrupt(project: Project) -> None:
    path = loose(project)[0]
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    overwrite(path, data)
    assert found(project) == {("object-corrupt", "error", inside(project, path))}
    assert found(project, quick=True) == set()
    assert status(project) == 1


def test_object_misplaced(project: Project) -> None:
    (project.store / "objects" / "ab").mkdir(exist_ok=True)
    (project.store / "objects" / "ab" / "thumbs.db").touch()
    (project.store / "objects" / "file").touch()
    (project.store / "packs" / "x.pack").touch()
    expected = {"objects/ab/thumbs.db", "objects/file", "packs/x.pack"}
    assert found(project) == {("object-misplaced", "error", path) for path in expected}


@pytest.mark.parametrize("keep", [0, 8, 31, 32, -1])
def test_pack_corrupt_because_it_is_cut_short(project: Project, keep: int) -> None:
    path = code_pack(project)
    overwrite(path, path.read_bytes()[:keep])
    problems = found(project)
    assert ("pack-corrupt", "error", inside(project, path)) in problems
    assert {code for code, _, _ in problems} == {"pack-corrupt", "object-missing"}
    assert status(project) == 1


def test_pack_object_corrupt(project: Project) -> None:
    path = code_pack(project)
    place = read_table(str(path))[0]
    data = bytearray(path.read_bytes())
    data[place.offset] ^= 1
    overwrite(path, data)
    codes = {code for code, _, at in found(project) if at == inside(project, path)}
    assert codes == {"pack-object-corrupt"}


def test_a_pack_under_another_name_is_only_corrupt_as_a_whole(project: Project) -> None:
    path = code_pack(project)
    path.rename(path.with_name("0" * 64 + ".pack"))
    assert found(project) == {("pack-corrupt", "error", f"packs/{'0' * 64}.pack")}


@pytest.mark.parametrize("name", [b"..", b"a/b", b"", b"\0"])
def test_tree_malformed_by_a_name_that_leads_elsewhere(project: Project, name: bytes) -> None:
    whole = (
        tree.encode([tree.Entry(b"x" * len(name), tree.FILE, b"\0" * 32, 0)]) if name else b"rlt1" + b"f" + bytes(42)
    )
    data = whole[: len(whole) - len(name)] + name
    path = add_object(project, TREE, tree_digest(data), data)
    assert found(project) == {("tree-malformed", "error", path)}
    assert found(project, quick=True) == {("tree-malformed", "error", path)}


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", b"[]", b'{"schema":1}', b'{"schema": "x/1"}', b'{"schema":"recipe/1"}', b"\xff", b"[" * 100_000,
     b'{"argv":0,"schema":"recipe/1"}', b'{"schema":"environment/1","packages":5}', b"1" * 10_000],
)  # fmt: skip
def test_record_malformed_in_a_pack(project: Project, data: bytes) -> None:
    path = add_object(project, RECORD, record_digest(data), data)
    assert found(project) == {("record-malformed", "error", path)}
    assert status(project) == 1


def test_a_kind_of_record_from_the_future_is_no_problem(project: Project) -> None:
    data = encode({"schema": "receipt/1", "more": 1})
    add_object(project, RECORD, record_digest(data), data)
    assert found(project) == set()


def test_record_newer(project: Project) -> None:
    data = encode({"schema": "recipe/2", "more": 1})
    add_object(project, RECORD, record_digest(data), data)
    assert {(code, severity) for code, severity, _ in found(project)} == {("record-newer", "warning")}


@pytest.mark.parametrize(
    "fields",
    [{"schema": "intent/0"}, {"inputs": 5}, {"omitted": [{"oid": "zz"}]}, {"recipe": 5}, {"recipe": "zz"},
     {"patch": []}],
)  # fmt: skip
def test_record_malformed_in_an_intent(project: Project, fields: dict[str, object]) -> None:
    (run_of(project) / "seal").unlink()
    path = change(project, "intent", **fields)
    assert ("record-malformed", "error", inside(project, path)) in found(project)
    for args, statuses in ((("list",), {0, 13}), (("show",), {0, 12, 13}), (("exec", "train.py"), {7})):
        done = project.mlrun(*args)
        assert (done.status in statuses, "Traceback" in done.err) == (True, False), done


@pytest.mark.parametrize("fields", [{"schema": "seal/x"}, {"outputs": 5}, {"outputs": [1]}])
def test_record_malformed_in_a_seal(project: Project, fields: dict[str, object]) -> None:
    path = change(project, "seal", **fields)
    assert found(project) == {("record-malformed", "error", inside(project, path))}


def test_one_flipped_bit_anywhere_in_a_seal_is_seen(project: Project) -> None:
    path = run_of(project) / "seal"
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        overwrite(path, whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
        assert ("record-malformed", "error", inside(project, path)) in found(project, quick=True)
    assert project.mlrun("show").status == 13


def test_what_is_wrong_with_a_record_is_said_in_plain_words_with_what_to_do(project: Project) -> None:
    change(project, "seal", outputs=5)
    events = sorted((project.store / "events").iterdir())
    for event, data in zip(events, (b"{", encode({"schema": "event/1"})), strict=True):
        overwrite(event, data)
        event.rename(event.with_name(record_id(data)))
    data = b"[1"
    path = add_object(project, RECORD, record_digest(data), data)
    said = {each.path.partition("/")[0]: (each.message, each.hint) for each in check(project) if each.path != path}
    assert said["runs"] == (
        'this is no seal/1 record: "outputs" is not what it must be',
        AGAIN,
    )
    messages = {each.message for each in check(project) if each.path.startswith("events/")}
    assert messages == {"this is no event/1 record: it is not JSON", 'this is no event/1 record: "ref" is missing'}
    assert said["events"][1] == "move it away"
    (packed,) = [each for each in check(project) if each.path == path]
    assert packed.message == f"record {record_digest(data).hex()}: it is not JSON"


def test_record_malformed_in_an_event(project: Project) -> None:
    name = min((project.store / "events").iterdir())
    overwrite(name, name.read_bytes() + b" ")
    assert found(project) == {("record-malformed", "error", inside(project, name))}


@pytest.mark.parametrize(
    ("part", "what"), [("input", "weights.bin"), ("output", "model.bin")], ids=["an input", "an output"]
)
def test_object_missing(project: Project, part: str, what: str) -> None:
    data = (project.folder / what).read_bytes()
    (path,) = [path for path in loose(project) if path.read_bytes() == data]
    path.unlink()
    problems = check(project)
    assert {(each.code, each.severity, each.path) for each in problems} == {
        ("object-missing", "error", inside(project, run_of(project)))
    }
    assert any(each.message.startswith(f'{part} "{what}"') for each in problems)
    assert status(project) == 1


@pytest.mark.parametrize(("limit", "codes"), [("1MiB", {"object-missing"}), ("1KiB", set())], ids=["kept", "hashed"])
def test_an_input_that_was_seen_is_missed_only_if_it_was_kept(project: Project, limit: str, codes: set[str]) -> None:
    elsewhere = project.folder.parent / "elsewhere.bin"
    elsewhere.write_bytes(os.urandom(200_000))
    project.mlrun("config", "trace.file-limit", limit, check=True)
    before = set(loose(project))
    done = project.mlrun("exec", sys.executable, "-c", f"open({str(elsewhere)!r}, 'rb').read()")
    assert done.status == 0
    assert done.err.count("input") <= 1
    assert project.runs()[newest(project)].observer["name"] != "none"
    for path in set(loose(project)) - before:
        path.unlink()
    problems = check(project)
    assert {each.code for each in problems} == codes
    assert all(each.message.startswith(f'input "{elsewhere}"') for each in problems)


def newest(project: Project) -> str:
    return next(iter(project.runs()))


def test_what_a_run_did_not_keep_is_not_missing(project: Project) -> None:
    project.mlrun("config", "data.store", "none", check=True)
    (project.folder / "big").mkdir()
    (project.folder / "big" / "a").write_bytes(os.urandom(1000))
    (project.folder / ".gitignore").write_text("big\n")
    done = project.mlrun("exec", "-d", "big", "train.py")
    assert done.status == 7
    assert found(project) == set()


def test_run_incomplete(project: Project) -> None:
    (run_of(project) / "intent").unlink()
    assert found(project) == {
        ("run-incomplete", "error", inside(project, run_of(project))),
        *(("event-dangling", "warning", inside(project, path)) for path in (project.store / "events").iterdir()),
    }


def test_run_mismatch_of_an_intent(project: Project) -> None:
    path = run_of(project) / "intent"
    overwrite(path, path.read_bytes() + b" ")
    assert found(project) == {("run-mismatch", "error", inside(project, path))}


def test_run_mismatch_of_a_seal(project: Project) -> None:
    path = change(project, "seal", run="0" * 64)
    assert found(project) == {("run-mismatch", "error", inside(project, path))}


def test_run_unsealed(project: Project) -> None:
    (run_of(project) / "seal").unlink()
    (run_of(project) / "lock").touch()
    assert found(project) == {("run-unsealed", "warning", inside(project, run_of(project)))}
    assert status(project) == 0


def test_a_run_that_has_ended_and_lost_its_seal_is_not_taken_for_a_crashed_one(project: Project) -> None:
    (run_of(project) / "seal").unlink()
    assert found(project) == {("run-incomplete", "error", inside(project, run_of(project)))}
    assert project.mlrun("show", run_of(project).name).status == 13
    assert project.mlrun("exec", "train.py").status == 7
    assert not any(path.name == "seal" and "crashed" in path.read_text() for path in project.store.glob("runs/*/seal"))


def test_event_dangling(project: Project) -> None:
    project.mlrun("tag", "--delete", "best", check=True)
    assert found(project) == set()
    events = {path: decode(path.read_bytes()) for path in (project.store / "events").iterdir()}
    (first,) = [path for path, event in events.items() if event["kind"] == "tag"]
    (second,) = [path for path, event in events.items() if event["kind"] == "untag"]
    first.unlink()
    assert found(project) == {("event-dangling", "warning", inside(project, second))}
    assert status(project) == 0


def test_leftover(project: Project) -> None:
    (project.store / "tmp" / "1-a").touch()
    (project.store / "notes.txt").touch()
    (project.store / "runs" / "x").mkdir()
    assert found(project) == {("leftover", "warning", path) for path in ("tmp/1-a", "notes.txt", "runs/x")}
    assert status(project) == 0


def test_unreadable(project: Project) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path = loose(project)[0]
    path.chmod(0)
    assert ("unreadable", "error", inside(project, path)) in found(project)


def a_pipe(path: pathlib.Path) -> None:
    os.mkfifo(path)


def a_link(path: pathlib.Path) -> None:
    path.symlink_to("/etc/passwd")


def a_loop(path: pathlib.Path) -> None:
    path.symlink_to(path.name)


def a_folder(path: pathlib.Path) -> None:
    path.mkdir()


def a_socket(path: pathlib.Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


STRANGE = [a_pipe, a_link, a_loop, a_folder, a_socket]


@pytest.mark.parametrize("make", STRANGE)
def test_what_is_no_file_is_unreadable_and_not_waited_on(
    project: Project, make: Callable[[pathlib.Path], None]
) -> None:
    pack, blob, event = code_pack(project), loose(project)[0], min((project.store / "events").iterdir())
    intent, seal = run_of(project) / "intent", run_of(project) / "seal"
    for path in (pack, blob, event, intent, seal):
        before = path.rename(project.folder / "aside")
        make(path)
        assert ("unreadable", "error", inside(project, path)) in found(project)
        assert status(project) == 1
        assert project.mlrun("list").status in {0, 13}
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        before.rename(path)
    assert found(project) == set()


@pytest.mark.parametrize("make", [a_pipe, a_link, a_socket])
def test_exec_waits_on_nothing_that_a_stranger_put_into_the_store(
    project: Project, make: Callable[[pathlib.Path], None]
) -> None:
    run = run_of(project)
    (run / "seal").unlink()
    shutil.rmtree(project.store / "cache")
    for name in ("journal", "log", "lock"):
        make(run / name)
    make(project.store / "packs" / ("0" * 64 + ".pack"))
    make(project.store / "events" / ("0" * 64))
    make(project.store / "tmp" / "x")
    done = project.mlrun("exec", "train.py")
    assert (done.status, done.out, "Traceback" in done.err) == (7, "trained\n", False), done.err
    assert len(project.runs()) == 2


@pytest.mark.parametrize("length", [1, 1 << 20, 1 << 40, (1 << 64) - 1])
@pytest.mark.parametrize("at", [24, 16, 41 - 82, 33 - 82])
def test_giant_lengths_in_a_pack_are_not_believed(project: Project, length: int, at: int) -> None:
    path = code_pack(project)
    data = bytearray(path.read_bytes())
    start = len(data) - at if at > 0 else len(data) - 24 + at + 24
    data[start : start + 8] = length.to_bytes(8, "little")
    overwrite(path, data)
    assert ("pack-corrupt", "error", inside(project, path)) in found(project)
    assert status(project) == 1
    assert project.mlrun("exec", "train.py").status == 7


def test_the_advice_for_a_damaged_pack_helps(project: Project) -> None:
    run, before = run_of(project).name, packs(project)
    for path in before:
        data = bytearray(path.read_bytes())
        for place in read_table(str(path)):
            if place.kind in {BLOB, TREE, RECORD} and place.length:
                data[place.offset] ^= 0xFF
        overwrite(path, data)
    hints = {each.hint for each in check(project) if each.path.startswith("packs/")}
    assert hints == {PACK_AWAY}
    assert project.mlrun("fsck", "--repair").status == 1
    assert all((project.store / "aside" / "packs" / path.name).exists() for path in before)
    (project.folder / "ran").unlink()
    done = project.mlrun("exec", "-d", "weights.bin", "-o", "model.bin", "train.py")
    assert (done.status, "warning" in done.err) == (7, False), done.err
    messages = [each.message for each in check(project)]
    assert {each.path for each in check(project)} <= {f"runs/{run}"}
    assert not any(message.startswith("code") for message in messages), messages
