"""Outputs side by side: by id, and where that differs by what their format means."""

from runlore.ops.difference.results import DIFFERENT, EQUAL, IDENTICAL, NOT_COMPARABLE, Output, Outputs
from runlore.ops.parts import Parts
from runlore.ops.reproduction.outputs import IDENTICAL as SAME
from runlore.ops.reproduction.outputs import MISSING, NEW, Compared, compare_outputs
from runlore.records.run import FileRef
from runlore.store.store import Store

_LARGEST = 64 << 20
"""Bytes of a file that is compared by value: diff is looked at while somebody waits. `reproduce` has no such end."""


def compare_made(store: Store, a: Parts, b: Parts) -> tuple[Outputs, str]:
    """Which outputs differ, and what that says of all of them.

    Raises:
        CorruptError: one is damaged.
    """
    left, right = ({ref.path: ref for ref in parts.outputs} for parts in (a, b))
    # A folder that is the same is one id: its files need no look.
    same = {path for path in left.keys() & right.keys() if left[path].oid == right[path].oid}
    left, right = ({path: ref for path, ref in side.items() if path not in same} for side in (left, right))
    large = {path for path in left.keys() & right.keys() if _is_large(left[path], right[path])}
    found = compare_outputs(
        store,
        (ref for path, ref in left.items() if path not in large),
        (ref for path, ref in right.items() if path not in large),
        tolerance=0.0,
        folders=(a.intent.top or "", b.intent.top or ""),
    )
    said = [
        *found,
        *(Compared(path, DIFFERENT, "other bytes; too large to be compared by value here") for path in large),
    ]
    made = Outputs(
        added=tuple(each.path for each in said if each.sameness == NEW),
        removed=tuple(each.path for each in said if each.sameness == MISSING),
        changed=tuple(
            Output(each.path, each.sameness, each.detail)
            for each in sorted(said, key=lambda each: each.path)
            if each.sameness not in {NEW, MISSING, SAME}
        ),
        identical=len(same) + sum(each.sameness == SAME for each in said),
    )
    return made, _status(said)


def _is_large(a: FileRef, b: FileRef) -> bool:
    return a.oid != b.oid and a.kind == b.kind != "d" and max(a.size, b.size) > _LARGEST


def _status(said: list[Compared]) -> str:
    kinds = {each.sameness for each in said if each.counts}
    if kinds <= {SAME}:
        return IDENTICAL
    if kinds <= {SAME, EQUAL}:
        return EQUAL
    return NOT_COMPARABLE if kinds <= {SAME, EQUAL, NOT_COMPARABLE} else DIFFERENT
