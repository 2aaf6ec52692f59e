"""`gc REMOTE`: what goes, when, and what others see meanwhile."""

import os
import pathlib
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.sharing.faults import watch
from tests.sharing.people import Person, files

from runlore.errors import MlrunError, RefusedError, UnreachableError
from runlore.ops import gc_remote
from runlore.ops.fsck_remote import fsck_remote
from runlore.ops.gc import GcRequest, collect
from runlore.ops.gc_remote import Cleaned, CleanRequest, clean
from runlore.ops.retention import Rules
from runlore.ops.rm import remove, restore
from runlore.store.remote import cutting

CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}
DAY = 86_400


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


def gc(person: Person, **given: object) -> Cleaned:
    return clean(person.folder, CleanRequest("origin", **given), person.env, lambda *_: None)  # type: ignore[arg-type]


def at_once(person: Person) -> Cleaned:
    return gc(person, grace=0.0, sure=True)


def later(remote: str, days: float) -> None:
    """Let so much time go by on the remote."""
    for above, _, names in os.walk(remote):
        for name in names:
            path = os.path.join(above, name)
            found = os.stat(path).st_mtime - days * DAY
            os.utime(path, (found, found))


def check(person: Person) -> None:
    """All is well on the remote."""
    assert fsck_remote(person.folder, "origin", person.env, quick=False, progress=lambda *_: None).sound


def pulled(tmp_path: pathlib.Path, remote: str, name: str, *runs: str) -> Person:
    """Somebody new who has pulled these runs whole; they can be looked at without the remote."""
    person = Person(tmp_path, name)
    person.share(remote)
    assert person.pull(*runs).missing == ()
    for run in runs:
        os.unlink(f"{person.root}/runs/{run}/origin")
    assert person.problems() == []
    return person


def holding(remote: str, marker: bytes) -> list[str]:
    return [path for path, data in files(remote).items() if marker in data]


def large(seed: int, size: int = 1 << 20) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - the same again and again


@pytest.fixture
def shared(ann: Person, remote: str) -> Iterator[list[str]]:
    """Three runs in three pushes: the first goes, and shares code with the second."""
    ann.share(remote)
    made: list[str] = []
    for outputs in ({"m": b"MARK small", "l": large(1)}, {"m": b"stays", "l": large(2)}, {"x": b"third" * 50_000}):
        code = CODE if len(made) < 2 else {"other.py": b"2"}
        made.append(ann.make(code, outputs=outputs, data={"d": b"MARK data"} if not made else None))
        ann.push()
    yield made
    check(ann)


def test_what_was_removed_goes_in_two_steps(
    ann: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]
) -> None:
    gone, *kept = shared
    remove(ann.folder, (gone,))
    ann.push()
    before = set(files(remote))
    first = gc(ann)
    assert (first.runs, first.waiting, first.marked.files, first.freed.files) == ((), 1, 0, 0)
    assert set(files(remote)) == before
    later(remote, 8)
    second = gc(ann)
    assert (second.runs, second.waiting, second.kept) == ((gone,), 0, 2)
    assert second.marked.bytes > 1 << 20
    assert second.freed.files == 0
    assert before < set(files(remote))
    pulled(tmp_path, remote, "cat", *kept)
    again = gc(ann)
    assert (again.marked.files, again.freed.files) == (0, 0)
    later(remote, 6)
    assert gc(ann).freed.files == 0
    later(remote, 2)
    third = gc(ann)
    assert third.freed.bytes > second.marked.bytes - 1
    assert holding(remote, b"MARK") == []
    assert len(list(pathlib.Path(remote, "index").iterdir())) == 2
    fresh = pulled(tmp_path, remote, "dan", *kept)
    assert fresh.runs() == set(kept)
    last = gc(ann)
    assert (last.runs, last.marked.files, last.freed.files, last.kept) == ((), 0, 0, 2)


def test_without_grace_all_is_done_at_once(ann: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]) -> None:
    remove(ann.folder, (shared[0],))
    ann.push()
    for given in ({"grace": 0.0}, {"grace": 3600.0}, {"grace": 24 * 3600.0, "sure": True}):
        with pytest.raises(RefusedError):
            gc(ann, **given)
    would = gc(ann, grace=0.0, sure=True, dry_run=True)
    assert (would.runs, would.dry_run, len(holding(remote, b"MARK")) > 0) == ((shared[0],), True, True)
    done = at_once(ann)
    assert done.runs == (shared[0],)
    assert done.freed.bytes >= would.marked.bytes > 1 << 20
    assert holding(remote, b"MARK") == []
    assert not [name for name in files(remote) if name.endswith(".mark")]
    pulled(tmp_path, remote, "cat", *shared[1:])


def test_a_run_that_was_brought_back_is_whole_again(
    ann: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]
) -> None:
    remove(ann.folder, (shared[0],))
    ann.push()
    later(remote, 8)
    assert gc(ann).runs == (shared[0],)
    restore(ann.folder, (shared[0],))
    ann.push()
    later(remote, 8)
    done = gc(ann)
    assert (done.runs, done.kept) == ((), 3)
    pulled(tmp_path, remote, "cat", *shared)


def test_who_pushes_does_not_rely_on_what_is_about_to_go(
    ann: Person, ben: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]
) -> None:
    ben.share(remote)
    ben.pull()
    remove(ann.folder, (shared[0],))
    ann.push()
    later(remote, 8)
    assert gc(ann).marked.files > 0
    mine = ben.make({"mine.py": b"1"}, outputs={"m": b"MARK small", "l": large(1)})
    assert ben.push().bytes > 1 << 20
    later(remote, 8)
    assert gc(ann).freed.files > 0
    pulled(tmp_path, remote, "cat", mine, *shared[1:])


def _relies_on_what_goes(ann: Person, ben: Person, remote: str, shared: list[str]) -> str:
    """A run of ben's that is not pushed yet, with files of one that was removed there long ago."""
    ben.share(remote)
    ben.pull()
    mine = ben.make({"mine.py": b"1"}, outputs={"m": b"MARK small", "l": large(1)})
    remove(ann.folder, (shared[0],))
    ann.push()
    later(remote, 8)
    return mine


def test_who_began_to_push_before_the_mark_and_ends_after_it_sends_again(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person, ben: Person, tmp_path: pathlib.Path, remote: str, shared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = _relies_on_what_goes(ann, ben, remote, shared)
    done: list[bool] = []

    def between(operation: str, name: str) -> None:
        if operation == "write" and name.startswith("packs/") and not done:
            done.append(True)
            watch(monkeypatch)
            assert gc(ann).marked.files > 0
            later(remote, 8)
            assert gc(ann).freed.files > 0

    watch(monkeypatch, before=between)
    ben.push()
    watch(monkeypatch)
    assert done
    check(ann)
    pulled(tmp_path, remote, "cat", mine, *shared[1:])


def test_who_ends_to_push_between_mark_and_sweep_keeps_what_it_relied_on(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person, ben: Person, tmp_path: pathlib.Path, remote: str, shared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = _relies_on_what_goes(ann, ben, remote, shared)
    done: list[bool] = []

    def last_moment(operation: str, name: str) -> None:
        if operation == "write" and name.endswith(".records") and not done:
            done.append(True)
            watch(monkeypatch)
            assert gc(ann).marked.files > 0

    watch(monkeypatch, before=last_moment)
    ben.push()
    watch(monkeypatch)
    assert done
    later(remote, 8)
    gc(ann)
    pulled(tmp_path, remote, "cat", mine, *shared[1:])
    later(remote, 8)
    gc(ann)
    pulled(tmp_path, remote, "dan", mine, *shared[1:])


def test_what_an_interrupted_push_left_goes_when_it_is_old(
    ann: Person, remote: str, shared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.make({"lost.py": b"LOST"}, outputs={"l": large(7)})

    def cut(operation: str, name: str) -> None:
        if operation == "write" and name.startswith("index/"):
            raise UnreachableError("the cable was pulled")

    with monkeypatch.context() as patch:
        watch(patch, before=cut)
        with pytest.raises(UnreachableError):
            ann.push()
    pathlib.Path(remote, "packs", ".tmp-1").write_bytes(b"x")
    assert len(holding(remote, b"LOST")) == 1
    assert gc(ann).marked.files == 0
    later(remote, 8)
    first = gc(ann)
    assert (first.marked.files >= 2, not os.path.exists(f"{remote}/packs/.tmp-1")) == (True, True)
    later(remote, 8)
    gc(ann)
    assert holding(remote, b"LOST") == []
    assert len(shared) == 3


def test_many_pushes_become_few_files(ann: Person, tmp_path: pathlib.Path, remote: str) -> None:
    ann.share(remote)
    made = []
    for number in range(22):
        made.append(ann.make({"a.py": b"%d" % number}))
        ann.push()
    assert gc(ann).marked.files == 44
    assert at_once(ann).freed.files > 44
    assert len(list(pathlib.Path(remote, "index").iterdir())) == 2
    pulled(tmp_path, remote, "cat", *made)


def test_clocks_a_year_apart_do_not_matter(ann: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]) -> None:
    remove(ann.folder, (shared[0],))
    ann.push()
    later(remote, -365)  # what is there was written a year from now
    for _ in range(3):
        assert gc(ann).freed.files == 0
    later(remote, 365 + 8)
    assert gc(ann).runs == (shared[0],)
    later(remote, 365)
    assert gc(ann).freed.bytes > 1 << 20
    pulled(tmp_path, remote, "cat", *shared[1:])


@pytest.mark.parametrize("phase", ["mark", "sweep"])
@pytest.mark.parametrize("lost_answer", [False, True])
def test_a_gc_that_is_cut_anywhere_loses_nothing_and_the_next_goes_on(  # noqa: PLR0913 - fixtures
    ann: Person, tmp_path: pathlib.Path, remote: str, monkeypatch: pytest.MonkeyPatch, *, phase: str, lost_answer: bool
) -> None:
    ann.share(remote)
    made = [ann.make({**CODE, "a": b"%d" % n}, outputs={"m": b"MARK %d" % n, "l": large(n)}) for n in range(2)]
    ann.push()
    made.append(ann.make(CODE))
    ann.push()
    remove(ann.folder, (made[0],))
    ann.push()
    later(remote, 8)
    if phase == "sweep":
        gc(ann)
        later(remote, 8)
    point = 0
    while True:
        where = f"{remote}-{point}"
        subprocess.run(["cp", "-a", remote, where], check=True)
        ann.share(where)
        left = [point]

        def stop(operation: str, name: str, left: list[int] = left) -> None:
            if operation in {"write", "delete", "create"}:
                left[0] -= 1
                if left[0] < 0:
                    raise UnreachableError(f"the cable was pulled at {operation} {name}")

        watch(monkeypatch, *((lambda *_: None, stop) if lost_answer else (stop,)))
        try:
            gc(ann)
        except UnreachableError:
            pass
        else:
            break
        finally:
            watch(monkeypatch)
        check(ann)
        pulled(tmp_path, where, f"p{point}", *made[1:])
        for _ in range(3):
            later(where, 8)
            gc(ann)
        assert holding(where, b"MARK 0") == []
        pulled(tmp_path, where, f"q{point}", *made[1:])
        point += 1
    assert point > 4


def test_two_stores_push_and_clean_at_once(ann: Person, ben: Person, tmp_path: pathlib.Path, remote: str) -> None:
    ann.share(remote)
    ben.share(remote)
    script = (
        "import sys, os, time\n"
        "from runlore.ops import gc_remote\n"
        "from runlore.errors import MlrunError\n"
        "end = time.time() + 6\n"
        "while time.time() < end:\n"
        "    try:\n"
        "        gc_remote.LEAST = 0\n"
        "        request = gc_remote.CleanRequest('origin', 0.5)\n"
        "        gc_remote.clean(sys.argv[1], request, os.environ, lambda *_: None)\n"
        "    except MlrunError as error:\n"
        "        print(error)\n"
    )
    first = ann.make(CODE, outputs={"l": large(1)})
    ann.push()
    ben.pull()
    cleaner = subprocess.Popen([sys.executable, "-c", script, ann.folder], env=ann.env, stdout=subprocess.PIPE)
    made = [first]
    removed: list[str] = []
    number = 0
    while cleaner.poll() is None:
        for person in (ann, ben):
            number += 1
            run = person.make({**CODE, "n": b"%d" % number}, outputs={"l": large(number % 5)})
            person.push()
            made.append(run)
            if number % 3 == 0:
                remove(person.folder, (run,))
                removed.append(run)
    out, _ = cleaner.communicate()
    assert b"damaged" not in out, out
    check(ann)
    for person in (ann, ben):
        person.push()
        person.pull()
    stay = [run for run in made if run not in removed]
    pulled(tmp_path, remote, "cat", *stay)
    assert len(stay) > 2
    assert gc_remote.LEAST > DAY


def test_rules_are_for_the_runs_that_are_there(
    ann: Person, ben: Person, tmp_path: pathlib.Path, remote: str, shared: list[str]
) -> None:
    ben.share(remote)
    own = ben.make({"own.py": b"never pushed"})
    rules = Rules(last=2, lineage=False)
    assert gc(ben, rules=rules, dry_run=True).removed == (shared[0],)
    with pytest.raises(RefusedError):
        gc(ben, rules=rules)
    assert (gc(ben, rules=Rules(last=3)).removed, ann.pull().removed) == ((), ())
    done = gc(ben, rules=rules, sure=True)
    assert (done.removed, done.runs, done.waiting) == ((shared[0],), (), 1)
    assert ann.pull().removed == (shared[0],)
    later(remote, 8)
    assert gc(ann).runs == (shared[0],)
    later(remote, 8)
    gc(ann)
    assert holding(remote, b"MARK") == []
    assert own in ben.runs()
    pulled(tmp_path, remote, "cat", *shared[1:])


def test_nothing_is_cleaned_where_something_is_missing(ann: Person, remote: str) -> None:
    ann.share(remote)
    runs = [ann.make(CODE), ann.make({"b": b"2"})]
    ann.push()
    remove(ann.folder, (runs[0],))
    ann.push()
    later(remote, 8)
    cat = Person(pathlib.Path(remote).parent, "cat")
    cat.share(remote)
    packs = {path: path.read_bytes() for path in pathlib.Path(remote, "packs").iterdir()}
    for path in packs:
        path.unlink()
    before = set(files(remote))
    with pytest.raises(MlrunError):
        gc(cat)
    assert {name for name in files(remote) if not name.startswith("gc/")} == before


def test_what_the_program_says(ann: Person, remote: str, shared: list[str]) -> None:
    done = ann.mlrun("gc", "origin")
    assert (done.status, done.out) == (0, f"nothing to collect on origin ({remote}): 3 runs kept\n")
    ann.mlrun("rm", shared[0])
    ann.mlrun("push")
    done = ann.mlrun("gc", "origin", "--json")
    assert (done.data()["waiting"], done.data()["runs"]) == (1, [])
    later(remote, 8)
    done = ann.mlrun("gc", "origin")
    assert done.out.startswith(f"erased {shared[0][:8]}\nmarked on origin ({remote}): ")
    assert "what is marked goes with a later mlrun gc origin" in done.err
    assert ann.mlrun("gc", "origin", "--now").status == 17
    assert ann.mlrun("gc", "origin", "--grace", "1h").status == 17
    assert ann.mlrun("gc", "origin", "--envs").status == 2
    assert ann.mlrun("gc", "origin", "--keep-last", "1").status == 17
    assert ann.mlrun("gc", "nowhere").status == 14
    later(remote, 8)
    assert ann.mlrun("gc", "origin").out.startswith(f"freed on origin ({remote}): ")


def test_a_run_that_was_erased_here_does_not_come_back(
    ann: Person, ben: Person, remote: str, shared: list[str]
) -> None:
    ben.share(remote)
    ben.pull(*shared)
    assert ann.mlrun("note", shared[0], "remember MARK").status == 0
    ann.push()
    remove(ben.folder, (shared[0],))
    collect(ben.folder, GcRequest(grace=0.0), lambda *_: None, None)
    assert ben.runs() == set(shared[1:])
    for number in range(21):
        ann.make({"a.py": b"%d" % number})
        ann.push()
    assert gc(ann).marked.files > 40  # all records lie in a new file
    assert len(ben.pull().runs) == 21
    assert shared[0] not in ben.runs()
    assert not any(b"MARK" in data for path, data in files(ben.root).items() if path.startswith(("runs", "events")))
    assert ben.problems() == []
