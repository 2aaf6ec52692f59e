"""The usual `exec` line, read without the parser that reads everything else.

typer costs as much as three bare Python starts, and `exec` is typed all day. Nothing is defined here: what
these few lines are not sure of (another option, a missing value, a request for help) is ``None``, and typer
reads it, as it writes all help and every error. A test holds the two readings against each other.
"""

from collections.abc import Sequence
from typing import Any

from runlore.cli.line import ExecLine

_VALUES = {
    **dict.fromkeys(("-n", "--name"), "name"),
    **dict.fromkeys(("-e", "--experiment"), "experiment"),
    **dict.fromkeys(("-m", "--message"), "message"),
    "--record": "record",
}
_LISTS = {
    **dict.fromkeys(("-t", "--tag"), "tag"),
    **dict.fromkeys(("-d", "--data"), "data"),
    **dict.fromkeys(("-c", "--config"), "config"),
    **dict.fromkeys(("-o", "--out"), "output"),
    "--samples": "samples",
}
_FLAGS = {"-q": "quiet", "--quiet": "quiet", "--deterministic": "deterministic"}


def exec_line(args: Sequence[str]) -> ExecLine | None:
    """The `exec` line that ``args`` (without the program's name) are, if they are one beyond doubt."""
    if args[:1] != ["exec"]:
        return None
    read: dict[str, Any] = {}
    at = 1
    while at < len(args):
        word = args[at]
        at += 1
        if word == "--" or not word.startswith("-") or word == "-":
            words = tuple(args[at:] if word == "--" else args[at - 1 :])
            return ExecLine(**read, words=words) if words else None
        if word in _FLAGS:
            read[_FLAGS[word]] = True
            continue
        option, joined, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not joined:
            if at == len(args):
                return None
            value = args[at]
            at += 1
        if option in _VALUES:
            read[_VALUES[option]] = value
        elif option in _LISTS:
            read[_LISTS[option]] = (*read.get(_LISTS[option], ()), value)
        else:
            return None
    return None
