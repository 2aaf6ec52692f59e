"""What a run is given on its standard input is one of its inputs."""

import os
import subprocess
import sys

from tests.cli.place import Place


def run(place: Place, redirection: str) -> list[str]:
    """The inputs of a run that reads its standard input."""
    line = f"{sys.executable} -m runlore exec -q {sys.executable} read.py {redirection}"
    subprocess.run(("/bin/sh", "-c", line), cwd=place.folder, env=place.env, check=True, timeout=60)
    return [each["path"] for each in place.mlrun("show", "--json").data()["inputs"]]


def test_a_file_on_standard_input_is_an_input(place: Place) -> None:
    place.write("read.py", "import sys\nassert sys.stdin.read() == 'x'\n")
    outside = os.path.join(os.path.dirname(place.folder), "data.csv")
    with open(outside, "w", encoding="utf-8") as file:
        file.write("x")
    assert run(place, f"<{outside}") == [outside]
    assert run(place, f"<{outside} --again") == [outside]


def test_a_pipe_or_nothing_is_none(place: Place) -> None:
    place.write("read.py", "import sys\nsys.stdin.read()\n")
    assert run(place, "</dev/null") == []
    assert run(place, "<<END\nx\nEND") == []
