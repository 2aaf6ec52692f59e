"""DVC's settings, as far as they say where its bytes are: `.dvc/config`, what is below it and above it."""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.store.reading import open_plain

_MOST = 1 << 20
_REMOTE = 'remote "'
"""How the name of a section begins that is about a remote; it ends with the quote."""


class DvcRemote(NamedTuple):
    """A remote of DVC: its name and what is set of it; a relative ``url`` counts from ``folder``."""

    name: str
    url: str
    folder: str
    options: Mapping[str, str]


class DvcSettings(NamedTuple):
    """Where DVC's bytes are: the absolute path of the cache, and the remotes, the default one first."""

    cache: str
    remotes: tuple[DvcRemote, ...]


def read_settings(root: str, environ: Mapping[str, str]) -> DvcSettings:
    """The settings of the DVC project in the folder ``root``; what cannot be read says nothing."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", "/"), ".config")
    own = os.path.join(root, ".dvc")
    sections: dict[str, dict[str, str]] = {}
    folders: dict[str, str] = {}
    cache = os.path.join(own, "cache")
    for path in (f"{home}/dvc/config", f"{own}/config", f"{own}/config.local"):
        for section, key, value in _pairs(path):
            sections.setdefault(section, {})[key] = value
            if key == "url":
                folders[section] = os.path.dirname(path)
            elif (section, key) == ("cache", "dir"):
                cache = os.path.normpath(os.path.join(os.path.dirname(path), os.path.expanduser(value)))
    default = sections.get("core", {}).get("remote")
    remotes = [
        DvcRemote(section[len(_REMOTE) : -1], values["url"], folders[section], values)
        for section, values in sections.items()
        if section.startswith(_REMOTE) and section.endswith('"') and "url" in values
    ]
    return DvcSettings(cache, tuple(sorted(remotes, key=lambda each: each.name != default)))


def _pairs(path: str) -> Iterator[tuple[str, str, str]]:
    """Section, key and value of each line that has them."""
    try:
        with open(open_plain(path), "rb") as file:
            text = file.read(_MOST).decode(errors="replace")
    except OSError:
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        key, is_pair, value = line.partition("=")
        if line.startswith("["):
            section = _unquoted(line[1 : line.rfind("]")].strip())
        elif is_pair and "\0" not in line:
            yield section, key.strip().lower(), _unquoted(value.strip())


def _unquoted(text: str) -> str:
    """Without the quotes around it; without quotes, up to a comment."""
    quote = text[:1]
    if quote and quote in "\"'":
        return text[1:].partition(quote)[0]
    return text.partition(" #")[0].rstrip()
