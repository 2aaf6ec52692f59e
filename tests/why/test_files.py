"""`why` where files of all kinds differ: in folders, by links, by keys in one line, outside the project."""

import os
from pathlib import Path

import pytest
from tests.why.pair import Pair, guilty

from runlore.ops.hybrids.texts import texts

_REPORT = '\nimport json\njson.dump({"loss": loss}, open("metrics.json", "w"))\n'


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def _exec(pair: Pair, name: str, *words: str, cwd: str | None = None) -> None:
    done = pair.place.mlrun("exec", "-q", "-n", name, *words, cwd=cwd)
    assert done.status == 0, done.err


def test_a_file_that_the_command_names_from_a_folder_below_goes_with_its_word(pair: Pair) -> None:
    script = "import sys\nloss = float(open(sys.argv[1]).read())\n"
    sub = f"{pair.place.folder}/sub"
    pair.write({".gitignore": "*.txt\nmetrics.json\n", "train.py": script + _REPORT, "sub/one.txt": "1"})
    _exec(pair, "a", "--", "../train.py", "one.txt", cwd=sub)
    os.rename(f"{sub}/one.txt", f"{sub}/two.txt")
    pair.write({"train.py": script + "pad = 2" + _REPORT, "sub/two.txt": "2"})
    _exec(pair, "b", "--", "../train.py", f"{sub}/two.txt", cwd=sub)
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [[f"one.txt -> {sub}/two.txt"]])
    assert found["runs"] <= 5


def test_data_outside_the_project_that_is_another_now_is_not_called_noise(pair: Pair, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1")
    script = f"loss = float(open({os.fspath(outside)!r}).read())" + _REPORT
    pair.write({"train.py": "pad = 1\n" + script})
    pair.exec("a")
    outside.write_text("2")
    pair.write({"train.py": "pad = 2\n" + script})
    pair.exec("b")
    found = pair.why(status=1)
    assert found["verdict"] == "elsewhere"
    assert "run a, which came to 1" in found["sentence"]
    assert [each["label"] for each in found["left_out"]] == ["inputs of a"]


def test_a_link_that_leads_elsewhere_is_no_file_that_was_not_read(pair: Pair) -> None:
    link = f"{pair.place.folder}/x"
    pair.write({"train.py": "loss = float(open('x').read())" + _REPORT, "one.txt": "1", "two.txt": "2"})
    os.symlink("one.txt", link)
    pair.exec("a")
    os.unlink(link)
    os.symlink("two.txt", link)
    pair.exec("b")
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [["x"]])


def test_keys_of_a_config_file_of_one_line_are_told_apart(pair: Pair) -> None:
    script = "import json\nloss = json.load(open('c.json'))['b'] * 1.0" + _REPORT
    pair.write({"train.py": script, "c.json": '{"a": 1, "b": 1, "c": "x, y"}'})
    _exec(pair, "a", "-c", "c.json", "--", "train.py")
    pair.write({"c.json": '{"a": 2, "b": 2, "c": "x, z"}'})
    _exec(pair, "b", "-c", "c.json", "--", "train.py")
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [['c.json:1 "b": 2']])


@pytest.mark.parametrize("data", [b'{"a": "x, \\" y", "b": [1, 2]}', b'{"a\n": "', b"", b",,\n\n,", b'"\xff", 1'])
def test_pieces_of_json_are_the_file_again(data: bytes) -> None:
    found = texts(data, data + b" ", by_line=True, is_json=True)
    assert found is not None
    assert found.mixed(()) == data
    assert found.mixed(range(len(found.changes))) == data + b" "


def test_files_of_a_declared_folder_are_swapped_one_by_one(pair: Pair) -> None:
    script = "import os\nloss = sum(float(open('data/' + n).read()) for n in sorted(os.listdir('data')))" + _REPORT
    pair.write({"train.py": script, **{f"data/{at}": "1" for at in range(6)}})
    _exec(pair, "a", "-d", "data/", "--", "train.py")
    pair.write({"data/3": "7", "data/new": "0"})
    os.unlink(f"{pair.place.folder}/data/5")
    _exec(pair, "b", "-d", "data/", "--", "train.py")
    found = pair.why()
    assert (found["verdict"], guilty(found)) == ("found", [["data/3"], ["data/5 only in a"]])
    assert [cause["share"] for cause in found["causes"]] == pytest.approx([1.2, -0.2])
