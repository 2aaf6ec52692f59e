"""Parsers of bytes that came from elsewhere: a value or the documented error, for whatever the bytes are.

A small part of what ``scripts/fuzz`` does, with the same inputs each time, and what it found before.
"""

import pathlib
import random
import zlib

import pytest
from tests.fuzz.all_targets import TARGETS
from tests.fuzz.mutate import mutated

_INPUTS, _HEAVY = 150, 4
_FOUND = pathlib.Path(__file__).parent / "found"
"""Inputs on which a parser failed once: ``TARGET/NAME``."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_gives_a_value_or_its_error(name: str, tmp_path: pathlib.Path) -> None:
    target = TARGETS[name]
    source = random.Random(zlib.crc32(name.encode()))  # noqa: S311 - the same each time
    for data in target.seeds:
        target.attempt(data, str(tmp_path))
    for path in sorted((_FOUND / name).glob("*")):
        target.attempt(path.read_bytes(), str(tmp_path))
    for _ in range(_HEAVY if target.heavy else _INPUTS):
        target.attempt(mutated(target.seeds, target.tokens, source), str(tmp_path))
