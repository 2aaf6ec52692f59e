"""Which stores this person made on this machine: the home folder knows it, for no store can say it of itself."""

import os
from collections.abc import Mapping

from runlore.records.hashing import blob_digest
from runlore.store import secret_key
from runlore.store.layout import KEY_FILE
from runlore.store.store import Store

_OWN = "own-stores"


def state_file(name: str, environ: Mapping[str, str]) -> str:
    """The path of a file in which something is remembered for the person, and not for a project."""
    state = environ.get("XDG_STATE_HOME") or os.path.join(environ.get("HOME", "/"), ".local", "state")
    return f"{state}/runlore/{name}"


def note(path: str, line: str) -> None:
    """Add a line to such a file. Where that cannot be done, the person will be asked again."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line.encode("ascii") + b"\n")
        finally:
            os.close(file)
    except OSError:
        return


def own(store: Store, environ: Mapping[str, str]) -> None:
    """Remember that the store was just made here, where nothing had been."""
    note(state_file(_OWN, environ), blob_digest(store.secret_key).hex())


def is_own(store: Store, environ: Mapping[str, str]) -> bool:
    """Whether the store was made here, wherever it has been moved to since: it has a key that nobody else can have.

    Where nothing can be remembered for the person, as in a container without a home, every store passes for their own.
    """
    path = state_file(_OWN, environ)
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            known = file.read().split("\n")
        key = secret_key.read(f"{store.layout.root}/{KEY_FILE}")
    except OSError:
        return not _can_remember(path)
    return key is not None and len(key) == secret_key.SIZE and blob_digest(key).hex() in known


def _can_remember(path: str) -> bool:
    """Whether there could be such a file."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(os.path.dirname(path), os.W_OK)
