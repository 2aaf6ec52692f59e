"""What is asked of each tool, by the name of the row: tables, from tools, an empty folder and an effort."""

from collections.abc import Callable, Iterator, Mapping

from peers.peer import Peer
from peers.rows import behaviour, hashing, kept, listing, overhead, points, push, questions, start
from peers.table import Table
from peers.turns import Effort

Measure = Callable[[list[Peer], str, Effort], Iterator[Table]]

ROWS: Mapping[str, Measure] = {
    "kept": kept.measure,
    "behaviour": behaviour.measure,
    "start": start.measure,
    "overhead": overhead.measure,
    "hashing": hashing.measure,
    "listing": listing.measure,
    "questions": questions.measure,
    "points": points.measure,
    "push": push.measure,
}
