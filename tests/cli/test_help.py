"""`mlrun help`: commands, topics, and nothing that is not so."""

from itertools import pairwise

import pytest
from tests.cli.place import Place

from runlore import errors
from runlore.cli.verbs import TOPICS, VERBS


def test_help_alone_is_what_the_option_shows(place: Place) -> None:
    result = place.mlrun("help")
    assert (result.status, result.err) == (0, "")
    assert result.out == place.mlrun("--help").out
    for name, line in TOPICS.items():
        assert f"  {name:<12} {line}\n" in result.out


@pytest.mark.parametrize("name", ["exec", "log", "remote", "help"])
def test_help_of_a_command_is_what_its_option_shows(place: Place, name: str) -> None:
    assert place.mlrun("help", name).out == place.mlrun(name, "--help").out


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_plain_text_of_80_columns_that_fits_two_screens(place: Place, name: str) -> None:
    result = place.mlrun("help", name)
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith(f"mlrun help {name}: ")
    assert max(map(len, lines)) < 80
    assert len(lines) <= 48
    assert result.out.isascii()


def test_a_topic_names_commands_and_options_that_there_are(place: Place) -> None:
    for name in TOPICS:
        words = place.mlrun("help", name).out.replace(":", "").split()
        named = {after for word, after in pairwise(words) if word in {"mlrun", "(mlrun"}}
        verbs = {word.strip("();,.") for word in named if word.strip("();,.").islower()}
        assert verbs - {"failed", "means"} <= {*VERBS}, name


def test_the_topic_of_exit_codes_has_each_that_an_error_has(place: Place) -> None:
    shown = place.mlrun("help", "exit-codes").out
    kinds = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    for status in kinds | {130}:
        assert f"\n  {status:<8}" in shown, status


def test_an_unknown_topic_is_answered_with_what_was_meant(place: Place) -> None:
    result = place.mlrun("help", "revision")
    assert (result.status, result.out) == (2, "")
    assert result.err == 'error: there is no command or topic "revision"\n\nhint: did you mean revisions\n'
    assert place.mlrun("help", "xyzzy").err.endswith("hint: mlrun help lists both\n")


def test_commands_and_topics_are_completed(place: Place) -> None:
    assert place.mlrun("complete", "help", "re").out.split() == [
        word for name in ("reproduce", "remote", "revisions") for word in ("plain", name)
    ]
