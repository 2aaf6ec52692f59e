"""`show` as a person reads it."""

import pytest
from tests.present.made import a_run
from tests.present.pages import page


def test_show_begins_with_the_warnings() -> None:
    lines = page("run/1", a_run()).splitlines()
    assert lines[0] == f"run {a_run().id}"
    assert lines[1] == "warning: the run used the network [network-used]"


def test_show_has_everything_a_person_asks_for() -> None:
    shown = page("run/1", a_run())
    for expected in (
        "succeeded in 2.1 s",
        "train.py --lr 0.1",
        "best, paper",
        "does it learn at all",
        "main@a1b2c3d (dirty, 1 modified, 2 untracked)",
        "14 files, 62 KiB",
        "model.depth",
        "0.972",
        "conf/a.yaml",
        "  big/",
        "4.7 GiB",
        "hash only",
        "model.pt",
        "cpython 3.11.7 linux-x86_64-glibc2.36",
        "mine 0.1 (editable, file:///src/mine)",
        "EPYC, 2 cores, 7.5 GiB, H100",
        "OMP_NUM_THREADS",
        "114 MiB",
        "blind to  files the command reads",
        "    second line",
    ):
        assert expected in shown, expected


def test_show_leaves_out_what_there_is_not() -> None:
    bare = a_run(
        name=None,
        experiment=None,
        message=None,
        tags=(),
        notes=(),
        params={},
        metrics={},
        config=(),
        inputs=(),
        outputs=(),
        warnings=(),
        usage={},
    )
    shown = page("run/1", bare)
    for heading in ("Notes", "Parameters", "Metrics", "Config files", "Inputs", "Outputs", "Resources", "tags", "None"):
        assert heading not in shown


def test_show_counts_paths_instead_of_filling_screens() -> None:
    code = a_run().code
    git = {**code["git"], "untracked": [f"file{at}" for at in range(500)]}
    shown = page("run/1", a_run(code={**code, "git": git}))
    assert "and 480 more" in shown
    assert "file20" not in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "failed", "exit_code": 3}, "failed with exit status 3 after 2.1 s"),
        ({"state": "killed", "exit_code": None, "signal": 15}, "killed by SIGTERM after 2.1 s"),
        ({"state": "killed", "exit_code": None, "signal": 63}, "killed by signal 63 after 2.1 s"),
        ({"state": "running", "exit_code": None, "duration": None}, "running"),
        ({"state": "crashed", "exit_code": None, "duration": None}, "crashed"),
    ],
)
def test_show_says_how_a_run_ended(changes: dict[str, object], said: str) -> None:
    lines = page("run/1", a_run(**changes)).splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("state")] == [said]


@pytest.mark.parametrize(
    ("git", "said"),
    [
        (None, "no git"),
        ({"commit": None, "branch": "main", "dirty": False}, "main, no commit yet"),
        ({"commit": "a" * 40, "branch": None, "dirty": False}, "aaaaaaa"),
        ({"commit": "a" * 40, "branch": "b", "dirty": True}, "b@aaaaaaa (dirty)"),
    ],
)
def test_show_says_where_the_code_stood(git: dict[str, object] | None, said: str) -> None:
    shown = page("run/1", a_run(code={**a_run().code, "git": git}))
    assert [line.split(maxsplit=1)[1] for line in shown.splitlines() if line.startswith("  git ")] == [said]
