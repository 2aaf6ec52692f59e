"""Results made by hand, as the verbs would return them."""

from typing import Any

from runlore.ops.results import LeftOut, Run, Started, Status
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef, Warn

AT = 1_795_438_083_123_456_789
"""2026-11-23 12:48:03.123456789 UTC."""
SECOND = 1_000_000_000


def an_id(digit: str) -> ObjectId:
    return ObjectId(digit * 64)


def a_file(path: str = "data/train.csv", **changes: Any) -> FileRef:  # noqa: ANN401 - any field
    return FileRef(path=path, oid=an_id("d"), size=1_500_000, stored=True, how="declared")._replace(**changes)


def a_run(**changes: Any) -> Run:  # noqa: ANN401 - any field
    run = Run(
        id="3f9a2c1b" + "0" * 56,
        name="baseline",
        experiment="ablation",
        message="does it learn at all",
        tags=("best", "paper"),
        notes=({"text": "looks good\nsecond line", "author": "ann", "at": AT},),
        state="succeeded",
        command={"argv": ["train.py", "--lr", "0.1"], "cwd": "", "interpreter": "/venv/bin/python"},
        code={
            "tree": an_id("c"),
            "files": 14,
            "bytes": 63_488,
            "git": {
                "commit": "a1b2c3d" + "0" * 33,
                "branch": "main",
                "remotes": {"origin": "https://example.org/x.git"},
                "dirty": True,
                "modified": ["train.py"],
                "untracked": ["new.py", "notes.md"],
                "submodules": [],
                "shallow": False,
            },
            "patch": an_id("b"),
        },
        params={"lr": 0.1, "model.depth": 3, "flag": True, "note": None, "at": 12},
        config=({"path": "conf/a.yaml", "oid": an_id("e")},),
        environment={
            "id": an_id("1"),
            "python": "3.11.7",
            "implementation": "cpython",
            "platform": "linux-x86_64-glibc2.36",
            "packages": {"numpy": "2.1.0", "pandas": "2.2.0"},
            "unlocked": [{"name": "mine", "version": "0.1", "source": "editable", "url": "file:///src/mine"}],
            "variables": {"OMP_NUM_THREADS": "2"},
            "hardware": {"cpu": "EPYC", "cores": 2, "memory": 8_000_000_000, "gpus": [{"name": "H100"}]},
            "container": None,
        },
        inputs=(a_file(), a_file("data/big", stored=False, kind="d", size=5_000_000_000)),
        outputs=(a_file("model.pt", how="declared"),),
        omitted=(),
        folders=("data",),
        network=("pypi.org",),
        series="5" * 64,
        usage_series="6" * 64,
        metrics={"accuracy": {"last": 0.972, "min": 0.1, "max": 0.98, "count": 30, "step": 29}},
        fingerprint=an_id("f"),
        author="Ann <ann@example.org>",
        host="box",
        started_at=AT,
        finished_at=AT + 2 * SECOND,
        duration=2.1,
        exit_code=0,
        signal=None,
        usage={"cpu_seconds": 3.25, "peak_memory": 120_000_000, "gpu_seconds": None},
        parent=None,
        observer={"name": "none", "blind": ["files the command reads"]},
        log={"oid": an_id("a"), "bytes": 120},
        secrets=({"part": "code", "path": "conf/a.yaml", "line": 3, "rule": "github", "fingerprint": "4f1c09aa"},),
        unsearched=0,
        warnings=(Warn(code="network-used", message="the run used the network"),),
    )
    return run._replace(**changes)


def a_short_run(**changes: Any) -> Run:  # noqa: ANN401 - any field
    """As listings hold it."""
    return a_run(**{"config": None, "inputs": None, "outputs": None, "omitted": None, "notes": (), **changes})


def a_left_out() -> LeftOut:
    return LeftOut(path="runs/", reason="git ignores it", files=1204, bytes=3_300_000_000, partial=True)


def a_started(**changes: Any) -> Started:  # noqa: ANN401 - any field
    started = Started(
        id="3f9a2c1b" + "0" * 56,
        commit="a1b2c3d" + "0" * 33,
        branch="main",
        dirty=True,
        modified=2,
        untracked=1,
        code_files=14,
        code_bytes=63_488,
        new_bytes=100,
        inputs=0,
        left_out=(),
        omitted=(),
        warnings=(),
    )
    return started._replace(**changes)


def a_status(**changes: Any) -> Status:  # noqa: ANN401 - any field
    run = a_run()
    status = Status(
        top="/home/ann/project",
        store="/home/ann/project/.mlrun",
        git=run.code["git"],
        code_files=14,
        code_bytes=63_488,
        interpreter="/venv/bin/python",
        environment=run.environment,
        left_out=(a_left_out(),),
        omitted=(a_file("weights.bin", stored=False),),
        newest=run,
        added=("new.py",),
        removed=(),
        modified=("train.py",),
        warnings=(),
    )
    return status._replace(**changes)
