"""Environments made again from a record: real wheels, real uv, a real run."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.cli.place import Place
from tests.execute.wheels import Machine, editable, site, wheel

from runlore.capture.environment import read_environment
from runlore.errors import CannotRebuildError, CorruptError
from runlore.execute.environment.rebuild import Rebuilt, check, in_place, load, rebuild
from runlore.execute.environment.report import report_of
from runlore.records import tree
from runlore.records.environment import encode_environment
from runlore.records.hashing import record_id
from runlore.store.runs import read_seal
from runlore.store.store import Store

TINY = {"tiny/__init__.py": "VALUE = 1\n\n\ndef main():\n    print('tiny', VALUE)\n"}


class Recorded(NamedTuple):
    """What a run says of its environment."""

    run: Mapping[str, Any]
    environment: str
    kept: tuple[Mapping[str, Any], ...]


class Project:
    """A project whose script runs in an environment of the machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        folder = machine.folder / "project"
        folder.mkdir()
        self.place = Place(str(folder), str(machine.home))
        self.python = machine.environment()
        self.place.env["VIRTUAL_ENV"] = str(self.python.parent.parent)
        self.folder = folder

    def record(self, script: str) -> Recorded:
        """Run a script and read what its seal says."""
        (self.folder / "train.py").write_text(script)
        done = self.place.mlrun("exec", "train.py")
        assert done.status == 0, done.err
        run = self.place.mlrun("show", "--json").data()
        with Store(str(self.folder / ".mlrun")) as store:
            seal = read_seal(store.layout, run["id"])
        assert seal is not None
        return Recorded(run, run["environment"]["id"], seal.kept)

    def rebuild(self, recorded: Recorded, **changes: Any) -> Rebuilt:  # noqa: ANN401 - as rebuild takes them
        """The environment again, once everything that it was installed into is gone."""
        with Store(str(self.folder / ".mlrun")) as store:
            return rebuild(
                store,
                recorded.environment,
                recorded.kept,
                **{"environ": self.machine.environ, "interpreter": str(self.python), **changes},
            )

    def forget(self) -> None:
        """The environment is gone."""
        shutil.rmtree(self.python.parent.parent)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def project(machine: Machine) -> Project:
    return Project(machine)


def id_of(python: str, environ: Mapping[str, str]) -> str:
    report = report_of(python, environ)
    assert report is not None
    return record_id(encode_environment(read_environment(report, None)))


def said(python: str, code: str, **variables: str) -> str:
    environ = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run([python, "-c", code], env=environ, capture_output=True, text=True, check=True).stdout.strip()


def statuses(rebuilt: Rebuilt) -> dict[str, str]:
    return {finding.part: finding.status for finding in rebuilt.findings}


def test_wheels_from_an_index_make_an_equal_environment(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY, scripts="tiny = tiny:main")
    wheel(project.machine.wheels, "other", "2.0+local.1", {"other.py": "", "space/part.py": ""})
    wheel(
        project.machine.wheels, "third", "0.1", {"third-0.1.data/data/share/third/table.txt": "t", "space/more.py": ""}
    )
    project.machine.install(project.python, "tiny", "other", "third")
    recorded = project.record("import tiny, space.part, space.more; print(tiny.VALUE)")
    assert recorded.kept == ()
    project.forget()
    rebuilt = project.rebuild(recorded)
    assert statuses(rebuilt) == {"environment": "exact"}
    assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
    assert rebuilt.prefix == os.path.join(project.folder, ".mlrun", "envs", recorded.environment)
    assert (
        subprocess.run([rebuilt.prefix + "/bin/tiny"], capture_output=True, text=True, check=True).stdout == "tiny 1\n"
    )
    assert Path(rebuilt.prefix, "share/third/table.txt").read_text() == "t"


def test_a_second_rebuild_finds_the_first_and_starts_nothing(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    second = project.rebuild(recorded, environ={"PATH": "/nowhere"})
    assert (first.fresh, second.fresh) == (True, False)
    assert second[:2] == first[:2]
    assert second.findings == first.findings


def test_a_package_that_somebody_installs_into_a_rebuilt_environment_has_it_made_again(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    wheel(project.machine.wheels, "other", "1.0", {"other.py": ""})
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    project.machine.install(Path(first.python), "other")
    second = project.rebuild(recorded)
    assert second.fresh
    assert id_of(second.python, project.machine.environ) == recorded.environment


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
    assert said(rebuilt.python, "import mine; print(mine.__file__)").startswith(rebuilt.prefix)


def test_sources_that_the_run_did_not_use_are_not_copied(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.py").write_text("x = 1\n")
    editable(project.python, "mine", tmp_path / "elsewhere", {"mine.pth": f"{tmp_path}/elsewhere\n"})
    recorded = project.record("print('nothing of it')")
    ((root,),) = (each["roots"] for each in recorded.kept)
    assert (root["path"], root["tree"]) == (f"{tmp_path}/elsewhere", None)


def test_another_build_of_the_same_version_is_told(project: Project) -> None:
    first = wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    project.forget()
    first.unlink()
    wheel(project.machine.wheels, "tiny", "1.0", {"tiny/__init__.py": "VALUE = 2\n"})
    changes = {**project.machine.environ, "UV_CACHE_DIR": str(project.machine.folder / "cache2")}
    rebuilt = project.rebuild(recorded, environ=changes, interpreter=sys.executable)
    assert statuses(rebuilt) == {"tiny": "differs"}
    assert "another build" in rebuilt.findings[0].detail


def test_a_package_that_vanished_is_an_error_only_where_it_is_needed(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    gone = wheel(project.machine.wheels, "other", "1.0", {"other.py": ""})
    project.machine.install(project.python, "tiny", "other")
    recorded = project.record("import tiny")
    project.forget()
    gone.unlink()
    environ = {**project.machine.environ, "UV_CACHE_DIR": str(project.machine.folder / "cache2")}
    with pytest.raises(CannotRebuildError, match=r"other==1\.0"):
        project.rebuild(recorded, environ=environ, interpreter=sys.executable)
    assert not list((project.folder / ".mlrun" / "envs").glob("*/"))
    needed = recorded.run["environment"]["imported"]
    rebuilt = project.rebuild(recorded, environ=environ, interpreter=sys.executable, needed=needed)
    assert statuses(rebuilt) == {"other": "missing"}
    assert said(rebuilt.python, "import tiny; print(tiny.VALUE)") == "1"


def test_an_edit_in_place_that_reached_the_cache_is_found(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "--link-mode", "hardlink", "tiny")
    recorded = project.record("import tiny")
    edited = site(project.python) / "tiny" / "__init__.py"
    if edited.stat().st_nlink == 1:
        pytest.skip("this file system has no hard links")
    with edited.open("a") as file:
        file.write("VALUE = 88\n")
    later = edited.stat().st_mtime + 3600
    os.utime(edited, (later, later))
    environ = {**project.machine.environ, "UV_LINK_MODE": "hardlink"}
    rebuilt = project.rebuild(recorded, environ=environ)
    assert statuses(rebuilt) == {"environment": "exact"}
    assert said(rebuilt.python, "import tiny; print(tiny.VALUE)") == "1"


def test_the_check_says_what_is_at_hand_and_what_is_not(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    local = wheel(project.machine.folder / "elsewhere", "local", "1.0", {"local.py": ""})
    project.machine.install(project.python, "tiny", local)
    recorded = project.record("import tiny")
    interpreter = str(project.python)
    local.unlink()
    with Store(str(project.folder / ".mlrun")) as store:
        all_here = check(
            store, recorded.environment, recorded.kept, environ=project.machine.environ, interpreter=interpreter
        )
        assert [each.status for each in all_here] == ["exact"]
        environ = {
            **project.machine.environ,
            "UV_CACHE_DIR": str(project.machine.folder / "cache2"),
            "PIP_FIND_LINKS": "",
        }
        del environ["PIP_NO_INDEX"]
        found = check(store, recorded.environment, (), environ=environ, interpreter=interpreter)
    assert {each.part: each.status for each in found} == {"tiny": "fetch", "local": "missing"}
    assert not (project.folder / ".mlrun" / "envs").exists()


def test_an_environment_that_still_stands_is_in_place(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    with Store(str(project.folder / ".mlrun")) as store:
        environment = load(store, recorded.environment)
    assert in_place(environment, str(project.python), environ=project.machine.environ)
    assert not in_place(environment, sys.executable, environ=project.machine.environ)
    project.forget()
    assert not in_place(environment, str(project.python), environ=project.machine.environ)


def test_a_python_that_is_nowhere_is_an_error_and_another_patch_release_a_finding(project: Project) -> None:
    recorded = project.record("print('x')")
    with Store(str(project.folder / ".mlrun")) as store:
        environment = load(store, recorded.environment)
        major, minor, _ = environment.python.split(".")
        with store.writer() as writer:
            older = writer.add_record(encode_environment(environment._replace(python=f"{major}.{minor}.999")))
            never = writer.add_record(encode_environment(environment._replace(python="3.5.0")))
    rebuilt = project.rebuild(recorded._replace(environment=older))
    assert statuses(rebuilt) == {"python": "nearest"}
    with pytest.raises(CannotRebuildError, match=r"cpython 3\.5"):
        project.rebuild(recorded._replace(environment=never))


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


REBUILD = """
import json, os, sys
from runlore.execute.environment.rebuild import rebuild
from runlore.store.store import Store
root, environment, interpreter, environ = sys.argv[1:]
with Store(root) as store:
    found = rebuild(store, environment, (), environ=json.loads(environ), interpreter=interpreter)
print(json.dumps([found.python, found.fresh]))
"""


def started(project: Project, recorded: Recorded, **variables: str) -> "subprocess.Popen[str]":
    """Another process that makes the same environment."""
    argv = [str(project.folder / ".mlrun"), recorded.environment, sys.executable, json.dumps(project.machine.environ)]
    environ = {**os.environ, **variables}
    return subprocess.Popen([sys.executable, "-c", REBUILD, *argv], stdout=subprocess.PIPE, text=True, env=environ)


def test_two_processes_make_it_once(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    both = [started(project, recorded), started(project, recorded)]
    said_by = [json.loads(process.communicate()[0]) for process in both]
    assert sorted(fresh for _, fresh in said_by) == [False, True]
    assert len({python for python, _ in said_by}) == 1


@pytest.mark.crash
def test_a_killed_build_is_never_used_and_is_swept(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    envs = project.folder / ".mlrun" / "envs"
    seen = set()
    for number in range(8):
        process = started(project, recorded)
        while process.poll() is None and not list(envs.glob("*/")):
            time.sleep(0.005)
        time.sleep(number * 0.04)
        process.kill()
        process.communicate()
        whole = list(envs.glob("*/complete.json"))
        seen.add((bool(list(envs.glob("*/"))), bool(whole)))
        if not whole and list(envs.glob("*/")):
            assert "not whole" in project.place.mlrun("fsck").out or is_held(envs)
        rebuilt = project.rebuild(recorded)
        assert rebuilt.fresh == (not whole)
        assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
        assert said(rebuilt.python, "import tiny; print(tiny.VALUE)") == "1"
        shutil.rmtree(rebuilt.prefix)
    assert (True, False) in seen, "no kill came in the middle"


def is_held(envs: Path) -> bool:
    """Whether what the killed process had started was still at work; it is waited for."""
    (lock,) = envs.glob("*.lock")
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_what_another_process_left_half_made_is_swept_by_the_next_build(project: Project) -> None:
    recorded = project.record("print('x')")
    left = project.folder / ".mlrun" / "envs" / ("0" * 64)
    (left / "bin").mkdir(parents=True)
    assert project.place.mlrun("fsck").out.count("an environment that is not whole") == 1
    project.rebuild(recorded)
    assert not left.exists()


def test_a_store_that_was_moved_has_its_environments_made_again(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY, scripts="tiny = tiny:main")
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    moved = project.folder.parent / "moved"
    project.folder.rename(moved)
    project.folder = moved
    second = project.rebuild(recorded)
    assert second.fresh
    assert second.prefix != first.prefix
    assert (
        subprocess.run([second.prefix + "/bin/tiny"], capture_output=True, text=True, check=True).stdout == "tiny 1\n"
    )


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


BACKEND = """
import zipfile

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "fromgit-1.0-py3-none-any.whl"
    info = "fromgit-1.0.dist-info"
    with zipfile.ZipFile(wheel_directory + "/" + name, "w") as archive:
        for path, text in {
            "fromgit.py": open("fromgit.py").read(),
            info + "/METADATA": "Metadata-Version: 2.1\\nName: fromgit\\nVersion: 1.0\\n",
            info + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
            info + "/RECORD": f"fromgit.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n",
        }.items():
            archive.writestr(path, text)
    return name
"""


def test_a_package_from_git_comes_again_at_its_commit(project: Project, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    project_table = '[project]\nname = "fromgit"\nversion = "1.0"\n'
    (repository / "pyproject.toml").write_text(system + project_table)
    (repository / "backend.py").write_text(BACKEND)
    (repository / "fromgit.py").write_text("VALUE = 'then'\n")
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *argv], check=True)
    project.machine.install(project.python, f"fromgit @ git+{repository.as_uri()}")
    (repository / "fromgit.py").write_text("VALUE = 'now'\n")
    subprocess.run([*git, "commit", "-qam", "second"], check=True)
    recorded = project.record("import fromgit")
    assert [each["source"] for each in recorded.run["environment"]["unlocked"]] == ["vcs"]
    assert recorded.kept == ()
    project.forget()
    environ = {**project.machine.environ, "UV_CACHE_DIR": str(project.machine.folder / "cache2")}
    rebuilt = project.rebuild(recorded, environ=environ)
    assert statuses(rebuilt) == {"environment": "exact"}
    assert said(rebuilt.python, "import fromgit; print(fromgit.VALUE)") == "then"


def test_where_uv_cannot_run_pip_makes_the_same_environment(project: Project, tmp_path: Path) -> None:
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no pip beside mlrun")
    wheel(project.machine.wheels, "tiny", "1.0", TINY, scripts="tiny = tiny:main")
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    (tmp_path / "broken").mkdir()
    broken = tmp_path / "broken" / "uv"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    (tmp_path / "broken" / "uv.py").write_text(f"def find_uv_bin():\n    return {str(broken)!r}\n")
    python, fresh = json.loads(started(project, recorded, PYTHONPATH=str(tmp_path / "broken")).communicate()[0])
    assert fresh
    assert id_of(python, project.machine.environ) == recorded.environment
    script = Path(python).parent / "tiny"
    assert subprocess.run([script], capture_output=True, text=True, check=True).stdout == "tiny 1\n"
