"""What finds faults finds mistakes in how mlrun writes: each is made once, and seen where mlrun itself is not."""

import pathlib

import pytest
from tests.crash import faults
from tests.crash.verbs import VERBS
from tests.crash.worlds import Disk, World

pytestmark = pytest.mark.crash
CAUGHT = [
    ("in place", "tag", "before", "/events/"),
    ("in place", "tag", "torn", ""),
    ("record before objects", "exec", "before", "/packs/"),
    ("one write", "tag", "short", ""),
    ("deaf to fsync", "tag", "EIO once", "fsync"),
    ("no fsync", "tag", "power", "exit"),
    ("no fsync of folders", "tag", "power", "exit"),
]
"""The mistake, a verb, the kind of fault that shows it, and what the points are about."""


@pytest.mark.parametrize(("mutant", "verb", "kind", "about"), CAUGHT)
def test_a_mistake_is_seen(tmp_path: pathlib.Path, mutant: str, verb: str, kind: str, about: str) -> None:
    world = (Disk if faults.KINDS[kind].on_a_disk else World)(tmp_path, VERBS[verb])
    sample = faults.Sample(about=about)
    made = faults.hit_some(world, verb, kind, sample=sample, mutant=mutant)
    assert made.violations, made
    right = faults.hit_some(world, verb, kind, sample=sample)
    assert (right.tried > 0, right.violations) == (True, [])
