"""What the probe writes into the journal, in real interpreters."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.probe.children import PYTHONS, Child

from runlore.probe.path import child_pythonpath
from runlore.records.canonical import decode

FACTS = """
import json, os, platform, sys
print(json.dumps({
    "executable": sys.executable, "prefix": sys.prefix, "base_prefix": sys.base_prefix,
    "version": platform.python_version(), "implementation": sys.implementation.name,
    "abiflags": sys.abiflags, "path": sys.path[1:], "pid": os.getpid(),
}))
"""


def test_each_interpreter_reports_what_it_is(python: str, child: Child) -> None:
    said = json.loads(child.run(python, "-c", FACTS).stdout)
    (report,) = child.reports()
    assert {name: report[name] for name in said} == said
    assert report["path"] == json.loads(child.run(python, "-c", FACTS, probe=False).stdout)["path"]


@pytest.mark.skipif(sys.platform != "linux", reason="names a Linux platform")
def test_the_platform_names_system_machine_and_libc(child: Child) -> None:
    child.run(sys.executable, "-c", "pass")
    (report,) = child.reports()
    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else None
    expected = ["linux", os.uname().machine, *([libc.replace(" ", "")] if libc else [])]
    assert report["platform"].removesuffix("-musl") == "-".join(expected)


def test_flags_and_the_hash_seed_are_reported(child: Child) -> None:
    child.run(sys.executable, "-OO", "-s", "-X", "utf8", "-c", "pass", env={"PYTHONHASHSEED": "0"})
    child.run(sys.executable, "-X", "utf8=0", "-c", "pass")
    first, second = child.reports()
    assert (first["flags"]["optimize"], first["flags"]["no_user_site"], first["flags"]["utf8_mode"]) == (2, 1, 1)
    assert (second["flags"]["optimize"], second["flags"]["no_user_site"], second["flags"]["utf8_mode"]) == (0, 0, 0)
    assert (first["hash_seed"], second["hash_seed"]) == ("0", None)
    assert (first["flags"]["hash_randomization"], second["flags"]["hash_randomization"]) == (0, 1)


def test_a_script_a_module_and_standard_input_report_alike(child: Child) -> None:
    child.write("train.py", "print('trained')")
    for command in (["train.py"], ["-m", "train"], ["-"], ["-c", "pass"]):
        child.run(sys.executable, *command)
    reports = child.reports()
    assert len(reports) == 4
    assert len({json.dumps({**report, "pid": 0}) for report in reports}) == 1


def test_a_folder_whose_name_is_anything_comes_through(python: str, child: Child) -> None:
    names = [b"caf\xc3\xa9", b"\xff\xfe", "\U0001f600".encode(), b'quo"te\\', b"line\nfeed\t", b"\x7f"]
    folders = [os.fsencode(child.folder) + b"/" + name for name in names]
    for folder in folders:
        os.mkdir(folder)
    pythonpath = b":".join([os.fsencode(child_pythonpath(None)), *folders])
    child.run(python, "-c", "pass", env={"PYTHONPATH": pythonpath})
    (line,) = child.journal.read_bytes().splitlines()
    assert line.isascii()
    path = decode(line[9:])["path"]
    assert path[: len(folders)] == [os.fsdecode(folder) for folder in folders]
    assert len(child.reports()) == 1


def test_a_very_long_path_still_is_one_line(child: Child) -> None:
    folders = [f"/nowhere/{'x' * 100}/{number}" for number in range(500)]
    child.run(sys.executable, "-c", "pass", pythonpath=":".join(folders))
    (report,) = child.reports()
    assert report["path"][:500] == folders


def test_a_fork_does_not_report_again(child: Child) -> None:
    script = """
import os
for _ in range(3):
    if os.fork() == 0:
        import sysconfig, site
        os._exit(0)
    os.wait()
"""
    assert child.run(sys.executable, "-c", script).returncode == 0
    assert len(child.reports()) == 1


def test_running_site_again_does_not_report_again(python: str, child: Child) -> None:
    assert child.run(python, "-c", "import site; site.main(); site.execsitecustomize()").stderr == ""
    assert len(child.reports()) == 1


def test_a_spawned_worker_reports_itself(child: Child) -> None:
    child.write(
        "spawn.py",
        "import multiprocessing, os\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    with multiprocessing.Pool(1) as pool: print(os.getpid(), pool.apply(os.getpid))\n",
    )
    pids = {int(pid) for pid in child.run(sys.executable, "spawn.py").stdout.split()}
    assert len(pids) == 2
    assert pids <= {report["pid"] for report in child.reports()}


@pytest.mark.skipif(len(PYTHONS) == 1, reason="needs a second Python")
def test_a_child_with_another_interpreter_reports_itself(child: Child) -> None:
    first, *_, other = PYTHONS.values()
    script = f"import subprocess; subprocess.run([{other!r}, '-c', 'pass'])"
    child.run("sh", "-c", f'"{first}" -c "{script}"')
    assert [report["executable"] for report in child.reports()] == [first, other]


@pytest.mark.parametrize("option", ["-I", "-E"])
def test_an_interpreter_told_to_ignore_the_environment_is_left_alone(python: str, child: Child, option: str) -> None:
    script = "import sys; print(sys.path, sorted(sys.modules))"
    observed = child.run(python, option, "-c", script)
    assert (observed.stdout, observed.stderr) == (
        (bare := child.run(python, option, "-c", script, probe=False)).stdout,
        "",
    )
    assert bare.returncode == observed.returncode == 0
    assert child.reports() == []


def test_without_site_nothing_is_reported_and_nothing_breaks(python: str, child: Child) -> None:
    outcome = child.run(python, "-S", "-c", "import sys; print('sitecustomize' in sys.modules)")
    assert (outcome.stdout, outcome.stderr, outcome.returncode) == ("False\n", "", 0)
    assert child.reports() == []


def test_twenty_at_once_write_twenty_whole_lines(child: Child) -> None:
    environ = {**os.environ, "RUNLORE_JOURNAL": str(child.journal), "PYTHONPATH": child_pythonpath(None)}
    running = [subprocess.Popen([sys.executable, "-c", "pass"], env=environ) for _ in range(20)]
    pids = {each.pid for each in running}
    assert [each.wait() for each in running] == [0] * 20
    assert {report["pid"] for report in child.reports()} == pids


def _no_journal(journal: Path) -> None:
    journal.unlink()


def _folder(journal: Path) -> None:
    journal.unlink()
    journal.mkdir()


def _fifo(journal: Path) -> None:
    journal.unlink()
    os.mkfifo(journal)


def _dangling(journal: Path) -> None:
    journal.unlink()
    journal.symlink_to("gone")


@pytest.mark.parametrize("damage", [_no_journal, _folder, _fifo, _dangling])
def test_a_journal_that_cannot_be_written_is_nobodys_trouble(child: Child, damage: Callable[[Path], None]) -> None:
    damage(child.journal)
    before = os.lstat(child.journal).st_ino if os.path.lexists(child.journal) else None
    start = time.monotonic()
    outcome = child.run(sys.executable, "-c", "print('trained')")
    assert (outcome.stdout, outcome.stderr, outcome.returncode) == ("trained\n", "", 0)
    assert time.monotonic() - start < 30
    assert (os.lstat(child.journal).st_ino if os.path.lexists(child.journal) else None) == before
    assert not (child.journal.parent / "gone").exists()


@pytest.mark.parametrize("journal", ["", "relative/journal", "/dev/full"])
def test_a_journal_that_is_no_file_of_ours_is_nobodys_trouble(child: Child, journal: str) -> None:
    outcome = child.run(sys.executable, "-c", "print('trained')", env={"RUNLORE_JOURNAL": journal})
    assert (outcome.stdout, outcome.stderr, outcome.returncode) == ("trained\n", "", 0)


def test_a_program_without_standard_streams_keeps_its_descriptors(child: Child) -> None:
    script = f"import os; open({str(child.folder / 'said')!r}, 'w').write(str(os.listdir('/proc/self/fd')))"
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    said = []
    for probe in (False, True):
        child.run("sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, script, probe=probe)
        said.append((child.folder / "said").read_text())
    assert said[0] == said[1]
    assert len(child.reports()) == 1
