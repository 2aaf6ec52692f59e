"""When a supervisor looks at what runs."""

import itertools

from runlore.execute.alarms import Alarm, Alarms, Looks

HOUR = 3600.0


def looked(seconds: float, cost: float) -> list[float]:
    """The times of all looks in so many seconds, each of which costs so much."""
    looks = Looks(100.0)
    found = []
    while looks.at <= 100.0 + seconds:
        found.append(looks.at - 100.0)
        looks.done(looks.at, cost)
    return found


def test_a_run_is_looked_at_often_when_it_begins_and_then_once_a_second() -> None:
    times = looked(60, 50e-6)
    assert times[0] == 0
    assert sum(at < 0.1 for at in times) >= 5
    assert sum(at < 1 for at in times) < 20
    late = [at for at in times if at > 5]
    assert all(0.99 < after - before < 1.01 for before, after in itertools.pairwise(late))


def test_a_long_run_is_looked_at_ever_less_but_each_minute() -> None:
    times = looked(24 * HOUR, 50e-6)
    assert 3000 < len(times) < 4500
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert max(gaps) < 60.01
    assert len(looked(240 * HOUR, 50e-6)) < 20_000


def test_looks_take_less_than_a_thousandth_of_the_time_however_many_processes_there_are() -> None:
    for cost in (50e-6, 1e-3, 20e-3):
        assert len(looked(HOUR, cost)) * cost < HOUR / 1000
    assert len(looked(24 * HOUR, 1e-3)) * 1e-3 < 24 * HOUR / 10_000


def test_an_alarm_is_due_once_or_again_and_again() -> None:
    once, again = Alarm(5.0), Alarm(5.0, every=2.0)
    assert [at for at in range(12) if once.due(at)] == [5]
    assert [at for at in range(12) if again.due(at)] == [5, 7, 9, 11]
    assert (once.passed, Alarm(1.0).passed) == (True, False)


def test_only_a_screen_is_looked_after_each_second() -> None:
    with_screen, without = Alarms(10.0, None, screen=True), Alarms(10.0, None)
    for alarms in (with_screen, without):
        alarms.look.done(10.0 + HOUR, 0)
        alarms.beat.due(10.0 + HOUR)
        alarms.screen.due(10.0 + HOUR)
    assert with_screen.next() == 11.0 + HOUR
    assert without.next() == 16.0 + HOUR


def test_the_next_alarm_is_the_first_of_all() -> None:
    alarms = Alarms(10.0, timeout=0.5)
    assert alarms.next() == 10.0
    alarms.look.done(10.4, 0)
    assert alarms.next() == 10.5
