"""One project with every kind of change that trackers lose: all of it is kept, and given back by the store alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import Place
from tests.ops.giveback import Files, from_disk, from_store

from runlore.store.store import Store

TRAIN = """
import json, sys, time
import staged, untracked, ignored
import lib.tool, lib.fresh
settings = open("local.yaml").read()
weights = open("weights.bin", "rb").read()
rows = open("data/train.csv").read().splitlines()
outside = open(sys.argv[sys.argv.index("--extra") + 1]).read()
for step in range(200):
    sys.stdout.write(f"\\repoch {step}/199")
    sys.stdout.flush()
print()
open("model.bin", "wb").write(bytes(range(256)))
print(json.dumps({"rows": len(rows), "staged": staged.X, "untracked": untracked.X, "ignored": ignored.X}))
"""


class Dirty:
    """The run, and how the project looked when it started."""

    run: dict[str, Any]
    code: Files
    data: Files
    clean: Repo
    head: str
    store: str
    err: str


@pytest.fixture
def dirty(place: Place, repo: Repo, tmp_path: Path) -> Dirty:
    """Nothing is declared: what is on record was seen."""
    return run_dirty(place, repo, tmp_path)


@pytest.fixture
def declared(place: Place, repo: Repo, tmp_path: Path) -> Dirty:
    options = ("-d", "data", "-d", str(tmp_path / "extra.csv"), "-c", "local.yaml", "-o", "model.bin")
    return run_dirty(place, repo, tmp_path, *options)


def run_dirty(place: Place, repo: Repo, tmp_path: Path, *options: str) -> Dirty:
    library = Repo(tmp_path / "library")
    library.commit(tool__py="X = 1\n")
    repo.write(".gitignore", "data/\nlocal.yaml\nignored.py\nmodel.bin\n")
    repo.commit(train__py="print('old')\n", weights__bin=bytes(200), gone__py="x = 1\n", old_name__py="moved = 1\n" * 9)
    repo.git("submodule", "add", "-q", str(library.top), "lib")
    repo.commit()
    repo.write("train.py", TRAIN)
    repo.write("staged.py", "X = 2\n")
    repo.git("add", "staged.py")
    repo.git("mv", "old_name.py", "new_name.py")
    (repo.top / "gone.py").unlink()
    repo.write("untracked.py", "X = 3\n")
    repo.write("ignored.py", "X = 6\n")
    repo.write("weights.bin", bytes(range(200)))
    repo.write("lib/tool.py", "X = 4\n")
    repo.write("lib/fresh.py", "X = 5\n")
    repo.write("local.yaml", "optimizer:\n  lr: 0.25\n  name: adam\n")
    repo.write("data/train.csv", "a,b\n1,2\n3,4\n")
    (tmp_path / "extra.csv").write_text("outside\n")
    (repo.top / "run.sh").write_text('#!/bin/sh\nexec other/bin/python train.py "$@"\n')
    (repo.top / "run.sh").chmod(0o755)
    (repo.top / "latest").symlink_to("data/train.csv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    (site,) = (tmp_path / "other" / "lib").glob("*/site-packages")
    (site / "only_there-3.1.dist-info").mkdir()
    (site / "only_there-3.1.dist-info" / "RECORD").write_text("only_there.py,sha256=x,1\n")

    made = Dirty()
    made.head = repo.git("rev-parse", "HEAD").decode().strip()
    made.clean = Repo.clone(repo.top, tmp_path / "clean")
    made.code = from_disk(repo.top, ".git", ".mlrun", "data", "local.yaml", "ignored.py")
    made.data = from_disk(repo.top / "data")
    before = guarded(repo)
    done = place.mlrun(
        "exec", *options, "--",
        str(tmp_path / "other" / "bin" / "python"), "train.py", "--extra", str(tmp_path / "extra.csv"), "--lr", "0.5",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert guarded(repo) == before
    made.err = done.err
    made.run = place.mlrun("show", "--json").data()
    made.store = os.fspath(tmp_path / "alone" / ".mlrun")
    (tmp_path / "alone").mkdir()
    os.rename(repo.top / ".mlrun", made.store)
    shutil.rmtree(repo.top)
    (tmp_path / "extra.csv").unlink()
    return made


def guarded(repo: Repo) -> dict[str, bytes]:
    """Every byte under `.git`, submodules' included."""
    return {str(path): path.read_bytes() for path in sorted((repo.top / ".git").rglob("*")) if path.is_file()}


def test_the_code_comes_back_byte_for_byte_from_the_store_alone(dirty: Dirty) -> None:
    with Store(dirty.store) as store:
        assert from_store(store, dirty.run["code"]["tree"]) == dirty.code
    assert {"staged.py", "untracked.py", "lib/tool.py", "lib/fresh.py", "weights.bin", "run.sh"} <= dirty.code.keys()


def test_git_facts_say_where_it_stood_and_how_far_it_had_moved(dirty: Dirty) -> None:
    git = dirty.run["code"]["git"]
    assert (git["commit"], git["branch"], git["dirty"]) == (dirty.head, "main", True)
    assert git["modified"] == ["gone.py", "new_name.py", "old_name.py", "staged.py", "train.py", "weights.bin"]
    assert git["untracked"] == ["latest", "run.sh", "untracked.py"]
    (library,) = git["submodules"]
    assert (library["path"], library["dirty"]) == ("lib", True)
    assert (library["modified"], library["untracked"]) == (["tool.py"], ["fresh.py"])


def test_the_patch_applied_to_the_commit_gives_the_tracked_files(dirty: Dirty) -> None:
    with Store(dirty.store) as store:
        patch = store.objects.blob(bytes.fromhex(dirty.run["code"]["patch"]))
    assert b"rename from old_name.py" in patch
    assert b"GIT binary patch" in patch
    dirty.clean.git("apply", "--binary", "--exclude=lib/*", stdin=patch)
    untracked = ("untracked.py", "run.sh", "latest", "lib")
    expected = {path: file for path, file in dirty.code.items() if path.partition("/")[0] not in untracked}
    assert from_disk(dirty.clean.top, ".git", "lib") == expected


def test_what_was_read_comes_back_undeclared_ignored_by_git_and_outside(dirty: Dirty, tmp_path: Path) -> None:
    inputs = {each["path"]: each for each in dirty.run["inputs"]}
    with Store(dirty.store) as store:
        found = {path: store.objects.blob(bytes.fromhex(each["oid"])) for path, each in inputs.items()}
    assert found == {
        "data/train.csv": dirty.data["train.csv"][1],
        os.path.realpath(tmp_path / "extra.csv"): b"outside\n",
        "ignored.py": b"X = 6\n",
        "weights.bin": bytes(range(200)),
    }
    assert {each["how"] for each in inputs.values()} == {"traced"}
    assert [path for path, each in inputs.items() if each["role"] == "code"] == ["ignored.py"]
    assert all(each["stored"] for each in inputs.values())


def test_declared_data_inside_and_outside_comes_back(declared: Dirty) -> None:
    listed = [each for each in declared.run["inputs"] if each["how"] == "declared"]
    inside, outside = sorted(listed, key=lambda each: each["path"] != "data")
    assert (inside["path"], inside["stored"], inside["how"]) == ("data", True, "declared")
    assert outside["path"].endswith("/extra.csv")
    with Store(declared.store) as store:
        assert from_store(store, inside["oid"]) == declared.data
        assert store.objects.blob(bytes.fromhex(outside["oid"])) == b"outside\n"


def test_a_git_ignored_config_is_kept_and_its_values_are_parameters(dirty: Dirty) -> None:
    assert dirty.run["params"] == {
        "optimizer.lr": 0.25, "optimizer.name": "adam", "lr": 0.5, "extra": dirty.run["params"]["extra"]
    }  # fmt: skip
    (config,) = dirty.run["config"]
    with Store(dirty.store) as store:
        assert store.objects.blob(bytes.fromhex(config["oid"])) == b"optimizer:\n  lr: 0.25\n  name: adam\n"
    assert config["path"] == "local.yaml"


def test_the_packages_are_those_of_the_interpreter_that_ran(dirty: Dirty) -> None:
    assert dirty.run["environment"]["packages"] == {"only-there": "3.1"}
    assert dirty.run["environment"]["python"] == sys.version.split()[0]


def test_the_log_holds_the_last_state_of_a_progress_bar(dirty: Dirty) -> None:
    with Store(dirty.store) as store:
        log = store.objects.blob(bytes.fromhex(dirty.run["log"]["oid"]))
    first, second = log.decode().splitlines()
    assert first == "epoch 199/199"
    assert second == '{"rows": 3, "staged": 2, "untracked": 3, "ignored": 6}'


@pytest.mark.parametrize("which", ["dirty", "declared"])
def test_the_output_comes_back(which: str, request: pytest.FixtureRequest) -> None:
    dirty: Dirty = request.getfixturevalue(which)
    (output,) = dirty.run["outputs"]
    assert output["path"] == "model.bin"
    with Store(dirty.store) as store:
        assert store.objects.blob(bytes.fromhex(output["oid"])) == bytes(range(256))


def test_reading_commands_need_nothing_but_the_store(dirty: Dirty, place: Place) -> None:
    alone = os.path.dirname(dirty.store)
    assert place.mlrun("list", cwd=alone).status == 0
    assert dirty.run["id"][:8] in place.mlrun("show", cwd=alone).out
    assert place.mlrun("fsck", cwd=alone).status == 0
    shown = place.mlrun("show", "--json", cwd=alone).data()
    assert shown == dirty.run
