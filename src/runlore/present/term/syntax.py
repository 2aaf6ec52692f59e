"""Code coloured by its language, in few colours that any terminal has. The only door to Pygments.

Pygments finds the tokens; what they look like is for `theme` to say. It comes with rich, and is loaded only where
code is shown in colour.
"""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_MOST, _LONGEST = 16 << 10, 300
"""Characters that are looked at in one file, and of a line: the lexers take their time with what no person wrote."""
_LANGUAGES = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), "python"),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".slurm", ".sbatch"), "bash"),
    **dict.fromkeys((".yaml", ".yml"), "yaml"),
    **dict.fromkeys((".json", ".ipynb"), "json"),
    **dict.fromkeys((".c", ".h"), "c"),
    **dict.fromkeys((".cc", ".cpp", ".hpp"), "cpp"),
    **dict.fromkeys((".cu", ".cuh"), "cuda"),
    ".toml": "toml",
    ".ini": "ini",
    ".cfg": "ini",
    ".jl": "julia",
    ".r": "r",
    ".sql": "sql",
    ".rs": "rust",
}
_KINDS = (
    *(("Keyword.Constant", "number"), ("Keyword", "keyword"), ("Operator.Word", "keyword"), ("Name.Tag", "keyword")),
    *(("Comment", "comment"), ("Literal.String.Doc", "comment"), ("Literal.String", "string")),
    *(("Literal.Number", "number"), ("Name.Function", "name"), ("Name.Class", "name"), ("Name.Decorator", "name")),
)
"""Tokens by how their names begin, the first that fits. What is none of these looks like plain text."""


class Piece(NamedTuple):
    """Part of a line: a ``keyword``, ``string``, ``number``, ``comment``, defined ``name``, or none of these."""

    kind: str
    text: str


def coloured(path: str, lines: Sequence[str]) -> list[list[Piece]] | None:
    """The lines in pieces; ``None`` for a language that is not known here, or for more than is looked at."""
    language = _LANGUAGES.get(os.path.splitext(path)[1].lower())
    if language is None or sum(map(len, lines)) > _MOST or max(map(len, lines), default=0) > _LONGEST:
        return None
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - only for code in colour

    found: list[list[Piece]] = [[]]
    # Not `get_tokens`, which strips lines and expands tabs: each character must stay where it is.
    for _, token, text in get_lexer_by_name(language).get_tokens_unprocessed("\n".join(lines)):
        first, *others = text.split("\n")
        kind = _kind(str(token))
        found[-1] += _piece(kind, first)
        found += ([*_piece(kind, each)] for each in others)
    return found if ["".join(piece.text for piece in line) for line in found] == list(lines) else None


def _piece(kind: str, text: str) -> Iterator[Piece]:
    if text:
        yield Piece(kind, text)


def _kind(token: str) -> str:
    """The kind of a token, whose name is like ``Token.Literal.String.Double``."""
    name = token.removeprefix("Token.")
    return next((kind for start, kind in _KINDS if name.startswith(start)), "")
