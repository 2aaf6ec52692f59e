import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runlore.errors import CorruptError
from runlore.records.hashing import ObjectId, RunId, record_id
from runlore.records.run import Intent, Seal, encode_intent, encode_seal
from runlore.store import journal, runs
from runlore.store.boot import boot_id
from runlore.store.store import Store

NOWHERE = ObjectId("0" * 64)


def make_intent(nonce: str = "1", **changes: object) -> Intent:
    intent = Intent(
        recipe=NOWHERE, name=None, experiment=None, message=None, started_at=1, author="a", host="h",
        boot=boot_id(), nonce=nonce, interpreter=None, code_files=0, code_bytes=0, git=None, patch=None,
        inputs=(), omitted=(), skipped=(), hardware={}, warnings=(),
    )  # fmt: skip
    return intent._replace(**changes)  # type: ignore[arg-type]


def make_seal(run: str, state: str = "succeeded") -> Seal:
    return Seal(
        run=RunId(run), recipe=NOWHERE, state=state, exit_code=0, signal=None, ended_at=2, duration=1.0,
        usage={}, log=None, log_bytes=0, outputs=(), metrics={}, observer="none", blind=(),
    )  # fmt: skip


def begin(store: Store, nonce: str = "1") -> runs.LiveRun:
    return runs.begin(store.layout, encode_intent(make_intent(nonce)))


def test_a_begun_run_is_on_record_under_the_id_of_its_intent(store: Store) -> None:
    live = begin(store)
    assert os.listdir(store.layout.runs) == [live.id]
    assert runs.read_intent(store.layout, live.id) == make_intent()
    assert runs.read_seal(store.layout, live.id) is None
    assert os.listdir(store.layout.tmp) == []


def test_a_run_lives_as_long_as_its_owner_holds_the_lock(store: Store) -> None:
    live = begin(store)
    assert runs.is_alive(store.layout, live.id, boot_id())
    os.close(live.lock)
    assert not runs.is_alive(store.layout, live.id, boot_id())


def test_the_lock_of_a_killed_owner_is_free(store: Store) -> None:
    code = (
        "import sys, time; from runlore.store import runs; from runlore.store.layout import Layout\n"
        "live = runs.begin(Layout(sys.argv[1]), sys.stdin.buffer.read()); print(live.id, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, store.layout.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    owner.stdin.write(encode_intent(make_intent()))
    owner.stdin.close()
    run = owner.stdout.readline().decode().strip()
    assert runs.is_alive(store.layout, run, boot_id())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert not runs.is_alive(store.layout, run, boot_id())
    with runs.owned(store.layout, run, boot_id()) as mine:
        assert mine


def test_an_owner_on_another_machine_lives_by_its_heartbeat(store: Store) -> None:
    live = begin(store)
    os.close(live.lock)
    assert runs.is_alive(store.layout, live.id, "another boot")
    stale = time.time() - 3600
    os.utime(f"{live.folder}/lock", (stale, stale))
    assert not runs.is_alive(store.layout, live.id, "another boot")


def test_a_living_or_sealed_run_cannot_be_taken_over(store: Store) -> None:
    live = begin(store)
    with runs.owned(store.layout, live.id, boot_id()) as mine:
        assert not mine
    runs.seal(store.layout, live.id, encode_seal(make_seal(live.id)))
    os.close(live.lock)
    with runs.owned(store.layout, live.id, boot_id()) as mine:
        assert not mine


def test_two_cannot_take_over_the_same_dead_run(store: Store) -> None:
    live = begin(store)
    os.close(live.lock)
    with runs.owned(store.layout, live.id, boot_id()) as first, runs.owned(store.layout, live.id, boot_id()) as second:
        assert (first, second) == (True, False)


def test_the_first_seal_counts_and_only_records_stay(store: Store) -> None:
    live = begin(store)
    Path(live.log).write_bytes(b"output")
    assert runs.seal(store.layout, live.id, encode_seal(make_seal(live.id)))
    assert not runs.seal(store.layout, live.id, encode_seal(make_seal(live.id, "failed")))
    found = runs.read_seal(store.layout, live.id)
    assert found is not None
    assert found.state == "succeeded"
    assert sorted(os.listdir(live.folder)) == ["intent", "seal"]


def test_a_damaged_intent_is_an_error(store: Store) -> None:
    live = begin(store)
    path = Path(live.folder, "intent")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"author":"a"', b'"author":"b"'))
    with pytest.raises(CorruptError, match="damaged"):
        runs.read_intent(store.layout, live.id)


def test_a_seal_of_another_run_is_an_error(store: Store) -> None:
    live = begin(store)
    other = encode_seal(make_seal("f" * 64))
    Path(live.folder, "seal").write_bytes(record_id(other).encode() + b"\n" + other)
    with pytest.raises(CorruptError, match="another run"):
        runs.read_seal(store.layout, live.id)


def test_what_killed_writers_left_is_swept_by_the_next_one(store: Store) -> None:
    Path(store.layout.tmp, "half").write_bytes(b"x")
    folder = Path(store.layout.tmp, "run", "inner")
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x")
    with store.writer() as writer:
        writer.add_blob(b"new")
    assert os.listdir(store.layout.tmp) == []


def test_nothing_is_swept_while_somebody_writes(store: Store) -> None:
    lock = os.open(store.layout.lock, os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)
    Path(store.layout.tmp, "in-use").write_bytes(b"x")
    with store.writer() as writer:
        writer.add_blob(b"new")
    assert os.listdir(store.layout.tmp) == ["in-use"]
    os.close(lock)


def test_a_journal_gives_back_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    journal.append(str(path), {"kind": "a", "text": "ü\ud800"})
    journal.append(str(path), {"kind": "b"})
    whole = path.read_bytes()
    assert [entry["kind"] for entry in journal.read(str(path))] == ["a", "b"]
    first = whole.index(b"\n") + 1
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(list(journal.read(str(path)))) == (1 if length >= first else 0)
    path.write_bytes(b"garbage\n" + whole[:5] + b"\n" + whole[first:])
    assert [entry["kind"] for entry in journal.read(str(path))] == ["b"]


def test_an_entry_behind_a_torn_one_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    journal.append(str(path), {"kind": "a", "values": {"loss": 0.5}})
    torn = path.read_bytes()[:-9]
    path.write_bytes(torn + torn[:3])
    journal.append(str(path), {"kind": "ended"})
    journal.append(str(path), {"kind": "b"})
    assert [entry["kind"] for entry in journal.read(str(path))] == ["ended", "b"]


def test_a_journal_line_with_a_flipped_bit_is_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    journal.append(str(path), {"kind": "a"})
    whole = path.read_bytes()
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        path.write_bytes(flipped)
        assert list(journal.read(str(path))) == []
