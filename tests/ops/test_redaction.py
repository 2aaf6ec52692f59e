"""What is replaced in the parts of a record, and how that is said."""

import pytest
from tests.capture.secret_samples import Maker

from runlore.capture.secrets import fingerprint
from runlore.ops.redaction import Redactor, in_output
from runlore.records.run import Warn

KEY = bytes(range(32))
TOKEN = "gh" + "p_" + Maker(5)(36)
MARK = f"<secret:github:{fingerprint(TOKEN, KEY)}>"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(KEY)


def said(redactor: Redactor) -> str:
    (warn,) = redactor.warnings()
    assert warn.code == "secret-redacted"
    return warn.message


def test_what_is_harmless_is_given_back_as_it_is(redactor: Redactor) -> None:
    argv = ("train.py", "--lr", "0.1", "--out", "runs/2026-11-23/a.bin")
    assert redactor.argv(argv) == argv
    assert redactor.params({"lr": 0.1, "out": "a", "n": None}) == {"lr": 0.1, "out": "a", "n": None}
    assert redactor.text("what is tried", "the message") == "what is tried"
    assert redactor.label(None, "the name") is None
    assert redactor.warnings() == ()


def test_one_place_is_named(redactor: Redactor) -> None:
    assert redactor.argv(("train.py", "--token", TOKEN)) == ("train.py", "--token", MARK)
    assert said(redactor) == "a secret in argument 2 is not on record: a mark stands in its place"


def test_places_are_named_once_each_in_order_and_not_the_values(redactor: Redactor) -> None:
    assert redactor.params({"api.key": TOKEN, TOKEN: 1}) == {"api.key": MARK, MARK: 1}
    assert redactor.label(f"a {TOKEN} b {TOKEN}", "the message") == f"a {MARK} b {MARK}"
    assert redactor.warns([Warn("x", f"path {TOKEN}")]) == (Warn("x", f"path {MARK}"),)
    places = f"params.api.key, params.{MARK}, the message and the warning x"
    assert said(redactor) == f"secrets in {places} are not on record: marks stand in their places"


def test_many_places_are_counted(redactor: Redactor) -> None:
    redactor.params({f"p{at}": TOKEN for at in range(40)})
    assert said(redactor).startswith("secrets in params.p0, params.p1, params.p2, params.p3 and 36 more places are")


def test_parameters_that_were_redacted_before_stay_as_they_are(redactor: Redactor) -> None:
    first = redactor.params(
        {"password": "hunter2", "secret": f"postgres://me:{TOKEN}@h/x", "url": "http://a:b3b3@h"}  # mlrun: made-up
    )
    again = Redactor(KEY)
    assert again.params(first) == first
    assert again.warnings() == ()


def test_what_was_printed_is_told_by_rule() -> None:
    assert in_output({}) == ()
    (one,) = in_output({("github", "00000000"): 3})
    assert one.message == "a secret in the output (github) is not in the log: a mark stands in its place"
    (two,) = in_output({("named", "00000000"): 3, ("github", "00000000"): 1})
    assert two.message == "2 secrets in the output (github, named) are not in the log: marks stand for them"
