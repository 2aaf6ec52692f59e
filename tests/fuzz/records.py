"""Fuzzed: what a store and a remote consist of."""

import json
import zlib

from tests.cli.place import AT, _intent, _recipe, _seal
from tests.fuzz.target import Target, Targets, file

from runlore.errors import ConfigError, CorruptError, FormatError, RemoteDamagedError, RemoteError, UsageError
from runlore.ops.sharing import bundle
from runlore.ops.where.grammar import parse
from runlore.ops.where.meaning import Meaning
from runlore.records import canonical, tree, treestep
from runlore.records.environment import Environment, Package, decode_environment, encode_environment
from runlore.records.event import Event, decode_event, encode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import ObjectId, RunId, blob_digest, record_id
from runlore.records.run import (
    FileRef,
    decode_intent,
    decode_recipe,
    decode_seal,
    encode_intent,
    encode_recipe,
    encode_seal,
)
from runlore.store import journal, pack, runs, settings
from runlore.store.layout import Layout
from runlore.store.remote import cleaning, manifest, names, packets
from runlore.store.remote.packets import Answer, Kind, StatusError
from runlore.store.remote.url import parse as parse_url

_ID = ObjectId("ab" * 32)
_FILE = FileRef("data/x.csv", _ID, 10, True, "traced")
_RECIPE = encode_recipe(_recipe({"params": {"lr": 0.1, "$x": "y", "n": 3, "nan": float("nan")}}))
_INTENT = encode_intent(_intent(_ID, _ID, AT, {"warnings": ("slow",)})._replace(inputs=(_FILE,)))
_SEAL = encode_seal(
    _seal(RunId(record_id(_INTENT)), record_id(_RECIPE), (_ID, 3), AT, {"loss": 0.5})._replace(outputs=(_FILE,))
)
_EVENT = encode_event(Event("tag/best", "tag", {"run": _ID}, (_ID,), "Ann", "box", AT, "0"))
_ENVIRONMENT = encode_environment(
    Environment("3.11.7", "cpython", "linux", (Package("numpy", "2.0"), Package("x", "1", _ID, "vcs", "git+file:///x")))
)
_JSON = (b'{"$float":"1.5"}', b'"\\ud800"', b"null", b"{}", b"[]", b'"schema"', b'{"\\u0024float":null}', b"true")
_TREE = tree.encode(
    [
        tree.Entry(b"a", tree.FILE, bytes(32), 3),
        tree.Entry(b"b", tree.FOLDER, b"1" * 32, 9),
        tree.Entry(b"c\xff", b"l", b"2" * 32, 1),
    ]
)
_OBJECTS = [
    (kind, pack.DIGESTS[kind](data), data)
    for kind, data in ((pack.BLOB, b"hello"), (pack.TREE, _TREE), (pack.RECORD, _RECIPE))
]
_PACK, _TABLE = pack.in_memory(sorted(_OBJECTS, key=lambda each: each[1]))[1:]
_MANIFEST = manifest.encode(
    manifest.Manifest(
        (_TABLE,),
        (manifest.Blob(b"3" * 32, 40 << 20, (b"4" * 32, b"5" * 32)), manifest.Blob(b"6" * 32, 9)),
        b"7" * 32, (b"8" * 32,), (b"9" * 32,),
    )
)[1]  # fmt: skip
_LINES = [_RECIPE, _ENVIRONMENT, _INTENT, _SEAL, _EVENT]
_WHERE = (
    b"metrics.acc > 0.9 and params.lr < 0.1 or not (state = succeeded)",
    b"since 2 days ago", b"name ~ 'a*' and tag in (x, y)",
    b'params."my key" !~ "z" and started before 2026-01-01', b"duration >= 2h and id = abcd and input = data/x.csv",
)  # fmt: skip
_SETTINGS = b'[code]\nfile-limit = "64MiB"\n[remote]\norigin = "/srv/x"\n[secrets]\nmade-up = "4f1c09aa"\n'


def _line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


_ENTRIES = tuple(
    json.dumps(each, separators=(",", ":")).encode()
    for each in (
        {"kind": "params", "values": {"lr": 0.1}},
        {"kind": "samples", "split": "test", "columns": {"id": [1, 2], "y": ["a", None]}},
        {"kind": "interpreter", "pid": 1, "executable": "/x", "version": "3.11"},
    )
)


def _seal_file(data: bytes, _: str) -> None:
    runs.open_seal(record_id(data).encode() + b"\n" + data)


def _journal(data: bytes, folder: str) -> None:
    """Once as it is, and once with lines whose checks are right."""
    for text in (data, b"".join(map(_line, data.split(b"\n")))):
        path = file(folder, "journal", text)
        list(journal.read(path)), list(journal.read_samples(path))


def _pack_file(data: bytes, folder: str) -> None:
    pack.read_table(file(folder, "x.pack", data))


def _table(data: bytes, _: str) -> None:
    for row in pack.open_table(data):
        assert row.offset + row.length <= pack.whole_size(data)


def _manifest(data: bytes, _: str) -> None:
    found = manifest.decode("x", data)
    for table in found.tables:
        manifest.places("x", table)
    for blob in found.blobs:
        assert all(names.digest_of(each) for each in blob.files)


def _records(data: bytes, _: str) -> None:
    """Once as it is, and once packed as they are."""
    squeezed = manifest.encode_records(data.splitlines())[1]
    for each in (data, squeezed):
        try:
            bundle.unpack("x", each)
        except (RemoteDamagedError, FormatError):
            continue


def _step(data: bytes, _folder: str) -> None:
    first, _bar, second = data.partition(b"|")
    treestep.step(treestep.step(treestep.NOTHING, first).rows, second or first)


def _settings(data: bytes, folder: str) -> None:
    layout = Layout(folder)
    file(folder, "config.toml", data)
    settings.read(layout)
    settings.limits(layout)


def _where(data: bytes, _: str) -> None:
    parse(data.decode("utf-8", "surrogateescape"), Meaning(lambda _: ("lr", "acc", "my key"), AT))


def _packet(data: bytes, _: str) -> None:
    if not data:
        return
    answer = Answer(data[0], memoryview(data)[1:])
    for read in (packets.entries, packets.attributes, packets.data, packets.handle, packets.limits):
        try:
            read(answer)
        except (StatusError, RemoteError):
            continue
    list(packets.strings(memoryview(data)))


def _url(data: bytes, folder: str) -> None:
    parse_url(data.decode("utf-8", "surrogateescape"), folder)


def _listing(data: bytes, _: str) -> None:
    for name in data.decode("utf-8", "surrogateescape").split("\n"):
        digest = names.digest_of(name)
        assert digest is None or len(digest) == len(blob_digest(b""))
        names.is_index(name), names.is_mark(name), names.is_records(name)


_entry = b"\0\0\0\1" + packets.text(b"a") + packets.text(b"-rw") + b"\0\0\0\x0d" + bytes(8) + b"\0\0\1\xff" + bytes(8)
_PACKETS = (bytes([Kind.NAME]) + _entry, bytes([Kind.ATTRS]) + _entry[12:], bytes([Kind.STATUS]) + bytes(12))
_NAMES = "\n".join((names.pack(bytes(32)), names.blob(bytes(32)), names.index(bytes(32)))).encode()
_URLS = (b"ssh://a@h:22/x", b"h:x/y", b"s3://b/p?region=x", b"file:///x", b"gs://b/k")
_MALFORMED = (MalformedRecordError,)

TARGETS: Targets = {
    "recipe": Target(lambda data, _: decode_recipe(data), (_RECIPE,), _MALFORMED, _JSON),
    "intent": Target(lambda data, _: decode_intent(data), (_INTENT,), _MALFORMED, _JSON),
    "seal": Target(lambda data, _: decode_seal(data), (_SEAL,), _MALFORMED, _JSON),
    "seal-file": Target(_seal_file, (_SEAL,), _MALFORMED, _JSON),
    "event": Target(lambda data, _: decode_event(data), (_EVENT,), _MALFORMED, _JSON),
    "environment": Target(lambda data, _: decode_environment(data), (_ENVIRONMENT,), _MALFORMED, _JSON),
    "canonical": Target(lambda data, _: canonical.decode(data), (_RECIPE, _SEAL), (ValueError, RecursionError), _JSON),
    "tree": Target(lambda data, _: tree.decode(data), (_TREE,), (tree.MalformedTreeError,)),
    "tree-step": Target(_step, (_TREE + b"|" + _TREE, _TREE + b"|" + tree.MAGIC), (tree.MalformedTreeError,), (b"|",)),
    "journal": Target(_journal, (b"\n".join(_ENTRIES), b"".join(map(_line, _ENTRIES))), (), _JSON),
    "pack": Target(_pack_file, (_PACK,), (CorruptError,)),
    "pack-table": Target(_table, (_TABLE, _TABLE[: pack.ROW_SIZE]), (CorruptError,)),
    "manifest": Target(_manifest, (_MANIFEST,), (RemoteDamagedError,)),
    "records-file": Target(_records, (b"\n".join(_LINES), manifest.encode_records(_LINES)[1]), (), _JSON),
    "mark-file": Target(
        lambda data, _: cleaning.decode("x", data),
        (cleaning.encode([names.pack(bytes(32)), names.blob(bytes(32))])[1],),
        (RemoteDamagedError,),
    ),
    "where": Target(_where, _WHERE, (UsageError,), (b"(", b")", b"'", b'"', b" in ", b" ago", b"not ", b"\\", b"~")),
    "settings": Target(_settings, (_SETTINGS,), (ConfigError,), (b"=", b"[", b"]", b'"""', b"1979-05-27")),
    "sftp": Target(_packet, _PACKETS),
    "url": Target(
        _url,
        (b"ssh://a@h:22/x", b"h:x/y", b"s3://b/p?region=x", b"file:///x", b"gs://b/k"),
        (UsageError,),
        (b"[", b"@", b"://", b"%00"),
    ),
    "listing": Target(_listing, (_NAMES,)),
}
