"""Arguments as people type them, and the parameters they mean."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.params import params_of, typed
from runlore.records.canonical import Scalar, decode, encode


def of(line: str) -> dict[str, Scalar]:
    return params_of(["train.py", *line.split()])


@pytest.mark.parametrize(
    ("line", "params"),
    [
        ("--lr 0.1", {"lr": 0.1}),
        ("--lr=0.1", {"lr": 0.1}),
        ("-lr 0.1", {"lr": 0.1}),
        ("-n 5", {"n": 5}),
        ("-n5", {"n": 5}),
        ("-n=5", {"n": 5}),
        ("-x", {"x": True}),
        ("-x --lr 1", {"x": True, "lr": 1}),
        ("--flag", {"flag": True}),
        ("--flag --other", {"flag": True, "other": True}),
        ("--learning-rate 0.1", {"learning_rate": 0.1}),
        ("--model.lr-init=2", {"model.lr_init": 2}),
        ("--name=", {"name": ""}),
        ("--expr a=b==c", {"expr": True, "a": "b==c"}),
        ("--where=x=1", {"where": "x=1"}),
        ("--input -", {"input": "-"}),
        ("--url http://host/?a=b", {"url": "http://host/?a=b"}),
        ("", {}),
    ],
)
def test_options_are_read_as_argparse_and_click_users_type_them(line: str, params: dict[str, Scalar]) -> None:
    assert of(line) == params


def test_a_negated_flag_is_kept_as_it_was_typed() -> None:
    assert of("--no-cuda") == {"no_cuda": True}


@pytest.mark.parametrize(
    ("line", "params"),
    [
        ("lr=0.1", {"lr": 0.1}),
        ("model.lr=0.1 model.depth=3", {"model.lr": 0.1, "model.depth": 3}),
        ("+seed=1", {"seed": 1}),
        ("++seed=1", {"seed": 1}),
        ("~callbacks", {"~callbacks": True}),
        ("~callbacks=early", {"~callbacks": "early"}),
        ("hydra/launcher=joblib", {"hydra/launcher": "joblib"}),
        ("db@src=mysql", {"db@src": "mysql"}),
        ("layers=[64,32]", {"layers": "[64,32]"}),
        ("name=", {"name": ""}),
        ("lr=0.1 lr=0.2", {"lr": 0.2}),
        ("-m lr=0.1,0.2", {"m": True, "lr": "0.1,0.2"}),
        ("--multirun lr=1", {"multirun": True, "lr": 1}),
        ("--set lr=1", {"set": True, "lr": 1}),
    ],
)
def test_hydra_overrides_are_parameters_and_never_the_value_of_an_option(line: str, params: dict[str, Scalar]) -> None:
    assert of(line) == params


def test_a_repeated_option_has_one_parameter_for_each_time() -> None:
    assert of("--tag a --lr 1 --tag b") == {"tag.0": "a", "tag.1": "b", "lr": 1}


def test_numbers_after_a_number_belong_to_the_same_option() -> None:
    assert of("--layers 64 64 32 --lr 0.1") == {"layers.0": 64, "layers.1": 64, "layers.2": 32, "lr": 0.1}
    assert of("--betas 0.9 -0.5") == {"betas.0": 0.9, "betas.1": -0.5}


def test_words_that_belong_to_no_option_are_not_parameters() -> None:
    assert of("data.csv out --lr 0.1 more") == {"lr": 0.1}
    assert of("-5 7") == {}


def test_a_double_dash_ends_the_options_but_not_the_overrides() -> None:
    assert of("--lr 1 -- --not-an-option 3 depth=2") == {"lr": 1, "depth": 2}
    assert of("--flag -- x") == {"flag": True}


@pytest.mark.parametrize("value", ["-1", "-0.5", "-.5", "-1e-3", "-3."])
def test_a_negative_number_is_a_value(value: str) -> None:
    assert of(f"--shift {value}") == {"shift": float(value)}
    assert of(f"-s {value}") == {"s": float(value)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("1_000", 1000),
        ("1.0", 1.0),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("5.", 5.0),
        ("2E5", 200000.0),
        ("0.0", 0.0),
        ("0e0", 0.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("None", None),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("18446744073709551616", 2**64),
        ("007", "007"),
        ("-01", "-01"),
        ("1e999", "1e999"),
        ("1__0", "1__0"),
        ("1.2.3", "1.2.3"),
        ("0x1F", "0x1F"),
        ("e5", "e5"),
        (".", "."),
        ("", ""),
        (" 1", " 1"),
        ("TRUE", "TRUE"),
        ("٣", "٣"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_value_has_the_type_it_spells(text: str, value: Scalar) -> None:
    found = typed(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_float() -> None:
    assert isinstance(found := typed("nan"), float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    "line",
    [
        "train.py --lr 1",
        "./train --lr 1",
        "python train.py --lr 1",
        "/usr/bin/python3.12 -u train.py --lr 1",
        "python -u -m pkg.train --lr 1",
        "python -um pkg.train --lr 1",
        "python -mpkg.train --lr 1",
        "python -W ignore -X dev train.py --lr 1",
        "python -Wignore train.py --lr 1",
        "python --check-hash-based-pycs=never train.py --lr 1",
        "python -c code --lr 1",
        "python - --lr 1",
        "python -- train.py --lr 1",
        "python package --lr 1",
        "bash run.sh --lr 1",
        "bash -e -o pipefail run --lr 1",
        "bash -ec code --lr 1",
        "torchrun --nproc 2 train.py --lr 1",
        "torchrun --nproc 2 -m pkg.train --lr 1",
        "python -m torch.distributed.run --nproc_per_node 2 train.py --lr 1",
        "accelerate launch --config_file acc.yaml train.py --lr 1",
        "deepspeed --num_gpus 2 --module pkg.train --lr 1",
        "uv run train.py --lr 1",
        "uv run --python python3.12 --with numpy train.py --lr 1",
        "uv run --with numpy python -u train.py --lr 1",
        "conda run -n env python train.py --lr 1",
        "env SEED=3 nice -n 5 python train.py --lr 1",
        "mpirun -np 4 python -m pkg.train --lr 1",
        "coverage run -m pkg.train --lr 1",
    ],
)
def test_only_what_follows_the_script_is_a_parameter(line: str) -> None:
    assert params_of(line.split()) == {"lr": 1}


@pytest.mark.parametrize(
    ("line", "params"),
    [
        ("uv run --with numpy mytool --lr 1", {"with": "numpy", "lr": 1}),
        ("mytool train other.py --lr 1", {"lr": 1}),
        ("mytool --script other.py --lr 1", {"script": "other.py", "lr": 1}),
        ("python -V", {"V": True}),
        ("python", {}),
        ("", {}),
    ],
)
def test_without_a_script_that_can_be_told_every_option_counts(line: str, params: dict[str, Scalar]) -> None:
    assert params_of(line.split()) == params


def test_a_word_of_a_million_digits_is_read_in_linear_time() -> None:
    long = "9" * 1_000_000
    assert of(f"--lr {long}x {long}") == {"lr": f"{long}x"}


_words = st.one_of(
    st.text(max_size=6),
    st.text(alphabet="-=~+.019eabn_", max_size=6),
    st.sampled_from(["python", "bash", "uv", "-m", "--", "-", "train.py", "-c", "-W", "--lr", "\udcff=\udc80"]),
)


@given(st.lists(_words, max_size=8))
def test_no_command_line_makes_it_raise_or_give_what_a_record_cannot_hold(argv: list[str]) -> None:
    params = params_of(argv)
    assert "" not in params
    assert json.dumps(decode(encode(params))) == json.dumps({key: params[key] for key in sorted(params)})
