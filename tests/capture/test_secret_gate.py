"""What is let through without a look at the rules holds nothing that they would find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.secret_samples import samples

from runlore.capture.secret_gate import STEMS, is_harmless
from runlore.capture.secrets import find, redact_argv, redact_params

KEY = bytes(range(32))
SAMPLES = [text for _, text, _ in samples(3)]


@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_no_sample_of_a_secret_is_harmless(text: str) -> None:
    assert not is_harmless(text)
    assert not is_harmless(f"epoch 1\n  {text}")


@pytest.mark.parametrize(
    "text", ["", "train.py --lr 0.1", "epoch 3/20: loss=0.25 acc: 0.93\n", "data/train.csv", "12345678 | yes"]
)
def test_ordinary_short_words_are_harmless(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize("text", ["--password x", "DB_PASS=1", "a@b", "e3b0c44298fc1c14", "my.Api_KEY"])
def test_what_a_rule_could_begin_at_is_not_harmless(text: str) -> None:
    assert not is_harmless(text)


WORDS = st.sampled_from([*STEMS, "=", ":", "://u:p", "@", "hf_", "AKIA", "-", " ", "\n", '"', "--", "7", "Z9", "x"])


@given(st.lists(WORDS, max_size=12).map("".join))
def test_the_rules_find_nothing_in_what_is_harmless(text: str) -> None:
    if is_harmless(text):
        assert find(text, KEY) == []
        assert redact_argv(tuple(text.split()), KEY)[1] == []
        assert redact_params({"value": text}, KEY)[1] == []
