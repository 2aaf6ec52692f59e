"""`import runlore` in a script whose interpreter does not have it, and what else the import system gives."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.probe.children import Child

import runlore
from runlore.probe.path import child_pythonpath, site_folder

PACKAGE = Path(runlore.__file__).parent
PROBE = PACKAGE / "probe"


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has nothing installed, runlore neither."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return str(folder / "bin" / "python")


@pytest.mark.parametrize("path", [*PROBE.rglob("*.py"), PACKAGE / "__init__.py"], ids=lambda path: path.name)
def test_all_that_a_script_may_import_is_python_3_8(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 8))


def test_an_interpreter_without_runlore_can_import_it_in_a_run(python: str, child: Child) -> None:
    done = child.script("import runlore\nrunlore.log(loss=0.5, step=1)\nprint(runlore.__file__)", python)
    assert done.stdout == f"{PACKAGE / '__init__.py'}\n"
    assert child.values("loss") == [0.5]


def test_each_name_can_be_imported_from_it(bare_python: str, child: Child) -> None:
    child.script("from runlore import log, output, params, samples\nlog(loss=1)", bare_python)
    assert child.values("loss") == [1]


def test_outside_a_run_an_interpreter_without_runlore_has_none(bare_python: str, child: Child) -> None:
    done = child.run(bare_python, "-c", "import runlore", probe=False)
    assert "ModuleNotFoundError: No module named 'runlore'" in done.stderr


@pytest.mark.parametrize("option", ["-I", "-S", "-E"])
def test_an_interpreter_that_leaves_the_probe_out_has_none_either(bare_python: str, child: Child, option: str) -> None:
    observed, bare = (child.run(bare_python, option, "-c", "import runlore", probe=probe) for probe in (True, False))
    assert (observed.stdout, observed.stderr, observed.returncode) == (bare.stdout, bare.stderr, bare.returncode)
    assert "No module named 'runlore'" in bare.stderr


def test_an_unrelated_package_of_that_name_wins(bare_python: str, child: Child) -> None:
    child.write("runlore/__init__.py", "mine = 1")
    script = "import runlore; print(runlore.mine, hasattr(runlore, 'log'))"
    assert child.script(script, bare_python).stdout == "1 False\n"


def test_a_folder_of_that_name_is_no_package(bare_python: str, child: Child) -> None:
    child.write("runlore/model.pkl", "")
    child.script("import runlore; runlore.log(loss=1)", bare_python)
    assert child.values("loss") == [1]


def test_an_installed_one_is_imported_from_where_it_lies(bare_python: str, child: Child) -> None:
    shutil.copytree(PACKAGE, child.folder / "elsewhere" / "runlore", ignore=shutil.ignore_patterns("__pycache__"))
    source = "import runlore; runlore.log(loss=1); print(runlore.__file__)"
    done = child.script(source, bare_python, pythonpath=str(child.folder / "elsewhere"))
    assert done.stdout == f"{child.folder}/elsewhere/runlore/__init__.py\n"
    assert child.values("loss") == [1]


def test_one_finder_stays_and_it_is_first(python: str, child: Child) -> None:
    source = "import sys; print([type(each).__module__ for each in sys.meta_path].index('_runlore_probe'))"
    source += "; print(len(sys.meta_path))"
    bare = child.script("import sys; print(len(sys.meta_path))", python, probe=False)
    assert child.script(source, python).stdout == f"0\n{int(bare.stdout) + 1}\n"


def test_without_a_journal_no_finder_stays(child: Child) -> None:
    script = "import sys; print([type(each).__module__ for each in sys.meta_path].count('_runlore_probe'))"
    assert child.run(sys.executable, "-c", script, env={"RUNLORE_JOURNAL": ""}).stdout == "0\n"


def test_the_users_own_sitecustomize_can_import_it(bare_python: str, child: Child) -> None:
    folder = child.write("lib/sitecustomize.py", "import runlore; runlore.log(loss=1)")
    child.script("", bare_python, pythonpath=str(folder))
    assert child.values("loss") == [1]


def test_what_is_found_can_be_asked_for_and_reloaded(bare_python: str, child: Child) -> None:
    source = """
import importlib, importlib.util, inspect, pkgutil, runlore
spec = importlib.util.find_spec("runlore")
print(spec.name, spec.origin == runlore.__file__, spec.has_location, runlore.__package__)
print(importlib.reload(runlore) is runlore, "__getattr__" in inspect.getsource(runlore))
print("probe" in [each.name for each in pkgutil.iter_modules(runlore.__path__)])
runlore.log(loss=1)
"""
    assert child.script(source, bare_python).stdout == "runlore True True runlore\nTrue True\nTrue\n"
    assert child.values("loss") == [1]


def test_spawned_workers_find_it_too(bare_python: str, child: Child) -> None:
    source = """
import multiprocessing, runlore
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    with multiprocessing.Pool(2) as pool:
        pool.map(runlore.log, [{"loss": 1}, {"loss": 2}])
"""
    child.script(source, bare_python)
    assert sorted(child.values("loss")) == [1, 2]


def test_two_installations_of_the_probe_find_it_once(bare_python: str, child: Child) -> None:
    copy = child.folder / "other" / "runlore"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    source = "import runlore; runlore.log(loss=1); print(runlore.__file__)"
    pythonpath = f"{copy}/probe/site:{child_pythonpath(None)}"
    done = child.script(source, bare_python, env={"PYTHONPATH": pythonpath})
    assert done.stdout in {f"{copy}/__init__.py\n", f"{PACKAGE}/__init__.py\n"}
    assert child.values("loss") == [1]


def test_importing_it_loads_nothing_before_it_is_used(child: Child) -> None:
    source = """
import sys
before = set(sys.modules)
import runlore
print(sorted(set(sys.modules) - before))
runlore.log(loss=1)
print("json" in sys.modules, "typing" in sys.modules, "logging" in sys.modules)
"""
    assert child.script(source).stdout == "['runlore']\nFalse False False\n"


def test_it_has_no_other_names(child: Child) -> None:
    source = """
import runlore
try:
    runlore.lag(loss=1)
except AttributeError as error:
    print(error)
print([name for name in dir(runlore) if not name.startswith("_")])
"""
    said = child.script(source).stdout
    assert said.splitlines()[0] == "module 'runlore' has no attribute 'lag'"
    assert {"log", "output", "params", "samples"} <= set(ast.literal_eval(said.splitlines()[1]))


def test_the_tool_itself_does_not_load_the_probe() -> None:
    script = "import sys, runlore, runlore.__main__; print([name for name in sys.modules if 'probe' in name])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert Path(site_folder()).is_dir()
