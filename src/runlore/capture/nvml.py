"""The one door to NVML, NVIDIA's library, as a program of its own: a driver that hangs or crashes takes nobody along.

``nvml.py devices`` prints one JSON object: ``names``, the models of the devices, and the versions ``driver`` and
``cuda``, null where the driver does not say. ``nvml.py SECONDS``, the time since 1970 at
which a run began, reads JSON lists of the run's process ids, a line each, and answers each with an object:
``scope`` is ``run`` or ``device``, what the numbers are of; ``busy`` are seconds since the beginning and
``memory`` bytes now, for each device. ``{"error"}`` is the last answer.

By the package nvidia-ml-py where that is installed, else by the same calls. Source: NVML API Reference
Guide, https://docs.nvidia.com/deploy/nvml-api/.
"""

import contextlib
import ctypes
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
_LIBRARY = "libnvidia-ml.so.1"
_NAME_BYTES = 96
_NOT_SUPPORTED, _NOT_FOUND, _INSUFFICIENT_SIZE = 3, 6, 7
_NOT_AVAILABLE = (1 << 64) - 1
_WHOLE = 100
_FIRST_NAMESPACE = "pid:[4026531836]"
"""``PROC_PID_INIT_INO`` of Linux: in any other namespace the driver's process ids may not be ours."""

Device: TypeAlias = Any
"""A handle, to be given back to the library."""


class NvmlError(Exception):
    """A call failed, with this ``nvmlReturn_t``."""

    def __init__(self, code: int) -> None:
        """``code`` is never 0."""
        super().__init__(f"NVML error {code}")
        self.code = code


class Used(NamedTuple):
    """How busy a process kept a device lately: ``at`` in microseconds since 1970, in percent of the time."""

    pid: int
    at: int
    percent: int


class _Rates(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class _Process(ctypes.Structure):
    _fields_ = (
        *(("pid", ctypes.c_uint), ("memory", ctypes.c_ulonglong)),
        *(("gpu_instance", ctypes.c_uint), ("compute_instance", ctypes.c_uint)),
    )


class _Sample(ctypes.Structure):
    _fields_ = (
        *(("pid", ctypes.c_uint), ("at", ctypes.c_ulonglong)),
        *((name, ctypes.c_uint) for name in ("sm", "memory", "encoder", "decoder")),
    )


class _Calls:
    """The driver's own library; ``OSError`` if there is none. Each call may raise `NvmlError`."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(_LIBRARY)
        self._call("nvmlInit_v2")

    def devices(self) -> list[Device]:
        count = ctypes.c_uint()
        self._call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        found = [ctypes.c_void_p() for _ in range(count.value)]
        for at, device in enumerate(found):
            self._call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(at), ctypes.byref(device))
        return found

    def name(self, device: Device) -> str:
        name = ctypes.create_string_buffer(_NAME_BYTES)
        self._call("nvmlDeviceGetName", device, name, ctypes.c_uint(_NAME_BYTES))
        return name.value.decode("utf-8", "replace")

    def driver(self) -> str:
        version = ctypes.create_string_buffer(_NAME_BYTES)
        self._call("nvmlSystemGetDriverVersion", version, ctypes.c_uint(_NAME_BYTES))
        return version.value.decode("utf-8", "replace")

    def cuda(self) -> int:
        version = ctypes.c_int()
        self._call("nvmlSystemGetCudaDriverVersion_v2", ctypes.byref(version))
        return version.value

    def percent(self, device: Device) -> int:
        rates = _Rates()
        self._call("nvmlDeviceGetUtilizationRates", device, ctypes.byref(rates))
        return int(rates.gpu)

    def memory(self, device: Device) -> int:
        memory = _Memory()
        self._call("nvmlDeviceGetMemoryInfo", device, ctypes.byref(memory))
        return int(memory.used)

    def processes(self, device: Device) -> dict[int, int]:
        # Versions 2 and 3 fill in the same structure; a driver that has neither tells of devices alone.
        newest = "nvmlDeviceGetComputeRunningProcesses_v3"
        name = newest if hasattr(self._library, newest) else newest.replace("_v3", "_v2")

        def fill(array: "ctypes.Array[_Process]", count: ctypes.c_uint) -> None:
            self._call(name, device, ctypes.byref(count), array)

        found = _filled(_Process, fill)
        return {each.pid: 0 if each.memory == _NOT_AVAILABLE else each.memory for each in found}

    def used(self, device: Device, since: int) -> list[Used]:
        def fill(array: "ctypes.Array[_Sample]", count: ctypes.c_uint) -> None:
            since_then = ctypes.c_ulonglong(since)
            self._call("nvmlDeviceGetProcessUtilization", device, array, ctypes.byref(count), since_then)

        return [Used(each.pid, each.at, each.sm) for each in _filled(_Sample, fill)]

    def _call(self, name: str, *arguments: Any) -> None:  # noqa: ANN401 - ctypes takes anything
        function = getattr(self._library, name, None)
        if code := _NOT_SUPPORTED if function is None else function(*arguments):
            raise NvmlError(code)


def _filled(kind: Any, fill: Any) -> list[Any]:  # noqa: ANN401 - any structure, and a call that fills an array of it
    """The array that a call fills in, however much room that takes; none where there is nothing to tell."""
    room = 64
    while True:
        array, count = (kind * room)(), ctypes.c_uint(room)
        try:
            fill(array, count)
        except NvmlError as error:
            if error.code == _NOT_FOUND:
                return []
            if error.code != _INSUFFICIENT_SIZE:
                raise
            room = max(2 * room, count.value)
        else:
            return list(array[: count.value])


class _Package:
    """The same by nvidia-ml-py, which knows more versions of the driver."""

    def __init__(self, pynvml: Any) -> None:  # noqa: ANN401 - a module without types
        self._nvml = pynvml
        self._ask("nvmlInit")

    def devices(self) -> list[Device]:
        return [self._ask("nvmlDeviceGetHandleByIndex", at) for at in range(self._ask("nvmlDeviceGetCount"))]

    def name(self, device: Device) -> str:
        name = self._ask("nvmlDeviceGetName", device)
        return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)

    def driver(self) -> str:
        version = self._ask("nvmlSystemGetDriverVersion")
        return version.decode("utf-8", "replace") if isinstance(version, bytes) else str(version)

    def cuda(self) -> int:
        return int(self._ask("nvmlSystemGetCudaDriverVersion_v2"))

    def percent(self, device: Device) -> int:
        return int(self._ask("nvmlDeviceGetUtilizationRates", device).gpu)

    def memory(self, device: Device) -> int:
        return int(self._ask("nvmlDeviceGetMemoryInfo", device).used)

    def processes(self, device: Device) -> dict[int, int]:
        found = self._ask("nvmlDeviceGetComputeRunningProcesses", device)
        return {each.pid: each.usedGpuMemory or 0 for each in found}

    def used(self, device: Device, since: int) -> list[Used]:
        try:
            found = self._ask("nvmlDeviceGetProcessUtilization", device, since)
        except NvmlError as error:
            if error.code == _NOT_FOUND:
                return []
            raise
        return [Used(each.pid, each.timeStamp, each.smUtil) for each in found]

    def _ask(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401 - whatever it takes and returns
        function = getattr(self._nvml, name, None)
        if function is None:
            raise NvmlError(_NOT_SUPPORTED)
        try:
            return function(*arguments)
        except self._nvml.NVMLError as error:
            raise NvmlError(error.value) from error


def open_library() -> _Calls | _Package:
    """NVML, ready to be asked; raises ``OSError`` or `NvmlError`."""
    with contextlib.suppress(ImportError):
        import pynvml  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - where somebody has it

        return _Package(pynvml)
    return _Calls()


class Meter:
    """Adds up what a run uses of each device: by its processes where they can be told apart, else as a whole."""

    def __init__(self, library: _Calls | _Package, began: float) -> None:
        """``began`` is in seconds since 1970."""
        self._library = library
        self._devices = library.devices()
        self._then = began
        self._since = [int(began * 1e6)] * len(self._devices)
        self._run, self._whole = ([0.0] * len(self._devices) for _ in range(2))
        self._pids: set[int] = set()
        self._found = _is_first_namespace()
        """Whether processes of the run can be found among those that the driver knows."""

    def look(self, pids: Iterable[int]) -> dict[str, object]:
        """The answer to a question; raises `NvmlError`."""
        self._pids.update(pids)
        now = time.time()
        passed, self._then = max(0.0, now - self._then), now
        memory = [self._own(at, passed) for at in range(len(self._devices))]
        if self._found and None not in memory:
            return {"scope": "run", "busy": self._run, "memory": memory}
        for at, device in enumerate(self._devices):
            self._whole[at] += passed * self._library.percent(device) / _WHOLE
        return {"scope": "device", "busy": self._whole, "memory": list(map(self._library.memory, self._devices))}

    def _own(self, at: int, passed: float) -> int | None:
        """Bytes in use by the run on a device, whose time it used is added up; ``None`` where that is denied."""
        try:
            computing = self._library.processes(self._devices[at])
            used = self._library.used(self._devices[at], self._since[at])
        except NvmlError:
            return None
        rates: dict[int, list[int]] = defaultdict(list)
        for each in used:
            if each.at > self._since[at] and each.pid in self._pids:
                rates[each.pid].append(each.percent)
        self._since[at] = max([self._since[at], *(each.at for each in used)])
        self._found = self._found or not self._pids.isdisjoint(computing)
        self._run[at] += passed * min(_WHOLE, sum(sum(each) / len(each) for each in rates.values())) / _WHOLE
        return sum(memory for pid, memory in computing.items() if pid in self._pids)


def _is_first_namespace() -> bool:
    try:
        return os.readlink("/proc/self/ns/pid") == _FIRST_NAMESPACE
    except OSError:
        return False


def _known(ask: Callable[[], T]) -> T | None:
    """What a driver answers, if it can: the oldest do not know of versions."""
    try:
        return ask()
    except NvmlError:
        return None


def _cuda(number: int | None) -> str | None:
    """``12040`` as ``12.4``."""
    return f"{number // 1000}.{number % 1000 // 10}" if number else None


def main(what: str) -> None:
    """Answer until nobody asks any more."""
    try:
        library = open_library()
        if what == "devices":
            names = [library.name(device) for device in library.devices()]
            _say({"names": names, "driver": _known(library.driver), "cuda": _cuda(_known(library.cuda))})
            return
        meter = Meter(library, float(what))
        for question in sys.stdin:
            _say(meter.look(json.loads(question)))
    except (OSError, NvmlError) as error:
        _say({"error": str(error)})


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
