"""The reference pages say what the program does."""

import importlib
import json
import os
import re

import pytest
from typer.core import TyperCommand

from runlore import errors
from runlore.cli.verbs import VERBS
from runlore.errors import OutputError

REFERENCE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "reference")


def _page(name: str) -> str:
    with open(os.path.join(REFERENCE, name), encoding="utf-8") as file:
        return file.read()


def _command(verb: str) -> TyperCommand:
    command: TyperCommand = importlib.import_module(f"runlore.cli.commands.{verb}").command
    return command


def test_every_command_has_a_page_and_every_page_a_command() -> None:
    pages = sorted(name.removesuffix(".md") for name in os.listdir(os.path.join(REFERENCE, "commands")))
    assert pages == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_names_every_option_of_the_command_and_no_other(verb: str) -> None:
    table = _page(f"commands/{verb}.md").partition("## Options")[2].partition("##")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in re.findall(r"`(-[^`]*)`", row)}
    real = {name for param in _command(verb).params for name in param.opts if name.startswith("-")}
    assert named == real | {"-h", "--help"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_has_the_sections_that_a_reader_looks_for(verb: str) -> None:
    page = _page(f"commands/{verb}.md")
    assert page.startswith(f"# mlrun {verb}\n\n{VERBS[verb]}\n")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [
        "Synopsis",
        "Description",
        "Options",
        "Exit status",
        "Examples",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_has_the_examples_and_exit_statuses_of_the_help(verb: str) -> None:
    page = _page(f"commands/{verb}.md")
    examples, statuses = (_command(verb).epilog or "").split("\n\n")
    for line in examples.splitlines()[2:]:
        assert f"$ {re.split('  +', line.strip())[0]}" in page
    for line in statuses.splitlines()[2:]:
        status, meaning = line.split(None, 1)
        assert f"| {status} | {meaning} |" in page


@pytest.mark.parametrize("verb", VERBS)
def test_links_between_pages_lead_somewhere(verb: str) -> None:
    folder = os.path.join(REFERENCE, "commands")
    for target in re.findall(r"\]\(([^)#]+)\)", _page(f"commands/{verb}.md")):
        assert os.path.exists(os.path.join(folder, target)), target


def test_the_json_page_names_every_schema_and_every_error() -> None:
    page = _page("json.md")
    schemas = os.path.join(os.path.dirname(errors.__file__), "present", "schemas")
    for name in os.listdir(schemas):
        assert f"`{name}`" in page
    assert OutputError in _leaves(errors.MlrunError)
    for kind in _leaves(errors.MlrunError):
        assert f"| `{kind.code}` | {kind.exit_code} |" in page, kind


def _leaves(kind: type[errors.MlrunError]) -> list[type[errors.MlrunError]]:
    below = [each for each in kind.__subclasses__() if each.__module__.startswith("runlore")]
    return [*below, *(leaf for each in below for leaf in _leaves(each))]


def test_the_objects_on_the_json_page_are_json() -> None:
    blocks = re.findall(r"```json\n(.*?)```", _page("json.md"), re.DOTALL)
    assert [json.loads(block)["schema"] for block in blocks] == ["run/1", "error/1"]
