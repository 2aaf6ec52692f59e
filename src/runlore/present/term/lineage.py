"""`lineage`: two trees, what it came from and what came of it; who was shown before is not shown again."""

import shlex
from collections import defaultdict
from collections.abc import Iterator

from runlore.ops.descent.results import BOTH, CODE_TREE, DOWN, FILE, FOLDER, RUN, UP, Edge, Lineage, Node
from runlore.present.term.blocks import Block, Frame, Line, Span, Spans, View, cut, line, spans
from runlore.present.term.phrases import dirt, place, short
from runlore.present.term.quantities import age, size
from runlore.records.phrases import counted
from runlore.store.noting import CODE

_LINES = {False: ("├─ ", "└─ ", "│  ", "←", "→"), True: ("|- ", "`- ", "|  ", "<-", "->")}
_MOST_ROWS = 2_000
"""Of one tree; ``--json`` has all."""


def view(found: Lineage, frame: Frame) -> View:
    """The page: what was asked for, then each tree under its heading."""
    nodes = {node.id: node for node in found.nodes}
    root = nodes[found.root]
    remarks = tuple(line(Span("note: ", "hint"), each.message) for each in found.remarks)
    if found.exit_code:
        return View((), remarks)
    is_run = root.kind == RUN
    blocks: list[Block] = [line(*_title(root, frame))]
    for wanted, up, title, nothing in (
        (found.up, True, "Made from" if is_run else "Made by", "nothing on record" if is_run else "no run on record"),
        (found.down, False, "Led to" if is_run else "Read by", "nothing on record" if is_run else "no run on record"),
    ):
        if wanted:
            rows = list(_Tree(found, frame, up=up).rows(found.root))
            blocks += [Line(), line(Span(title, "heading")), *(rows or [line("  ", Span(nothing, "dim"))])]
    return View(tuple(blocks), remarks)


def _title(node: Node, frame: Frame) -> Spans:
    if node.kind == RUN:
        return _run(node, frame)
    what = {FOLDER: "folder", CODE_TREE: "code"}.get(node.kind, "file")
    about = f" ({what}, {size(node.size)}) " if node.size is not None else f" ({what}) "
    return spans(*(node.paths[:1] or ("an object",)), Span(about, "dim"), short(node.id))


def _run(node: Node, frame: Frame) -> Spans:
    run = node.run
    if run is None:
        return spans("run ", short(node.id), Span(" cannot be read here", "fail"))
    name = (" ", Span(run.name, "name")) if run.name else ()
    state = () if run.state == "succeeded" else (" ", Span(run.state, run.state))
    when = Span(f" {age(run.started_at, frame.now)} ago", "dim")
    return spans("run ", short(node.id), *name, f" {shlex.join(run.argv)}", *state, when)


class _Tree:
    """One direction. A file that leads to a single run stands in one row with it."""

    def __init__(self, found: Lineage, frame: Frame, *, up: bool) -> None:
        self._nodes = {node.id: node for node in found.nodes}
        self._frame = frame
        self._up = up
        self._fork, self._last, self._bar, left, right = _LINES[frame.ascii_only]
        self._arrow = left if up else right
        self._next: dict[str, list[Edge]] = defaultdict(list)
        for edge in found.edges:
            if edge.way in {BOTH, UP if up else DOWN}:
                self._next[edge.end if up else edge.start].append(edge)
        self._shown: set[str] = set()

    def rows(self, root: str) -> Iterator[Block]:
        """The rows below ``root``."""
        waiting = self._below(root, "")
        left = _MOST_ROWS
        while waiting and left:
            left -= 1
            item, before, corner = waiting.pop()
            head = Span(before + corner, "dim")
            if isinstance(item, int):
                yield cut(head, Span(f"and {item:,} more; --limit 0 lists all", "dim"), indent=2)
                continue
            said, last = self._row(item)
            if last in self._shown:
                known = self._next[last]
                yield cut(head, *said, *([Span(" (see above)", "dim")] if known else []), indent=2)
                continue
            yield cut(head, *said, indent=2)
            waiting += self._below(last, before + (" " * len(self._bar) if corner == self._last else self._bar))
        if waiting:
            yield line("  ", Span("and more; --json has all", "dim"))

    def _row(self, edge: Edge) -> tuple[Spans, str]:
        """What is said of the far end of an edge, and the node whose own rows come below it."""
        at = edge.start if self._up else edge.end
        said = self._end(edge, at)
        onward = self._next[at]
        node = self._nodes[at]
        if node.kind in {FILE, FOLDER} and len(onward) == 1 and at not in self._shown and not self._more(node):
            self._shown.add(at)
            only = onward[0]
            at = only.start if self._up else only.end
            said = (*said, Span(f" {self._arrow} ", "dim"), *self._end(only, at, edge.path))
        return said, at

    def _end(self, edge: Edge, at: str, known_as: str | None = None) -> Spans:
        """The node ``at`` as the end of this edge; its path is left out where it is ``known_as`` that."""
        node = self._nodes[at]
        if node.kind == RUN:
            kind = (
                () if self._nodes[edge.start if at == edge.end else edge.end].kind != RUN else (f"{self._kin(edge)} ",)
            )
            where = (
                edge.path
                if edge.files is None and edge.path and edge.path != (known_as or self._path_of(edge, at))
                else None
            )
            files = () if edge.files is None else (Span(f", {counted(edge.files, 'file')} of it", "dim"),)
            had = (
                f", in its code{f' as {where}' if where else ''}"
                if edge.role == CODE
                else f", as {where}"
                if where
                else ""
            )
            return spans(*kind, *_run(node, self._frame), *((Span(had, "dim"),) if had else ()), *files)
        if node.kind == CODE_TREE:
            return spans(Span("code ", "label"), *self._standing(edge.end), short(node.id))
        slash = "/" if node.kind == FOLDER else ""
        about = "" if node.size is None else f" {size(node.size)}"
        path = edge.path or (node.paths[0] if node.paths else "")
        return spans(Span(f"{edge.role} ", "label"), path + slash, Span(f"{about} ", "dim"), short(node.id))

    def _kin(self, edge: Edge) -> str:
        return edge.role if self._up else f"{edge.role} it:"

    def _path_of(self, edge: Edge, run: str) -> str | None:
        """The path under which the file at the other end of the edge was shown."""
        other = self._nodes[edge.end if run == edge.start else edge.start]
        return other.paths[0] if other.paths else None

    def _standing(self, run: str) -> Iterator[str]:
        about = self._nodes[run].run if run in self._nodes else None
        if about is not None and (about.commit or about.branch):
            yield f"{place(about.commit, about.branch)}{dirt(bool(about.dirty), 0, 0)} "

    def _below(self, at: str, before: str) -> list[tuple[Edge | int, str, str]]:
        """What stands below a node, the last first."""
        if at in self._shown:
            return []
        self._shown.add(at)
        items: list[Edge | int] = list(self._next[at])
        if more := self._more(self._nodes[at]):
            items.append(more)
        return [(item, before, self._fork if number else self._last) for number, item in enumerate(reversed(items))]

    def _more(self, node: Node) -> int:
        return node.more_up if self._up else node.more_down
