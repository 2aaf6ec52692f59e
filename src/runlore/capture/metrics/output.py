"""Metrics in what a run printed, by patterns that its owner asked for: nothing is read without one."""

import os
import re
from collections.abc import Sequence
from functools import partial

from runlore.capture.metrics.numbers import number_in
from runlore.capture.metrics.points import Points
from runlore.capture.metrics.tables import is_metric, step_of
from runlore.store.reading import open_plain

_LONGEST = 4096
"""Bytes of a line that are searched: what a pattern costs may grow with their square."""
_MOST_BYTES = 64 << 20
_MOST_PATTERNS = 20
_NUMBER = r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,4})?|[+-]?(?:nan|inf)"
_PAIR = rf"(?<![\w./-])(?P<name>[A-Za-z_][\w./-]{{0,63}}){{}}(?P<value>(?i:{_NUMBER}))(?!\w|\.\d)"
BUILT_IN = {"key=value": _PAIR.replace("{}", " ?= ?"), "key: value": _PAIR.replace("{}", ": ?")}
"""Patterns that have a name: ``loss=0.31`` and ``loss: 0.31``."""
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


def compile_patterns(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    """The patterns, by name or as regular expressions with groups ``name`` and ``value``, ``step`` if they like.

    They must be the user's own, never a stranger's: a pattern can be made to take for ever.

    Raises:
        ValueError: one is no such expression, in words for a person.
    """
    found = []
    for pattern in patterns[:_MOST_PATTERNS]:
        try:
            compiled = re.compile(BUILT_IN.get(pattern, pattern))
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f'"{pattern}" is no regular expression: {error}') from error
        if not {"name", "value"} <= compiled.groupindex.keys():
            raise ValueError(f'"{pattern}" has no groups (?P<name>...) and (?P<value>...)')
        found.append(compiled)
    return found


def from_log(log_path: str, patterns: Sequence[re.Pattern[str]], points: Points) -> None:
    """Add what the patterns find in the lines of a log; raises ``OSError``.

    The step is the pattern's group ``step``, else a ``step=`` or ``epoch=`` found in the same line. The log has
    no times: all points have that of its last change.
    """
    with open(open_plain(log_path), "rb") as file:
        at = os.fstat(file.fileno()).st_mtime_ns
        within = False  # a line of which the beginning has been searched
        for piece in iter(partial(file.readline, _LONGEST), b""):
            if not within:
                _search(_COLOURS.sub(b"", piece).decode("utf-8", "replace"), patterns, points, at)
            within = not piece.endswith(b"\n")
            if file.tell() > _MOST_BYTES:
                return


def _search(line: str, patterns: Sequence[re.Pattern[str]], points: Points, at: int) -> None:
    for pattern in patterns:
        own_step = "step" in pattern.groupindex
        matches = list(pattern.finditer(line))
        row = {match["name"]: number_in(match["value"] or "") for match in matches if match["name"]}
        if own_step:
            row["step"] = next((number_in(match["step"]) for match in matches if match["step"]), None)
        for name, value in row.items():
            if value is not None and is_metric(name):
                points.add(name, step_of(row), at, value)
