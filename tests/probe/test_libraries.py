"""Unmodified scripts that log to the real MLflow, W&B and TensorBoard writers: each event is copied once.

A library is looked for in the tests' own interpreter and in the one that RUNLORE_TEST_PYTHON names.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.probe.children import Child

CANDIDATES = [sys.executable, *filter(None, [os.environ.get("RUNLORE_TEST_PYTHON")])]
QUIET = {"WANDB_SILENT": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet", "DO_NOT_TRACK": "1"}


def interpreter(*modules: str) -> str:
    """One that has all of these modules."""
    for python in CANDIDATES:
        look = f"import importlib.util as u; raise SystemExit(not all(map(u.find_spec, {modules!r})))"
        if subprocess.run([python, "-I", "-c", look], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(f"no interpreter with {' and '.join(modules)} (RUNLORE_TEST_PYTHON can name one)")


def trained(child: Child, python: str, source: str, *, probe: bool = True) -> list[Any]:
    """What a script of this source printed last, as JSON. The libraries may say things on standard error."""
    child.write("train.py", source)
    done = child.run(python, "train.py", probe=probe, env=QUIET)
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def copies(child: Child, source: str) -> Iterator[tuple[str, Any, Any]]:
    """Each point that was copied: its name, step and value."""
    assert child.told("warning") == []
    for entry in child.told("log"):
        assert entry["source"] == source
        assert entry["run"]
        for name, value in entry["values"].items():
            yield name, entry["step"], value


MLFLOW = """
import json, mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
mlflow.set_tracking_uri("sqlite:///mlflow.db")
client, told = MlflowClient(), []
with mlflow.start_run() as run:
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"layers": 3, "deep": True, "name": "sgd"})
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        told.append(["loss", step, 1 / (step + 1)])
    for step in range(50):
        mlflow.log_metrics({"acc": step / 100, "f1": step / 50}, step=step)
        told += [["acc", step, step / 100], ["f1", step, step / 50]]
    for step in range(50):
        client.log_metric(run.info.run_id, "client", step, step=step)
        told.append(["client", step, step])
    client.log_batch(run.info.run_id, [Metric("batch", n, 0, n) for n in range(49)], [Param("batch", "0.5")])
    told += [["batch", n, n] for n in range(49)]
    client.log_batch(run.info.run_id, metrics=[Metric("twice", n, n, 7) for n in range(2)])
    told += [["twice", 7, 0], ["twice", 7, 1]]
    mlflow.log_metric("late", 1.5, synchronous=False).wait()
    told.append(["late", 0, 1.5])
    mlflow.log_metrics({"later": 2.5, "latest": 3.5}, step=2, synchronous=False).wait()
    told += [["later", 2, 2.5], ["latest", 2, 3.5]]
    client.log_param(run.info.run_id, "late", 1)
    mlflow.log_metric("end", 0)
    told.append(["end", 0, 0])
kept = {name: len(client.get_metric_history(run.info.run_id, name)) for name in {each[0] for each in told}}
print(json.dumps([told, kept]))
"""


def test_mlflow_every_way_to_log(child: Child) -> None:
    told, kept = trained(child, interpreter("mlflow", "sqlalchemy"), MLFLOW)
    found = list(copies(child, "mlflow"))
    assert len(told) == 305
    assert sorted(found) == sorted(map(tuple, told)), f"{len(found)} of {len(told)} events"
    assert sum(kept.values()) == 305, "and MLflow kept as many"
    params: dict[str, Any] = {}
    for entry in child.told("params"):
        params.update(entry["values"])
    assert params == {"lr": 0.1, "layers": 3, "deep": True, "name": "sgd", "batch": 0.5, "late": 1}


def test_mlflow_autolog(child: Child) -> None:
    python = interpreter("mlflow", "sqlalchemy", "sklearn")
    (told,) = trained(
        child,
        python,
        """
import json, warnings, mlflow
from sklearn.linear_model import LogisticRegression
warnings.simplefilter("ignore")
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.autolog(silent=True, log_models=False)
with mlflow.start_run() as run:
    LogisticRegression(max_iter=17).fit([[0], [1], [2], [3]], [0, 0, 1, 1])
print(json.dumps([mlflow.get_run(run.info.run_id).data.metrics]))
""",
    )
    found = list(copies(child, "mlflow"))
    assert len(found) == len(told) > 3
    assert {name: value for name, _, value in found} == told
    assert child.told("params")[0]["values"]["max_iter"] == 17


def test_mlflow_raises_what_it_raised(child: Child) -> None:
    source = """
import json, mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
said = []
with mlflow.start_run():
    mlflow.log_param("lr", 1)
    wrong = ((mlflow.log_param, "lr", 2), (mlflow.log_metric, "a", "text"), (mlflow.log_metric, None, 1))
    for log, *arguments in wrong:
        try:
            log(*arguments)
        except Exception as error:
            said.append(type(error).__name__)
print(json.dumps(said))
"""
    python = interpreter("mlflow", "sqlalchemy")
    said = trained(child, python, source, probe=False)
    (child.folder / "mlflow.db").unlink()
    assert trained(child, python, source) == said == ["MlflowException"] * 3
    assert [entry["values"] for entry in child.told("params")] == [{"lr": 1}]
    assert child.told("log") == []


WANDB = """
import json, wandb
told = []
run = wandb.init(mode="offline", config={"lr": 0.1, "net": {"layers": 3}})
run.config.update({"late": 3})
wandb.config.later = "x"
for step in range(1000):
    wandb.log({"loss": 1 / (step + 1), "val": {"acc": step / 1000}})
    told += [["loss", step, 1 / (step + 1)], ["val.acc", step, step / 1000]]
for step in range(2000, 3000):
    run.log({"f1": step, "image": wandb.Histogram([1, 2, 3]), "text": "none"}, step=step)
    told.append(["f1", step, step])
for step in range(4000, 4500):
    run.log({"first": step}, step=step, commit=False)
    run.log({"second": step}, step=step)
    told += [["first", step, step], ["second", step, step]]
run.finish()
print(json.dumps(told))
"""


def test_wandb_offline(child: Child) -> None:
    told = trained(child, interpreter("wandb"), WANDB)
    found = list(copies(child, "wandb"))
    assert len(told) == 4000
    assert sorted(found) == sorted(map(tuple, told)), f"{len(found)} of {len(told)} scalars"
    params: dict[str, Any] = {}
    for entry in child.told("params"):
        params.update(entry["values"])
    assert params == {"lr": 0.1, "net.layers": 3, "late": 3, "later": "x"}


WRITER = """
import json
from {module} import SummaryWriter
told = []
with SummaryWriter("runs/a") as writer:
    for step in range(500):
        writer.add_scalar("loss", 1 / (step + 1), step)
        writer.add_scalar(tag="acc", scalar_value={number}, global_step=step)
        told += [["loss", step, 1 / (step + 1)], ["acc", step, 0.5]]
    for step in range(100):
        writer.add_scalars("both", {{"train": step, "test": 2 * step}}, step)
        told += [["both/train", step, step], ["both/test", step, 2 * step]]
    writer.add_text("note", "none", 1)
    writer.add_hparams({{"lr": 0.1}}, {{"best": 0.9}})
    told.append(["best", None, 0.9])
print(json.dumps(told))
"""


@pytest.mark.parametrize(
    ("module", "number", "needed"),
    [
        ("tensorboardX", "0.5", "tensorboardX"),
        ("torch.utils.tensorboard", "__import__('torch').tensor(0.5, requires_grad=True)", "torch tensorboard"),
    ],
)
def test_tensorboard_writers(child: Child, module: str, number: str, needed: str) -> None:
    python = interpreter(*needed.split())
    told = trained(child, python, WRITER.format(module=module, number=number))
    found = list(copies(child, "tensorboard"))
    assert len(told) == 1201
    assert sorted(found, key=repr) == sorted(map(tuple, told), key=repr), f"{len(found)} of {len(told)} scalars"
    assert [entry["values"] for entry in child.told("params")] == [{"lr": 0.1}]
    assert any(name.startswith("events.out.tfevents") for name in os.listdir(child.folder / "runs" / "a"))


def test_torch_tensors_are_numbers(child: Child) -> None:
    trained(
        child,
        interpreter("torch"),
        """
import torch, runlore
runlore.log(a=torch.tensor(0.5), b=torch.tensor([2], dtype=torch.int8), c=torch.tensor(0.25, requires_grad=True).sum())
runlore.log(d=torch.tensor(float("nan"), dtype=torch.bfloat16), e=torch.tensor(True), step=torch.tensor(3))
runlore.samples(torch.arange(2), prediction=torch.eye(2), loss=torch.tensor([0.5, float("inf")]))
runlore.params(lr=torch.tensor(0.5), device=torch.device("cpu"), kind=torch.float32)
print("[]")
""",
    )
    first, second = child.told("log")
    assert first["values"] == {"a": 0.5, "b": 2, "c": 0.25}
    assert (second["step"], second["values"]) == (3, {"d": "NaN", "e": 1})
    (samples,) = child.told("samples")
    assert samples["columns"] == {"id": [0, 1], "prediction": [[1.0, 0.0], [0.0, 1.0]], "loss": [0.5, "Infinity"]}
    assert child.told("params")[0]["values"] == {"lr": 0.5, "device": "cpu", "kind": "torch.float32"}


def test_pandas_and_polars_columns(child: Child) -> None:
    trained(
        child,
        interpreter("pandas"),
        """
import pandas as pd, runlore
frame = pd.DataFrame({"id": ["a", "b"], "loss": [0.5, None], "day": pd.to_datetime(["2024-01-02", None])})
frame["kind"] = pd.Categorical(["x", "y"])
frame["whole"] = pd.array([1, None], dtype="Int64")
runlore.samples(frame["id"], loss=frame["loss"], day=frame["day"], kind=frame["kind"], whole=frame["whole"])
print("[]")
""",
    )
    (samples,) = child.told("samples")
    assert samples["columns"] == {
        "id": ["a", "b"],
        "loss": [0.5, "NaN"],
        "day": ["2024-01-02T00:00:00", "NaT"],
        "kind": ["x", "y"],
        "whole": [1, "<NA>"],
    }


def test_coverage_measures_a_script_that_logs(child: Child) -> None:
    python = interpreter("coverage")
    child.write("train.py", "import runlore\nfor n in range(3):\n    runlore.log(n=n)\nif n > 5:\n    print('never')\n")
    ran = child.run(python, "-m", "coverage", "run", "--branch", "train.py")
    assert (ran.stderr, ran.returncode) == ("", 0)
    report = child.run(python, "-m", "coverage", "json", "-o", "-", "--include", "train.py", probe=False)
    (measured,) = json.loads(report.stdout.splitlines()[0])["files"].values()
    assert (measured["executed_lines"], measured["missing_lines"]) == ([1, 2, 3, 4], [5])
    assert child.values("n") == [0, 1, 2]
