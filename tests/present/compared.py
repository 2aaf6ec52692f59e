"""A comparison made by hand, with something in every field of it."""

from typing import Any

from tests.present.made import AT, a_file, an_id

from runlore.insight.lines import Hunk
from runlore.insight.rows import Cell, Rows
from runlore.ops.difference.results import (
    PARTS,
    Code,
    CodeFile,
    Config,
    Cost,
    Damage,
    Diff,
    Environment,
    InputChange,
    InputMove,
    Inputs,
    Metric,
    Moved,
    Noise,
    Output,
    Outputs,
    Packages,
    Pair,
    Resources,
    Side,
    Table,
)

TABLE = Table({"x": 1}, {"y": None}, {"z": Pair(float("nan"), "1")})
SIDE = Side(an_id("3"), None, "succeeded", AT, 1.5, ("train.py",), "why")
DIFF = Diff(
    a=an_id("3"),
    b=an_id("4"),
    identical=False,
    parts={"code": "different", "inputs": "not-comparable"},
    not_comparable={"inputs": "run a was not watched"},
    damaged=(Damage("code", "a.bin", "damaged in the store"),),
    runs=(SIDE, SIDE._replace(name="b", duration=None)),
    command=Pair({"argv": ["a"], "cwd": "."}, {"argv": ["b"], "cwd": "."}),
    code=Code(
        tree=Pair(an_id("c"), None),
        commit=Pair(None, "a1"),
        files=(
            CodeFile("a.py", "b.py", "renamed", 1, 2, False, Pair(3, 4), None, None, (Hunk(1, 1, 1, 1, ("-x", "+y")),)),
            CodeFile("a.bin", None, "added", None, None, True, Pair(None, 4), False, "why", ()),
        ),
        lines_added=1,
        lines_removed=2,
    ),
    params=TABLE,
    config=Config(("a.yaml",), ("b.yaml",), {"c.yaml": Pair("1", "2")}, TABLE, (Moved("k", "a.yaml", "b.yaml"),)),
    environment=Environment(
        interpreter=TABLE,
        packages=Packages(
            {"a": "1"}, {"b": "2"}, {"c": Pair("1", "2")}, {"d": "another build"}, ("c",), uncertain=True
        ),
        hardware=TABLE,
        variables=TABLE,
        unkept=("X",),
    ),
    inputs=Inputs(
        added=(a_file(),),
        removed=(a_file(),),
        changed=(
            InputChange(
                "d.csv",
                Pair("1", "2"),
                Pair(3, 4),
                Rows(1, 2, 1, 0, 0, ("c",), (), ("v",), "id", (Cell(1, "c", "a", "b"),)),
                None,
            ),
            InputChange("e.bin", Pair("1", "2"), Pair(3, 4), None, "too large"),
        ),
        renamed=(InputMove("a", "b", 3),),
    ),
    metrics={
        "loss": Metric(
            *(0.5, float("inf"), float("inf"), None, Pair(0.1, 0.2), "min"),
            timing=False,
            same_points=False,
            noise=Noise("seeds", Pair(3, 1), Pair(0.5, 0.6), "t", 0.1, 0.04, stands_out=True),
        ),
        "x": Metric(None, 1, None, None, None, None, timing=True, same_points=False, noise=None),
    },
    outputs=Outputs(("a",), ("b",), (Output("c", "different", "row 1"),), 3),
    resources=Resources(
        Pair("succeeded", "failed 1"),
        Cost(1.0, None, None, None),
        {"cpu_seconds": Cost(1.0, 2.0, 1.0, 100.0)},
        Pair(None, "run"),
    ),
)
NOTHING: dict[str, Any] = dict.fromkeys(PARTS)
EMPTY_DIFF = DIFF._replace(parts={}, not_comparable={}, damaged=(), identical=True, **NOTHING)
