"""Whoever tries mlrun in a clone of mlrun can push."""

from pathlib import Path

from runlore.capture.secret_search import is_settings, without_made_up
from runlore.capture.secrets import scan_file

_TOP = Path(__file__).parents[2]
_FOLDERS = ("src", "tests", "docs", "bench", "examples", "scripts", ".ci")


def test_no_file_of_this_project_looks_as_if_it_held_a_secret() -> None:
    found = []
    for path in (each for folder in _FOLDERS for each in (_TOP / folder).rglob("*")):
        if path.is_file() and not {"__pycache__", "out"} & set(path.parts) and path.suffix != ".so":
            data = path.read_bytes()
            findings = scan_file(data, b"key" * 11, strict=not is_settings(path.name))
            found += [(path.name, line, each.rule) for line, each in without_made_up(findings, data)]
    assert found == []
