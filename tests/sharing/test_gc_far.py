"""`gc REMOTE` where there is a server between: what holds in a folder holds over SSH and in a bucket."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import sshd
from tests.sharing.far import KINDS, Far, FarFolders
from tests.sharing.faults import watch
from tests.sharing.people import Person

from runlore.errors import RemoteRefusedError, UnreachableError
from runlore.ops.fsck_remote import fsck_remote
from runlore.ops.gc_remote import Cleaned, CleanRequest, clean
from runlore.ops.rm import remove, restore
from runlore.store.remote import cutting

CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


@pytest.fixture(params=KINDS)
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    with KINDS[request.param](tmp_path) as server:
        yield server


def join(person: Person, far: Far) -> Person:
    """Let somebody reach the remote."""
    env = far.env
    person.env.update({**env, "PATH": os.pathsep.join(filter(None, (env["PATH"], person.env["PATH"])))})
    person.share(far.url("remote"))
    return person


def gc(person: Person, **given: object) -> Cleaned:
    return clean(person.folder, CleanRequest("origin", **given), person.env, lambda *_: None)  # type: ignore[arg-type]


def large(seed: int) -> bytes:
    return random.Random(seed).randbytes(1 << 20)  # noqa: S311 - the same again and again


def is_whole(tmp_path: Path, far: Far, name: str, *runs: str) -> None:
    """The remote is sound, and somebody new gets all of these runs."""
    person = join(Person(tmp_path, name), far)
    assert set(runs) <= set(person.pull().runs)
    assert person.pull(*runs).missing == ()
    for run in runs:
        os.unlink(f"{person.root}/runs/{run}/origin")
    assert person.problems() == []
    assert fsck_remote(person.folder, "origin", person.env, quick=False, progress=lambda *_: None).sound


def holding(far: Far, marker: bytes) -> list[str]:
    return [path for path, data in far.files("remote").items() if marker in data]


@pytest.fixture
def shared(ann: Person, far: Far) -> list[str]:
    """Two runs in two pushes that share code. The first was removed eight days ago."""
    join(ann, far)
    made: list[str] = []
    for outputs in ({"m": b"MARK small", "l": large(1)}, {"m": b"stays", "l": large(2)}):
        made.append(ann.make(CODE, outputs=outputs))
        ann.push()
    remove(ann.folder, (made[0],))
    ann.push()
    far.later("remote", 8)
    return made


def test_what_was_removed_goes_in_two_steps(ann: Person, tmp_path: Path, far: Far, shared: list[str]) -> None:
    gone, kept = shared
    first = gc(ann)
    assert (first.runs, first.kept, first.freed.files) == ((gone,), 1, 0)
    assert first.marked.bytes > 1 << 20
    is_whole(tmp_path, far, "cat", kept)
    far.later("remote", 6)
    assert (gc(ann).freed.files, len(holding(far, b"MARK small"))) == (0, 1)
    far.later("remote", 2)
    assert gc(ann).freed.bytes > 1 << 20
    assert holding(far, b"MARK small") == []
    is_whole(tmp_path, far, "dan", kept)
    last = gc(ann)
    assert (last.runs, last.marked.files, last.freed.files) == ((), 0, 0)
    assert not [name for name in far.files("remote") if name.startswith("gc/")]


def test_without_grace_all_is_done_at_once(ann: Person, tmp_path: Path, far: Far) -> None:
    join(ann, far)
    gone, kept = ann.make(CODE, outputs={"m": b"MARK small"}), ann.make(CODE)
    ann.push()
    remove(ann.folder, (gone,))
    ann.push()
    assert gc(ann, grace=0.0, sure=True).runs == (gone,)
    assert holding(far, b"MARK small") == []
    assert not [name for name in far.files("remote") if name.endswith(".mark")]
    is_whole(tmp_path, far, "cat", kept)


def test_a_run_that_was_brought_back_is_whole_again(ann: Person, tmp_path: Path, far: Far, shared: list[str]) -> None:
    assert gc(ann).runs == (shared[0],)
    restore(ann.folder, (shared[0],))
    ann.push()
    far.later("remote", 8)
    gc(ann)
    is_whole(tmp_path, far, "cat", *shared)


@pytest.mark.parametrize("moment", ["packs/", "index/", ".records"])
def test_who_pushes_while_it_is_marked_and_swept_loses_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person,
    ben: Person,
    tmp_path: Path,
    far: Far,
    shared: list[str],
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ben's run needs what ann's needed that is about to go. After the index file it is too late to sweep as well."""
    join(ben, far).pull()
    mine = ben.make({"mine.py": b"1"}, outputs={"m": b"MARK small", "l": large(1)})
    done: list[Cleaned] = []

    def between(operation: str, name: str) -> None:
        if operation == "write" and (name.startswith(moment) or name.endswith(moment)) and not done:
            watch(monkeypatch)
            done.append(gc(ann))
            if moment == "packs/":
                far.later("remote", 8)
                done.append(gc(ann))

    watch(monkeypatch, before=between)
    ben.push()
    watch(monkeypatch)
    assert done[0].marked.files > 0
    is_whole(tmp_path, far, "cat", mine, shared[1])
    for name in ("dan", "eve"):
        far.later("remote", 8)
        gc(ann)
        is_whole(tmp_path, far, name, mine, shared[1])


@pytest.mark.parametrize("phase", ["mark", "sweep"])
@pytest.mark.parametrize("how_often", ["first", "each"])
def test_two_who_clean_at_once_lose_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person,
    ben: Person,
    tmp_path: Path,
    far: Far,
    shared: list[str],
    phase: str,
    how_often: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before what the one writes or deletes, first or each time, the other cleans from beginning to end."""
    join(ben, far)
    if phase == "sweep":
        gc(ann)
        far.later("remote", 8)
    done: list[Cleaned] = []

    def other(operation: str, name: str) -> None:
        if operation in {"write", "delete"} and not name.startswith("gc/") and (not done or how_often == "each"):
            watch(monkeypatch)
            done.append(gc(ben))
            watch(monkeypatch, before=other)

    watch(monkeypatch, before=other)
    gc(ann)
    watch(monkeypatch)
    assert len(done) > (how_often == "each")
    is_whole(tmp_path, far, "cat", shared[1])
    for _ in range(2):
        far.later("remote", 8)
        gc(ann)
    assert holding(far, b"MARK small") == []
    is_whole(tmp_path, far, "dan", shared[1])


@pytest.mark.parametrize("phase", ["mark", "sweep"])
def test_a_gc_that_is_cut_again_and_again_loses_nothing_and_ends(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person, tmp_path: Path, far: Far, shared: list[str], phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if phase == "sweep":
        gc(ann)
        far.later("remote", 8)
    cuts = 0
    for point in range(100):
        left = [point]

        def stop(operation: str, name: str, left: list[int] = left) -> None:
            if operation in {"write", "delete"} and not name.startswith("gc/"):
                left[0] -= 1
                if left[0] < 0:
                    raise UnreachableError(f"the cable was pulled at {operation} {name}")

        watch(monkeypatch, before=stop)
        try:
            gc(ann)
        except UnreachableError:
            cuts += 1
        else:
            break
    watch(monkeypatch)
    assert cuts >= 2
    is_whole(tmp_path, far, "cat", shared[1])
    for _ in range(3):
        far.later("remote", 8)
        gc(ann)
    assert holding(far, b"MARK small") == []
    is_whole(tmp_path, far, "dan", shared[1])


def test_a_remote_that_can_only_be_read_says_what_would_go(tmp_path: Path, ann: Person) -> None:
    with sshd(tmp_path / "writable") as server:
        join(ann, FarFolders(server.home, server.program))
        run = ann.make(CODE)
        ann.push()
        remove(ann.folder, (run,))
        ann.push()
        home = server.home
        FarFolders(home, server.program).later("remote", 8)
    with sshd(tmp_path / "readable", sftp=f"internal-sftp -R -d {home}") as server:
        ann.env["PATH"] = f"{os.path.dirname(server.program)}:{ann.env['PATH']}"
        would = gc(ann, dry_run=True)
        assert (would.runs, would.marked.files > 0) == ((run,), True)
        with pytest.raises(RemoteRefusedError):
            gc(ann)
        done = ann.mlrun("remote", "add", "read-only", "far:remote")
        assert "mlrun pull brings what is there" in done.err
