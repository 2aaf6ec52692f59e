import typing

import pytest
from blake3 import blake3

from runlore.records.canonical import decode, encode
from runlore.records.environment import Environment, Package, decode_environment, encode_environment
from runlore.records.event import Event, decode_event, encode_event
from runlore.records.fields import MalformedRecordError, to_json
from runlore.records.hashing import RECORD_CONTEXT, ObjectId, RunId, is_id, record_id
from runlore.records.origins import Origin
from runlore.records.run import SEAL as SEAL_SCHEMA
from runlore.records.run import (
    FileRef,
    Intent,
    Recipe,
    Seal,
    Warn,
    decode_intent,
    decode_recipe,
    decode_seal,
    encode_intent,
    encode_recipe,
    encode_seal,
)

OID = ObjectId("ab" * 32)
FILE = FileRef(path="data/\udcff.csv", oid=OID, size=3, stored=False, how="declared", kind="f")
RECIPE = Recipe(
    argv=("train.py", "--lr", "0.1"), cwd=".", code=OID, params={"lr": 0.1, "n": 3, "x": None, "t": "0.1"},
    config=({"path": "c.yaml", "oid": OID},), environment=None,
    inputs=({"path": "d", "oid": OID, "kind": "d"},), variables={"TZ": "UTC"},
)  # fmt: skip
INTENT = Intent(
    recipe=OID, name="n", experiment=None, message="m", started_at=10**18, author="a", host="h", boot="b",
    nonce="c", interpreter=None, code_files=1, code_bytes=2, git={"commit": None, "modified": ["a"]}, patch=None,
    inputs=(FILE,), omitted=(FILE,), skipped=(Warn(code="c", message="m"),), hardware={"cores": 2},
    warnings=(Warn(code="d", message="n"),), parent={"run": OID, "kind": "reproduces"},
    top="/home/a/p", others={"USER": "00ff"}, stdin="none",
)  # fmt: skip
SEAL = Seal(
    run=RunId(OID), recipe=OID, state="failed", exit_code=3, signal=None, ended_at=10**18, duration=1.5,
    usage={"cpu_seconds": 0.25}, log=OID, log_bytes=9, outputs=(FILE,), metrics={"acc": {"last": 0.5, "count": 1}},
    observer="none", blind=("inputs",), warnings=(Warn(code="c", message="m"),),
    inputs=(FILE,), folders=("data",), imported=("numpy",), network=("pypi.org",), series=OID,
)  # fmt: skip
EVENT = Event(ref="tag/best", kind="tag", data={"run": OID}, parents=(OID,), author="a", host="h", at=10**18, nonce="n")
ENVIRONMENT = Environment(
    python="3.11.7", implementation="cpython", platform="linux-x86_64-glibc2.36",
    packages=(Package(name="numpy", version="2.0", digest=OID), Package(name="mine", version="1", source="editable")),
)  # fmt: skip

PAIRS = [
    (RECIPE, encode_recipe, decode_recipe),
    (INTENT, encode_intent, decode_intent),
    (SEAL, encode_seal, decode_seal),
    (EVENT, encode_event, decode_event),
    (ENVIRONMENT, encode_environment, decode_environment),
]


@pytest.mark.parametrize(("record", "write", "read"), PAIRS)
def test_a_record_comes_back_as_it_was(record, write, read) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    data = write(record)
    assert read(data) == record
    assert encode(decode(data)) == data


@pytest.mark.parametrize(("record", "write", "read"), PAIRS)
def test_a_field_of_a_newer_version_is_overlooked(record, write, read) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert read(encode({**decode(write(record)), "newer": [1, {"x": None}]})) == record


@pytest.mark.parametrize(("record", "write", "read"), PAIRS)
def test_a_record_without_one_of_its_fields_or_of_another_kind_is_refused(record, write, read) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    fields = decode(write(record))
    for name in fields:
        if name in record._field_defaults:  # may be absent
            continue
        with pytest.raises(MalformedRecordError):
            read(encode({key: value for key, value in fields.items() if key != name}))
    for data in (b"", b"[]", b"null", b"{}", encode({**fields, "schema": "other/1"})):
        with pytest.raises(MalformedRecordError):
            read(data)


SAMPLE_TABLE = {
    "oid": OID,
    "rows": 2,
    "size": 30,
    "columns": [{"name": "id", "type": "integer"}],
    "splits": ["test"],
    "format": "parquet",
}
FULL = [
    (RECIPE._replace(environment=OID), encode_recipe, decode_recipe),
    (INTENT._replace(experiment="e", interpreter="/p", patch=OID), encode_intent, decode_intent),
    (
        SEAL._replace(
            signal=9, interpreter="/p", origins=(Origin("dvc", "data/x", "0" * 32, 3),), samples=SAMPLE_TABLE
        ),
        encode_seal,
        decode_seal,
    ),
    (EVENT, encode_event, decode_event),
    (ENVIRONMENT, encode_environment, decode_environment),
]
ANYTHING = [None, True, 7, -1, 2**64, 1.5, float("nan"), "zork", [], [7], {}, {"a": [7]}]


def _kind(value: object) -> str:
    names = {bool: "flag", int: "whole", float: "float", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "null")


@pytest.mark.parametrize(("record", "write", "read"), FULL)
def test_a_field_that_is_anything_else_is_refused(record, write, read) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    fields = decode(write(record))
    assert read(write(record)) == record
    for name, hint in typing.get_type_hints(type(record)).items():
        for value in ANYTHING:
            if _kind(value) == _kind(fields[name]) or (value is None and type(None) in typing.get_args(hint)):
                continue
            if name == "duration" and value in (7, -1):  # a whole number of seconds
                continue
            with pytest.raises(MalformedRecordError, match=f'"{name}" is not what it must be'):
                read(encode({**fields, name: value}))


@pytest.mark.parametrize(
    ("pair", "wrong"),
    [
        (0, {"argv": []}),
        (0, {"argv": ["x", 7]}),
        (0, {"code": "zork"}),
        (0, {"params": {"lr": [0.1]}}),
        (0, {"config": [{"path": "c.yaml"}]}),
        (0, {"inputs": [{"path": "c", "oid": OID, "kind": 7}]}),
        (1, {"started_at": 2**63}),
        (1, {"started_at": -1}),
        (1, {"name": "\ud800"}),
        (1, {"inputs": [{**to_json(FILE), "size": "3"}]}),
        (1, {"inputs": [{"path": "x"}]}),
        (1, {"git": {"commit": 7}}),
        (1, {"git": {"modified": [None]}}),
        (1, {"hardware": {"cores": "many"}}),
        (1, {"hardware": {"more": [[[[[[[[[[7]]]]]]]]]]}}),
        (1, {"warnings": [{"code": "c"}]}),
        (1, {"parent": {"run": "zork", "kind": "resumes"}}),
        (2, {"state": "splendid"}),
        (2, {"duration": float("inf")}),
        (2, {"usage": {"peak_memory": "much"}}),
        (2, {"metrics": {"acc": {"last": "good"}}}),
        (2, {"metrics": {"acc": 0.5}}),
        (2, {"samples": {}}),
        (2, {"samples": {"oid": OID, "rows": -1, "size": 1, "columns": [], "splits": [], "format": "parquet"}}),
        (2, {"samples": {"oid": OID, "rows": 1, "size": 1, "columns": [{}], "splits": [], "format": "parquet"}}),
        (2, {"samples": {"oid": OID, "rows": 1, "size": 1, "columns": [], "splits": [], "format": "pickle"}}),
        (3, {"ref": "tag/\udcff"}),
        (3, {"data": {}}),
        (3, {"kind": "note", "data": {"text": 7}}),
        (3, {"parents": ["zork"]}),
        (4, {"packages": [{"name": "numpy"}]}),
        (4, {"packages": [{"name": "numpy", "version": 2}]}),
    ],
)
def test_what_could_not_be_shown_or_sorted_is_refused(pair: int, wrong: dict[str, object]) -> None:
    record, write, read = PAIRS[pair]
    with pytest.raises(MalformedRecordError, match="is not what it must be"):
        read(encode({**decode(write(record)), **wrong}))  # type: ignore[operator]


def test_a_refusal_says_in_plain_words_why() -> None:
    for data, why in (
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is nested too deep"),
        (encode({"schema": SEAL_SCHEMA}), '"run" is missing'),
    ):
        with pytest.raises(MalformedRecordError) as error:
            decode_seal(data)
        assert str(error.value) == f"this is no seal/1 record: {why}"


def test_values_at_the_edge_of_what_there_can_be_are_read() -> None:
    seal = SEAL._replace(metrics={"loss": {"last": float("nan"), "min": float("-inf"), "max": None}}, duration=None)
    assert decode_seal(encode_seal(seal)).metrics["loss"]["min"] == float("-inf")
    intent = INTENT._replace(
        name="caf\udce9", experiment="", started_at=2**63 - 1, hardware={"cpu": None, "gpus": ["H100"]}
    )
    assert decode_intent(encode_intent(intent)) == intent


def test_a_string_that_looks_like_a_number_stays_a_string() -> None:
    params = decode_recipe(encode_recipe(RECIPE)).params
    assert [(name, type(value)) for name, value in sorted(params.items())] == [
        ("lr", float), ("n", int), ("t", str), ("x", type(None))
    ]  # fmt: skip


def test_an_id_is_that_of_the_canonical_bytes_in_the_records_own_context() -> None:
    data = encode_intent(INTENT)
    assert record_id(data) == blake3(data, derive_key_context=RECORD_CONTEXT).hexdigest()
    assert record_id(encode_intent(INTENT._replace(nonce="d"))) != record_id(data)


def test_only_64_lower_case_hex_digits_are_an_id() -> None:
    assert is_id("0f" * 32)
    assert not any(is_id(text) for text in ("", "0f" * 31, "0F" * 32, "0g" * 32, "0f" * 33))
