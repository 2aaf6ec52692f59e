"""Config files: which they are, what they say, and that none of them can harm us."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.config import MAX_BYTES, MAX_VALUES_BYTES, ConfigFile, config_paths, merge, read_config
from runlore.records.canonical import Scalar, encode


def write(path: Path, text: str) -> str:
    path.write_text(textwrap.dedent(text))
    return str(path)


def values(tmp_path: Path, text: str, suffix: str = "yaml") -> dict[str, Scalar]:
    config = read_config(write(tmp_path / f"c.{suffix}", text))
    assert config.warnings == ()
    return dict(config.values)


def codes(config: ConfigFile) -> list[str]:
    return [warning.code for warning in config.warnings]


def paths(folder: Path, *argv: str, declared: tuple[str, ...] = ()) -> list[str]:
    return [os.path.relpath(path, folder) for path in config_paths(argv, declared, cwd=str(folder))]


# Which files


@pytest.mark.parametrize("name", ["c.yaml", "c.yml", "c.toml", "c.json", "C.YAML"])
def test_existing_config_files_named_in_the_command_are_found(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "")
    assert paths(tmp_path, "train.py", "--config", name) == [name]
    assert paths(tmp_path, "train.py", f"--config={name}") == [name]
    assert paths(tmp_path, "train.py", f"config={name}") == [name]
    assert paths(tmp_path, "train.py", name) == [name]
    assert paths(tmp_path, "train.py", str(tmp_path / name)) == [name]


def test_a_launchers_config_is_found_too(tmp_path: Path) -> None:
    write(tmp_path / "acc.yaml", "")
    assert paths(tmp_path, "accelerate", "launch", "--config_file", "acc.yaml", "train.py") == ["acc.yaml"]


def test_what_does_not_exist_or_is_no_regular_file_is_no_config(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    write(tmp_path / "notes.txt", "")
    named = ["missing.yaml", "folder.yaml", "pipe.yaml", "dangling.yaml", "notes.txt", "nul\0.yaml", ".yaml"]
    assert paths(tmp_path, "train.py", *named) == []


def test_a_file_is_listed_once_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path / "c.yaml", "")
    (tmp_path / "link.yaml").symlink_to("c.yaml")
    assert paths(tmp_path, "train.py", "./c.yaml", "link.yaml", "--c=c.yaml", declared=("c.yaml",)) == ["c.yaml"]


def test_declared_files_come_after_those_in_the_command_and_need_no_suffix(tmp_path: Path) -> None:
    write(tmp_path / "b.yaml", "")
    assert paths(tmp_path, "train.py", "b.yaml", declared=("a.gin", "missing.yaml")) == [
        "b.yaml",
        "a.gin",
        "missing.yaml",
    ]


def test_a_large_file_is_a_config_only_when_declared(tmp_path: Path) -> None:
    (tmp_path / "fits.json").write_bytes(b" " * MAX_VALUES_BYTES)
    (tmp_path / "data.json").write_bytes(b" " * (MAX_VALUES_BYTES + 1))
    assert paths(tmp_path, "train.py", "fits.json", "data.json") == ["fits.json"]
    assert paths(tmp_path, "train.py", "data.json", declared=("data.json",)) == ["data.json"]


def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.yaml")
    write(tmp_path / name, "lr: 1")
    (path,) = config_paths(["train.py", name], [], cwd=str(tmp_path))
    assert read_config(path).values == {"lr": 1}


# What they say


def test_yaml_toml_and_json_say_the_same(tmp_path: Path) -> None:
    said = {"lr": 0.1, "model.layers.0": 64, "model.layers.1": 32, "model.bias": True}
    assert values(tmp_path, "lr: 0.1\nmodel: {layers: [64, 32], bias: true}\n") == said
    assert values(tmp_path, "lr = 0.1\nmodel.layers = [64, 32]\nmodel.bias = true\n", "toml") == said
    assert values(tmp_path, '{"lr": 0.1, "model": {"layers": [64, 32], "bias": true}}', "json") == said


def test_the_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "c.yaml", "# a comment\r\nlr: 1\r\n")
    assert read_config(path).data == Path(path).read_bytes()


@pytest.mark.parametrize("loader", ["C", "python"])
def test_yaml_scalars_are_what_scripts_see(tmp_path: Path, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loader == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    text = """
        int: 3
        hex: 0x1F
        float: 1.5
        'exponent': 1e-3
        quoted: "1e-3"
        str: !!str 3
        forced: !!float 3
        yes: no
        empty:
        inf: -.inf
        word: nan
        date: 2024-03-01
        at: 2024-03-01 12:30:00
        never: 2024-02-30
        wrong: !!bool maybe
        text: |
          two
          lines
    """
    assert values(tmp_path, text) == {
        "int": 3,
        "hex": 31,
        "float": 1.5,
        "exponent": 0.001,
        "quoted": "1e-3",
        "str": "3",
        "forced": 3.0,
        "true": False,
        "empty": None,
        "inf": float("-inf"),
        "word": "nan",
        "date": "2024-03-01",
        "at": "2024-03-01T12:30:00",
        "never": "2024-02-30",
        "wrong": "maybe",
        "text": "two\nlines\n",
    }


def test_unknown_tags_are_kept_as_plain_text_and_run_nothing(tmp_path: Path) -> None:
    text = f"""
        home: !ENV ${{HOME}}
        list: !tuple [1, 2]
        map: !point {{x: 1}}
        run: !!python/object/apply:os.system ["touch {tmp_path}/ran"]
        made: !!python/name:os.system
        raw: !!binary aGk=
    """
    assert values(tmp_path, text) == {
        "home": "${HOME}",
        "list.0": 1,
        "list.1": 2,
        "map.x": 1,
        "run.0": f"touch {tmp_path}/ran",
        "made": "",
        "raw": "aGk=",
    }
    assert not (tmp_path / "ran").exists()


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    text = """
        base: &base {lr: 1, depth: 2}
        other: &other {depth: 3, width: 4}
        one: {<<: *base, lr: 5}
        two: {lr: 6, <<: [*base, *other]}
        plain: {"<<": *base}
        again: *other
    """
    found = values(tmp_path, text)
    assert {key: each for key, each in found.items() if key.split(".")[0] in ("one", "two", "plain", "again")} == {
        "one.lr": 5,
        "one.depth": 2,
        "two.lr": 6,
        "two.depth": 2,
        "two.width": 4,
        "plain.<<.lr": 1,
        "plain.<<.depth": 2,
        "again.depth": 3,
        "again.width": 4,
    }


def test_of_duplicate_keys_the_last_counts_as_the_parsers_have_it(tmp_path: Path) -> None:
    assert values(tmp_path, "lr: 1\nlr: 2\n") == {"lr": 2}
    assert values(tmp_path, '{"lr": 1, "lr": 2}', "json") == {"lr": 2}


def test_several_yaml_documents_are_numbered(tmp_path: Path) -> None:
    assert values(tmp_path, "lr: 1\n---\nlr: 2\n") == {"0.lr": 1, "1.lr": 2}
    assert values(tmp_path, "---\nlr: 1\n---\n") == {"lr": 1}


@pytest.mark.parametrize(
    ("suffix", "text"), [("yaml", ""), ("yaml", "# only a comment"), ("toml", ""), ("yaml", "[1, 2]"), ("json", "3")]
)
def test_a_file_without_names_at_its_top_has_no_parameters(tmp_path: Path, suffix: str, text: str) -> None:
    assert values(tmp_path, text, suffix) == {}


def test_json_with_a_byte_order_mark_and_odd_numbers_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(b'\xef\xbb\xbf{"a": NaN, "b": -Infinity, "c": 1E2}')
    found = read_config(str(tmp_path / "c.json")).values
    assert str(found["a"]) == "nan"
    assert (found["b"], found["c"]) == (float("-inf"), 100.0)


def test_toml_dates_become_iso_8601(tmp_path: Path) -> None:
    assert values(tmp_path, "day = 2024-03-01\nat = 12:30:00\n", "toml") == {"day": "2024-03-01", "at": "12:30:00"}


def test_a_declared_file_of_another_kind_is_kept_without_values(tmp_path: Path) -> None:
    path = write(tmp_path / "model.gin", "lr = 1")
    assert read_config(path) == ConfigFile(path, b"lr = 1", {})


# What is wrong with them


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        ("yaml", b"a: [1"),
        ("yaml", b"a: b: c"),
        ("yaml", b"a: *missing"),
        ("yaml", b"a: &a [*a]"),
        ("yaml", b"? [1, 2]\n: 3"),
        ("yaml", b"\xff\xfe\xfd"),
        ("yaml", b"a: \x00"),
        ("toml", b"a = "),
        ("toml", b"a = 1\na = 2"),
        ("toml", b'a = "\xff"'),
        ("toml", b"a = " + b"[" * 100_000),
        ("json", b"{"),
        ("json", b'{"a": 1}\n{"a": 2}\n'),
        ("json", b'{"a": "\xff"}'),
        ("json", b"[" * 100_000),
    ],
)
def test_a_malformed_file_is_kept_and_said_to_be_unreadable(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"c.{suffix}"
    path.write_bytes(data)
    config = read_config(str(path))
    assert (config.data, config.values, codes(config)) == (data, {}, ["config-unreadable"])
    assert "\n" not in config.warnings[0].message
    assert len(config.warnings[0].message) < 300 + len(str(path))


def test_a_file_that_is_missing_or_not_regular_is_unreadable_and_not_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for name, reason in [("missing.yaml", "No such file"), (".", "not a regular file"), ("pipe.yaml", "not a regular")]:
        config = read_config(str(tmp_path / name))
        assert (config.data, codes(config)) == (None, ["config-unreadable"])
        assert reason in config.warnings[0].message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path / "c.yaml", "lr: 1")
    os.chmod(path, 0)
    assert codes(read_config(path)) == ["config-unreadable"]


def test_large_files_are_kept_without_values_and_huge_ones_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    for size, kept in [(MAX_VALUES_BYTES + 1, True), (MAX_BYTES, True), (MAX_BYTES + 1, False)]:
        with path.open("wb") as file:
            file.truncate(size)
        config = read_config(str(path))
        assert (config.values, codes(config)) == ({}, ["config-too-large"])
        assert (config.data is not None and len(config.data) == size) == kept


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_of_many_keys_the_first_thousand_are_parameters(tmp_path: Path, suffix: str) -> None:
    equals = " = " if suffix == "toml" else ": "
    rows = [f'"k{index}"{equals}{index}' for index in range(1001)]
    config = read_config(
        write(tmp_path / f"c.{suffix}", "{" + ",".join(rows) + "}" if suffix == "json" else "\n".join(rows))
    )
    assert codes(config) == ["config-truncated"]
    assert list(config.values) == [f"k{index}" for index in range(1000)]


def _laughs(reference: str) -> str:
    rows = ["a0: &a0 {x: 1, y: [2, 3]}"]
    rows += [f"a{level}: &a{level} {reference.format(','.join([f'*a{level - 1}'] * 10))}" for level in range(1, 40)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_laughs("[{}]"), "config-truncated"),
        (_laughs("{{<<: [{}]}}"), None),
        ("a: " + "[" * 1_000_000, "config-truncated"),
        ("a: " + "{a: " * 250_000, "config-truncated"),
        ("a: &a {" + ",".join(f"k{index}: 1" for index in range(5000)) + "}\n" + "? {<<: *a}\n" * 5000, None),
        ("- [[],[]]\n" * 100_000, None),
        ("k" * 500_000 + ":\n" + "  - &a " + "v" * 500_000 + "\n" + "  - *a\n" * 500, None),
    ],
    ids=["aliases", "merges", "brackets", "braces", "wide-merges", "no-scalars", "long-keys"],
)
def test_a_yaml_bomb_costs_little(tmp_path: Path, text: str, code: str | None) -> None:
    path = write(tmp_path / "bomb.yaml", text)
    started = time.process_time()
    config = read_config(path)
    assert time.process_time() - started < 5
    assert config.data is not None
    assert len(config.values) <= 1000
    assert code is None or codes(config) == [code]


@pytest.mark.parametrize(
    "text",
    ["a." * 500_000 + "a = 1", "[" + "a . " * 200_000 + "a]", "x = {" + "'a'." * 200_000 + "a = 1}"],
    ids=["key", "table", "inline"],
)
def test_a_toml_bomb_costs_little(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    config = read_config(write(tmp_path / "bomb.toml", text))
    assert time.process_time() - started < 5
    assert codes(config) == ["config-unreadable"]


@pytest.mark.parametrize("text", ['x = "', "a-b" * 300_000, "'a\"" * 200_000, '"" . ' * 60])
def test_looking_for_a_toml_bomb_costs_little_itself(tmp_path: Path, text: str) -> None:
    started = time.process_time()
    read_config(write(tmp_path / "c.toml", text))
    assert time.process_time() - started < 5


def test_toml_that_only_looks_deep_is_read(tmp_path: Path) -> None:
    floats = ", ".join(["0.5"] * 100)
    found = values(tmp_path, f'a.b.c.d = [{floats}]\ntext = "{"." * 100}"\n', "toml")
    assert len(found) == 101


_pieces = [
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&x ",
    "*x",
    "<<",
    "!t ",
    "? ",
    "|",
    "---\n",
    "1e3",
    "'",
    '"',
    "=",
]


@given(st.sampled_from(["yaml", "toml", "json"]), st.lists(st.sampled_from(_pieces)).map("".join))
def test_no_content_makes_it_raise(tmp_path_factory: pytest.TempPathFactory, suffix: str, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz.{suffix}"
    path.write_text(text)
    config = read_config(str(path))
    assert config.data == text.encode()
    assert encode(config.values)


# Together


def test_later_configs_win_over_earlier_ones_and_the_command_over_all(tmp_path: Path) -> None:
    first = read_config(write(tmp_path / "a.yaml", "lr: 1\ndepth: 1\nseed: 1"))
    second = read_config(write(tmp_path / "b.toml", "depth = 2\nseed = 2"))
    assert merge([first, second], {"seed": 3}) == {"lr": 1, "depth": 2, "seed": 3}
    assert merge([], {}) == {}


def test_yaml_is_imported_only_when_there_is_a_yaml_file(tmp_path: Path) -> None:
    program = """
        import sys
        from runlore.capture.config import config_paths, read_config
        for path in config_paths(sys.argv, [], cwd="."):
            read_config(path)
        print([name for name in ("yaml", "tomllib", "datetime", "pathlib") if name in sys.modules])
    """
    write(tmp_path / "c.json", "{}")
    write(tmp_path / "c.yaml", "lr: 1")

    def loaded(*argv: str) -> str:
        command = [sys.executable, "-c", textwrap.dedent(program), *argv]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert loaded("c.json", "missing.yaml") == "[]\n"
    assert "yaml" in loaded("c.yaml")
