"""`mlrun diff`."""

import json
from typing import Any

from tests.cli.place import AT, SECOND, Place


def two(place: Place, **given: Any) -> None:  # noqa: ANN401 - any field
    place.record(at=AT, params={"lr": 0.1}, loss=0.3)
    place.record(at=AT + SECOND, **given)


def test_the_newest_is_compared_with_the_one_before_it(place: Place) -> None:
    two(place, params={"lr": 0.2}, loss=0.2)
    result = place.mlrun("diff")
    assert (result.status, result.err) == (0, "")
    assert "lr  0.1 -> 0.2" in result.out
    assert "better, noise unknown" in result.out
    assert result.out == place.mlrun("diff", "@~1").out == place.mlrun("diff", "@~1", "@").out


def test_exit_code_says_whether_they_differ_in_what_was_asked_for(place: Place) -> None:
    two(place, params={"lr": 0.2}, loss=0.3)
    assert place.mlrun("diff", "--exit-code").status == 1
    assert place.mlrun("diff", "--exit-code", "--only", "metrics").status == 0
    assert place.mlrun("diff", "@", "@", "--exit-code", "--json").status == 0


def test_stat_is_a_line_for_each_part(place: Place) -> None:
    two(place, params={"lr": 0.2, "x": 1}, loss=0.3)
    out = place.mlrun("diff", "--stat", "--only", "params", "--only", "code").out
    assert "params  different       1 changed, 1 added" in out
    assert "code    not-comparable  each of the two kept no code" in out
    assert "metrics" not in out


def test_what_cannot_be_numbers_is_text_in_json(place: Place) -> None:
    two(place, params={"lr": 0.1}, loss=float("nan"))
    data = json.loads(place.mlrun("diff", "--json").out)["data"]
    assert (data["metrics"]["loss"]["a"], data["metrics"]["loss"]["b"]) == (0.3, "nan")
    assert data["metrics"]["loss"]["delta"] == "nan"
    assert "nan" in place.mlrun("diff").out


def test_two_nan_are_no_difference(place: Place) -> None:
    place.record(at=AT, loss=float("nan"))
    place.record(at=AT + SECOND, loss=float("nan"))
    assert place.mlrun("diff", "--exit-code", "--only", "metrics").status == 0


def test_names_from_a_record_cannot_act_on_the_terminal(place: Place) -> None:
    two(place, params={"\x1b[2Jlr\u202e": "\x07", "caf\udce9": 1}, loss=0.3)
    out = place.mlrun("diff").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\x1b[2Jlr\\u202e" in out
    assert "caf\\xe9" in out


def test_runs_without_metrics_and_without_an_end_are_compared(place: Place) -> None:
    place.record(at=AT)
    place.record(at=AT + SECOND, state="failed", exit_code=3)
    result = place.mlrun("diff")
    assert result.status == 0
    assert "end" in result.out
    assert "failed 3" in result.out


def test_another_gpu_driver_is_another_environment(place: Place) -> None:
    gpu = {"gpus": ["NVIDIA H100 80GB HBM3"], "cuda_driver": None}
    place.record(at=AT, hardware={**gpu, "gpu_driver": "535.104.05"})
    place.record(at=AT + SECOND, hardware={**gpu, "gpu_driver": "580.65.06"})
    assert "Environment\n  gpu driver  535.104.05 -> 580.65.06\n" in place.mlrun("diff").out
    assert "driver 580.65.06" in place.mlrun("show").out


def test_a_driver_that_an_older_version_did_not_record_is_neither_equal_nor_another(place: Place) -> None:
    place.record(at=AT, hardware={"cpu": "x", "gpus": ["NVIDIA H100"]})
    new = {"cpu": "x", "gpus": ["NVIDIA H100"], "gpu_driver": "580.65.06", "cuda_driver": None}
    place.record(at=AT + SECOND, hardware=new)
    result = place.mlrun("diff", "--exit-code", "--only", "environment")
    assert result.status == 0
    assert "gpu driver: not recorded in run a, 580.65.06 in run b" in result.out
    place.record(at=AT + 2 * SECOND, hardware={"cpu": "x", "gpus": []})
    result = place.mlrun("diff")
    assert "gpus  NVIDIA H100 -> none" in result.out
    assert "not recorded" not in result.out, "there is no GPU to have a driver"


def test_an_unknown_part_is_refused_with_those_there_are(place: Place) -> None:
    result = place.mlrun("diff", "--only", "data")
    assert result.status == 2
    assert "choose one of command, params, code" in result.err


def test_an_unknown_run_is_refused(place: Place) -> None:
    two(place)
    assert place.mlrun("diff", "nobody", "@").status == 12


def test_the_store_alone_is_enough(place: Place) -> None:
    two(place, params={"lr": 0.2})
    assert place.mlrun("diff", env={"PATH": ""}).status == 0


def test_runs_that_have_not_ended_are_said_to_be_running_or_crashed(place: Place) -> None:
    place.write("wait.py", "import os; os.kill(os.getppid(), 9)")
    for _ in range(2):
        place.mlrun("exec", "-q", "--trace=off", "wait.py", "now then")
        run = place.mlrun("list", "--json", "-n", "1").data()["runs"][0]
        assert run["state"] == "crashed"  # until the next run begins, which ends the record of this one
    shown = place.mlrun("diff").out
    assert shown.splitlines()[1].split(maxsplit=4)[4].endswith("crashed  wait.py 'now then'")
    assert "duration" not in shown
