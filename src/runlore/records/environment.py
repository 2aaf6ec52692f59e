"""What a Python program could import: the interpreter and every installed distribution."""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import encode
from runlore.records.fields import known, read, records, to_json
from runlore.records.shapes import Shape, maybe, text

SCHEMA = "environment/1"


class Package(NamedTuple):
    """One installed distribution.

    ``name`` is normalised (PEP 503). ``digest`` is a BLAKE3 over the rows of its RECORD that do not
    depend on the installer, in hex, or ``None`` without a RECORD: it tells two builds of one version
    apart. ``source`` is ``None`` when an index can give it again; else ``editable``, ``local``,
    ``archive``, ``vcs`` or ``unknown``, and ``url`` says where from.
    """

    name: str
    version: str
    digest: str | None = None
    source: str | None = None
    url: str | None = None


class Environment(NamedTuple):
    """An interpreter and its packages, sorted by name.

    ``python`` is ``X.Y.Z`` with any suffix, ``implementation`` as ``sys.implementation.name``,
    ``platform`` as ``linux-x86_64-glibc2.36``.
    """

    python: str
    implementation: str
    platform: str
    packages: tuple[Package, ...]


_PACKAGE: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "version"), text),
    **dict.fromkeys(("digest", "source", "url"), maybe(text)),
}
_SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(("python", "implementation", "platform"), text),
    "packages": records(Package, _PACKAGE),
}


def encode_environment(environment: Environment) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": SCHEMA, **to_json(environment)})


@functools.lru_cache(maxsize=8)  # the runs of a project share theirs, and it is the longest of their records
def decode_environment(data: bytes) -> Environment:
    """The environment in these bytes.

    Raises:
        MalformedRecordError: they are not an environment.
    """
    found = read(data, SCHEMA, Environment, _SHAPES)
    packages = tuple(Package(**known(Package, each)) for each in found["packages"])
    return Environment(**{**found, "packages": packages})
