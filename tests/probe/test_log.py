"""What `runlore.log` writes, in real interpreters."""

import json

import pytest
from tests.probe.children import Child


def test_a_point_has_its_step_its_time_and_its_values(python: str, child: Child) -> None:
    source = (
        "import time, runlore\nprint(time.time_ns())\nrunlore.log(loss=0.31, acc=0.9, step=10)\nprint(time.time_ns())"
    )
    before, after = map(int, child.script(source, python).stdout.split())
    line = next(line for line in child.journal.read_text().splitlines() if '"log"' in line)
    entry = json.loads(line[9:])
    assert before <= entry.pop("at") <= after
    assert entry == {"kind": "log", "step": 10, "values": {"loss": 0.31, "acc": 0.9}}


def test_names_that_are_no_identifiers_and_nested_ones(python: str, child: Child) -> None:
    child.script(
        "import runlore\n"
        "runlore.log({'val/loss': 1.0, 'épo\\U0001f600': 2, "
        "'a\"b\\\\': 3, 'n': {'m': {'k': 4}}, 5: 6}, step=3, more=7)\n"
        "runlore.log({'step': 1, 'values': 2}, values=3, self=4)\n",
        python,
    )
    first, second = child.told()
    assert first["values"] == {"val/loss": 1.0, "épo\U0001f600": 2, 'a"b\\': 3, "n.m.k": 4, "5": 6, "more": 7}
    assert (second["step"], second["values"]) == (None, {"step": 1, "values": 3, "self": 4})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0.1 + 0.2", 0.1 + 0.2),
        ("1e-320", 1e-320),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("-0.0", -0.0),
        ("7", 7),
        ("True", 1),
        ("float('nan')", "NaN"),
        ("float('inf')", "Infinity"),
        ("-float('inf')", "-Infinity"),
        ("Decimal('0.5')", 0.5),
        ("Decimal('Infinity')", "Infinity"),
        ("Fraction(1, 4)", 0.25),
        ("2 ** 63", float(2**63)),
        ("-(2 ** 63) + 1", -(2**63) + 1),
        ("Enum('E', {'a': 3}, type=int).a", 3),
        ("type('F', (float,), {'__repr__': lambda self: 'odd'})(0.5)", 0.5),
        ("type('T', (), {'item': lambda self: 0.5})()", 0.5),
        ("type('T', (), {'item': lambda self: float('nan')})()", "NaN"),
        ("type('T', (), {'__float__': lambda self: 0.5})()", 0.5),
    ],
)
def test_every_kind_of_number(child: Child, value: str, written: object) -> None:
    child.script(
        f"import runlore\nfrom decimal import Decimal\nfrom enum import Enum\nfrom fractions import Fraction\n"
        f"runlore.log(v={value})"
    )
    (entry,) = child.told()
    assert repr(entry["values"]["v"]) == repr(written)


@pytest.mark.parametrize(
    ("step", "written"),
    [("None", None), ("0", 0), ("-1", -1), ("2.0", 2), ("True", 1), ("type('T', (), {'item': lambda self: 7})()", 7)],
)
def test_every_kind_of_step(child: Child, step: str, written: object) -> None:
    child.script(f"import runlore\nrunlore.log(v=1, step={step})")
    assert child.told() == [{"kind": "log", "step": written, "values": {"v": 1}}]


@pytest.mark.parametrize("step", ["'ten'", "1.5", "float('nan')", "[1]"])
def test_a_step_that_is_none_costs_a_warning_and_not_the_point(child: Child, step: str) -> None:
    child.script(f"import runlore\nrunlore.log(v=1, step={step})")
    warning, point = child.told()
    assert (warning["kind"], warning["code"]) == ("warning", "logging-call")
    assert warning["message"].startswith("runlore.log: a step is a whole number, not of type ")
    assert point == {"kind": "log", "step": None, "values": {"v": 1}}


@pytest.mark.parametrize(
    "value",
    ["'0.3'", "b'1'", "None", "1j", "[1, 2]", "object()", "10 ** 400", "Odd()", "Decimal('sNaN')"],
)
def test_what_is_no_number_is_a_warning_and_the_other_values_stay(child: Child, value: str) -> None:
    child.script(f"""
from decimal import Decimal
import runlore
class Odd:
    def item(self):
        raise RuntimeError("on another device")
for step in range(3):
    runlore.log(bad={value}, good=step)
""")
    (warning,) = child.told("warning")
    assert warning["message"].startswith("runlore.log: 'bad' is not one number but of type ")
    assert child.values("good") == [0, 1, 2]
    assert child.values("bad") == []


@pytest.mark.parametrize(
    "call", ["log(1, 2, 3)", "log(5)", "log('loss', 0.5)", "samples()", "output()", "output(None)"]
)
def test_a_wrong_call_is_one_warning_and_never_an_error(child: Child, call: str) -> None:
    done = child.script(f"import runlore\nfor _ in range(3):\n    runlore.{call}\nprint('trained')")
    assert done.stdout == "trained\n"
    (warning,) = child.told()
    assert (warning["kind"], warning["code"]) == ("warning", "logging-call")
    assert warning["message"].startswith(f"runlore.{call.partition('(')[0]}: ")


def test_not_more_than_twenty_warnings_a_process(child: Child) -> None:
    child.script("import runlore\nfor n in range(100):\n    runlore.log({f'm{n}': 'x'})")
    assert len(child.told("warning")) == 20


def test_an_error_that_cannot_be_shown_is_no_error(child: Child) -> None:
    child.script("""
import runlore
class Odd(Exception):
    def __str__(self):
        raise self
class Values:
    def items(self):
        raise Odd
runlore.log(Values())
""")
    assert child.told()[0]["message"] == "runlore.log: Odd: "


def test_ctrl_c_is_not_swallowed(child: Child) -> None:
    child.write("train.py", "import runlore\nclass V:\n    def item(self): raise KeyboardInterrupt\nrunlore.log(v=V())")
    assert "KeyboardInterrupt" in child.run("python3", "train.py").stderr


def test_a_million_names_are_all_kept_and_do_not_fill_the_memory(child: Child) -> None:
    child.script("""
import resource, runlore
runlore.log({f"warm/{n}": n for n in range(10)})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for n in range(50_000):
    runlore.log({f"metric/{n}": n})
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8000, "kilobytes"
""")
    assert sum(len(entry["values"]) for entry in child.told()) == 50_010


def test_very_many_values_at_one_step_come_as_several_entries(child: Child) -> None:
    child.script("import runlore\nrunlore.log({f'layer.{n}/norm': n for n in range(10_000)}, step=4)")
    entries = child.told()
    assert len(entries) == 20
    assert {entry["step"] for entry in entries} == {4}
    assert {name for entry in entries for name in entry["values"]} == {f"layer.{n}/norm" for n in range(10_000)}
    assert max(map(len, child.journal.read_bytes().splitlines())) < 1 << 16


def test_outside_a_run_nothing_happens_and_nothing_is_checked(python: str, child: Child) -> None:
    source = """
import runlore, sys
runlore.log(1, 2, 3); runlore.log(loss="x"); runlore.params(lr=0.1); runlore.samples(); runlore.output("m")
print("json" in sys.modules, runlore.log.__name__, bool(runlore.log.__doc__))
"""
    assert (
        child.script(source, python, env={"RUNLORE_JOURNAL": ""}, pythonpath=child_path()).stdout == "False log True\n"
    )
    assert child.journal.read_bytes() == b""


def child_path() -> str:
    """Where runlore lies, for interpreters that do not have it."""
    from pathlib import Path  # noqa: PLC0415 - of this function only

    import runlore  # noqa: PLC0415 - the same

    return str(Path(runlore.__file__).parents[1])


def test_help_shows_the_real_parameters(child: Child) -> None:
    source = (
        "import inspect, runlore\nprint(*inspect.signature(runlore.samples).parameters, runlore.samples.__qualname__)"
    )
    assert child.script(source).stdout == "ids target prediction loss split columns samples\n"
