"""The native observer on AArch64 and under musl sees and disturbs as much as here."""

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.native.elsewhere import Elsewhere, aarch64, aarch64_python, musl

from runlore.capture.access import touch

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINES = (aarch64, musl)


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> Elsewhere:
    found: Callable[[], Elsewhere] = request.param
    return found()


def work(tmp_path: Path, way: str) -> Path:
    """A folder as `calls.c` wants it."""
    folder = tmp_path / way / "work"
    (folder / "folder").mkdir(parents=True)
    (folder / "a").write_text("hello")
    (folder / "link").symlink_to("a")
    (folder / "loop").symlink_to("loop")
    return folder


def test_everything_answers_as_it_does_unwatched(machine: Elsewhere, tmp_path: Path) -> None:
    calls = machine.program("calls")
    bare = machine.bare((calls,), work(tmp_path, "bare"))
    assert bare.count("\n") > 90
    for way, later in (("watched", -3600), ("overwriting", 3600)):
        seen = machine.watch((calls,), work(tmp_path, way), later)
        assert seen.output == bare
        assert len(seen.touches) > 40


def test_64_threads_at_once_lose_and_double_nothing(machine: Elsewhere, tmp_path: Path) -> None:
    seen = machine.watch((machine.program("threads"),), work(tmp_path, "x"))
    assert (seen.status, seen.output) == (0, "done\n")
    kinds = Counter(each.kind for each in seen.touches)
    assert kinds[touch.WRITE] == len(seen.paths(touch.WRITE)) == 100 + 64 * 20
    assert kinds[touch.RENAME] == len(seen.paths(touch.RENAME)) == 64 * 20
    assert kinds[touch.READ] == len(seen.paths(touch.READ)) == 100
    assert kinds[touch.EXEC] == 4
    assert touch.LOST not in kinds


@pytest.mark.parametrize(
    ("what", "kind", "count"), [("bomb", touch.WRITE, 200), ("plain", touch.READ, 200), ("vfork", touch.EXEC, 20)]
)
def test_forks_and_many_files_are_seen(machine: Elsewhere, what: str, kind: str, count: int, tmp_path: Path) -> None:
    folder = work(tmp_path, "x")
    for number in range(count):
        (folder / str(number)).write_text("x")
    seen = machine.watch((machine.program("many"), what, str(folder), str(count)), folder)
    assert seen.status == 0
    assert len([each for each in seen.touches if each.kind == kind]) == count


def test_a_handler_on_a_small_stack_and_a_cancelled_thread_go_on(machine: Elsewhere, tmp_path: Path) -> None:
    folder = work(tmp_path, "x")
    assert machine.watch((machine.program("many"), "handler", str(folder)), folder).status == 0
    os.mkfifo(folder / "fifo")
    cancel = machine.program("cancel")
    assert machine.watch((cancel,), folder).output == machine.bare((cancel,), folder)


def test_a_python_for_aarch64_is_observed(tmp_path: Path) -> None:
    machine, python, folder = aarch64(), aarch64_python(), work(tmp_path, "x")
    code = (
        "import os, threading\n"
        "open('a').read(); open('a', 'a').write('b'); open('new', 'w').write('x')\n"
        "os.rename('new', 'folder/new'); os.link('folder/new', 'twin'); os.listdir('folder')\n"
        "if not os.fork():\n    open('child', 'w'); os._exit(0)\n"
        "os.wait()\n"
        "all = [threading.Thread(target=lambda n=n: open(f't{n}', 'w')) for n in range(20)]\n"
        "[each.start() for each in all]; [each.join() for each in all]"
    )
    seen = machine.watch((python, "-I", "-S", "-c", code), folder, later=3600)
    assert (seen.status, seen.output) == (0, "")
    found = {(each.kind, os.path.relpath(os.fsdecode(each.path), folder)) for each in seen.touches}
    assert {fact for fact in found if not fact[1].startswith("..")} == {
        (touch.READ, "a"), (touch.SAVED, "a"), (touch.WRITE, "a"), (touch.WRITE, "new"), (touch.RENAME, "new"),
        (touch.LINK, "folder/new"), (touch.LIST, "folder"), (touch.WRITE, "child"),
        *((touch.WRITE, f"t{number}") for number in range(20)),
    }  # fmt: skip
    assert touch.START in {each.kind for each in seen.touches}
