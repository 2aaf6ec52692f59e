"""How `librunlore_trace.so` is compiled from `trace.c`: by the compiler there is, or by the `ziglang` package."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys

LIBRARY = "librunlore_trace.so"
_HERE = os.path.dirname(os.path.abspath(__file__))
_COMPILE = (
    *("-c", "-O2", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"),
    # Nothing is to be asked of the C library that the source does not ask of it.
    *("-fno-builtin", "-fno-stack-protector", "-U_FORTIFY_SOURCE"),
    # A thread may be cancelled inside the function behind ours, and is unwound through it.
    "-fasynchronous-unwind-tables",
)
_LINK = ("-shared", "-nostdlib", "-s", "-Wl,-Bsymbolic,-z,now,--hash-style=gnu")
_SMALLER = (("-Wl,-z,norelro,-z,noseparate-code,--build-id=none",), ("-Wl,-z,norelro",), ())
"""Fewer pages and mappings, which each process of a run has to make. Not every linker knows how: the first that it
takes."""


def system_compiler() -> tuple[str, ...] | None:
    """The command of $CC, or of the first C compiler on PATH."""
    if named := shlex.split(os.environ.get("CC", "")):
        return tuple(named)
    return next(((name,) for name in ("cc", "gcc", "clang") if shutil.which(name)), None)


def zig_compiler() -> tuple[str, ...] | None:
    """The command of the `ziglang` package's C compiler, if that is installed."""
    found = importlib.util.find_spec("ziglang") is not None
    return (sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=all") if found else None


def build(compiler: tuple[str, ...], folder: str = _HERE) -> str:
    """Compile the library into ``folder``; returns its path. One that is there is replaced, not written over.

    Raises:
        OSError: the compiler cannot be started.
        RuntimeError: it fails; the message is what it said.
    """
    path = os.path.join(folder, LIBRARY)
    scratch = f"{path}.{os.getpid()}"
    compiled = scratch + ".o"
    try:
        _run(*compiler, *_COMPILE, "-o", compiled, os.path.join(_HERE, "trace.c"))
        _link((*compiler, *_LINK, "-o", scratch, compiled), _SMALLER)
        os.replace(scratch, path)
    finally:
        for each in (scratch, compiled):
            if os.path.exists(each):
                os.unlink(each)
    return path


def _link(command: tuple[str, ...], smaller: tuple[tuple[str, ...], ...]) -> None:
    try:
        _run(*command, *smaller[0])
    except RuntimeError:
        if len(smaller) == 1:
            raise
        _link(command, smaller[1:])


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)}: {done.stderr.strip()}")
