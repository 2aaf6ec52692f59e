"""`fsck --repair`: check, set aside and mend, bring from remotes what is gone, check again."""

from collections.abc import Iterable, Mapping

from runlore.errors import FormatError
from runlore.ops.counted import Progress
from runlore.ops.fsck import examine, root_of
from runlore.ops.mending import mend, mend_format
from runlore.ops.results import Finding, FsckReport, Repaired
from runlore.ops.sharing.refetch import Lost, refetch
from runlore.store.durable import writing
from runlore.store.fsck import Fsck
from runlore.store.store import Store

_PASSES = 2
"""What hides behind something damaged is seen once that is mended."""
_BROKEN = frozenset(("record-malformed", "run-mismatch", "run-incomplete", "unreadable"))


def repair(folder: str, environ: Mapping[str, str], *, progress: Progress) -> FsckReport:
    """Repair the store of ``folder``, and check it. Nothing is deleted: what was damaged lies in ``aside/``.

    Raises:
        NoStoreError: there is none.
        LockedError: others write all the time.
        StoreWriteError: it cannot be written.
    """
    root = root_of(folder)
    done: list[Repaired] = []
    with writing(f'"{root}"'):
        problems, _ = examine(root, quick=False, progress=progress)
        if any(each.code == "format-unreadable" for each in problems):
            done += mend_format(root)
            problems, _ = examine(root, quick=False, progress=progress)
        for _ in range(_PASSES):
            now = _once(root, problems, environ, progress)
            done += now
            if not now:
                break
            problems, _ = examine(root, quick=False, progress=progress)
    problems, checked = examine(root, quick=False, progress=progress)
    return FsckReport(
        sound=not any(each.severity == "error" for each in problems),
        checked=checked,
        findings=problems,
        repaired=tuple(done),
    )


def _once(root: str, problems: Iterable[Finding], environ: Mapping[str, str], progress: Progress) -> list[Repaired]:
    """Mend what can be, and bring what is missing then; what was done."""
    try:
        with Store(root) as store:
            done = mend(store, problems)
        check = Fsck(root)
        left = [(each.code, each.path) for each in check.run()]
        left += [(each.code, each.path) for each in problems if each.code == "event-gone"]
        with Store(root) as store:
            return [*done, *refetch(store, _lost(check, left, done), environ, progress)]
    except FormatError:
        return []  # of which the findings tell


def _lost(check: Fsck, left: list[tuple[str, str]], done: list[Repaired]) -> Lost:
    """What is to be had from elsewhere."""
    records = set()
    for code, path in left:
        if path.startswith("runs/") and code in _BROKEN:
            records.update([path] if path.count("/") > 1 else [f"{path}/intent", f"{path}/seal"])
    events = {path for code, path in left if code == "event-gone"}
    events.update(each.path for each in done if each.path.startswith("events/") and each.action.startswith("set aside"))
    return Lost(check.missing, records, events)
