"""Samples found out about by hand."""

import math

from tests.present.made import an_id

from runlore.insight.samples.results import (
    Bin,
    Calibration,
    Change,
    ChangedSlice,
    Compared,
    Condition,
    Confusion,
    Gate,
    Looked,
    Loss,
    Outcomes,
    Part,
    Remark,
    Roles,
    Sample,
    SetAside,
    Slice,
    Slices,
    Verdict,
)
from runlore.ops.samples import RunSamples, SamplesDiff, Side

TOLD = Side(an_id("1"), "base", "told", None, "parquet")
FILE = Side(an_id("2"), None, "file", "out/predictions.csv", "csv")
ROLES = Roles("id", "target", "prediction", None, "split", "confidence")
CONDITIONS = (
    Condition("site", "is", "north\x1b[31m"),
    Condition("age", "within", None, 20, 30.5),
    Condition("camera", "missing"),
)
SLICE = Slice(CONDITIONS, 40, 0.5, 0.1, math.inf, 0.25, 0.0, 1e-9)
SLICES = Slices((SLICE,), 1200, 20, 3, "fisher", "risk-ratio", ("site", "age"), ("text",))
VALUES = {"id": 7, "target": "a", "prediction": "b", "confidence": 0.75, "site": None, "tags": ["x", 1], "age": 21.5}
LOOKED = Looked(
    kind="classification",
    error="wrong",
    roles=ROLES,
    rows=200,
    total=Part(None, 200, 0.15, 0.85),
    parts=(Part("test", 150, 0.2, 0.8), Part("val", 50, 0.0, 1.0)),
    set_aside=SetAside(1, 2, 3),
    worst=(Sample("7", "test", 1.0, VALUES),),
    confusion=Confusion(("a", "b", None), ((80, 5, 0), (10, 90, 0), (1, 2, 12))),
    calibration=Calibration("confidence", 0.05, (Bin(0.7, 0.8, 200, 0.75, 0.8),)),
    slices=SLICES,
    remarks=(Remark("missing", "1 sample without a target, a prediction or a loss: set aside"),),
)
NOTHING = LOOKED._replace(
    kind="loss",
    error="loss",
    roles=Roles(loss="loss"),
    total=Part(None, 1, 2.5, None),
    parts=(),
    worst=(),
    confusion=None,
    calibration=None,
    slices=SLICES._replace(found=(), columns=(), tested=0, test="welch", effect="cohens-d"),
    remarks=(),
)
COMPARED = Compared(
    kind="classification",
    error="wrong",
    keyed_by="id",
    roles_a=ROLES,
    roles_b=ROLES,
    rows=200,
    only_a=2,
    only_b=0,
    some_only_a=("8", "9"),
    some_only_b=(),
    outcomes=Outcomes(4, 20, 30, 146),
    verdict=Verdict("mcnemar", 0.001, 0.17, 0.25, 0.08, 0.03, 0.13),
    parts=(("test", 150, 0.2, 0.3), ("val", 50, 0.08, 0.1)),
    broken=(Change("7", "test", 0.0, 1.0, "a", "b", VALUES),),
    slices=(ChangedSlice(CONDITIONS, 40, 0.1, 0.5, 0.4, 0.0, 1.2, 0.8, 1e-9, 1e-5),),
    searched=SLICES._replace(found=(), test="welch-and-mcnemar", effect="cohens-d"),
    gate=Gate(20, 0.02, Loss(CONDITIONS[:1], 40, 0.4), passed=False),
    remarks=(),
)
SAME = COMPARED._replace(
    kind="regression",
    error="absolute",
    keyed_by="content",
    outcomes=None,
    verdict=Verdict("wilcoxon", 1.0, 0.17, 0.17, 0.0, 0.0, 0.0),
    parts=(),
    broken=(),
    slices=(),
    gate=None,
)
ONES = [RunSamples(TOLD, LOOKED), RunSamples(FILE, NOTHING)]
TWOS = [SamplesDiff(TOLD, FILE, COMPARED), SamplesDiff(TOLD, TOLD, SAME)]
