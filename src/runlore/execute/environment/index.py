"""Where packages come from: what the person has set for uv, or, where that is nothing, for pip.

uv reads neither ``pip.conf`` nor ``PIP_*``, and whoever has a private index has usually told pip.
"""

import configparser
import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_UVS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_UVS_KEYS = ("index", "index-url", "extra-index-url", "find-links", "no-index")
_SECTIONS = ("global", "install")
_CHOOSING = frozenset(
    (
        *("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "UV_SYSTEM_PYTHON"),
        *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE_NEWER", "UV_REQUIRE_HASHES", "UV_PRERELEASE", "UV_RESOLUTION"),
        *(
            "UV_BUILD_CONSTRAINT",
            "UV_VENV_SEED",
            "UV_VENV_RELOCATABLE",
            "UV_VENV_CLEAR",
            "UV_PROJECT",
            "UV_WORKING_DIR",
        ),
        *("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"),
        *("PIP_NO_DEPS", "PIP_DRY_RUN", "PIP_REQUIRE_HASHES", "PYTHONPATH", "PYTHONHOME"),
    )
)
"""What says which versions or which environment: that is in the record."""


class Sources(NamedTuple):
    """Where packages come from, for uv: the variables and the options to run it with."""

    environ: Mapping[str, str]
    options: tuple[str, ...]


def sources(environ: Mapping[str, str], folder: str) -> Sources:
    """The person's own, when uv runs in ``folder``, and else what pip would have been told."""
    kept = {name: value for name, value in environ.items() if name not in _CHOOSING}
    if any(environ.get(name) for name in _UVS) or any(_names_index(path) for path in _uv_files(environ, folder)):
        return Sources(kept, ())
    pip = _pip_settings(environ)
    alone = pip.get("no-index", "").lower() in ("1", "true", "yes", "on", "y", "t")
    return Sources({**_translated(pip), **kept}, ("--no-index",) if alone else ())


def _translated(pip: Mapping[str, str]) -> dict[str, str]:
    """The settings of pip in uv's variables; lists are separated by white space there, find-links by commas."""
    found = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "ALL_PROXY": pip.get("proxy", ""),
    }
    if found["UV_INDEX"]:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # all indexes count alike, as they do for pip
    return {name: value for name, value in found.items() if value}


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Every setting of pip by its long name; a later file counts more, the variables most."""
    found: dict[str, str] = {}
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            with open(path, encoding="utf-8") as file:
                parser.read_file(file)
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue  # pip says what is wrong with it
        for section in _SECTIONS:
            if parser.has_section(section):
                found |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            found[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return found


def _pip_files(environ: Mapping[str, str]) -> Iterator[str]:
    """The configuration files of pip, the weakest first."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    home = environ.get("HOME") or os.path.expanduser("~")
    for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
        yield folder + "/pip/pip.conf"
    yield "/etc/pip.conf"
    yield home + "/.pip/pip.conf"
    yield (environ.get("XDG_CONFIG_HOME") or home + "/.config") + "/pip/pip.conf"
    if named:
        yield named


def _uv_files(environ: Mapping[str, str], folder: str) -> Iterator[str]:
    """The files that uv reads in ``folder``."""
    home = environ.get("HOME") or os.path.expanduser("~")
    if named := environ.get("UV_CONFIG_FILE"):
        yield named
    yield (environ.get("XDG_CONFIG_HOME") or home + "/.config") + "/uv/uv.toml"
    yield "/etc/uv/uv.toml"
    yield folder + "/uv.toml"
    yield folder + "/pyproject.toml"


def _names_index(path: str) -> bool:
    """Whether a file of uv's settings says where packages come from."""
    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except (OSError, ValueError):
        return False
    if path.endswith("pyproject.toml"):
        found = found.get("tool", {}).get("uv", {})
    pip = found.get("pip", {})
    return any(key in found or (isinstance(pip, dict) and key in pip) for key in _UVS_KEYS)
