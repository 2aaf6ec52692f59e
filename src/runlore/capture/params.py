"""Parameters from a command's arguments, without asking the script what they mean.

Read as argparse, click and Hydra would be typed: ``--lr 0.1``, ``--lr=0.1``, ``-n 5``, ``-n5``, ``--flag``,
``key=value``, ``+key=value``, ``~key``. Only the script knows whether an option takes a value, so an
option followed by a word is taken to own it; numbers that follow a number belong to the same option
(``--layers 64 64 32``), any other bare word is an argument and no parameter. ``--no-flag`` is kept as
typed (``no_flag = True``): whether it undoes a ``flag`` is again the script's knowledge. The command
itself is in the record beside them, so what is guessed here decides how runs are compared and
searched, never what is run again.
"""

import math
import os.path
import re
from collections.abc import Sequence

from runlore.records.canonical import Scalar

_INT = re.compile(r"[+-]?(?:0|[1-9](?:_?[0-9])*)")
_NUMBER = re.compile(r"[+-]?(?:[0-9](?:_?[0-9])*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SHORT_WITH_NUMBER = re.compile(rf"-([A-Za-z])({_NUMBER.pattern})")
_OVERRIDE = re.compile(r"(?:\+\+?)?(~?[^\W\d][\w.@/-]*)=(.*)", re.DOTALL)
_DELETION = re.compile(r"~[^\W\d][\w.@/-]*")

_LONGEST_NUMBER = 640
"""Digits that Python reads whatever its limit is set to: `sys.int_info.str_digits_check_threshold`."""

_WORDS: dict[str, Scalar] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
}

_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*t?")
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "fish"))
_LAUNCHERS = frozenset(
    (
        *("uv", "poetry", "pdm", "hatch", "pipenv", "rye", "pixi", "conda", "mamba", "micromamba"),
        *("torchrun", "torch.distributed.run", "torch.distributed.launch", "deepspeed", "horovodrun"),
        *("accelerate", "accelerate.commands.launch", "mpirun", "mpiexec", "srun", "coverage"),
        *("env", "nohup", "nice", "ionice", "time", "timeout", "taskset", "numactl", "stdbuf", "setsid"),
        *("Rscript", "julia", "perl", "ruby", "node"),
    )
)
_SCRIPTS = (".py", ".pyw", ".ipynb", ".sh", ".bash", ".R", ".r", ".jl", ".pl", ".rb", ".js", ".ts", ".lua")


def params_of(argv: Sequence[str]) -> dict[str, Scalar]:
    """The parameters in a command, by name, in the order typed; ``-`` in an option's name becomes ``_``.

    An option given more than once, or with several numbers, has one entry each: ``tag.0``, ``tag.1``.
    Of a ``key=value`` given twice the last counts. Arguments before the script (``python -u``,
    ``torchrun --nproc 2``) are left out where the script can be told. Never raises.
    """
    options: dict[str, list[Scalar]] = {}
    overrides: dict[str, Scalar] = {}
    words = _arguments(argv)
    ended = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if found := _OVERRIDE.fullmatch(word):
            overrides[found[1]] = typed(found[2])
        elif _DELETION.fullmatch(word):
            overrides[word] = True
        elif word == "--":
            ended = True
        elif not ended and _is_option(word):
            name, values, at = _option(word, words, at)
            if name:
                options.setdefault(name, []).extend(values)
    return _numbered(options) | overrides


def typed(text: str) -> Scalar:
    """The int, float, bool or ``None`` that ``text`` spells, else ``text``.

    A number with leading zeros stays text (``007`` is a name), and so does one that a double cannot
    hold (``1e999``).
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and not text.lstrip("+-0_").isdigit():
        value = float(text)
        return value if math.isfinite(value) else text
    return text


def _numbered(options: dict[str, list[Scalar]]) -> dict[str, Scalar]:
    params: dict[str, Scalar] = {}
    for name, values in options.items():
        if len(values) == 1:
            params[name] = values[0]
        else:
            params.update((f"{name}.{index}", value) for index, value in enumerate(values))
    return params


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not _NUMBER.fullmatch(word)


def _is_value(word: str) -> bool:
    return not (_is_option(word) or _OVERRIDE.fullmatch(word) or _DELETION.fullmatch(word))


def _option(word: str, words: Sequence[str], at: int) -> tuple[str, list[Scalar], int]:
    """The name and values of the option ``word``, and where the next one may begin; ``at`` is the word after it."""
    if short := _SHORT_WITH_NUMBER.fullmatch(word):
        return short[1], [typed(short[2])], at
    written, equals, value = word.partition("=")
    name = written.lstrip("-").replace("-", "_")
    if equals:
        return name, [typed(value)], at
    if at == len(words) or not _is_value(words[at]):
        return name, [True], at
    end = at + 1
    if _NUMBER.fullmatch(words[at]):
        while end < len(words) and _NUMBER.fullmatch(words[end]):
            end += 1
    return name, [typed(each) for each in words[at:end]], end


def _arguments(argv: Sequence[str]) -> Sequence[str]:
    """What follows the script or program; all but the first word where neither can be told."""
    at = 0
    while at < len(argv):
        name = os.path.basename(argv[at])
        if _PYTHON.fullmatch(name):
            at = _script(argv, at + 1, last="mc", valued="WX")
        elif name in _SHELLS:
            at = _script(argv, at + 1, last="c", valued="oO")
        elif name in _LAUNCHERS:
            at = _launched(argv, at + 1)
        else:
            return argv[at + 1 :]
    return argv[1:]


def _script(argv: Sequence[str], at: int, *, last: str, valued: str) -> int:
    """Where an interpreter's script, module or code is, its options beginning at ``at``.

    The short options ``last`` end the interpreter's own arguments (``-m pkg``, ``-c code``), attached or
    not; those in ``valued`` take a value (``-W ignore``).
    """
    while at < len(argv) and argv[at].startswith("-") and argv[at] not in ("-", "--"):
        word = argv[at]
        at += 1
        for index, letter in enumerate(word[1:], 1):
            attached = index + 1 < len(word)
            if letter == "-":
                break
            if letter in last:
                return at - attached
            if letter in valued:
                at += not attached
                break
    return at + 1 if at < len(argv) and argv[at] == "--" else at


def _launched(argv: Sequence[str], at: int) -> int:
    """Where the program is that a launcher starts, ``len(argv)`` if it cannot be told."""
    for index in range(at, len(argv)):
        word = argv[index]
        name = os.path.basename(word)
        if word in ("-m", "--module"):
            return index + 1
        if word.endswith(_SCRIPTS) or name in _SHELLS or name in _LAUNCHERS or _PYTHON.fullmatch(name):
            return index
    return len(argv)
