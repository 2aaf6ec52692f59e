"""`remote`: where runs are shared."""

from collections.abc import Iterator

from runlore.ops.sharing.results import RemoteInfo, Remotes
from runlore.present.term.blocks import Column, Frame, Line, Span, Table, View, line, spans
from runlore.present.term.quantities import duration
from runlore.store.remote.trial import HONOURED, Trial

_APART = 60.0
"""Seconds by which clocks may differ without a word."""


def view(found: Remotes | RemoteInfo, _frame: Frame, *, removed: bool = False) -> View:
    """All remotes as a table, or in one line what happened to one."""
    if isinstance(found, RemoteInfo):
        verb = "forgot " if removed else ""
        if removed:
            hint = line("what was pushed there stays there")
        elif found.trial is not None and not found.trial.writable:
            hint = line(Span("mlrun pull", "hint"), " brings what is there")
        else:
            hint = line(Span("mlrun push", "hint"), " fills it")
        head = line(verb, Span(found.name, "tag"), " -> ", found.url)
        return View((head, *(_tried(found.trial) if found.trial else ())), (hint,))
    if not found.remotes:
        return View((), (line("no remotes yet; ", Span("mlrun remote add origin URL", "hint"), " adds one"),))
    columns = (Column("remote"), Column("url", shrink=True), Column(""))
    rows = tuple(
        (spans(Span(each.name, "tag")), spans(each.url), spans(Span("default" if each.default else "", "dim")))
        for each in found.remotes
    )
    return View((Table(columns, rows),))


def _tried(trial: Trial) -> Iterator[Line]:
    """What was found out, in as many lines as there is something to say."""
    pace = (
        f"{trial.latency * 1000:.1f} ms for a small request" if trial.latency < 1 else f"{trial.latency:.1f} s for one"
    )
    if not trial.writable:
        yield line("  can be read, not written: ", trial.refusal or "")
        yield line(f"  {pace}")
        return
    yield line(f"  can be read and written; {pace}")
    if not trial.whole:
        yield line(Span("  warning: ", "warning"), "what was written came back as something else")
    if not trial.listed:
        yield line(Span("  warning: ", "warning"), "what was written is not listed at once: others see a push later")
    if trial.create != HONOURED:
        yield line(f"  writing only where nothing is: {trial.create}; mlrun does without")
    told = "by the sums that it tells" if trial.proves else "by size, and a sample by reading it back"
    yield line(f"  what arrives is checked {told}")
    if trial.clock is not None and abs(trial.clock) > _APART:
        yield line(f"  its clock is {duration(abs(trial.clock))} {'ahead' if trial.clock > 0 else 'behind'}")
