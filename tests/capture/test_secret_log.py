"""Secrets that come in pieces, on their way into the kept log."""

import pathlib

import pytest
from tests.capture.secret_samples import Maker, pem

from runlore.capture.secret_log import LogRedactor
from runlore.execute.log import LogWriter

KEY = bytes(range(32))
MAKE = Maker(11)
TOKEN = "gh" + "p_" + MAKE(36)
PLAIN = MAKE(24)


def log(path: pathlib.Path, pieces: list[bytes]) -> tuple[list[bytes], LogRedactor]:
    """What lay in the file after each piece, and in the end."""
    redactor = LogRedactor(KEY)
    writer = LogWriter(str(path), redact=redactor)
    kept = []
    for piece in pieces:
        writer.write(piece)
        kept.append(path.read_bytes())
    assert writer.close() == ()
    return [*kept, path.read_bytes()], redactor


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 3, 7, 20, 1000])
@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n", b" more\n"])
def test_no_part_of_a_secret_is_ever_in_the_file(tmp_path: pathlib.Path, size: int, end: bytes) -> None:
    printed = b"caf\xe9 \x1b[1mlogin\x1b[0m with " + TOKEN.encode() + b" and api_key=" + PLAIN.encode() + end
    kept, redactor = log(tmp_path / "log", cut(printed, size))
    for each in kept:
        assert TOKEN[4:12].encode() not in each
        assert PLAIN[:8].encode() not in each
    (one, two) = redactor.found
    assert (one[0], two[0]) == ("github", "named")
    marks = [f"<secret:{rule}:{known}>".encode() for rule, known in (one, two)]
    text = b"caf\xe9 \x1b[1mlogin\x1b[0m with " + marks[0] + b" and api_key=" + marks[1] + end
    assert kept[-1] == text.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("size", [1, 16, 65, 5000])
@pytest.mark.parametrize("complete", [True, False])
def test_a_private_key_is_kept_out_however_it_comes(tmp_path: pathlib.Path, size: int, complete: bool) -> None:
    key = pem(MAKE) if complete else pem(MAKE).partition("-----END")[0]
    kept, redactor = log(tmp_path / "log", cut(f"before\n{key}after it\nthe end".encode(), size))
    for line in key.splitlines()[1:-1]:
        assert all(line[:20].encode() not in each for each in kept)
    assert kept[-1].startswith(b"before\n-----BEGIN RSA PRIVATE KEY-----")
    assert kept[-1].endswith(b"the end")
    assert {rule for rule, _ in redactor.found} == {"private-key"}


def test_a_secret_in_a_line_of_100_kilobytes_is_not_cut(tmp_path: pathlib.Path) -> None:
    printed = b"x1 " * 21_840 + TOKEN.encode() + b" y" * 20_000
    kept, redactor = log(tmp_path / "log", cut(printed, 101))
    assert [rule for rule, _ in redactor.found] == ["github"]
    assert TOKEN.encode() not in kept[-1]
    assert len(kept[-1]) == len(printed) - len(TOKEN) + len("<secret:github:00000000>")


def test_what_was_overwritten_counts_for_nothing(tmp_path: pathlib.Path) -> None:
    kept, redactor = log(tmp_path / "log", [b"password=hunter2", b"\rdone    \n"])
    assert kept[-1] == b"done    \n"
    assert redactor.found == {}


def test_ordinary_output_is_kept_byte_for_byte(tmp_path: pathlib.Path) -> None:
    printed = b"\xff\xfe epoch 1 tok/s=12345 max_tokens: 512\n\x1b[32mloss\x1b[0m=0.25 https://h/x@v1\n" * 300
    kept, redactor = log(tmp_path / "log", cut(printed, 997))
    assert kept[-1] == printed
    assert redactor.found == {}


def test_secrets_are_counted_by_rule_and_fingerprint() -> None:
    redactor = LogRedactor(KEY)
    for _ in range(3):
        redactor(f"{TOKEN}\n".encode(), ended=True)
        redactor(f"{TOKEN}".encode(), ended=False)
    assert list(redactor.found.values()) == [3]
