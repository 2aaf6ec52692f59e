"""Where everything lies in `.mlrun`, and whether a folder is one."""

import contextlib
import os

from runlore.errors import FormatError, RefusedError
from runlore.store.durable import create as create_file
from runlore.store.durable import fsync_folder, writing
from runlore.store.lock import shared

NAME = ".mlrun"
VERSION = 1
FORMAT = "runlore-store = 1\nhash = blake3\nmust-understand =\nmay-ignore =\n"
IGNORE = "*\n"
"""What `format` and `.gitignore` hold that this version writes."""
_FEATURES: frozenset[str] = frozenset()
"""Names in ``must-understand`` that this version understands."""

FOLDERS = ("objects", "packs", "runs", "events", "cache", "tmp")
KEY_FILE, KEY_CHECK = "secret-key", "secret-key.check"
ASIDE = "aside"
"""Where what is damaged is set aside."""
KNOWN = frozenset(
    (*FOLDERS, "format", ".gitignore", "config.toml", "lock", KEY_FILE, KEY_CHECK, "index", "envs", ASIDE)
)


class Layout:
    """The paths of one store."""

    __slots__ = ("cache", "config", "envs", "events", "lock", "objects", "packs", "root", "runs", "tmp")

    def __init__(self, root: str) -> None:
        """``root`` is the absolute path of the `.mlrun` folder."""
        self.root = root
        self.objects = root + "/objects"
        self.packs = root + "/packs"
        self.runs = root + "/runs"
        self.events = root + "/events"
        self.cache = root + "/cache"
        self.envs = root + "/envs"
        self.tmp = os.path.join(root, "tmp")
        self.lock = root + "/lock"
        self.config = root + "/config.toml"


def is_store(root: str) -> bool:
    """Whether ``root`` holds a `format` file: without it a folder named `.mlrun` is somebody else's."""
    return os.path.isfile(root + "/format")


def has_lost_format(root: str) -> bool:
    """Whether ``root`` holds runs, events or packs of ours and no `format` file."""
    if os.path.lexists(root + "/format") or not set(_listed(root)).issuperset(("objects", "packs", "runs", "events")):
        return False
    return any(_listed(f"{root}/{name}") for name in ("packs", "runs", "events"))


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def check_format(root: str) -> None:
    """Return if this version can read and write the store.

    Raises:
        FormatError: it is newer, hashes otherwise, or its `format` is no format file of ours.
        RefusedError: it belongs to another user, or one of its folders leads elsewhere.
    """
    _check_owner(root)
    _check_links(root)
    try:
        with open(root + "/format", encoding="utf-8") as file:
            lines = file.read(4096).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f'"{root}" is not a store: its format file cannot be read') from error
    fields = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    version = fields.get("runlore-store", "")
    if not version.isdecimal() or int(version) < 1:
        raise FormatError(f'"{root}" is not a store: its format file is not ours')
    unknown = set(fields.get("must-understand", "").split()) - _FEATURES
    if int(version) > VERSION:
        raise _newer(root, f"store format {version}; this one knows {VERSION}")
    if (hashed := fields.get("hash", "blake3")) != "blake3":
        raise _newer(root, f'its objects are named by "{hashed}"; this one knows blake3')
    if unknown:
        names = ", ".join(f'"{name}"' for name in sorted(unknown))
        raise _newer(root, f"it uses {names}, which this one does not know")


def _newer(root: str, why: str) -> FormatError:
    return FormatError(f'"{root}" needs a newer mlrun: {why}', hint="pip install --upgrade runlore")


def _check_owner(root: str) -> None:
    """Refuse what another user could have prepared, as git refuses it: root's things are trusted, and root's sudoer."""
    owner, me = os.stat(root).st_uid, os.geteuid()
    if owner in (me, 0) or (me == 0 and os.environ.get("SUDO_UID") == str(owner)):
        return
    from shlex import quote  # noqa: PLC0415 - for this one message

    raise RefusedError(
        f'"{root}" belongs to another user',
        hint=f"copy it to a folder of your own, or, if you trust it: sudo chown -R {me} {quote(root)}",
    )


def _check_links(root: str) -> None:
    """Refuse a folder that is a link: what we clear away and write there would be wherever its maker wanted."""
    for name in (*FOLDERS, "envs", ASIDE):
        if os.path.islink(path := f"{root}/{name}"):
            hint = "put a folder in its place; one on another disk can be mounted there"
            raise RefusedError(f'"{path}" is a symbolic link', hint=hint)


def check_vacant(root: str) -> None:
    """Return if a store could be made at ``root``.

    Raises:
        FormatError: something else is there.
        RefusedError: a folder in it leads elsewhere.
    """
    _check_links(root)
    there = os.path.isdir(root) and not os.path.islink(root) and not set(os.listdir(root)) - KNOWN
    if os.path.lexists(root) and not there:
        hint = "rename it, or work in another folder"
        raise FormatError(f'"{root}" exists and is not a store of ours', hint=hint)


def create(root: str) -> None:
    """Make an empty store at ``root``, which may exist as a half-made one; safe against others doing the same.

    Raises:
        FormatError: the folder exists and holds things that are not ours.
        StoreWriteError: it cannot be written.
    """
    check_vacant(root)
    with writing(f'"{root}"'):
        os.makedirs(root, exist_ok=True)
        for folder in FOLDERS:
            os.makedirs(f"{root}/{folder}", exist_ok=True)
        with contextlib.suppress(PermissionError):  # a folder above that may not be read cannot be made durable
            fsync_folder(os.path.dirname(root))
        with shared(root):
            for name, text in ((".gitignore", IGNORE), ("format", FORMAT)):
                if not os.path.exists(f"{root}/{name}"):
                    create_file(f"{root}/{name}", text.encode(), tmp=os.path.join(root, "tmp"), mode=0o644)
