"""The same through a bucket: nothing but the address is another."""

from pathlib import Path

import pytest
from tests.sharing.people import Person, comes_back
from tests.store.remote import s3_servers
from tests.store.remote.meddling import answering

CODE = {"train.py": b"print('hello')\n"}


def test_a_run_comes_back_byte_for_byte_through_a_bucket(ann: Person, ben: Person, tmp_path: Path) -> None:
    at = s3_servers.moto()
    address = f"s3://{at.bucket()}/team?endpoint={at.endpoint}"
    for person in (ann, ben):
        person.env.update(s3_servers.KEYS)
        person.share(address)
    comes_back(ann, ben)
    for kept in tmp_path.rglob("*"):
        assert not kept.is_file() or s3_servers.KEYS["AWS_SECRET_ACCESS_KEY"].encode() not in kept.read_bytes()


def test_a_push_that_is_refused_says_what_to_do(ann: Person) -> None:
    pytest.importorskip("obstore")
    ann.make(CODE)
    with answering(403, "<Error><Code>InvalidAccessKeyId</Code></Error>") as endpoint:
        ann.env.update(s3_servers.KEYS)
        ann.share(f"s3://bucket/team?endpoint={endpoint}")
        done = ann.mlrun("push")
    assert done.status == 14
    assert "there is no such access key" in done.err
    assert "hint: see AWS_ACCESS_KEY_ID" in done.err
