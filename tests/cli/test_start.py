"""What a command loads before it does anything: start-up is a feature."""

import subprocess
import sys

import pytest
from tests.cli.place import Place

HEAVY = ("rich", "yaml", "pathspec", "git", "importlib.metadata", "asyncio", "logging", "tempfile", "tomllib")


def _loaded(place: Place, *args: str) -> set[str]:
    """The modules that a command line imports, beyond those of a bare interpreter."""
    return _modules(place, f"import runlore.__main__ as m; sys.argv[1:] = {list(args)!r}; m.main()") - _modules(
        place, ""
    )


def _modules(place: Place, code: str) -> set[str]:
    """What is imported when ``code`` ends the process, one way or the other."""
    script = (
        "import sys, os\n"
        "def told(status=0):\n"
        "    os.write(2, ('\\nloaded ' + ' '.join(sys.modules)).encode())\n"
        "    leave(status)\n"
        "leave, os._exit = os._exit, told\n"
        f"{code}\n"
        "told()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=place.folder, env=place.env, capture_output=True, text=True, check=False
    )
    return set(done.stderr.rpartition("\nloaded ")[2].split())


def _of(modules: set[str], *names: str) -> set[str]:
    return {module for module in modules if any(module == name or module.startswith(f"{name}.") for name in names)}


def test_the_version_loads_neither_the_parser_nor_anything_else(place: Place) -> None:
    loaded = _loaded(place, "--version")
    assert _of(loaded, "runlore") == {"runlore", "runlore.__main__", "runlore.version"}
    assert not _of(loaded, "typer", "json", "subprocess", "dataclasses")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    "args",
    [["list", "--json"], ["list"], ["show"], ["tag", "best", "--json"], ["exec", "-q", "true"], ["list", "--bad"]],
)
def test_commands_load_nothing_heavy_unless_a_terminal_asks_for_it(place: Place, args: list[str]) -> None:
    loaded = _loaded(place, *args)
    assert bool(_of(loaded, "typer")) == (args[0] != "exec")
    assert _of(loaded, "runlore.cli.front_door")
    assert not _of(loaded, *HEAVY)


def test_a_run_loads_nothing_that_most_runs_do_not_need(place: Place) -> None:
    place.write("train.py", "open('out.bin', 'w').write('x')")
    for _ in range(3):  # once for the code, once for what it makes: both are searched for secrets
        loaded = _loaded(place, "exec", "-q", "train.py")
    assert _of(loaded, "runlore.capture.access.meaning")
    assert not _of(loaded, "dataclasses", "inspect", "difflib", "socket", "ctypes", "typer")
    assert not _of(loaded, "runlore.capture.secrets", "runlore.capture.metrics.gather")


@pytest.mark.usefixtures("runs")
def test_only_the_module_of_the_command_is_loaded(place: Place) -> None:
    commands = "runlore.cli.commands"
    assert _of(_loaded(place, "list", "--json"), commands) == {commands, f"{commands}.list"}
    assert not _of(_loaded(place, "--help"), commands)


@pytest.mark.usefixtures("runs")
def test_json_does_not_load_the_pages_for_people(place: Place) -> None:
    assert not _of(_loaded(place, "list", "--json"), "runlore.present.term")
