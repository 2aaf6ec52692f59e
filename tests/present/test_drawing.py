"""Pages as plain text and on a terminal."""

import re

import pytest

from runlore.ops.results import Setting, Settings
from runlore.present.term import config, plain, screen
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Table, line, pairs, section, spans
from runlore.present.term.theme import THEME, painted

TABLE = Table(
    (Column("name", shrink=True), Column("size", right=True)),
    ((spans("a-rather-long-name-of-a-file.txt"), spans("9 B")), (spans("b"), spans(Span("1,204 KiB", "warn")))),
)


def test_plain_tables_are_aligned_and_nothing_is_cut() -> None:
    assert plain.render([TABLE]) == (
        "name                                   size\n"
        "a-rather-long-name-of-a-file.txt        9 B\n"
        "b                                 1,204 KiB\n"
    )


def test_plain_text_has_no_trailing_spaces_and_no_escape_sequences() -> None:
    shown = plain.render([pairs([("a", ()), ("long", spans(Span("x", "error")))])])
    assert shown == "  a\n  long  x\n"


def test_plain_text_can_be_coloured_and_reads_the_same_without_the_colours() -> None:
    blocks: list[Block] = [TABLE, line(Span("error: ", "error"), "bad")]
    coloured = plain.render(blocks, colour=True)
    assert "\x1b[1;31merror: \x1b[0mbad" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain.render(blocks)


@pytest.mark.parametrize("draw", ["plain", "screen"])
def test_no_text_can_act_on_the_terminal_or_be_taken_for_markup(draw: str) -> None:
    hostile = "\x1b[2J[bold]\u202e\udcff:smile:\n"
    blocks: list[Block] = [line(hostile), Table((Column("c"),), ((spans(hostile),),), header=False)]
    blocks.append(Table((Column(hostile),), ()))
    shown = plain.render(blocks) if draw == "plain" else screen.render(blocks, width=80, colour=True)
    shown = shown.replace("\x1b[2m", "").replace("\x1b[0m", "")  # what a title is drawn in
    assert shown == "\\x1b[2J[bold]\\u202e\\xff:smile:\\n\n" * 3


def test_a_terminal_cuts_the_column_that_may_be_cut_and_keeps_the_others() -> None:
    shown = screen.render([TABLE], width=30, colour=False)
    assert [len(row) for row in shown.splitlines()] == [30, 30, 30]
    assert "a-rather-long-name…        9 B" in shown
    assert "1,204 KiB" in shown


def test_a_table_that_is_too_wide_loses_none_of_its_columns() -> None:
    wide = Table((Column("first"), Column("second")), ((spans("abc"), spans("x" * 100)),))
    assert screen.render([wide], width=30, colour=False).splitlines()[1] == f"abc    {'x' * 22}…"


def test_a_terminal_wide_enough_shows_what_a_pipe_gets() -> None:
    assert screen.render([TABLE], width=200, colour=False) == plain.render([TABLE])


def test_what_settings_mean_is_readable_in_80_columns() -> None:
    setting = Setting(key="a.setting", value="word " * 10, default="", source="default", help="mean " * 13)
    rows = screen.render(config.view(Settings((setting,)), Frame(80, 0)).blocks, width=80, colour=False).splitlines()
    assert max(map(len, rows)) <= 80
    assert sum(row.split().count("mean") for row in rows) == 13
    assert len(rows) <= 5


def test_a_column_without_a_word_takes_nothing_from_its_neighbour() -> None:
    columns = (Column("name"), Column("last", right=True), Column(""))
    table = Table(columns, ((spans("loss"), spans("0.972222"), spans("")),))
    assert screen.render([table], width=80, colour=False) == "name      last\nloss  0.972222\n"


def test_long_values_under_labels_go_on_in_the_next_row() -> None:
    shown = screen.render([pairs([("label", spans("word " * 10))])], width=30, colour=False)
    assert len(shown.splitlines()) > 1
    assert all(len(row) <= 30 for row in shown.splitlines())
    assert shown.splitlines()[1].startswith("         word")


def test_long_lines_are_left_to_the_terminal_so_that_they_can_be_copied() -> None:
    assert screen.render([line("x" * 100)], width=20, colour=False) == "x" * 100 + "\n"


def test_wide_characters_take_their_two_columns_on_a_terminal() -> None:
    table = Table((Column("a"), Column("b")), ((spans("模型"), spans("|")), (spans("abcd"), spans("|"))), header=False)
    assert screen.render([table], width=40, colour=False) == "模型  |\nabcd  |\n" == plain.render([table])


def test_an_empty_line_and_a_section_without_a_body() -> None:
    assert plain.render([Line()]) == "\n"
    assert section("Title", []) == []
    assert plain.render(section("Title", [line("x")])) == "\nTitle\nx\n"


@pytest.mark.parametrize("meaning", THEME)
def test_every_meaning_can_be_painted(meaning: str) -> None:
    assert "x" in painted("x", meaning)
    assert "x" in screen.render([line(Span("x", meaning))], width=80, colour=True)
