"""The programs of a distribution in the environment's ``bin``, as installers write them."""

import configparser
import re

_NAME = re.compile(r"[\w.][\w.+-]*", re.ASCII)
_TARGET = re.compile(r"\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?\s*", re.ASCII)
_LONGEST = 127
"""Bytes of a first line that every kernel takes, its line feed among them."""
_PYTHONS = re.compile(rb"#!(?P<program>[^\n]*/(?P<name>pythonw?[\d.]*t?|pypy[\d.]*))(?P<rest>[ \t][^\n]*)?\n")
_FROM_SHELL = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*\n' '''\n")


def entry_points(text: str, folder: str) -> dict[str, str]:
    """The scripts, by name, that an ``entry_points.txt`` asks for in the ``bin`` at ``folder``."""
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    found = {}
    for section in ("console_scripts", "gui_scripts"):
        for name, target in parser.items(section) if parser.has_section(section) else ():
            if _NAME.fullmatch(name) and (parts := _TARGET.fullmatch(target)):
                module, function = parts[1], parts[2]
                found[name] = (
                    first_lines(folder).decode("utf-8", "surrogateescape")
                    + f"import sys\n\nfrom {module} import {function.partition('.')[0]}\n\n"
                    + f'if __name__ == "__main__":\n    sys.exit({function}())\n'
                )
    return found


def with_interpreter(script: bytes, folder: str) -> bytes:
    """A script that named the interpreter of its environment, with that of the one whose ``bin`` is ``folder``."""
    for pattern in (_PYTHONS, _FROM_SHELL):
        if found := pattern.match(script):
            return first_lines(folder) + script[found.end() :]
    return script


def first_lines(folder: str) -> bytes:
    """What has the kernel run the interpreter in ``folder``, whatever its path."""
    python = folder.encode("utf-8", "surrogateescape") + b"/python"
    if b" " not in python and len(python) + len(b"#!\n") <= _LONGEST:
        return b"#!" + python + b"\n"
    if b"'" in python:
        return b"#!" + python + b"\n"  # no shell line can be a Python string then, and nobody has such a folder
    return b"#!/bin/sh\n'''exec' '" + python + b"' \"$0\" \"$@\"\n' '''\n"
