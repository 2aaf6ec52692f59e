"""The interpreter of a run, as it reported itself through the probe."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import Json

_VERSION = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}[\w.+-]{0,40}", re.ASCII)
_WORD = re.compile(r"[\w.+-]{1,100}", re.ASCII)
_MOST_ENTRIES = 4096
_MOST_FLAGS = 64


class Interpreter(NamedTuple):
    """A running Python.

    ``version`` is ``X.Y.Z`` with any suffix, ``platform`` as ``linux-x86_64-glibc2.36``. ``path`` is
    its ``sys.path`` as every script sees it, without the folder of the script itself. ``flags`` are
    those of ``sys.flags`` that change what a program does; ``hash_seed`` is PYTHONHASHSEED.
    """

    pid: int
    executable: str
    prefix: str
    base_prefix: str
    version: str
    abiflags: str
    implementation: str
    platform: str
    path: tuple[str, ...]
    flags: Mapping[str, int]
    hash_seed: str | None


def read_report(data: Mapping[str, Json]) -> Interpreter | None:
    """The interpreter in a journal entry of kind ``interpreter``; ``None`` for anything else.

    Processes of the user write the journal, so nothing in it is believed to be what it should be.
    Entries of the path that are not absolute mean nothing outside that process, and are left out.
    """
    path, flags = data.get("path"), data.get("flags")
    if data.get("kind") != "interpreter" or not isinstance(path, list) or not isinstance(flags, dict):
        return None
    pid: Json = data.get("pid")
    hash_seed: Json = data.get("hash_seed")
    texts: dict[str, Json] = {name: data.get(name) for name in ("executable", "prefix", "base_prefix")}
    words: dict[str, Json] = {name: data.get(name) for name in ("implementation", "platform")}
    version, abiflags = data.get("version"), data.get("abiflags", "")
    if not (
        _is_whole(pid)
        and all(map(is_path, texts.values()))
        and all(isinstance(word, str) and _WORD.fullmatch(word) for word in words.values())
        and isinstance(version, str)
        and _VERSION.fullmatch(version)
    ):
        return None
    return Interpreter(
        pid=pid,
        **texts,
        **words,
        version=version,
        abiflags=abiflags if isinstance(abiflags, str) and _WORD.fullmatch(abiflags) else "",
        path=tuple(entry for entry in path[:_MOST_ENTRIES] if is_path(entry) and os.path.isabs(entry)),
        flags={str(name): value for name, value in list(flags.items())[:_MOST_FLAGS] if _is_whole(value)},
        hash_seed=hash_seed if is_path(hash_seed) else None,
    )


def is_path(value: Json) -> bool:
    """Whether it is a string that can name a file."""
    return isinstance(value, str) and "\0" not in value


def _is_whole(value: Json) -> bool:
    return type(value) is int and value >= 0
