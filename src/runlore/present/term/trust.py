"""What a person sees before code that others wrote is executed."""

import shlex
from collections.abc import Iterator

from runlore.ops.trust import Stranger
from runlore.present.term.blocks import Line, Span, line

_MOST_LINES = 200


def lines(stranger: Stranger) -> Iterator[Line]:
    """Who made the run, what it would execute, what was changed in the code; and the question."""
    yield line(Span("run ", "label"), Span(stranger.run, "id"), " is not known to be made on this machine")
    yield line(Span("author   ", "label"), f"{stranger.author} on {stranger.host}")
    yield line(Span("command  ", "label"), shlex.join(stranger.command))
    yield line(Span("commit   ", "label"), stranger.commit or "none")
    text = stranger.patch.decode("utf-8", "surrogateescape").splitlines()
    for each in text[:_MOST_LINES]:
        yield line("  ", Span(each, {"+": "added", "-": "removed"}.get(each[:1], "")))
    if stranger.patch_cut or len(text) > _MOST_LINES:
        yield line(f"  and more: mlrun show {stranger.run[:8]} --patch")
    yield line(Span("repeating it executes this code. Run it? [y/N]", "warning"))
