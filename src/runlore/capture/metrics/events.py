"""Scalars in TensorBoard's event files, read without its library.

The messages are those of tensorflow/core/util/event.proto and framework/summary.proto.
"""

import math
import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runlore.capture.metrics.folders import prefixes
from runlore.capture.metrics.points import Points
from runlore.capture.metrics.protobuf import MalformedMessageError, fields, signed
from runlore.capture.metrics.tensor import scalar_of
from runlore.capture.metrics.tfrecord import DamagedFileError, read_records
from runlore.records.run import Warn

_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")
_TAGS = 100_000
"""Tags of one file of which it is remembered that they are scalars."""
# An event with one scalar, as nearly all are: time, step, summary, value, tag, number; lengths below 128.
_PLAIN = re.compile(
    rb"\x09(.{8})(?:\x10([\x80-\xff]{0,8}[\0-\x7f]))?\x2a([\0-\x7f])\x0a([\0-\x7f])\x0a([\0-\x7f])(.+)\x15(.{4})",
    re.DOTALL,
)
# Event
_WALL_TIME, _STEP, _SUMMARY = 1, 2, 5
# Summary and its Value
_VALUE, _TAG, _SIMPLE_VALUE, _TENSOR, _METADATA = 1, 1, 2, 8, 9
# SummaryMetadata and its PluginData
_PLUGIN_DATA, _PLUGIN_NAME, _SCALARS = 1, 1, b"scalars"


class Scalar(NamedTuple):
    """One point of an event file; ``at`` is nanoseconds since 1970 UTC, 0 where it is no time."""

    tag: str
    step: int
    at: int
    value: float


def read_events(paths: Sequence[str], points: Points) -> list[Warn]:
    """Add the scalars of these files, each under its folder below the one that all share: ``train/loss``.

    A file is read as far as it is whole, and as there is room for its points. Codes of the warnings:
    ``events-damaged``, ``metrics-too-many``.
    """
    warnings = []
    for path, prefix in zip(paths, prefixes(paths), strict=True):
        try:
            for tag, step, at, value in read_scalars(path):
                if points.is_full():
                    warnings.append(Warn("metrics-too-many", f'"{path}" has more points than are kept of a run'))
                    break
                points.add(_name(prefix, tag), step, at, value)
        except OSError as error:
            warnings.append(Warn("events-damaged", f'"{path}" is not readable: {error.strerror}'))
        except DamagedFileError as error:
            warnings.append(Warn("events-damaged", f'"{path}" is {error}: what follows is not read'))
    return warnings


def read_scalars(path: str) -> Iterator[Scalar]:
    """The scalars of one file in order; raises as `tfrecord.read_records`."""
    known: set[bytes] = set()
    for data in read_records(path):
        if (plain := _plain(data)) is not None:
            yield plain
            continue
        try:
            yield from _scalars(data, known)
        except MalformedMessageError:
            continue


def _name(prefix: str, tag: str) -> str:
    """``prefix`` and ``tag``, but ``loss/train`` for what ``add_scalars("loss", {"train": ...})`` has written.

    That is the tag ``loss`` in a folder ``loss_train`` (torch) or ``loss/train`` (tensorboardX).
    """
    parent, _, last = prefix.rstrip("/").rpartition("/")
    flat = tag.replace("/", "_") + "_"
    if last.startswith(flat) and last != flat:
        return f"{parent}/{tag}/{last.removeprefix(flat)}".removeprefix("/")
    return prefix.rstrip("/") if f"/{parent}".endswith(f"/{tag}") else prefix + tag


def _plain(data: bytes) -> Scalar | None:
    """The scalar in an event that has one and nothing else, ``None`` if it is not of that form."""
    if (found := _PLAIN.fullmatch(data)) is None:
        return None
    wall, step, summary, value, length, tag, number = found.groups()
    if not length[0] == len(tag) == value[0] - 7 == summary[0] - 9:
        return None
    return Scalar(tag.decode("utf-8", "replace"), _varint(step), _time(wall), _FLOAT.unpack(number)[0])


def _scalars(data: bytes, known: set[bytes]) -> Iterator[Scalar]:
    """The scalars in an event. ``known`` are the tags so far whose tensors are scalars."""
    step, at = 0, 0
    summaries: list[bytes] = []
    for field, _, value in fields(data):
        if field == _WALL_TIME and isinstance(value, bytes):
            at = _time(value)
        elif field == _STEP and isinstance(value, int):
            step = signed(value)
        elif field == _SUMMARY and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for field, _, value in fields(summary):
            if field == _VALUE and isinstance(value, bytes):
                tag, number = _value(value, known)
                if number is not None:
                    yield Scalar(tag.decode("utf-8", "replace"), step, at, number)


def _value(data: bytes, known: set[bytes]) -> tuple[bytes, float | None]:
    """The tag of a value and its number, ``None`` for anything but a scalar."""
    found = {field: value for field, _, value in fields(data) if isinstance(value, bytes)}
    tag = found.get(_TAG, b"")
    if len(simple := found.get(_SIMPLE_VALUE, b"")) == _FLOAT.size:
        return tag, _FLOAT.unpack(simple)[0]
    # Only the first value of a tag need say what it is.
    if _METADATA in found and _is_scalar(found[_METADATA]) and len(known) < _TAGS:
        known.add(tag)
    return tag, scalar_of(found[_TENSOR]) if _TENSOR in found and tag in known else None


def _is_scalar(metadata: bytes) -> bool:
    for field, _, plugin in fields(metadata):
        if field == _PLUGIN_DATA and isinstance(plugin, bytes):
            return any(number == _PLUGIN_NAME and name == _SCALARS for number, _, name in fields(plugin))
    return False


def _varint(data: bytes | None) -> int:
    number = 0
    for byte in reversed(data or b""):
        number = number << 7 | byte & 0x7F
    return number


def _time(wall: bytes) -> int:
    """Nanoseconds of a time in seconds."""
    if len(wall) != _DOUBLE.size:
        return 0
    part, seconds = math.modf(_DOUBLE.unpack(wall)[0])  # their product would not be exact
    return int(seconds) * 1_000_000_000 + round(part * 1e9) if math.isfinite(seconds) else 0
