"""A push is planned while its remote is being reached."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from tests.sharing.people import Person
from tests.store.remote.proxy import silent_server

from runlore.errors import UnreachableError
from runlore.ops.counted import Progress
from runlore.ops.sharing.ahead import planned
from runlore.ops.sharing.link import Link
from runlore.store.remote import url
from runlore.store.remote.folder import Folder
from runlore.store.remote.known import Known
from runlore.store.remote.port import Stat
from runlore.store.store import Store


class _Gated(Folder):
    """A folder that answers when it is let, and may turn out to be away."""

    def __init__(self, root: str, *, away: bool = False) -> None:
        super().__init__(root)
        self.open = threading.Event()
        self._away = away

    def names(self, folder: str) -> Iterator[Stat]:
        assert self.open.wait(20)
        if self._away:
            raise UnreachableError("nobody is there")
        yield from super().names(folder)


class _Planning:
    """Plans that read ten thousand things each, and let the remote answer in the middle of the first."""

    def __init__(self, who: Person, remote: _Gated) -> None:
        self._remote = remote
        self.begun: list[int] = []
        self.told: list[tuple[bool, int]] = []
        with Store(who.root) as store:
            known = Known(store.layout, remote.root)
            link = Link("origin", url.parse(remote.root, "/"), remote, known)
            self.there, self.plan = planned(link, lambda progress: self._plan(known, progress), self._tell)
            known.close()

    def _plan(self, known: Known, progress: Progress) -> int:
        self.begun.append(len(known.runs()))
        for done in range(10_000):
            progress("reading", done, 10_000)
            if done == 5_000:
                self._remote.open.set()
                time.sleep(0.2)
        return self.begun[-1]

    def _tell(self, _: str, done: int, __: int) -> None:
        self.told.append((self._remote.open.is_set(), done))


def test_a_plan_stands_where_the_remote_has_no_news(ann: Person, remote: str) -> None:
    ann.share(remote)
    first = _Planning(ann, _Gated(remote))
    assert (first.begun, first.plan, first.there) == ([0], 0, {})
    ann.make({"a.py": b"1"})
    ann.push()
    again = _Planning(ann, _Gated(remote))
    assert (again.begun, again.plan, len(again.there)) == ([1], 1, 2)


def test_progress_is_told_once_the_remote_has_answered(ann: Person, remote: str) -> None:
    ann.share(remote)
    asking, *told = _Planning(ann, _Gated(remote)).told
    assert asking == (False, 0)
    assert told[-1] == (True, 9_999)
    assert 1 <= len(told) <= 5_000
    assert all(answered for answered, _ in told)


def test_news_begin_the_plan_anew(ann: Person, ben: Person, remote: str) -> None:
    ann.share(remote)
    ben.share(remote)
    ben.make({"b.py": b"1"})
    ben.push()
    plans = _Planning(ann, _Gated(remote))
    assert (plans.begun, plans.plan) == ([0, 1], 1)
    assert [done for _, done in plans.told] == [0, *range(10_000)]


def test_a_remote_that_was_emptied_is_news(ann: Person, remote: str) -> None:
    ann.share(remote)
    ann.make({"a.py": b"1"})
    ann.push()
    plans = _Planning(ann, _Gated(f"{remote}-emptied"))
    assert plans.begun == [0]
    with Store(ann.root) as store:
        known = Known(store.layout, remote)
        link = Link("origin", url.parse(remote, "/"), Folder(f"{remote}-emptied"), known)
        assert planned(link, lambda _: len(known.runs()), lambda *_: None) == ({}, 0)
        known.close()


def test_a_remote_that_is_away_is_said_before_the_plan_is_done(ann: Person, remote: str) -> None:
    ann.share(remote)
    with pytest.raises(UnreachableError, match="nobody is there"):
        _Planning(ann, _Gated(remote, away=True))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_push_that_is_stopped_while_it_waits_for_a_server_ends_at_once(ann: Person, number: signal.Signals) -> None:
    with silent_server() as port:
        ann.share(f"ssh://nobody@127.0.0.1:{port}/remote")
        ann.make({"a.py": b"1"})
        push = subprocess.Popen(
            [sys.executable, "-m", "runlore", "push"], cwd=ann.folder, env=ann.env, stderr=subprocess.PIPE, text=True
        )
        time.sleep(1.5)
        assert push.poll() is None
        push.send_signal(number)
        _, said = push.communicate(timeout=5)
    assert push.returncode in {128 + number, -number}
    assert "Traceback" not in said
