"""Fuzzed: what a run tells, which is measured, searched for secrets and shown."""

import io
import json
import os
import random
import re
from array import array
from functools import partial

from tests.capture.metrics.journals import line, log
from tests.fuzz.target import Target, Targets, file

from runlore.capture.metrics.collect import collect
from runlore.capture.metrics.events import read_events
from runlore.capture.metrics.points import Points, Room
from runlore.capture.metrics.reader import MalformedSeriesError, SeriesReader, decode_series
from runlore.capture.metrics.series import Series, encode_series
from runlore.capture.metrics.usage import last_usage, usage_series
from runlore.capture.params import params_of, typed
from runlore.capture.secrets import find, redact, redact_argv, redact_params, scan_file
from runlore.present.term.safe import visible, visible_stream

_KEY = bytes(range(32))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _events(data: bytes, folder: str) -> None:
    read_events([file(folder, "events.out.tfevents.1", data)], Points(Room()))


def _series(data: bytes, _: str) -> None:
    for each in decode_series(data):
        assert len(each.steps) == len(each.values)
    reader = SeriesReader(io.BytesIO(data))
    reader.read("loss")
    list(reader.names())


def _metrics(name: str, data: bytes, folder: str) -> None:
    path = file(folder, name, data)
    journal, text = (path, path) if name == "journal" else (f"{folder}/none", None)
    collect(journal, [path], top=folder, log_path=text, patterns=[r"(?P<name>\w+)=(?P<value>[-\d.e]+)"] if text else ())


def _usage(data: bytes, _: str) -> None:
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return
    entries = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    usage_series(entries), last_usage(entries)


def _secrets(data: bytes, _: str) -> None:
    text = _text(data)
    redact(redact(text, _KEY)[0], _KEY)
    for each in find(text, _KEY):
        assert text[each.start : each.end]
    redact_argv(text.split(), _KEY)
    redact_params({text[:20]: text}, _KEY)
    scan_file(data, _KEY)


def _screen(data: bytes, _: str) -> None:
    shown = visible(_text(data)) + visible(data.decode("utf-16", "surrogatepass") if len(data) % 2 == 0 else "")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    stream = "".join(visible_stream([data], colour=False))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", stream)


def _params(data: bytes, _: str) -> None:
    params_of(_text(data).split("\n"))
    typed(_text(data))


def _some_series() -> bytes:
    columns = array("q", [1, 2, 3]), array("q", [5, 6, 7]), array("d", [0.5, 0.25, float("nan")])
    return encode_series([Series(name, *columns) for name in ("acc", "loss")])


def _events_file() -> tuple[bytes, ...]:
    folder = os.path.join(os.path.dirname(__file__), "..", "capture", "metrics", "events")
    found = []
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(path, name), "rb") as opened:
                found.append(opened.read())
    return tuple(found)


_USAGE = (
    b'[{"kind":"usage","at":5,"cpu_seconds":0.5,"memory":10,"gpus":[{"memory":1}]},'
    b'{"kind":"usage","at":9,"cpu_seconds":1}]'
)
_MADE_UP = random.Random(4).randbytes(30).hex().encode()  # noqa: S311 - the same each time
_SECRETS = (
    b"token: " + _MADE_UP + b"\npassword='x1y2' url=https://u:" + _MADE_UP + b"@h/ --api-key=" + _MADE_UP,
    b"gh" + b"p_" + _MADE_UP,
)

TARGETS: Targets = {
    "tfevents": Target(_events, _events_file()),
    "series": Target(_series, (_some_series(),), (MalformedSeriesError,)),
    "metrics-csv": Target(
        partial(_metrics, "metrics.csv"),
        (b"step,loss,val/acc\n1,0.5,0.1\n2,nan,1e400\n",),
        (),
        (b'"', b"\xef\xbb\xbf", b"epoch"),
    ),
    "metrics-json": Target(
        partial(_metrics, "metrics.json"), (b'{"step":1,"loss":0.5,"a":{"b":[1]}}', b'[{"epoch":1,"loss":2}]')
    ),
    "metrics-yaml": Target(partial(_metrics, "metrics.yaml"), (b"loss: 0.5\nstep: 3\na: {b: 1}\n",)),
    "trainer-state": Target(partial(_metrics, "trainer_state.json"), (b'{"log_history":[{"step":1,"loss":0.5}]}',)),
    "metrics-journal": Target(
        partial(_metrics, "journal"),
        (line(log({"loss": 0.5}, 1)) + line(log({"a": "NaN"}, None, 3, library="tensorboard", run="r/x")),),
    ),
    "usage": Target(_usage, (_USAGE,)),
    "secrets": Target(
        _secrets,
        _SECRETS,
        (),
        (b"<secret:named:", b"password=", b"-----BEGIN PRIVATE KEY-----", b"://", b"@", b"\xc4\xb0"),
    ),
    "screen": Target(
        _screen, ("a\x1b[31mb\u202e\ud7ff\n".encode(), b"\xff\xfeplain"), (), (b"\x1b[", b"\x9b", "\u2066".encode())
    ),
    "parameters": Target(_params, (b"--lr=0.1\n--x\n3\n+a.b=[1,2]\n-D\nk=v",), (), (b"--", b"=", b"[", b"1e-3", b"0x")),
}
