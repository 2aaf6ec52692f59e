"""The page of warnings, and the order in which they are told, name what there is."""

import os
import re

import runlore
from runlore.present.term import exec as exec_words

SOURCE = os.path.dirname(runlore.__file__)
PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "reference", "warnings.md")
CODES = re.compile(
    r"""(?:\bWarn|[wW]arned|_warn|GitUnusableError|warning_entry)\(\s*(?:[\w.]+,\s*){0,2}(?:code=)?"([a-z]+(?:-[a-z]+)+)\""""
)


def in_source() -> set[str]:
    """Codes as they stand in calls that make warnings."""
    # A constant, a text in the probe, and those that are a single word.
    found = {"secret-redacted", "entries-lost", "unobserved", "unseeded"}
    for folder, _, names in os.walk(SOURCE):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found |= set(CODES.findall(file.read()))
    return found


def on_page() -> set[str]:
    with open(PAGE, encoding="utf-8") as file:
        rows = [line.split("|")[1] for line in file if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}


def test_the_page_explains_every_warning_and_no_other() -> None:
    found = in_source() | {f"skipped-{kind}" for kind in ("fifo", "socket", "device", "unreadable")}
    assert {"timed-out", "git-refused", "file-unstable", "config-truncated", "hook-unknown"} <= found
    assert on_page() == found


def test_those_with_a_place_in_the_order_exist_and_have_one_place() -> None:
    ranked = (*exec_words._GRAVE, *exec_words._LIGHT)
    assert set(ranked) <= on_page()
    assert len(set(ranked)) == len(ranked)
