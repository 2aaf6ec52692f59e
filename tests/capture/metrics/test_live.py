"""A journal that is looked at again and again while a run writes to it."""

import os
from pathlib import Path

from tests.capture.metrics.journals import line, log, write_journal

from runlore.capture.metrics.entries import read_entries
from runlore.capture.metrics.live import LiveSeries
from runlore.capture.metrics.points import Room


def _append(path: str, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def _seen(live: LiveSeries) -> dict[str, list[float]]:
    return {each.name: list(each.values) for each in live.look()}


def test_a_second_look_reads_only_what_was_appended(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 0.5}, 1), log({"loss": 0.25, "acc": 1}, 2))
    live = LiveSeries(path)
    assert _seen(live) == {"acc": [1.0], "loss": [0.5, 0.25]}
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.write(b"#" * size)  # who read this again would find nothing
    _append(path, line(log({"loss": 0.125}, 3)))
    assert _seen(live) == {"acc": [1.0], "loss": [0.5, 0.25, 0.125]}
    assert _seen(live) == {"acc": [1.0], "loss": [0.5, 0.25, 0.125]}


def test_a_line_that_has_no_end_yet_is_read_when_it_has(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 0.5}, 1))
    live = LiveSeries(path)
    torn = line(log({"loss": 0.25}, 2))
    for byte in range(len(torn)):
        _append(path, torn[byte : byte + 1])
        assert _seen(live) == {"loss": [0.5] if byte < len(torn) - 1 else [0.5, 0.25]}


def test_a_line_that_never_ends_takes_only_itself(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 0.5}, 1))
    live = LiveSeries(path)
    _append(path, line(log({"loss": 9.5}, 2))[:20])
    assert _seen(live) == {"loss": [0.5]}
    _append(path, b"\n" + line(log({"loss": 0.25}, 2)))
    assert _seen(live) == {"loss": [0.5, 0.25]}
    assert next(iter(read_entries(path, Room()).values())).one("loss").values.tolist() == [0.5, 0.25]


def test_what_was_seen_stays_when_the_journal_goes(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 0.5}, 1))
    live = LiveSeries(path)
    assert _seen(live) == {"loss": [0.5]}
    os.unlink(path)
    assert _seen(live) == {"loss": [0.5]}


def test_another_journal_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 0.5}, 1), log({"loss": 0.25}, 2))
    live = LiveSeries(path)
    _seen(live)
    with open(path, "wb") as file:
        file.write(line(log({"acc": 1}, 1)))
    assert _seen(live) == {"acc": [1.0]}
    os.rename(path, f"{path}.old")
    write_journal(tmp_path, *(log({"acc": number}, number) for number in range(9)))
    assert _seen(live) == {"acc": [float(number) for number in range(9)]}


def test_runs_of_a_library_that_come_later_are_named_apart_at_each_look(tmp_path: Path) -> None:
    path = write_journal(tmp_path, {**log({"loss": 1}, 1), "source": "wandb", "run": "a"})
    live = LiveSeries(path)
    assert _seen(live) == {"loss": [1.0]}
    _append(path, line({**log({"loss": 2}, 1), "source": "wandb", "run": "b"}))
    _append(path, line({**log({"loss": 3}, 2), "source": "wandb", "run": "b"}))
    for _ in range(2):
        assert _seen(live) == {"loss": [1.0], "run-2/loss": [2.0, 3.0]}
