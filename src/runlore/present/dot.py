"""A lineage as a graph in the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

import shlex
from collections.abc import Iterator

from runlore.ops.descent.results import CODE_TREE, FOLDER, RUN, Edge, Lineage, Node
from runlore.present.term.phrases import SHORT
from runlore.present.term.safe import visible

_LONGEST = 60
"""Characters of a label's line."""
_SHAPES = {RUN: "box", FOLDER: "folder", CODE_TREE: "component"}
_FILE = "note"


def text(found: Lineage) -> str:
    """The graph, from left to right; what was asked for is drawn bold."""
    return "\n".join(["digraph lineage {", "  rankdir=LR;", *_lines(found), "}"])


def _lines(found: Lineage) -> Iterator[str]:
    for node in found.nodes:
        bold = ", style=bold" if node.id == found.root else ""
        yield f"  {_name(node.id)} [shape={_SHAPES.get(node.kind, _FILE)}, label={_label(node)}{bold}];"
    for edge in found.edges:
        yield f"  {_name(edge.start)} -> {_name(edge.end)} [label={_quoted(_said(edge))}];"


def _name(identifier: str) -> str:
    return f'"{identifier}"'


def _label(node: Node) -> str:
    if node.kind == RUN:
        title = f"run {node.id[:SHORT]}"
        return _quoted(title, *([shlex.join(node.run.argv), node.run.state] if node.run else ["cannot be read here"]))
    if node.kind == CODE_TREE:
        return _quoted("code", node.id[:SHORT])
    return _quoted(*node.paths[:1], node.id[:SHORT])


def _said(edge: Edge) -> str:
    return edge.role if edge.files is None else f"{edge.role} ({edge.files} files)"


def _quoted(*lines: str) -> str:
    r"""Lines of text as a label. In one ``\`` begins an escape and ``&`` an entity, so both are escaped themselves."""
    return '"' + r"\n".join(_escaped(line) for line in lines) + '"'


def _escaped(line: str) -> str:
    shown = visible(line)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
    return shown.replace("\\", "\\\\").replace("&", "&amp;").replace('"', '\\"')
