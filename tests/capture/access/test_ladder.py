"""The best rung there is watches, or the one that was asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.capture.access.rungs import RUNGS, Run

from runlore.capture.access import native, straced
from runlore.capture.access.ladder import DYNAMIC, PRIVILEGED, STATIC, kind_of, observer_of, pick, recover
from runlore.capture.access.observer import Observer
from runlore.errors import UsageError

needs_strace = pytest.mark.skipif(straced.available(os.environ) is not None, reason="strace cannot trace here")
needs_native = pytest.mark.skipif(native.available() is not None, reason="the native library was not built")


class Chosen(NamedTuple):
    """Who watches, and why it is not the best there is."""

    observer: Observer
    why: str | None


def chosen(run: Run, how: str, program: str = sys.executable, *, path: str = os.environ["PATH"]) -> Chosen:
    environ = {"PATH": path}
    rung, why = pick(how, program, environ)
    return Chosen(observer_of(rung, run.place, 0, program=program, environ=environ), why)


@pytest.fixture
def no_native(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation without the library."""
    monkeypatch.setattr(native, "LIBRARY", str(tmp_path / "none.so"))


@pytest.fixture
def static(tmp_path: Path) -> str:
    """A static program."""
    compiler = shutil.which("cc") or ""
    (tmp_path / "static.c").write_text("int main(void) { return 0; }\n")
    command = (compiler, "-static", "-o", str(tmp_path / "static"), str(tmp_path / "static.c"))
    if not compiler or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no static program can be made here")
    return str(tmp_path / "static")


def test_off_watches_nothing_and_changes_nothing(run: Run) -> None:
    observer, why = chosen(run, "off")
    assert (observer.name, observer.blind, why) == ("none", ("everything",), None)
    assert observer.environ({"A": "b"}) == {"A": "b"}
    assert observer.command(["a", "b"]) == ("a", "b")
    assert (list(observer.touches()), observer.unobserved(()), os.listdir(run.folder)) == ([], (), [])


@needs_native
def test_the_library_comes_first(run: Run) -> None:
    observer, why = chosen(run, "auto")
    assert (observer.name, why) == ("native", None)


@needs_strace
@pytest.mark.usefixtures("no_native")
def test_without_the_library_strace_watches(run: Run) -> None:
    observer, why = chosen(run, "auto")
    assert (observer.name, why) == ("strace", "the native library was not built when mlrun was installed")


@pytest.mark.usefixtures("no_native")
def test_without_both_python_watches_and_the_reasons_are_told(run: Run) -> None:
    observer, why = chosen(run, "auto", path="/nowhere")
    reasons = "the native library was not built when mlrun was installed; strace is not installed"
    assert (observer.name, why) == ("python", f"only what Python opens is seen: {reasons}")


@needs_strace
def test_a_static_program_is_for_strace(run: Run, static: str) -> None:
    assert chosen(run, "auto", static).observer.name == "strace"


@needs_native
def test_a_static_program_without_strace_is_named_as_unobserved(run: Run, static: str) -> None:
    assert chosen(run, "auto", static, path="/nowhere").observer.name == "native"


@pytest.mark.usefixtures("no_native")
def test_what_was_asked_for_and_cannot_be_is_an_error_that_says_why(run: Run) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(run, "native")
    assert caught.value.message == (
        "--trace native cannot be used: the native library was not built when mlrun was installed"
    )
    assert caught.value.hint == "use --trace auto for the best that can"
    with pytest.raises(UsageError, match="--trace strace cannot be used: strace is not installed"):
        chosen(run, "strace", path="/nowhere")
    with pytest.raises(UsageError, match='--trace cannot be "best"'):
        chosen(run, "best")
    assert chosen(run, "python", path="/nowhere").observer.name == "python"


@needs_strace
def test_a_program_with_rights_of_its_own_keeps_them(run: Run, tmp_path: Path) -> None:
    program = tmp_path / "sudo"
    shutil.copy(os.path.realpath(sys.executable), program)
    program.chmod(0o4755)
    with pytest.raises(UsageError, match="the program has rights of its own, which it would lose"):
        chosen(run, "strace", str(program))


@pytest.mark.parametrize("how", RUNGS)
def test_what_lies_in_the_folder_of_a_run_tells_who_watched_it(run: Run, how: str) -> None:
    watched = run.script(how, "open('a.csv').read()")
    observer = recover(run.place, 0)
    assert observer is not None
    assert observer.name == how
    assert [each.path for each in observer.touches()] == [each.path for each in watched.touches]


def test_where_nothing_lies_nobody_watched(run: Run) -> None:
    assert recover(run.place, 0) is None


def elf(*, kind: int, size: int = 2, order: int = 1, first: int = 64) -> bytes:
    """A program for a processor of 32 (``size`` 1) or 64 bits (2) with one program header."""
    wide = size == 2
    head = bytearray(256)
    head[:6] = b"\x7fELF" + bytes((size, order))

    def put(at: int, width: int, number: int) -> None:
        head[at : at + width] = number.to_bytes(width, "little" if order == 1 else "big")

    at, width = (32, 8) if wide else (28, 4)
    put(at, width, first)
    for at, number in ((54, 56), (56, 1)) if wide else ((42, 32), (44, 1)):
        put(at, 2, number)
    put(first, 4, kind)
    return bytes(head)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (elf(kind=3), DYNAMIC),
        (elf(kind=1), STATIC),
        (elf(kind=3, order=2), DYNAMIC),
        (elf(kind=3, size=1), STATIC),
        (b"\x7fELF", STATIC),
        (b"\x7fELF" + bytes(2), STATIC),
        (elf(kind=3)[:60], STATIC),
        (b"\x7fELF\x02\x01" + b"\xff" * 200, STATIC),
        (b"echo no first line\n", DYNAMIC),
        (b"#!\n", DYNAMIC),
        (b"#!/no/such/interpreter\n", DYNAMIC),
        (b"", DYNAMIC),
    ],
)
def test_what_a_program_is_follows_from_its_head(tmp_path: Path, content: bytes, kind: str) -> None:
    if sys.maxsize < 1 << 32:
        pytest.skip("for processors of 64 bits")
    (tmp_path / "program").write_bytes(content)
    assert kind_of(str(tmp_path / "program")) == kind


def test_a_script_is_what_its_interpreter_is(tmp_path: Path) -> None:
    (tmp_path / "interpreter").write_bytes(elf(kind=1))
    (tmp_path / "script").write_text(f"#!{tmp_path}/interpreter -x\n")
    (tmp_path / "loop").write_text(f"#!{tmp_path}/loop\n")
    assert kind_of(str(tmp_path / "script")) == STATIC
    assert kind_of(str(tmp_path / "loop")) == DYNAMIC
    assert kind_of(str(tmp_path / "none")) == DYNAMIC
    assert kind_of(os.path.realpath(sys.executable)) == DYNAMIC
    (tmp_path / "interpreter").chmod(0o4755)
    assert kind_of(str(tmp_path / "script")) == PRIVILEGED


def test_choosing_the_library_starts_nothing_and_imports_little() -> None:
    source = (
        "import sys, runlore.capture.access.ladder as l; l.kind_of(sys.executable); l._no_native();"
        "print({'subprocess', 'ctypes', 'runlore.capture.access.straced', 'runlore.capture.access.audited',"
        " 'runlore.capture.access.syscalls'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
