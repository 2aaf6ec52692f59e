"""A power cut takes what was not synced, in any combination: nothing is named before it is durable.

kill -9 cannot show a missing fsync, since the system keeps what a killed process wrote. So the order of the
calls is looked at: a name that was given may survive at once, what was not synced may be gone.
"""

import os
import pathlib
import shutil
from collections import defaultdict
from collections.abc import Sequence

import pytest
from tests.crash.scenes import SCENES, place
from tests.crash.verbs import REMOTE, VERBS

pytestmark = pytest.mark.crash
_FLEETING = ("lock", "journal", "reserve", "log", "trace", "saved", "tmp", "cache")


class Disk:
    """What is durable, as far as a sequence of calls shows; ``errors`` are the names given too early."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._tmp = os.path.join(store, "tmp", "")
        self._unsynced: set[str] = set()
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        self.errors: list[str] = []

    def play(self, calls: Sequence[str]) -> list[str]:
        for call in calls:
            name, *paths = call.split("\t")
            if name in {"link", "rename", "replace"}:
                self._give(*paths)
            elif name == "fsync":
                self._unsynced.discard(paths[0])
                self._names.pop(paths[0], None)
            elif name in {"open", "write", "mkdir"} and not self._is_fleeting(paths[0]):
                self._unsynced.add(paths[0])
                if name == "mkdir":
                    self._names[os.path.dirname(paths[0])].add(paths[0])
            if name == "open" and paths[0].endswith("/log"):
                self._expect_durable("runs", "the command starts")
        self._expect_durable("", "the end")
        return self.errors

    def _is_fleeting(self, path: str) -> bool:
        """Whether nothing depends on it after a power cut."""
        return not path.startswith(self._store) or os.path.basename(path) in _FLEETING

    def _give(self, source: str, path: str) -> None:
        self.errors += [
            f"{each} is not synced and becomes {path}" for each in self._unsynced if each.startswith(source)
        ]
        if path.startswith((f"{self._store}/runs/", f"{self._store}/events/")):
            for folder in ("objects", "packs"):
                self._expect_durable(folder, path)
        if path.endswith("/seal"):
            self._expect_durable("runs", path)
        self._names[os.path.dirname(path)].add(path)

    def _expect_durable(self, folder: str, before: str) -> None:
        below = f"{self._store}/{folder}".rstrip("/")
        for parent, names in self._names.items():
            waiting = [name for name in names if f"{name}/".startswith(below) and not f"{name}/".startswith(self._tmp)]
            self.errors += [
                f"{name} may be lost, its folder {parent} is not synced before {before}" for name in waiting
            ]


def calls_of(tmp_path: pathlib.Path, scene: str) -> tuple[list[str], str]:
    made = place(scene, tmp_path)
    made.project.injected("count-before", 0, made.args)
    return made.project.calls(), str(made.project.store)


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_named_before_what_it_needs_is_durable(tmp_path: pathlib.Path, scene: str) -> None:
    calls, store = calls_of(tmp_path, scene)
    assert Disk(store).play(calls) == []


def test_what_was_pushed_is_durable(tmp_path: pathlib.Path) -> None:
    """The remote's folder and those in it are new."""
    project = VERBS["push"].make(tmp_path, ())
    shutil.rmtree(tmp_path / REMOTE)
    project.injected("count-before", 0, ["push"])
    assert Disk(str(tmp_path / REMOTE)).play(project.calls()) == []


@pytest.mark.parametrize("scene", ["first exec", "exec after others", "tag", "config"])
def test_no_fsync_could_be_left_out(tmp_path: pathlib.Path, scene: str) -> None:
    calls, store = calls_of(tmp_path, scene)
    needless = []
    for at, call in enumerate(calls):
        if call.startswith("fsync") and not Disk(store).play(calls[:at] + calls[at + 1 :]):
            needless.append(call.removeprefix(f"fsync\t{os.path.dirname(store)}"))
    # `.gitignore`, `format`, `secret-key` and its check lie in one folder, synced after each.
    assert needless == (["/.mlrun"] * 3 if scene == "first exec" else [])
