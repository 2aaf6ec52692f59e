"""From the command a person typed to the program that will run, as a shell would find it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CommandNotFoundError, CommandNotRunnableError

_SCRIPT = ".py"
_NEARBY = 200
"""Names looked at for a suggestion."""


class Resolved(NamedTuple):
    """What to execute: ``argv[0]`` is the path of the program. ``interpreter`` is set for a Python script."""

    argv: tuple[str, ...]
    interpreter: str | None


def resolve(argv: Sequence[str], *, cwd: str, top: str, environ: Mapping[str, str]) -> Resolved:
    """What running ``argv`` in ``cwd`` executes; a script ``*.py`` runs with the project's interpreter.

    Raises:
        CommandNotFoundError: there is no such program or script.
        CommandNotRunnableError: there is, and it cannot be executed.
    """
    command = argv[0]
    if command.endswith(_SCRIPT):
        _check_script(command, cwd)
        interpreter = python_of(top, environ, cwd=cwd)
        if interpreter is None:
            raise CommandNotFoundError(
                "no Python to run the script with",
                hint="activate an environment, or name it: mlrun exec /path/to/python " + _typed(command),
            )
        return Resolved((interpreter, *argv), interpreter)
    return Resolved((_program(command, cwd, environ), *argv[1:]), None)


def python_of(top: str, environ: Mapping[str, str], *, cwd: str) -> str | None:
    """The project's interpreter: of the active environment, else of ``.venv`` at the top, else the first on PATH."""
    folders = [environ.get("VIRTUAL_ENV"), environ.get("CONDA_PREFIX"), os.path.join(top, ".venv")]
    for folder in folders:
        if folder and _is_runnable(program := os.path.join(cwd, folder, "bin", "python")):
            return program
    for name in ("python3", "python"):
        for program in _on_path(name, cwd, environ):
            if _is_runnable(program):
                return program
    return None


def _check_script(script: str, cwd: str) -> None:
    path = os.path.join(cwd, script)
    if os.path.isdir(path):
        raise CommandNotRunnableError(f'"{script}" is a folder')
    if not os.path.exists(path):
        raise CommandNotFoundError(f'no script "{script}"', hint=_similar(script, cwd))


def _similar(script: str, cwd: str) -> str:
    folder, name = os.path.split(script)
    try:
        names = [each for each in os.listdir(os.path.join(cwd, folder)) if each.endswith(_SCRIPT)]
    except OSError:
        return f'there is no folder "{folder}" here'
    import difflib  # noqa: PLC0415 - only where a name was mistyped

    close = difflib.get_close_matches(name, names[:_NEARBY], n=3) or sorted(names)[:3]
    if not close:
        return "there are no scripts in that folder" if folder else "there are no scripts in this folder"
    return "did you mean " + " or ".join(_typed(os.path.join(folder, each)) for each in close)


def _program(command: str, cwd: str, environ: Mapping[str, str]) -> str:
    """The file that a shell would execute for ``command``."""
    candidates = [os.path.join(cwd, command)] if "/" in command else list(_on_path(command, cwd, environ))
    there = [path for path in candidates if os.path.isfile(path)]
    for path in there:
        if os.access(path, os.X_OK):
            return path
    if there:
        raise CommandNotRunnableError(f'"{command}" is not executable', hint=f"chmod +x {_typed(there[0])}")
    if any(os.path.isdir(path) for path in candidates):
        raise CommandNotRunnableError(f'"{command}" is a folder')
    in_folder = os.path.isfile(os.path.join(cwd, command))
    raise CommandNotFoundError(
        f'no command "{command}"', hint=f"mlrun exec {_typed('./' + command)}" if in_folder else None
    )


def _typed(word: str) -> str:
    """The word as a person would type it."""
    from shlex import quote  # noqa: PLC0415 - only if something is wrong

    return quote(word)


def _on_path(name: str, cwd: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Where PATH says ``name`` could be; an empty entry is the working folder."""
    if name:
        for folder in environ.get("PATH", os.defpath).split(os.pathsep):
            yield os.path.join(cwd, folder, name)


def _is_runnable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
