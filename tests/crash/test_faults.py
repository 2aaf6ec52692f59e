"""A few faults of each kind in each verb; `scripts/faults` tries them all."""

import pathlib

import pytest
from tests.crash import faults
from tests.crash.verbs import VERBS
from tests.crash.worlds import World

pytestmark = pytest.mark.crash
SEED = 1
SAMPLE = {"kill": 2, "torn": 1, "short": 1, "ENOSPC": 1, "call EIO once": 1}
"""Points of each kind that are tried in each verb."""
POWER = {"exec": 2, "push": 1, "tag": 1}


def check(found: faults.Tried, *, most: int) -> None:
    assert found.violations == []
    assert found.tried > 0 or found.missed == most, found


@pytest.mark.parametrize("verb", VERBS)
def test_a_fault_loses_nothing_and_is_told(tmp_path: pathlib.Path, verb: str) -> None:
    world = World(tmp_path, VERBS[verb])
    for kind, most in SAMPLE.items():
        check(faults.hit_some(world, verb, kind, sample=faults.Sample(SEED, most)), most=most)


@pytest.mark.parametrize(("verb", "most"), POWER.items())
def test_what_was_said_outlasts_a_power_cut(tmp_path: pathlib.Path, verb: str, most: int) -> None:
    check(faults.run(tmp_path, verb, "power", sample=faults.Sample(SEED, most)), most=most)
