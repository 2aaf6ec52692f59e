"""What a person should know about a run although nothing went wrong: sentences for its record."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from runlore.records.git import GitFacts
from runlore.records.paths import is_below
from runlore.records.phrases import named
from runlore.records.run import FileRef, Warn
from runlore.store.settings import Limits

_MOUNTS = "/proc/self/mountinfo"
_REMOTE = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "smb3",
     "smbfs", "wekafs")
)  # fmt: skip
_FUSE = "fuse."
_LOCAL_FUSE = frozenset(
    ("bindfs", "encfs", "fuse-overlayfs", "gocryptfs", "gvfsd-fuse", "lxcfs", "mergerfs", "ntfs-3g", "portal",
     "snapfuse", "squashfuse", "unionfs")
)  # fmt: skip
"""File systems that a program of this machine makes of what this machine has."""
_ESCAPE = re.compile(rb"\\([0-7]{3})")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_NEXT_UNIT = 1000  # of 1024, so that nothing takes four digits


def dirty_submodules(git: GitFacts | None) -> Iterator[Warn]:
    """A warning if a submodule holds what none of its commits does."""
    names = [str(each["path"]) for each in (git.submodules if git else ()) if each["dirty"]]
    if names:
        what = "a submodule has" if len(names) == 1 else f"{len(names):,} submodules have"
        message = f"{what} changes that are in no commit: {named(names)}"
        yield Warn("submodule-dirty", message)


def not_kept(inputs: Iterable[FileRef], outputs: Iterable[FileRef], limits: Limits) -> Iterator[Warn]:
    """A warning if bytes of these are only known by hash, though the settings would have some kept."""
    lacking = {"input": _without_bytes(inputs), "output": _without_bytes(outputs)}
    both = [ref for refs in lacking.values() for ref in refs]
    if not both or limits.data_store == "none":
        return
    what = " and ".join(_counted(refs, word) for word, refs in lacking.items() if refs)
    settings = sorted({_setting(ref, limits) for ref in both})
    way = f"{settings[0]} raises the limit" if len(settings) == 1 else f"raises the limits {', '.join(settings)}"
    were = "was" if len(both) == 1 else "were"
    yield Warn("not-kept", f"{what} {were} hashed and not kept; mlrun config {way}")


def remote_inputs(paths: Iterable[str], top: str) -> Iterator[Warn]:
    """A warning for each network file system that inputs lie on: who can write there can change them.

    ``paths`` are relative to ``top`` or absolute.
    """
    points = remote_mounts(_content(_MOUNTS))
    if not points:
        return
    found: Counter[str] = Counter()
    for path in paths:
        real = os.path.realpath(os.path.join(top, path))
        # The longest is the one that the file is on: a disk may be mounted inside a network file system.
        point = next((point for point in points if is_below(real, point)), None)
        if point is not None and points[point]:
            found[point] += 1
    for point, count in sorted(found.items()):
        lie = "an input lies" if count == 1 else f"{count:,} inputs lie"
        yield Warn("input-on-remote-mount", f'{lie} on "{point}" ({points[point]}), where others may change them')


def remote_mounts(mounts: bytes) -> dict[str, str]:
    """The mount points in such a ``mountinfo`` (see proc(5)), the longest first, each with its type if it is remote.

    Empty if none is. What lies at ``/`` counts as the machine's own, as it does in sandboxes.
    """
    points: dict[str, str] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(b" - ")
        fields = before.split()
        if len(fields) > 4 and after:  # noqa: PLR2004 - the fifth is the mount point
            kind = after.split()[0].decode("ascii", "replace")
            point = os.fsdecode(_ESCAPE.sub(lambda found: bytes((int(found[1], 8) & 0xFF,)), fields[4]))
            points[point] = kind if _is_remote(kind) else ""  # mounted over another, the last one counts
    points.pop("/", None)
    return dict(sorted(points.items(), key=lambda item: -len(item[0]))) if any(points.values()) else {}


def _is_remote(kind: str) -> bool:
    return kind in _REMOTE or (kind.startswith(_FUSE) and kind.removeprefix(_FUSE) not in _LOCAL_FUSE)


def _without_bytes(refs: Iterable[FileRef]) -> list[FileRef]:
    return [ref for ref in refs if not ref.stored]


def _counted(refs: Sequence[FileRef], word: str) -> str:
    """``2 inputs of 3.1 GiB``."""
    return f"{len(refs):,} {word}{'s' * (len(refs) > 1)} of {_size(sum(ref.size for ref in refs))}"


def _setting(ref: FileRef, limits: Limits) -> str:
    """The setting that kept it out."""
    if ref.how == "declared":
        return "data.limit"
    return "trace.file-limit" if ref.size > limits.trace_file else "trace.total-limit"


def _size(count: float) -> str:
    unit = 0
    while count >= _NEXT_UNIT and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.{1 if unit else 0}f} {_UNITS[unit]}"


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
