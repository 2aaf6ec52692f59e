"""What two runs printed, where their environments lie in other places."""

from pathlib import Path

import made_up
import pytest
from tests.ops.rebuilding import new_store

from runlore.ops.reproduction.printed import compare_printed
from runlore.records.hashing import ObjectId, RunId

WARNING = b"%s/lib/python3.11/site-packages/steps.py:3: UserWarning: %s\nloss 1\n"


@pytest.mark.parametrize(
    ("then", "now", "status"),
    [
        (WARNING % (b"/home/ann/venv", b"old"), WARNING % (b"/srv/.mlrun/envs/ab12", b"old"), "equal"),
        (WARNING % (b"/home/ann/venv", b"old"), WARNING % (b"/srv/.mlrun/envs/ab12", b"new"), "different"),
        (WARNING % (b"/home/ann/other", b"old"), WARNING % (b"/srv/.mlrun/envs/ab12", b"old"), "different"),
        (b"a\nb\n", b"b\na\n", "equal"),
        (b"a\nb\n", b"b\na\na\n", "different"),
        (b"x" * 3_000_000 + b"1", b"x" * 3_000_000 + b"2", "different"),
    ],
)
def test_only_what_was_said_counts_and_not_where_the_environment_lies(
    tmp_path: Path, then: bytes, now: bytes, status: str
) -> None:
    with new_store(tmp_path / "project") as store:
        seals = []
        for text, home in ((then, "/home/ann/venv"), (now, "/srv/.mlrun/envs/ab12")):
            with store.writer() as writer:
                oid = ObjectId(writer.add_blob(text).hex())
            seal = made_up.seal(RunId("0" * 64), oid)
            seals.append(seal._replace(log=oid, log_bytes=len(text), interpreter=f"{home}/bin/python"))
        _, part = compare_printed(store, seals[0], seals[1], ("/home/ann/project", "/tmp/x"))  # noqa: S108 - a name
    assert part.status == status
