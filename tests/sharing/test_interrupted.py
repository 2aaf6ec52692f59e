"""Whatever cuts a push or a pull, and wherever: nobody sees half a run, and the next one goes on."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest
from tests.sharing.faults import watch
from tests.sharing.people import Person, files

from runlore.errors import RemoteDamagedError, UnreachableError
from runlore.store.remote import cutting, packing, sending

_EACH = 1 if os.environ.get("CRASH_POINTS") == "all" else 5
"""A push has thirty points and a pull some more; all of them take a minute."""
CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}


def _some_runs(person: Person) -> list[str]:
    """Three runs, of which one has a file of several segments and all have files that fill several packs."""
    made = [person.make(CODE, outputs={f"{n}/{i}": os.urandom(300) for i in range(40)}) for n in range(2)]
    return [*made, person.make(CODE, outputs={"large": os.urandom(1 << 20)})]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACK", 4096)
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


class _Stop:
    """Fails at the operation of a number; what was done before it is counted."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.done: Counter[str] = Counter()

    def before(self, operation: str, name: str) -> None:
        if self.left == 0:
            raise UnreachableError(f"the cable was pulled before {operation} {name}")
        self.left -= 1
        self.done[f"{operation} {name}"] += 1


def _points(person: Person, monkeypatch: pytest.MonkeyPatch, remote: str) -> int:
    """How many operations a push takes."""
    count = _Stop(10_000)
    watch(monkeypatch, count.before)
    person.share(remote + "-trial")
    person.push()
    return sum(count.done.values())


@pytest.mark.parametrize("lost_answer", [False, True])
def test_a_push_that_is_cut_anywhere_shows_whole_runs_alone_and_goes_on(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch, *, lost_answer: bool
) -> None:
    made = _some_runs(ann)
    points = _points(ann, monkeypatch, remote)
    assert points > 30
    for point in range(0, points - 1, _EACH):  # what fails by itself has no answer to lose
        where = f"{remote}-{point}"
        ann.share(where)
        stop = _Stop(point)
        watch(monkeypatch, *((lambda *_: None, stop.before) if lost_answer else (stop.before,)))
        with pytest.raises(UnreachableError):
            ann.push()
        watch(monkeypatch)
        sent = set(files(where)) if os.path.exists(where) else set()
        again = _Stop(10_000)
        watch(monkeypatch, again.before)
        ann.push()
        repeated = {name for name in again.done if name.startswith("write ") and name[6:] in sent}
        assert len(repeated) <= (sending._AT_ONCE if lost_answer else 1), (point, repeated)  # those on their way
    watch(monkeypatch)
    ben.share(f"{remote}-{point}")
    assert set(ben.pull(*made).runs) == set(made)
    assert ben.problems() == []
    for run in made:
        os.unlink(f"{ben.root}/runs/{run}/origin")
    assert ben.problems() == []


def test_who_looks_while_a_push_goes_on_sees_whole_runs_alone(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ann.make(CODE)
    ann.share(remote)
    ann.push()
    made = {first, *_some_runs(ann)}
    seen: list[set[str]] = []

    def look(operation: str, _name: str) -> None:
        if operation != "write":
            return
        watch(monkeypatch)
        ben.share(remote)
        ben.pull()
        assert ben.pull(*sorted(ben.runs())).missing == ()
        seen.append(ben.runs())

    watch(monkeypatch, lambda *_: None, look)
    ann.push()
    assert seen[0] == {first}
    watch(monkeypatch)
    ben.pull()
    assert ben.runs() == made


def test_a_push_that_is_killed_anywhere_goes_on(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _some_runs(ann)
    points = _points(ann, monkeypatch, remote)
    ann.share(remote)
    watch(monkeypatch)
    tests = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    killed = 0
    for point in range(1, points, _EACH):
        words = [sys.executable, "-m", "tests.sharing.killed", ann.folder, str(point)]
        done = subprocess.run(words, cwd=tests, env=ann.env, check=False)
        killed += done.returncode == -signal.SIGKILL
        assert done.returncode in {0, -signal.SIGKILL}
        assert ann.problems() == []
    assert killed > 3
    watch(monkeypatch)
    ann.push()
    ben.share(remote)
    assert set(ben.pull().runs) == set(made)
    assert ben.pull(*made).missing == ()


def test_a_pull_that_is_cut_anywhere_leaves_a_sound_store_and_goes_on(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _some_runs(ann)
    ann.share(remote)
    ann.push()
    ben.share(remote)
    for wanted, least in (((), 4), (made, 8)):  # first the records, then all the bytes
        for point in range(200):
            watch(monkeypatch, _Stop(point).before)
            try:
                ben.pull(*wanted)
            except UnreachableError:
                assert ben.problems() == []
            else:
                break
        assert point >= least
    watch(monkeypatch)
    assert ben.pull(*made).missing == ()
    for run in made:
        os.unlink(f"{ben.root}/runs/{run}/origin")
    assert ben.problems() == []


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: bytes(len(data)), lambda _: None])
def test_what_arrives_other_than_it_was_sent_is_not_counted_as_sent(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[bytes], bytes | None]
) -> None:
    made = _some_runs(ann)
    ann.share(remote)

    def change(operation: str, name: str) -> None:
        if operation == "write" and name.startswith("objects/"):
            with open(f"{remote}/{name}", "rb") as file:
                data = spoil(file.read())
            os.unlink(f"{remote}/{name}")
            if data is not None:
                with open(f"{remote}/{name}", "wb") as file:
                    file.write(data)

    watch(monkeypatch, after=change)
    with pytest.raises(RemoteDamagedError, match="did not arrive whole"):
        ann.push()
    watch(monkeypatch)
    ben.share(remote)
    assert ben.pull().runs == ()
    ann.push()
    assert set(ben.pull().runs) == set(made)
    assert ben.pull(*made).missing == ()


def test_folders_that_arrived_before_their_files_are_looked_into_again(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ann.make(CODE)
    ann.share(remote)
    monkeypatch.setattr(packing, "PACK", 1)
    packs: list[str] = []

    def fail_second(operation: str, name: str) -> None:
        """Those that are on their way beside it arrive."""
        if operation == "write" and name.startswith("packs/"):
            packs.append(name)
            if packs.index(name) == 1:
                while len(packs) < 4:
                    time.sleep(0.01)
                raise UnreachableError("one of them is lost")

    watch(monkeypatch, fail_second, workers=4)
    with pytest.raises(UnreachableError):
        ann.push()
    watch(monkeypatch)
    assert ann.push().objects < 4
    ben.share(remote)
    ben.pull()
    assert ben.pull(run).missing == ()
