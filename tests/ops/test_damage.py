"""What damage looks like to a person: it is said, and no other run is taken for the damaged one."""

import os
import shutil
from pathlib import Path

import pytest
from tests.cli.place import AT, SECOND, Place


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Three runs, the newest first, and no cache."""
    made = [place.record(at=AT + count * SECOND) for count in range(3)]
    shutil.rmtree(os.path.join(place.folder, ".mlrun", "cache"))
    return made[::-1]


@pytest.mark.parametrize("name", ["intent", "seal"])
def test_a_run_with_a_damaged_record_is_named_and_the_others_are_listed(
    place: Place, ids: list[str], name: str
) -> None:
    path = Path(place.folder, ".mlrun", "runs", ids[0], name)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"succeeded", b"failed...").replace(b'"host"', b'"hose"'))
    listed = place.mlrun("list", "--json")
    assert [run["id"] for run in listed.data()["runs"]] == ids[1:]
    assert listed.data()["damaged"] == [ids[0]]
    assert ids[0][:8] in place.mlrun("list").err
    for asked in ("@", "@~1", ids[0][:8]):
        assert place.mlrun("show", asked).status == 13
    assert place.mlrun("rm", "@~1").status == 13
    assert place.mlrun("show", ids[1][:8]).status == 0
    assert place.mlrun("fsck").status == 1


def test_with_every_pack_damaged_nothing_is_said_to_be_empty(place: Place, ids: list[str]) -> None:
    for pack in Path(place.folder, ".mlrun", "packs").iterdir():
        pack.chmod(0o644)
        pack.write_bytes(b"garbage")
    listed = place.mlrun("list")
    assert "no runs yet" not in listed.err + listed.out
    assert "3" not in listed.out
    assert len(place.mlrun("list", "--json").data()["damaged"]) == len(ids)
    assert place.mlrun("show", "@").status == 13


def test_a_folder_of_another_product_is_named_by_every_command(place: Place) -> None:
    os.mkdir(os.path.join(place.folder, ".mlrun"))
    place.write(".mlrun/theirs.db", "x")
    for args in (["list"], ["status"], ["doctor"], ["show"]):
        done = place.mlrun(*args)
        assert "is not a store of ours" in done.err + done.out, args
    ran = place.mlrun("exec", "sh", "-c", "exit 3")
    assert (ran.status, "is not a store of ours" in ran.err) == (3, True)
    assert os.listdir(os.path.join(place.folder, ".mlrun")) == ["theirs.db"]


def test_the_store_is_not_part_of_declared_data(place: Place) -> None:
    place.write("train.py", "print('ok')\n")
    found = []
    for _ in range(2):
        assert place.mlrun("exec", "-d", ".", "train.py").status == 0
        run = place.mlrun("show", "--json").data()
        found.append((run["fingerprint"], run["inputs"][0]["size"]))
    assert found[0] == found[1]
    assert found[0][1] == len("print('ok')\n")
    assert place.mlrun("exec", "-d", ".mlrun", "true").status == 2


def test_a_record_of_an_earlier_run_does_not_stay(place: Place) -> None:
    record = Path(place.write("run.json", '{"old": 1}'))
    os.mkdir(os.path.join(place.folder, ".mlrun"))
    place.write(".mlrun/theirs.db", "x")
    assert place.mlrun("exec", "--record", "run.json", "true").status == 0
    assert not record.exists()


def test_a_project_below_a_home_under_git_is_recorded_by_itself(place: Place) -> None:
    home = Path(place.env["HOME"])
    (home / ".git").mkdir()
    project = home / "projects" / "digits"
    project.mkdir(parents=True)
    (project / "train.py").write_text("print('ok')\n")
    for _ in range(2):
        assert place.mlrun("exec", "train.py", cwd=str(project)).status == 0
    assert (project / ".mlrun" / "format").exists()
    assert not (home / ".mlrun").exists()
    assert place.mlrun("show", "--json", cwd=str(project)).data()["code"]["files"] == 1
    assert place.mlrun("exec", "true", cwd=str(home)).status == 125
