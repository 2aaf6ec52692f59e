"""How the probe gets onto a child's path."""

import os
import runpy
from pathlib import Path

import pytest

from runlore.probe import path
from runlore.probe.path import child_pythonpath, site_folder, without_probe

SITE = site_folder()


def test_the_site_folder_holds_nothing_that_a_program_could_import_by_accident() -> None:
    assert os.path.isabs(SITE)
    assert [name for name in os.listdir(SITE) if name != "__pycache__"] == ["sitecustomize.py"]


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (None, SITE),
        ("", SITE),
        ("/a", f"{SITE}:/a"),
        ("/a:/b", f"{SITE}:/a:/b"),
        (":lib", f"{SITE}::lib"),
        ("lib:", f"{SITE}:lib:"),
        (":", f"{SITE}::"),
        ("a::b", f"{SITE}:a::b"),
    ],
)
def test_the_users_entries_follow_the_probe_to_the_letter(existing: str | None, expected: str) -> None:
    assert child_pythonpath(existing) == expected


def test_a_run_inside_a_run_has_the_probe_once() -> None:
    assert child_pythonpath(child_pythonpath("/a:/b")) == f"{SITE}:/a:/b"
    assert child_pythonpath(child_pythonpath(None)) == SITE


@pytest.mark.parametrize("existing", ["/a", ":lib", "lib:", "a::b", f"/a:{SITE}x"])
def test_taking_the_probe_out_gives_back_what_the_user_had(existing: str) -> None:
    assert without_probe(child_pythonpath(existing)) == existing


@pytest.mark.parametrize("existing", [None, ""])
def test_where_the_user_had_no_path_none_is_left(existing: str | None) -> None:
    assert without_probe(existing) is None
    assert without_probe(child_pythonpath(existing)) is None


def test_an_installation_that_a_path_cannot_name_leaves_the_users_path_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    (folder / "path.py").write_bytes(Path(path.__file__).read_bytes())
    copy = runpy.run_path(str(folder / "path.py"))
    assert copy["site_folder"]() == str(folder / "site")
    assert copy["child_pythonpath"]("/x:y") == "/x:y"
    assert copy["child_pythonpath"](None) == ""
