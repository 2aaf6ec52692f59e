"""`why` where runs have no number, are damaged, or were removed: said, and never taken for an answer."""

import glob
import os
from pathlib import Path

import pytest
from tests.why.pair import Pair, guilty

_REPORT = '\nimport json\njson.dump({"loss": loss}, open("metrics.json", "w"))\n'


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def _said(pair: Pair, *words: str) -> tuple[int, str]:
    done = pair.place.mlrun("why", "a", "b", *words)
    return done.status, done.err.strip()


def test_words_that_stand_alone_are_named_by_their_place(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[2])" + _REPORT})
    pair.exec("a", "1", "1", "1")
    pair.exec("b", "2", "2", "2")
    assert guilty(pair.why()) == [["1 -> 2 (word 2)"]]


def test_what_a_removed_mixture_came_to_does_not_count(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[1])" + _REPORT})
    pair.exec("a", "1", "--pad=1")
    pair.exec("b", "2", "--pad=2")
    first = pair.why()
    run = next(each["runs"][0] for each in first["trials"] if each["differences"] == ["1 -> 2"])
    assert pair.place.mlrun("rm", run).status == 0
    again = pair.why()
    assert (again["runs"], again["causes"]) == (1, first["causes"])


def test_mixtures_without_a_number_say_so_and_count_as_not_run(pair: Pair) -> None:
    script = """
import json, sys
x, y = map(float, sys.argv[1:])
json.dump({"loss": x if x == y else float("nan")} if x <= y else {}, open("metrics.json", "w"))
"""
    pair.write({"train.py": script})
    pair.exec("a", "1", "1")
    pair.exec("b", "2", "2")
    found = pair.why("--metric", "loss")
    assert (found["verdict"], len(found["causes"][0]["differences"])) == ("found", 2)
    said = sorted(each["why"] for each in found["trials"] if each["why"])
    assert "is nan" in said[0]
    assert 'logged no "loss"' in said[1]


def test_ends_without_a_number_are_refused_with_the_reason(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[1])" + _REPORT})
    pair.exec("a", "1")
    pair.exec("b", "nan")
    assert _said(pair) == (2, 'error: "loss" of run b is nan, which has no distance to anything')
    assert pair.place.mlrun("exec", "-q", "-n", "b", "train.py", "x").status == 1
    assert _said(pair) == (2, "error: run b has no result to explain: it failed")


def test_of_several_metrics_those_that_changed_are_offered(pair: Pair) -> None:
    pair.write({"train.py": "import sys, json\nx = float(sys.argv[1])\nm = {'loss': x, 'acc': -x, 'same': 1}\n"
                            "json.dump(m, open('metrics.json', 'w'))"})  # fmt: skip
    pair.exec("a", "1")
    pair.exec("b", "2")
    assert _said(pair) == (2, "error: which metric?\n\nhint: --metric acc or loss")


def test_damaged_bytes_are_named(pair: Pair) -> None:
    script = "loss = float(open('data/x').read())" + _REPORT
    pair.write({"train.py": script, "data/x": "1" + " " * 200_000})
    pair.exec("a", "--pad=1")
    pair.write({"data/x": "2" + " " * 200_000})
    pair.exec("b", "--pad=2")
    for path in glob.glob(f"{pair.place.folder}/.mlrun/objects/*/*"):
        os.chmod(path, 0o644)
        with open(path, "r+b") as file:
            file.write(b"9")
    status, said = _said(pair)
    assert status == 13
    assert '"data/x"' in said


def test_environments_that_no_index_has_any_more_are_named(pair: Pair) -> None:
    pair.write({"train.py": "import extra\nloss = extra.value" + _REPORT})
    for version in ("1.0", "2.0"):
        pair.offer("extra", version, f"value = {version}\n")
        pair.exec("a" if version == "1.0" else "b")
    for wheel in pair.machine.wheels.iterdir():
        wheel.unlink()
    status, said = _said(pair)
    assert status == 15
    assert "extra==1.0 cannot be had" in said


def test_the_newest_is_no_mixture_so_that_the_same_words_go_on(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[1])" + _REPORT})
    pair.exec("a", "1", "--pad=1")
    pair.exec("b", "2", "--pad=2")
    first, again = (pair.place.mlrun("why", "a", "@", "--json").data() for _ in range(2))
    assert first["runs"] > 0
    assert (again["b"], again["runs"], again["causes"]) == (first["b"], 0, first["causes"])


@pytest.mark.parametrize(
    ("weight", "verdict", "says"),
    [(0.5, "within-noise", "more than anything else the seed made it, --seed 1 -> 2"),
     (3.0, "found", "a seed among it is noise")],
)  # fmt: skip
def test_a_seed_beside_another_cause_is_said_to_be_noise(pair: Pair, weight: float, verdict: str, says: str) -> None:
    script = f"import sys\nseed, lr = (float(a.split('=')[1]) for a in sys.argv[1:])\nloss = seed + {weight} * lr"
    pair.write({"train.py": script + _REPORT})
    pair.exec("a", "--seed=1", "--lr=1")
    pair.exec("b", "--seed=2", "--lr=2")
    found = pair.why(status=0 if verdict == "found" else 1)
    assert found["verdict"] == verdict
    assert says in found["sentence"]


def test_a_seed_in_a_config_file_is_noise(pair: Pair) -> None:
    script = "import json\nc = json.load(open('c.json'))\nloss = c['seed'] * 1.0" + _REPORT
    pair.write({"train.py": script, "c.json": '{"seed": 1, "b": 1}'})
    assert pair.place.mlrun("exec", "-q", "-n", "a", "-c", "c.json", "--", "train.py").status == 0
    pair.write({"c.json": '{"seed": 5, "b": 2}'})
    assert pair.place.mlrun("exec", "-q", "-n", "b", "-c", "c.json", "--", "train.py").status == 0
    found = pair.why(status=1)
    assert "only the seed made it" in found["sentence"]


def test_runs_of_others_are_refused_with_what_to_type(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[1])" + _REPORT})
    pair.exec("a", "1")
    pair.exec("b", "2")
    remote, clone = f"{pair.folder}/remote", f"{pair.folder}/clone"
    for words in (("remote", "add", "there", remote), ("push",), ("clone", remote, clone)):
        assert pair.place.mlrun(*words).status == 0
    for verb in ("bisect", "why"):
        done = pair.place.mlrun(verb, "a", "b", cwd=clone)
        assert done.status == 17
        assert f"mlrun {verb} a b --trust" in done.err
    found = pair.place.mlrun("why", "a", "b", "--trust", "--json", cwd=clone).data()
    assert guilty(found) == [["1 -> 2"]]
