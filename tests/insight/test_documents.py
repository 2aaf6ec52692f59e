import pytest
from tests.insight.said import said, sameness

YAML = b"a: &x [1, 2]\nb: *x\nc: {d: 1e-3, e: 2024-01-01}\n"


def test_equal_bytes_are_identical_and_nothing_is_said_of_them() -> None:
    assert said("x.json", b'{"a": 1}', b'{"a": 1}') == ("identical", "", None)


def test_json_is_equal_whatever_the_order_of_keys_the_spaces_and_the_way_a_number_is_written() -> None:
    found = said("x.json", b'{"a": [1, 2.5], "b": NaN}', b'{"b":NaN,\n"a":[1.0,25e-1]}')
    assert found == ("equal", "the bytes differ, the values do not", 0.0)


def test_the_place_and_both_values_of_a_single_number_are_said() -> None:
    found = said("x.json", b'{"test": {"loss": 0.5}}', b'{"test": {"loss": 0.25}}')
    assert found == ("different", "test.loss: 0.5 and 0.25", 0.5)


def test_numbers_within_the_tolerance_are_so_and_a_little_less_tolerance_is_not_enough() -> None:
    a, b = b"[100.0, 1]", b"[101.0, 1]"
    assert said("x.json", a, b, tolerance=0.01) == (
        "within-tolerance",
        "0: 1 of 2 numbers differs: 100 and 101",
        1 / 101,
    )
    assert sameness("x.json", a, b, tolerance=0.0099) == "different"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b"[1]", b"[true]"),
        (b"[1]", b'["1"]'),
        (b"[0]", b"[null]"),
        (b"[0]", b"[1e-300]"),
        (b"[NaN]", b"[1]"),
        (b"[Infinity]", b"[-Infinity]"),
        (b"[1, 2]", b"[2, 1]"),
        (b"[1]", b"[1, 1]"),
        (b'{"a": 1}', b'{"a": 1, "b": 1}'),
        (b'{"a": []}', b'{"a": {}}'),
    ],
)
def test_no_small_tolerance_makes_these_equal(a: bytes, b: bytes) -> None:
    assert sameness("x.json", a, b, tolerance=0.1) == "different"
    assert sameness("x.json", b, a, tolerance=0.1) == "different"


def test_a_key_that_stands_there_twice_says_nothing_certain() -> None:
    assert sameness("x.json", b'{"a": 1, "a": 2}', b'{"a": 2}') == "unreadable"


def test_text_that_is_no_json_is_not_called_equal_or_different() -> None:
    found = said("x.json", b'{"a": 1', b'{"a": 2')
    assert found.sameness == "unreadable"
    assert found.detail.startswith("the bytes differ; as JSON they could not be compared: ")


def test_json_lines_are_compared_line_by_line() -> None:
    lines = b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n'
    assert sameness("x.jsonl", lines, lines.replace(b", ", b",\t").replace(b"\n", b"\r\n")) == "equal"
    assert said("x.jsonl", lines, lines.replace(b"0.25", b"0.125")).detail == (
        "line 2.loss: 1 of 2 numbers differs: 0.25 and 0.125"
    )
    assert said("x.jsonl", lines, lines * 2).detail == "the second has more lines than the other's 2"


def test_yaml_is_equal_whatever_its_style() -> None:
    assert sameness("x.yaml", YAML, b"c:\n  e: 2024-01-01\n  d: 0.001\nb: [1, 2]\na:\n- 1\n- 2\n") == "equal"


@pytest.mark.parametrize(("old", "new"), [(b"2]", b"3]"), (b"1e-3", b"2e-3"), (b"01-01", b"01-02"), (b"d:", b"f:")])
def test_any_other_value_in_yaml_is_a_difference(old: bytes, new: bytes) -> None:
    assert sameness("conf/x.yml", YAML, YAML.replace(old, new)) == "different"


def test_toml_is_compared_by_value() -> None:
    assert sameness("x.toml", b"[a]\nb = 1\nc = 2", b"a = {c = 2.0, b = 1}") == "equal"
    assert said("x.toml", b"[a]\nb = 1", b"[a]\nb = 2").detail == "a.b: 1 and 2"


def test_a_table_is_equal_whatever_its_quotes_ends_of_line_and_ways_to_write_numbers() -> None:
    a = b'id,score,text\n1,0.50,"a, b"\n2,nan,c\n'
    b = b'\xef\xbb\xbf"id","score","text"\r\n1,5e-1,"a, b"\r\n2,NaN,"c"\r\n'
    assert sameness("x.csv", a, b) == "equal"


@pytest.mark.parametrize(
    ("other", "detail"),
    [
        (b"id,score\n1,0.5\n2,0.75\n", "row 3.score: 1 of 4 numbers differs: 0.25 and 0.75"),
        (b"id,score\n1,0.5\n", "the first has more rows than the other's 2"),
        (b"score,id\n0.5,1\n0.25,2\n", 'row 1.column 1: "id" and "score", and 1 more'),
        (b"id,score\n1,0.5\n2,0.25,3\n", "row 3: 2 and 3 columns"),
    ],
)
def test_what_differs_in_a_table_is_said(other: bytes, detail: str) -> None:
    found = said("x.csv", b"id,score\n1,0.5\n2,0.25\n", other)
    assert (found.sameness, found.detail) == ("different", detail)


def test_cells_that_only_look_like_numbers_are_text() -> None:
    assert sameness("x.csv", b"007\n", b"7\n") == "different"
    assert sameness("x.csv", b"12345678901234567890\n", b"12345678901234567891\n") == "different"
    assert sameness("x.csv", b"1_000\n", b"1000\n") == "different"


def test_tsv_has_tabs_and_commas_are_text_in_it() -> None:
    assert sameness("x.tsv", b"a,b\t1\n", b"a,b\t1.0\n") == "equal"


def test_a_format_that_is_not_known_is_compared_by_its_bytes() -> None:
    assert said("x.txt", b"hello", b"hallo").detail == "the bytes differ from byte 2 on"
    assert said("x.txt", b"hello", b"hello!").detail == "5 and 6 bytes, of which the first 5 are equal"
    database = b"SQLite format 3\x00"
    assert said("x.db", database + b"a", database + b"b").detail == (
        "SQLite is compared by its bytes, which differ from byte 17 on"
    )


def test_how_long_something_took_and_when_it_was_is_passed_over_and_said() -> None:
    a = b'{"loss": 0.5, "fit_time": 1.25, "epochs": {"times": [1, 2]}, "created_at": "2026-11-27T15:00:01Z"}'
    b = b'{"loss": 0.5, "fit_time": 3.5, "epochs": {"times": [1, 3]}, "created_at": "2026-11-28T01:02:03Z"}'
    found = said("metrics.json", a, b)
    assert found == ("equal", "the bytes differ, the values do not, but for 3 times, the first at fit_time", 0.0)
    assert said("metrics.json", a, b.replace(b"0.5", b"0.25")).sameness == "different"
    assert said("metrics.json", a, b.replace(b"0.5", b"0.501"), tolerance=0.01).detail.endswith("at fit_time")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b'{"fit_time": 1}', b'{"fit_time": "1"}'),
        (b'{"fit_time": 1}', b'{"fit_time": null}'),
        (b'{"created_at": "2026-11-27 by a"}', b'{"created_at": "2026-11-27 by b"}'),
        (b'{"name": "2026-11-27"}', b'{"name": "2026-11-28"}'),
        (b'{"timesteps": 1}', b'{"timesteps": 2}'),
    ],
)
def test_what_only_stands_beside_a_time_is_not_passed_over(a: bytes, b: bytes) -> None:
    assert sameness("x.json", a, b) == "different"


def test_names_from_the_files_cannot_break_the_line() -> None:
    found = said("x.json", b'{"a\\nb\\u001b": 1}', b'{"a\\nb\\u001b": 2}')
    assert found.detail == "a\\nb\\x1b: 1 and 2"


def test_times_in_tables_are_data() -> None:
    assert sameness("x.csv", b"id,trip_time\n1,20\n", b"id,trip_time\n1,21\n") == "different"
