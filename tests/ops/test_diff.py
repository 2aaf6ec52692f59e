"""What differs between two real runs."""

import os
import stat
from pathlib import Path

import pytest
from tests.cli.place import Place

from runlore.errors import RunNotFoundError
from runlore.ops.diff import diff
from runlore.ops.difference.results import Diff, Moved, Pair
from runlore.store.writer import LOOSE_FROM

TRAIN = """import sys
import helper
rows = [float(line.split(",")[1]) for line in open("data.csv").read().splitlines()[1:]]
lr = float(sys.argv[sys.argv.index("--lr") + 1])
seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
import runlore
for step in range(3):
    runlore.log(loss=helper.cost(sum(rows), lr) + seed / 1000, step=step)
"""


@pytest.fixture
def project(place: Place) -> Place:
    place.write("train.py", TRAIN)
    place.write("helper.py", "def cost(x, lr):\n    return x * lr\n")
    place.write("README.md", "hello\n")
    place.write("data.csv", "id,x\n" + "".join(f"{at},{at % 7}\n" for at in range(40)))
    return place


def run(place: Place, *words: str) -> None:
    # The native observer may be missing where no compiler is; what it needs is tried in tests/capture.
    result = place.mlrun("exec", *words)
    assert result.status == 0, result.err


def newest(place: Place, **options: object) -> Diff:
    return diff(place.folder, "@~1", "@", **options)  # type: ignore[arg-type]  # as given


def watched(place: Place) -> bool:
    return place.mlrun("show", "--json").data()["observer"]["name"] in {"native", "strace"}


def test_a_run_is_identical_to_itself_in_every_part(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    found = diff(project.folder, "@", "@")
    assert found.identical
    assert set(found.parts.values()) == {"identical"}


def test_another_learning_rate_is_a_changed_parameter_and_a_changed_metric(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    run(project, "train.py", "--lr", "0.2")
    found = newest(project)
    assert not found.identical
    assert found.params is not None
    assert found.params.changed == {"lr": Pair(0.1, 0.2)}
    assert found.metrics is not None
    loss = found.metrics["loss"]
    assert loss.percent == pytest.approx(100)
    assert loss.delta == pytest.approx(loss.b - loss.a)
    assert (loss.better, loss.noise) == ("min", None)
    assert found.parts["code"] == found.parts["inputs"] == "identical"


def test_an_edited_helper_that_git_does_not_track_is_told_by_line(project: Place) -> None:
    project.sign("Ann")
    run(project, "train.py", "--lr", "0.1")
    project.write("helper.py", "def cost(x, lr):\n    y = 1\n    return x * lr + y\n")
    run(project, "train.py", "--lr", "0.1")
    found = newest(project, patch=True)
    assert found.code is not None
    (file,) = found.code.files
    assert (file.path, file.change, file.added, file.removed, file.read) == ("helper.py", "modified", 2, 1, None)
    assert file.hunks is not None
    assert file.hunks[0].lines == (" def cost(x, lr):", "-    return x * lr", "+    y = 1", "+    return x * lr + y")


def test_a_file_that_no_run_read_is_said_to_be_unread(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    if not watched(project):
        pytest.skip("no observer that sees everything works here")
    project.write("README.md", "hello again\n")
    run(project, "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.code is not None
    assert [(each.path, each.read) for each in found.code.files] == [("README.md", False)]
    page = project.mlrun("diff").out
    assert page.index("Cannot have mattered") < page.index("README.md")
    assert "Code\n" not in page


def test_three_changed_rows_are_three_changed_rows(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    project.write("data.csv", "id,x\n" + "".join(f"{at},{99 if at in {3, 9, 30} else at % 7}\n" for at in range(40)))
    run(project, "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.inputs is not None
    (change,) = found.inputs.changed
    assert change.path == "data.csv"
    assert change.rows is not None
    assert (change.rows.changed, change.rows.added, change.rows.removed, change.rows.key) == (3, 0, 0, "id")
    page = project.mlrun("diff").out
    assert "3 rows of 40 changed in x" in page
    assert page.count("data.csv") == 4, "the file once, and three examples; not among the code again"


def test_a_renamed_file_is_followed_with_and_without_changes(project: Place) -> None:
    project.write("old.py", "".join(f"line = {at}\n" for at in range(20)))
    project.write("same.py", "print(1)\n")
    run(project, "train.py", "--lr", "0.1")
    for name in ("old.py", "same.py"):
        os.unlink(os.path.join(project.folder, name))
    project.write("pkg/new.py", "".join(f"line = {at}\n" for at in range(19)) + "other = 1\n")
    project.write("pkg/same.py", "print(1)\n")
    run(project, "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.code is not None
    assert [(each.was, each.path, each.change, each.added, each.removed) for each in found.code.files] == [
        ("old.py", "pkg/new.py", "renamed", 1, 1),
        ("same.py", "pkg/same.py", "renamed", 0, 0),
    ]


def test_binary_files_modes_and_added_and_removed_files_are_told_apart(project: Place) -> None:
    project.write("tool.py", "print(1)\n")
    project.write("gone.py", "print(2)\n")
    with open(os.path.join(project.folder, "blob.py"), "wb") as file:
        file.write(b"\0" * 10)
    run(project, "train.py", "--lr", "0.1")
    path = os.path.join(project.folder, "tool.py")
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    os.unlink(os.path.join(project.folder, "gone.py"))
    project.write("come.py", "x = 1\ny = 2\n")
    with open(os.path.join(project.folder, "blob.py"), "wb") as file:
        file.write(b"\0" * 11)
    run(project, "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.code is not None
    said = {each.path: (each.change, each.added, each.removed, each.binary) for each in found.code.files}
    assert said == {
        "blob.py": ("modified", None, None, True),
        "come.py": ("added", 2, 0, False),
        "gone.py": ("removed", 0, 1, False),
        "tool.py": ("mode", 0, 0, False),
    }


def test_a_file_that_is_too_large_for_lines_is_said_to_be(project: Place) -> None:
    for text in ("a", "b"):
        project.write("large.py", f"{text}\n" * (3 << 20))
        run(project, "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.code is not None
    assert [(each.path, each.added, each.why) for each in found.code.files] == [
        ("large.py", None, "too large to be compared by line")
    ]


def test_a_damaged_file_takes_nothing_from_the_rest(project: Place) -> None:
    for text in ("a", "b"):
        project.write("large.py", f"{text}\n" * LOOSE_FROM)
        run(project, "train.py", "--lr", "0.1")
    for path in Path(project.folder, ".mlrun", "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"other")
    found = newest(project)
    assert found.code is not None
    assert [(each.path, each.why) for each in found.code.files] == [("large.py", "damaged in the store")]
    assert found.parts["params"] == "identical"


def test_a_config_value_that_moved_to_another_file_is_no_change(place: Place) -> None:
    place.write("a.yaml", "lr: 0.1\ndepth: 3\n")
    place.write("b.yaml", "width: 4\n")
    run(place, "--", "cat", "a.yaml", "b.yaml")
    place.write("a.yaml", "lr: 0.1\n")
    place.write("b.yaml", "width: 4\ndepth: 3\n")
    run(place, "--", "cat", "a.yaml", "b.yaml")
    found = newest(place)
    assert (found.parts["params"], found.parts["config"]) == ("identical", "equal")
    assert found.config is not None
    assert found.config.moved == (Moved("depth", "a.yaml", "b.yaml"),)
    assert set(found.config.changed) == {"a.yaml", "b.yaml"}


def test_a_number_that_became_text_is_a_change(place: Place) -> None:
    place.write("a.yaml", "x: 1\ny: 1\n")
    run(place, "--", "cat", "a.yaml")
    place.write("a.yaml", 'x: "1"\ny: 1.0\n')
    run(place, "--", "cat", "a.yaml")
    found = newest(place)
    assert found.params is not None
    assert list(found.params.changed) == ["x", "y"]
    assert 'x  1 -> "1"' in place.mlrun("diff").out


def test_inputs_of_a_run_that_was_not_watched_are_not_comparable(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    run(project, "--trace", "off", "train.py", "--lr", "0.1")
    found = newest(project)
    assert found.parts["inputs"] == "not-comparable"
    assert found.not_comparable["inputs"] == "run b was not watched"
    assert found.inputs is None
    page = project.mlrun("diff").out
    assert page.index("Not comparable\n") < page.index("  inputs       run b was not watched\n")


def test_folders_of_data_are_compared_file_by_file_only_where_they_differ(place: Place) -> None:
    for at in range(30):
        place.write(f"data/{at % 3}/{at}.txt", f"{at}\n")
    place.write(".gitignore", "data\n")
    place.sign("Ann")
    run(place, "--data", "data", "--", "true")
    place.write("data/0/3.txt", "other\n")
    place.write("data/1/new.txt", "new\n")
    os.unlink(os.path.join(place.folder, "data/2/2.txt"))
    os.rename(os.path.join(place.folder, "data/0/0.txt"), os.path.join(place.folder, "data/0/zero.txt"))
    run(place, "--data", "data", "--", "true")
    found = newest(place).inputs
    assert found is not None
    assert [each.path for each in found.changed] == ["data/0/3.txt"]
    assert [each.path for each in found.added] == ["data/1/new.txt"]
    assert [each.path for each in found.removed] == ["data/2/2.txt"]
    assert [(each.a, each.b) for each in found.renamed] == [("data/0/0.txt", "data/0/zero.txt")]


def test_a_difference_is_held_against_runs_with_other_seeds(project: Place) -> None:
    for seed in ("1", "2", "3"):
        run(project, "train.py", "--lr", "0.1", "--seed", seed)
    project.write("README.md", "a file that nobody reads\n")
    for seed in ("1", "2"):
        run(project, "train.py", "--lr", "0.2", "--seed", seed)
    if not watched(project):
        pytest.skip("no observer that sees everything works here")
    found = diff(project.folder, "@~2", "@").metrics
    assert found is not None
    noise = found["loss"].noise
    assert noise is not None
    assert (noise.kind, noise.n, noise.stands_out) == ("seeds", Pair(3, 2), True)
    assert noise.spread == pytest.approx(0.00094, rel=0.05)
    within = diff(project.folder, "@~4", "@~2").metrics
    assert within is not None
    assert within["loss"].noise is None, "one other sibling shows no spread"


def test_a_seed_that_is_repeated_counts_once(project: Place) -> None:
    for seed in ("1", "1", "1", "2"):
        run(project, "train.py", "--lr", "0.1", "--seed", seed)
    run(project, "train.py", "--lr", "0.2", "--seed", "1")
    found = diff(project.folder, "@~1", "@").metrics
    assert found is not None
    noise = found["loss"].noise
    assert noise is not None
    assert noise.n == Pair(2, 1)


CONFIGURED = """import yaml
rates = yaml.safe_load(open("conf.yaml"))
import runlore
runlore.log(loss=rates["lr"] + rates["train"]["seed"] / 1000)
"""


def configured(place: Place, lr: float, seed: int) -> None:
    place.write("conf.yaml", f"lr: {lr}\ntrain:\n  seed: {seed}\n")
    run(place, "-c", "conf.yaml", "train.py")


def test_seeds_in_a_config_file_that_is_part_of_the_code_make_siblings_too(place: Place) -> None:
    place.write("train.py", CONFIGURED)
    for lr, seed in ((0.1, 1), (0.1, 2), (0.1, 3), (0.2, 1)):
        configured(place, lr, seed)
    found = newest(place)
    assert found.code is not None
    assert [each.path for each in found.code.files] == ["conf.yaml"], "git tracks it, or would"
    assert found.metrics is not None
    noise = found.metrics["loss"].noise
    assert noise is not None
    assert (noise.kind, noise.n, noise.stands_out) == ("seeds", Pair(3, 1), True)


def test_a_config_file_with_another_rate_or_of_unknown_values_makes_no_siblings(place: Place) -> None:
    place.write("train.py", "import sys, runlore\nrunlore.log(loss=len(open(sys.argv[1]).read()))\n")
    for text in ("[1]", "[1, 2]", "[1, 2, 3]", "[1, 2, 3, 4]"):
        place.write("list.json", text)
        run(place, "train.py", "list.json")
    found = newest(place)
    assert found.metrics is not None
    assert found.metrics["loss"].noise is None


def test_a_run_that_was_removed_is_no_sibling(project: Place) -> None:
    for seed in ("1", "2", "3", "4"):
        run(project, "train.py", "--lr", "0.1", "--seed", seed)
    assert (found := newest(project).metrics) is not None
    assert found["loss"].noise is not None
    assert project.mlrun("rm", "@~3").status == 0
    assert (found := newest(project).metrics) is not None
    assert found["loss"].noise is None, "one other is left, which shows no spread"


def test_a_metric_that_ended_alike_and_went_another_way_is_another(place: Place) -> None:
    for middle in ("2, 3", "3, 2"):
        place.write("train.py", f"import runlore\nfor x in (1, {middle}, 4):\n    runlore.log(loss=x)\n")
        run(place, "train.py")
    found = newest(place)
    assert found.metrics is not None
    loss = found.metrics["loss"]
    assert (loss.a, loss.b, loss.delta, loss.same_points) == (4, 4, 0, False)
    assert found.parts["metrics"] == "different"
    assert "other points on the way" in place.mlrun("diff").out


def test_only_the_parts_that_were_asked_for_are_compared(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    run(project, "train.py", "--lr", "0.2")
    found = newest(project, only=("code", "inputs"))
    assert (found.identical, set(found.parts)) == (True, {"code", "inputs"})
    assert found.params is None


def test_a_run_that_is_not_there_is_an_error(project: Place) -> None:
    run(project, "train.py", "--lr", "0.1")
    with pytest.raises(RunNotFoundError):
        diff(project.folder, "@~1", "@")
