"""What a run used of the GPUs, asked of a driver that says what it is told to."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest
from tests.execute.nvml import Driver, driver, looked
from tests.execute.supervised import Lab, alive, script

from runlore.capture import hardware, nvidia, nvml
from runlore.execute import gpu
from runlore.execute.gpu import Gpus

__all__ = ["driver"]
OWN, OTHER = os.getpid(), 1
LINUX = sys.platform == "linux"
pytestmark = pytest.mark.skipif(not LINUX, reason="NVIDIA's driver is looked for on Linux")


def test_only_the_processes_of_the_run_count(driver: Driver) -> None:
    driver.says(
        "devices 2", "percent 0 100", "memory 0 9000", "percent 1 70",
        f"process 0 {OWN} 1000", f"process 0 {OTHER} 500", f"process 1 {OTHER} 700",
        f"used 0 {OWN} 50", f"used 0 {OTHER} 40", f"used 1 {OTHER} 70",
    )  # fmt: skip
    gpus = Gpus()
    began = time.time()
    looked(gpus, [OWN])
    passed = time.time() - began
    gpus.finish([])
    assert (gpus.scope, gpus.memory, gpus.warnings) == ("run", [1000, 0], ())
    assert gpus.busy[1] == 0
    assert gpus.seconds == round(gpus.busy[0], 3)
    assert 0 < gpus.busy[0] <= (time.time() - began) / 2
    assert passed < 30


def test_several_processes_of_a_run_keep_a_device_busy_no_more_than_all_the_time(driver: Driver) -> None:
    many = range(100_000, 100_200)  # more than there is room for at first
    driver.says(
        "devices 1", *(f"process 0 {pid} 10" for pid in (OWN, *many)), *(f"used 0 {pid} 90" for pid in (OWN, *many))
    )
    began = time.time()
    gpus = Gpus()
    looked(gpus, [OWN, *many])
    gpus.finish([])
    assert gpus.memory == [2010]
    assert 0 < gpus.busy[0] <= time.time() - began


def test_a_process_that_has_ended_counts_to_its_end(driver: Driver) -> None:
    driver.says("devices 1", f"process 0 {OWN} 10", f"used 0 {OWN} 100")
    gpus = Gpus()
    looked(gpus, [OWN], times=1)
    before = gpus.busy[0]
    time.sleep(0.3)
    driver.says("devices 1", f"used 0 {OWN} 100")
    assert gpus.finish([])
    assert gpus.busy[0] >= before + 0.29
    assert gpus.memory == [0]


@pytest.mark.parametrize(
    "denied", ["fail nvmlDeviceGetProcessUtilization 4", "fail nvmlDeviceGetComputeRunningProcesses_v3 3"]
)
def test_where_processes_are_denied_the_whole_device_counts(driver: Driver, denied: str) -> None:
    driver.says("devices 1", "percent 0 25", "memory 0 4000", f"process 0 {OWN} 10", f"used 0 {OWN} 100", denied)
    began = time.time()
    gpus = Gpus()
    looked(gpus, [OWN])
    gpus.finish([])
    assert (gpus.scope, gpus.memory, gpus.warnings) == ("device", [4000], ())
    assert 0 < gpus.busy[0] <= (time.time() - began) / 4


def test_in_a_container_that_hides_processes_the_whole_device_counts(driver: Driver) -> None:
    driver.says("devices 1", "percent 0 50", "memory 0 4000", "process 0 77777 10", "used 0 77777 50")
    assert in_another_namespace(5) == ("device", [4000], True)
    driver.says("devices 1", "percent 0 50", "memory 0 4000", "process 0 5 10", "used 0 5 50")
    assert in_another_namespace(5) == ("run", [10], True)


def in_another_namespace(pid: int) -> tuple[str, list[int], bool]:
    """What is answered about a process: the scope, the memory, and whether it kept a device busy."""
    began = time.time() - 1
    program = f"from runlore.capture import nvml; nvml._FIRST_NAMESPACE = 'another'; nvml.main('{began}')"
    asked = subprocess.run((sys.executable, "-c", program), input=b"[%d]\n" % pid, capture_output=True, check=True)
    answer = json.loads(asked.stdout)
    return answer["scope"], answer["memory"], answer["busy"][0] > 0


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("fail nvmlInit_v2 9", "NVML error 9"),
        ("fail nvmlDeviceGetCount_v2 15", "NVML error 15"),
        ("crash nvmlInit_v2", "the program that asks the driver has ended"),
    ],
)
def test_a_driver_in_trouble_ends_the_questions_and_is_named(driver: Driver, trouble: str, why: str) -> None:
    driver.says("devices 1", trouble)
    gpus = Gpus()
    looked(gpus, [OWN])
    assert [warning.code for warning in gpus.warnings] == ["gpu-unknown"]
    assert gpus.warnings[0].message.endswith(why)
    assert (gpus.seconds, gpus.scope) == (None, None)
    gpus.sample([OWN])  # asks nobody
    assert not gpus.finish([OWN])


def test_what_was_known_before_the_trouble_stays(driver: Driver) -> None:
    driver.says("devices 1", f"process 0 {OWN} 10", f"used 0 {OWN} 100")
    gpus = Gpus()
    looked(gpus, [OWN])
    driver.says("devices 1", "fail nvmlDeviceGetProcessUtilization 15", "fail nvmlDeviceGetUtilizationRates 15")
    looked(gpus, [OWN])
    assert [warning.code for warning in gpus.warnings] == ["gpu-unknown"]
    assert gpus.seconds is not None
    assert gpus.seconds > 0


def test_a_driver_that_hangs_keeps_nobody_waiting(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.says("devices 1", "hang nvmlInit_v2")
    monkeypatch.setattr(gpu, "_PATIENCE", 0.5)
    gpus = Gpus()
    took = []
    end = time.monotonic() + 30
    while not gpus.warnings and time.monotonic() < end:
        before = time.thread_time()
        gpus.sample([OWN])
        took.append(time.thread_time() - before)
        time.sleep(0.02)
    assert gpus.warnings[0].message.endswith("the driver gives no answer")
    assert len(took) > 5
    assert max(took) < 0.25


def test_the_end_of_a_run_waits_a_moment_for_a_driver_that_hangs(driver: Driver) -> None:
    driver.says("devices 1", "hang nvmlDeviceGetCount_v2")
    gpus = Gpus()
    gpus.sample([OWN])
    before = time.monotonic()
    gpus.finish([OWN])
    assert time.monotonic() - before < 5
    assert gpus.seconds is None


def test_a_library_that_is_none_is_named(driver: Driver) -> None:
    if importlib.util.find_spec("pynvml"):
        pytest.skip("nvidia-ml-py says it in its own words")
    driver.library.write_bytes(b"no library")
    gpus = Gpus()
    looked(gpus, [OWN])
    assert "libnvidia-ml.so.1" in gpus.warnings[0].message


def test_the_program_that_asks_ends_with_the_questions(driver: Driver) -> None:
    driver.says("devices 1")
    gpus = Gpus()
    looked(gpus, [OWN], times=1)
    assert gpus._process is not None
    pid = gpus._process.pid
    assert alive(pid)
    gpus.close()
    assert not alive(pid)


def test_without_a_driver_nobody_is_asked(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia, "_MARKS", (str(tmp_path / "gone"),))
    gpus = Gpus()
    gpus.sample([OWN])
    assert gpus._process is None
    assert not gpus.finish([OWN])
    assert (gpus.seconds, gpus.scope, gpus.warnings) == (None, None, ())
    assert nvidia.devices().names == []


def test_the_driver_names_devices_that_the_kernel_does_not(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.says("devices 2")
    assert nvidia.devices().names == ["NVIDIA Test 0", "NVIDIA Test 1"]
    monkeypatch.setattr(hardware, "_GPUS", str(driver.folder / "gone"))
    found = hardware.read_hardware()
    assert found["gpus"] == ["NVIDIA Test 0", "NVIDIA Test 1"]
    assert (found["gpu_driver"], found["cuda_driver"]) == ("580.65.06", "13.0")
    driver.says("devices 2", "fail nvmlSystemGetCudaDriverVersion_v2 3", "fail nvmlSystemGetDriverVersion 3")
    assert nvidia.devices() == (["NVIDIA Test 0", "NVIDIA Test 1"], None, None)
    driver.says("devices 2", "fail nvmlInit_v2 9")
    assert nvidia.devices().names == []


def test_a_driver_that_hangs_has_no_names(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.says("devices 1", "hang nvmlDeviceGetName")
    monkeypatch.setattr(nvidia, "_PATIENCE", 0.2)
    assert nvidia.devices().names == []


def test_a_supervised_run_has_the_seconds_of_its_processes(driver: Driver, lab: Lab) -> None:
    driver.says("devices 1")
    command = script(
        "import os, time",
        "state = os.environ['STATE']",
        "text = f'devices 1\\nprocess 0 {os.getpid()} 1000\\nused 0 {os.getpid()} 50\\n'",
        "open(state + '.mine', 'w').write(text)",
        "os.rename(state + '.mine', state)",
        "time.sleep(3)",
    )
    path = lab.patch("import runlore.capture.nvidia as nvidia", "nvidia._MARKS = ('/',)")
    env = {**os.environ, "PYTHONPATH": path, "STATE": str(driver.folder / "state")}
    assert lab.run(*command, env=env).returncode == 0
    usage = lab.outcome["usage"]
    assert usage["gpu_scope"] == "run"
    assert 0.5 <= usage["gpu_seconds"] <= lab.outcome["duration"] / 2 + 0.2
    assert lab.warnings == []


def test_a_short_run_asks_no_driver(driver: Driver, lab: Lab) -> None:
    driver.says("devices 1", "crash nvmlInit_v2")
    path = lab.patch("import runlore.capture.nvidia as nvidia", "nvidia._MARKS = ('/',)")
    assert lab.run("/bin/true", env={**os.environ, "PYTHONPATH": path}).returncode == 0
    assert (lab.outcome["usage"]["gpu_seconds"], lab.warnings) == (None, [])


def test_the_program_imports_nothing_of_ours() -> None:
    program = f"import runpy, sys; runpy.run_path({nvml.__file__!r}); print(*sys.modules)"
    done = subprocess.run((sys.executable, "-I", "-c", program), capture_output=True, text=True, check=True)
    assert not [name for name in done.stdout.split() if name.startswith("runlore")]
