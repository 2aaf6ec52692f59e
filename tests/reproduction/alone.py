"""Runs of the projects of ``bench/repeats.py``, and what is left when only the store is."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from repeats import Case, Sandbox, make
from tests.cli.place import Result
from tests.execute.wheels import editable, site

_MODULES = {"scikit-learn": "sklearn", "PyYAML": "yaml", "hydra-core": "hydra"}
_NAME = re.compile(r"[\w.-]+")


class Alone:
    """A person's project with an environment of its own, who then loses all of it but ``.mlrun``."""

    def __init__(self, folder: Path, packages: Iterable[str] = (), venv: str = "venv") -> None:
        """The environment lies in ``venv``; with packages it stays, as nobody has them at hand without a network."""
        self.root = os.fspath(folder)
        self.box: Sandbox = make(self.root, f"{folder}/{venv}/bin/python")
        self.env = {
            **self.box.environ(),
            "UV_CACHE_DIR": f"{folder}/cache",
            "UV_NO_CONFIG": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "TMPDIR": f"{folder}/scratch",
        }
        (folder / "scratch").mkdir()
        self.store = f"{self.root}/alone"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", f"{folder}/{venv}"], check=True)
        self._venv = None if packages else f"{folder}/{venv}"
        _link(packages, site(Path(self.box.python)))

    def mlrun(self, *words: str, cwd: str, env: Mapping[str, str] | None = None) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "runlore", *words],
            cwd=cwd,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=300,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def exec(self, *words: str, cwd: str = "project", status: int = 0) -> None:
        done = self.mlrun("exec", "--", *words, cwd=f"{self.root}/{cwd}")
        assert done.status == status, done.err

    def lose(self) -> None:
        """Nothing is left but the store, moved into a folder of its own."""
        os.makedirs(self.store)
        os.rename(f"{self.box.project}/.mlrun", f"{self.store}/.mlrun")
        for name in ("project", "outside", "tables"):
            shutil.rmtree(f"{self.root}/{name}")
        if self._venv:
            shutil.rmtree(self._venv, ignore_errors=True)

    def reproduce(self, *words: str, status: int = 0, cwd: str | None = None) -> dict[str, Any]:
        """What `reproduce` says, of the newest run if no other is named; nothing of it stays in TMPDIR."""
        words = words if words and not words[0].startswith("-") else ("@", *words)
        done = self.mlrun("reproduce", *words[:1], "--json", *words[1:], cwd=cwd or self.store)
        assert done.status == status, (done.status, done.out, done.err)
        assert [name for name in os.listdir(f"{self.root}/scratch") if name.startswith("mlrun-")] == []
        found: dict[str, Any] = json.loads(done.out)["data"]
        return found


def of_case(folder: Path, case: Case) -> Alone:
    """The project of a case, with the environment that it needs; skips where its packages are not installed."""
    lacking = [each for each in case.packages if importlib.util.find_spec(_MODULES.get(each, each)) is None]
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}: bench/reproduced.py runs it in an environment of its own")
    if (program := case.argv[0]) == "make" and shutil.which(program) is None:
        pytest.skip("needs make")
    made = Alone(folder, case.packages, case.venv or "venv")
    if case.editable:
        _install(Path(made.box.python), Path(f"{folder}/{case.editable}"))
    return made


def _link(packages: Iterable[str], where: Path) -> None:
    """Our own packages of these names, and what they need, as links in another environment."""
    waiting, done = list(packages), set()
    while waiting:
        found = importlib.metadata.distribution(waiting.pop())
        if found.name in done:
            continue
        done.add(found.name)
        waiting += [_NAME.match(each)[0] for each in found.requires or () if "extra ==" not in each]  # type: ignore[index]
        tops = {path.parts[0] for path in found.files or () if path.parts[0] not in {"..", "__pycache__"}}
        for top in tops:
            (where / top).symlink_to(str(found.locate_file(top)))


def _install(python: Path, source: Path) -> None:
    """The package `trainer` in editable mode, with its program."""
    entry = {"trainer-1.0.dist-info/entry_points.txt": "[console_scripts]\nfit-line = trainer.fit:main\n"}
    editable(python, "trainer", source, {"__editable__.trainer-1.0.pth": f"{source}\n", **entry})
    script = python.parent / "fit-line"
    script.write_text(f"#!{python}\nfrom trainer.fit import main\nmain()\n")
    script.chmod(0o755)


def strange(found: Mapping[str, Any]) -> list[str]:
    """What is said of all that is not identical."""
    return [f"{each['part']}: {each['detail']}" for each in found["checks"] if each["status"] != "identical"]
