"""What a run used, as a page shows it."""

from tests.present.made import a_run
from tests.present.pages import NARROW, PIPE, page

from runlore.present.term import plain
from runlore.present.term.resources import resources

USAGE = {
    "cpu_seconds": 312.44, "peak_memory": 3 << 30, "gpu_seconds": 12.5, "gpu_scope": "run", "read_bytes": 1 << 20,
    "written_bytes": None,
}  # fmt: skip
CURVES = {
    "usage.cpu": [0.0, 3.94, 2.0],
    "usage.memory": [1.0, 2.0, 3.0],
    "usage.read": [2048.0, 0.0, 0.0],
    "usage.gpu.0": [0.0, 1.0, 0.5],
    "usage.gpu.0.memory": [0.0, 5e9, 1e9],
    "usage.gpu.2": [0.1, 0.1, 0.1],
}


def shown(usage: dict[str, object], curves: dict[str, list[float]], *, ascii_only: bool = False) -> list[str]:
    return plain.render(resources(usage, curves, ascii_only=ascii_only)).splitlines()


def test_each_kind_has_its_amount_its_course_and_its_most() -> None:
    assert shown(USAGE, CURVES) == [
        "  processor time  312.4 s  ▁█▅  up to 3.9 processors",
        "  GPU time        12.5 s",
        "  peak memory     3.0 GiB  ▃▆█",
        "  read            1.0 MiB  █▁▁  up to 2.0 KiB/s",
        "  GPU 0           50 %     ▁█▅  up to 4.7 GiB",
        "  GPU 2           10 %     ███",
    ]


def test_without_utf8_the_bars_are_ascii() -> None:
    assert shown(USAGE, CURVES, ascii_only=True)[0] == "  processor time  312.4 s  _#=  up to 3.9 processors"
    text = page("run/1", a_run(usage=USAGE), PIPE._replace(ascii_only=True), curves=CURVES)
    assert text.isascii()
    assert "_#=" in text


def test_gpu_time_of_whole_devices_is_said_to_be_that() -> None:
    assert shown({**USAGE, "gpu_scope": "device"}, {})[1] == (
        "  GPU time        12.5 s   of whole GPUs: processes could not be told apart"
    )


def test_amounts_without_a_course_stand_alone() -> None:
    assert shown({"cpu_seconds": 0.25}, {}) == ["  processor time  0.2 s"]
    assert shown({}, {}) == []


def test_the_page_has_them_in_one_section() -> None:
    text = page("run/1", a_run(usage=USAGE), NARROW, curves=CURVES)
    section = text.partition("Resources\n")[2].partition("\n\n")[0].splitlines()
    assert section == shown(USAGE, CURVES)
    assert "▁" not in page("run/1", a_run(usage=USAGE))
