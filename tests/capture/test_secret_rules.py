"""Every shape of secret is found wherever it stands, and nothing takes long."""

import pathlib
import time

import pytest
from tests.capture.secret_samples import samples

from runlore.capture.secret_rules import RULES
from runlore.capture.secrets import find, redact, scan_file

KEY = bytes(range(32))
SAMPLES = samples()
FRAMES = ("{}", "key: {}\n", 'x = "{}"\n', "the token {} is used\n", "[{}]", "\x1b[31m{}\x1b[0m\n", "a,{},b\n")
LONG = "import numpy as np\nx = make_something(a, batch_size=64)\n" * 150


def test_there_are_samples_of_every_rule_and_of_more_than_60_shapes() -> None:
    assert {rule for rule, _, _ in SAMPLES} == set(RULES)
    assert len(RULES) >= 60


def test_every_rule_is_documented() -> None:
    page = pathlib.Path(__file__).parents[2].joinpath("docs/reference/secrets.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == [*RULES, "named"]


@pytest.mark.parametrize(("rule", "text", "secret"), SAMPLES, ids=[f"{n}-{s[0]}" for n, s in enumerate(SAMPLES)])
def test_a_secret_is_found_by_its_shape_in_any_surroundings(rule: str, text: str, secret: str) -> None:
    for frame in FRAMES:
        for around in ("", LONG):
            whole = f"{around}{frame.format(text)}\n{around}"
            redacted, found = redact(whole, KEY)
            assert rule in {each.rule for each in found}, (frame, bool(around))
            assert secret not in redacted
            assert redact(redacted, KEY) == (redacted, [])
            assert redacted.startswith(around)
            assert redacted.endswith(around)


@pytest.mark.parametrize("seed", range(1, 6))
def test_it_does_not_depend_on_the_random_part(seed: int) -> None:
    for rule, text, secret in samples(seed):
        redacted, found = redact(f"{LONG}\nx = {text}\n", KEY)
        assert rule in {each.rule for each in found}, text[:12]
        assert secret not in redacted


def test_a_file_is_marked_with_rule_and_line() -> None:
    for rule, text, secret in SAMPLES:
        data = f"# é\n\nx = '''{text}'''\n{LONG}".encode()
        found = scan_file(data, KEY)
        assert [(line, each.rule) for line, each in found if each.rule == rule], rule
        line, each = next((line, each) for line, each in found if each.rule == rule)
        assert line == 3 + data[: each.start].decode(errors="ignore").partition("'''")[2].count("\n")
        assert secret.encode() in data[each.start : each.end]


@pytest.mark.parametrize(
    "text",
    [
        "x" + "ghp" + "_" + "a1B2" * 9,  # in the middle of a word
        "ghp" + "_" + "x" * 36,
        "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "sk-learn-contrib-examples-of-long-names-that-people-give",
        "https://user:password@host/x",
        "https://user:${TOKEN}@host/x",
        "http://host:8080/path@v1",
        "http://[::1]:80/x@y",
        "git@github.com:me/project.git",
        "https://huggingface.co/bert-base-uncased/resolve/main/config.json",
        "-----BEGIN PRIVATE KEY-----",  # mlrun: made-up
        "Bearer authentication is used",
        "ddp.find_unused_parameters",
        "s3://bucket/checkpoints/3f786850e387550fdab836ed7e6dc881de23001b/model.pt",
    ],
)
def test_what_only_resembles_a_secret_is_none(text: str) -> None:
    for frame in FRAMES:
        for around in ("", LONG):
            assert find(f"{around}{frame.format(text)}\n{around}", KEY) == []


UNITS = (
    *("a", "A", "-", "_", "=", "1", "\n", "@", "key", "key=", 'key="', "token='", "password: ", "://", "://a:", "://a:b@"),
    *("eyJ", "meyJ", "eyJaaaaaaaaaa.", "sk-", "AKIA", "PuTTY-User-Key-File-3: Private-Lines: ", "Bearer ", "Bearer a1"),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----" + "A" * 39 + " ", "xoxb-", "sl.", "hf_aaaaaaaaaaaa"),
    *("0123456789:AA", '\\"', "<secret:", "<secret:a:00000000>", "uthorization: Basic ", "patAAAAAAAAAAAAAA.", "&sig="),
    *('"username":"a","key":"', "MTaaaaaaaaaaaaaaaaaaaaaa.aaaaaa.", "http://0123456789abcdef@", "f0" * 16 + "-us"),
    *("ghp" + "_" + "a1B2" * 9 + " ", "password=hunter22 "),
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_megabyte_of_anything_takes_no_time_by_the_square(unit: str) -> None:
    text = (unit * ((1 << 20) // len(unit) + 1))[: 1 << 20]
    for search in (find, lambda text, key: scan_file(text.encode(), key)):
        start = time.process_time()
        search(text, KEY)
        assert time.process_time() - start < 3
