"""What git's plumbing prints, as values."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

IndexRow = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""Of one row of the index: mode, object, stage, path, stat data and flags; the last two as git prints
them, empty where this git prints none."""

# The text after the path is git's own debugging aid; where it looks different, the optional group stays
# empty, nothing is believed from it, and the file is read instead.
_INDEX = re.compile(
    rb"(\d{6}) ([0-9a-f]{40,64}) ([0-3])\t([^\0]+)\0"
    rb"(?:(  ctime: \d+:\d+\n  mtime: \d+:\d+\n  dev: \d+\tino: \d+\n  uid: \d+\tgid: \d+\n  size: \d+)"
    rb"\tflags: ([0-9a-f]+)\n)?"
)
STAT = b"  ctime: %d:%d\n  mtime: %d:%d\n  dev: %d\tino: %d\n  uid: %d\tgid: %d\n  size: %d"
"""How the stat data is printed: seconds and nanoseconds, and 32 bits of each of the others."""
INDEX = ("ls-files", "-s", "-z", "--debug")
UNTRACKED = ("ls-files", "-o", "--exclude-standard", "-z")
HEAD = ("rev-parse", "--is-shallow-repository", "--git-dir", "HEAD", "--symbolic-full-name", "HEAD")
BRANCH = ("symbolic-ref", "-q", "HEAD")
SETTINGS = (
    *("config", "-z", "--get-regexp"),
    r"^(core\.(autocrlf|filemode|symlinks|bare)|user\.(name|email)|remote\..*\.url)$",
)
STAGED = (
    *("diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames"),
    *("--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "HEAD", "--"),
)
ATTRIBUTES = ("check-attr", "-z", "--stdin", "text", "crlf", "eol", "ident", "filter", "working-tree-encoding")
IGNORED = ("check-ignore", "-z", "--stdin")

_HEADS = "refs/heads/"


class Head(NamedTuple):
    """Where a work tree stands: ``commit`` is empty before the first one, ``branch`` with a detached HEAD."""

    commit: str
    branch: str
    shallow: bool
    folder: str


class Blob(NamedTuple):
    """One side of a change: a mode as git has it (0: not there) and an object."""

    mode: int
    oid: str


class Settings(NamedTuple):
    """What of the configuration matters here. ``author`` is ``Name <email>`` or empty."""

    author: str
    remotes: Mapping[str, str]
    autocrlf: bool
    executable_bit: bool
    symlinks: bool
    bare: bool


def index_rows(out: bytes) -> list[IndexRow]:
    """The rows that `INDEX` prints, in the order of their paths."""
    return _INDEX.findall(out)


def paths(out: bytes) -> list[bytes]:
    """What a command with ``-z`` prints one of a piece."""
    return out.split(b"\0")[:-1]


def head(out: bytes) -> Head | None:
    """What `HEAD` prints; before the first commit, or in a damaged repository, without commit and branch.

    ``None`` where it is cut short.
    """
    shallow, *rest = os.fsdecode(out).split("\n")
    if not rest or rest.pop():
        return None
    if rest and rest[-1] == "HEAD" and not _is_object(rest[-2:-1]):
        return Head("", "", shallow == "true", "\n".join(rest[:-1]))
    if len(rest) < 3:  # noqa: PLR2004 - a folder, a commit and a branch
        return None
    *folder, commit, name = rest
    branch = name.removeprefix(_HEADS) if name != "HEAD" else ""
    return Head(commit, branch, shallow == "true", "\n".join(folder))


def settings(out: bytes) -> Settings:
    """What `SETTINGS` prints; of a setting that is there more than once the last, of a remote the first URL."""
    found: dict[str, str] = {}
    remotes: dict[str, str] = {}
    for piece in paths(out):
        key, equals, value = os.fsdecode(piece).partition("\n")
        if key.startswith("remote."):
            remotes.setdefault(key.removeprefix("remote.").removesuffix(".url"), without_credentials(value))
        else:
            found[key] = value if equals else "true"
    name, email = found.get("user.name", ""), found.get("user.email", "")
    return Settings(
        author=f"{name} <{email}>" if name and email else name or email,
        remotes=remotes,
        autocrlf=found.get("core.autocrlf", "false").lower() == "input" or _true(found, "core.autocrlf", "false"),
        executable_bit=_true(found, "core.filemode", "true"),
        symlinks=_true(found, "core.symlinks", "true"),
        bare=_true(found, "core.bare", "false"),
    )


def staged(out: bytes) -> dict[bytes, Blob]:
    """What HEAD has at each path where the index has something else, from what `STAGED` prints.

    Raises:
        ValueError: that is not what it prints.
    """
    pieces = iter(paths(out))
    found: dict[bytes, Blob] = {}
    for row, path in zip(pieces, pieces, strict=True):
        old_mode, _, old, *_ = row.removeprefix(b":").split(b" ")
        # A conflict has a row for the conflict and may have another one for its result.
        if old_mode != b"000000" or path not in found:
            found[path] = Blob(int(old_mode, 8), old.decode() if int(old_mode, 8) else "")
    return found


def attributes(out: bytes) -> dict[bytes, dict[bytes, bytes]]:
    """Each path's attributes that have a value, from what `ATTRIBUTES` prints; raises as `staged`."""
    found: dict[bytes, dict[bytes, bytes]] = {}
    pieces = iter(paths(out))
    for path, name, value in zip(pieces, pieces, pieces, strict=True):
        if value != b"unspecified":
            found.setdefault(path, {})[name] = value
    return found


def without_credentials(url: str) -> str:
    """The URL without passwords and tokens. The user name of an SSH address is no secret, and needed."""
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not mark or not at:
        return url
    name = user.partition(":")[0] + "@" if scheme in {"ssh", "git+ssh", "ssh+git"} else ""
    return f"{scheme}://{name}{host}{slash}{path}"


def _is_object(lines: list[str]) -> bool:
    return bool(lines) and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", lines[0]) is not None


def _true(found: Mapping[str, str], key: str, default: str) -> bool:
    return found.get(key, default).lower() in {"true", "yes", "on", "1"}
