"""Secrets in what a command prints, replaced as it comes, piece by piece."""

import functools
import re
from typing import TYPE_CHECKING

from runlore.capture.secret_gate import STEMS, is_harmless

if TYPE_CHECKING:
    from runlore.capture.secrets import Finding

_BEGIN, _END = "-----BEGIN ", "-----END "
_PEM = "private-key"
_KNOWN = 1000
"""Different secrets that are remembered of one log."""
_NAME = 40  # characters before a word in which the name of its value may stand


class LogRedactor:
    """Called with what a log is given, in order, it gives back what may be kept.

    What is withheld of an unfinished line comes with the rest of it. Private keys may come line by line.
    """

    def __init__(self, key: bytes) -> None:
        """``key`` is the store's."""
        self._key = key
        self._in_key = False
        self.found: dict[tuple[str, str], int] = {}
        """How often each secret was found, by rule and fingerprint."""

    def __call__(self, data: bytes, ended: bool) -> bytes:
        """What may be kept of ``data``: whole lines if ``ended``, else a line that may go on and be given again."""
        in_key = self._in_key
        text = data.decode("latin-1")
        if not in_key and is_harmless(text):
            return data if ended else _withheld(text, []).encode("latin-1")
        from runlore.capture.secrets import find, replaced  # noqa: PLC0415 - much of what is printed needs no rule

        begun = ""
        if in_key:
            text, begun, in_key = self._after_key(text, ended=ended)
        found = find(text, self._key)
        if ended:
            self._count(found)
            self._in_key = in_key or _leaves_key_open(text)
        else:
            text = _withheld(text, found)
        return (begun + replaced(text, found)).encode("latin-1")

    def _after_key(self, text: str, *, ended: bool) -> tuple[str, str, bool]:
        """What follows the body of a private key, what stands for the body, and whether it goes on."""
        from runlore.capture.secrets import Finding, fingerprint, replaced  # noqa: PLC0415 - as above

        body = _body().match(text)
        end = body.end() if body else 0
        if not ended and _END[: len(text) - end] != text[end : end + len(_END)]:
            return "", "", True  # a line of the body, so far
        if not text[:end].strip():
            return text[end:], "", end == len(text)
        found = Finding(_PEM, 0, end, fingerprint(text[:end].strip(), self._key))
        if ended:
            self._count([found])
        return text[end:], replaced(text[:end], [found]) + "\n", end == len(text)

    def _count(self, found: "list[Finding]") -> None:
        for each in found:
            known = (each.rule, each.fingerprint)
            if known in self.found or len(self.found) < _KNOWN:
                self.found[known] = self.found.get(known, 0) + 1


def _leaves_key_open(text: str) -> bool:
    """Whether a private key has begun in ``text`` and not ended."""
    begin = text.rfind(_BEGIN)
    return begin >= 0 and "PRIVATE KEY" in text[begin : begin + 80] and _END not in text[begin:]


@functools.cache
def _body() -> re.Pattern[str]:
    """Lines of a private key."""
    return re.compile(r"(?:[A-Za-z0-9+/=]{1,76}\r?\n|[A-Z][A-Za-z-]{1,20}: [^\n]{1,100}\n|\r?\n)*+")


def _withheld(text: str, found: "list[Finding]") -> str:
    """An unfinished line without its last word, if that may become a secret with what comes next."""
    word = max(text.rfind(" "), text.rfind("\t")) + 1
    if word == len(text) or any(each.end > word for each in found):
        return text
    from runlore.capture.secret_rules import is_begun  # noqa: PLC0415 - as above

    near = text[max(0, word - _NAME) :].lower()
    return text[:word] if is_begun(text[word:]) or any(stem in near for stem in STEMS) else text
