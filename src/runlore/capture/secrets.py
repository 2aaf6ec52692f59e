"""Secrets in what is recorded: found by shape, by the name before them and by how random they look.

Wherever one is found in text that we write ourselves, ``<secret:RULE:FINGERPRINT>`` takes its place. The
fingerprint tells equal secrets of one store from others, and says nothing to who lacks the store's key.
Files are never changed: `scan_file` tells where in them secrets are.
"""

import functools
import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.capture.secret_gate import STEMS
from runlore.capture.secret_names import ANY, MIXED, is_secret, is_stand_in, looks_random, telling
from runlore.capture.secret_rules import candidates, pattern
from runlore.records.canonical import Scalar
from runlore.records.hashing import blob_digest

KEY_BYTES = 32
"""Of a store's key: random, and never sent anywhere."""
LIMIT = 1 << 20
"""Bytes above which a file is data rather than code, and is not searched."""
NAMED = "named"
"""The rule of what only its name tells."""
_MARK = "<secret:"
_PROBE = 8192  # where a file that is not text has a NUL
_FINGERPRINT = 4
_WIDEST_NAME = 64
_PIN = 6


class Finding(NamedTuple):
    """A secret in a text: the rule, where it is (``text[start:end]``), and what it is recognised by."""

    rule: str
    start: int
    end: int
    fingerprint: str


def find(text: str, key: bytes) -> list[Finding]:
    """The secrets in ``text``, in order; none overlaps another. ``key`` is the store's."""
    return _findings(text, key, strict=False)


def redact(text: str, key: bytes) -> tuple[str, list[Finding]]:
    """``text`` with its secrets replaced, and which those were; what is replaced already stays as it is."""
    found = find(text, key)
    return (replaced(text, found), found) if found else (text, found)


def redact_argv(argv: Sequence[str], key: bytes) -> tuple[tuple[str, ...], list[tuple[int, Finding]]]:
    """A command without its secrets, and which word each was in.

    Beside what `redact` knows, the word after an option such as ``--token`` is secret by that name.
    """
    words = list(argv)
    found: list[tuple[int, Finding]] = []
    shaped = bool(candidates("\n".join(words)))
    for index, word in enumerate(argv):
        before = argv[index - 1] if index else ""
        told = telling(before.lstrip("-")) if before.startswith("-") and "=" not in before else 0
        if told and not word.startswith("-") and _MARK not in word and is_secret(word, told):
            findings = find(word, key) or [_whole(word, key)]
        elif shaped or _names(word):
            findings = find(word, key) or _assigned_word(word, key)
        else:
            continue
        if findings:
            words[index] = replaced(word, findings)
            found += [(index, each) for each in findings]
    return tuple(words), found


def redact_params(params: Mapping[str, Scalar], key: bytes) -> tuple[dict[str, Scalar], list[tuple[str, Finding]]]:
    """Flat parameters without their secrets, and the name of the parameter that each was in.

    A name may hold one as well: it is given without.
    """
    redacted: dict[str, Scalar] = {}
    found: list[tuple[str, Finding]] = []
    shaped = bool(candidates("\n".join((*params, *[value for value in params.values() if isinstance(value, str)]))))
    for name, value in params.items():
        text = _text(value)
        told = telling(name)
        in_name = find(name, key) if shaped else []
        findings = find(text, key) if shaped or _names(text) else []
        if told and not findings and _MARK not in text and is_secret(text, told):
            findings = [_whole(text, key)]
        known = replaced(name, in_name)
        redacted[known] = replaced(text, findings) if findings else value
        found += [(known, each) for each in (*in_name, *findings)]
    return redacted, found


def scan_file(data: bytes, key: bytes, *, strict: bool = True) -> list[tuple[int, Finding]]:
    """The secrets in a text file, each with its line (from 1); none in what is not text or has over 1 MiB.

    Positions are bytes. If ``strict`` it asks more than `find` of what only a name tells: code is full of
    ``password = read()``, which settings are not.
    """
    if len(data) > LIMIT or b"\0" in data[:_PROBE]:
        return []
    found = _findings(data.decode("latin-1"), key, strict=strict)
    lines = []
    line, counted = 1, 0
    for each in found:
        line += data.count(b"\n", counted, each.start)
        counted = each.start
        lines.append((line, each))
    return lines


def fingerprint(secret: str, key: bytes) -> str:
    """8 hex digits by which ``secret`` is known in the store whose random ``key`` this is.

    BLAKE3 is not open to length extension (its paper, section 4), so a key before the text keys it.
    """
    return blob_digest(key + secret.encode(errors="surrogatepass"))[:_FINGERPRINT].hex()


def _text(value: Scalar) -> str:
    """What may be secret of a value; a number may be if it has a PIN's digits."""
    if isinstance(value, str):
        return value
    is_pin = isinstance(value, int) and not isinstance(value, bool) and value >= 10 ** (_PIN - 1)
    return str(value) if is_pin else ""


def _names(text: str) -> bool:
    """Whether a telling name may stand before a value in ``text``."""
    if "=" not in text and ":" not in text:
        return False
    lowered = text.lower()
    return any(stem in lowered for stem in STEMS)


def _whole(word: str, key: bytes) -> Finding:
    return Finding(NAMED, 0, len(word), fingerprint(word, key))


def _assigned_word(word: str, key: bytes) -> list[Finding]:
    """Of ``--password=a b`` all that follows the sign, spaces and quotes included."""
    name, equals, value = word.partition("=")
    told = telling(name.lstrip("-+~")) if equals and len(name) <= _WIDEST_NAME else 0
    if not told or not is_secret(value, told):
        return []
    return [Finding(NAMED, len(name) + 1, len(word), fingerprint(value, key))]


def replaced(text: str, found: Sequence[Finding]) -> str:
    """``text`` with these of its secrets replaced."""
    parts: list[str] = []
    at = 0
    for each in found:
        parts += [text[at : each.start], f"<secret:{each.rule}:{each.fingerprint}>"]
        at = each.end
    return "".join((*parts, text[at:]))


def _findings(text: str, key: bytes, *, strict: bool) -> list[Finding]:
    spans: list[tuple[str, int, int]] = []
    for rule in candidates(text):
        spans += _matches(rule, text)
    if _names(text):
        spans += _assigned(text, strict=strict)
    taken = _marks(text) if _MARK in text else []
    found = []
    for rule, start, end in spans:
        at = bisect(taken, (start, end))
        if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
            continue
        taken.insert(at, (start, end))
        found.append(Finding(rule, start, end, fingerprint(text[start:end], key)))
    return sorted(found, key=lambda each: each.start)


def _matches(rule: str, text: str) -> list[tuple[str, int, int]]:
    """Where a rule's secrets are: at the beginning of a word, and not one of a manual's examples."""
    spans = []
    for match in pattern(rule).finditer(text):
        start, end = match.span(match.lastindex or 0)
        if _begins(text, start, match.start()) and not _is_example(rule, text[start:end]):
            spans.append((rule, start, end))
    return spans


def _begins(text: str, start: int, whole: int) -> bool:
    """Whether a word begins here; what follows other text of the pattern does, and so does what follows a colour."""
    if start != whole or whole == 0:
        return True
    before = text[whole - 1]
    return not (before.isascii() and before.isalnum()) or (
        before == "m" and text[whole - 2 : whole - 1] in "0123456789[;"
    )


def _is_example(rule: str, value: str) -> bool:
    if rule == "netrc":  # in a script a quote may end it
        return is_stand_in(value.partition('"')[0].partition("'")[0].partition("\\")[0] or value)
    if rule.startswith("url-"):
        return is_stand_in(value)
    return "EXAMPLE" in value or len(set(value)) <= _FEWEST


_FEWEST = 8
"""Different characters in a service's secret, its prefix included; a manual's ``ghp_xxxx`` has fewer."""


@functools.cache
def _assignment() -> re.Pattern[str]:
    """A name that may be telling, a sign, and a value in quotes or as one word."""
    stems = "|".join(STEMS)
    return re.compile(
        rf"(?:{stems})[\w-]{{0,32}}+(?:\\?[\"']\]?)?[ \t]{{0,3}}+[:=]{{1,2}}+>?[ \t]{{0,3}}+"
        r"(?:\\?\"([^\"\n\\]{4,512})\\?\"|\\?'([^'\n\\]{4,512})\\?'|([^\s\"',;&#(){}\[\]<>`\\]{4,512}+)(?![(\[{]))"
    )


def _assigned(text: str, *, strict: bool) -> list[tuple[str, int, int]]:
    """Values that a telling name stands before."""
    lowered = text.lower()
    spans = []
    for match in _assignment().finditer(lowered if len(lowered) == len(text) else text):
        start, end = match.span(match.lastindex or 0)
        name = text[_name_start(text, match.start()) : start].rstrip("\"' \t:=>\\]")
        told = telling(name)
        value = text[start:end]
        if is_secret(value, told) and not (strict and _is_code(value, told, quoted=match.lastindex != _UNQUOTED)):
            spans.append((NAMED, start, end))
    return spans


_UNQUOTED = 3  # the group of a value without quotes


def _name_start(text: str, at: int) -> int:
    """Where the name begins that goes on at ``at``."""
    least = max(0, at - _WIDEST_NAME)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "_-."):
        at -= 1
    return at


def _is_code(value: str, told: int, *, quoted: bool) -> bool:
    """Whether what a name tells of in a file is an expression or a message rather than a secret."""
    if looks_random(value):
        return False
    is_word = not any(map(str.isspace, value)) and any(map(str.isdecimal, value))
    return not (quoted and told in (ANY, MIXED) and is_word)


def _marks(text: str) -> list[tuple[int, int]]:
    """What is replaced already."""
    return [match.span() for match in re.finditer(r"<secret:[a-z0-9-]{1,40}:[0-9a-f]{8}>", text)]
