"""The interpreter to rebuild an environment with: the recorded version, or else the nearest of the same X.Y."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.errors import CannotRebuildError
from runlore.execute.environment.report import report_of, version_of
from runlore.execute.environment.uv import Tool
from runlore.records.environment import Environment

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)([\w.+-]*)", re.ASCII)
_NAME = re.compile(r"(?:python|pypy|graalpy)[\d.]*t?d?", re.ASCII)


class Chosen(NamedTuple):
    """An interpreter that is here: its path, its version, and whether that is the recorded one."""

    path: str
    version: str
    exact: bool


def choose(environment: Environment, interpreter: str | None, tool: Tool, *, download: bool) -> Chosen:
    """The interpreter for this environment; ``interpreter`` is the path that the run used.

    Raises:
        CannotRebuildError: no interpreter of the same X.Y is here, or may be fetched.
    """
    wanted = environment.python
    if not _VERSION.fullmatch(wanted) or not environment.implementation.isalnum():
        raise CannotRebuildError(f'"{wanted}" is no version of Python', hint="mlrun fsck shows what is wrong with it")
    for path in _candidates(wanted, interpreter, tool):
        if (found := _fits(path, environment, tool.environ)) is not None and found.exact:
            return found
    fetched = tool.find_python(_request(environment), download=True) if download else None
    if fetched and (found := _fits(fetched, environment, tool.environ)) is not None and found.exact:
        return found
    near = [
        found
        for path in _candidates(_minor(wanted), interpreter, tool)
        if (found := _fits(path, environment, tool.environ))
    ]
    if not near:
        hint = f"uv python install {_request(environment)}, or any other way to get that version"
        raise CannotRebuildError(f"no {environment.implementation} {_minor(wanted)} is on this machine", hint=hint)
    return min(near, key=lambda found: abs(_patch(found.version) - _patch(wanted)))


def _fits(path: str, environment: Environment, environ: Mapping[str, str]) -> Chosen | None:
    """The interpreter at ``path`` if it is of the recorded kind and X.Y."""
    found = report_of(path, environ)
    if found is None or found.implementation != environment.implementation:
        return None
    version = version_of(found)
    if _minor(version) != _minor(environment.python) or _flags(version) != _flags(environment.python):
        return None
    return Chosen(path, version, version == environment.python)


def _candidates(wanted: str, interpreter: str | None, tool: Tool) -> Iterator[str]:
    """Where that version may be, likeliest first: the run's own, ours, and what pyenv and uv know."""
    for known in (interpreter, sys.executable):
        if known and (base := base_of(known)) is not None:
            yield base
    yield from _pyenv(wanted, tool.environ)
    if (found := tool.find_python(wanted, download=False)) is not None:
        yield found


def _pyenv(version: str, environ: Mapping[str, str]) -> Iterator[str]:
    """The interpreters of pyenv, which are found on the path only where pyenv says so."""
    root = environ.get("PYENV_ROOT") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".pyenv")
    try:
        names = sorted(os.listdir(root + "/versions"))
    except OSError:
        return
    for name in names:
        if name == version or name.startswith(version + "."):
            yield f"{root}/versions/{name}/bin/python"


def base_of(interpreter: str) -> str | None:
    """The interpreter that a virtual environment was made from, or the one itself; ``None`` if it is not there."""
    settings = os.path.dirname(os.path.dirname(interpreter)) + "/pyvenv.cfg"
    try:
        with open(settings, encoding="utf-8") as file:
            lines = dict(line.partition("=")[::2] for line in file.read(1 << 16).splitlines())
    except (OSError, UnicodeDecodeError):
        real = os.path.realpath(interpreter)
        return real if _NAME.fullmatch(os.path.basename(real)) and os.access(real, os.X_OK) else None
    home = next((value.strip() for key, value in lines.items() if key.strip().lower() == "home"), "")
    version = next((value for key, value in lines.items() if key.strip().startswith("version")), "")
    names = [f"python{_minor(version.strip())}"] if _VERSION.match(version.strip()) else []
    for name in (*names, "python3", "python", os.path.basename(os.path.realpath(interpreter))):
        if home and os.access(path := os.path.join(home, name), os.X_OK):
            return os.path.realpath(path)
    return None


def _request(environment: Environment) -> str:
    """What uv calls this interpreter."""
    if environment.implementation == "cpython":
        return environment.python
    return f"{environment.implementation}@{environment.python}"


def _minor(version: str) -> str:
    found = _VERSION.match(version)
    return f"{found[1]}.{found[2]}" if found else version


def _patch(version: str) -> int:
    found = _VERSION.match(version)
    return int(found[3]) if found else 0


def _flags(version: str) -> str:
    return "".join(flag for flag in version[-2:] if flag in "td")
