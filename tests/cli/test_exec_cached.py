"""`exec --cached`: an earlier run stands in only where it would do the very same."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from tests.cli.place import Place, Result
from tests.store.folders import keep_tree

from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef, encode_intent, encode_seal
from runlore.store import runs
from runlore.store.store import Store

SCRIPT = """
import json, os, pathlib
value = int(open("data/x").read())
scale = json.load(open("local.json"))["scale"] if os.path.exists("local.json") else 1
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/result.txt").write_text(str(value * scale))
print("accuracy=0.5")
"""


@pytest.fixture
def project(place: Place) -> Place:
    place.sign("Ann")
    place.write("train.py", SCRIPT)
    place.write("data/x", "21")
    place.write(".gitignore", "data/\nout/\nlocal.json\nnotes/\n")
    for _ in range(2):  # the packages of the interpreter are known from the second run on
        assert place.mlrun("exec", "-q", "train.py").status == 0
    return place


def ran(place: Place) -> int:
    """How many runs were really started."""
    runs = place.mlrun("list", "--json", "-n", "0").data()["runs"]
    return sum(run["state"] != "reused" for run in runs)


def cached(place: Place, *options: str, env: dict[str, str] | None = None) -> Result:
    done = place.mlrun("exec", "--cached", *options, "train.py", env=env)
    assert done.status == 0, done.err
    return done


def reason(done: Result) -> str:
    return next(line for line in done.err.splitlines() if "not cached: " in line).partition("not cached: ")[2]


def newest(place: Place) -> dict[str, object]:
    found: dict[str, object] = place.mlrun("show", "--json").data()
    return found


def test_the_same_run_is_not_started_and_its_outputs_are_brought_back(project: Place) -> None:
    before, earlier = ran(project), newest(project)
    shutil.rmtree(os.path.join(project.folder, "out"))
    done = cached(project)
    assert ran(project) == before
    assert done.out == ""
    with open(os.path.join(project.folder, "out/result.txt"), encoding="utf-8") as file:
        assert file.read() == "21"
    run = newest(project)
    assert (run["state"], run["exit_code"]) == ("reused", 0)
    assert run["parent"] == {"run": earlier["id"], "kind": "reuses"}
    assert run["outputs"] == earlier["outputs"]
    assert run["fingerprint"] == earlier["fingerprint"]
    assert f"reused what run {str(earlier['id'])[:8]} came to" in done.err
    assert project.mlrun("fsck").status == 0


def test_a_reused_run_gets_its_tags_and_its_record(project: Place) -> None:
    path = os.path.join(project.folder, "notes", "run.json")
    os.mkdir(os.path.dirname(path))
    cached(project, "-t", "best", "--record", path)
    assert newest(project)["tags"] == ["best"]
    with open(path, encoding="utf-8") as file:
        assert json.load(file)["data"]["state"] == "reused"


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("data/x", "22", '"data/x" is another now'),
        ("local.json", '{"scale": 2}', '"local.json" is new since then'),
        ("train.py", SCRIPT + "\n# other", "no earlier run was the same"),
        ("helper.py", "", "no earlier run was the same"),
    ],
)
def test_it_is_run_again_after_a_change(project: Place, path: str, content: str, why: str) -> None:
    before = ran(project)
    project.write(path, content)
    done = cached(project)
    assert ran(project) == before + 1
    assert reason(done).endswith(why)


def test_it_is_run_again_where_an_input_is_gone(project: Place) -> None:
    os.unlink(os.path.join(project.folder, "data/x"))
    done = project.mlrun("exec", "--cached", "train.py")
    assert done.status == 1
    assert '"data/x", which it read, is gone' in reason(done)


def test_it_is_run_again_with_other_arguments_or_variables(project: Place) -> None:
    before = ran(project)
    assert reason(cached(project, env={"FLAG": "1"})).endswith("other variables are set now: FLAG")
    assert reason(cached(project, env={"OMP_NUM_THREADS": "1"})) == "no earlier run was the same"
    assert ran(project) == before + 2
    cached(project)  # an older one was the same in that, too
    assert ran(project) == before + 2


def test_a_run_that_adds_to_a_file_is_not_taken(project: Place) -> None:
    project.write("train.py", SCRIPT + "\nopen('out/log', 'a').write('again')")
    for _ in range(2):
        project.mlrun("exec", "-q", "train.py")
    assert "it adds to what was there before: out/log" in reason(cached(project))
    with open(os.path.join(project.folder, "out/log"), encoding="utf-8") as file:
        assert file.read() == "again" * 3


def test_a_run_that_failed_is_never_taken(place: Place) -> None:
    place.write("train.py", "raise SystemExit(3)")
    for number in range(1, 4):
        assert place.mlrun("exec", "--cached", "train.py").status == 3
        assert ran(place) == number


def test_a_run_that_was_not_watched_is_not_taken(place: Place) -> None:
    place.write("train.py", "print(1)")
    for trace in ("off", "python"):
        for _ in range(2):
            place.mlrun("exec", "-q", "--trace", trace, "train.py")
        assert "was not watched" in reason(cached(place, "--trace", trace))


def test_a_run_that_listed_a_folder_is_not_taken_once_others_lie_there(place: Place) -> None:
    place.sign("Ann")
    place.write("train.py", "import os; print([open('data/' + name).read() for name in sorted(os.listdir('data'))])")
    place.write("data/a", "1")
    place.write(".gitignore", "data/\n")
    for _ in range(2):
        place.mlrun("exec", "-q", "train.py")
    before = ran(place)
    cached(place)
    assert ran(place) == before
    place.write("data/b", "2")
    assert 'it listed "data", where "b" lies' in reason(cached(place))
    assert ran(place) == before + 1


def test_a_run_is_not_taken_when_its_outputs_are_not_in_the_store(project: Place) -> None:
    project.mlrun("config", "data.store", "none")
    project.write("data/x", "23")
    for _ in range(2):
        project.mlrun("exec", "-q", "train.py")
    assert "not all that it made is in the store: out/result.txt" in reason(cached(project))


def test_a_script_that_cannot_import_any_more_is_not_said_to_have_succeeded(project: Place) -> None:
    project.write("train.py", "import gone\n" + SCRIPT)
    project.write("gone.py", "")
    for _ in range(2):
        assert project.mlrun("exec", "-q", "train.py").status == 0
    os.unlink(os.path.join(project.folder, "gone.py"))
    assert project.mlrun("exec", "--cached", "train.py").status == 1


def test_an_output_that_a_person_changed_is_as_the_run_would_leave_it(project: Place) -> None:
    project.write("out/result.txt", "edited")
    before = ran(project)
    cached(project)
    assert ran(project) == before
    with open(os.path.join(project.folder, "out/result.txt"), encoding="utf-8") as file:
        assert file.read() == "21"


def test_results_that_git_does_not_ignore_are_said_to_be_in_the_way(place: Place) -> None:
    place.sign("Ann")
    place.write("train.py", "import time; open('result.txt', 'w').write(str(time.time()))")
    for _ in range(2):
        place.mlrun("exec", "-q", "train.py")
    assert reason(cached(place)) == "what runs made counts as code, and is another: result.txt; let git ignore it"


def test_what_was_reused_can_be_reproduced(project: Place) -> None:
    cached(project)
    done = project.mlrun("reproduce", "@", "--env", "current", "--json")
    assert done.data()["verdict"] == "identical", done.out


def forge(place: Place, path: str, kind: str, oid: str) -> None:
    """The newest run once more, as though it had made what a stranger has chosen."""
    run = RunId(str(newest(place)["id"]))
    with Store(os.path.join(place.folder, ".mlrun")) as store:
        intent, seal = runs.read_intent(store.layout, run), runs.read_seal(store.layout, run)
        assert seal is not None
        again = intent._replace(nonce=os.urandom(16).hex(), started_at=time.time_ns())
        live = runs.begin(store.layout, encode_intent(again))
        made = (FileRef(path, ObjectId(oid), 5, stored=True, how="traced", kind=kind),)
        runs.seal(store.layout, live.id, encode_seal(seal._replace(run=live.id, outputs=made)))
        os.close(live.lock)


@pytest.mark.parametrize("path", ["{own}/file", "way/file", "out", "out/sub/file"])
def test_a_run_of_a_store_from_elsewhere_is_never_taken(project: Place, tmp_path: Path, path: str) -> None:
    (tmp_path / "own").mkdir()
    os.symlink(tmp_path / "own", os.path.join(project.folder, "way"))
    os.symlink(tmp_path / "own", os.path.join(project.folder, "out", "sub"))
    assert project.mlrun("exec", "-q", "train.py").status == 0
    with Store(os.path.join(project.folder, ".mlrun")) as store, store.writer() as writer:
        blob, folder = writer.add_blob(b"theirs"), keep_tree(writer, {b"sub": {b"file": b"theirs"}})
    kind, oid = ("d", folder) if path == "out" else ("f", blob)
    forge(project, path.format(own=tmp_path / "own"), kind, oid.hex())
    os.unlink(os.path.join(project.folder, ".mlrun/secret-key"))  # as though it had been made elsewhere
    assert reason(cached(project)) == "no earlier run was the same"
    assert os.listdir(tmp_path / "own") == []
