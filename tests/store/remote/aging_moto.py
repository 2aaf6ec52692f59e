"""moto's S3 server, where days go by when asked: a PUT of ``/later/BUCKET/SECONDS`` makes all that is there older."""

import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import run_simple

_MOTO = DomainDispatcherApplication(create_backend_app)


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """One request, as WSGI has it."""
    what, *words = environ["PATH_INFO"].strip("/").split("/")
    if what != "later":
        answer: Iterable[bytes] = _MOTO(environ, start)
        return answer
    bucket, seconds = words
    for account in s3_backends.values():
        for backend in account.values():
            for key in backend.buckets[bucket].keys.values() if bucket in backend.buckets else ():
                key.last_modified -= timedelta(seconds=float(seconds))
    start("200 OK", [("Content-Length", "0")])
    return [b""]


run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True, request_handler=MotoRequestHandler)
