"""A run that others made is run only when a person has said so."""

from tests.reproduction.small import Small, on_terminal


def test_a_strangers_run_is_refused_without_a_terminal_and_run_when_it_is_trusted(small: Small) -> None:
    small.train("echo hello")
    run = small.again(host="elsewhere")
    done = small.refused(run, status=17)
    assert "on elsewhere: repeating it executes their code" in done.err
    assert small.reproduce(run, "--check")["grade"] in {"complete", "uncertain"}
    assert small.reproduce(run, "--trust")["verdict"] == "identical"
    small.refused(run, status=17)  # --trust is for once


def test_a_person_at_a_terminal_is_asked_and_the_answer_is_remembered(small: Small) -> None:
    small.place.sign("Ann")
    small.train("echo hello")
    run = small.again(host="elsewhere")
    status, shown = on_terminal(small, run, "[y/N]", "n\n")
    assert status == 17
    for each in ("elsewhere", "train.sh", "Run it? [y/N]"):
        assert each in shown
    assert on_terminal(small, run, "[y/N]", "\x04")[0] == 17
    assert on_terminal(small, run, "[y/N]", "y\n")[0] == 0
    assert small.reproduce(run)["verdict"] == "identical"


def test_what_a_stranger_wrote_cannot_draw_on_the_terminal(small: Small) -> None:
    small.train("echo hello")
    run = small.again(
        host="else\x1b[2Jwhere", author="Eve\x1b]0;x\x07", recipe={"argv": ("sh", "train.sh", "\x1b[31m\n\n")}
    )
    status, shown = on_terminal(small, run, "[y/N]", "n\n")
    assert status == 17
    for each in ("\x1b[2J", "\x1b]0;", "\x1b[31m\n"):
        assert each not in shown
