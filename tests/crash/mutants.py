"""mlrun with a mistake in how it writes: what finds faults must find these. As a script: ``mutants.py ARGUMENT…``.

The variable CRASH_MUTANT says which. Nothing of mlrun's own may be imported before `apply` has been called.
"""
# ruff: noqa: PLC0415 - each mistake imports what it is made in, before all else

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any


def _put(where: object, **others: Callable[..., Any]) -> None:
    """Put other functions in the place of those of a module or a class."""
    for name, other in others.items():
        setattr(where, name, other)


def _in_place() -> None:
    """What is complete goes straight to its name."""
    from runlore.store import durable

    def publish(temporary: str, path: str) -> bool:
        with open(temporary, "rb") as file:
            data = file.read()
        durable.forget(temporary)
        if os.path.exists(path):
            return False
        put(path, data, os.O_CREAT | os.O_EXCL, 0o444)
        return True

    def put(path: str, data: bytes, flags: int, mode: int) -> None:
        file = os.open(path, os.O_WRONLY | flags, mode)
        try:
            for half in (data[: len(data) // 2], data[len(data) // 2 :]):
                durable.write_all(file, half)
            os.fsync(file)
        finally:
            os.close(file)
        durable.fsync_folder(os.path.dirname(path))

    def replace(path: str, data: bytes, *, tmp: str) -> None:  # noqa: ARG001 - as the one it stands for
        put(path, data, os.O_CREAT | os.O_TRUNC, 0o644)

    _put(durable, publish=publish, replace=replace)


def _no_fsync() -> None:
    """Nothing is synced but folders."""
    from runlore.store import adopting, durable

    real = os.fsync

    def fsync_folder(path: str) -> None:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            real(folder)
        finally:
            os.close(folder)

    _put(durable, fsync_folder=fsync_folder)
    _put(adopting, fsync_folder=fsync_folder, _sync=lambda _: None)
    _put(os, fsync=lambda _: None)


def _no_folder_fsync() -> None:
    """Names are not synced."""
    from runlore.store import durable

    _put(durable, fsync_folder=lambda _: None)


def _record_first() -> None:
    """A run is on record before what it names is."""
    from runlore.store import runs, writer

    begin, commit, discard = runs.begin, writer.ObjectWriter.commit, writer.ObjectWriter.discard
    waiting: list[Any] = []

    def late(*args: Any) -> Any:  # noqa: ANN401 - as the one it stands for
        live = begin(*args)
        _put(writer.ObjectWriter, commit=commit, discard=discard)
        for batch in waiting:
            commit(batch)
            discard(batch)
        return live

    def wait(batch: Any) -> None:  # noqa: ANN401 - a method
        waiting.append(batch)

    _put(writer.ObjectWriter, commit=wait, discard=lambda _: None)
    _put(runs, begin=late)


def _one_write() -> None:
    """What a write has not taken is not written again."""
    from runlore.store import durable

    def write_all(descriptor: int, data: bytes | memoryview) -> None:
        os.write(descriptor, data)

    _put(durable, write_all=write_all)


def _deaf() -> None:
    """What cannot be synced is taken for synced."""
    real = os.fsync

    def fsync(file: int) -> None:
        with contextlib.suppress(OSError):
            real(file)

    _put(os, fsync=fsync)


MUTANTS: dict[str, Callable[[], None]] = {
    "in place": _in_place,
    "no fsync": _no_fsync,
    "no fsync of folders": _no_folder_fsync,
    "record before objects": _record_first,
    "one write": _one_write,
    "deaf to fsync": _deaf,
}


def apply(name: str) -> None:
    """Make the mistake."""
    MUTANTS[name]()


if __name__ == "__main__":
    del sys.path[0]  # this folder is none of the program's
    apply(os.environ["CRASH_MUTANT"])

    from runlore.__main__ import main

    main()
