"""What it costs to push over SSH and to a bucket, beside the tools that one would take for that; and how many requests.

Takes OpenSSH's server and rsync; for S3 the packages of the extra ``remotes-test`` (rclone's server), and Ceph where
``RUNLORE_TEST_RADOSGW`` names a port of ``scripts/radosgw`` (with ``CEPH_CONF`` it is made to free what was deleted).
s3fs cannot share an environment with boto3: ``RUNLORE_BENCH_S3FS`` is a Python that has it.

``python bench/share_servers.py [ssh|rclone|ceph ...]`` measures some of them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest
from counting import Counting, sftp_requests
from finished import record, write_large, write_small
from measure import MLRUN, PYTHON, Command, Cost, Row, compare, environ, finish, run, scratch
from synthesis import make_runs

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tests.servers import sshd
from tests.store.remote import s3_servers
from tests.store.remote.s3_servers import KEYS, Server

_FILES, _SIZE = 10_000, 4096
_PUT = 1000
"""Files that s3fs puts one by one; ten thousand take ten times as long."""
_LARGE = 1 << 30
_RUNS = 10_000
_ROUNDS = 3
_TIMES, _RATE, _REQUESTS = 5, 0.8, 3
_COUNTED = ("S3 (Ceph)",)
"""Where one request of ours is one of the protocol. SFTP takes several to read a file or a folder; rclone gives no
parts of files, and is asked again for the whole."""
_S3FS = """
import os, s3fs, sys
store = s3fs.S3FileSystem(key=os.environ["AWS_ACCESS_KEY_ID"], secret=os.environ["AWS_SECRET_ACCESS_KEY"],
                          client_kwargs={"endpoint_url": sys.argv[1], "region_name": "us-east-1"})
store.pipe_file(f"{sys.argv[2]}/s3fs/first", b"")
for name in sorted(os.listdir(sys.argv[3]))[:int(sys.argv[4])]:
    with open(f"{sys.argv[3]}/{name}", "rb") as file:
        store.pipe_file(f"{sys.argv[2]}/s3fs/{name}", file.read())
"""
_BOTO3 = """
import boto3, sys
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1")
if sys.argv[3]:
    client.upload_file(sys.argv[3], sys.argv[2], "boto3/large")
else:
    client.list_objects_v2(Bucket=sys.argv[2], MaxKeys=1)
"""


class _Place(NamedTuple):
    """Where to push: the URL, and the variables with which the server there is reached."""

    kind: str
    url: str
    variables: Mapping[str, str]


def over_ssh() -> Iterator[Row]:
    with scratch() as folder:
        from pathlib import Path  # noqa: PLC0415 - for the server alone

        with sshd(Path(folder) / "sshd") as server:
            variables = environ(folder)
            variables["PATH"] = f"{os.path.dirname(server.program)}:{variables['PATH']}"
            place = _Place("SFTP", f"far:{folder}/far/remote", variables)
            yield from _small_over_ssh(folder, place)
            yield from _large_over_ssh(folder, place, server.program)
        relay = f"{PYTHON} {os.path.dirname(os.path.abspath(__file__))}/counting.py {folder}/requests"
        with sshd(Path(folder) / "counted", sftp=f"{relay} /usr/lib/openssh/sftp-server") as server:
            variables["PATH"] = f"{os.path.dirname(server.program)}:{variables['PATH']}"

            def seen() -> str:
                found = sftp_requests(f"{folder}/requests")
                os.unlink(f"{folder}/requests")
                return _words(found)

            yield from _requests(folder, _Place("SFTP", f"far:{folder}/far/counted", variables), seen)


def _small_over_ssh(folder: str, place: _Place) -> Iterator[Row]:
    write_small(f"{folder}/small", _FILES, _SIZE)
    record(f"{folder}/many", f"{folder}/small")
    lines = {"rsync": f"rsync -a -e ssh {folder}/small/ far:{folder}/far/other && sync -f {folder}/far"}
    costs = _side_by_side(folder, f"{folder}/many", place, lines)
    yield _faster(place.kind, costs["push"].wall, "rsync -a", costs["rsync"].wall)


def _large_over_ssh(folder: str, place: _Place, ssh: str) -> Iterator[Row]:
    write_large(f"{folder}/large", _LARGE)
    record(f"{folder}/one", f"{folder}/large")
    put = f"echo put {folder}/large/large {folder}/far/other | sftp -q -S {ssh} -b - far && sync {folder}/far/other"
    costs = _side_by_side(folder, f"{folder}/one", place, {"sftp": put})
    yield from _rate(place.kind, costs["push"], "sftp put", costs["sftp"].wall)


def _side_by_side(folder: str, project: str, place: _Place, lines: Mapping[str, str]) -> dict[str, Cost]:
    """A push to an empty remote beside other commands, all to the same disk."""
    _add_remote(project, place)

    def empty() -> None:
        shutil.rmtree(f"{folder}/far", ignore_errors=True)
        os.makedirs(f"{folder}/far")
        shutil.rmtree(f"{project}/.mlrun/cache/remotes", ignore_errors=True)
        os.sync()

    commands = {"push": Command((MLRUN, "push"), project, place.variables, before=empty)}
    for name, line in lines.items():
        commands[name] = Command(("sh", "-c", line), folder, place.variables, before=empty)
    return compare(commands, rounds=_ROUNDS)


def in_bucket(kind: str, server: Server) -> Iterator[Row]:
    with scratch() as folder:
        variables = {**environ(folder), **KEYS}
        bucket = server.bucket()
        place = _Place(f"S3 ({kind})", f"s3://{bucket}/team?endpoint={server.endpoint}", variables)

        def empty() -> None:
            for project in ("many", "one"):
                shutil.rmtree(f"{folder}/{project}/.mlrun/cache/remotes", ignore_errors=True)
            _empty(server, bucket)

        yield from _small_in_bucket(folder, place, (server.endpoint, bucket), empty)
        yield from _large_in_bucket(folder, place, (server.endpoint, bucket), empty)
        empty()
        with Counting(server.port) as relay:

            def seen() -> str:
                found = _words(relay.seen)
                relay.seen.clear()
                return found

            url = f"s3://{bucket}/counted?endpoint=http://127.0.0.1:{relay.port}"
            yield from _requests(folder, place._replace(url=url), seen)
        _empty(server, bucket)


def _small_in_bucket(folder: str, place: _Place, at: tuple[str, str], empty: Callable[[], None]) -> Iterator[Row]:
    write_small(f"{folder}/small", _FILES, _SIZE)
    record(f"{folder}/many", f"{folder}/small")
    _add_remote(f"{folder}/many", place)
    commands = {"push": Command((MLRUN, "push"), f"{folder}/many", place.variables, before=empty)}
    if python := os.environ.get("RUNLORE_BENCH_S3FS"):
        for name, count in (("s3fs", _PUT), ("start", 0)):
            words = (python, "-c", _S3FS, *at, f"{folder}/small", str(count))
            commands[name] = Command(words, folder, place.variables, before=empty)
    costs = compare(commands, rounds=_ROUNDS)
    if "s3fs" in costs:
        beside = (costs["s3fs"].wall - costs["start"].wall) * _FILES / _PUT
        yield _faster(place.kind, costs["push"].wall, "s3fs one by one", beside)
    else:
        yield Row(f"push 10,000 x 4 KiB to {place.kind}", f"{costs['push'].wall:.2f} s")


def _large_in_bucket(folder: str, place: _Place, at: tuple[str, str], empty: Callable[[], None]) -> Iterator[Row]:
    write_large(f"{folder}/large", _LARGE)
    record(f"{folder}/one", f"{folder}/large")
    _add_remote(f"{folder}/one", place)
    commands = {"push": Command((MLRUN, "push"), f"{folder}/one", place.variables, before=empty)}
    for name, path in (("boto3", f"{folder}/large/large"), ("start", "")):
        commands[name] = Command((PYTHON, "-c", _BOTO3, *at, path), folder, place.variables, before=empty)
    costs = compare(commands, rounds=_ROUNDS)
    yield from _rate(place.kind, costs["push"], "boto3 upload_file", costs["boto3"].wall - costs["start"].wall)


def _empty(server: Server, bucket: str) -> None:
    """Remove everything, and have Ceph free it, which it otherwise does when it pleases."""
    import boto3  # noqa: PLC0415 - only where there is such a server

    client = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1",
                          aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"])  # fmt: skip
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if found := page.get("Contents"):
            client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": each["Key"]} for each in found]})
    if "CEPH_CONF" in os.environ:
        words = ("radosgw-admin", "gc", "process", "--include-all")
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _requests(folder: str, place: _Place, seen: Callable[[], str]) -> Iterator[Row]:
    """What a server is asked for a push, a second one, and for the records of ten thousand runs."""
    push = Command((MLRUN, "push"), f"{folder}/many", place.variables)
    _add_remote(f"{folder}/many", place)
    run(push)
    yield Row(f"requests of a push of 10,000 files to {place.kind}", seen())
    run(push)
    again = seen()
    count = int(again.split()[0]) if place.kind in _COUNTED else None
    yield Row(f"requests of a push with nothing new to {place.kind}", again, "", count, _REQUESTS if count else None)
    make_runs(f"{folder}/runs/.mlrun", _RUNS)
    runs = place._replace(url=place.url.replace("counted", "runs"))
    _add_remote(f"{folder}/runs", runs)
    pushed = run(Command((MLRUN, "push"), f"{folder}/runs", place.variables))
    yield Row(f"requests of a push of 10,000 runs to {place.kind}", seen(), f"{pushed.wall:.1f} s")
    cloned = run(Command((MLRUN, "clone", runs.url, f"{folder}/clone"), folder, place.variables))
    yield Row(f"requests of a clone of the records of 10,000 runs from {place.kind}", seen(), f"{cloned.wall:.1f} s")


def _add_remote(project: str, place: _Place) -> None:
    os.makedirs(project, exist_ok=True)
    words = (MLRUN, "remote", "add", "--force", "--unseen", "origin", place.url)
    quiet = subprocess.DEVNULL
    subprocess.run(words, cwd=project, env=place.variables, check=True, stdout=quiet, stderr=quiet)


def _faster(kind: str, ours: float, name: str, beside: float) -> Row:
    words = f"{name}: {beside:.2f} s"
    return Row(f"push 10,000 x 4 KiB to {kind}", f"{ours:.2f} s", words, beside / ours, _TIMES, least=True)


def _rate(kind: str, ours: Cost, name: str, beside: float) -> Iterator[Row]:
    mine, other = (_LARGE / (1 << 20) / seconds for seconds in (ours.wall, beside))
    yield Row(f"push of 1 GiB to {kind}", f"{mine:.0f} MiB/s", f"{name}: {other:.0f} MiB/s", mine / other, _RATE,
              least=True)  # fmt: skip
    yield Row("its memory", f"{ours.memory >> 20} MiB", "MiB", ours.memory / (1 << 20), 300)


def _words(seen: Mapping[str, int]) -> str:
    return f"{sum(seen.values())} ({', '.join(f'{count} {name}' for name, count in sorted(seen.items()))})"


_SERVERS: dict[str, Callable[[], Iterator[Row]]] = {
    "ssh": over_ssh,
    "rclone": lambda: in_bucket("rclone", s3_servers.rclone()),
    "ceph": lambda: in_bucket("Ceph", s3_servers.ceph()),
}


def measure(which: list[str]) -> Iterator[Row]:
    for name in which or list(_SERVERS):
        try:
            yield from _SERVERS[name]()
        except pytest.skip.Exception as error:
            print(f"left out: {error}", file=sys.stderr)


if __name__ == "__main__":
    finish(list(measure(sys.argv[1:])))
