"""Where packages come from: uv's settings, or pip's in their place."""

import os
import sys
from pathlib import Path

import pytest

from runlore.execute.environment.index import Sources, sources
from runlore.execute.environment.uv import Tool, find_uv


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home without settings, and none of the system's."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "system"), "PATH": os.defpath}


def configure(tmp_path: Path, text: str, name: str = ".config/pip/pip.conf") -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_pip_conf_is_translated(tmp_path: Path, environ: dict[str, str]) -> None:
    configure(
        tmp_path,
        "[global]\nindex-url = https://private.example/simple\nextra_index_url = https://a.example https://b.example\n"
        "[install]\nfind-links = /wheels\n  /more\ntrusted-host = private.example\nno-index = yes\n",
    )
    found = sources(environ, str(tmp_path))
    assert found.environ["UV_DEFAULT_INDEX"] == "https://private.example/simple"
    assert found.environ["UV_INDEX"] == "https://a.example https://b.example"
    assert found.environ["UV_FIND_LINKS"] == "/wheels,/more"
    assert found.environ["UV_INSECURE_HOST"] == "private.example"
    assert found.options == ("--no-index",)


def test_a_variable_counts_more_than_a_file_and_the_persons_file_more_than_the_systems(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    configure(tmp_path, "[global]\nindex-url = https://system.example\n", "system/pip/pip.conf")
    assert sources(environ, str(tmp_path)).environ["UV_DEFAULT_INDEX"] == "https://system.example"
    configure(tmp_path, "[global]\nindex-url = https://mine.example\n")
    assert sources(environ, str(tmp_path)).environ["UV_DEFAULT_INDEX"] == "https://mine.example"
    said = {**environ, "PIP_INDEX_URL": "https://said.example"}
    assert sources(said, str(tmp_path)).environ["UV_DEFAULT_INDEX"] == "https://said.example"


@pytest.mark.parametrize("where", [".config/uv/uv.toml", "uv.toml", "pyproject.toml"])
def test_who_has_told_uv_is_not_overruled_by_what_pip_was_told(
    tmp_path: Path, environ: dict[str, str], where: str
) -> None:
    configure(tmp_path, "[global]\nindex-url = https://pip.example\n")
    table = "tool.uv.index" if where == "pyproject.toml" else "index"
    configure(tmp_path, f'[[{table}]]\nurl = "https://uv.example"\n', where)
    assert "UV_DEFAULT_INDEX" not in sources(environ, str(tmp_path)).environ


def test_a_variable_of_uv_is_kept_as_it_is(tmp_path: Path, environ: dict[str, str]) -> None:
    said = {**environ, "UV_INDEX": "https://uv.example", "PIP_INDEX_URL": "https://pip.example"}
    found = sources(said, str(tmp_path)).environ
    assert (found["UV_INDEX"], found.get("UV_DEFAULT_INDEX")) == ("https://uv.example", None)


def test_what_says_which_versions_or_which_environment_is_left_out(tmp_path: Path, environ: dict[str, str]) -> None:
    said = {
        **environ,
        "UV_CONSTRAINT": "c.txt",
        "PIP_TARGET": "/x",
        "VIRTUAL_ENV": "/venv",
        "UV_EXCLUDE_NEWER": "2020-01-01",
    }
    assert not {"UV_CONSTRAINT", "PIP_TARGET", "VIRTUAL_ENV", "UV_EXCLUDE_NEWER"} & set(
        sources(said, str(tmp_path)).environ
    )


def test_a_broken_settings_file_is_passed_over(tmp_path: Path, environ: dict[str, str]) -> None:
    configure(tmp_path, "no section = 1\n")
    configure(tmp_path, "= broken", ".config/uv/uv.toml")
    assert "UV_DEFAULT_INDEX" not in sources(environ, str(tmp_path)).environ


def test_an_interpreter_on_the_path_is_found_by_its_version(tmp_path: Path) -> None:
    if find_uv() is None:
        pytest.skip("uv cannot run here")
    home = os.path.dirname(os.path.realpath(sys.executable))
    environ = {"PATH": home, "HOME": os.fspath(tmp_path), "UV_CACHE_DIR": os.fspath(tmp_path / "cache")}
    tool = Tool(Sources(environ, ()), os.fspath(tmp_path))
    version = ".".join(map(str, sys.version_info[:3]))
    found = tool.find_python(version, download=False)
    assert found is not None
    assert os.path.realpath(found) == os.path.realpath(sys.executable)
    assert tool.find_python("3.99.1", download=False) is None
