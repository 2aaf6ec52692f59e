"""Metric files as the tools write them that people use."""

import json
import os
from pathlib import Path

import pytest

from runlore.capture.metrics.files import Found, read_files
from runlore.capture.metrics.names import is_metric_file
from runlore.capture.metrics.points import Room


def _write(path: Path, content: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return os.fspath(path)


def _read(*paths: str) -> Found:
    return read_files(paths, Room())


def _values(found: Found) -> dict[str, float]:
    return {name: found.values.one(name).values[-1] for name in found.values.names}


def _curves(found: Found) -> dict[str, list[tuple[int, float]]]:
    return {
        name: list(zip(points.one(name).steps, points.one(name).values, strict=True))
        for points in found.series
        for name in points.names
    }


@pytest.mark.parametrize(
    "name",
    [
        *("metrics.json", "eval_results.json", "all_results.json", "test_metrics.yaml", "results.csv", "scores.toml"),
        *("val-scores.yml", "metrics.jsonl", "trainer_state.json", "Metrics.JSON", "live/plots/metrics/a/loss.tsv"),
    ],
)
def test_files_named_like_metrics_count(name: str) -> None:
    assert is_metric_file(f"/p/out/{name}")


@pytest.mark.parametrize(
    "name",
    ["config.json", "metrics.py", "biometrics.json", "metrics.json.bak", "results.parquet", "plots/metrics/a.png"],
)
def test_others_do_not(name: str) -> None:
    assert not is_metric_file(f"/p/out/{name}")


def test_numbers_in_json_get_dotted_names(tmp_path: Path) -> None:
    content = {"acc": 0.9, "f1": {"macro": 0.8, "per_class": [0.7, 1]}, "model": "resnet", "ok": True, "none": None}
    found = _read(_write(tmp_path / "metrics.json", content))
    assert _values(found) == {"acc": 0.9, "f1.macro": 0.8, "f1.per_class.0": 0.7, "f1.per_class.1": 1}
    assert found.warnings == []


def test_yaml_and_toml_are_read_as_well(tmp_path: Path) -> None:
    found = _read(
        _write(tmp_path / "metrics.yaml", "acc: 0.5\nloss: {train: 1e-3}\nname: x\n"),
        _write(tmp_path / "scores.toml", "[rouge]\nl = 0.25\n"),
    )
    assert _values(found) == {"acc": 0.5, "loss.train": 0.001, "rouge.l": 0.25}


def test_what_the_file_is_of_begins_the_name_once(tmp_path: Path) -> None:
    found = _read(
        _write(tmp_path / "all_results.json", {"eval_loss": 0.5, "epoch": 3.0}),
        _write(tmp_path / "eval_results.json", {"eval_loss": 0.5, "runtime": 7}),
        _write(tmp_path / "test_metrics.json", {"acc": 0.25}),
    )
    assert _values(found) == {"eval_loss": 0.5, "eval.runtime": 7, "test.acc": 0.25}


def test_files_of_one_name_are_told_apart_by_folder_and_others_are_not(tmp_path: Path) -> None:
    found = _read(
        _write(tmp_path / "out" / "fold_0" / "metrics.json", {"acc": 0.1}),
        _write(tmp_path / "out" / "fold_1" / "metrics.json", {"acc": 0.2}),
        _write(tmp_path / "out" / "metrics.json", {"acc": 0.15}),
        _write(tmp_path / "elsewhere" / "results.json", {"auc": 0.3}),
    )
    assert _values(found) == {"fold_0/acc": 0.1, "fold_1/acc": 0.2, "acc": 0.15, "auc": 0.3}


def test_the_step_of_values_is_a_step(tmp_path: Path) -> None:
    found = _read(_write(tmp_path / "metrics.json", {"step": 12, "loss": 0.5}))
    assert list(found.values.one("loss").steps) == [12]
    assert list(found.values.names) == ["loss"]


def test_the_csv_of_a_lightning_logger_is_series_with_gaps(tmp_path: Path) -> None:
    text = "epoch,step,train_loss,val_loss\n0,49,0.5,\n0,49,,0.6\n1,99,0.25,\n1,99,,nan\n"
    found = _curves(_read(_write(tmp_path / "metrics.csv", text)))
    assert found["train_loss"] == [(49, 0.5), (99, 0.25)]
    assert str(found["val_loss"]) == "[(49, 0.6), (99, nan)]"
    assert set(found) == {"train_loss", "val_loss"}


def test_a_table_by_epoch_with_blanks_in_its_header_is_series(tmp_path: Path) -> None:
    text = "\ufeff                  epoch,         train/box_loss,  time\n 1,   1.5, 3\n 2,   0.5, 6\n"
    assert _curves(_read(_write(tmp_path / "results.csv", text))) == {"train/box_loss": [(1, 1.5), (2, 0.5)]}


def test_a_table_without_steps_is_values_only_if_it_has_one_row(tmp_path: Path) -> None:
    one = _read(_write(tmp_path / "results.csv", "model,acc\nresnet,0.5\n"))
    assert (_values(one), _curves(one)) == ({"acc": 0.5}, {})
    two = _read(_write(tmp_path / "results.csv", "model,acc\nresnet,0.5\nvit,0.75\n"))
    assert (_values(two), _curves(two), two.warnings) == ({}, {}, [])


def test_the_history_of_a_hugging_face_trainer_is_series(tmp_path: Path) -> None:
    history = [
        {"loss": 0.5, "epoch": 0.5, "step": 10, "learning_rate": 1e-5},
        {"eval_loss": 0.6, "epoch": 1.0, "step": 20},
        {"loss": 0.25, "epoch": 1.0, "step": 20, "learning_rate": 5e-6},
    ]
    content = {"best_metric": 0.6, "global_step": 20, "log_history": history}
    found = _read(
        _write(tmp_path / "out" / "checkpoint-20" / "trainer_state.json", content),
        _write(tmp_path / "out" / "trainer_state.json", content),
    )
    assert _curves(found) == {
        "loss": [(10, 0.5), (20, 0.25)],
        "eval_loss": [(20, 0.6)],
        "learning_rate": [(10, 1e-5), (20, 5e-6)],
    }
    assert not found.values.names


def test_json_lines_are_rows_and_a_torn_last_one_is_none(tmp_path: Path) -> None:
    text = '{"iteration": 19, "total_loss": 0.5}\n{"iteration": 39, "total_loss": 0.25}\n{"iteration": 59, "tot'
    assert _curves(_read(_write(tmp_path / "metrics.json", text))) == {"total_loss": [(19, 0.5), (39, 0.25)]}
    assert _curves(_read(_write(tmp_path / "metrics.jsonl", '{"a": 1}\n{"a": 2}\n'))) == {"a": [(0, 1), (1, 2)]}


def test_dvclive_curves_are_named_by_their_path(tmp_path: Path) -> None:
    live = tmp_path / "dvclive"
    found = _read(
        _write(live / "plots" / "metrics" / "train" / "loss.tsv", "timestamp\tstep\tloss\n17\t0\t0.5\n18\t1\t0.25\n"),
        _write(live / "plots" / "metrics" / "acc.tsv", "step\tacc\n0\t0.1\n1\t0.2\n"),
        _write(live / "metrics.json", {"train": {"loss": 0.25}, "acc": 0.2, "test": 0.3, "step": 1}),
    )
    assert _curves(found) == {"train/loss": [(0, 0.5), (1, 0.25)], "acc": [(0, 0.1), (1, 0.2)]}
    assert _values(found)["test"] == 0.3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", '{"acc": '),
        ("metrics.json", ""),
        ("metrics.json", "[" * 200_000),
        ("metrics.json", "not\njson\n"),
        ("metrics.yaml", "a: [1, 2"),
        ("metrics.toml", "a = "),
        ("metrics.csv", "step,loss\n1," + "x" * 200_000),
        ("metrics.json", json.dumps({str(key): key for key in range(5_000)})),
        ("metrics.yaml", "a: 1\n" * 300_000),
        ("metrics.json", " " * ((8 << 20) + 1)),
    ],
)
def test_what_cannot_be_read_is_one_warning(tmp_path: Path, name: str, content: str) -> None:
    (warning,) = _read(_write(tmp_path / name, content)).warnings
    assert warning.code == "metrics-unreadable"
    assert name in warning.message
    assert len(warning.message) < 600


def test_a_pipe_a_link_and_a_missing_file_are_warnings_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.json")
    os.mkfifo(tmp_path / "metrics.yaml")
    (tmp_path / "scores.json").symlink_to("/etc/passwd")
    found = _read(
        *(os.fspath(tmp_path / name) for name in ("metrics.json", "metrics.yaml", "scores.json", "results.csv"))
    )
    assert [warning.code for warning in found.warnings] == ["metrics-unreadable"] * 4


def test_the_bytes_of_all_files_together_are_bounded(tmp_path: Path) -> None:
    paths = [_write(tmp_path / str(number) / "metrics.csv", "step,loss\n1,0.5\n") for number in range(6)]
    for path in paths:
        os.truncate(path, 60 << 20)  # holes: nothing is on the disk
    found = _read(*paths)
    assert len(found.warnings) == 6  # NULs are no CSV, and of two files not even that was seen
    assert sum("too many" in warning.message for warning in found.warnings) == 2


def test_keys_and_cells_of_any_kind_do_no_harm(tmp_path: Path) -> None:
    found = _read(
        _write(tmp_path / "metrics.csv", 'step,step,,loss\nx,2,3\n"1\n",2,3,4,5\n\n1_0,0x1,1,1e5\n'),
        _write(tmp_path / "results.json", [1, [2], {"step": "a", "loss": 1e999, "x": {}}, {"step": 2.5, "loss": 2}]),
        _write(tmp_path / "scores.json", '{"acc": NaN, "big": 1%s}' % ("0" * 400)),
    )
    assert found.warnings == []
    assert _curves(found)["loss"] == [(0, float("inf")), (1, 2.0)]
    assert _values(found)["big"] == float("inf")
