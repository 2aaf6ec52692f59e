"""What `lineage` returns: runs and files, and which came from which."""

from typing import NamedTuple

UP, DOWN, BOTH = "up", "down", "both"
RUN, FILE, FOLDER, CODE_TREE = "run", "file", "folder", "code"


class Outline(NamedTuple):
    """What tells a run apart; times are nanoseconds since 1970 UTC."""

    name: str | None
    state: str
    argv: tuple[str, ...]
    started_at: int
    finished_at: int | None
    commit: str | None
    branch: str | None
    dirty: bool | None


class Node(NamedTuple):
    """A run, a file, a folder, or the code of runs, by its id.

    ``paths`` are those that a file has in its runs; ``size`` is bytes. ``run`` is ``None`` for what is none, and for a
    run whose records are damaged. ``more_up`` and ``more_down`` count what it came from and what came of it beyond
    what is listed.
    """

    id: str
    kind: str
    paths: tuple[str, ...] = ()
    size: int | None = None
    run: Outline | None = None
    more_up: int = 0
    more_down: int = 0


class Edge(NamedTuple):
    """That ``end`` came from ``start``.

    ``role`` is what a file is to its run (``output``, ``input``, ``config``, ``code``), or a run to its parent
    (``reproduces`` ...). ``path`` is where that run had it; ``files`` is how many of a folder's files it is about,
    ``None`` for all. ``way`` is where it was found from the root: ``up``, ``down`` or ``both``.
    """

    start: str
    end: str
    role: str
    path: str | None = None
    files: int | None = None
    way: str = "up"


class Remark(NamedTuple):
    """What deserves to be said of an answer: a stable code and a sentence."""

    code: str
    message: str


class Lineage(NamedTuple):
    """Where the node ``root`` came from and what came of it; ``asked`` is the word for it.

    ``up`` and ``down`` say which of the two was looked for.
    """

    asked: str
    root: str
    up: bool
    down: bool
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if no run on record has anything to do with it."""
        known = len(self.nodes) > 1 or self.nodes[0].kind == RUN or self.nodes[0].more_up or self.nodes[0].more_down
        return 0 if known else 1
