"""Where a bucket's endpoint, region and keys come from: as AWS's own tools take them."""

import importlib.util
import stat
from pathlib import Path

import pytest

from runlore.errors import ConfigError, MlrunError, NoSuchRemoteError, RemoteRefusedError, UsageError
from runlore.store.remote import aws, url
from runlore.store.remote.aws import Keys, Place
from runlore.store.remote.aws_login import Login

_CREDENTIALS = """
[default]
aws_access_key_id = one
aws_secret_access_key = first/secret

[work]
aws_access_key_id=two
aws_secret_access_key=second
aws_session_token=session
"""
_CONFIG = """
[default]
region = eu-west-1
[profile work]
region=eu-central-1
endpoint_url = https://work.example
[profile "quoted name"]
region = ap-south-1
[profile served]
services = own
endpoint_url = https://all.example
[services own]
s3 =
  endpoint_url = https://only-s3.example:8443/
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = work
aws_access_key_id = not
aws_secret_access_key = these
[profile sso]
sso_session = company
[profile program]
credential_process = printkeys
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(_CREDENTIALS)
    (folder / "config").write_text(_CONFIG)
    return tmp_path


def _place(text: str, home: Path, **environ: str) -> Place:
    return aws.place(url.parse(text, "/"), {"HOME": str(home), **environ})


def test_the_default_profile_is_used_where_nothing_is_said(home: Path) -> None:
    found = _place("s3://bucket/some/folder/", home)
    assert (found.bucket, found.prefix, found.region, found.endpoint) == ("bucket", "some/folder", "eu-west-1", None)
    assert found.keys == Keys("one", "first/secret")
    assert found.in_host
    assert not found.login


def test_variables_go_before_files_and_options_before_variables(home: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "three", "AWS_SECRET_ACCESS_KEY": "third", "AWS_SESSION_TOKEN": "token"}
    found = _place("s3://bucket", home, **keys, AWS_DEFAULT_REGION="a", AWS_PROFILE="work")
    assert (found.keys, found.region, found.endpoint) == (Keys("three", "third", "token"), "a", "https://work.example")
    found = _place("s3://bucket", home, **keys, AWS_DEFAULT_REGION="a", AWS_REGION="b")
    assert found.region == "b"
    found = _place("s3://bucket?profile=work&region=c&endpoint=http://x:1", home, **keys, AWS_REGION="b")
    assert (found.keys, found.region, found.endpoint) == (Keys("two", "second", "session"), "c", "http://x:1")


def test_a_profile_can_be_named_by_a_variable(home: Path) -> None:
    found = _place("s3://bucket", home, AWS_PROFILE="work")
    assert (found.keys, found.region) == (Keys("two", "second", "session"), "eu-central-1")
    with pytest.raises(RemoteRefusedError, match='no profile "none"') as caught:
        _place("s3://bucket?profile=none", home)
    assert caught.value.hint is not None
    assert "work" in caught.value.hint


def test_the_endpoint_is_that_of_the_service_before_that_of_the_profile(home: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert _place("s3://bucket?profile=served&anonymous=true", home).endpoint == "https://only-s3.example:8443"
    found = _place("s3://b-b", home, **keys, AWS_ENDPOINT_URL="https://all", AWS_ENDPOINT_URL_S3="https://s3only")
    assert found.endpoint == "https://s3only"
    assert _place("s3://b-b", home, **keys, AWS_ENDPOINT_URL="https://all").endpoint == "https://all"


def test_files_can_lie_elsewhere(home: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("[default]\naws_access_key_id=four\naws_secret_access_key=fourth\n")
    found = _place("s3://bucket", home, AWS_SHARED_CREDENTIALS_FILE="~/keys", AWS_CONFIG_FILE=str(home / "none"))
    assert (found.keys, found.region) == (Keys("four", "fourth"), "us-east-1")


def test_a_file_that_is_no_settings_is_named(home: Path) -> None:
    (home / ".aws" / "config").write_text("no section = here\n")
    with pytest.raises(ConfigError, match="config"):
        _place("s3://bucket", home)


def test_the_bucket_stands_in_the_host_or_in_the_path(home: Path) -> None:
    assert not _place("s3://with.dots", home).in_host
    assert not _place("s3://bucket?endpoint=http://127.0.0.1:9000", home).in_host
    found = _place("s3://bucket?endpoint=http://127.0.0.1:9000&style=virtual", home)
    assert (found.in_host, found.endpoint) == (True, "http://bucket.127.0.0.1:9000")
    assert not _place("s3://bucket?style=path", home).in_host


@pytest.mark.parametrize(
    ("endpoint", "private"),
    [
        (None, True),
        ("https://s3.example.org", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("http://s3.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost.example.org", False),
        ("http://10.0.0.1:9000", False),
        ("http://[::2]:9000", False),
    ],
)
def test_nobody_comes_between_where_there_is_tls_or_no_network(endpoint: str | None, *, private: bool) -> None:
    assert aws.is_private(endpoint) is private


@pytest.mark.parametrize("profile", ["role", "sso", "program"])
def test_a_profile_that_logs_in_gives_no_keys_by_itself(home: Path, profile: str) -> None:
    found = _place(f"s3://bucket?profile={profile}", home)
    assert (found.keys, found.login, found.profile) == (None, True, profile)


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket?secret=x",
        "s3://bucket?style=other",
        "s3://bucket?anonymous=perhaps",
        "s3://bucket?endpoint=nonsense",
        "s3://bucket?endpoint=ftp://x",
        "s3://bucket?endpoint=http://a b",
        "s3://bucket?endpoint=http://a:x",
        "s3://bu_cket*",
        "s3://-bucket",
        "s3://bucket/a/../b",
        "s3://bucket/a//b",
    ],
)
def test_what_cannot_be_a_bucket_is_refused_before_anything_is_asked(home: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        _place(text, home)
    assert caught.value.hint


def test_without_any_keys_it_is_said_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(RemoteRefusedError, match="no keys") as caught:
        _place("s3://bucket", tmp_path, AWS_EC2_METADATA_DISABLED="true")
    assert "AWS_ACCESS_KEY_ID" in (caught.value.hint or "")
    assert _place("s3://bucket?anonymous=true", tmp_path, AWS_EC2_METADATA_DISABLED="true").anonymous


@pytest.mark.skipif(importlib.util.find_spec("botocore") is not None, reason="botocore is installed")
def test_who_must_log_in_is_told_which_package_does_it() -> None:
    with pytest.raises(NoSuchRemoteError) as caught:
        Login("sso")
    assert caught.value.hint == 'pip install "botocore[crt]"'


def test_a_program_that_a_profile_names_gives_keys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    program = home / "printkeys"
    program.write_text('#!/bin/sh\necho \'{"Version": 1, "AccessKeyId": "made", "SecretAccessKey": "up"}\'\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    config = home / ".aws" / "config"
    config.write_text(_CONFIG.replace("printkeys", str(program)))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "none"))
    keys, _ = Login("program").keys()
    assert keys == Keys("made", "up")


def test_a_login_that_has_ended_says_how_to_begin_it_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    config = home / ".aws" / "config"
    config.write_text(_CONFIG + "[sso-session company]\nsso_start_url=https://x.invalid\nsso_region=eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(MlrunError) as caught:
        Login("sso").keys()
    assert caught.value.hint == "aws sso login --profile sso"
