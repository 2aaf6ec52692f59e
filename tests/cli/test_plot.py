"""`mlrun plot`."""

import os
import stat
import struct
import subprocess
import sys
import threading
import time
from xml.etree import ElementTree as ET

import pytest
from tests.cli.place import SECOND, Place
from tests.cli.terminal import on_terminal

TRAIN = """
import math, sys, runlore
lr = float(sys.argv[2])
for step in range(200):
    runlore.log(loss=math.exp(-lr * step), sign=(-1) ** step, step=step)
    runlore.log({"odd<\\x1b[31m\\u202e&": float("nan") if 50 <= step < 100 else step}, step=step)
runlore.log(once=1)
"""


@pytest.fixture
def trained(place: Place) -> Place:
    """A project with two runs."""
    place.write("train.py", TRAIN)
    for rate in ("0.01", "0.03"):
        assert place.mlrun("exec", "-q", "train.py", "--lr", rate).status == 0
    return place


def _texts(path: str) -> list[str]:
    return [found.text or "" for found in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours


def test_every_metric_with_a_course_has_a_panel_and_the_others_are_named(trained: Place) -> None:
    result = trained.mlrun("plot", "@")
    assert result.status == 0
    panels = [row for row in result.out.splitlines() if row.split(" ")[0] in ("loss", "sign", "once") or "odd" in row]
    assert panels == ["loss", "odd<\\x1b[31m\\u202e&", "sign"]
    assert result.err == "not drawn: once; -m METRIC draws one\n"
    assert max(map(len, result.out.splitlines())) <= 80


def test_several_runs_in_a_pipe_are_drawn_by_letters_with_a_legend(trained: Place) -> None:
    result = trained.mlrun("plot", "@", "@~1", "-m", "loss")
    ids = [run["id"][:8] for run in trained.mlrun("list", "--json").data()["runs"]]
    assert result.out.splitlines()[-2:] == [
        f"a  {ids[0]}  lr=0.03  last 0.00255424",
        f"b  {ids[1]}  lr=0.01  last 0.136695",
    ]
    drawn = "".join(row.partition("│")[2] for row in result.out.splitlines())
    assert {"a", "b"} <= set(drawn)


def test_without_utf8_everything_is_ascii(trained: Place) -> None:
    result = trained.mlrun("plot", "@", "-m", "loss", env={"PYTHONIOENCODING": "ascii"})
    assert result.out.isascii()
    assert "\\u" not in result.out
    assert "*" in result.out


def test_a_terminal_shows_dots_in_colour_and_the_letters_where_curves_end(trained: Place) -> None:
    shown = on_terminal(trained, "plot", "@", "@~1", "-m", "loss", columns=60)
    assert any("\u2800" < character <= "\u28ff" for character in shown)
    assert "\x1b[36m" in shown
    plain = on_terminal(trained, "plot", "@", "@~1", "-m", "loss", columns=60, env={"NO_COLOR": "1"})
    assert [row[-1] for row in plain.splitlines() if row.endswith((" a", " b"))] == ["b", "a"]
    assert max(map(len, plain.splitlines())) <= 60


def test_what_is_not_finite_is_a_gap_and_is_counted(trained: Place) -> None:
    result = trained.mlrun("plot", "@", "-m", "odd*")
    assert "50 of 200 not finite, the first at step 50" in result.out
    left, right = trained.mlrun("plot", "@", "-m", "odd*", "--json").data()["panels"][0]["curves"][0]["strokes"]
    assert (left[-1], right[0]) == ([49, 49.0], [100, 100.0])


def test_a_logarithmic_axis_says_how_many_points_it_lacks(trained: Place) -> None:
    assert "100 not above zero" in trained.mlrun("plot", "@", "-m", "sign", "--log").out
    assert "loss  logarithmic" in trained.mlrun("plot", "@", "-m", "loss", "--log").out


def test_the_smallest_numbers_have_a_logarithm_smoothed_or_not(place: Place) -> None:
    place.write("tiny.py", "import runlore\nfor loss in (5e-324, 1e-323, 1e-10, 1e308): runlore.log(loss=loss)")
    assert place.mlrun("exec", "-q", "tiny.py").status == 0
    for smoothing in ((), ("--smooth", "0.9")):
        for where in ((), ("-o", "a.svg")):
            result = place.mlrun("plot", "@", "--log", *smoothing, *where)
            assert (result.status, result.err) == (0, "")


def test_over_the_time_a_curve_begins_when_the_run_did(trained: Place) -> None:
    data = trained.mlrun("plot", "@", "-m", "loss", "--x", "time", "--json").data()
    low, high = data["panels"][0]["x"]
    assert 0 < low < high < 60
    assert "time (s)" in trained.mlrun("plot", "@", "-m", "loss", "--x", "time").out


def test_smoothing_is_seen_and_the_curve_as_it_was_is_kept_beside_it(trained: Place) -> None:
    curve = trained.mlrun("plot", "@", "-m", "sign", "--smooth", "0.9", "--json").data()["panels"][0]["curves"][0]
    assert {value for stroke in curve["raw"] for _, value in stroke} == {1.0, -1.0}
    assert all(abs(value) < 0.2 for _, value in curve["strokes"][0][20:])


@pytest.mark.parametrize("weight", ["1", "-0.1", "nan", "much"])
def test_a_weight_that_smooths_nothing_is_refused(place: Place, weight: str) -> None:
    result = place.mlrun("plot", "@", f"--smooth={weight}")
    assert (result.status, result.err.splitlines()[0]) == (2, f'error: --smooth cannot be "{weight}"')


def test_an_svg_is_well_formed_says_what_the_terminal_says_and_is_the_same_each_time(trained: Place) -> None:
    for name in ("a.svg", "b.svg"):
        result = trained.mlrun("plot", "@", "@~1", "-o", name)
        assert (result.status, result.out) == (0, "")
    with (
        open(os.path.join(trained.folder, "a.svg"), "rb") as one,
        open(os.path.join(trained.folder, "b.svg"), "rb") as two,
    ):
        data = one.read()
        assert data == two.read()
    assert data.isascii()
    assert b"\x1b" not in data
    texts = _texts(os.path.join(trained.folder, "a.svg"))
    assert {"loss", "odd<\\x1b[31m\\u202e&", "sign", "step", "a", "b"} <= set(texts)
    assert any("lr=0.03" in text and "last 0.00255424" in text for text in texts)
    assert b"script" not in data
    assert b"href" not in data


def test_a_png_is_a_picture_of_the_size_of_its_panels(trained: Place) -> None:
    pytest.importorskip("PIL")
    assert trained.mlrun("plot", "@", "-m", "loss", "-o", "a.PNG").status == 0
    with open(os.path.join(trained.folder, "a.PNG"), "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (1800, 688)


def test_without_pillow_a_png_is_refused_with_what_to_do(trained: Place) -> None:
    program = "import sys; sys.modules['PIL'] = None; from runlore.__main__ import main; main()"
    words = [sys.executable, "-c", program, "plot", "@", "-o", "a.png"]
    done = subprocess.run(words, cwd=trained.folder, env=trained.env, capture_output=True, check=False)
    assert (done.returncode, os.path.exists(os.path.join(trained.folder, "a.png"))) == (2, False)
    assert b"runlore[png]" in done.stderr


def test_another_kind_of_file_and_a_place_that_cannot_be_written_are_refused(trained: Place) -> None:
    assert trained.mlrun("plot", "@", "-o", "a.gif").status == 2
    assert trained.mlrun("plot", "@", "-o", "a.svg", "--json").status == 2
    assert trained.mlrun("plot", "@", "-o", "none/a.svg").status == 3
    os.mkdir(os.path.join(trained.folder, "d.svg"))
    assert trained.mlrun("plot", "@", "-o", "d.svg").status == 3
    assert not [name for name in os.listdir(trained.folder) if name.startswith(".d.svg")]


def test_a_file_is_readable_as_any_other_that_one_makes(trained: Place) -> None:
    trained.mlrun("plot", "@", "-o", "a.svg")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(os.stat(os.path.join(trained.folder, "a.svg")).st_mode) == 0o666 & ~mask


def test_nothing_to_draw_is_an_error_that_says_why(place: Place) -> None:
    place.write("train.py", "import runlore\nrunlore.log(once=1)\n")
    place.mlrun("exec", "-q", "train.py")
    result = place.mlrun("plot", "@")
    assert result.status == 12
    assert result.err.startswith("error: the run has nothing to draw\n")
    assert place.mlrun("plot", "@", "-m", "once").status == 0


def test_follow_draws_while_a_run_goes_on_and_ends_with_it(place: Place) -> None:
    place.write(
        "train.py",
        "import os, time, runlore\nfor step in range(10000):\n    runlore.log(loss=1 / (step + 1), step=step)\n"
        "    if os.path.exists('stop'): break\n    time.sleep(0.01)\n",
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "runlore", "exec", "-q", "train.py"], cwd=place.folder, env=place.env
    )
    while not place.mlrun("metrics", "@", "-m", "loss").out:
        assert running.poll() is None
    stopper = threading.Timer(4, place.write, ("stop", ""))
    stopper.start()
    newer = {"at": time.time_ns() + 3600 * SECOND}
    threading.Timer(2, place.record, kwargs=newer).start()  # from then on "@" is another run
    started = time.monotonic()
    shown = on_terminal(place, "plot", "@", "-m", "loss", "--follow")
    assert running.wait(30) == 0
    assert time.monotonic() - started > 2
    *_, before, last, nothing = shown.split("\x1b[J")
    assert not nothing.strip()
    assert "running" in before
    assert "running" not in last


def test_follow_into_a_pipe_or_a_file_of_a_run_that_has_ended_draws_once(trained: Place) -> None:
    result = trained.mlrun("plot", "@", "-m", "loss", "--follow")
    assert result.out == trained.mlrun("plot", "@", "-m", "loss").out
    assert trained.mlrun("plot", "@", "-m", "loss", "--follow", "-o", "a.svg").status == 0
    assert "loss" in _texts(os.path.join(trained.folder, "a.svg"))
