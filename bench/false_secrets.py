"""How many files of a machine have what `mlrun` takes for a secret: they have none, so each is a false alarm.

    python bench/false_secrets.py [FOLDER...]     the installed packages of this Python, /usr/share and /etc

Prints a Markdown table by the ending of the files' names, and what was found where on standard error.
"""

import collections
import os
import sys
import sysconfig
from collections.abc import Iterator

from runlore.capture.config import is_config
from runlore.capture.secret_search import is_settings, without_made_up
from runlore.capture.secrets import LIMIT, scan_file

_KEY = bytes(32)
_SHOWN = (".py", ".json", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".txt", ".md", ".sh", ".xml", ".html")


def main(folders: list[str]) -> None:
    """Search and print."""
    files: collections.Counter[str] = collections.Counter()
    found: collections.Counter[str] = collections.Counter()
    for path in _files(folders):
        data = _text(path)
        if data is None:
            continue
        kind = os.path.splitext(path)[1].lower().replace(".yml", ".yaml")
        kind = kind if kind in _SHOWN else "others"
        files[kind] += 1
        # As of code; of what is named with --config the names tell more.
        rows = without_made_up(scan_file(data, _KEY, strict=not is_settings(path)), data)
        declared = without_made_up(scan_file(data, _KEY, strict=False), data) if is_config(path) else []
        found[kind] += bool(rows)
        found["declared"] += bool(declared)
        files["declared"] += is_config(path)
        for line, each in rows:
            print(f"{path}:{line} {each.rule} {data.decode('latin-1')[each.start : each.end][:60]!r}", file=sys.stderr)
    print("| files | searched | with a finding | share |\n|---|--:|--:|--:|")
    for kind in (*_SHOWN, "others"):
        _row(kind, files[kind], found[kind])
    _row("all", files.total() - files["declared"], found.total() - found["declared"])
    _row("JSON, YAML and TOML, named with `--config`", files["declared"], found["declared"])


def _row(kind: str, count: int, found: int) -> None:
    if count:
        print(f"| {kind} | {count:,} | {found:,} | {found / count:.2%} |")


def _files(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        for path, _, names in os.walk(folder):
            yield from (os.path.join(path, name) for name in sorted(names))


def _text(path: str) -> bytes | None:
    """The bytes of a text file that would be searched."""
    try:
        if os.path.islink(path) or not 0 < os.path.getsize(path) <= LIMIT:
            return None
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return None if b"\0" in data[:8192] else data


main(sys.argv[1:] or [sysconfig.get_path("purelib"), "/usr/share", "/etc"])
