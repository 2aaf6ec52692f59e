"""Config files of a run: which they are, their bytes, and what they say. The only door to PyYAML.

A config may come from a stranger, so no value in it makes anything run, and none makes us slow: YAML
is read event by event. PyYAML's own loaders are not used beyond that, even the safe ones, because
their composer recurses in C (200,000 ``[`` end the process) and copies what a merge key names
(seven lines of ``<<`` take seconds).
"""

import math
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runlore.capture.flatten import MAX_DEPTH, flatten_whole
from runlore.capture.params import typed
from runlore.records.canonical import Json, Scalar
from runlore.records.run import Warn

MAX_VALUES_BYTES = 1 << 20
"""Above this a file is kept without its values; one that is not declared is data and no config at all."""
MAX_BYTES = 16 << 20
"""Above this a declared file is not kept as a config either."""
_MAX_EVENTS = 20_000

_SUFFIXES = (".yaml", ".yml", ".toml", ".json")
# tomllib takes time by the square of a dotted key's parts: minutes for a file of 400 KiB.
_DEEP_TOML_KEY = rb"""(?<![\w-])(?:(?:"[^"\n]*"|'[^'\n]*'|[\w-]++)[ \t]*+\.[ \t]*+){%d}""" % MAX_DEPTH
_YAML_SCALARS = tuple(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp"))


class ConfigFile(NamedTuple):
    """A config file as it was: ``data`` is ``None`` when it could not be kept, ``values`` are flat."""

    path: str
    data: bytes | None
    values: Mapping[str, Scalar]
    warnings: tuple[Warn, ...] = ()


class _UnreadableError(ValueError):
    """The file is not what its suffix says."""


def config_paths(argv: Sequence[str], declared: Sequence[str], *, cwd: str) -> tuple[str, ...]:
    """The absolute paths of a run's config files, each file once: those named in ``argv``, then ``declared``.

    Named are existing regular files of at most 1 MiB that end in .yaml, .yml, .toml or .json, as a word or
    after ``=`` (``--config=x.yaml``). What is declared counts whether it exists or not.
    """
    named = (each for word in argv[1:] for each in (word, word.partition("=")[2]) if is_config(each))
    found: dict[str, str] = {}
    for path in (os.path.join(cwd, each) for each in named):
        if _is_small_file(path):
            found.setdefault(os.path.realpath(path), path)
    for path in (os.path.join(cwd, each) for each in declared):
        found.setdefault(os.path.realpath(path), path)
    return tuple(found.values())


def is_config(path: str) -> bool:
    """Whether a file of this name is read for parameters without having been declared."""
    return path.lower().endswith(_SUFFIXES)


def read_config(path: str) -> ConfigFile:
    """The file's bytes and values. What is wrong with it is in ``warnings``; never raises.

    Codes: ``config-unreadable`` (no such file, no permission, malformed), ``config-too-large``,
    ``config-truncated`` (only the first 1,000 keys are values). A declared file of another kind is kept
    and has no values.
    """
    try:
        data = _read(path)
    except OSError as error:
        return _warned(path, None, "config-unreadable", f"is not readable: {error.strerror}")
    if len(data) > MAX_BYTES:
        return _warned(path, None, "config-too-large", "has more than 16 MiB and was not kept; declare it as data")
    if len(data) > MAX_VALUES_BYTES:
        return _warned(path, data, "config-too-large", "has more than 1 MiB; its values are not parameters")
    try:
        value, whole = parse(path, data)
    except (ValueError, RecursionError) as error:
        # A parser's message may be as long as the file and have many lines.
        return _warned(path, data, "config-unreadable", f"cannot be parsed: {' '.join(str(error)[:200].split())}")
    values, complete = flatten_whole(value) if isinstance(value, dict) else ({}, True)
    if whole and complete:
        return ConfigFile(path, data, values)
    warning = Warn(code="config-truncated", message=f'"{path}" has too many values; {len(values)} are parameters')
    return ConfigFile(path, data, values, (warning,))


def merge(configs: Iterable[ConfigFile], argv_params: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """All parameters of a run: later configs win over earlier ones, and what was typed over all."""
    merged: dict[str, Scalar] = {}
    for config in configs:
        merged.update(config.values)
    merged.update(argv_params)
    return merged


def _is_small_file(path: str) -> bool:
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL, which a path cannot hold
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= MAX_VALUES_BYTES


def _read(path: str) -> bytes:
    """At most one byte more than `MAX_BYTES`; does not wait on a FIFO."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)


def _warned(path: str, data: bytes | None, code: str, what: str) -> ConfigFile:
    return ConfigFile(path, data, {}, (Warn(code=code, message=f'"{path}" {what}'),))


def parse(path: str, data: bytes) -> tuple[Json, bool]:
    """What the file says, and whether that is all of it; raises `ValueError` or `RecursionError`.

    ``path`` is a name whose ending says what ``data``, at most `MAX_VALUES_BYTES`, is.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".json":
        import json  # noqa: PLC0415 - loaded already where records are; kept beside its peers

        return json.loads(data), True
    if suffix == ".toml":
        import tomllib  # noqa: PLC0415 - most runs have no TOML config

        if re.search(_DEEP_TOML_KEY, data):
            raise _UnreadableError("a key has too many parts")
        return tomllib.loads(data.decode()), True
    if suffix in (".yaml", ".yml"):
        return _parse_yaml(data)
    return None, True


def _parse_yaml(data: bytes) -> tuple[Json, bool]:
    import yaml  # noqa: PLC0415 - costs as much as two bare Python starts

    try:
        reader = _YamlReader(yaml, getattr(yaml, "CSafeLoader", yaml.SafeLoader)(data))
        documents = [each for each in reader.documents() if each is not None]
    except yaml.YAMLError as error:
        raise _UnreadableError(str(error)) from error
    if len(documents) > 1:
        return {str(index): each for index, each in enumerate(documents)}, not reader.full
    return documents[0] if documents else None, not reader.full


class _YamlReader:
    """Plain values from YAML's events, as PyYAML's safe loader gives them, with four differences.

    A value with an unknown tag is its plain text, list or mapping (``!ENV ${HOME}`` is ``"${HOME}"``);
    ``1e-3`` is a number, as in YAML 1.2, Hydra and ``--lr 1e-3``; aliases share one value; and after
    20,000 events it stops, with ``full`` set.
    """

    def __init__(self, yaml: Any, loader: Any) -> None:  # noqa: ANN401 - the module is imported late
        self.full = False
        self._yaml, self._loader = yaml, loader
        self._anchors: dict[str, Any] = {}
        self._left = _MAX_EVENTS

    def documents(self) -> Iterator[Any]:
        """The value of each document."""
        self._loader.get_event()  # the start of the stream
        while not self.full and not self._loader.check_event(self._yaml.StreamEndEvent):
            self._loader.get_event()  # the start of the document
            self._anchors.clear()
            yield self._value(0)
            if not self.full:
                self._loader.get_event()  # its end

    def _value(self, depth: int) -> Any:  # noqa: ANN401 - whatever the file says
        event = self._loader.get_event()
        self._spend(1 if depth < MAX_DEPTH else _MAX_EVENTS)
        if isinstance(event, self._yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _UnreadableError(f'the alias "{event.anchor}" has no complete value')
            return self._anchors[event.anchor]
        if isinstance(event, self._yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, self._yaml.MappingStartEvent):
            value = self._mapping(depth + 1)
        else:
            value = [self._value(depth + 1) for _ in self._until(self._yaml.SequenceEndEvent)]
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        inherited: dict[Any, Any] = {}
        for _ in self._until(self._yaml.MappingEndEvent):
            event = self._loader.peek_event()
            key = self._value(depth)
            if self.full:
                break
            value = self._value(depth)
            if isinstance(key, list | dict):
                raise _UnreadableError("a key is a list or a mapping")
            if isinstance(event, self._yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
                inherited |= {name: each for name, each in self._bases(value).items() if name not in inherited}
            else:
                own[key] = value
        return inherited | own

    def _bases(self, value: Any) -> dict[Any, Any]:  # noqa: ANN401 - what a merge key names
        """What the mappings of a merge key give; the first that has a key counts."""
        merged: dict[Any, Any] = {}
        for base in reversed(value if isinstance(value, list) else [value]):
            if isinstance(base, dict):
                self._spend(len(base))
                merged |= {} if self.full else base
        return merged

    def _until(self, end: type) -> Iterator[None]:
        while not self.full:
            if self._loader.check_event(end):
                self._loader.get_event()
                return
            yield

    def _spend(self, count: int) -> None:
        self._left -= count
        self.full = self.full or self._left < 0

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401 - yaml.ScalarEvent
        text: str = event.value
        tag = event.tag or self._loader.resolve(self._yaml.ScalarNode, text, event.implicit)
        if tag in _YAML_SCALARS:
            try:
                return self._loader.yaml_constructors[tag](self._loader, self._yaml.ScalarNode(tag, text))
            except (ValueError, ArithmeticError, LookupError, AttributeError):  # as ``!!bool 3`` and 2024-02-30 do
                return text
        number = typed(text) if event.implicit[0] else text
        return number if isinstance(number, float) and math.isfinite(number) else text
