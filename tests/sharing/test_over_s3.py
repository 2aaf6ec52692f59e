"""The same through a bucket: nothing but the address is another."""

import os
from pathlib import Path

import pytest
from tests.sharing.people import Person, files
from tests.store.remote import s3_servers
from tests.store.remote.meddling import answering

CODE = {"train.py": b"print('hello')\n"}
LARGE = os.urandom(1 << 20) * 40


def test_a_run_comes_back_byte_for_byte_through_a_bucket(ann: Person, ben: Person, tmp_path: Path) -> None:
    at = s3_servers.moto()
    address = f"s3://{at.bucket()}/team?endpoint={at.endpoint}"
    for person in (ann, ben):
        person.env.update(s3_servers.KEYS)
        person.share(address)
    run = ann.make(CODE, data={"data/x.csv": b"1,2\n" * 50_000}, outputs={"model.bin": LARGE})
    assert ann.push().runs == (run,)
    assert ann.push().runs == ()
    assert ben.pull().runs == (run,)
    done = ben.mlrun("checkout", run, "again", "--outputs")
    assert done.status == 0
    assert files(f"{ben.folder}/again") == {**CODE, "data/x.csv": b"1,2\n" * 50_000, "model.bin": LARGE}
    assert ben.problems() == []
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
