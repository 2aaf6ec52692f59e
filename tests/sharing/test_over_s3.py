"""The same through a bucket: nothing but the address is another."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.sharing.people import Person, comes_back
from tests.store.remote import s3_servers
from tests.store.remote.meddling import answering
from tests.store.remote.proxy import silent_server

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


def test_ctrl_c_is_heard_while_a_server_says_nothing(ann: Person) -> None:
    pytest.importorskip("obstore")
    ann.make(CODE)
    with silent_server() as port:
        ann.env.update(s3_servers.KEYS)
        ann.share(f"s3://bucket/team?endpoint=http://127.0.0.1:{port}")
        words = [sys.executable, "-m", "runlore", "push"]
        with subprocess.Popen(words, cwd=ann.folder, env=ann.env, stderr=subprocess.PIPE, text=True) as push:
            while not any(Path(ann.root, "cache/remotes").glob("*.db")):
                time.sleep(0.05)
            time.sleep(1)  # now it has asked
            began = time.monotonic()
            push.send_signal(signal.SIGINT)
            _, said = push.communicate(timeout=60)
    assert time.monotonic() - began < 15  # and not the 30 seconds after which it would not wait any more
    assert (push.returncode, said) == (130, "interrupted; the same command goes on from there\n")
