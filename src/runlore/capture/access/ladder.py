"""Chooses how a run is watched: the best rung there is, or the one that was asked for."""

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
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


class Chosen(NamedTuple):
    """Who watches, and why much goes unseen, if it does."""

    observer: Observer
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

    def unobserved(self) -> tuple[str, ...]:
        """Nothing: that nobody watched says it all."""
        return ()


def choose(how: str, place: Place, *, argv: Sequence[str], environ: Mapping[str, str], started_at: int) -> Chosen:
    """Who watches the command ``argv``, whose first word is the path of a program, for ``--trace`` ``how``.

    Raises:
        UsageError: what was asked for cannot be used here.
        OSError: its files cannot be made.
    """
    if how == "off":
        return Chosen(Unwatched(place))
    if how != "auto":
        return Chosen(_asked_for(how, place, argv[0], environ, started_at))
    program = kind_of(argv[0])
    no_native = _no_native() if program != STATIC else f'"{argv[0]}" is a static program'
    if no_native is None:
        return Chosen(_native(place, started_at))
    no_strace = _no_strace(program, environ)
    if no_strace is None:
        return Chosen(_strace(place, started_at, environ))
    if program == STATIC and _no_native() is None:
        return Chosen(_native(place, started_at))  # for what it may start; itself it is named as unobserved
    why = f"only what Python opens is seen: {no_native}; {no_strace}" if sys.platform == "linux" else None
    return Chosen(_python(place, started_at, argv[0]), why)


def best(environ: Mapping[str, str]) -> tuple[str, str | None]:
    """The name of the best rung for ordinary programs here, and why it is not the best there is."""
    if (no_native := _no_native()) is None:
        return "native", None
    if (no_strace := _no_strace(DYNAMIC, environ)) is None:
        return "strace", no_native
    return "python", f"{no_native}; {no_strace}"


def check(how: str, program: str, environ: Mapping[str, str]) -> None:
    """Nothing, if `choose` can do what is asked for: said before anything is on record.

    Raises:
        UsageError: it cannot, and why.
    """
    if how == "native":
        _check(how, _no_native())
    elif how == "strace":
        _check(how, _no_strace(kind_of(program), environ))


def recover(place: Place, started_at: int) -> Observer | None:
    """The observer whose files lie at ``place``, of a run that nobody else will end; ``None`` if there are none."""
    from runlore.capture.access import audited, straced, tracelog  # noqa: PLC0415 - after a crash alone

    if os.path.exists(os.path.join(place.folder, tracelog.NAME)):
        return _native(place, started_at)
    if os.path.exists(os.path.join(place.folder, straced.LOG)):
        return _strace(place, started_at, {})
    if os.path.exists(os.path.join(place.folder, audited.LOG)):
        return _python(place, started_at, "")
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


def _asked_for(how: str, place: Place, path: str, environ: Mapping[str, str], started_at: int) -> Observer:
    check(how, path, environ)
    if how == "native":
        return _native(place, started_at)
    if how == "strace":
        return _strace(place, started_at, environ)
    if how == "python":
        return _python(place, started_at, path)
    raise UsageError(f'--trace cannot be "{how}"', hint="choose one of auto, native, strace, python, off")


def _check(how: str, why: str | None) -> None:
    if why is not None:
        raise UsageError(f"--trace {how} cannot be used: {why}", hint="use --trace auto for the best that can")


def _no_native() -> str | None:
    from runlore.capture.access.native import available  # noqa: PLC0415 - not with --trace off

    return available()


def _no_strace(program: str, environ: Mapping[str, str]) -> str | None:
    if program == PRIVILEGED:
        return "the program has rights of its own, which it would lose"
    from runlore.capture.access.straced import available  # noqa: PLC0415 - only where native cannot watch

    return available(environ)


def _native(place: Place, started_at: int) -> Observer:
    from runlore.capture.access.native import Native  # noqa: PLC0415 - the rung that was chosen, and no other

    return Native(place, started_at)


def _strace(place: Place, started_at: int, environ: Mapping[str, str]) -> Observer:
    from runlore.capture.access.straced import Straced  # noqa: PLC0415 - the same

    return Straced(place, started_at, environ)


def _python(place: Place, started_at: int, program: str) -> Observer:
    from runlore.capture.access.audited import Audited  # noqa: PLC0415 - the same

    return Audited(place, started_at, program)
