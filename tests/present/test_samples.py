"""The pages about samples."""

from tests.present.pages import page, remarks
from tests.present.sampled import COMPARED, LOOKED, ONES, TOLD, TWOS

from runlore.ops.samples import RunSamples, SamplesDiff


def test_the_page_of_a_run_shows_each_part() -> None:
    shown = page("samples/1", ONES[0])
    assert shown.startswith("run 11111111 base  samples as its script told\n")
    assert "site = north\\x1b[31m and 20 < age <= 30.5 and camera is missing" in shown
    assert "Worst samples\n  id  split  wrong  target  prediction  confidence  site" in shown
    assert "  (others)   1   2        12\n" in shown
    assert "expected calibration error 5.00%" in shown
    assert "not sliced by 1 column: text" in shown
    assert remarks("samples/1", ONES[0]) == "note: 1 sample without a target, a prediction or a loss: set aside\n"


def test_the_page_of_a_loss_has_no_classes() -> None:
    shown = page("samples/1", ONES[1])
    assert "in out/predictions.csv" in shown
    assert "mean loss" in shown
    assert "there is no column to slice by" in shown
    for part in ("Taken for", "Calibration", "accuracy", "Worst"):
        assert part not in shown


def test_of_many_classes_the_pairs_that_are_confused_most_are_shown() -> None:
    names = tuple(f"c{at}" for at in range(15))
    counts = tuple(tuple(5 if at == place else at for place in range(15)) for at in range(15))
    assert LOOKED.confusion is not None
    confusion = LOOKED.confusion._replace(classes=names, counts=counts)
    shown = page("samples/1", RunSamples(TOLD, LOOKED._replace(confusion=confusion)))
    assert "samples  true  predicted\n       14  c14   c9\n" in shown


def test_the_page_of_two_runs_says_what_happened() -> None:
    shown = page("samples-diff/1", TWOS[0])
    assert "worse: McNemar's exact test, p = 0.001; +3 points to +13 points in 95 of 100" in shown
    assert "  fixed        4\n  broken       20\n  still wrong  30\n  still right  146\n" in shown
    assert "+40 points" in shown
    assert "in a  2  8, 9" in shown
    assert "may lose more than +2 points: not kept\n  most: +40 points in 40 samples, site = north\\x1b[31m\n" in shown


def test_the_page_of_two_that_are_alike_says_so() -> None:
    shown = page("samples-diff/1", TWOS[1])
    assert "no more than chance explains: Wilcoxon's signed-rank test, p = 1" in shown
    assert "none got worse beyond chance" in shown
    assert "Outcomes" not in shown


def test_the_answer_is_no_if_it_is_worse_beyond_chance_or_in_a_slice_or_more_than_was_allowed() -> None:
    free = COMPARED._replace(gate=None)
    better = free.verdict._replace(change=-0.1)
    assert [
        SamplesDiff(TOLD, TOLD, each).passed
        for each in (
            COMPARED,
            free,
            free._replace(slices=()),
            free._replace(slices=(), verdict=better),
            free._replace(verdict=better),
            free._replace(slices=(), verdict=free.verdict._replace(p=0.2)),
        )
    ] == [False, False, False, True, False, True]
