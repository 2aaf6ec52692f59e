"""What `exec` says around the command."""

from tests.present.made import a_file, a_run, a_started

from runlore.ops.results import (
    LeftOut,
)
from runlore.present.term import exec as exec_words
from runlore.present.term import plain
from runlore.records.run import Warn


def test_exec_says_in_one_line_which_run_on_which_code() -> None:
    shown = plain.render(exec_words.before(a_started()))
    assert shown == "3f9a2c1b  main@a1b2c3d (dirty, 2 modified, 1 untracked)  14 files, 62 KiB\n"
    assert "no git  14 files, 62 KiB  2 inputs" in plain.render(
        exec_words.before(a_started(dirty=None, commit=None, branch=None, inputs=2))
    )


def test_exec_does_not_say_that_there_is_no_git_where_git_could_not_be_asked() -> None:
    started = a_started(dirty=None, commit=None, warnings=(Warn("git-unreadable", "git cannot be started: EMFILE"),))
    assert "3f9a2c1b  git could not be asked  14 files" in plain.render(exec_words.before(started))


def test_exec_names_what_is_not_kept_and_counts_the_rest() -> None:
    left = tuple(LeftOut(path=f"d{at}/", reason="git ignores it", files=1, bytes=9, partial=False) for at in range(7))
    started = a_started(
        left_out=left, omitted=(a_file("big.bin", size=2**31),), warnings=(Warn(code="w", message="no space"),)
    )
    lines = plain.render(exec_words.before(started)).splitlines()
    assert lines[1] == "left out: d0/: 1 file, 9 B (git ignores it)"
    assert lines[6] == "and 2 more; mlrun status lists them"
    assert lines[7] == "hash only: big.bin: 2.0 GiB, too large to keep"
    assert lines[8] == "warning: no space"


def test_warnings_come_in_the_order_of_their_weight_each_once_and_no_more_than_five() -> None:
    codes = ("network-used", "unobserved", "odd", "file-changed-during-run", "not-kept", "odd", "environment-unknown")
    found = [Warn(code, f"{code} {at}") for at, code in enumerate(codes)]
    lines = plain.render(exec_words.warnings([*found, *found], a_started().id)).splitlines()
    assert lines == [
        "warning: file-changed-during-run 3",
        "warning: environment-unknown 6",
        "warning: not-kept 4",
        "warning: odd 2",
        "warning: odd 5",
        "warning: and 2 more; mlrun show 3f9a2c1b",
    ]
    assert len(plain.render(exec_words.warnings(found[:5], a_started().id)).splitlines()) == 5
    assert exec_words.warnings([], a_started().id) == []


def test_exec_says_nothing_of_small_caches() -> None:
    def said(reason: str, size: int, *, partial: bool = False) -> list[str]:
        what = LeftOut(path="p", reason=reason, files=1, bytes=size, partial=partial)
        return plain.render(exec_words.before(a_started(left_out=(what,)))).splitlines()[1:]

    assert said("cache", 10 * 2**20 - 1) == said("editor or desktop file", 9) == []
    assert said("cache", 10 * 2**20) == ["left out: p: 1 file, 10 MiB (cache)"]
    assert said("cache", 9, partial=True) == ["left out: p: more than 1 file, 9 B (cache)"]
    assert said("virtual environment", 9) == ["left out: p: 1 file, 9 B (virtual environment)"]


def test_exec_says_in_one_line_how_it_went() -> None:
    assert plain.render([exec_words.after(a_run())]) == "3f9a2c1b succeeded in 2.1 s  accuracy 0.972  1 output\n"
    failed = a_run(state="failed", exit_code=3, metrics={}, outputs=())
    assert plain.render([exec_words.ours(exec_words.after(failed))]) == (
        "mlrun: 3f9a2c1b failed with exit status 3 after 2.1 s\n"
    )
