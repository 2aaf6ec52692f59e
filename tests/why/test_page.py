"""The page of `why`: no run twice, no sign before nothing, and nothing that a terminal would obey."""

from pathlib import Path

from tests.why.pair import Pair

_REPORT = '\nimport json\njson.dump({"loss": loss}, open("metrics.json", "w"))\n'


def test_names_and_lines_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    name = "m\x1b[31m\u202e.txt"
    pair.write({"train.py": f"loss = float(open({name!r}).read())" + _REPORT, name: "1\n"})
    pair.exec("a", "--x=\x1b[2J1")
    pair.write({name: "2 \n"})
    pair.exec("b", "--x=\x1b[2J\u202e2")
    for words in ((), ("--dry-run",), ("--json",)):
        done = pair.place.mlrun("why", "a", "b", *words)
        assert done.status == 0
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out or words == ("--json",)
    assert "m\\x1b[31m\\u202e.txt" in pair.place.mlrun("why", "a", "b").out


def test_runs_of_an_end_stand_there_once_and_little_has_no_sign(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.write({"train.py": "import sys\nloss = sum(map(float, sys.argv[1:]))" + _REPORT})
    pair.exec("a", "1", "1000")
    pair.exec("b", "0.999", "2000")
    out = pair.place.mlrun("why", "a", "b").out
    lines = out.partition("\nRuns\n")[2].splitlines()
    runs = [each.split()[-1] for each in lines[1:] if each.startswith("  ") and "%" in each]
    assert len(runs) == len(set(runs)) >= 4
    assert "-0%" not in out
