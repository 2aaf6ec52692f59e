"""Points on their way into the store: order, room, and sources that tell of one thing."""

from runlore.capture.metrics.merge import merged
from runlore.capture.metrics.points import Points, Room
from runlore.capture.metrics.series import MAX_STEP


def _points(name: str, *points: tuple[int, float], room: Room | None = None) -> Points:
    found = Points(room or Room())
    for step, value in points:
        found.add(name, step, 100 + step, value)
    return found


def test_points_of_many_series_are_told_apart() -> None:
    points = Points(Room())
    for index in range(1_000):
        points.add(f"m{index % 7}", None, index, float(index))
    assert list(points.one("m3").values) == list(range(3, 1_000, 7))
    assert list(points.one("m3").steps) == list(range(len(points.one("m3").values)))
    points.add("m3", 5_000, 1, -1.0)  # more may come after some were read
    assert points.one("m3").values[-1] == -1.0


def test_beyond_the_room_the_last_point_of_each_series_is_kept() -> None:
    room = Room(points=4)
    points = Points(room)
    for index in range(10):
        points.add("a", index, index, float(index))
        points.add("b", index, index, -float(index))
    points.add("c", 3, 3, 3.0)
    assert list(points.one("a").values) == [0, 1, 9]
    assert list(points.one("b").steps) == [0, 1, 9]
    assert list(points.one("c").values) == [3]
    assert room.lost_points == 14


def test_names_beyond_the_room_are_counted() -> None:
    room = Room(names=2, text=5)
    points = Points(room)
    for name in ("a", "bbbbb", "cc", "d", "a"):
        points.add(name, None, 0, 1.0)
    assert list(points.names) == ["a", "cc"]
    assert room.lost_names == 2


def test_the_room_is_that_of_the_whole_run() -> None:
    room = Room(points=3)
    _points("a", (1, 1), (2, 2), room=room)
    second = _points("b", (1, 1), (2, 2), (3, 3), room=room)
    assert list(second.one("b").steps) == [1, 3]


def test_a_step_after_the_last_possible_one_is_that_one() -> None:
    points = Points(Room())
    points.add("a", MAX_STEP, 0, 1.0)
    points.add("a", None, 0, 2.0)
    points.add("a", MAX_STEP + 1, 0, 3.0)
    assert list(points.one("a").steps) == [MAX_STEP] * 3


def test_a_prefix_that_makes_a_name_too_long_loses_it() -> None:
    room = Room()
    points = _points("x" * 1020, (1, 1), room=room)
    points.put_under("train/")
    assert not points.names
    assert room.lost_names == 1


def test_sources_that_come_first_win_and_others_fill_the_gaps() -> None:
    first, second = _points("loss", (1, 0.1), (3, 0.3)), _points("loss", (1, 9), (2, 0.2), (4, 0.4), (4, 0.5))
    (series,) = merged([first, second])
    assert list(zip(series.steps, series.values, strict=True)) == [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4), (4, 0.5)]
    assert list(series.ats) == [101, 102, 103, 104, 104]


def test_sources_that_say_the_same_leave_the_order_as_it_was() -> None:
    first, second = _points("loss", (2, 0.2), (1, 0.1), (1, 0.15)), _points("loss", (1, 9), (2, 9))
    (series,) = merged([first, second])
    assert list(series.values) == [0.2, 0.1, 0.15]


def test_a_copy_that_was_cut_short_adds_nothing() -> None:
    first, second = _points("loss", (3, 0.3), (1, 0.1), (2, 0.2)), _points("loss", (3, 9), (1, 9))
    (series,) = merged([first, second])
    assert list(series.values) == [0.3, 0.1, 0.2]


def test_names_of_all_sources_are_there_once_and_sorted() -> None:
    sources = [
        _points("b", (1, 1)),
        _points("a", (1, 1)),
        _points("b", (2, 1)),
        _points("\udc80", (1, 1)),
        _points("é", (1, 1)),
    ]
    assert [series.name for series in merged(sources)] == ["a", "b", "\udc80", "é"]
    assert list(merged([])) == []
