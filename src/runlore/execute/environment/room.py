"""The place of one rebuilt environment in ``envs/``: made by one process at a time, and used only when whole.

A virtual environment cannot be moved, so it is made where it stays, and its marker is written last. Without a
marker it is half-made, and is made again. All of it is a cache.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence

from runlore.execute.environment.finding import Finding
from runlore.store.durable import writing
from runlore.store.envs import LOCK, MARKER, sweep
from runlore.store.reading import read_plain


class Room:
    """The folder ``path`` of one environment, whose name says all that it was made from."""

    def __init__(self, envs: str, name: str) -> None:
        """``envs`` is the store's folder of that name, which need not be there."""
        self._envs = envs
        self.path = f"{envs}/{name}"
        self.python = self.path + "/bin/python"

    def ready(self) -> tuple[Finding, ...] | None:
        """What was found when it was made, if it is whole and where it was made; else ``None``."""
        try:
            said = json.loads(read_plain(f"{self.path}/{MARKER}"))
            if said["path"] != self.path or said["interpreter"] != _state(self.python):
                return None  # the store was moved, or the interpreter is gone or another one
            if said["distributions"] != _distributions(said["site"]):
                return None  # somebody has installed something into it
            findings = tuple(Finding(*each) for each in said["findings"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return findings if all(isinstance(text, str) for each in findings for text in each) else None

    def finish(self, site: str, findings: Sequence[Finding]) -> None:
        """Say that it is whole."""
        state, names = _state(self.python), _distributions(site)
        said = {"path": self.path, "interpreter": state, "site": site, "distributions": names, "findings": findings}
        unfinished = f"{self.path}/{MARKER}.new"
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, f"{self.path}/{MARKER}")

    @contextlib.contextmanager
    def making(self, on_wait: Callable[[], None]) -> Iterator[int]:
        """Alone with the folder; gives the descriptor of its lock. However the block ends, nothing half-made stays.

        Raises:
            StoreWriteError: the folder cannot be made.
        """
        with writing(f'"{self._envs}"'):
            os.makedirs(self._envs, exist_ok=True)
            file = os.open(self.path + LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(file, fcntl.LOCK_EX)
            sweep(self._envs)
            try:
                yield file
            finally:
                if self.ready() is None:
                    shutil.rmtree(self.path, ignore_errors=True)
        finally:
            os.close(file)

    def clear(self) -> None:
        """An empty folder, whatever was there."""
        with writing(f'"{self.path}"'):
            if os.path.islink(self.path) or os.path.isfile(self.path):
                os.unlink(self.path)
            elif os.path.isdir(self.path):
                shutil.rmtree(self.path)
            os.mkdir(self.path)


def _state(python: str) -> list[int]:
    """What changes when the interpreter that an environment was made from is replaced."""
    found = os.stat(python)
    return [found.st_size, found.st_mtime_ns]


def _distributions(site: str) -> list[str]:
    """What is installed there, by the names of the metadata."""
    return sorted(name for name in _names(site) if name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link")))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
