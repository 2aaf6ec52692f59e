"""A hundred shapes of secrets in every place of a run: the store has none but in files of the user's, which are named.

What is not replaced is found before a push. Every secret is made up here; see `tests/capture/secret_samples.py`.
"""

import base64
import json
import os
import pathlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.capture.gitrepo import Repo
from tests.capture.secret_samples import Maker, hexes, pem, samples
from tests.cli.place import Place, Result
from tests.ops.test_secrets import files

from runlore.records.hashing import blob_digest

_MAKE = Maker(77)
_NAMES = (
    "AWS_SECRET_ACCESS_KEY", "COMET_API_KEY", "DD_API_KEY", "SNOWFLAKE_PASSWORD", "WANDB_API_KEY", "TWILIO_AUTH_TOKEN",
    "CLOUDFLARE_API_TOKEN", "AZURE_CLIENT_SECRET", "MLFLOW_TRACKING_PASSWORD", "CLEARML_API_SECRET_KEY",
    "OKTA_API_TOKEN",
)  # fmt: skip
_URLS = (
    *("mysql+pymysql://me:{}@db.invalid/x", "mongodb+srv://me:{}@c.invalid/x"),
    *("redis://:{}@h.invalid:6379/0", "snowflake://me:{}@a/x"),
)
_WRITTEN: Mapping[str, Callable[[list[str]], str]] = {
    "yaml": lambda texts: "".join(f"k{at}: {json.dumps(text)}\n" for at, text in enumerate(texts)),
    "json": lambda texts: json.dumps({f"k{at}": text for at, text in enumerate(texts)}, indent=0),
    "toml": lambda texts: "".join(f"k{at} = {json.dumps(text)}\n" for at, text in enumerate(texts)),
    "env": lambda texts: "".join(f"K{at}={text}\n" for at, text in enumerate(texts)),
    "ini": lambda texts: "[s]\n" + "".join(f"k{at} = {text}\n" for at, text in enumerate(texts)),
}
"""A file of each kind with these values, one a line."""
IN_FILE = 15
"""Secrets in a file of this test: of one file twenty are listed."""
Secret = tuple[str, str]
"""A line of text or more, and what of it must not be kept."""


def corpus() -> list[Secret]:
    """Every rule's shapes, those that only a name tells, and files that tools keep their credentials in."""
    found = [(text, secret) for _, text, secret in samples(9)]
    found += [(f"{name}={value}", value) for name in _NAMES for value in [_MAKE(40)]]
    found += [(url.format(value), value) for url in _URLS for value in [_MAKE(18)]]
    key = pem(_MAKE, "")
    account = json.dumps({"type": "service_account", "private_key_id": hexes(_MAKE, 40), "private_key": key})
    login = base64.b64encode(b"me:" + _MAKE(15).encode()).decode()
    return [*found, (account, key.splitlines()[5]), (json.dumps({"auths": {"h": {"auth": login}}}), login)]


CORPUS = corpus()
ONE_LINE = [(text, secret) for text, secret in CORPUS if "\n" not in text]


def test_the_corpus_has_more_than_a_hundred_secrets() -> None:
    assert len({secret for _, secret in CORPUS}) > 100


def left(place: Place, secrets: list[Secret], own: set[str]) -> list[str]:
    """Those that something in the store holds which is not a file of the user's own."""
    held = [(name, data) for name, data in files(place) if name.removeprefix("blob ") not in own]
    return [text[:40] for text, secret in secrets if any(secret.encode() in data for _, data in held)]


def ran(place: Place, *args: str, env: dict[str, str] | None = None) -> Result:
    done = place.mlrun(*args, env=env)
    assert done.status == 0, done.err
    return done


def own_files(place: Place, run: dict[str, Any]) -> set[str]:
    """The ids of all files of the project as they are."""
    oids = {each["oid"] for each in (*run["config"], *run["inputs"], *run["outputs"])} | {run["code"]["patch"]}

    for folder, _, names in os.walk(place.folder):
        if ".mlrun" not in folder and ".git" not in folder:
            oids |= {blob_digest(pathlib.Path(folder, name).read_bytes()).hex() for name in names}
    return oids


def test_what_is_told_of_a_run_is_kept_without_its_secrets(place: Place, repo: Repo) -> None:
    repo.commit(train__py="pass\n")
    urls = [secret for _, secret in ONE_LINE if re.fullmatch(r"[\w.-]{20,100}", secret)]
    shapes = [text for text, secret in ONE_LINE if text == secret and re.fullmatch(r"[\w.-]+", text)]
    addresses = [f"https://me:{each}@git.invalid/a.git" for each in urls]
    addresses += [f"https://git.invalid/{each}/a.git" for each in shapes]
    with (repo.top / ".git" / "config").open("a") as config:
        config.writelines(f'[remote "r{at}"]\n\turl = {each}\n' for at, each in enumerate(addresses))
    script = (
        "import json, os, sys, runlore\n"
        "texts = json.load(sys.stdin)\n"
        "runlore.params(**{f'p{at}': text for at, text in enumerate(texts)})\n"
        "for text in texts: print(text)\n"
    )
    place.write("told.py", script)
    place.write("run.sh", 'exec "$PYTHON" told.py < "$TEXTS"\n')
    texts = pathlib.Path(place.folder, "..", "texts")
    texts.write_text(json.dumps([text for text, _ in CORPUS]))
    environ = {f"SOME_{at}": text for at, (text, _) in enumerate(CORPUS)}
    words = [word for at, (text, _) in enumerate(CORPUS) for word in (f"--x{at}", text)]

    every = "\n".join(text for text, _ in CORPUS)
    name, message = " ".join(text for text, _ in ONE_LINE), every
    env = {**environ, "PYTHON": sys.executable, "TEXTS": os.fspath(texts)}
    done = ran(
        place, "exec", "-n", name, "-e", name, "-m", message, "--trace", "python", "sh", "run.sh", *words, env=env
    )
    assert all(text.splitlines()[0] in done.out for text, _ in CORPUS), "the terminal shows what is printed"
    run = ran(place, "show", "--json").data()
    assert len(run["code"]["git"]["remotes"]) == len(addresses)
    ran(place, "note", run["id"], every)
    assert left(place, CORPUS, set()) == []


@pytest.mark.parametrize("kind", _WRITTEN)
def test_what_config_files_say_is_replaced_in_parameters_and_named_in_the_files(
    place: Place, repo: Repo, kind: str
) -> None:
    parts = [ONE_LINE[at : at + IN_FILE] for at in range(0, len(ONE_LINE), IN_FILE)]
    for number, part in enumerate(parts):
        repo.write(f"c{number}.{kind}", _WRITTEN[kind]([text for text, _ in part]))
    repo.commit()
    configs = [word for number in range(len(parts)) for word in ("-c", f"c{number}.{kind}")]
    ran(place, "exec", "-q", *configs, "true")
    run = ran(place, "show", "--json").data()
    places = {(each["path"], each["line"]) for each in run["secrets"]}
    first = {"json": 2, "ini": 2}.get(kind, 1)
    expected = {
        (f"c{number}.{kind}", first + at): text[:40]
        for number, part in enumerate(parts)
        for at, (text, _) in enumerate(part)
    }
    assert [text for where, text in expected.items() if where not in places] == []
    assert left(place, ONE_LINE, own_files(place, run)) == []
    far = f"{place.folder}/../far"
    ran(place, "remote", "add", "far", far)
    refused = place.mlrun("push")
    assert refused.status == 17, refused
    assert not any(each.is_file() and "pack" in each.name for each in pathlib.Path(far).rglob("*"))


def test_what_was_taken_out_of_the_code_is_named_in_the_patch(place: Place, repo: Repo) -> None:
    some = ONE_LINE[::12]
    repo.commit(old__yaml="".join(f"k{at}: {json.dumps(text)}\n" for at, (text, _) in enumerate(some)))
    (repo.top / "old.yaml").unlink()
    ran(place, "exec", "-q", "true")
    run = ran(place, "show", "--json").data()
    assert len([each for each in run["secrets"] if each["part"] == "patch"]) >= len(some)
    assert left(place, some, {run["code"]["patch"]}) == []
