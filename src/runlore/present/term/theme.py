"""What things look like: one name for each meaning, so that nobody downstream speaks of colours."""

from typing import Final

THEME: Final = {
    "": "",
    "heading": "bold",
    "label": "dim",
    "dim": "dim",
    "id": "yellow",
    "name": "bold",
    "tag": "cyan",
    "metric": "bold",
    "best": "bold green",
    "added": "green",
    "removed": "red",
    "added-word": "bold green",
    "removed-word": "bold red",
    "added-comment": "dim green",
    "removed-comment": "dim red",
    "code-keyword": "magenta",
    "code-string": "yellow",
    "code-number": "cyan",
    "code-name": "bold",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
    "warning": "yellow",
    "error": "bold red",
    "hint": "cyan",
    "succeeded": "green",
    "reused": "green",
    "running": "cyan",
    "failed": "red",
    "killed": "red",
    "crashed": "red",
    "curve0": "cyan",
    "curve1": "yellow",
    "curve2": "magenta",
    "curve3": "green",
    "curve4": "red",
    "curve5": "blue",
}
"""Meaning -> words that rich understands too: ``bold``, ``dim`` and the eight colours."""

_SGR: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def painted(text: str, meaning: str) -> str:
    """``text`` between the escape sequences of this meaning (ECMA-48 SGR)."""
    words = THEME[meaning].split()
    return f"\x1b[{';'.join(_SGR[word] for word in words)}m{text}\x1b[0m" if words and text else text
