"""What a run used, in its record: also of one whose mlrun was killed."""

import binascii
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.place import Place

from runlore.capture.metrics.reader import decode_series
from runlore.capture.metrics.series import MAGIC, Series
from runlore.errors import CorruptError
from runlore.ops.project import open_store

needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="there is no /proc to look at")


def shown(place: Place, run: str = "@") -> dict[str, object]:
    return dict(place.mlrun("show", run, "--json").data())


def series(place: Place, oid: object) -> dict[str, Series]:
    assert isinstance(oid, str)
    with open_store(place.folder) as store:
        return {each.name: each for each in decode_series(store.objects.blob(bytes.fromhex(oid)))}


@needs_proc
def test_a_run_of_some_seconds_has_its_course_on_record_and_on_its_page(place: Place) -> None:
    place.write("t.py", "import time\nx = b'x' * (80 << 20)\ntime.sleep(1.2)\nsum(range(10**7))\ntime.sleep(1.2)\n")
    assert place.mlrun("exec", "t.py").status == 0
    run = shown(place)
    found = series(place, run["usage_series"])
    assert {"usage.cpu", "usage.memory", "usage.read", "usage.written"} <= set(found)
    assert 2 <= len(found["usage.cpu"].values) <= 60  # a machine under load takes its time
    assert max(found["usage.memory"].values) >= 80 << 20
    assert found["usage.memory"].steps[0] == 0
    page = place.mlrun("show").out.partition("Resources\n")[2].partition("\n\n")[0]
    assert "processor time" in page
    assert "█" in page
    assert "█" not in place.mlrun("show", env={"PYTHONIOENCODING": "ascii"}).out
    assert place.mlrun("fsck").status == 0


def test_a_run_of_a_moment_has_none(place: Place) -> None:
    assert place.mlrun("exec", "true").status == 0
    run = shown(place)
    assert run["usage_series"] is None
    assert run["usage"]["cpu_seconds"] is not None  # type: ignore[index]


def test_a_killed_run_keeps_what_was_noted(place: Place) -> None:
    command = [sys.executable, "-m", "runlore", "exec", "sh", "-c", "echo up; exec sleep 1000"]
    with subprocess.Popen(command, cwd=place.folder, env=place.env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        (run,) = os.listdir(f"{place.folder}/.mlrun/runs")
        at = time.time_ns() // 1_000_000
        rows = [[at, 0.5, 1000, 0, 0, [], []], [at + 1000, 1.25, 3000, 10, 20, [], []]]
        text = json.dumps({"kind": "usage", "rows": rows}).encode()
        with open(f"{place.folder}/.mlrun/runs/{run}/journal", "ab") as journal:
            journal.write(b"%08x %s\n" % (binascii.crc32(text), text))
        process.send_signal(signal.SIGKILL)
    assert place.mlrun("exec", "true").status == 0
    killed = shown(place, run)
    assert killed["state"] == "crashed"
    assert killed["usage"] == {
        "cpu_seconds": 1.25, "peak_memory": 3000, "gpu_seconds": None, "gpu_scope": None, "read_bytes": 10,
        "written_bytes": 20,
    }  # fmt: skip
    assert list(series(place, killed["usage_series"])["usage.memory"].values) == [1000, 3000]


def test_a_damaged_course_takes_nothing_else_from_the_page(place: Place) -> None:
    assert place.mlrun("exec", "sleep", "1.2").status == 0
    oid = str(shown(place)["usage_series"])
    for folder, _, names in os.walk(f"{place.folder}/.mlrun/packs"):
        for name in names:
            path = os.path.join(folder, name)
            os.chmod(path, 0o600)
            with open(path, "r+b") as file:
                data = file.read().replace(MAGIC, b"xxxx")
                file.seek(0)
                file.write(data)
    with pytest.raises(CorruptError):
        series(place, oid)
    result = place.mlrun("show")
    assert result.status == 0, result.err
    assert "peak memory" in result.out
    assert "█" not in result.out
