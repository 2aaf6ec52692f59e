"""A small project of shell scripts, which need no environment, and what `reproduce` says of its runs."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.cli.place import Place, Result

from runlore.records.hashing import ObjectId
from runlore.records.run import decode_recipe, encode_intent, encode_recipe, encode_seal
from runlore.store import runs
from runlore.store.store import Store


class Small:
    """A project in ``folder/project``; what is temporary lies in ``folder/scratch``."""

    def __init__(self, folder: Path) -> None:
        for name in ("project", "home", "scratch"):
            (folder / name).mkdir()
        self.folder = folder
        self.place = Place(os.fspath(folder / "project"), os.fspath(folder / "home"))
        self.place.env |= {"TMPDIR": os.fspath(folder / "scratch"), "UV_PYTHON_DOWNLOADS": "never"}
        self.place.env |= {"UV_CACHE_DIR": os.fspath(folder / "cache"), "UV_NO_CONFIG": "1", "PIP_NO_INDEX": "1"}
        self.top = folder / "project"

    def write(self, name: str, text: str) -> Path:
        return Path(self.place.write(name, text))

    def exec(self, *words: str, status: int = 0) -> None:
        done = self.place.mlrun("exec", "--", *words)
        assert done.status == status, done.err

    def train(self, script: str, *words: str, status: int = 0) -> None:
        """Write ``train.sh``, and run it."""
        self.write("train.sh", script)
        self.exec("sh", "train.sh", *words, status=status)

    def reproduce(self, *words: str, status: int = 0) -> dict[str, Any]:
        """What comes of it; nothing of it stays behind, and the person's files are as they were."""
        done = self.refused(*words, status=status)
        found: dict[str, Any] = json.loads(done.out)["data"]
        return found

    def refused(self, *words: str, status: int, env: Mapping[str, str] | None = None) -> Result:
        """As `reproduce`, where there may be no result."""
        before = self.files()
        words = words if words and words[0][0] != "-" else ("@", *words)
        done = self.place.mlrun("reproduce", words[0], "--json", *words[1:], env=env)
        assert done.status == status, (done.status, done.out, done.err)
        assert "Traceback" not in done.err
        assert self.files() == before
        assert self.left() == []
        return done

    def files(self) -> dict[str, bytes]:
        """All of the project but the store."""
        return {
            os.fspath(path): path.read_bytes()
            for path in self.top.rglob("*")
            if path.is_file() and ".mlrun" not in path.parts
        }

    def left(self) -> list[str]:
        """What repetitions have left behind."""
        return sorted(name for name in os.listdir(self.folder / "scratch") if name.startswith("mlrun-"))

    def start(self, *words: str, stdin: int | IO[bytes] = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        """mlrun in a process group of its own, as a shell starts it, in the background."""
        return subprocess.Popen(
            [sys.executable, "-m", "runlore", *words],
            cwd=self.top,
            env=self.place.env,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def again(self, *, recipe: Mapping[str, Any] | None = None, **intent: Any) -> str:  # noqa: ANN401 - any field
        """The newest run once more, as it would be on record with other fields; its id."""
        with Store(os.fspath(self.top / ".mlrun")) as store:
            (run,) = [each["id"] for each in self.place.mlrun("list", "-n", "1", "--json").data()["runs"]]
            then, seal = runs.read_intent(store.layout, run), runs.read_seal(store.layout, run)
            assert seal is not None
            changed = decode_recipe(store.objects.record(bytes.fromhex(seal.recipe)))._replace(**(recipe or {}))
            with store.writer() as writer:
                oid = ObjectId(writer.add_record(encode_recipe(changed)))
            intent["hardware"] = {**then.hardware, **intent.get("hardware", {})}
            fields = {"nonce": os.urandom(16).hex(), "started_at": time.time_ns(), "recipe": oid, **intent}
            live = runs.begin(store.layout, encode_intent(then._replace(**fields)))
            runs.seal(store.layout, live.id, encode_seal(seal._replace(run=live.id, recipe=oid)))
            os.close(live.lock)
            return live.id


def kill(process: "subprocess.Popen[bytes]", number: int = signal.SIGKILL) -> None:
    """Send a signal to a whole group."""
    os.killpg(process.pid, number)


def said(found: Mapping[str, Any], part: str) -> list[tuple[str, str]]:
    """Status and detail of each line about this part."""
    return [(each["status"], each["detail"]) for each in found["checks"] if each["part"] == part]


def on_terminal(small: Small, run: str, at: str, answer: str) -> tuple[int, str]:
    """Exit status of a reproduction and what a terminal shows, when a person types ``answer`` after they see ``at``."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(small.top)
        variables = {**small.place.env, "TERM": "xterm", "PAGER": "cat"}
        os.execve(sys.executable, [sys.executable, "-m", "runlore", "reproduce", run], variables)  # noqa: S606 - no shell
    shown, answered = "", False
    with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
        while data := os.read(terminal, 65536):
            shown += data.decode("utf-8", "replace")
            if at in shown and not answered:
                answered = bool(os.write(terminal, answer.encode()))
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown
