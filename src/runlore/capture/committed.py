"""Code as commits have it: which commits lie between two, and the files of one, taken into the store.

Blobs are taken as git keeps them: what filters would make of them on checkout is not known here, for filters are
programs that a repository names.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.capture.git import ask, refusal, tell
from runlore.records import tree
from runlore.store.objects import Objects
from runlore.store.treeedit import edited
from runlore.store.writer import ObjectWriter

_KINDS = {b"100644": tree.FILE, b"100755": tree.EXECUTABLE, b"120000": tree.SYMLINK}


class Commit(NamedTuple):
    """A commit, and the first line of its message."""

    id: str
    subject: str


class Committed(NamedTuple):
    """The tree of a commit: its id in the store, its files and their bytes."""

    tree: bytes
    files: int
    bytes: int


def commits_between(top: str, old: str, new: str) -> list[Commit]:
    """The commits after ``old`` up to ``new``, the oldest first, along the first parents.

    Empty if ``old`` is no ancestor of ``new``. Raises `GitUnusableError` if one is not in the repository at ``top``.
    """
    form = ("--first-parent", "--reverse", "--format=%H %s", "-z", "--end-of-options")
    is_ancestor, listed = ask(
        top, ("merge-base", "--is-ancestor", old, new), ("log", "--no-show-signature", *form, f"{old}..{new}", "--")
    )
    if listed.code:
        raise refusal(top, listed)
    if is_ancestor.code:
        return []
    found = (each.partition(b" ") for each in listed.out.split(b"\0") if each)
    return [Commit(name.decode("ascii"), subject.decode("utf-8", "surrogateescape")) for name, _, subject in found]


def keep_commit(
    top: str, commit: str, objects: Objects, writer: ObjectWriter, more: Mapping[bytes, tree.Entry]
) -> Committed:
    """Take the files of a commit into the store, with ``more`` by path where it has none of that name.

    Raises:
        GitUnusableError: it is not in the repository, or not all of it.
    """
    (listed,) = ask(top, ("ls-tree", "-r", "-z", "--full-tree", commit))
    if listed.code:
        raise refusal(top, listed)
    rows = [row for row in map(_row, filter(None, listed.out.split(b"\0"))) if row is not None]
    contents = _blobs(top, [oid for _, oid, _ in rows])
    files = {
        path: tree.Entry(b"", kind, writer.add_blob(data), len(data))
        for (kind, _, path), data in zip(rows, contents, strict=True)
    }
    files = {**more, **files}
    made = edited(objects, writer, None, files)
    return Committed(made.digest if made else writer.add_tree(()), len(files), made.size if made else 0)


def _row(line: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Kind, object and path of a file; ``None`` of a submodule, which has none here."""
    about, _, path = line.partition(b"\t")
    mode, _, oid = about.split(b" ")
    return None if mode not in _KINDS else (_KINDS[mode], oid, path)


def _blobs(top: str, oids: Sequence[bytes]) -> list[bytes]:
    answer = tell(top, ("cat-file", "--batch"), b"".join(oid + b"\n" for oid in oids))
    found: list[bytes] = []
    at = 0
    while at < len(answer.out) and len(found) < len(oids):
        end = answer.out.index(b"\n", at)
        words = answer.out[at:end].split(b" ")
        if len(words) != 3:  # noqa: PLR2004 - id, type and size; "missing" otherwise
            break
        size = int(words[2])
        found.append(answer.out[end + 1 : end + 1 + size])
        at = end + size + 2
    if answer.code or len(found) < len(oids):
        raise refusal(top, answer._replace(err=answer.err or b"fatal: an object of the commit is missing"))
    return found
