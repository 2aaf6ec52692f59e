"""From one run or file to all that it came from, or all that came of it, each once."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.descent.links import Link, Links
from runlore.ops.descent.results import BOTH, CODE_TREE, DOWN, FILE, FOLDER, RUN, UP, Edge, Node, Outline
from runlore.ops.describe import live_state
from runlore.ops.parts import Parts, read_parts
from runlore.ops.touched import is_code
from runlore.records.hashing import RunId
from runlore.records.run import FileRef
from runlore.store.noting import CODE, CONFIG, HAD, INPUT, MADE, OUTPUT, READ
from runlore.store.store import Store
from runlore.store.uses import Use, Uses

MOST_NODES = 1_000
"""Runs and files after which no more are looked for."""

_FILES_ALIKE = 3
"""Files that lead to the same runs, or lie outside the project, after which the next ones are only counted."""


class Bounds(NamedTuple):
    """How far: runs from the one that was asked for (``None``: any), and files of a run or runs of a file (0: all)."""

    depth: int | None
    limit: int

    def cut(self, count: int) -> int:
        """How many of ``count`` are listed."""
        return min(count, self.limit) if self.limit else count


class Walk:
    """The nodes and edges found so far.

    ``cut`` is whether there were too many to look at them all, ``stopped`` whether more lie beyond the depth.
    """

    def __init__(self, store: Store, uses: Uses, removed: Collection[str], bounds: Bounds) -> None:
        """``removed`` runs are not there."""
        self._store = store
        self._uses = uses
        self._links = Links(uses, store.objects)
        self._removed = removed
        self._bounds = bounds
        self._parts: dict[str, Parts | None] = {}
        self._waiting: deque[tuple[str, int]] = deque()
        self._way = UP
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}
        self.cut = False
        self.stopped = False

    def up(self, start: str, makers: Sequence[Link] | None = None) -> None:
        """Follow the run ``start``, or the file of which these are the ``makers``, to where it came from."""
        self._walk(start, makers, up=True)

    def down(self, start: str, readers: Sequence[Link] | None = None) -> None:
        """Follow the run ``start``, or the file of which these are the ``readers``, to what came of it."""
        self._walk(start, readers, up=False)

    def _walk(self, start: str, links: Sequence[Link] | None, *, up: bool) -> None:
        self._way = UP if up else DOWN
        seen: set[str] = set()
        if links is None:
            self._run(start, 0)
        else:
            self._link(start, links, 1, up=up)
        while self._waiting:
            run, level = self._waiting.popleft()
            if run in seen:
                continue
            seen.add(run)
            if len(self.nodes) > MOST_NODES:
                self.cut = True
                self._waiting.clear()
            elif (parts := self._parts[run]) is not None:
                (self._up if up else self._down)(parts, level)

    def _up(self, parts: Parts, level: int) -> None:
        """What a run was made of, and which runs had made that."""
        run, deeper = parts.run, self._is_deeper(level)
        ended = parts.seal.ended_at if parts.seal else None
        self._add_code(parts)
        parents = [(parts.intent.parent["run"], parts.intent.parent["kind"])] if parts.intent.parent else []
        parents = [each for each in parents if each[0] not in self._removed]
        makers = self._links.of(
            parts.inputs, MADE, lambda use: self._counts(use, run) and (ended is None or use.started_at <= ended)
        )
        self.stopped |= not deeper and bool(makers or parents)
        config = {each["path"] for each in parts.recipe.config}
        for parent, kind in parents if deeper else ():
            self._run(parent, level + 1)
            self._edge(Edge(parent, run, kind))
        listed = self._listed(parts.inputs, makers if deeper else {})
        for ref in listed:
            self._file(ref)
            self._edge(Edge(ref.oid, run, CONFIG if ref.path in config else INPUT, ref.path))
            self._link(ref.oid, makers.get(ref.oid, ()) if deeper else (), level + 1, up=True)
        self._more(run, len(parts.inputs) - len(listed), up=True)

    def _down(self, parts: Parts, level: int) -> None:
        """What a run made, and which runs have read that."""
        run, deeper = parts.run, self._is_deeper(level)
        readers = self._readers(parts.outputs, run, parts.intent.started_at)
        children = [child for child in self._uses.children(run) if child[0] not in self._removed]
        self.stopped |= not deeper and bool(readers or children)
        listed = self._listed(parts.outputs, readers if deeper else {})
        for ref in listed:
            self._file(ref)
            self._edge(Edge(run, ref.oid, OUTPUT, ref.path))
            self._link(ref.oid, readers.get(ref.oid, ()) if deeper else (), level + 1, up=False)
        kin = children[: self._bounds.cut(len(children))] if deeper else []
        for child, kind in kin:
            self._run(child, level + 1)
            self._edge(Edge(run, child, kind))
        beyond = len(children) - len(kin) if deeper else 0
        self._more(run, len(parts.outputs) - len(listed) + beyond, up=False)

    def _counts(self, use: Use, run: str) -> bool:
        return use.run != run and use.run not in self._removed

    def _is_deeper(self, level: int) -> bool:
        return self._bounds.depth is None or level < self._bounds.depth

    def _readers(self, refs: Iterable[FileRef], run: str, began: int) -> Mapping[str, Sequence[Link]]:
        """The runs that read these files of ``run``, or had them as programs in their code."""

        def later(use: Use) -> bool:
            return self._counts(use, run) and (use.ended_at is None or use.ended_at >= began)

        found = self._links.of(refs, READ, later)
        programs = [ref for ref in refs if ref.kind != "d" and is_code(ref.path)]
        for oid, links in (self._links.of(programs, HAD, later) if programs else {}).items():
            known = {link.use.run for link in found.get(oid, ())}
            found[oid] = [*found.get(oid, ()), *(link for link in links if link.use.run not in known)]
        return found

    def _listed(self, refs: Sequence[FileRef], links: Mapping[str, Sequence[Link]]) -> Sequence[FileRef]:
        """The files of a run that are listed: first one that leads to each run, then others of the project."""
        ordered = sorted(refs, key=lambda ref: (ref.oid not in links, ref.role == CODE, ref.path[:1] == "/", ref.path))
        if not self._bounds.limit:
            return ordered
        told: Counter[str] = Counter()
        firsts, others = [], []
        for ref in ordered:
            runs = [link.use.run for link in links.get(ref.oid, ())][: self._bounds.limit]
            if any(not told[each] for each in runs):
                firsts.append(ref)
            elif ref.role != CODE and all(told[each] < _FILES_ALIKE for each in runs or (_alike(ref),)):
                others.append(ref)
            told.update(runs or (_alike(ref),))
        # No limit hides a run: only files that lead nowhere new are left out.
        return [*firsts, *others[: max(0, self._bounds.limit - len(firsts))]]

    def _link(self, oid: str, links: Sequence[Link], level: int, *, up: bool) -> None:
        alive = [link for link in links if link.use.run not in self._removed]
        listed = self._bounds.cut(len(alive))
        for use, files in alive[:listed]:
            self._run(use.run, level)
            ends = (use.run, oid) if up else (oid, use.run)
            self._edge(Edge(*ends, use.role, use.path, files))
        self._more(oid, len(alive) - listed, up=up)

    def _run(self, run: str, level: int) -> None:
        if run not in self._parts:
            try:
                self._parts[run] = read_parts(self._store, RunId(run))
            except (CorruptError, OSError):
                self._parts[run] = None
        parts = self._parts[run]
        self.nodes.setdefault(run, Node(run, RUN, run=None if parts is None else self._outline(parts)))
        self._waiting.append((run, level))

    def _outline(self, parts: Parts) -> Outline:
        intent, seal = parts.intent, parts.seal
        git = intent.git or {}
        return Outline(
            name=intent.name,
            state=seal.state if seal else live_state(self._store, parts.run, intent.boot),
            argv=parts.recipe.argv,
            started_at=intent.started_at,
            finished_at=max(seal.ended_at, intent.started_at) if seal else None,
            commit=git.get("commit"),
            branch=git.get("branch"),
            dirty=git.get("dirty"),
        )

    def _add_code(self, parts: Parts) -> None:
        if (code := parts.recipe.code) is not None:
            self.nodes.setdefault(code, Node(code, CODE_TREE, size=parts.intent.code_bytes))
            self._edge(Edge(code, parts.run, CODE))

    def _file(self, ref: FileRef) -> None:
        self.add(ref.oid, FOLDER if ref.kind == "d" else FILE, ref.path, ref.size or None)

    def add(self, oid: str, kind: str, path: str, size: int | None) -> None:
        """Let there be this file; another path of one that is there already is noted."""
        node = self.nodes.setdefault(oid, Node(oid, kind, (), size))
        if path and path not in node.paths:
            self.nodes[oid] = node._replace(paths=(*node.paths, path), size=node.size or size)

    def _edge(self, edge: Edge) -> None:
        key = (edge.start, edge.end, edge.role)
        known = self.edges.setdefault(key, edge._replace(way=self._way))
        if known.way != self._way:
            self.edges[key] = known._replace(way=BOTH)

    def _more(self, node: str, count: int, *, up: bool) -> None:
        if count > 0 and node in self.nodes:
            which = "more_up" if up else "more_down"
            found = self.nodes[node]
            self.nodes[node] = found._replace(**{which: max(count, getattr(found, which))})


def _alike(ref: FileRef) -> str:
    """What a file that leads nowhere is counted under: those outside the project together, each other one alone."""
    return "/" if ref.path.startswith("/") else f"./{ref.path}"
