"""Reading what is installed from metadata as it lies there, whole or broken."""

import json
import os
from pathlib import Path

import pytest
from blake3 import blake3

from runlore.capture.distributions import read_folder
from runlore.records.environment import Package

RECORD = "demo/__init__.py,sha256=abc,3\r\ndemo-1.0.dist-info/METADATA,sha256=def,20\r\n"


def install(folder: Path, name: str, **files: str | bytes) -> Path:
    """A dist-info folder with these files; `direct_url` and `INSTALLER` under their own names."""
    info = folder / name
    info.mkdir(parents=True)
    for file, content in files.items():
        target = info / {"direct_url": "direct_url.json"}.get(file, file)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return info


def only(folder: Path) -> Package:
    (package,) = read_folder(str(folder)).packages
    return package


def named(folder: Path) -> dict[str, str]:
    return {package.name: package.version for package in read_folder(str(folder)).packages}


def digest(folder: Path, record: str, name: str = "demo-1.0.dist-info") -> str | None:
    install(folder, name, RECORD=record)
    return only(folder).digest


def test_name_and_version_come_from_the_folder_and_the_name_is_normal(tmp_path: Path) -> None:
    for name in ("Foo.Bar__baz-1.0rc1+cu118.dist-info", "ruamel.yaml-0.18.dist-info", "odd-name-2.0.dist-info"):
        install(tmp_path, name, RECORD=RECORD)
    assert named(tmp_path) == {"foo-bar-baz": "1.0rc1+cu118", "ruamel-yaml": "0.18", "odd-name": "2.0"}


def test_a_package_from_an_index_has_a_digest_and_no_source(tmp_path: Path) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD, INSTALLER="pip\n")
    rows = b"demo-1.0.dist-info/METADATA,sha256=def\ndemo/__init__.py,sha256=abc\n"
    assert only(tmp_path) == Package(name="demo", version="1.0", digest=blake3(rows).hexdigest())


@pytest.mark.parametrize(
    "row",
    [
        "demo-1.0.dist-info/RECORD,,",
        "demo-1.0.dist-info/INSTALLER,sha256=x,4",
        "demo-1.0.dist-info/REQUESTED,sha256=x,0",
        "demo-1.0.dist-info/direct_url.json,sha256=x,99",
        "demo-1.0.dist-info/uv_cache.json,sha256=x,2",
        "demo/__pycache__/__init__.cpython-311.pyc,,",
        "../../../bin/demo,sha256=x,230",
        '"../../../share/a, b",sha256=x,230',
        "/usr/local/bin/demo,sha256=x,230",
        "",
    ],
)
def test_what_an_installer_adds_does_not_change_the_digest(tmp_path: Path, row: str) -> None:
    plain = digest(tmp_path / "plain", RECORD)
    assert plain is not None
    assert digest(tmp_path / "added", f"{row}\r\n{RECORD}") == plain
    assert digest(tmp_path / "after", f"{RECORD}{row}") == plain


@pytest.mark.parametrize(
    "row",
    [
        "demo/installer.py,sha256=x,4",
        "demo/RECORD,sha256=x,4",
        "other-1.0.dist-info/RECORD,sha256=x,4",
        "..demo.py,sha256=x,4",
        "demo/a.pyd,sha256=x,4",
        '"demo/a, b.txt",sha256=x,4',
    ],
)
def test_a_file_of_the_wheel_changes_the_digest(tmp_path: Path, row: str) -> None:
    assert digest(tmp_path / "plain", RECORD) != digest(tmp_path / "added", f"{RECORD}{row}\r\n")


def test_order_line_ends_and_sizes_do_not_change_the_digest(tmp_path: Path) -> None:
    rows = RECORD.splitlines()
    plain = digest(tmp_path / "plain", RECORD)
    assert digest(tmp_path / "unix", "\n".join(reversed(rows))) == plain
    assert digest(tmp_path / "sizeless", "\n".join(row.rpartition(",")[0] + "," for row in rows)) == plain


def test_a_changed_hash_changes_the_digest(tmp_path: Path) -> None:
    assert digest(tmp_path / "a", RECORD) != digest(tmp_path / "b", RECORD.replace("abc", "abd"))


@pytest.mark.parametrize(
    ("direct", "source", "url"),
    [
        ({"url": "file:///home/me/demo", "dir_info": {"editable": True}}, "editable", "file:///home/me/demo"),
        ({"url": "file:///home/me/demo", "dir_info": {}}, "local", "file:///home/me/demo"),
        ({"url": "file:///home/me/demo", "dir_info": {"editable": "no"}}, "local", "file:///home/me/demo"),
        ({"url": "file:///w/demo-1.0.whl", "archive_info": {"hash": "sha256=1"}}, "local", "file:///w/demo-1.0.whl"),
        ({"url": "https://e.org/demo-1.0.whl", "archive_info": {}}, "archive", "https://e.org/demo-1.0.whl"),
        (
            {"url": "https://git.org/demo.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "vcs",
            "git+https://git.org/demo.git@c0ffee",
        ),
        (
            {"url": "ssh://git@git.org/d", "vcs_info": {"vcs": "hg", "commit_id": "12"}, "subdirectory": "py"},
            "vcs",
            "hg+ssh://git@git.org/d@12#subdirectory=py",
        ),
        (
            {"url": "https://me:hunter2@e.org/d.whl?token=x&y=1", "archive_info": {}},  # mlrun: made-up
            "archive",
            "https://e.org/d.whl",
        ),
        (
            {"url": "https://ghp_abc@git.org/d", "vcs_info": {"vcs": "git", "commit_id": "1"}},
            "vcs",
            "git+https://git.org/d@1",
        ),
        ({"url": 7}, "unknown", None),
        ({}, "unknown", None),
        ([], "unknown", None),
    ],
)
def test_where_a_package_came_from(tmp_path: Path, direct: object, source: str, url: str | None) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD, direct_url=json.dumps(direct))
    assert (only(tmp_path).source, only(tmp_path).url) == (source, url)


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe", b"[" * 50_000, b"null", b'"x"'])
def test_an_unreadable_origin_is_unknown(tmp_path: Path, text: bytes) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD, direct_url=text)
    assert only(tmp_path).source == "unknown"


def test_an_editable_without_its_origin_is_known_by_its_loader(tmp_path: Path) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=f"__editable__.demo-1.0.pth,sha256=x,9\n{RECORD}")
    assert only(tmp_path).source == "editable"


def test_the_folder_conda_built_in_is_not_where_a_package_comes_from(tmp_path: Path) -> None:
    built = json.dumps({"url": "file:///home/conda/feedstock_root/build_artifacts/demo", "dir_info": {}})
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD, INSTALLER="conda\n", direct_url=built)
    assert (only(tmp_path).source, only(tmp_path).url) == (None, None)


def test_broken_metadata_is_less_known_and_never_an_error(tmp_path: Path) -> None:
    install(tmp_path, "bare-1.0.dist-info")
    install(tmp_path, "binary-1.0.dist-info", RECORD=b"\xff\xfe\0,\x80,\n")
    install(tmp_path, "empty-1.0.dist-info", RECORD="")
    install(tmp_path, "~umpy-1.0.dist-info", RECORD=RECORD)
    install(tmp_path, "-umpy-1.0.dist-info", RECORD=RECORD)
    install(tmp_path, "unversioned.dist-info", METADATA="Metadata-Version: 2.1\nVersion: 4.2\n")
    install(tmp_path, ".dist-info")
    install(tmp_path, "-.dist-info")
    (tmp_path / "file-1.0.dist-info").write_text("a file, not a folder")
    (tmp_path / "loop-1.0.dist-info").symlink_to("loop-1.0.dist-info")
    (tmp_path / "folder-1.0.dist-info" / "RECORD").mkdir(parents=True)
    (tmp_path / "dangling-1.0.dist-info").mkdir()
    (tmp_path / "dangling-1.0.dist-info" / "RECORD").symlink_to("gone")
    os.mkdir(os.fsencode(tmp_path) + b"/caf\xff-1.0.dist-info")
    packages = {package.name: package for package in read_folder(str(tmp_path)).packages}
    assert {name: package.version for name, package in packages.items()} == {
        **dict.fromkeys(("bare", "binary", "empty", "file", "loop", "folder", "dangling"), "1.0"),
        "unversioned": "4.2",
    }
    assert {name for name, package in packages.items() if package.digest} == {"binary"}
    assert {name for name, package in packages.items() if package.source is None} == {"binary"}


def test_a_fifo_in_the_place_of_metadata_is_not_waited_for(tmp_path: Path) -> None:
    info = install(tmp_path, "demo-1.0.dist-info")
    for name in ("RECORD", "direct_url.json"):
        os.mkfifo(info / name)
    assert only(tmp_path).digest is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_metadata_that_may_not_be_read_is_less_known(tmp_path: Path) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD)
    (tmp_path / "demo-1.0.dist-info" / "RECORD").chmod(0)
    assert only(tmp_path) == Package(name="demo", version="1.0", source="unknown")


def test_of_two_versions_the_one_that_is_whole_counts(tmp_path: Path) -> None:
    install(tmp_path, "demo-2.0.dist-info")
    install(tmp_path, "Demo-1.0.dist-info", RECORD=RECORD)
    assert only(tmp_path).version == "1.0"


def test_eggs_in_every_shape_are_seen_as_not_from_an_index(tmp_path: Path) -> None:
    (tmp_path / "folder_egg-1.0-py3.11.egg-info").mkdir()
    (tmp_path / "file_egg-2.0-py3.11-linux-x86_64.egg-info").write_text("Version: 9\n")
    (tmp_path / "plain-3.0.egg-info").mkdir()
    (tmp_path / "inside.egg-info").mkdir()
    (tmp_path / "inside.egg-info" / "PKG-INFO").write_text("Name: inside\nVersion: 4.0\n")
    (tmp_path / "single.egg-info").write_text("Name: single\r\nVersion: 5.0\r\n")
    (tmp_path / "nothing.egg-info").mkdir()
    assert named(tmp_path) == {
        "folder-egg": "1.0",
        "file-egg": "2.0",
        "plain": "3.0",
        "inside": "4.0",
        "single": "5.0",
        "nothing": "",
    }
    assert {package.source for package in read_folder(str(tmp_path)).packages} == {"unknown"}


def test_an_egg_on_the_path_is_a_distribution_zipped_or_not(tmp_path: Path) -> None:
    (tmp_path / "Folder_Egg-1.0-py3.8.egg").mkdir()
    (tmp_path / "zipped-2.0-py3.8.egg").touch()
    assert only(tmp_path / "Folder_Egg-1.0-py3.8.egg") == Package(name="folder-egg", version="1.0", source="unknown")
    assert only(tmp_path / "zipped-2.0-py3.8.egg").version == "2.0"
    assert read_folder(str(tmp_path / "gone-3.0-py3.8.egg")).packages == ()


def test_a_develop_install_leads_to_its_sources(tmp_path: Path) -> None:
    site, sources = tmp_path / "site", tmp_path / "my sources"
    site.mkdir()
    (sources / "my_tool.egg-info").mkdir(parents=True)
    (sources / "my_tool.egg-info" / "PKG-INFO").write_text("Version: 0.1.dev3\n")
    (site / "my-tool.egg-link").write_text(f"{sources}\n.")
    assert only(site) == Package(name="my-tool", version="0.1.dev3", source="editable", url=f"file://{sources}")
    assert not read_folder(str(site)).lasting


@pytest.mark.parametrize("text", [b"", b"\n", b".\n", b"/gone\n", b"a\0b\n", b"\xff\n", b"loop.egg-link\n"])
def test_a_link_that_leads_nowhere_is_no_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "loop.egg-link").write_bytes(text)
    assert all(package.version == "" for package in read_folder(str(tmp_path)).packages)


def test_a_version_written_in_a_file_does_not_last(tmp_path: Path) -> None:
    install(tmp_path, "demo-1.0.dist-info", RECORD=RECORD)
    assert read_folder(str(tmp_path)).lasting
    (tmp_path / "inside.egg-info").mkdir()
    assert not read_folder(str(tmp_path)).lasting


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert read_folder(str(tmp_path / "gone")).packages == ()
    assert read_folder(str(tmp_path / "file")).packages == ()
