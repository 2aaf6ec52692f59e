"""`mlrun lineage`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.place import Place
from tests.ops.rebuilding import record

from runlore.store.store import Store

DATA, MODEL = b"data that is long enough to tell a file by\n", b"a model that is long enough to tell it by\n"
STRANGE = 'out/"\\N & \x1b[31m\n\u202e.pt'


@pytest.fixture
def made(place: Place) -> Place:
    with Store.create(os.path.join(place.folder, ".mlrun")) as store:
        record(store, {b"prepare.py": b"1"}, outputs={"data.csv": DATA}, at=1)
        record(store, {b"train.py": b"2"}, inputs={"data.csv": DATA}, outputs={STRANGE: MODEL}, at=3)
    Path(place.folder, "m.pt").write_bytes(MODEL)
    return place


def test_the_trees_are_shown_below_what_was_asked_for(made: Place) -> None:
    done = made.mlrun("lineage", "m.pt")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("m.pt (file, 42 B) ")
    assert lines[2] == "Made by"
    assert lines[3].startswith("  └─ run ")
    assert any(line.startswith("     └─ input data.csv 43 B ") and " ← run " in line for line in lines)
    assert lines[lines.index("Read by") + 1] == "  no run on record"


def test_one_direction_is_shown_alone(made: Place) -> None:
    assert "Read by" not in made.mlrun("lineage", "m.pt", "--up").out
    assert "Made by" not in made.mlrun("lineage", "m.pt", "--down").out
    both = made.mlrun("lineage", "@", "--up", "--down").out
    assert ("Made from" in both, "Led to" in both) == (True, True)


def test_nothing_in_a_name_acts_on_the_terminal_or_in_the_graph(made: Place) -> None:
    page, graph = made.mlrun("lineage", "m.pt").out, made.mlrun("lineage", "m.pt", "--dot").out
    for text in (page, graph):
        assert not {"\x1b", "\u202e"} & set(text)
    assert r"out/\"\\N &amp; \\x1b[31m\\n\\u202e.pt" in made.mlrun("lineage", "@", "--dot").out
    assert graph.count("\n") == graph.count(";") + 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(made: Place) -> None:
    graph = made.mlrun("lineage", "@", "--dot").out
    drawn = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, text=True, check=True)
    assert drawn.stdout.count('class="node"') == len(made.mlrun("lineage", "@", "--json").data()["nodes"])


def test_json_names_the_ends_of_each_edge(made: Place) -> None:
    data = made.mlrun("lineage", "m.pt", "--json").data()
    ids = {node["id"] for node in data["nodes"]}
    assert data["root"] in ids
    assert {edge[end] for edge in data["edges"] for end in ("from", "to")} <= ids
    assert [edge["path"] for edge in data["edges"] if edge["to"] == data["root"]] == [STRANGE]


def test_a_file_that_nobody_knows_is_a_no(made: Place) -> None:
    made.write("strange", "nobody knows this")
    done = made.mlrun("lineage", "strange")
    assert (done.status, done.out) == (1, "")
    assert 'no run on record made or read the file "strange"' in done.err
    assert made.mlrun("lineage", "strange", "--json").data()["edges"] == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["no/such/file"], 12),
        (["nothing"], 12),
        ([""], 2),
        (["@~9"], 12),
        (["@:no.txt"], 12),
        (["m.pt", "--dot", "--json"], 2),
        (["m.pt", "--depth", "x"], 2),
        (["m.pt", "--depth", "-2"], 2),
        (["m.pt", "--limit", "-1"], 2),
        ([".mlrun"], 2),
        ([], 2),
    ],
)
def test_errors_have_their_statuses(made: Place, words: list[str], status: int) -> None:
    done = made.mlrun("lineage", *words)
    assert (done.status, done.out) == (status, "")
    assert done.err


def test_without_a_store_there_is_nothing_to_ask(place: Place) -> None:
    place.write("x", "x")
    assert place.mlrun("lineage", "x").status == 10


def test_a_real_chain_is_known_from_its_last_file(place: Place) -> None:
    place.write("raw.csv", "a,b\n" * 20)
    place.write("prepare.py", "open('clean.csv', 'w').write(open('raw.csv').read().upper())\n")
    place.write("train.py", "open('model.txt', 'w').write('trained on ' + open('clean.csv').read())\n")
    for script in ("prepare.py", "train.py"):
        assert place.mlrun("exec", "-q", "--trace", "python", script).status == 0
    os.rename(os.path.join(place.folder, "model.txt"), os.path.join(place.folder, "final"))
    data = place.mlrun("lineage", "final", "--up", "--json").data()
    told = {(edge["role"], edge["path"]) for edge in data["edges"]}
    assert {("output", "model.txt"), ("input", "clean.csv"), ("output", "clean.csv"), ("input", "raw.csv")} <= told
    assert [node["run"]["argv"] for node in data["nodes"] if node["kind"] == "run"] == [["train.py"], ["prepare.py"]]
