"""`mlrun show` of a run that logged: its metrics with their course, and `--json` without."""

from tests.cli.place import Place


def test_the_course_of_a_metric_is_drawn(place: Place) -> None:
    place.write(
        "train.py", "import runlore\nfor step in range(8):\n    runlore.log(loss=8 - step, once=None, step=step)\n"
    )
    assert place.mlrun("exec", "-q", "train.py").status == 0
    shown = place.mlrun("show").out
    (row,) = [line for line in shown.splitlines() if line.startswith("  loss")]
    assert row.split() == ["loss", "1.0", "1.0", "8.0", "8", "7", "█▇▆▅▄▃▂▁"]
    data = place.mlrun("show", "--json").data()
    assert data["metrics"] == {"loss": {"last": 1.0, "min": 1.0, "max": 8.0, "count": 8, "step": 7}}
    assert len(data["series"]) == 64
