"""Bytes that the store does not have, from DVC's cache and its remotes."""

import os
from pathlib import Path

import pytest
from tests.dvc.projects import FILES, Colleague, md5, object_name
from tests.servers import sshd
from tests.store.remote import s3_servers

READ = ["data/a.csv", "data/dir/2.txt"]


@pytest.fixture(params=[2, 3])
def version(request: pytest.FixtureRequest) -> int:
    """Of DVC."""
    return int(request.param)


@pytest.mark.parametrize("data", [(), ("--data", "data")])
def test_checkout_takes_from_the_cache_what_the_store_does_not_have(
    ann: Colleague, version: int, data: tuple[str, ...]
) -> None:
    ann.by_hand(version)
    ann.keep_no_data()
    ann.run(*data)
    ann.lose_data(cache=False)
    done = ann.checkout()
    assert done.status == 0
    assert sorted(done.data()["dvc"]["cache"]) == (sorted(FILES) if data else READ)
    assert [ann.restored(name) for name in READ] == [FILES[name] for name in READ]


def test_get_takes_from_the_cache_too(ann: Colleague) -> None:
    ann.by_hand()
    ann.keep_no_data()
    ann.run()
    ann.lose_data(cache=False)
    assert ann.mlrun("get", "@:data/a.csv", "-o", "-").out.encode() == FILES["data/a.csv"]
    got = ann.mlrun("get", "@:data/a.csv", "-o", "back", "--json")
    assert got.data()["dvc"] == {"cache": ["back"], "remotes": {}, "failures": []}
    assert Path(ann.folder, "back").read_bytes() == FILES["data/a.csv"]


def test_bytes_of_the_cache_that_are_others_are_not_used_and_that_is_said(ann: Colleague) -> None:
    ann.by_hand()
    ann.keep_no_data()
    ann.run()
    ann.lose_data(cache=False)
    wrong = object_name(3, md5(FILES["data/a.csv"]))
    ann.put(wrong, b"9" * len(FILES["data/a.csv"]))
    done = ann.checkout()
    assert done.status == 15
    assert [each["path"] for each in done.data()["missing"]] == ["data/a.csv"]
    assert done.data()["dvc"]["failures"][0] == f'"{ann.folder}/{wrong}" in DVC\'s cache has other bytes'
    assert not os.path.exists(f"{ann.folder}.out/data/a.csv")
    assert ann.mlrun("reproduce", "--env", "current", "@").status == 15


def test_checkout_takes_from_dvcs_remote_what_is_nowhere_else(ann: Colleague, version: int) -> None:
    ann.by_hand(version)
    ann.keep_no_data()
    ann.run("--data", "data")
    ann.dvc_push()
    ann.lose_data()
    assert "fetch" in ann.mlrun("reproduce", "--check", "@").out
    done = ann.checkout()
    assert done.status == 0, done.err
    assert sorted(done.data()["dvc"]["remotes"]["storage"]) == sorted(FILES)
    assert {name: ann.restored(name) for name in FILES} == FILES


def test_bytes_of_a_remote_that_are_others_are_not_kept(ann: Colleague) -> None:
    ann.by_hand()
    ann.keep_no_data()
    ann.run()
    ann.dvc_push()
    for name in READ:
        path = Path(ann.folder, "../storage", object_name(3, md5(FILES[name])).removeprefix(".dvc/cache/"))
        path.write_bytes(b"9" * len(FILES[name]))
    ann.lose_data()
    done = ann.checkout()
    assert done.status == 15
    assert sorted(done.data()["dvc"]["failures"]) == [
        f'DVC\'s remote "storage" has other bytes for "{name}"' for name in READ
    ]


@pytest.mark.parametrize("url", ["/nowhere/at/all", "gs://bucket/x", "s3://user:secret@bucket", "ssh://-oProxy/x"])
def test_a_remote_that_cannot_be_read_is_said_and_the_rest_is_restored(ann: Colleague, url: str) -> None:
    ann.by_hand()
    ann.keep_no_data()
    ann.run()
    ann.lose_data()
    ann.put(".dvc/config", f"['remote \"far\"']\n    url = {url}\n".encode())
    done = ann.checkout()
    assert done.status == 15
    (failure,) = done.data()["dvc"]["failures"]
    assert failure.startswith('DVC\'s remote "far"')
    assert "secret" not in failure
    assert ann.restored("train.py")


def test_a_store_that_somebody_else_made_does_not_have_dvcs_remotes_asked(ann: Colleague) -> None:
    ann.by_hand()
    ann.keep_no_data()
    ann.run()
    ann.dvc_push()
    ann.lose_data()
    ann.env["HOME"] = os.fspath(Path(ann.folder, "../other"))
    os.makedirs(ann.env["HOME"])
    done = ann.checkout()
    assert (done.status, done.data()["dvc"]["remotes"]) == (15, {})


def test_a_run_in_a_clone_is_reproduced_with_the_data_of_dvcs_remote(ann: Colleague, ben: Colleague) -> None:
    ann.by_hand()
    remote = f"{ann.folder}/../runs"
    ann.share(remote)
    ann.run("--data", "data")
    ann.dvc_push()
    pushed = ann.mlrun("push", "--json").data()
    assert pushed["dvc"] == {"files": len(FILES), "bytes": sum(map(len, FILES.values()))}
    ben.clone_of(ann)
    os.rename(f"{ann.folder}/../storage", f"{ben.folder}/../storage")
    os.rename(ann.folder, f"{ann.folder}.gone")
    ben.share(remote)
    assert ben.mlrun("pull").status == 0
    done = ben.mlrun("reproduce", "--trust", "--env", "current", "@")
    assert "from DVC's remote storage: 3 files" in done.err
    assert done.status == 0, done.err
    assert "identical" in done.out


def test_dvcs_remote_in_a_bucket_is_read(ann: Colleague) -> None:
    at = s3_servers.moto()
    bucket = at.bucket()
    ann.by_hand()
    ann.keep_no_data()
    ann.run("--data", "data")
    import boto3  # noqa: PLC0415 - only where there is such a server

    keys = {"aws_access_key_id": "testtesttest", "aws_secret_access_key": "testtesttest"}
    client = boto3.client("s3", endpoint_url=at.endpoint, region_name="us-east-1", **keys)
    cache = Path(ann.folder, ".dvc/cache")
    for path in filter(Path.is_file, cache.rglob("*")):
        client.upload_file(os.fspath(path), bucket, f"data/{path.relative_to(cache)}")
    ann.lose_data()
    config = f"['remote \"s\"']\nurl = s3://{bucket}/data\nendpointurl = {at.endpoint}\nregion = us-east-1\n"
    ann.put(".dvc/config", config.encode())
    secret = b"['remote \"s\"']\n    access_key_id = testtesttest\n    secret_access_key = verysecretkey\n"
    ann.put(".dvc/config.local", secret)
    done = ann.checkout()
    assert done.status == 0, done.out
    assert sorted(done.data()["dvc"]["remotes"]["s"]) == sorted(FILES)
    for kept in Path(ann.folder, ".mlrun").rglob("*"):
        assert not kept.is_file() or b"verysecretkey" not in kept.read_bytes()


def test_what_dvc_itself_pushed_to_a_bucket_is_read(ann: Colleague) -> None:
    at = s3_servers.moto()
    ann.env.update(s3_servers.KEYS)
    ann.by_dvc()
    ann.dvc("remote", "add", "-q", "-d", "s", f"s3://{at.bucket()}/data")
    ann.dvc("remote", "modify", "-q", "s", "endpointurl", at.endpoint)
    ann.dvc("push", "-q")
    ann.keep_no_data()
    ann.run("--data", "data/dir")
    ann.lose_data()
    done = ann.checkout()
    assert done.status == 0, done.out
    assert sorted(done.data()["dvc"]["remotes"]["s"]) == sorted(FILES)


def test_dvcs_remote_on_another_machine_is_read(ann: Colleague, tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd") as running:
        ann.env["PATH"] = f"{os.path.dirname(running.program)}:{ann.env['PATH']}"
        ann.by_hand()
        ann.keep_no_data()
        ann.run()
        ann.dvc_push()
        ann.lose_data()
        where = os.path.realpath(f"{ann.folder}/../storage")
        ann.put(".dvc/config", f"['remote \"far\"']\n    url = ssh://far{where}\n".encode())
        done = ann.checkout()
        assert done.status == 0, done.out
        assert sorted(done.data()["dvc"]["remotes"]["far"]) == READ


@pytest.mark.parametrize("cache", ["copy", "symlink"])
def test_a_run_in_a_clone_of_a_project_of_dvc_itself_is_reproduced(ann: Colleague, ben: Colleague, cache: str) -> None:
    ann.by_dvc(cache)
    storage = os.path.realpath(f"{ann.folder}/../../storage")
    ann.dvc("remote", "add", "-q", "-d", "storage", storage)
    ann.dvc("cache", "dir", "-q", "--local", os.path.realpath(f"{ann.folder}/../cache"))
    ann.dvc("add", "-q", "data/a.csv", "data/dir")
    ann.git("commit", "-qam", "storage")
    ann.dvc("push", "-q")
    ann.share(f"{storage}-runs")
    ann.run()
    assert ann.mlrun("push", "--json").data()["dvc"]["files"] == 2
    ben.clone_of(ann)
    os.rename(ann.folder, f"{ann.folder}.gone")
    ben.share(f"{storage}-runs")
    assert ben.mlrun("pull").status == 0
    done = ben.mlrun("reproduce", "--trust", "--env", "current", "@")
    assert (done.status, "from DVC's remote storage: 2 files" in done.err) == (0, True), done.err
