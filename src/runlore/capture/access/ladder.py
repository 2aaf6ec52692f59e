"""Chooses how a run is watched: the best rung there is, or the one that was asked for."""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.access.observer import Observer, Place
from runlore.capture.access.touch import Touch
from runlore.errors import UsageError

DYNAMIC, STATIC, PRIVILEGED = "dynamic", "static", "privileged"
_HEAD = 4096
_INTERPRETER = 3
"""``PT_INTERP``: the program header that names the dynamic loader (System V ABI, ELF, chapter 5)."""
_DEEPEST = 4
"""Scripts that are interpreters of scripts; Linux follows no more."""


class Picked(NamedTuple):
    """The name of a rung (`Observer.name`), and why it is not the best there is, if it was not asked for."""

    rung: str
    why: str | None = None


class Unwatched:
    """Nobody watches."""

    name = "none"
    blind: tuple[str, ...] = ("everything",)

    def __init__(self, place: Place) -> None:
        """``place`` stays empty."""
        self.place = place

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """As it was."""
        return dict(environ)

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """As it was."""
        return tuple(argv)

    def touches(self) -> Iterator[Touch]:
        """Nothing."""
        return iter(())

    def unobserved(self, processes: Iterable[Touch]) -> tuple[str, ...]:  # noqa: ARG002 - of whichever
        """Nothing: that nobody watched says it all."""
        return ()


def pick(how: str, program: str, environ: Mapping[str, str]) -> Picked:
    """How to watch the program at the path ``program`` for ``--trace`` ``how``, found out before anything is started.

    Raises:
        UsageError: what was asked for cannot be used here.
    """
    if how == "off":
        return Picked("none")
    if how == "auto":
        return _best(program, environ)
    if how not in _ASKED:
        raise UsageError(f'--trace cannot be "{how}"', hint="choose one of auto, native, strace, python, off")
    if (why := _ASKED[how](program, environ)) is not None:
        raise UsageError(f"--trace {how} cannot be used: {why}", hint="use --trace auto for the best that can")
    return Picked(how)


def _best(program: str, environ: Mapping[str, str]) -> Picked:
    kind = kind_of(program)
    no_native = _no_native() if kind != STATIC else f'"{program}" is a static program'
    if no_native is None:
        return Picked("native")
    no_strace = _no_strace(kind, environ)
    if no_strace is None:
        return Picked("strace", no_native)
    if kind == STATIC and _no_native() is None:
        return Picked("native")  # for what it may start; itself it is named as unobserved
    why = f"only what Python opens is seen: {no_native}; {no_strace}" if sys.platform == "linux" else None
    return Picked("python", why)


def observer_of(
    rung: str, place: Place, started_at: int, *, program: str = "", environ: Mapping[str, str] | None = None
) -> Observer:
    """The observer on a rung, for the command whose first word is the path ``program``."""
    if rung == "native":
        from runlore.capture.access.native import Native  # noqa: PLC0415 - the rung that was picked, and no other

        return Native(place, started_at)
    if rung == "strace":
        from runlore.capture.access.straced import Straced  # noqa: PLC0415 - the same

        return Straced(place, started_at, environ)
    if rung == "python":
        from runlore.capture.access.audited import Audited  # noqa: PLC0415 - the same

        return Audited(place, started_at, program)
    return Unwatched(place)


def recover(place: Place, started_at: int) -> Observer | None:
    """The observer whose files lie at ``place``, of a run that nobody else will end; ``None`` if there are none."""
    from runlore.capture.access import audited, straced, tracelog  # noqa: PLC0415 - after a crash alone

    for rung, name in (("native", tracelog.NAME), ("strace", straced.LOG), ("python", audited.LOG)):
        if os.path.exists(os.path.join(place.folder, name)):
            return observer_of(rung, place, started_at)
    return None


def kind_of(program: str) -> str:
    """Whether the program can be watched from within, by what the file says; of a script its interpreter.

    `STATIC` is also one for another kind of processor than our own, which loads no library of ours.
    """
    for _ in range(_DEEPEST):
        try:
            with open(program, "rb", buffering=0) as file:
                mode = os.fstat(file.fileno()).st_mode
                head = file.read(_HEAD)
        except OSError:
            return DYNAMIC  # who starts it will say what is wrong
        if not head.startswith(b"#!"):
            break
        words = head[2:].split(b"\n")[0].split()
        program = os.fsdecode(words[0]) if words else ""
    if not head.startswith(b"\x7fELF"):
        return DYNAMIC  # a script without a first line: the shell's
    if mode & (stat.S_ISUID | stat.S_ISGID):
        return PRIVILEGED
    return DYNAMIC if _names_loader(head) else STATIC


def _names_loader(head: bytes) -> bool:
    """Whether an ELF file for this processor's word size names a dynamic loader."""
    wide = sys.maxsize > 1 << 32
    if len(head) < 64 or head[4] != 1 + wide:  # noqa: PLR2004 - the size of the header
        return False

    def number(at: int, size: int) -> int:
        return int.from_bytes(head[at : at + size], "little" if head[5] == 1 else "big")

    first = number(32, 8) if wide else number(28, 4)
    size, count = (number(54, 2), number(56, 2)) if wide else (number(42, 2), number(44, 2))
    return any(number(first + each * size, 4) == _INTERPRETER for each in range(min(count, _HEAD // 32)))


def _no_native() -> str | None:
    from runlore.capture.access.native import available  # noqa: PLC0415 - not with --trace off

    return available()


def _no_strace(kind: str, environ: Mapping[str, str]) -> str | None:
    if kind == PRIVILEGED:
        return "the program has rights of its own, which it would lose"
    from runlore.capture.access.straced import available  # noqa: PLC0415 - only where native cannot watch

    return available(environ)


_ASKED: Mapping[str, Callable[[str, Mapping[str, str]], str | None]] = {
    "native": lambda _, __: _no_native(),
    "strace": lambda program, environ: _no_strace(kind_of(program), environ),
    "python": lambda _, __: None,
}
"""Why a rung that was asked for by name cannot be used."""
