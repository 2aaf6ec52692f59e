"""Environments made again from a record: real wheels, real uv, a real run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.execute.rebuilding import TINY, Project, id_of, said, started, statuses
from tests.execute.wheels import site, wheel

from runlore.errors import CannotRebuildError
from runlore.execute.environment.check import check
from runlore.execute.environment.rebuild import in_place
from runlore.execute.environment.recorded import load
from runlore.execute.environment.requirements import requirement
from runlore.records.environment import Package, encode_environment
from runlore.store.store import Store


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


@pytest.mark.parametrize(
    "hostile",
    [
        Package("tiny", "1.0\n--index-url https://evil.example"),
        Package("tiny --index-url https://evil.example", "1.0"),
        Package("tiny", "1.0", source="archive", url="https://x.example/a\n-r /etc/passwd"),
        Package("--help", "1.0"),
    ],
)
def test_a_record_of_a_stranger_adds_no_line_and_no_option(hostile: Package) -> None:
    assert requirement(hostile) is None


def test_a_version_of_python_that_is_an_option_is_refused(project: Project) -> None:
    recorded = project.record("print('x')")
    with Store(str(project.folder / ".mlrun")) as store, store.writer() as writer:
        oid = writer.add_record(encode_environment(load(store, recorded.environment)._replace(python="--help")))
    with pytest.raises(CannotRebuildError, match="no version of Python"):
        project.rebuild(recorded._replace(environment=oid))


def test_a_run_in_a_rebuilt_environment_has_the_same_packages_on_record(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    local = wheel(project.machine.folder / "elsewhere", "local", "1.0", {"local.py": ""})
    project.machine.install(project.python, "tiny", local)
    first = project.record("import tiny, local")
    project.forget()
    project.place.env["VIRTUAL_ENV"] = project.rebuild(first).prefix
    again = project.record("import tiny, local")
    assert again.run["fingerprint"] == first.run["fingerprint"]
    assert again.run["environment"]["imported"] == first.run["environment"]["imported"] == ["local", "tiny"]
    assert again.kept == first.kept
    assert again.run["inputs"] == first.run["inputs"]
