"""What differs in the output of every run and says nothing: times, rates, process ids, places in memory.

Every pattern is bounded, so that a hostile line takes no longer than another of its length.
"""

import re

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|[ -/]{1,8}[0-~]|[@-Z\\^_])"
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_NUMBER = rb"\d{1,20}(?:[.,]\d{1,20})?(?:e[-+]?\d{1,3})?"
_MONTH = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_UNIT = rb"(?:ns|us|\xc2\xb5s|\xce\xbcs|ms|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|milliseconds?|microseconds?)"
_ZONE = rb"(?: ?[ap]m\b|z\b|[+-]\d{2}:?\d{2}\b)"
_DIGITS_FIRST = (
    # 2026-11-27, 2026/11/27, 20261127_153604, 27/Nov/2026
    rb"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)",
    rb"(?:19|20)\d{6}[-_t]?(?:\d{6})?(?!\d)",
    rb"\d{1,2}[-/. ]" + _MONTH + rb"[-/. ,]{1,2}\d{4}(?!\d)",
    # 15:36:04,123, 0:00:01.5, 00:12, 3:04 PM, 15:36Z
    rb"\d{1,4}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?" + _ZONE + rb"?(?![\d:])",
    # seconds since 1970
    rb"(?<!\.)1[5-9]\d{8}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?(?![\w.])",
    # 1.5it/s, 3 MB/s, 1.2 s/it, 12 ms/step, 1m 20s, 12 seconds
    rb"(?<!\.)" + _NUMBER + rb" ?(?:[a-z]{1,20} ?/ ?(?:s|sec|second|min|h)\b|" + _UNIT + rb"(?:/[a-z]{1,20})?\b)",
    rb"(?<!\.)(?:\d{1,6} ?(?:d|h|m|min) ?){1,3}\d{1,6}(?:\.\d{1,9})? ?s(?:ec)?\b",
)
_WORD_FIRST = (
    # Fri Nov 27 2026, UTC
    rb"\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?" + _MONTH + rb" {1,2}\d{1,2}\b(?:,? \d{4}\b)?",
    rb"\b(?:utc|gmt|cet|cest|[ecmp][sd]t)\b",
    # train_time=1.2, "elapsed": 3, took 4.5, samples_per_second: 7
    rb"(?:time|elapsed|duration|took|eta|seconds|per_sec|per_second|throughput|speed|fps|ips)"
    rb"(?:_[a-z]{1,12})?['\"]?[)\]]?(?: ?[:=] ?| )['\"]?" + _NUMBER + rb"(?![\w.])",
    # pid=123, process 123
    rb"\b(?:pid|process|ppid|tid|thread)['\"]? ?[:= #] ?\d{1,20}\b",
)
_OTHERS = (
    rb"(?<=[a-z])\[\d{1,10}\](?=:)",  # python[123]:
    rb"\b0x[0-9a-f]{6,16}\b",  # <object at 0x7f0c1c2d3e4f>
    rb"(?:/tmp|/var/tmp|/dev/shm|/var/folders|/run/user)/[^\s'\",;:()<>]{1,4096}",
    rb"\?[a-z]{1,20}/s\b",  # ?it/s
)
# Few branches at each place of a line: most of them end at its first byte.
_VOLATILE = re.compile(
    rb"(?=\d)(?:(?<![\w])|(?<=\dt))(?:%b)|(?=[a-z])(?:%b)|(?=[\[0/?])(?:%b)"
    % tuple(b"|".join(each) for each in (_DIGITS_FIRST, _WORD_FIRST, _OTHERS))
)
_SPACES = re.compile(rb"[ \t]++")


_TIMING = re.compile(
    r"(?:^|[/_.\-: ])(?:run|wall|walltime|elapsed|train|eval|total)?_?"
    r"(?:times?|seconds?|secs?|durations?|elapsed|runtime|timestamp|eta|per_sec(?:ond)?|throughput|fps|speed|stop_words_id)"
    r"(?:_(?:s|ms|sec|seconds|total))?_?(?:\.\d+)*$",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"(?:^|[/_.\-: ])(?:time|timestamp|date|datetime|created|started|finished|ended|saved|updated|modified|at|on)"
    r"_?(?:\.\d+)*$",
    re.IGNORECASE,
)


def is_timing(name: str) -> bool:
    """Whether a number of this name says how long something took, or when it was: no run repeats that.

    Names may have others before them (``train/fit_time``, ``times.3``). `_stop_words_id`, which scikit-learn writes, is
    a place in memory, and no more repeated.
    """
    return _TIMING.search(name) is not None


def are_moments(name: str, a: str, b: str) -> bool:
    """Whether two texts of this name differ in nothing but when something was."""
    if _MOMENT.search(name) is None:
        return False
    x, y = (without_times(each.encode("utf-8", "replace"), b"") for each in (a, b))
    return x == y


def without_escapes(line: bytes) -> bytes:
    """A line of output without what colours it and moves the cursor."""
    return _CONTROL.sub(b"", _ESCAPE.sub(b"", line)).rstrip()


def without_times(line: bytes, folder: bytes) -> bytes:
    """The line with a mark in place of all that no run repeats; ``folder`` is where the run was, empty if unknown."""
    if folder:
        line = re.sub(rb"(?<![\w.~-])" + re.escape(folder) + rb"(?![\w.-])", b"<folder>", line)
    at = 0
    kept: list[bytes] = []
    for match in _VOLATILE.finditer(line.lower()):  # which has the same length, and is faster than to ignore case
        kept.append(line[at : match.start()])
        at = match.end()
    kept.append(line[at:])
    return _SPACES.sub(b" ", b"<time>".join(kept)).strip()
