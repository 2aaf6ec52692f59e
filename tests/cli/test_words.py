"""Which words of a command line are ours."""

import pytest

from runlore.cli.words import ours, verb


@pytest.mark.parametrize(
    ("line", "mine"),
    [
        ("list --json", "list --json"),
        ("-C x list --json", "-C x list --json"),
        ("note @ -m x -- --json", "note @ -m x"),
        ("exec train.py --json", "exec"),
        ("exec -n --json train.py", "exec -n --json"),
        ("exec -q -n name --json train.py -n x", "exec -q -n name --json"),
        ("exec -qn name train.py --json", "exec -qn name"),
        ("exec -nname train.py --json", "exec -nname"),
        ("exec --name=x --json train.py", "exec --name=x --json"),
        ("exec --cached train.py --json", "exec --cached"),
        ("exec -- --json", "exec"),
        ("exec - --json", "exec"),
        ("-C exec exec a --json", "-C exec exec"),
        ("--version", "--version"),
        ("", ""),
        ("-C", "-C"),
        ("exec -n", "exec -n"),
    ],
)
def test_words_after_the_command_to_run_are_not_ours(line: str, mine: str) -> None:
    assert ours(line.split()) == mine.split()


@pytest.mark.parametrize(("line", "name"), [("-C x exec a", "exec"), ("list", "list"), ("--help", None), ("", None)])
def test_the_verb_is_the_first_word_that_is_no_option(line: str, name: str | None) -> None:
    assert verb(line.split()) == name
