"""The folder that a run is repeated in, so placed that what it read by a relative path is found again.

It is ``TEMPORARY/mlrun-XXXX/root`` and below that the absolute path that the project had: what lay at
``../data`` beside the project lies there again. The temporary folder holds a lock for as long as somebody uses it.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from runlore.errors import CannotRebuildError, RefusedError
from runlore.execute.signals import undisturbed
from runlore.store.durable import reason
from runlore.store.lock import unused

ROOM_HINT = "name a folder with room: --into DIR, or the variable TMPDIR"
_PREFIX = "mlrun-"
_LOCK = "mlrun-reproduce.lock"


class Folder:
    """A folder of its own for one repetition; use as a context manager. Gone afterwards, unless it was asked for."""

    def __init__(self, top: str | None, into: str | None, environ: Mapping[str, str]) -> None:
        """``top`` is where the project lay, ``into`` the absolute path of the folder that the person wants it in.

        Raises:
            RefusedError: what they want is there, and not empty.
            CannotRebuildError: it cannot be made.
        """
        self.kept = into is not None
        self.root = ""
        """What is put before the absolute path of a file from outside the project; empty if nothing can be."""
        self._lock = -1
        try:
            if into is None:
                self._home = self._make(environ)
                self.root = self._home + "/root"
                self.path = self.root + (top or "/project")
            else:
                if os.path.lexists(into) and (not os.path.isdir(into) or os.listdir(into)):
                    raise RefusedError(f'"{into}" is not an empty folder', hint="name one that does not exist yet")
                self._home = self.path = into
                self._made = not os.path.lexists(into)
            os.makedirs(self.path, exist_ok=True)
        except OSError as error:
            raise CannotRebuildError(f"no folder can be made to run in: {reason(error)}", hint=ROOM_HINT) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.kept:
            with undisturbed():
                remove_tree(self._home)
        if self._lock >= 0:
            os.close(self._lock)

    def abandon(self) -> None:
        """Nothing ran in it: what was put there goes, also from a folder that the person named."""
        if self.kept:
            with undisturbed():
                for name in os.listdir(self.path):
                    remove_tree(f"{self.path}/{name}")
                if self._made:
                    os.rmdir(self.path)

    def _make(self, environ: Mapping[str, str]) -> str:
        base = sweep(environ)
        home = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        self._lock = os.open(f"{home}/{_LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return home


def remove_tree(path: str) -> None:
    """Remove a file or folder, also where the run took away its own right to write there."""
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    shutil.rmtree(path, onerror=_insist)


def _insist(act: Callable[..., object], path: str, _: object) -> None:
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        if not os.path.islink(path):
            os.chmod(path, 0o700)
        act(path)


def sweep(environ: Mapping[str, str]) -> str:
    """Remove what was left behind by who was killed: a folder of ours and of this user whose lock nobody holds.

    Returns the temporary folder in which it was looked for.
    """
    base = environ.get("TMPDIR") or tempfile.gettempdir()
    for name in os.listdir(base):
        path = f"{base}/{name}"
        if not name.startswith(_PREFIX) or not _is_mine(path):
            continue
        with unused(f"{path}/{_LOCK}") as free:
            if free:
                remove_tree(path)
    return base


def _is_mine(path: str) -> bool:
    try:
        return os.stat(path, follow_symlinks=False).st_uid == os.geteuid()
    except OSError:
        return False
