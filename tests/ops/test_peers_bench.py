"""``python bench/peers`` with no peer: it runs, and says of mlrun what the page says."""

import os
import subprocess
import sys
from pathlib import Path

_BENCH = Path(__file__).parents[2] / "bench" / "peers"
_ROWS = "kept,start,overhead,hashing,listing,points,push"


def test_the_benchmark_of_peers_runs_for_mlrun_alone(tmp_path: Path) -> None:
    """With a hundredth of the data; how it behaves around a command is held by tests of its own."""
    words = (sys.executable, str(_BENCH), "mlrun", "--small", "--rows", _ROWS)
    done = subprocess.run(
        words, cwd=tmp_path, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    tables = _tables(done.stdout)
    kept = tables["What is kept of a dirty project"]
    assert len(kept) == 13
    assert kept.pop("the script's exit status there") == ["0"]
    assert set(map(tuple, kept.values())) == {("yes",)}
    measured = [lines for lines in tables.values() if "mlrun" in lines]
    assert len(measured) == 10
    for lines in measured:
        assert list(lines) == ["mlrun"]
        assert lines["mlrun"][0], lines


def _tables(text: str) -> dict[str, dict[str, list[str]]]:
    """By title, the cells of each line by the first of them."""
    found: dict[str, dict[str, list[str]]] = {}
    for part in text.strip().split("\n\n")[1:]:
        title, *lines = part.splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
        found[title] = {first: cells for first, *cells in rows}
    return found
