"""Real interpreters, run as `exec` runs them, and what they wrote to the journal."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runlore.probe.path import child_pythonpath


def _interpreters() -> dict[str, str]:
    """Every CPython from 3.8 on that can be found and runs, by name; first the one of the tests."""
    named = [path for minor in range(8, 16) if (path := shutil.which(f"python3.{minor}"))]
    versions = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    found = {"this": sys.executable}
    ask = "import sys; print(sys.version.split()[0], sys.executable, sys.version_info >= (3, 8))"
    for python in [*sorted(versions), "/usr/bin/python3", *named]:
        said = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=False)
        if match := re.fullmatch(r"(\S+) (\S+) True\n", said.stdout):
            found.setdefault(match[1], match[2])
    return found


PYTHONS = _interpreters()


@dataclass(frozen=True)
class Child:
    """A folder to run Python in, and a journal."""

    folder: Path
    journal: Path

    def write(self, path: str, source: str) -> Path:
        """The folder of a file written below the child's folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        return file.parent

    def run(
        self,
        *command: str,
        probe: bool = True,
        pythonpath: str | None = None,
        env: Mapping[str, str | bytes] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """The outcome of ``command`` with the probe as `exec` would bring it in, or without."""
        environ: dict[str, Any] = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        if probe:
            environ |= {"RUNLORE_JOURNAL": str(self.journal), "PYTHONPATH": child_pythonpath(pythonpath)}
        elif pythonpath is not None:
            environ["PYTHONPATH"] = pythonpath
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environ | dict(env or {}),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def script(
        self,
        source: str,
        python: str = sys.executable,
        *,
        probe: bool = True,
        pythonpath: str | None = None,
        env: Mapping[str, str | bytes] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """The outcome of a script of this source, which ends well and says nothing that it does not print."""
        self.write("train.py", source)
        done = self.run(python, "train.py", probe=probe, pythonpath=pythonpath, env=env)
        assert not done.stderr, done.stderr
        assert done.returncode == 0, done.stdout
        return done

    def reports(self) -> list[dict[str, Any]]:
        """What interpreters said of themselves."""
        return [entry for entry in self._entries() if entry["kind"] == "interpreter"]

    def told(self, kind: str = "") -> list[dict[str, Any]]:
        """All else that is in the journal, or what is of one kind; without its time."""
        entries = [entry for entry in self._entries() if entry["kind"] != "interpreter"]
        for entry in entries:
            assert entry["kind"] != "log" or isinstance(entry.pop("at"), int)
        return [entry for entry in entries if kind in {"", entry["kind"]}]

    def values(self, name: str) -> list[Any]:
        """The points of a metric, in the order of the journal."""
        return [entry["values"][name] for entry in self.told("log") if name in entry["values"]]

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Each line checked as its reader does."""
        for line in self.journal.read_bytes().splitlines(keepends=True):
            check, _, text = line.partition(b" ")
            assert text.endswith(b"\n")
            assert text.isascii()
            assert check == b"%08x" % zlib.crc32(text[:-1])
            yield json.loads(text)
