"""What no index can give again: kept when the run ends, and there when its environment is made again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.execute.rebuilding import TINY, Project, id_of, said, statuses
from tests.execute.wheels import editable, site, wheel

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.store.store import Store


def test_a_local_wheel_is_kept_with_its_scripts_and_data(project: Project) -> None:
    files = {
        **TINY,
        "tiny-1.0.data/data/share/tiny/table.txt": "t",
        "tiny-1.0.data/scripts/own": "#!python\nprint('own')\n",
    }
    built = wheel(project.machine.folder / "elsewhere", "tiny", "1.0", files, scripts="tiny = tiny:main")
    project.machine.install(project.python, built)
    recorded = project.record("import tiny")
    assert [(each["name"], each["why"], each["whole"]) for each in recorded.kept] == [("tiny", "local", True)]
    assert recorded.run["environment"]["kept"] == [dict(each) for each in recorded.kept]
    built.unlink()
    project.forget()
    rebuilt = project.rebuild(recorded)
    assert statuses(rebuilt) == {"environment": "exact"}
    assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
    for script, says in (("tiny", "tiny 1\n"), ("own", "own\n")):
        done = subprocess.run([f"{rebuilt.prefix}/bin/{script}"], capture_output=True, text=True, check=True)
        assert done.stdout == says
        assert Path(f"{rebuilt.prefix}/bin/{script}").read_text().partition("import")[0].count(rebuilt.python) == 1
    assert Path(rebuilt.prefix, "share/tiny/table.txt").read_text() == "t"


def test_a_patched_file_is_kept_and_said_and_comes_back(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "--link-mode", "copy", "tiny")
    (site(project.python) / "tiny" / "__init__.py").write_text("VALUE = 77\n")
    recorded = project.record("import tiny; assert tiny.VALUE == 77")
    assert [(each["name"], each["why"]) for each in recorded.kept] == [("tiny", "patched")]
    (warning,) = (each for each in recorded.run["warnings"] if each["code"] == "package-patched")
    assert "tiny/__init__.py" in warning["message"]
    project.forget()
    rebuilt = project.rebuild(recorded)
    assert said(rebuilt.python, "import tiny; print(tiny.VALUE)") == "77"
    assert id_of(rebuilt.python, project.machine.environ) == recorded.environment


def test_a_module_added_to_a_package_is_a_patch(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    (site(project.python) / "tiny" / "extra.py").write_text("MORE = 3\n")
    recorded = project.record("import tiny.extra")
    assert [(each["name"], each["why"]) for each in recorded.kept] == [("tiny", "patched")]
    project.forget()
    assert said(project.rebuild(recorded).python, "import tiny.extra as e; print(e.MORE)") == "3"


def test_the_environment_id_does_not_tell_a_patched_package_but_the_rebuilt_folder_does(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "--link-mode", "copy", "tiny")
    plain = project.record("import tiny")
    (site(project.python) / "tiny" / "__init__.py").write_text("VALUE = 77\n")
    patched = project.record("import tiny")
    assert plain.environment == patched.environment
    first, second = project.rebuild(plain), project.rebuild(patched)
    assert [said(each.python, "import tiny; print(tiny.VALUE)") for each in (first, second)] == ["1", "77"]


def test_an_editable_package_in_the_project_follows_the_project(project: Project, tmp_path: Path) -> None:
    (project.folder / "src" / "mine").mkdir(parents=True)
    (project.folder / "src" / "mine" / "__init__.py").write_text("WHERE = 'first'\n")
    editable(project.python, "mine", project.folder, {"__editable__.mine.pth": f"{project.folder}/src\n"})
    recorded = project.record("import mine")
    ((root,),) = (each["roots"] for each in recorded.kept)
    assert (root["inside"], root["tree"]) == ("src", None)
    again = tmp_path / "again"
    shutil.copytree(project.folder / "src", again / "src")
    (again / "src" / "mine" / "__init__.py").write_text("WHERE = 'again'\n")
    project.forget()
    rebuilt = project.rebuild(recorded)
    assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
    assert said(rebuilt.python, "import mine; print(mine.WHERE)", RUNLORE_PROJECT=str(again)) == "again"
    assert said(rebuilt.python, "import mine; print(mine.WHERE)") == "first"


FINDER = """from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
import sys
MAPPING: dict[str, str] = {{'mine': {path!r}}}


class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in MAPPING:
            return spec_from_file_location(name, MAPPING[name] + '/__init__.py')


def install():
    sys.meta_path.append(Finder)
"""


def test_an_editable_package_elsewhere_is_kept_with_its_sources(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "elsewhere" / "mine"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text(
        "from pathlib import Path\nWHERE = Path(__file__).parent.joinpath('t').read_text()\n"
    )
    (source / "t").write_text("kept")
    files = {
        "__editable___mine_finder.py": FINDER.format(path=str(source)),
        "__editable__.mine.pth": "import __editable___mine_finder; __editable___mine_finder.install()",
    }
    editable(project.python, "mine", source.parent, files)
    recorded = project.record("import mine; print(mine.WHERE)")
    project.forget()
    shutil.rmtree(source.parent)
    rebuilt = project.rebuild(recorded)
    assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
    assert said(rebuilt.python, "import mine; print(mine.WHERE)") == "kept"
    where = said(rebuilt.python, "import mine; print(mine.__file__)")
    assert where.startswith(rebuilt.prefix)
    assert where.endswith("/mine/__init__.py")


def test_sources_that_the_run_did_not_use_are_not_copied(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.py").write_text("x = 1\n")
    editable(project.python, "mine", tmp_path / "elsewhere", {"mine.pth": f"{tmp_path}/elsewhere\n"})
    recorded = project.record("print('nothing of it')")
    ((root,),) = (each["roots"] for each in recorded.kept)
    assert (root["path"], root["tree"]) == (f"{tmp_path}/elsewhere", None)


def test_a_store_with_kept_packages_passes_fsck_and_misses_what_is_taken_out(project: Project) -> None:
    project.machine.install(
        project.python, wheel(project.machine.folder / "e", "tiny", "1.0", {**TINY, "big.txt": "x" * 200_000})
    )
    recorded = project.record("import tiny")
    assert recorded.kept
    assert project.place.mlrun("fsck").status == 0
    (big,) = (project.folder / ".mlrun" / "objects").glob("*/*")
    big.unlink()
    done = project.place.mlrun("fsck", "--json")
    assert done.status == 1
    assert any('package "tiny"' in json.dumps(each).replace('\\"', '"') for each in done.data()["findings"])


def test_a_tree_of_a_stranger_cannot_leave_the_environment(project: Project, tmp_path: Path) -> None:
    recorded = project.record("print('x')")
    outside = tmp_path / "outside"
    outside.mkdir()
    with Store(str(project.folder / ".mlrun")) as store, store.writer() as writer:
        link = tree.Entry(b"pkg", tree.SYMLINK, writer.add_blob(os.fsencode(outside)), 1)
        inner = writer.add_tree([tree.Entry(b"evil.py", tree.FILE, writer.add_blob(b"x = 1"), 5)])
        kept = []
        for name, entry in (("first", link), ("second", tree.Entry(b"pkg", tree.FOLDER, inner, 5))):
            root = writer.add_tree([tree.Entry(b"site", tree.FOLDER, writer.add_tree([entry]), 5)])
            kept.append({"name": name, "version": "1", "why": "local", "tree": root.hex(), "whole": True, "roots": []})
    with pytest.raises(CorruptError, match="pkg"):
        project.rebuild(recorded._replace(kept=tuple(kept)))
    assert not list(outside.iterdir())


def test_a_package_of_unknown_origin_is_kept_if_the_run_imported_it(project: Project) -> None:
    for name, text in (("Old_Style", "VALUE = 5\n"), ("unused", "")):
        (site(project.python) / f"{name.lower()}.py").write_text(text)
        info = site(project.python) / f"{name}-1.5-py3.11.egg-info"
        info.mkdir()
        (info / "PKG-INFO").write_text(f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.5\n")
        (info / "top_level.txt").write_text(f"{name.lower()}\n")
    recorded = project.record("import old_style; assert old_style.VALUE == 5")
    assert [(each["name"], each["version"], each["why"]) for each in recorded.kept] == [("old-style", "1.5", "unknown")]
    project.forget()
    rebuilt = project.rebuild(recorded, interpreter=sys.executable, needed=recorded.run["environment"]["imported"])
    assert statuses(rebuilt) == {"unused": "missing"}
    assert said(rebuilt.python, "import old_style; print(old_style.VALUE)") == "5"


def test_a_run_in_a_rebuilt_environment_keeps_the_same_again(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "elsewhere" / "mine"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("")
    editable(project.python, "mine", source.parent, {"mine.pth": f"{source.parent}\n"})
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "--link-mode", "copy", "tiny")
    (site(project.python) / "tiny" / "__init__.py").write_text("VALUE = 77\n")
    first = project.record("import mine, tiny")
    project.forget()
    shutil.rmtree(source.parent)
    project.place.env["VIRTUAL_ENV"] = project.rebuild(first).prefix
    again = project.record("import mine, tiny")
    assert again.environment == first.environment
    assert [(each["name"], each["why"]) for each in again.kept] == [("mine", "editable"), ("tiny", "patched")]
    assert again.kept[1]["tree"] == first.kept[1]["tree"]
    assert again.kept[0]["roots"][0]["tree"] == first.kept[0]["roots"][0]["tree"]
    shutil.rmtree(project.place.env["VIRTUAL_ENV"])
    third = project.rebuild(again, interpreter=sys.executable)
    assert said(third.python, "import mine, tiny; print(tiny.VALUE)") == "77"
