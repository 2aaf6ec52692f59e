"""Bit rot: a sample of what ``scripts/rot`` tries, and what is brought back by ``fsck --repair``."""

import itertools
import os
import pathlib
from collections.abc import Iterator

import pytest
from tests.crash.project import Project
from tests.rot.answers import listings, of_run
from tests.rot.campaign import KINDS, Campaign, Outcome
from tests.rot.made import copy, make

_SEED = 20261128
_OF_EACH = 3
"""Damages of each kind of file that are tried."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make(tmp_path_factory.mktemp("made") / "all")


@pytest.fixture(scope="module")
def outcomes(made: Project, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    scratch = tmp_path_factory.mktemp("rot")
    campaign = Campaign(copy(made, scratch / "all"), scratch)
    trials = list(campaign.trials(_SEED, each=1, inside=3))
    chosen = []
    for _, some in itertools.groupby(trials, key=lambda each: each.kind):
        of_kind = list(some)
        chosen += of_kind[:: max(1, len(of_kind) // _OF_EACH)][:_OF_EACH]
    return [campaign.run(trial, deep=at % 5 == 0) for at, trial in enumerate(chosen)]


def test_every_damage_to_every_kind_of_file_is_found(outcomes: list[Outcome]) -> None:
    assert {each.trial.kind for each in outcomes} >= KINDS.keys() - {"lock", "lock of a run", ".gitignore"}
    assert [each for each in outcomes if each.how == "MISSED"] == []


def test_nobody_who_reads_a_damaged_store_is_told_what_is_wrong(outcomes: list[Outcome]) -> None:
    assert [each for each in outcomes if each.wrong] == []


@pytest.fixture
def project(made: Project, tmp_path: pathlib.Path) -> Project:
    return copy(made, tmp_path / "all")


def flip(path: pathlib.Path, at: int = -40) -> bytes:
    """Flip a bit; what was there."""
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:at] + bytes((data[at] ^ 4,)) + data[at:][1:])
    return data


def everything(project: Project, scratch: pathlib.Path) -> dict[str, str]:
    runs = sorted(os.listdir(project.store / "runs"))
    found = {name: said for run in runs for name, said in of_run(project, run, scratch, deep=True).items()}
    return {**listings(project), **found}


def spoilt(project: Project) -> Iterator[pathlib.Path]:
    """A file of each kind with a second copy: in the remote, in the index, or in its own hash."""
    folder = project.store / "runs"
    theirs = next(folder.glob("*/origin")).parent
    yield from (theirs / "intent", theirs / "seal", theirs / "origin")
    yield min((project.store / "events").iterdir())
    yield from (project.store / "packs").iterdir()
    yield project.store / "secret-key"
    yield project.store / ".gitignore"
    yield project.store / "format"


def test_repair_puts_flipped_bits_right_and_keeps_what_was_there(project: Project, tmp_path: pathlib.Path) -> None:
    everything(project, tmp_path)
    right = everything(project, tmp_path)
    damaged = {}
    for path in spoilt(project):
        flip(path, -1 if path.stat().st_size < 40 else -40)
        damaged[path.relative_to(project.store)] = path.read_bytes()
    assert project.mlrun("fsck").status == 1
    done = project.mlrun("fsck", "--repair")
    assert done.status == 0, done.out
    assert everything(project, tmp_path) == right
    for name, held in damaged.items():
        assert (project.store / "aside" / name).read_bytes() == held


def test_repair_brings_what_is_gone_from_a_remote_that_has_it(project: Project, tmp_path: pathlib.Path) -> None:
    everything(project, tmp_path)
    run = next((project.store / "runs").glob("*/origin")).parent
    right = of_run(project, run.name, tmp_path, deep=True)
    for name in ("intent", "seal"):
        (run / name).chmod(0o644)
        (run / name).write_bytes(b"")
    assert project.mlrun("show", run.name).status == 13
    done = project.mlrun("fsck", "--repair")
    assert done.status == 0, done.out
    assert "brought from origin" in done.out
    assert of_run(project, run.name, tmp_path, deep=True) == right
    assert (project.store / "aside" / "runs" / run.name / "seal").read_bytes() == b""


def test_repair_moves_nothing_that_it_cannot_replace_out_of_a_run(project: Project) -> None:
    run = next(path.parent for path in (project.store / "runs").glob("*/seal") if not (path.parent / "origin").exists())
    flip(run / "seal", 200)
    flip(run / "seal", 300)
    assert project.mlrun("fsck", "--repair").status in {0, 1}
    assert (run / "seal").exists()
    assert project.mlrun("exec", "train.py", "--rate=0.9").status == 0
    assert "crashed" not in (run / "seal").read_text(errors="replace")
