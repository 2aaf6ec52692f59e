"""Nothing from a record can act on the terminal."""

import sys
import unicodedata

import pytest

from runlore.present.term.safe import visible, visible_stream


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("größe 模型 🙂", "größe 模型 🙂"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x00\x07\x7f", "\\x00\\x07\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("good\u202egnp.exe", "good\\u202egnp.exe"),
        ("\u2066x\u2069\u200f\u061c", "\\u2066x\\u2069\\u200f\\u061c"),
        ("a\u2028b", "a\\u2028b"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("hi\U000e0041", "hi\\U000e0041"),
        ("ad\u200bmin\u00ad\u2060\ufeff", "ad\\u200bmin\\xad\\u2060\\ufeff"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\\u200d\U0001f52c"),
        ("\U0001f6e0\ufe0f cafe\u0301 \ue0b0", "\U0001f6e0\ufe0f cafe\u0301 \ue0b0"),
        ("1\u202f000\u00a0km\u3000\u6a21", "1\u202f000\u00a0km\u3000\u6a21"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_characters_that_act_are_shown_as_escapes_and_others_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_every_single_control_character_is_shown_as_an_escape() -> None:
    controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    assert all(visible(f"a{control}b").isprintable() for control in controls)


def test_every_character_that_formats_instead_of_showing_is_shown_as_an_escape() -> None:
    formats = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    assert {"\u200b", "\u202e", "\u2066", "\ufeff"} <= set(formats)
    assert all(visible(f"a{each}b").isascii() for each in formats)


def test_a_log_keeps_its_lines_tabs_and_colours_and_loses_everything_else_that_acts() -> None:
    log = b"\x1b[32mok\x1b[0m\tdone\r\n\x1b]0;title\x07\n\x1b[2Jgone"
    assert "".join(visible_stream([log], colour=True)) == (
        "\x1b[32mok\x1b[0m\tdone\x1b[0m\n\\x1b]0;title\\x07\n\\x1b[2Jgone\n"
    )


def test_a_log_has_no_escape_sequence_at_all_without_colour() -> None:
    shown = "".join(visible_stream([b"\x1b[1;31mred\x1b[0m\n"], colour=False))
    assert shown == "red\n"


def test_a_log_cut_anywhere_reads_the_same() -> None:
    log = "größe\n\x1b[31mrot\x1b[0m\n模型".encode() + b"\xff\n"
    whole = "".join(visible_stream([log], colour=True))
    assert whole.splitlines()[2] == "模型\\xff"
    for at in range(len(log)):
        assert "".join(visible_stream([log[:at], log[at:]], colour=True)) == whole


def test_an_empty_log_is_empty() -> None:
    assert list(visible_stream([], colour=True)) == []
