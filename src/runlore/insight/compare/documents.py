"""JSON, JSON lines, YAML and TOML, by what they say."""

import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from runlore.capture.config import MAX_VALUES_BYTES, parse
from runlore.insight.compare.content import Content, UnreadableError, read_whole
from runlore.insight.compare.look import Look, below
from runlore.insight.compare.values import compare_values

_MAX_JSON = 16 << 20
_MAX_LINE = 4 << 20
_MAX_KEYS = 1000


def compare_json(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how two JSON texts differ; the order of keys says nothing."""
    compare_values(_loads(read_whole(a, _MAX_JSON)), _loads(read_whole(b, _MAX_JSON)), look, place)


def compare_json_lines(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how two files of one JSON text a line differ, line by line."""
    with a.open() as left, b.open() as right:
        number = 0
        while True:
            number += 1
            x, y = _line(left), _line(right)
            if not x or not y:
                break
            if x != y:
                compare_values(_loads(x), _loads(y), look, below(place, f"line {number}"))
        if x or y:
            look.differ(place, f"the {'second' if y else 'first'} has more lines than the other's {number - 1:,}")


def json_rows(content: Content) -> Iterator[list[str]]:
    """The names of all keys, then each line as a row of JSON texts, empty where it lacks the key."""
    keys: dict[str, None] = {}
    for value in _values(content):
        keys |= dict.fromkeys(value if isinstance(value, dict) else ("value",))
        if len(keys) > _MAX_KEYS:
            raise UnreadableError("it has too many keys")
    yield list(keys)
    for value in _values(content):
        row = value if isinstance(value, dict) else {"value": value}
        yield [json.dumps(row[key], sort_keys=True) if key in row else "" for key in keys]


def _values(content: Content) -> Iterator[object]:
    with content.open() as file:
        while line := _line(file):
            yield _loads(line)


def compare_config(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how two YAML or two TOML files differ."""
    compare_values(_config(a), _config(b), look, place)


def _config(content: Content) -> object:
    value, whole = parse(os.path.basename(content.name), read_whole(content, MAX_VALUES_BYTES))
    if not whole:
        raise UnreadableError("it holds too many values")
    return value


def _line(file: BinaryIO) -> bytes:
    """The next line that is not empty, without its end; nothing at the end of the file."""
    while line := file.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise UnreadableError("a line is too long")
        if text := line.strip():
            return text
    return b""


def _loads(data: bytes) -> object:
    return json.loads(data, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs as a dictionary; which of two values of one key counts is the reader's taste, so there may be none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("a key stands there twice")
    return found
