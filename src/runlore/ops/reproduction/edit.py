"""Give one parameter another value, in a command or in a config file, and change nothing else.

Nobody knows what a script takes an argument for, nor how a person has laid out a file. So places are tried one after
the other, each is read again as it was when the run was recorded, and the one counts by which exactly that one
parameter changed.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence

from runlore.capture.config import ConfigFile, read_config
from runlore.capture.params import params_of, typed
from runlore.records.canonical import Scalar

_VALUE = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|\[[^\]\n]*\]|[^\s,#}\]][^,#}\]\n]*?)(?=\s*(?:[,#}\]\n]|$))"""
_MOST_TRIES = 200


def set_in_argv(argv: Sequence[str], key: str, text: str) -> tuple[str, ...] | None:
    """The command with another value for a parameter that it names; ``None`` if it does not."""
    before = params_of(argv)
    if key not in before:
        return None
    wanted = {**before, key: typed(text)}
    for at in range(len(argv) - 1, 0, -1):  # of an option given twice the last counts
        for word in _words(argv[at], text):
            changed = (*argv[:at], word, *argv[at + 1 :])
            if _same(params_of(changed), wanted):
                return changed
    return None


def _words(word: str, text: str) -> Iterator[str]:
    if "=" in word:
        yield word[: word.index("=") + 1] + text
    yield text
    if re.fullmatch(r"-[A-Za-z][^-].*", word):
        yield word[:2] + text
    flag = re.fullmatch(r"--(?:no-)?(.+)", word)
    if flag and isinstance(typed(text), bool):
        yield f"--{flag[1]}" if typed(text) else f"--no-{flag[1]}"


def set_in_file(path: str, key: str, text: str) -> bool:
    """Whether the config file at ``path`` had that parameter; it has another value now."""
    before = read_config(path)
    if before.data is None or key not in before.values:
        return False
    wanted = {**before.values, key: typed(text)}
    scratch = f"{path}.mlrun{os.path.splitext(path)[1]}"  # its ending says how it is read
    try:
        for data in _texts(before, key, text):
            with open(scratch, "wb") as file:
                file.write(data)
            if _same(read_config(scratch).values, wanted):
                os.chmod(scratch, os.stat(path).st_mode & 0o777)
                os.replace(scratch, path)
                return True
    finally:
        if os.path.lexists(scratch):
            os.unlink(scratch)
    return False


def _texts(before: ConfigFile, key: str, text: str) -> Iterator[bytes]:
    """The file with another value at each place where that key may be meant."""
    whole = (before.data or b"").decode("utf-8", "surrogateescape")
    names = {re.escape(key), re.escape(key.rpartition(".")[2])}
    pattern = re.compile(rf"""(?:^|(?<=[\s{{,."']))(?:{"|".join(names)})["']?[ \t]*[:=][ \t]*{_VALUE}""", re.MULTILINE)
    for number, found in enumerate(pattern.finditer(whole)):
        if number >= _MOST_TRIES:
            return
        start, end = found.span(1)
        for value in dict.fromkeys((text, json.dumps(typed(text)), json.dumps(text))):
            yield (whole[:start] + value + whole[end:]).encode("utf-8", "surrogateescape")


def _same(a: Mapping[str, Scalar], b: Mapping[str, Scalar]) -> bool:
    """Equal, where NaN equals NaN and 1 is not True."""
    return repr(sorted(a.items())) == repr(sorted(b.items()))
