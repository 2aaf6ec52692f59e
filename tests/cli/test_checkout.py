"""`mlrun checkout`."""

import os
import shutil
from pathlib import Path

import pytest
from tests.cli.place import Place

SCRIPT = "open('data/x.csv').read(); open('local.yaml').read(); open('out.txt', 'w').write('made')\n"


@pytest.fixture
def ran(place: Place) -> Place:
    """A project whose one run read an ignored file, a config and a link, with changes that are not committed."""
    place.sign("Ann")
    for name, text in (
        ("train.py", SCRIPT),
        ("data/x.csv", "1,2\n"),
        ("local.yaml", "lr: 1\n"),
        (".gitignore", "data\nlocal.yaml\n"),
    ):
        place.write(name, text)
    os.symlink("train.py", os.path.join(place.folder, "link"))
    done = place.mlrun("exec", "-q", "-d", "data", "-c", "local.yaml", "train.py", "--lr", "2")
    assert done.status == 0, done.err
    return place


def files(folder: str) -> dict[str, bytes]:
    top = Path(folder)
    return {os.fspath(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_a_run_is_rebuilt_when_its_project_is_gone(ran: Place) -> None:
    before = {name: text for name, text in files(ran.folder).items() if not name.startswith((".git/", ".mlrun/"))}
    alone = os.path.join(os.path.dirname(ran.folder), "alone")
    os.mkdir(alone)
    shutil.move(os.path.join(ran.folder, ".mlrun"), alone)
    shutil.rmtree(ran.folder)
    done = ran.mlrun("checkout", "@", "../again", cwd=alone)
    again = os.path.join(os.path.dirname(ran.folder), "again")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0].startswith("restored 5 files, ")
    assert files(again) == {name: text for name, text in before.items() if name != "out.txt"}
    assert os.readlink(os.path.join(again, "link")) == "train.py"
    ran.mlrun("checkout", "@", "../with", "--outputs", cwd=alone)
    assert files(again.replace("again", "with")) == before


def test_the_store_and_the_project_stay_as_they_are(ran: Place) -> None:
    before = files(ran.folder)
    assert ran.mlrun("checkout", "@", "new", "--json").data()["files"] == 5
    after = {name: text for name, text in files(ran.folder).items() if not name.startswith(("new/", ".mlrun/cache/"))}
    assert after == {name: text for name, text in before.items() if not name.startswith(".mlrun/cache/")}


def test_what_cannot_be_restored_is_said_and_the_rest_is_there(ran: Place) -> None:
    packs = Path(ran.folder, ".mlrun", "packs")
    for pack in packs.iterdir():
        data = pack.read_bytes()
        if b"1,2\n" in data:
            pack.chmod(0o644)
            pack.write_bytes(data.replace(b"1,2\n", b"1,3\n"))
    Path(ran.folder, "data", "x.csv").unlink()
    done = ran.mlrun("checkout", "@", "../again")
    assert done.status == 13
    assert "damaged: data/x.csv (4 B)" in done.out
    assert "hint: mlrun fsck" in done.out
    assert "train.py" in files(os.path.join(os.path.dirname(ran.folder), "again"))


def test_a_file_from_outside_that_changed_is_said_with_the_way_out(place: Place) -> None:
    outside = os.path.join(os.path.dirname(place.folder), "outside.csv")
    Path(outside).write_text("old\n")
    place.write("train.py", "print(1)\n")
    place.mlrun("exec", "-q", "-d", outside, "train.py")
    assert place.mlrun("checkout", "@", "first").status == 0
    Path(outside).write_text("new\n")
    done = place.mlrun("checkout", "@", "second")
    assert done.status == 15
    assert f"outside, changed: {outside}\n  hint: --outside puts it" in done.out
    done = place.mlrun("checkout", "@", "third", "--outside")
    assert (done.status, Path(place.folder, "third/.outside" + outside).read_text()) == (0, "old\n")


def test_a_folder_with_files_is_refused_with_a_way_out(ran: Place) -> None:
    done = ran.mlrun("checkout", "@", ".", "--json")
    assert (done.status, done.out) == (17, "")
    assert '"refused"' in done.err
    assert "--force" in done.err
    assert ran.mlrun("checkout", "@", ".", "--force").status == 0


def test_a_run_without_code_cannot_be_rebuilt(place: Place, runs: list[str]) -> None:
    done = place.mlrun("checkout", runs[0], "new")
    assert (done.status, os.path.exists(os.path.join(place.folder, "new"))) == (15, False)


def test_a_store_that_cannot_be_written_is_enough(ran: Place) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    store = Path(ran.folder, ".mlrun")
    for path in (store, *(path for path in store.rglob("*") if path.is_dir())):
        path.chmod(0o555)
    try:
        done = ran.mlrun("checkout", "@", "../again")
        assert (done.status, done.err) == (0, "")
        assert ran.mlrun("get", "@:data/x.csv", "-o", "-").out == "1,2\n"
    finally:
        for path in (store, *store.rglob("*")):
            path.chmod(0o755)
