"""`mlrun list`."""

import csv
import io
import json

import pytest
from tests.cli.place import AT, SECOND, Place
from tests.cli.terminal import on_terminal


def test_list_shows_the_runs_newest_first(place: Place, runs: list[str]) -> None:
    result = place.mlrun("list")
    assert (result.status, result.err) == (0, "")
    head, *rows = result.out.splitlines()
    assert head.split() == ["id", "state", "started", "duration", "commit", "command", "tags"]
    assert [row.split()[0] for row in rows] == [run[:8] for run in runs]
    assert rows[2].split()[1:] == [
        "succeeded",
        "2026-11-23",
        "12:48",
        "2.1s",
        "first:",
        "train.py",
        "--lr",
        "0.1",
    ]


def test_in_a_pipe_the_columns_are_always_the_same_and_everything_is_in_json_and_csv(place: Place) -> None:
    for lr in (1, 2):
        place.record(params={f"p{at}": at * lr for at in range(1000)}, loss=0.5, at=AT + lr)
    head = place.mlrun("list").out.splitlines()[0]
    assert head.split() == ["id", "state", "started", "duration", "commit", "command", "tags"]
    assert len(place.mlrun("list", "--json").data()["runs"][0]["params"]) == 1000
    assert "params.p999,metrics.loss" in place.mlrun("list", "--csv").out.splitlines()[0]
    assert place.mlrun("list", "--columns", "params.p7").out == "p7\n14\n 7\n"


@pytest.mark.usefixtures("runs")
def test_log_is_another_name_for_list(place: Place) -> None:
    assert place.mlrun("log").out == place.mlrun("list").out


def test_list_as_json_leaves_the_long_lists_out(place: Place, runs: list[str]) -> None:
    result = place.mlrun("list", "--json")
    document = json.loads(result.out)
    assert document["schema"] == "run-list/1"
    assert document["data"]["total"] == 3
    assert [run["id"] for run in document["data"]["runs"]] == runs
    assert not {"inputs", "outputs", "config", "omitted"} & set(document["data"]["runs"][0])
    assert document["data"]["runs"][2]["started_at"] == "2026-11-23T12:48:03.000000Z"


@pytest.mark.usefixtures("runs")
def test_list_shows_as_many_as_asked_for_and_says_how_many_there_are(place: Place) -> None:
    result = place.mlrun("list", "-n", "2")
    assert len(result.out.splitlines()) == 3
    assert result.err == "2 of 3 runs; -n 0 for all\n"
    assert len(place.mlrun("list", "-n", "0").out.splitlines()) == 4


def test_list_shows_twenty_unless_asked_for_more(place: Place) -> None:
    for at in range(21):
        place.record(at=AT + at * SECOND, message=str(at))
    assert len(place.mlrun("list", "--json").data()["runs"]) == 20
    assert place.mlrun("list").err == "20 of 21 runs; -n 0 for all\n"
    assert len(place.mlrun("list", "--json", "-n", "0").data()["runs"]) == 21


def test_list_keeps_to_an_experiment_or_a_state(place: Place, runs: list[str]) -> None:
    assert [run["id"] for run in place.mlrun("list", "-e", "ablation", "--json").data()["runs"]] == [runs[1]]
    assert [run["id"] for run in place.mlrun("list", "--state", "failed", "--json").data()["runs"]] == [runs[0]]
    nothing = place.mlrun("list", "-e", "none")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "no run matches\n")


@pytest.mark.usefixtures("runs")
def test_list_refuses_a_state_that_does_not_exist(place: Place) -> None:
    result = place.mlrun("list", "--state", "finished")
    assert result.status == 2
    assert "succeeded" in result.err


def test_list_sorts_by_any_column_before_it_cuts(place: Place, runs: list[str]) -> None:
    first, ablation = runs[2][:8], runs[1][:8]
    ids = [row.split()[0] for row in place.mlrun("list", "--sort", "metrics.loss", "-n", "2").out.splitlines()[1:]]
    assert ids == [ablation, first]
    ids = [row.split()[0] for row in place.mlrun("list", "--sort", "-metrics.loss", "-n", "1").out.splitlines()[1:]]
    assert ids == [first]


def test_list_keeps_to_the_runs_for_which_a_filter_holds(place: Place, runs: list[str]) -> None:
    result = place.mlrun("list", "--where", "metrics.loss > 0 and params.lr < 0.15", "--json")
    assert [run["id"] for run in result.data()["runs"]] == [runs[2]]
    assert result.data()["total"] == 1
    nothing = place.mlrun("list", "--where", "metrics.loss > 7")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "no run matches\n")
    wrong = place.mlrun("list", "--where", "metric.loss > 0 and (params.lrr < 1)", "--json")
    assert (wrong.status, wrong.out) == (2, "")
    assert json.loads(wrong.err)["error"] == {
        "code": "usage",
        "message": 'no run has a parameter "lrr"',
        "hint": "did you mean params.lr",
    }


def test_what_is_typed_in_a_filter_cannot_act_on_the_terminal(place: Place) -> None:
    place.record()
    result = place.mlrun("list", "--where", "params.\x1b[2J\u202e = 1")
    assert result.status == 2
    assert "\\x1b[2J\\u202e" in result.err
    assert "\x1b" not in result.err


@pytest.mark.usefixtures("runs")
def test_list_puts_the_runs_of_a_group_together(place: Place) -> None:
    place.record(at=AT + 999_999 * SECOND, experiment="ablation", params={"lr": 0.4})
    result = place.mlrun("list", "--group", "experiment", "--columns", "params.lr,experiment")
    assert [row.split() for row in result.out.splitlines()] == [
        ["experiment", "lr"],
        ["ablation", "0.4"],
        ["ablation", "0.2"],
        ["0.3"],
        ["0.1"],
    ]


@pytest.mark.usefixtures("runs")
def test_list_shows_the_columns_that_are_chosen(place: Place) -> None:
    result = place.mlrun("list", "--columns", "params.lr,state,metrics.loss")
    assert [row.split() for row in result.out.splitlines()] == [
        ["lr", "state", "loss"],
        ["0.3", "failed"],
        ["0.2", "succeeded", "0.1"],
        ["0.1", "succeeded", "0.3"],
    ]


@pytest.mark.parametrize("args", [["--columns", "id,colour"], ["--sort", "colour"], ["--group", "colour"]])
@pytest.mark.usefixtures("runs")
def test_list_refuses_a_column_that_does_not_exist(place: Place, args: list[str]) -> None:
    result = place.mlrun("list", *args)
    assert result.status == 2
    assert 'there is no column "colour"' in result.err


def test_list_as_csv_can_be_read_back(place: Place, runs: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(place.mlrun("list", "--csv").out)))
    assert [row["id"] for row in rows] == runs
    assert [row["params.lr"] for row in rows] == ["0.3", "0.2", "0.1"]
    assert [row["metrics.loss"] for row in rows] == ["", "0.1", "0.3"]


def test_list_of_a_store_without_runs_says_what_to_do(place: Place) -> None:
    place.mlrun("init")
    result = place.mlrun("list")
    assert (result.status, result.out) == (0, "")
    assert "mlrun exec train.py" in result.err
    assert place.mlrun("list", "--json").data() == {"runs": [], "total": 0, "damaged": []}


def test_list_without_a_store_is_status_10(place: Place) -> None:
    result = place.mlrun("list")
    assert (result.status, result.out) == (10, "")


def test_names_that_are_hostile_or_not_utf_8_are_shown_and_do_nothing(place: Place) -> None:
    place.record(name="\x1b[2J[red]\u202e", argv=("a b", "\n", "\udce9"))
    for env in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}):
        result = place.mlrun("list", env=env)
        assert result.status == 0
        assert "\\x1b[2J[red]\\u202e: 'a b' '\\n' '\\xe9'" in result.out
    run = place.mlrun("list", "--json", env={"LC_ALL": "C", "PYTHONUTF8": "0"}).data()["runs"][0]
    assert run["name"] == "\x1b[2J[red]\u202e"
    assert run["command"]["argv"] == ["a b", "\n", "\udce9"]


@pytest.mark.parametrize("options", [(), ("--csv",), ("--columns", "params.m\x1b]52;c;aGk=\a\u202e")])
def test_the_name_of_a_parameter_does_nothing_to_a_terminal(place: Place, options: tuple[str, ...]) -> None:
    for value in (1, 2):
        place.record(params={"m\x1b]52;c;aGk=\a\u202e": value}, at=AT + value)
    shown = on_terminal(place, "list", *options, columns=200, env={"NO_COLOR": "1"})
    assert "m\\x1b]52;c;aGk=\\x07\\u202e" in shown
    assert not set("\x1b\a\u202e") & set(shown)
    assert "\x1b]52" in place.mlrun("list", "--csv").out


@pytest.mark.parametrize("verb", [("list",), ("metrics", "@")])
def test_two_formats_at_once_are_refused(place: Place, verb: tuple[str, ...]) -> None:
    result = place.mlrun(*verb, "--csv", "--json")
    assert (result.status, result.out) == (2, "")
    assert json.loads(result.err)["error"]["message"] == "choose one of --csv and --json"


def test_columns_with_wide_characters_are_left_out_where_they_do_not_fit(place: Place) -> None:
    for value in (1, 2):
        place.record(params={"精度" * 9: value}, at=AT + value)
    shown = on_terminal(place, "list", columns=80).splitlines()
    assert "精" not in shown[0]
    assert "精" in on_terminal(place, "list", columns=110).splitlines()[0]


def test_the_number_of_all_runs_is_right_with_a_limit_an_experiment_and_removed_runs(place: Place) -> None:
    made = [place.record(at=AT + count * SECOND, experiment="odd" if count % 2 else "even") for count in range(7)]
    assert place.mlrun("rm", made[0], made[1]).status == 0
    assert "1 of 5 runs" in place.mlrun("list", "-n", "1").err
    assert "1 of 3 runs" in place.mlrun("list", "-n", "1", "-e", "even").err
