"""The probe steps aside: the program and its own sitecustomize see what they would see without it."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.probe.children import Child

from runlore.probe.path import site_folder

SEEN = """
import os, sys
print(sys.path)
print(sorted(sys.modules))
print(sorted(sys.path_importer_cache))
print([finder for finder in sys.meta_path if type(finder).__module__ != "_runlore_probe"], sys.path_hooks, sys.flags)
print({name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RUNLORE_JOURNAL")})
try:
    import sitecustomize
    print(sitecustomize.__name__, sitecustomize.__file__, sitecustomize.__spec__, sorted(vars(sitecustomize)))
except ImportError as error:
    print(repr(error), error.name, error.path)
"""

OWN = """
import sys
print("own", __name__, __file__, __spec__.name, __spec__.origin, __package__, sys.path)
mine = 1
"""


def assert_unnoticed(child: Child, *command: str, pythonpath: str | None = None) -> subprocess.CompletedProcess[str]:
    """That a command's output, error output and status are the same with the probe; the outcome with it."""
    bare = child.run(*command, probe=False, pythonpath=pythonpath)
    observed = child.run(*command, probe=True, pythonpath=pythonpath)
    assert _no_addresses(observed.stdout) == _no_addresses(bare.stdout)
    assert (observed.stderr, observed.returncode) == (bare.stderr, bare.returncode)
    assert site_folder() not in observed.stdout
    return observed


def _no_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", text)


@pytest.fixture(scope="session")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("probe") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def site_packages(venv: Path) -> Path:
    return next(venv.glob("lib/python3*/site-packages"))


@pytest.mark.parametrize(
    "pythonpath", [None, "", "/abs", "lib", ":lib", "lib:", "lib::other", ":", "lib:lib", "./lib/"]
)
def test_the_program_sees_the_path_and_modules_it_would_have_seen(child: Child, pythonpath: str | None) -> None:
    child.write("lib/there.py", "")
    assert_unnoticed(child, sys.executable, "-c", SEEN, pythonpath=pythonpath)
    assert len(child.reports()) == 1


def test_no_interpreter_has_anything_left_of_the_probe(python: str, child: Child) -> None:
    assert_unnoticed(child, python, "-c", SEEN)
    assert len(child.reports()) == 1


def test_the_users_own_sitecustomize_runs_as_itself(python: str, child: Child) -> None:
    folder = child.write("lib/sitecustomize.py", OWN)
    done = assert_unnoticed(child, python, "-c", SEEN, pythonpath=str(folder))
    assert done.stdout.startswith(f"own sitecustomize {folder}/sitecustomize.py sitecustomize ")
    assert "'mine'" in done.stdout


def test_the_first_of_two_sitecustomizes_runs(child: Child) -> None:
    first = child.write("first/sitecustomize.py", "print('first')")
    second = child.write("second/sitecustomize.py", "print('second')")
    assert assert_unnoticed(child, sys.executable, "-c", "pass", pythonpath=f"{first}:{second}").stdout == "first\n"


def test_a_sitecustomize_may_be_a_package_or_lie_in_the_working_folder(python: str, child: Child) -> None:
    child.write("sitecustomize/__init__.py", "from . import part\nprint(__path__, part.__name__)")
    child.write("sitecustomize/part.py", "")
    done = assert_unnoticed(child, python, "-c", SEEN, pythonpath=":/elsewhere")
    assert done.stdout.startswith(f"['{child.folder}/sitecustomize'] sitecustomize.part\n")


@pytest.mark.parametrize(
    "source",
    [
        "raise RuntimeError('mine')",
        "import not_there",
        "raise ImportError('odd', name='sitecustomize')",
        "def broken(:",
        "print('leaving'); raise SystemExit(7)",
        "import os; os._exit(9)",
        "import sys; sys.modules[__name__] = sys",
        "import sys; del sys.modules[__name__]",
        "raise KeyboardInterrupt",
    ],
)
def test_a_failing_sitecustomize_fails_as_it_did(child: Child, source: str) -> None:
    folder = child.write("lib/sitecustomize.py", source)
    # The frames of an error that ends Python show how it was imported; everything else is the same.
    bare, observed = (
        child.run(sys.executable, "-c", "print('ran')", probe=probe, pythonpath=str(folder)) for probe in (False, True)
    )
    assert (observed.stdout, observed.returncode) == (bare.stdout, bare.returncode)
    assert [line for line in observed.stderr.splitlines() if not line.startswith("  ")] == [
        line for line in bare.stderr.splitlines() if not line.startswith("  ")
    ]


def test_what_a_sitecustomize_adds_to_the_path_is_reported(child: Child) -> None:
    folder = child.write("lib/sitecustomize.py", "import sys; sys.path.append('/added')")
    child.run(sys.executable, "-c", "pass", pythonpath=str(folder))
    (report,) = child.reports()
    assert report["path"][0] == str(folder)
    assert report["path"][-1] == "/added"


def test_a_failing_sitecustomize_does_not_keep_the_report_back(child: Child) -> None:
    folder = child.write("lib/sitecustomize.py", "raise RuntimeError")
    child.run(sys.executable, "-c", "pass", pythonpath=str(folder))
    assert len(child.reports()) == 1


def test_without_a_journal_it_only_steps_aside(child: Child) -> None:
    folder = child.write("lib/sitecustomize.py", OWN)
    pythonpath = f"{site_folder()}:{folder}"
    done = child.run(sys.executable, "-c", SEEN, probe=False, pythonpath=pythonpath)
    bare = child.run(sys.executable, "-c", SEEN, probe=False, pythonpath=str(folder))
    assert (_no_addresses(done.stdout), done.stderr) == (_no_addresses(bare.stdout), "")
    assert child.reports() == []


def test_hooks_of_a_virtual_environment_run_in_their_order(venv: Path, child: Child) -> None:
    packages = site_packages(venv)
    (packages / "hook.pth").write_text("import sys; print('hook')\n/added/by/pth\n")
    (packages / "sitecustomize.py").write_text("print('site')")
    (packages / "usercustomize.py").write_text("print('user')")
    try:
        python = str(venv / "bin" / "python")
        ran = assert_unnoticed(child, python, "-c", "pass").stdout.splitlines()
        # Some interpreters read a .pth twice; some distributions have a sitecustomize of their own, which goes first.
        assert ran[0] == "hook"
        assert ran[-1] == "site" or Path(sysconfig.get_path("stdlib"), "sitecustomize.py").exists()
        assert_unnoticed(child, python, "-c", SEEN)
    finally:
        for name in ("hook.pth", "sitecustomize.py", "usercustomize.py"):
            (packages / name).unlink()
    assert {report["prefix"] for report in child.reports()} == {str(venv)}


def test_a_hook_that_measures_subprocesses_still_starts_first(venv: Path, child: Child) -> None:
    hook = site_packages(venv) / "measure.pth"
    hook.write_text("import sys; sys.setprofile(lambda *_: None); sys.measured = True\n")
    script = "import sys; print(sys.measured, sys.getprofile() is not None)"
    try:
        assert assert_unnoticed(child, str(venv / "bin" / "python"), "-c", script).stdout == "True True\n"
    finally:
        hook.unlink()
    assert len(child.reports()) == 1


def test_usercustomize_is_untouched(python: str, child: Child) -> None:
    folder = child.write("lib/usercustomize.py", "print('user', __name__, __file__)")
    base = subprocess.run(
        [python, "-I", "-c", "import sys; print(getattr(sys, '_base_executable', sys.executable))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert_unnoticed(child, base, "-c", SEEN, pythonpath=str(folder))


def test_two_installations_of_the_probe_both_step_aside(python: str, child: Child) -> None:
    copy = child.folder / "other" / "site"
    copy.mkdir(parents=True)
    shutil.copy(Path(site_folder()) / "sitecustomize.py", copy)
    own = child.write("lib/sitecustomize.py", OWN)
    nested = child.run(python, "-c", SEEN, pythonpath=f"{copy}:{own}")
    bare = child.run(python, "-c", SEEN, probe=False, pythonpath=str(own))
    assert (_no_addresses(nested.stdout), nested.stderr) == (_no_addresses(bare.stdout), "")
    assert len({report["pid"] for report in child.reports()}) == 1


def test_warnings_made_errors_find_nothing_to_complain_about(python: str, child: Child) -> None:
    done = assert_unnoticed(child, python, "-W", "error", "-X", "dev", "-c", "print('ran')")
    assert (done.stdout, done.stderr) == ("ran\n", "")
    assert len(child.reports()) == 1


def test_run_as_anything_else_the_probe_does_nothing(child: Child) -> None:
    done = child.run(sys.executable, "-I", str(Path(site_folder()) / "sitecustomize.py"))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert child.reports() == []
