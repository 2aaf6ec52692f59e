"""What a run touched is on its record, with the bytes, whichever way the script came by it."""

import os
import py_compile
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import Place
from tests.ops.scenes import SCENES
from tests.ops.watching import Watch, codes, message


@pytest.fixture
def watch(place: Place, repo: Repo, tmp_path: Path) -> Watch:
    return Watch(place, repo, tmp_path / "outside")


@pytest.mark.parametrize("scene", SCENES)
def test_what_a_run_touches_is_on_record_with_its_bytes(watch: Watch, scene: str) -> None:
    expected = SCENES[scene]
    watch.script(expected.source)
    run = watch.run("native", *expected.argv, status=expected.status)
    assert facts(watch, run) == (expected.inputs, expected.code, expected.outputs, expected.config)
    assert expected.params.items() <= run["params"].items()
    assert not codes(run) & {"unobserved", "trace-incomplete", "file-changed-during-run", "network-used"}
    kept = watch.bytes_of([*run["inputs"], *run["config"]])
    assert kept == {name: watch.before[name] for name in kept}
    made = watch.bytes_of(run["outputs"])
    assert made == {name: path_of(watch, name).read_bytes() for name in made}


@pytest.mark.parametrize("scene", [name for name, scene in SCENES.items() if scene.python])
def test_python_itself_tells_the_same_of_what_it_opens(watch: Watch, scene: str) -> None:
    expected = SCENES[scene]
    watch.script(expected.source)
    run = watch.run("python", *expected.argv, status=expected.status)
    assert facts(watch, run) == (expected.inputs, expected.code, expected.outputs, expected.config)
    kept = watch.bytes_of([*run["inputs"], *run["config"]])
    assert kept == {name: watch.before[name] for name in kept}


@pytest.mark.parametrize("scene", [name for name, scene in SCENES.items() if not scene.python])
def test_what_python_cannot_tell_is_named(watch: Watch, scene: str) -> None:
    watch.script(SCENES[scene].source)
    run = watch.run("python", *SCENES[scene].argv)
    assert facts(watch, run)[:3] == (set(), set(), set())
    assert "unobserved" in codes(run)
    assert {"programs other than Python", "Python started with -I, -S or -E"} <= set(run["observer"]["blind"])


def facts(watch: Watch, run: dict[str, Any]) -> tuple[set[str], set[str], set[str], set[str]]:
    """Data inputs, code inputs, outputs and configs."""
    inputs, outputs = run["inputs"], run["outputs"]
    config = {watch.name(each["path"]) for each in run["config"]}
    return watch.names(inputs, "data"), watch.names(inputs, "code"), watch.names(outputs), config


def path_of(watch: Watch, name: str) -> Path:
    return watch.outside / name[1:] if name.startswith("@") else watch.top / name


@pytest.mark.parametrize("how", ["native", "python"])
def test_a_module_that_was_imported_from_bytecode_is_kept_as_its_source(watch: Watch, how: str) -> None:
    py_compile.compile(os.fspath(watch.top / "ignored.py"), doraise=True)
    watch.script("import ignored")
    run = watch.run(how, "train.py")
    assert watch.bytes_of(run["inputs"]) == {"ignored.py": b"X = 3\n"}


@pytest.mark.parametrize("how", ["native", "python"])
def test_what_was_made_and_then_read_is_intermediate(watch: Watch, how: str) -> None:
    watch.script("open('out/f', 'w').write('x'); open('out/f').read(); open('out/m', 'w').write('y')")
    run = watch.run(how, "train.py")
    assert watch.names(run["outputs"], "intermediate") == {"out/f"}
    assert watch.names(run["outputs"], "data") == {"out/m"}


def test_a_static_program_is_named(watch: Watch, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (tmp_path / "reader.c").write_text('#include <stdio.h>\nint main(void) { return !fopen("data/train.csv", "r"); }\n')
    command = [compiler, "-static", "-o", f"{watch.top}/reader", f"{tmp_path}/reader.c"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("there is no static C library")
    watch.script("import subprocess; subprocess.run(['./reader'], check=True); open('data/old.txt').read()")
    run = watch.run("native", "train.py")
    assert watch.names(run["inputs"]) == {"data/old.txt", "reader"}
    assert os.path.realpath(watch.top / "reader") in message(run, "unobserved")


CAT = "import os, subprocess\nsubprocess.run({command}, env={env}, check=True, stdout=subprocess.DEVNULL)\n"


@pytest.mark.parametrize(
    ("command", "env"),
    [
        (["env", "-i", "cat", "data/train.csv"], "None"),
        (["cat", "data/train.csv"], "{'PATH': os.environ['PATH']}"),
        (["cat", "data/train.csv"], "{**os.environ, 'LD_PRELOAD': ''}"),
    ],
)
def test_a_child_without_our_variables_is_named(watch: Watch, command: list[str], env: str) -> None:
    watch.script(CAT.format(command=command, env=env) + "open('data/old.txt').read()")
    run = watch.run("native", "train.py")
    assert watch.names(run["inputs"]) == {"data/old.txt"}
    assert "/cat" in message(run, "unobserved")


def test_what_the_user_preloads_stays_first(watch: Watch) -> None:
    watch.place.env["LD_PRELOAD"] = "libm.so.6"
    watch.script("import os; print(os.environ['LD_PRELOAD']); open('data/train.csv').read()")
    done = watch.place.mlrun("exec", "--trace", "native", "train.py")
    if done.status == 2:
        pytest.skip(done.err)
    assert done.out.startswith("libm.so.6:")
    assert watch.names(watch.record()["inputs"]) == {"data/train.csv"}


def test_a_run_that_deletes_its_own_folder_keeps_what_it_read(watch: Watch) -> None:
    watch.repo.write("work/train.csv", "in a folder that goes\n")
    watch.script("import os, shutil; open('train.csv').read(); shutil.rmtree(os.getcwd())")
    run = watch.run("native", "../train.py", cwd=os.fspath(watch.top / "work"))
    assert watch.bytes_of(run["inputs"]) == {"work/train.csv": b"in a folder that goes\n"}
    assert run["outputs"] == []


def test_a_daemon_does_not_keep_the_run_waiting_and_what_it_did_before_is_on_record(watch: Watch) -> None:
    watch.script(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork():\n        os._exit(0)\n"
        "    open('data/train.csv').read(); open('out/ready', 'w').write('x')\n"
        "    os.closerange(0, 4096); time.sleep(20); os._exit(0)\n"
        "while not os.path.exists('out/ready'):\n    time.sleep(0.01)\n"
        "open('data/old.txt').read()"
    )
    started = time.monotonic()
    run = watch.run("native", "train.py")
    assert time.monotonic() - started < 15
    assert facts(watch, run)[:3] == ({"data/train.csv", "data/old.txt"}, set(), {"out/ready"})


@pytest.mark.parametrize("how", ["native", "python"])
def test_a_run_that_was_killed_with_mlrun_has_its_inputs_and_outputs_once_it_is_sealed(watch: Watch, how: str) -> None:
    watch.script(
        "import os, time; x = open('out/best.pt').read(); open('out/best.pt', 'w').write(x + 'better')\n"
        "open('data/train.csv').read(); open('local.yaml').read(); open('out/new', 'w').write('x')\n"
        "open('out/ready', 'w').close(); time.sleep(60)"
    )
    command = [sys.executable, "-m", "runlore", "exec", "-q", "-n", "victim", "--trace", how, "train.py"]
    process = subprocess.Popen(command, cwd=watch.top, env=watch.place.env, stdin=subprocess.DEVNULL)
    try:
        while not (watch.top / "out/ready").exists():
            if process.poll() == 2:
                pytest.skip(f"{how} cannot be used")
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert watch.record("victim")["inputs"] == []
    assert watch.place.mlrun("exec", "-q", "--trace", "off", "true").status == 0
    run = watch.record("victim")
    assert (run["state"], run["observer"]["name"]) == ("crashed", how)
    kept = watch.bytes_of(run["inputs"])
    assert kept == {name: watch.before[name] for name in ("data/train.csv", "out/best.pt")}
    assert watch.names(run["outputs"]) == {"out/best.pt", "out/new", "out/ready"}
    assert run["params"] == {"optimizer.lr": 0.25}


def test_watching_can_be_left_out(watch: Watch) -> None:
    watch.script("open('data/train.csv').read()")
    run = watch.run("off", "train.py")
    assert (run["inputs"], run["observer"]) == ([], {"name": "none", "blind": ["everything"]})


def test_the_same_run_again_is_the_same_experiment_and_other_data_another(watch: Watch) -> None:
    watch.script("open('data/train.csv').read()")
    first = watch.run("native", "train.py")["fingerprint"]
    assert watch.run("native", "train.py")["fingerprint"] == first
    watch.repo.write("data/train.csv", "other\n")
    assert watch.run("native", "train.py")["fingerprint"] != first
