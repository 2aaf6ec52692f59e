"""A project whose environment is recorded, lost and made again."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.cli.place import Place
from tests.execute.wheels import Machine

from runlore.capture.environment import read_environment
from runlore.execute.environment.rebuild import Rebuilt, rebuild
from runlore.execute.environment.report import report_of
from runlore.records.environment import encode_environment
from runlore.records.hashing import record_id
from runlore.store.runs import read_seal
from runlore.store.store import Store

TINY = {"tiny/__init__.py": "VALUE = 1\n\n\ndef main():\n    print('tiny', VALUE)\n"}


class Recorded(NamedTuple):
    """What a run says of its environment."""

    run: Mapping[str, Any]
    environment: str
    kept: tuple[Mapping[str, Any], ...]


class Project:
    """A project whose script runs in an environment of the machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        folder = machine.folder / "project"
        folder.mkdir()
        self.place = Place(str(folder), str(machine.home))
        self.python = machine.environment()
        self.place.env["VIRTUAL_ENV"] = str(self.python.parent.parent)
        self.folder = folder

    def record(self, script: str) -> Recorded:
        """Run a script and read what its seal says."""
        (self.folder / "train.py").write_text(script)
        done = self.place.mlrun("exec", "train.py")
        assert done.status == 0, done.err
        run = self.place.mlrun("show", "--json").data()
        with Store(str(self.folder / ".mlrun")) as store:
            seal = read_seal(store.layout, run["id"])
        assert seal is not None
        return Recorded(run, run["environment"]["id"], seal.kept)

    def rebuild(self, recorded: Recorded, **changes: Any) -> Rebuilt:  # noqa: ANN401 - as rebuild takes them
        """The environment again, once everything that it was installed into is gone."""
        with Store(str(self.folder / ".mlrun")) as store:
            return rebuild(
                store,
                recorded.environment,
                recorded.kept,
                **{"environ": self.machine.environ, "interpreter": str(self.python), **changes},
            )

    def forget(self) -> None:
        """The environment is gone."""
        shutil.rmtree(self.python.parent.parent)


def id_of(python: str, environ: Mapping[str, str]) -> str:
    report = report_of(python, environ)
    assert report is not None
    return record_id(encode_environment(read_environment(report, None)))


def said(python: str, code: str, **variables: str) -> str:
    environ = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run([python, "-c", code], env=environ, capture_output=True, text=True, check=True).stdout.strip()


def statuses(rebuilt: Rebuilt) -> dict[str, str]:
    return {finding.part: finding.status for finding in rebuilt.findings}


REBUILD = """
import json, os, sys
from runlore.execute.environment.rebuild import rebuild
from runlore.store.store import Store
root, environment, interpreter, environ = sys.argv[1:]
with Store(root) as store:
    found = rebuild(store, environment, (), environ=json.loads(environ), interpreter=interpreter)
print(json.dumps([found.python, found.fresh]))
"""


def started(project: Project, recorded: Recorded, **variables: str) -> "subprocess.Popen[str]":
    """Another process that makes the same environment."""
    argv = [str(project.folder / ".mlrun"), recorded.environment, sys.executable, json.dumps(project.machine.environ)]
    environ = {**os.environ, **variables}
    return subprocess.Popen([sys.executable, "-c", REBUILD, *argv], stdout=subprocess.PIPE, text=True, env=environ)
