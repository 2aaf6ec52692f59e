"""`why` on pairs of real runs of which it is known what made the difference."""

import math
from pathlib import Path

import pytest
from tests.why.pair import Pair, count, guilty

_REPORT = '\nimport json\njson.dump({"loss": loss}, open("metrics.json", "w"))\n'


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def _found(pair: Pair, *names: str, most: int = 0) -> None:
    """One cause with these differences, with no more runs than halving takes."""
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [list(names)])
    assert found["causes"][0]["suffices"]
    assert found["causes"][0]["needed"]
    assert found["causes"][0]["share"] == pytest.approx(1)
    assert found["runs"] <= (most or 2 * math.log2(count(found)) + 7), found["runs"]
    again = pair.why()
    assert (again["runs"], again["causes"]) == (0, found["causes"])


def _lines(values: dict[int, float]) -> str:
    """A script of forty lines of which every fourth sets a number that is added up."""
    rows = []
    for at in range(10):
        rows += [f"# step {at}", f"x{at} = {values.get(at, 0.0)}", f"name{at} = {at}", ""]
    return "\n".join(rows) + "\nloss = 1.0 + " + " + ".join(f"x{at}" for at in range(10)) + _REPORT


def test_a_hunk_among_ten(pair: Pair) -> None:
    pair.write({"train.py": _lines({})})
    pair.exec("a")
    pair.write({"train.py": _lines({at: 5.0 if at == 6 else -0.0 for at in range(10)})})
    pair.exec("b")
    _found(pair, "train.py:26")


def test_one_parameter_among_eight(pair: Pair) -> None:
    script = "import sys\nargs = dict(a.lstrip('-').split('=') for a in sys.argv[1:])\nloss = float(args['p5']) ** 2"
    pair.write({"train.py": script + _REPORT})
    pair.exec("a", *(f"--p{at}=1" for at in range(8)))
    pair.exec("b", *(f"--p{at}=2" for at in range(8)))
    _found(pair, "--p5 1 -> 2")


def test_one_package_among_five_upgrades(pair: Pair) -> None:
    names = ["alpha", "beta", "gamma", "delta", "omega"]
    pair.write({"train.py": f"import {', '.join(names)}\nloss = gamma.value() + 0 * alpha.value()" + _REPORT})
    for version, value in (("1.0", 1), ("2.0", 3)):
        for name in [*names, "unused"]:
            pair.offer(name, version, f"def value():\n    return {value}\n")
        pair.exec("a" if version == "1.0" else "b")
    _found(pair, "gamma 1.0 -> 2.0")
    found = pair.why()
    assert ["unused 1.0 -> 2.0", "neither run imported it"] in [list(each.values())[:2] for each in found["left_out"]]


def test_one_corrupted_file_among_fifty(pair: Pair) -> None:
    pair.write(
        {"train.py": "import glob\nloss = sum(float(open(p).read()) for p in sorted(glob.glob('data/*')))" + _REPORT}
    )
    pair.write({f"data/{at:02}.txt": "1.0\n" for at in range(50)})
    pair.exec("a")
    pair.write({f"data/{at:02}.txt": "99.0\n" if at == 31 else "1.00\n" for at in range(50)})
    pair.exec("b")
    _found(pair, "data/31.txt")


def test_one_row_of_a_table_among_twenty(pair: Pair) -> None:
    pair.write(
        {
            "train.py": "rows = [r.split(',') for r in open('data/x.csv')][1:]\nloss = max(float(r[1]) for r in rows)"
            + _REPORT
        }
    )
    rows = ["id,x", *(f"{at},{at % 7}.0" for at in range(200))]
    pair.write({"data/x.csv": "\n".join(rows) + "\n"})
    pair.exec("a")
    for at in range(5, 200, 10):
        rows[at] = f"{at - 1},{'88.5' if at == 125 else '0.25'}"
    pair.write({"data/x.csv": "\n".join(rows) + "\n"})
    pair.exec("b")
    _found(pair, "data/x.csv:126", most=2 * math.ceil(math.log2(20)) + 7)


def test_two_that_act_only_together(pair: Pair) -> None:
    script = "import sys\nfast = '--fast' in sys.argv\nlr = float(sys.argv[1])\nloss = 1.0 + (fast and lr > 1)"
    pair.write({"train.py": "pad = 1\n\n\n\n" + script + _REPORT})
    pair.exec("a", "0.5")
    pair.write({"train.py": "pad = 2\n\n\n\n" + script + _REPORT})
    pair.exec("b", "1.5", "--fast")
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [["0.5 -> 1.5", "--fast only in b"]])
    assert found["runs"] <= 16


def test_pure_noise_is_called_noise(pair: Pair) -> None:
    pair.write({"train.py": "import random\npad = 1\nloss = random.random()" + _REPORT})
    pair.exec("a")
    pair.write({"train.py": "import random\npad = 2\nloss = random.random()" + _REPORT})
    pair.exec("b")
    found = pair.why(status=1)
    assert (found["verdict"], found["causes"]) == ("within-noise", [])
    assert found["runs"] <= 10


def test_a_file_that_is_never_read_is_left_out(pair: Pair) -> None:
    pair.write({"train.py": "import sys\nloss = float(sys.argv[1])" + _REPORT, "notes.txt": "old\n"})
    pair.exec("a", "1.0")
    pair.write({"notes.txt": "new\n"})
    pair.exec("b", "2.0")
    _found(pair, "1.0 -> 2.0")
    assert [each["label"] for each in pair.why()["left_out"]] == ["notes.txt"]


def test_one_key_of_a_config_file(pair: Pair) -> None:
    script = "import json, sys\nc = json.load(open(sys.argv[1]))\nloss = c['k3'] * 1.0" + _REPORT
    pair.write({"train.py": script, "c.json": "{\n" + ",\n".join(f'"k{at}": 1' for at in range(6)) + "\n}\n"})
    pair.exec("a", "c.json")
    pair.write({"c.json": "{\n" + ",\n".join(f'"k{at}": 7' for at in range(6)) + "\n}\n"})
    pair.exec("b", "c.json")
    _found(pair, "c.json:5")


def test_a_variable_of_the_machine(pair: Pair) -> None:
    pair.write({"train.py": "import os\npad = 1\nloss = float(os.environ['OMP_NUM_THREADS'])" + _REPORT})
    pair.exec("a", env={"OMP_NUM_THREADS": "1", "MKL_DYNAMIC": "1"})
    pair.write({"train.py": "import os\npad = 2\nloss = float(os.environ['OMP_NUM_THREADS'])" + _REPORT})
    pair.exec("b", env={"OMP_NUM_THREADS": "4", "MKL_DYNAMIC": "2"})
    _found(pair, "OMP_NUM_THREADS 1 -> 4")


def test_two_causes_that_add_up(pair: Pair) -> None:
    script = "import sys\nloss = float(sys.argv[1]) + float(open('data/x').read())" + _REPORT
    pair.write({"train.py": script, "data/x": "1.0\n"})
    pair.exec("a", "1.0", "--pad=1")
    pair.write({"data/x": "2.0\n"})
    pair.exec("b", "4.0", "--pad=2")
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [["1.0 -> 4.0"], ["data/x"]])
    assert [cause["share"] for cause in found["causes"]] == pytest.approx([0.75, 0.25])


def test_lines_that_cannot_run_without_others(pair: Pair) -> None:
    head, tail = "import math\n\n\n", "\n\npad = {}\n\n\nloss = {}"
    pair.write({"train.py": head + "\n" + tail.format(1, "1.0") + _REPORT})
    pair.exec("a")
    pair.write({"train.py": head + "def twice(x):\n    return 2 * x\n" + tail.format(2, "twice(1.0)") + _REPORT})
    pair.exec("b")
    found = pair.why()
    assert found["verdict"] == "found"
    assert guilty(found) == [["train.py:4", "train.py:10"]]
    assert any(trial["why"] for trial in found["trials"])


def test_a_cause_beside_noise(pair: Pair) -> None:
    script = "import random, sys\nargs = [float(a) for a in sys.argv[1:]]\nloss = args[1] + random.gauss(0, 0.1)"
    pair.write({"train.py": script + _REPORT})
    pair.exec("a", "1", "1", "1")
    pair.exec("b", "2", "3", "2")
    found = pair.why("--budget", "60")
    assert (found["verdict"], len(found["causes"])) == ("found", 1)
    assert found["causes"][0]["differences"] == ["1 -> 3"]
    assert found["causes"][0]["share"] == pytest.approx(1, abs=0.4)
    assert found["spread"] > 0


def test_only_another_seed_is_noise(pair: Pair) -> None:
    pair.write({"train.py": "import random, sys\nrandom.seed(sys.argv[1])\nloss = random.random()" + _REPORT})
    pair.exec("a", "--seed=1", "--pad=1")
    pair.exec("b", "--seed=2", "--pad=2")
    found = pair.why(status=1)
    assert found["verdict"] == "within-noise"
