"""Which recipes are one but for a seed."""

import pytest

from runlore.records.hashing import ObjectId
from runlore.records.run import Recipe
from runlore.records.seedless import is_seed, seed_of, seedless, without_seed

RECIPE = Recipe(
    argv=("train.py", "--lr", "0.1", "--seed", "1"),
    cwd=".",
    code=ObjectId("c" * 64),
    params={"lr": 0.1, "seed": 1},
    config=({"path": "conf.yaml", "oid": "1" * 64},),
    environment=ObjectId("e" * 64),
    inputs=({"path": "data.csv", "oid": "d" * 64, "kind": "f"},),
    variables={"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "2"},
)


@pytest.mark.parametrize(
    "name",
    [
        *("seed", "SEED", "random_state", "rng", "data.seed", "np_random_seed", "seed.0", "seed1", "manualSeed"),
        *("seed_everything", "trainer.seed_everything", "PYTHONHASHSEED", "PL_GLOBAL_SEED", "split.random_state"),
    ],
)
def test_these_are_seeds(name: str) -> None:
    assert is_seed(name)


@pytest.mark.parametrize("name", ["n_seeds", "speed", "linseed", "state", "lr", "seeding", "string", ""])
def test_these_are_none(name: str) -> None:
    assert not is_seed(name)


def test_a_seed_leaves_the_words_with_its_value() -> None:
    assert list(without_seed(("t.py", "--seed", "1", "--lr=2", "--seed=3", "+seed=4", "x"))) == ["t.py", "--lr=2", "x"]


def test_recipes_that_differ_in_seeds_code_and_the_bytes_of_a_config_file_are_akin() -> None:
    other = RECIPE._replace(
        argv=("train.py", "--lr", "0.1", "--seed", "2"),
        params={"lr": 0.1, "seed": 2},
        code=ObjectId("b" * 64),
        config=({"path": "conf.yaml", "oid": "2" * 64},),
        inputs=(*RECIPE.inputs, {"path": "conf.yaml", "oid": "2" * 64, "kind": "f"}),
        variables={"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"},
    )
    assert seedless(other) == seedless(RECIPE)
    assert seed_of(other) != seed_of(RECIPE)


@pytest.mark.parametrize(
    "other",
    [
        RECIPE._replace(params={"lr": 1, "seed": 1}),
        RECIPE._replace(cwd="sub"),
        RECIPE._replace(environment=None),
        RECIPE._replace(config=()),
        RECIPE._replace(argv=("other.py", "--lr", "0.1", "--seed", "1")),
        RECIPE._replace(inputs=({"path": "data.csv", "oid": "f" * 64, "kind": "f"},)),
        RECIPE._replace(variables={"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "4"}),
    ],
)
def test_recipes_that_differ_in_anything_else_are_not(other: Recipe) -> None:
    assert seedless(other) != seedless(RECIPE)


def test_a_number_is_not_its_text() -> None:
    names = {seedless(RECIPE._replace(params={"x": value})) for value in (1, 1.0, True, "1", None)}
    assert len(names) == 5
