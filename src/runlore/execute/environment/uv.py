"""The one door to uv, the program that makes environments and fills them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from runlore.errors import CannotRebuildError
from runlore.execute.environment.index import Sources

NOWHERE = "/"
"""A folder to run uv in where that of a stranger could tell it what to do: uv takes settings from where it runs."""


class Done(NamedTuple):
    """How a program ended, and what it said."""

    status: int
    out: str
    err: str


def run(argv: list[str], *, environ: Mapping[str, str], folder: str, hold: tuple[int, ...] = ()) -> Done:
    """Run a program to its end; 127 if it cannot be started.

    It holds the descriptors ``hold`` too: a lock lasts until who was started under it has ended, even if we are killed.
    """
    try:
        done = subprocess.run(
            argv,
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            pass_fds=hold,
        )
    except OSError as error:
        return Done(127, "", f"{argv[0]}: {error.strerror}")
    out, err = (each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr))
    return Done(done.returncode, out, err)


def find_uv() -> str | None:
    """The program of the package ``uv``, else one on the path."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - only where something is rebuilt

        return os.fspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


class Tool:
    """What makes environments: uv, or where it cannot run, `venv` and the pip of our own interpreter.

    ``sources`` says where packages come from; programs run in ``folder``.
    """

    def __init__(self, sources: Sources, folder: str, hold: tuple[int, ...] = (), *, builds: bool = True) -> None:
        """Find out whether uv runs here; ``hold`` is as for `run`.

        Without ``builds`` nothing of a package is executed where only its metadata is wanted.
        """
        self._hold = hold
        self._careful = () if builds else ("--no-build",)
        self.environ = environ = sources.environ
        self._options = sources.options
        self.folder = folder
        program = find_uv()
        runs = program is not None and run([program, "--version"], environ=environ, folder=folder).status == 0
        self._uv = program if runs else None

    def uv(self, *arguments: str) -> Done:
        """Run uv without talk; status 127 where it cannot run."""
        if self._uv is None:
            return Done(127, "", "uv cannot run here")
        argv = [self._uv, "--quiet", "--no-progress", *arguments]
        return run(argv, environ=self.environ, folder=self.folder, hold=self._hold)

    def make(self, python: str, folder: str) -> None:
        """An empty environment of the interpreter ``python`` in ``folder``; raises `CannotRebuildError`."""
        if self._uv is not None:
            done = self.uv("venv", "--no-project", "--allow-existing", "--python", python, folder)
        else:
            argv = [python, "-I", "-m", "venv", "--without-pip", folder]
            done = run(argv, environ=self.environ, folder=self.folder, hold=self._hold)
        if done.status:
            raise CannotRebuildError(
                f'no environment can be made with "{python}": {last_line(done.err)}', hint=self.hint()
            )

    def install(self, python: str, requirements: str, *, offline: bool = False, cached: bool = True) -> Done:
        """Install what the file ``requirements`` lists, and nothing else, into the environment of ``python``."""
        if self._uv is not None:
            how = [*(["--offline"] if offline else []), *([] if cached else ["--no-cache", "--reinstall"])]
            how += [*self._options, "--python", python]
            if cached:
                return self.uv("pip", "sync", "--allow-empty-requirements", *how, requirements)
            return self.uv("pip", "install", "--no-deps", *how, "--requirements", requirements)
        if offline:
            return Done(127, "", "pip has no cache that it could do without an index from")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install"]
        argv = [*pip, "--quiet", "--no-input", "--no-deps", "--no-warn-script-location", "--requirement", requirements]
        # pip's own settings are read by pip itself; the variables made for uv mean nothing to it.
        return run(argv, environ=self.environ, folder=self.folder, hold=self._hold)

    def can_install(self, python: str, requirements: str, *, offline: bool) -> Done:
        """Whether `install` would find everything; installs nothing."""
        how = ["--dry-run", "--no-deps", "--reinstall", *(["--offline"] if offline else []), *self._options]
        how += self._careful
        target = ["--break-system-packages", "--python", python]
        return self.uv("pip", "install", *how, *target, "--requirements", requirements)

    def resolve(self, arguments: list[str]) -> Done:
        """Find addresses and hashes of exact requirements."""
        return self.uv("pip", "compile", *self._options, *self._careful, *arguments)

    def find_python(self, version: str, *, download: bool) -> str | None:
        """The path of an interpreter of this version that uv finds, or may fetch."""
        if download and self.uv("python", "install", "--no-bin", version).status:
            return None
        if self._uv is None:
            return None
        # With --quiet uv would not even print what it has found.
        argv = [self._uv, "python", "find", "--no-project", "--system", "--no-python-downloads", version]
        done = run(argv, environ=self.environ, folder=self.folder, hold=self._hold)
        return done.out.strip() or None if done.status == 0 else None

    def hint(self) -> str:
        """What to do about it."""
        return "pip install uv" if self._uv is None else "uv pip install shows more"


def last_line(text: str) -> str:
    """Why a program ended, from what it said: uv's reason, or the last line of any other."""
    because = text.rpartition("╰─▶")[2].partition("hint:")[0] if "╰─▶" in text else ""
    lines = [line for line in (because or text).splitlines() if line.strip()]
    said = " ".join(lines if because else lines[-1:])
    return " ".join(said.removeprefix("error: ").split()) or "it does not say why"
