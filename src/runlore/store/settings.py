"""`config.toml`: the settings of a store. None of them can name a program."""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from runlore.errors import ConfigError
from runlore.records.canonical import Scalar
from runlore.store.checksum import fingerprint
from runlore.store.durable import replace, writing
from runlore.store.layout import Layout
from runlore.store.lock import shared
from runlore.store.reading import read_plain

_UNITS = {"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
          "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}  # fmt: skip


_FINGERPRINT = re.compile("[0-9a-f]{8}")
CHECK = b"# check: "
REMOTE = "remote"
"""The section that holds the URLs of remotes by their names."""
_REMOTE_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Known(NamedTuple):
    """A setting there is: its default, how its text is checked, and what it does."""

    default: str
    parse: Callable[[str], Scalar]
    help: str


def parse_size(text: str) -> int:
    """Bytes of ``64MiB``, ``1.5 GB``, ``4096``; raises ``ValueError``."""
    number = text.strip().rstrip("KMGTIBkmgtib").strip()
    unit = text.strip()[len(number) :].strip().upper()
    if unit not in _UNITS or not number.replace(".", "", 1).isdecimal():
        raise ValueError(f'"{text}" is not a size such as 64MiB or 1GB')
    return int(float(number) * _UNITS[unit])


def _choice(*choices: str) -> Callable[[str], Scalar]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f'"{text}" is not one of {", ".join(choices)}')
        return text

    return parse


def _fingerprints(text: str) -> str:
    """The fingerprints of ``4f1c09aa, 90bd31c2``, with a space between; raises ``ValueError``."""
    words = text.replace(",", " ").split()
    for word in words:
        if not _FINGERPRINT.fullmatch(word):
            raise ValueError(f'"{word}" is no fingerprint such as 4f1c09aa, which mlrun show lists')
    return " ".join(words)


def _file_names(text: str) -> str:
    """The names in ``predictions.csv, scores.parquet``, with a space between; raises ``ValueError``."""
    words = text.replace(",", " ").split()
    for word in words:
        if "/" in word or word.rpartition(".")[2] not in {"csv", "jsonl", "parquet"}:
            raise ValueError(f'"{word}" is no name such as predictions.csv, scores.jsonl or test.parquet')
    return " ".join(words)


KNOWN: dict[str, Known] = {
    "code.file-limit": Known("64MiB", parse_size, "an untracked file above this size is hashed, and kept only if free"),
    "code.total-limit": Known("1GiB", parse_size, "untracked files are kept up to this many bytes a run"),
    "data.store": Known(
        "auto", _choice("auto", "all", "none"), "whether declared data is kept: auto is up to data.limit"
    ),
    "data.limit": Known("1GiB", parse_size, "declared data above this size is hashed, and kept only if free"),
    "trace.file-limit": Known("64MiB", parse_size, "as data.limit, for each file that a run was seen to read or make"),
    "trace.total-limit": Known("1GiB", parse_size, "such files are kept up to this many bytes a run"),
    "samples.files": Known(
        "predictions.csv predictions.jsonl predictions.parquet", _file_names, "outputs of these names hold samples"
    ),
    "secrets.made-up": Known("", _fingerprints, "fingerprints of what was found in files and is no secret"),
}


def read(layout: Layout) -> dict[str, str]:
    """What `config.toml` says, by dotted key; settings at their default are not in it.

    Raises:
        ConfigError: the file cannot be read, or holds a key or value that does not exist.
    """
    import tomllib  # noqa: PLC0415 - costs 12 ms, and most stores have no such file

    try:
        found = tomllib.loads(read_plain(layout.config).decode())
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f'cannot read "{layout.config}": {error}', hint="mend or delete the file") from error
    values = {}
    for section, keys in found.items():
        for key, value in keys.items() if isinstance(keys, dict) else ():
            values[f"{section}.{key}"] = str(value)
            check(f"{section}.{key}", str(value))
    return values


def check(key: str, text: str) -> Scalar:
    """The value that ``text`` gives the setting ``key``; raises `ConfigError`."""
    if is_remote(key):
        return text
    known = KNOWN.get(key)
    if known is None:
        raise ConfigError(f'there is no setting "{key}"', hint="mlrun config lists them")
    try:
        return known.parse(text)
    except ValueError as error:
        raise ConfigError(f'"{key}": {error}', hint=f"mlrun config {key} {known.default}") from error


def is_remote(key: str) -> bool:
    """Whether the setting is the URL of a remote."""
    section, _, name = key.partition(".")
    return section == REMOTE and bool(_REMOTE_NAME.fullmatch(name))


def _quoted(text: str) -> str:
    """A basic string of TOML, which JSON's strings are."""
    import json  # noqa: PLC0415 - settings are rarely written

    return json.dumps(text, ensure_ascii=False)


def write(layout: Layout, values: dict[str, str]) -> None:
    """Replace `config.toml`; raises `StoreWriteError`."""
    lines = []
    for section in sorted({key.partition(".")[0] for key in values}):
        lines.append(f"[{section}]")
        lines += [
            f"{key.partition('.')[2]} = {_quoted(text)}"
            for key, text in sorted(values.items())
            if key.startswith(section + ".")
        ]
        lines.append("")
    data = "\n".join(lines).encode()
    with writing(f'"{layout.config}"'), shared(layout.root):
        replace(layout.config, data + check_line(data), tmp=layout.tmp)


def check_line(data: bytes) -> bytes:
    """The comment that ends what we write, by which `fsck` tells whether it was changed since."""
    return CHECK + fingerprint(data).hex().encode() + b"\n"


class Limits(NamedTuple):
    """The settings that a run needs; limits in bytes."""

    code_file: int
    code_total: int
    data_store: str
    data: int
    trace_file: int
    trace_total: int
    samples: str
    """Names of files that hold samples, with a space between."""
    made_up: str
    """Fingerprints of what is no secret, with a space between."""


def limits(layout: Layout) -> Limits:
    """The limits in force."""
    return _limits(read(layout)) if os.path.exists(layout.config) else DEFAULTS


def _limits(values: dict[str, str]) -> Limits:
    known = {key: check(key, values.get(key, each.default)) for key, each in KNOWN.items()}
    return Limits(*known.values())  # type: ignore[arg-type]  # in the order of KNOWN


DEFAULTS = _limits({})
"""The limits where nothing is set."""
