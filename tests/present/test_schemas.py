"""What `--json` prints is what the published schemas say, no less and no more."""

import copy
import json
import os
from array import array
from collections.abc import Iterator

import jsonschema
import pytest
from tests.present.compared import DIFF, EMPTY_DIFF
from tests.present.made import AT, a_run, a_short_run, a_status, an_id
from tests.present.sampled import ONES, TWOS
from tests.present.schemas import FOLDER, NAMES, schema, validator

from runlore.capture.metrics.series import Series
from runlore.cli.progress import Step
from runlore.ops.descent.results import Edge, Lineage, Node, Outline, Remark
from runlore.ops.gc import Collected
from runlore.ops.gc_remote import Amount, Cleaned
from runlore.ops.hybrids.difference import Difference, LeftOut
from runlore.ops.hybrids.results import Bisected, Culprit, Measured, PartShare, Why
from runlore.ops.hybrids.results import Step as Looked
from runlore.ops.metrics import Metric, MetricsTable, RunMetrics
from runlore.ops.plot import Curve, Drawn, Panel, Plot
from runlore.ops.rebuilt import CheckedOut, Got, Outside
from runlore.ops.reproduction.results import Divergence, Part, Reproduction
from runlore.ops.results import (
    Check,
    Checkup,
    Finding,
    FsckReport,
    Initialised,
    LeftPackage,
    Locked,
    Notes,
    Removed,
    RunList,
    Setting,
    Settings,
    Tag,
    Tags,
    Vendored,
)
from runlore.ops.sharing.results import Cloned, Pulled, Pushed, RemoteInfo, Remotes, Skipped
from runlore.present.json import error_text, text
from runlore.records.absent import Absent
from runlore.records.hashing import RunId
from runlore.store.remote.trial import Trial

PUBLISHED = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "reference", "schemas")
STEPS, VALUES = array("q", (0, 1)), array("d", (0.5, float("inf")))
FIVE = {"last": 0.5, "min": None, "max": None, "count": 2, "step": 1}
PULLED = Pulled("origin", "/b", (an_id("1"),), {"ann": 1}, 2, (an_id("2"),), 3, 4)
WHY = Why(
    a=RunId(an_id("1")),
    b=RunId(an_id("2")),
    metric="loss",
    verdict="found",
    sentence="loss changed because of a.py:1",
    values={"a": (1.0, float("inf")), "b": (2.0,)},
    spread=0.1,
    p=None,
    causes=(Culprit(("code",), ("a.py:1",), 1.0, suffices=True, needed=None, lines=("-1", "+2")),),
    parts=(PartShare("code", 2, None),),
    trials=(
        Measured(("a",), (1.0,), 0.0, (RunId(an_id("3")),), None),
        Measured(("a.py:1",), (), None, (), "it failed"),
    ),
    differences=(Difference("code", "a.py:1", ("-1", "+2")), Difference("data", "x.csv", finer=(0,))),
    left_out=(LeftOut("six 1.0 -> 2.0", "neither run imported it", can_matter=False),),
    runs=1,
    needed=4,
)
TAG = Tag(name="best", run=an_id("3"), author="ann", at=AT, conflict=(an_id("4"),))
RESULTS: dict[str, list[object]] = {
    "run": [
        a_run(),
        a_run(
            state="running",
            finished_at=None,
            duration=None,
            exit_code=None,
            log=None,
            parent={"run": an_id("2"), "kind": "reproduces"},
            origin={"remote": "origin", "url": "s3://team/digits"},
            params={"lr": float("nan")},
            metrics={"loss": {"last": float("inf")}},
            code={"tree": None, "files": 0, "bytes": 0, "git": None, "patch": None},
        ),
    ],
    "samples": [*ONES],
    "samples-diff": [*TWOS],
    "run-list": [RunList(runs=(a_short_run(), a_short_run(signal=9)), total=7), RunList(runs=(), total=0)],
    "status": [
        a_status(),
        a_status(
            store=None,
            git=None,
            interpreter=None,
            environment=None,
            newest=None,
            added=None,
            removed=None,
            modified=None,
        ),
    ],
    "tag-list": [Tags(tags=(TAG,)), TAG],
    "note-list": [Notes(run=an_id("3"), notes=a_run().notes)],
    "removed": [Removed(runs=(an_id("3"),), restored=False)],
    "environment-lock": [
        Locked(an_id("3"), an_id("5"), "pylock", None, "x==1", 1, (LeftPackage("y", "1", "local"),)),
    ],
    "environment-vendor": [Vendored(an_id("3"), an_id("5"), 2, 7, (LeftPackage("y", "1", "gone"),))],
    "fsck": [
        FsckReport(
            sound=False,
            checked={"packs": 2},
            findings=(Finding(code="x", severity="error", path="p", message="m", hint=None),),
        )
    ],
    "gc": [
        Collected((an_id("3"),), (an_id("3"),), 1, 7, 5, 900, {"code": 800, "leftovers": 100}, ("e",), dry_run=True),
        Collected((), (), 0, 0, 0, 0, {}, (), dry_run=False, by_others=(an_id("3"),)),
    ],
    "gc-remote": [Cleaned("o", "/r", (an_id("4"),), (an_id("3"),), 1, 7, Amount(2, 900), Amount(), dry_run=True)],
    "doctor": [Checkup(checks=(Check(name="git", status="ok", detail="2.39", hint=None),))],
    "config": [
        Settings(settings=(Setting(key="k", value=1.5, default=True, source="store", help="h"),)),
        Setting(key="k", value="v", default=None, source="store", help="h"),
    ],
    "remote-list": [
        RemoteInfo("o", "/b", True, Trial(True, None, True, True, "honoured", False, 0.01, -1.5)),
        RemoteInfo("o", "/b", True, Trial(False, "read-only", None, None, None, None, 0.01, None)),
        Remotes((RemoteInfo("origin", "s3://a/b", True),)),
        Remotes(()),
        RemoteInfo("a", "/b", False),
    ],
    "push": [
        Pushed("origin", "/b", (an_id("1"),), 1, 2, 3, {"code": 3}, 4, (Skipped(an_id("2"), "it has not ended"),)),
        Pushed("origin", "/b", (), 0, 0, 0, {}, 0, (), dry_run=True),
    ],
    "pull": [PULLED, PULLED._replace(runs=(), authors={}, missing=("file 12",))],
    "progress": [Step("pushing", 1, 0)],
    "clone": [Cloned("/c", PULLED)],
    "checkout": [
        CheckedOut(
            run=an_id("3"),
            folder="/x/again",
            files=3,
            bytes=2048,
            missing=(
                Absent("data/a", an_id("a"), 7),
                Absent(".git", an_id("b"), 0, "refused", "why"),
            ),
            borrowed=("data/big",),
            outside=(Outside(path="/data/x", oid=an_id("c"), size=5, stored=True, status="changed"),),
            outside_restored=False,
        )
    ],
    "get": [
        Got(run=an_id("3"), path="m.pt", role="output", target="/x/m.pt", files=1, bytes=5, missing=()),
        Got(
            run=an_id("3"),
            path="out",
            role=None,
            target="/x/out",
            files=1,
            bytes=5,
            missing=(Absent("a", an_id("a"), 7, "damaged"),),
        ),
    ],
    "metrics": [
        MetricsTable(
            (
                RunMetrics(
                    an_id("3"),
                    "a",
                    "succeeded",
                    (
                        Metric("loss", dict(FIVE), (Series("loss", STEPS, array("q", (AT, 0)), VALUES),)),
                        Metric("acc", {**FIVE, "last": float("nan")}, None),
                        Metric("odd", dict.fromkeys(FIVE), None),
                    ),
                ),
                RunMetrics(an_id("4"), None, "running", ()),
            )
        )
    ],
    "plot": [
        Plot(
            x="step",
            log=True,
            smooth=0.9,
            runs=(Drawn(an_id("3"), None, "running", {"lr": 0.1}), Drawn(an_id("4"), "b", "failed", {})),
            panels=(
                Panel(
                    "loss", (0, 1), (Curve(an_id("3"), (((0, 0.5),),), (((0, 0.5),),), 2, float("inf"), 1, 1, 0, 0),)
                ),
            ),
            more=("acc",),
        )
    ],
    "diff": [DIFF, EMPTY_DIFF],
    "lineage": [
        Lineage(
            asked="m.pt",
            root=an_id("5"),
            up=True,
            down=True,
            nodes=(
                Node(an_id("5"), "file", ("m.pt",), 5, more_down=2),
                Node(an_id("3"), "run", run=Outline("n", "succeeded", ("train.py",), AT, AT, "a1", "main", True)),
                Node(an_id("4"), "run", run=Outline(None, "running", ("a.py",), AT, None, None, None, None)),
            ),
            edges=(
                Edge(an_id("3"), an_id("5"), "output", "out/m.pt"),
                Edge(an_id("5"), an_id("4"), "input", "m.pt", 2),
                Edge(an_id("3"), an_id("4"), "reproduces"),
            ),
            remarks=(Remark("cut", "there is more"),),
        ),
    ],
    "init": [Initialised(store="/x/.mlrun", created=True)],
    "bisect": [
        Bisected(
            *(RunId(an_id("1")), RunId(an_id("2")), "loss", "found", "loss changed"),
            values={"a": 1.0, "b": float("nan")},
            steps=(
                Looked("1" * 40, "first", (1.0,), 0.0, bad=False, runs=(RunId(an_id("3")),), why=None),
                Looked("2" * 40, "second", (), None, bad=None, runs=(), why="it failed"),
            ),
            first=("2" * 40,),
            runs=2,
        )
    ],
    "why": [WHY, WHY._replace(causes=(), trials=(), verdict="open", p=0.5)],
    "reproduce": [
        Reproduction(
            run=an_id("3"),
            rerun=an_id("4"),
            verdict="different",
            grade="uncertain",
            checks=(Part("inputs", "impossible", "gone", "put it back"), Part("log", "identical", "")),
            first_divergence=Divergence(
                metric="loss",
                step=3,
                a=0.5,
                b=float("nan"),
                output="m.bin",
                line={"number": 1, "a": None, "b": "x"},
                causes=("another processor",),
            ),
            exit_code=0,
            folder="/x",
        ),
        Reproduction(run=an_id("3"), rerun=None, verdict=None, grade="complete", checks=()),
    ],
}


def _cases() -> Iterator[tuple[str, object]]:
    for name, results in RESULTS.items():
        yield from ((name, result) for result in results)


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_a_schema_with_the_name_of_its_file(name: str) -> None:
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:runlore:schema:{name}-1"
    assert found["properties"]["schema"] == {"const": f"{name}/1"}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_published_as_it_is_installed(name: str) -> None:
    copies = []
    for folder in (FOLDER, PUBLISHED):
        with open(os.path.join(folder, f"{name}-1.json"), encoding="utf-8") as file:
            copies.append(file.read())
    assert copies[0] == copies[1], "cp src/runlore/present/schemas/*.json docs/reference/schemas/"


def test_no_schema_is_published_that_is_not_installed() -> None:
    assert sorted(os.listdir(PUBLISHED)) == sorted(["README.md", *(f"{name}-1.json" for name in NAMES)])


def test_every_schema_but_the_error_is_tried_on_a_result() -> None:
    assert sorted([*RESULTS, "error"]) == NAMES


@pytest.mark.parametrize(("name", "result"), list(_cases()))
def test_a_result_is_as_its_schema_says_and_has_nothing_beyond(name: str, result: object) -> None:
    validator(name).validate(json.loads(text(f"{name}/1", result)))


def test_an_error_is_as_its_schema_says() -> None:
    validator("error").validate(json.loads(error_text("locked", "it is locked", "wait")))


@pytest.mark.parametrize("name", RESULTS)
def test_a_schema_refuses_a_result_that_lacks_a_field(name: str) -> None:
    document = json.loads(text(f"{name}/1", RESULTS[name][0]))
    for field in document["data"]:
        broken = copy.deepcopy(document)
        del broken["data"][field]
        if field not in ("config", "inputs", "outputs", "omitted", "folders", "secrets") or name != "run":
            assert not validator(name).is_valid(broken), field


def test_a_schema_refuses_a_time_that_is_a_number() -> None:
    document = json.loads(text("run/1", a_run()))
    document["data"]["started_at"] = AT
    assert not validator("run").is_valid(document)
