"""What is said of this machine, against what other programs say of it."""

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runlore.capture.hardware import boot_id, driver_version, gpu_names, host_name, processor_name, read_hardware
from runlore.records.canonical import decode, encode

INTEL = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 85
model name\t: Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz
flags\t\t: fpu vme

processor\t: 1
model name\t: another
"""
ARM = """processor\t: 0
BogoMIPS\t: 243.75
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
"""
POWER = "processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 2300MHz\n"


def test_this_machine_is_described_and_fits_in_a_record() -> None:
    hardware = read_hardware()
    gpus = ["gpus", "gpu_driver", "cuda_driver"]
    assert list(hardware) == ["cpu", "cores", "cores_available", "memory", *gpus, "system", "release", "machine"]
    assert hardware["cores"] == os.cpu_count()
    assert hardware["machine"] == platform.machine()
    assert (hardware["system"], hardware["release"]) == (platform.system(), platform.release())
    assert isinstance(hardware["cpu"], str)
    assert hardware["cpu"]
    assert decode(encode(hardware)) == hardware


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_what_the_kernel_says() -> None:
    (line,) = (line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert abs(read_hardware()["memory"] - int(line.split()[1]) * 1024) < 64 * 1024 * 1024


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_process_bound_to_one_core_has_one_available() -> None:
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from runlore.capture.hardware import read_hardware; found = read_hardware();"
        "print(found['cores_available'], found['cores'])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == f"1 {os.cpu_count()}\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (INTEL, "Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz"),
        (INTEL[: INTEL.index("2.50")], "Intel(R) Xeon(R) Gold 6248 CPU @"),
        (ARM, "ARM 0x41 part 0xd0c"),
        (POWER, "POWER9, altivec supported"),
        ("", None),
        ("no colon\n: nothing\nmodel name\t:\n", None),
    ],
)
def test_the_processor_of_each_architecture_has_a_name(text: str, name: str | None) -> None:
    assert processor_name(text) == name


def test_each_gpu_the_driver_lists_is_named_in_bus_order(tmp_path: Path) -> None:
    for bus, model in (("0000:41:00.0", "NVIDIA A100-SXM4-40GB"), ("0000:01:00.0", "NVIDIA H100 80GB HBM3")):
        (tmp_path / bus).mkdir()
        (tmp_path / bus / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 37\nGPU UUID: \t GPU-1\n")
    (tmp_path / "0000:99:00.0").mkdir()
    assert gpu_names(str(tmp_path)) == ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-40GB", "unknown"]


def test_without_the_driver_there_are_no_gpus(tmp_path: Path) -> None:
    assert gpu_names(str(tmp_path / "gone")) == []


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n", "535.104.05"),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22)\n",
            "580.65.06",
        ),
        ("GCC version:  gcc version 12.3.0\n", None),
        ("", None),
    ],
)
def test_the_driver_says_its_version_to_whoever_reads_it(tmp_path: Path, said: str, version: str | None) -> None:
    (tmp_path / "version").write_text(said)
    assert driver_version(("/gone", str(tmp_path))) == version
    module = tmp_path / "module"
    module.mkdir()
    (module / "version").write_text("580.65.06\n")
    assert driver_version((str(module), str(tmp_path))) == "580.65.06"
    assert driver_version(("/gone", "/gone")) is None


def test_the_boot_id_is_the_kernels_and_the_host_its_own() -> None:
    kernel = Path("/proc/sys/kernel/random/boot_id")
    assert boot_id() == (kernel.read_text().strip() if kernel.exists() else "")
    assert host_name() == socket.gethostname()


def test_no_process_is_started() -> None:
    script = """
import sys
from runlore.capture.hardware import boot_id, host_name, read_hardware
starts = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.exec")
sys.addaudithook(lambda event, _: sys.exit("started a process") if event in starts else None)
read_hardware(), host_name(), boot_id()
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
