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


def test_show_says_where_in_files_secrets_are_and_what_comes_of_it() -> None:
    assert "\nSecrets in files\n  conf/a.yaml:3  github  4f1c09aa\n" in page("run/1", a_run())
    (one,) = a_run().secrets or ()
    many = tuple({**one, "line": at + 1} for at in range(25))
    shown = page("run/1", a_run(secrets=(*many[:2], {**one, "part": "patch", "path": ""}, *many[3:]), unsearched=1200))
    assert "  the patch:3     github  4f1c09aa\n" in shown
    assert "and 5 more" in shown
    assert "kept as they are: push will stop" in shown
    assert "1,200 files not searched yet" in shown
    alone = page("run/1", a_run(secrets=(), unsearched=1))
    assert "push will stop" not in alone
    assert "1 file not searched yet" in alone


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
        secrets=(),
    )
    shown = page("run/1", bare)
    for heading in (
        "Notes",
        "Parameters",
        "Metrics",
        "Config files",
        "Inputs",
        "Outputs",
        "Resources",
        "Secrets",
        "tags",
        "None",
    ):
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


def test_metrics_have_their_course_beside_them() -> None:
    falling = [2.0, 1.5, 1.0, 0.5]
    text = page("run/1", a_run(), curves={"accuracy": falling})
    (row,) = [line for line in text.splitlines() if line.startswith("  accuracy")]
    assert row.endswith("  █▆▃▁")
    assert "▁" not in page("run/1", a_run())


def test_of_very_many_metrics_the_first_hundred_are_shown() -> None:
    one = {"last": 1.0, "min": 1.0, "max": 1.0, "count": 1, "step": 0}
    text = page("run/1", a_run(metrics={f"m{number:04}": one for number in range(130)}))
    assert "  m0099 " in text
    assert "m0100" not in text
    assert "  and 30 more; --json has all" in text
