"""What a repeated command sees: words, variables and interpreter as they were, but for where things lie."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.variables import MASK, kept_variables


class Moved(NamedTuple):
    """Where something lay when the run was recorded, and where it lies now."""

    before: str
    now: str


def moves(top: str | None, folder: str, interpreter: str | None, prefix: str | None) -> tuple[Moved, ...]:
    """What lies elsewhere now: the project, and the environment unless it is that of the machine.

    ``top`` is where the project was, ``interpreter`` what the run reported, ``prefix`` the environment to use.
    """
    found = []
    if prefix is not None and (home := home_of(interpreter)) is not None:
        found.append(Moved(home, prefix))
    if top is not None and top != folder:
        found.append(Moved(top, folder))
    return tuple(found)


def home_of(interpreter: str | None) -> str | None:
    """The folder of the environment that an interpreter belongs to; ``None`` for one of the machine itself."""
    if interpreter is None or os.path.basename(os.path.dirname(interpreter)) != "bin":
        return None
    home = os.path.dirname(os.path.dirname(interpreter))
    return None if home in {"/", "/usr", "/usr/local"} else home


def moved_words(argv: Sequence[str], cwd: str, moved: Sequence[Moved], interpreter: str | None) -> tuple[str, ...]:
    """The command, with paths of what has moved as they are now.

    A first word that names the run's own Python, by whatever path, becomes a plain name: the environment to use is
    first on PATH. ``cwd`` is the working folder as it was.
    """
    program = argv[0]
    if "/" in program and interpreter is not None:
        was = os.path.normpath(os.path.join(cwd, program))
        if os.path.basename(was).startswith("python") and _is_one(was, interpreter):
            program = os.path.basename(was)
    return (program if program != argv[0] else _moved(program, moved), *(_moved(word, moved) for word in argv[1:]))


def moved_environ(
    environ: Mapping[str, str], kept: Mapping[str, str], moved: Sequence[Moved], *, folder: str, prefix: str | None
) -> dict[str, str]:
    """Today's variables, with those that decide as they were: set, and set to that, or not set at all."""
    decides = {**kept_variables(environ), "PYTHONPATH": ""}
    found = {name: value for name, value in environ.items() if name not in decides}
    for name, value in kept.items():
        if MASK in value:
            found |= {name: environ[name]} if name in environ else {}
        else:
            found[name] = ":".join(_moved(part, moved) for part in value.split(":"))
    found["RUNLORE_PROJECT"] = folder
    if prefix is not None:
        found.pop("PYTHONHOME", None)
        found["VIRTUAL_ENV"] = prefix
        found["PATH"] = f"{prefix}/bin:{_without(environ.get('PATH', os.defpath), environ.get('VIRTUAL_ENV'))}"
    return found


def _without(path: str, active: str | None) -> str:
    """PATH without the environment that is active where `reproduce` was typed."""
    return ":".join(part for part in path.split(":") if active is None or part != f"{active}/bin")


def _is_one(program: str, interpreter: str) -> bool:
    """Whether it is that interpreter, by another name in the same folder or by a link."""
    return os.path.dirname(program) == os.path.dirname(interpreter) or (
        os.path.exists(program) and os.path.exists(interpreter) and os.path.samefile(program, interpreter)
    )


def _moved(word: str, moved: Sequence[Moved]) -> str:
    """A word with a path in it that has moved: the word itself, or what follows a ``=``."""
    for before, now in moved:
        for start in _starts(word):
            rest = word[start:]
            if rest == before or rest.startswith(before + "/"):
                return word[:start] + now + rest[len(before) :]
    return word


def _starts(word: str) -> Iterator[int]:
    yield 0
    if "=" in word:
        yield word.index("=") + 1
