"""`checkout`: what is in the folder now, what is not and why, and what lies elsewhere."""

from collections.abc import Iterable, Iterator
from itertools import islice

from runlore.ops.rebuilt import CheckedOut, FromDvc, Outside
from runlore.present.term.blocks import Block, Frame, Line, Span, View, line
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size
from runlore.records.absent import DAMAGED, MISSING, Absent
from runlore.records.phrases import counted

_MOST = 20
"""Paths of a kind that a page names."""


def view(made: CheckedOut, _frame: Frame) -> View:
    """What was restored, and under it everything that was not, with a way out."""
    said = f"restored {counted(made.files, 'file')}, {size(made.bytes)} of run "
    head = line(said, short(made.run), " in ", made.folder)
    blocks: list[Block] = [head]
    if made.borrowed:
        blocks.append(line("not in the store, and unchanged in the project: ", counted(len(made.borrowed), "file")))
    blocks += [*from_dvc(made.dvc), *missing(made.missing), *_outside(made.outside, restored=made.outside_restored)]
    return View(tuple(blocks))


def from_dvc(found: FromDvc) -> Iterator[Block]:
    """What DVC had, and what of it could not be used."""
    if found.cache:
        yield line("not in the store, from DVC's cache: ", counted(len(found.cache), "file"))
    for name, paths in found.remotes.items():
        yield line(f"not in the store, from DVC's remote {name}: ", counted(len(paths), "file"))
    yield from _some((line(Span("not used: ", "warn"), each) for each in found.failures), len(found.failures), None)


def missing(found: tuple[Absent, ...]) -> Iterator[Block]:
    """Everything that was not restored, with a way out."""
    hints = {
        MISSING: "it was too large to be kept (mlrun config); put the original there if you have it",
        DAMAGED: "mlrun fsck shows what else is affected",
    }
    for why, hint in (*hints.items(), ("refused", None)):
        some = [each for each in found if each.why == why]
        said = "not in the store" if why == MISSING else why
        lines = (
            line(Span(f"{said}: ", "fail"), f"{each.path} ({each.detail or size(each.size)})", _id(each))
            for each in some
        )
        yield from _some(lines, len(some), hint)


def _id(absent: Absent) -> Span:
    return Span(f"  {absent.oid[:12]}" if absent.why == MISSING else "", "dim")


def _outside(found: tuple[Outside, ...], *, restored: bool) -> Iterator[Block]:
    same = sum(each.status == "unchanged" for each in found)
    if same:
        yield line(f"outside the project, unchanged on this machine: {counted(same, 'path')}")
    for status in ("changed", "gone"):
        some = [each for each in found if each.status == status]
        lines = (line(Span(f"outside, {status}: ", "warn"), each.path, _kept(each)) for each in some)
        hint = None
        if not restored and any(each.stored for each in some):
            hint = "--outside puts it as it was into .outside"
        yield from _some(lines, len(some), hint)


def _kept(outside: Outside) -> str:
    return "" if outside.stored else " (not in the store)"


def _some(lines: Iterable[Line], many: int, hint: str | None) -> Iterator[Block]:
    """The first of these lines, how many more there are, and what to do about them."""
    yield from islice(lines, _MOST)
    if many > _MOST:
        yield line(f"  and {many - _MOST:,} more; --json has all")
    if many and hint:
        yield line("  ", Span("hint: ", "hint"), hint)
