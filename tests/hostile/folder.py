"""A project folder whose maker wants something to be executed by whoever looks at it, and what a command did there."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.capture.gitrepo import Repo
from tests.capture.hostile_repo import canary, make_hostile
from tests.cli.place import Place

MLRUN = os.path.join(os.path.dirname(sys.executable), "mlrun")
TRAIN = """
import random
random.seed(1)
open("model", "w").write(open("in.csv").read())
open("predictions.csv", "w").write("id,target,prediction\\n1,a,a\\n2,b,a\\n")
print("loss", random.random())
"""
_OURS = ("runlore", "yaml", "rich", "typer", "blake3", "xxhash", "click", "pygments", "tomllib", "json", "typing")
_SITE = ("sitecustomize", "usercustomize", "conftest", "setup")
_PROGRAMS = ("git", "ssh", "less", "uv", "strace", "sh", "python3", "python", "env", "cc", "gcc", "nvidia-smi")
_OPENED = re.compile(r"^(?:\d+ +)?open\w*\(.* = \d+<([^>]*)>", re.MULTILINE)
_EXECUTED = re.compile(r'^(?:\d+ +)?execve(?:at)?\("([^"]*)"', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Did:
    """How a command ended, what it executed, and what it opened below its folder."""

    status: int
    said: str
    executed: frozenset[str]
    opened: frozenset[str]


class HostileFolder:
    """The folder. Each program and module planted in it leaves its name in ``sang``."""

    def __init__(self, place: Place, tmp_path: pathlib.Path) -> None:
        self.place = place
        self.top = pathlib.Path(place.folder)
        self.sang = tmp_path / "sang"
        self._birds = tmp_path
        self._strace = shutil.which("strace") or "strace"

    def make(self, repo: Repo) -> None:
        """Plant everything, in a repository with changes of every kind."""
        repo.write("in.csv", "a,b\n1,2\n")
        repo.write("train.py", TRAIN)
        repo.commit(a="a\n")
        inner = Repo(self._birds / "inner")
        inner.commit(i="i\n")
        repo.git("submodule", "--quiet", "add", str(inner.top), "sub")
        repo.commit()
        repo.write("a", "changed\n")
        repo.write("sub/i", "changed\n")
        self._modules()
        self._programs()
        repo.write(".env", f"PATH={self.top}\nLD_PRELOAD={self.top}/evil.so\nPYTHONSTARTUP={self.top}/json.py\n")
        repo.write("pyproject.toml", '[tool.mlrun]\npager = "./less"\n[tool.pytest.ini_options]\naddopts = "-p json"\n')
        repo.write("uv.toml", 'index-url = "ext::evil"\n')
        repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
        (repo.top / ".git" / "info" / "attributes").write_text("* filter=process diff=evil\n")
        make_hostile(repo, self._birds)
        included = (self._birds / "included-project").read_text().replace("elsewhere", "elsewhere-too")
        with (repo.top / ".git" / "modules" / "sub" / "config").open("a") as file:
            file.write(included)
        evil = canary(self._birds, "submodule")
        repo.write(".gitmodules", f'[submodule "sub"]\n\tpath = sub\n\turl = ext::{evil}\n\tupdate = !{evil}\n')

    def poison_store(self) -> None:
        """What a store could be thought to be asked for programs or libraries."""
        store = self.top / ".mlrun"
        for name in ("hooks/pre-exec", "envs/x/bin/python", "cache/native/librunlore.so", "bin/git", "cache/git"):
            path = store / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(canary(self._birds, "store"), path)
        evil = canary(self._birds, "remote")
        (store / "config.toml").write_text(
            f'[remote]\norigin = "ext::{evil} x"\nother = "ssh://-oProxyCommand={evil}/x"\n'
        )
        (store / "config").write_text(f"[core]\n\tfsmonitor = {evil}\n\tsshCommand = {evil}\n")
        (store / "cache" / "sitecustomize.py").write_text(self._python("store-sitecustomize"))

    def _modules(self) -> None:
        """Modules of every name that something of ours or of Python's could import and the script does not."""
        code = "import sys\n" + TRAIN.partition("open")[0] + "print(*sys.modules)"
        used = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for name in {*sys.stdlib_module_names, *_OURS, *_SITE} - {each.partition(".")[0] for each in used}:
            (self.top / f"{name}.py").write_text(self._python(name))
        for name in ("runlore", "rich", "_runlore_probe"):
            (self.top / name).mkdir(exist_ok=True)
            (self.top / name / "__init__.py").write_text(self._python(name))
        (self.top / "evil.pth").write_text(f"import os; os.system('echo pth >> {self.sang}')\n")

    def _python(self, name: str) -> str:
        return f"with open({str(self.sang)!r}, 'a') as file: file.write({name + '.py'!r} + chr(10))\n"

    def _programs(self) -> None:
        for folder in (self.top, self.top / "bin", self.top / ".venv" / "bin"):
            folder.mkdir(parents=True, exist_ok=True)
            for name in _PROGRAMS:
                shutil.copy(canary(self._birds, f"program-{name}"), folder / name)
        (self.top / ".venv" / "pyvenv.cfg").write_text(f"home = {self.top}/bin\n")

    def bare(self, command: Sequence[str]) -> None:
        """Run a command there without us."""
        subprocess.run(command, cwd=self.top, env=self.place.env, check=True, capture_output=True)

    def traced(self, *args: str, env: Mapping[str, str] | None = None) -> Did:
        """What ``mlrun ARGS`` does there, by its system calls."""
        logs = self._birds / "traces"
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        trace = (
            self._strace,
            "-ff",
            "-y",
            "-qq",
            "-z",
            "-e",
            "trace=execve,execveat,open,openat,openat2",
            "-o",
            f"{logs}/log",
        )
        done = subprocess.run(
            [*trace, sys.executable, MLRUN, *args],
            cwd=self.top,
            env={**self.place.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        calls = "".join(path.read_text(errors="replace") for path in sorted(logs.iterdir()))
        below = {path for path in _OPENED.findall(calls) if path.startswith(f"{self.top}/")}
        return Did(
            status=done.returncode,
            said=(done.stdout + done.stderr).decode(errors="replace"),
            executed=frozenset(os.path.realpath(each) for each in _EXECUTED.findall(calls)),
            opened=frozenset(os.path.relpath(path, self.top) for path in below),
        )
