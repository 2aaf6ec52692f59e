"""`fsck`: is everything in the store what its name says, and is everything there?"""

from collections.abc import Callable

from runlore.capture.git import find_work_tree
from runlore.errors import NoStoreError
from runlore.ops.record import Counter
from runlore.ops.results import Finding, FsckReport
from runlore.store import store as stores
from runlore.store.fsck import ERROR, Fsck


def fsck(folder: str, *, quick: bool, progress: Callable[[str, int, int], None]) -> FsckReport:
    """Check the store of ``folder``; ``quick`` does not read the bytes of every object.

    Raises:
        NoStoreError: there is none.
    """
    root = stores.find(folder, top=find_work_tree(folder))
    if root is None:
        raise NoStoreError(f'no runs are recorded in "{folder}" or above', hint="mlrun init makes an empty store")
    check = Fsck(root, quick=quick, on_file=Counter("checking", progress))
    problems = list(check.run())
    return FsckReport(
        sound=not any(problem.severity == ERROR for problem in problems),
        checked=dict(check.checked),
        findings=tuple(Finding(**problem._asdict()) for problem in problems),
    )
