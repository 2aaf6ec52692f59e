"""How a lineage looks."""

from tests.present.made import AT, an_id

from runlore.ops.descent.results import Edge, Lineage, Node, Outline, Remark
from runlore.present import dot
from runlore.present.term.blocks import Frame, Line
from runlore.present.term.lineage import view

RAW, DATA, MODEL, CODE = (an_id(each) for each in "cdef")
PREPARE, TRAIN = an_id("1"), an_id("2")
OUTLINE = Outline(None, "succeeded", ("prepare.py", "a b"), AT, AT, "a1b2c3d4", "main", True)
FOUND = Lineage(
    asked="m.pt",
    root=MODEL,
    up=True,
    down=True,
    nodes=(
        Node(MODEL, "file", ("m.pt",), 2048),
        Node(TRAIN, "run", run=OUTLINE._replace(name="best", argv=("train.py",), state="failed"), more_up=3),
        Node(CODE, "code"),
        Node(DATA, "file", ("clean.csv",), 10),
        Node(PREPARE, "run", run=OUTLINE),
        Node(RAW, "folder", ("raw",), 5),
    ),
    edges=(
        Edge(TRAIN, MODEL, "output", "out/m.pt"),
        Edge(CODE, TRAIN, "code"),
        Edge(DATA, TRAIN, "input", "clean.csv"),
        Edge(RAW, TRAIN, "input", "raw"),
        Edge(PREPARE, DATA, "output", "clean.csv"),
        Edge(RAW, PREPARE, "input", "raw"),
        Edge(PREPARE, RAW, "output", "raw", 7),
    ),
    remarks=(Remark("cut", "there is more"),),
)


def _lines(found: Lineage, *, ascii_only: bool = False) -> list[str]:
    lines = []
    for block in view(found, Frame(None, AT, ascii_only)).blocks:
        row = block.spans if isinstance(block, Line) else next(iter(block.rows))[0]
        lines.append("".join(span.text for span in row))
    return lines


def test_each_run_and_file_is_opened_once() -> None:
    assert _lines(FOUND) == [
        f"m.pt (file, 2.0 KiB) {MODEL[:8]}",
        "",
        "Made by",
        f"└─ run {TRAIN[:8]} best train.py failed 0 s ago, as out/m.pt",
        f"   ├─ code main@a1b2c3d (dirty) {CODE[:8]}",
        f"   ├─ input clean.csv 10 B {DATA[:8]} ← run {PREPARE[:8]} prepare.py 'a b' 0 s ago",
        f"   │  └─ input raw/ 5 B {RAW[:8]} ← run {PREPARE[:8]} prepare.py 'a b' 0 s ago, 7 files of it (see above)",
        f"   ├─ input raw/ 5 B {RAW[:8]} (see above)",
        "   └─ and 3 more; --limit 0 lists all",
        "",
        "Read by",
        "  no run on record",
    ]


def test_where_only_ascii_can_be_shown_the_tree_is_drawn_in_it() -> None:
    assert all(line.isascii() for line in _lines(FOUND, ascii_only=True))


def test_a_run_that_cannot_be_read_says_so() -> None:
    broken = FOUND._replace(nodes=tuple(node._replace(run=None) for node in FOUND.nodes))
    assert f"└─ run {TRAIN[:8]} cannot be read here, as out/m.pt" in _lines(broken)
    assert "cannot be read here" in dot.text(broken)


def test_what_nobody_knows_is_no_page() -> None:
    page = view(FOUND._replace(nodes=FOUND.nodes[:1], edges=()), Frame(None, AT))
    assert page.blocks == ()
    assert [line.spans[-1].text for line in page.remarks] == ["there is more"]


def test_a_graph_has_a_line_for_each_node_and_each_edge() -> None:
    lines = dot.text(FOUND).splitlines()
    assert sum(" -> " in line for line in lines) == len(FOUND.edges)
    assert sum("shape=" in line for line in lines) == len(FOUND.nodes)
    assert sum("style=bold" in line for line in lines) == 1
