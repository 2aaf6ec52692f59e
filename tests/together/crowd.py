"""Many processes at once in one store, half of them killed, with gc and push beside them; and what must hold."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from tests.crash.project import Project, announced

_SCRIPT = """import sys, runlore
for step in range(3):
    runlore.log(loss=1 / (1 + step), step=step)
print("trained", sys.argv[1])
"""
_FINE = frozenset((0, 11, 12, 17))
"""Of those that were let finish; 11: others wrote all the time, 12, 17: the run is gone, or still running."""


class Crowd:
    """A project with a remote, and processes that work in it."""

    def __init__(self, folder: pathlib.Path, seed: int) -> None:
        (folder / "remote").mkdir()
        self.project = Project.create(folder / "project")
        (self.project.folder / "short.py").write_text(_SCRIPT)
        (folder / "home").mkdir()
        self.project.env |= {"HOME": str(folder / "home")}
        self.project.mlrun("init", check=True)
        self.project.mlrun("remote", "add", "origin", str(folder / "remote"), check=True)
        self.project.mlrun("exec", "-t", "first", "short.py", "first", check=True)
        self._chance = random.Random(seed)  # noqa: S311 - to be the same again
        self.finished: list[str] = []
        self.killed = 0

    def work(self, processes: int, rounds: int) -> None:
        """Let so many work at once, again and again."""
        for number in range(rounds):
            cleaning = [self._start("gc", "--now"), self._start("push")]
            words = [self._words(f"{number}-{at}") for at in range(processes)]
            started = [(word, self._start(*word)) for word in words]
            doomed = self._chance.sample(started, processes // 2)
            delays = sorted((self._chance.uniform(0, 6), at) for at in range(len(doomed)))
            killer = threading.Thread(target=self._kill, args=([(delay, doomed[at][1]) for delay, at in delays],))
            killer.start()
            for word, process in started:
                out, err = process.communicate(timeout=300)
                assert "Traceback" not in err, (word, err)
                if process.returncode == -signal.SIGKILL:
                    self.killed += 1
                elif word[0] == "exec":
                    assert process.returncode == 0, (word, err)
                    self.finished.append(word[-1])
                else:
                    assert process.returncode in _FINE, (word, out, err)
            killer.join()
            for process in cleaning:
                out, err = process.communicate(timeout=300)
                assert "Traceback" not in err, err
                assert process.returncode in _FINE | {14}, (out, err)

    def _words(self, name: str) -> Sequence[str]:
        kind = self._chance.choice(("exec", "exec", "exec", "tag", "rm", "list", "note", "show"))
        return {
            "exec": ("exec", "-n", f"run-{name}", "short.py", name),
            "tag": ("tag", f"tag-{name}", "first"),
            "note": ("note", "first", f"note {name}"),
            "rm": ("rm", "@~3"),
            "list": ("list", "--json"),
            "show": ("show", "first", "--json"),
        }[kind]

    def _start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "runlore", *words], cwd=self.project.folder, env=self.project.env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _kill(self, doomed: Sequence[tuple[float, subprocess.Popen[str]]]) -> None:
        began = time.monotonic()
        for delay, process in doomed:
            time.sleep(max(0.0, began + delay - time.monotonic()))
            process.kill()

    def check(self) -> None:
        """What must hold when all is quiet: nothing that was acknowledged is lost, and nobody has to help."""
        project = self.project
        assert project.errors() == []
        removed = {event["ref"] for event in self._events() if event["kind"] == "remove"}
        runs = {str(run.command["argv"][-1]): run for run in project.runs().values()}
        there = len(os.listdir(project.store / "runs"))
        assert len({run.id for run in runs.values()}) == len(project.runs()) <= there
        done = project.mlrun("exec", "short.py", "last")
        assert (done.status, "warning" in done.err) == (0, False), done.err
        assert announced(done)
        for name in self.finished:
            run = runs.get(name)
            if run is None:
                assert removed, name  # it was the fourth newest when somebody ran rm
                continue
            assert run.state == "succeeded", (name, run.state)
            assert project.mlrun("show", "--log", run.id, check=True).out == f"trained {name}\n"
        lost = [name for name in self.finished if name not in runs]
        assert len(lost) <= len(removed), lost
        assert project.mlrun("gc", "--now").status == 0
        assert [each.code for each in project.problems()] == []
        assert os.listdir(project.store / "tmp") == []
        assert project.mlrun("push").status == 0
        assert project.mlrun("fsck", "origin").status == 0

    def _events(self) -> list[dict[str, str]]:
        return [json.loads(path.read_bytes()) for path in (self.project.store / "events").iterdir()]
