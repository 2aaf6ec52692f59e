"""DVC's files, read by hand: settings, listings, and what a record may say of them."""

import json
import os
import time
from pathlib import Path

import made_up
import pytest
from tests.dvc.projects import md5

from runlore.capture.dvc.listing import files_in
from runlore.capture.dvc.outs import Out, of_file, of_lock
from runlore.capture.dvc.settings import read_settings
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import ObjectId, RunId
from runlore.records.origins import Origin
from runlore.records.run import Seal, decode_seal, encode_seal

A, B = "a" * 32, "b" * 32


def _settings(tmp_path: Path, **files: str) -> tuple[str, list[tuple[str, str]]]:
    for name, text in files.items():
        path = tmp_path / ("home/.config/dvc/config" if name == "home" else f".dvc/{name.replace('_', '.')}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = read_settings(os.fspath(tmp_path), {"HOME": f"{tmp_path}/home"})
    return found.cache.replace(f"{tmp_path}/", ""), [(each.name, each.url) for each in found.remotes]


def test_settings_are_those_of_the_person_the_project_and_the_machine_in_this_order(tmp_path: Path) -> None:
    cache, remotes = _settings(
        tmp_path,
        home="[cache]\n    dir = /far\n['remote \"x\"']\n    url = s3://home/x\n",
        config='[core]\nremote = y\n[\'remote "x"\']\n    url = s3://a/x # comment\n[\'remote "y"\']\nurl="/y"\n',
        config_local="[cache]\n    dir = ../../else\n",
    )
    assert os.path.normpath(tmp_path / cache) == os.path.normpath(tmp_path / "../else")
    assert remotes == [("y", "/y"), ("x", "s3://a/x")]


def test_without_settings_the_cache_is_where_dvc_has_it(tmp_path: Path) -> None:
    assert _settings(tmp_path) == (".dvc/cache", [])


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "=" * 100_000, "a =" + " " * 500_000 + "b", "\0=\0\n[\0]", "['remote \"\n"]
)
def test_settings_that_are_none_say_nothing_and_cost_nothing(tmp_path: Path, text: str) -> None:
    began = time.process_time()
    assert _settings(tmp_path, config=text) == (".dvc/cache", [])
    assert time.process_time() - began < 5


def test_outs_are_relative_to_the_file_and_its_working_folder() -> None:
    text = f"wdir: ../x\nouts:\n- md5: {A}\n  path: f\n  size: 3\n- md5: {B}.dir\n  path: d\n".encode()
    assert list(of_file(text, "data", "")) == [Out("x/f", A, 3), Out("x/d", f"{B}.dir")]
    assert list(of_file(text, "sub/data", "sub")) == [Out("sub/x/f", A, 3), Out("sub/x/d", f"{B}.dir")]
    assert list(of_file(text, "data", "data")) == []


def test_outs_that_dvc_does_not_keep_are_none() -> None:
    rows = "".join(f"- md5: {A}\n  path: f{n}\n  {key}: false\n" for n, key in enumerate(("cache", "push")))
    assert list(of_file(f"outs:\n{rows}".encode(), "", "")) == []


@pytest.mark.parametrize("head", ["schema: '2.0'\nstages:\n  ", "  "])
def test_a_lock_is_read_in_both_of_its_forms(head: str) -> None:
    lock = f"{head}many@1:\n    outs:\n    - path: o\n      md5: {A}\n".encode()
    assert list(of_lock(lock, b"", "p", "")) == [Out("p/o", A)]
    assert list(of_lock(lock, b"stages:\n  many:\n    foreach: [1]\n    do:\n      wdir: w\n", "p", "")) == [
        Out("p/w/o", A)
    ]
    assert list(of_lock(lock, b"stages:\n  many:\n    wdir: ${item}\n", "p", "")) == []


def test_a_listing_counts_only_if_it_is_the_one() -> None:
    rows = [{"md5": A, "relpath": "x/y"}, {"md5": "../x", "relpath": "b"}, {"md5": A, "relpath": "../c"}, 3, {"md5": A}]
    data = json.dumps(rows).encode()
    assert files_in(data, f"{md5(data)}.dir") == {"x/y": A}
    assert files_in(data, f"{A}.dir") is None
    for bad in (b"{", b"[" * 100_000, b"3"):
        assert not files_in(bad, f"{md5(bad)}.dir")


@pytest.mark.parametrize("bad", ["../../etc/passwd", A.upper(), A + "\n", A[:-1], "", None, 3])
def test_a_record_whose_md5_is_none_is_refused(bad: object) -> None:
    with pytest.raises(MalformedRecordError, match="origins"):
        decode_seal(encode_seal(_seal(Origin("dvc", "f", bad, 1))))  # type: ignore[arg-type]


def test_an_origin_comes_back_from_its_record_and_none_leaves_no_trace() -> None:
    origin = Origin("dvc", "data/f", f"{A}.dir", 3, "sub")
    assert decode_seal(encode_seal(_seal(origin))).origins == (origin,)
    assert b"origins" not in encode_seal(_seal())


def _seal(*origins: Origin) -> Seal:
    return made_up.seal(RunId("0" * 64), ObjectId("0" * 64), origins=origins)
