"""Secrets in the files of a run, which are kept as they are: where, and what will come of it."""

from runlore.ops.results import Run
from runlore.present.term.blocks import Block, Span, cut, pairs, spans
from runlore.records.phrases import counted

_LISTED = 20
"""Places shown; ``--json`` has all."""


def secrets(run: Run) -> list[Block]:
    """A row for each place, with the rule and the fingerprint; nothing if no file holds any and all were searched."""
    found = run.secrets or ()
    rows = [
        (f"{each['path'] or 'the patch'}:{each['line']}", spans(each["rule"], Span(f"  {each['fingerprint']}", "dim")))
        for each in found[:_LISTED]
    ]
    if len(found) > _LISTED:
        rows.append(("", spans(Span(f"and {len(found) - _LISTED:,} more", "dim"))))
    blocks: list[Block] = [pairs(rows)] if rows else []
    if found:
        blocks.append(cut(Span("these files are kept as they are: push will stop at this run", "dim"), indent=2))
    if run.unsearched:
        text = f"{counted(run.unsearched, 'file')} not searched yet: later runs go on, push searches the rest"
        blocks.append(cut(Span(text, "dim"), indent=2))
    return blocks
