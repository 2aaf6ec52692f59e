"""`fsck`: is everything in the store what its name says, and is everything there?"""

from runlore.errors import NoStoreError
from runlore.ops.cached import check_caches
from runlore.ops.counted import Progress
from runlore.ops.project import find_project
from runlore.ops.record import Counter
from runlore.ops.results import Finding, FsckReport
from runlore.store.fsck import ERROR, Fsck
from runlore.store.layout import has_lost_format, is_store


def fsck(folder: str, *, quick: bool, progress: Progress) -> FsckReport:
    """Check the store of ``folder``; ``quick`` does not read the bytes of every object.

    Raises:
        NoStoreError: there is none.
    """
    root = root_of(folder)
    findings, checked = examine(root, quick=quick, progress=progress)
    sound = not any(each.severity == ERROR for each in findings)
    return FsckReport(sound=sound, checked=checked, findings=findings)


def root_of(folder: str) -> str:
    """Where the store of ``folder`` is, also one that has lost its `format`.

    Raises:
        NoStoreError: there is none.
    """
    root = find_project(folder).root
    if not (is_store(root) or has_lost_format(root)):
        raise NoStoreError(f'no runs are recorded in "{folder}" or above', hint="mlrun init makes an empty store")
    return root


def examine(root: str, *, quick: bool, progress: Progress) -> tuple[tuple[Finding, ...], dict[str, int]]:
    """What is wrong with the store at ``root``, and how much of it was looked at."""
    check = Fsck(root, quick=quick, on_file=Counter("checking", progress))
    problems = [*check.run(), *check_caches(root, progress, quick=quick)]
    return tuple(Finding(**each._asdict()) for each in problems), dict(check.checked)
