import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.capture.gitrepo import Repo

from runlore.capture import leftout
from runlore.capture.listing import Listing, list_code


def paths(listing: Listing) -> list[str]:
    return [os.fsdecode(row.path) for row in listing.rows]


def left_out(listing: Listing) -> dict[str, tuple[str, int, int]]:
    return {each.path: (each.reason, each.files, each.bytes) for each in listing.left_out}


def write(top: Path, *names: str, content: str = "x\n") -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(content)


def at(top: Path) -> Repo:
    """The repository that is already there."""
    found = Repo.__new__(Repo)
    found.top = top
    return found


def test_tracked_and_untracked_files_are_code_and_ignored_ones_are_not(repo: Repo) -> None:
    repo.write(".gitignore", "*.csv\n/build/\n")
    repo.commit(**{"a": "a\n", "pkg/b": "b\n"})
    write(repo.top, "pkg/new.py", "data.csv", "build/out", "z")
    (repo.top / "link").symlink_to("/nowhere")
    listing = list_code(str(repo.top))
    assert [(row.path, row.tracked) for row in listing.rows] == [
        (b".gitignore", True),
        (b"a", True),
        (b"link", False),
        (b"pkg/b", True),
        (b"pkg/new.py", False),
        (b"z", False),
    ]
    assert listing.git is not None
    assert listing.git.untracked == ("link", "pkg/new.py", "z")
    assert (listing.left_out, listing.skipped, listing.warnings) == ((), (), ())
    assert listing.git.dirty
    assert listing.rows[1].stat == (repo.top / "a").lstat()


def test_a_file_that_is_tracked_and_ignored_is_code(repo: Repo) -> None:
    repo.write(".gitignore", "*.yaml\n__pycache__/\n")
    repo.write("config.yaml")
    repo.write("__pycache__/kept.pyc")
    repo.git("add", "-f", ".")
    repo.git("commit", "-q", "-m", "x")
    assert paths(list_code(str(repo.top))) == [".gitignore", "__pycache__/kept.pyc", "config.yaml"]


def test_rows_are_sorted_by_the_bytes_of_their_paths(repo: Repo) -> None:
    write(repo.top, "b", "a/z", "a.b", "a0", "Z", "ü", "a/b/c")
    repo.git("add", "a.b", "ü", "a/z")
    found = [row.path for row in list_code(str(repo.top)).rows]
    assert found == sorted(found)
    assert len(found) == 7


def test_names_that_are_not_utf8_survive(repo: Repo, tmp_path: Path) -> None:
    name = b"caf\xe9\n\x01.py"
    for top in (repo.top, tmp_path / "plain"):
        top.mkdir(exist_ok=True)
        (top / os.fsdecode(name)).write_bytes(b"x")
        (top / os.fsdecode(b"\xff")).write_bytes(b"x")
    repo.git("add", "--", os.fsdecode(name))
    listing = list_code(str(repo.top))
    assert [(row.path, row.tracked) for row in listing.rows] == [(name, True), (b"\xff", False)]
    assert listing.git is not None
    assert listing.git.modified == (os.fsdecode(name),)
    assert listing.git.untracked == ("\udcff",)
    assert [row.path for row in list_code(str(tmp_path / "plain")).rows] == [name, b"\xff"]


def test_before_the_first_commit_everything_staged_is_modified(repo: Repo) -> None:
    repo.write("a")
    repo.write("b")
    repo.git("add", "a")
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert (facts.commit, facts.branch, facts.modified, facts.untracked) == (None, "main", ("a",), ("b",))


def test_commit_branch_and_a_detached_head_are_told(repo: Repo) -> None:
    commit = repo.commit(a="a")
    repo.git("checkout", "-q", "-b", "feature/x")
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert (facts.commit, facts.branch, facts.shallow) == (commit, "feature/x", False)
    repo.git("checkout", "-q", "--detach")
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert (facts.commit, facts.branch) == (commit, None)


def test_a_relative_folder_is_the_same_folder(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(**{"sub/a": "a\n"})
    repo.write("b")
    monkeypatch.chdir(repo.top / "sub")
    assert list_code("..") == list_code(str(repo.top))


def test_a_file_named_head_confuses_nobody(repo: Repo) -> None:
    commit = repo.commit(HEAD="h\n", main="m\n")
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert (facts.commit, facts.modified) == (commit, ())


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="1")
    commit = repo.commit(a="2")
    Repo.clone(repo.top, tmp_path / "shallow", "--no-local", "--depth", "1")
    facts = list_code(str(tmp_path / "shallow")).git
    assert facts is not None
    assert (facts.shallow, facts.commit, facts.dirty) == (True, commit, False)
    assert facts.remotes == {"origin": str(repo.top)}


def test_submodules_are_listed_with_their_files_and_their_own_facts(repo: Repo, new_repo: Callable[..., Repo]) -> None:
    deepest, inner = new_repo("deepest"), new_repo("inner")
    deepest.commit(d="d\n")
    inner.git("submodule", "--quiet", "add", str(deepest.top), "deep")
    first = inner.commit(i="i\n")
    repo.git("submodule", "--quiet", "add", str(inner.top), "libs/sub")
    repo.git("submodule", "--quiet", "update", "--init", "--recursive")
    repo.commit(a="a\n")
    clean = list_code(str(repo.top))
    assert paths(clean) == [".gitmodules", "a", "libs/sub/.gitmodules", "libs/sub/deep/d", "libs/sub/i"]
    assert clean.git is not None
    assert clean.git.submodules == (
        {"path": "libs/sub", "commit": first, "recorded": first, "dirty": False, "modified": (), "untracked": ()},
    )
    assert not clean.git.dirty

    repo.write("libs/sub/deep/d", "changed\n")
    repo.write("libs/sub/i", "changed\n")
    repo.write("libs/sub/new", "new\n")
    dirty = list_code(str(repo.top)).git
    assert dirty is not None
    assert (dirty.dirty, dirty.modified, dirty.untracked) == (True, (), ())
    assert dirty.submodules[0]["modified"] == ("i",)
    assert dirty.submodules[0]["untracked"] == ("new",)

    second = at(repo.top / "libs" / "sub").commit()
    moved = list_code(str(repo.top)).git
    assert moved is not None
    assert moved.modified == ("libs/sub",)
    assert (moved.submodules[0]["commit"], moved.submodules[0]["recorded"]) == (second, first)


def test_a_submodule_that_is_not_checked_out_is_no_change_and_one_taken_away_is(
    repo: Repo, new_repo: Callable[..., Repo], tmp_path: Path
) -> None:
    inner = new_repo("inner")
    recorded = inner.commit(i="i\n")
    repo.git("submodule", "--quiet", "add", str(inner.top), "sub")
    repo.commit(a="a\n")
    clone = Repo.clone(repo.top, tmp_path / "clone")
    facts = list_code(str(clone.top)).git
    assert facts is not None
    assert (facts.modified, facts.submodules[0]["commit"], facts.submodules[0]["recorded"]) == ((), None, recorded)
    clone.write("sub/stray", "kept\n")
    assert paths(list_code(str(clone.top))) == [".gitmodules", "a", "sub/stray"]
    (clone.top / "sub" / "stray").unlink()
    (clone.top / "sub").rmdir()
    facts = list_code(str(clone.top)).git
    assert facts is not None
    assert facts.modified == ("sub",)


def test_a_submodule_replaced_by_a_link_is_not_looked_behind(repo: Repo, new_repo: Callable[..., Repo]) -> None:
    inner = new_repo("inner")
    inner.commit(secret="s\n")
    repo.git("submodule", "--quiet", "add", str(inner.top), "libs/sub")
    repo.commit(a="a\n")
    (repo.top / "libs").rename(repo.top.parent / "moved")
    (repo.top / "libs").symlink_to(repo.top.parent / "moved")
    listing = list_code(str(repo.top))
    assert paths(listing) == [".gitmodules", "a", "libs"]
    assert listing.git is not None
    assert listing.git.modified == ("libs/sub",)


def test_a_repository_inside_that_is_no_submodule_gives_its_files_as_plain_ones(repo: Repo) -> None:
    repo.commit(a="a\n")
    nested = Repo(repo.top / "vendor" / "nested")
    nested.write(".gitignore", "ignored\n")
    nested.commit(n="n\n")
    write(nested.top, "ignored", "fresh")
    Repo(repo.top / "unborn").write("u")
    listing = list_code(str(repo.top))
    assert [(os.fsdecode(row.path), row.tracked) for row in listing.rows] == [
        ("a", True),
        ("unborn/u", False),
        ("vendor/nested/.gitignore", False),
        ("vendor/nested/fresh", False),
        ("vendor/nested/n", False),
    ]
    assert listing.git is not None
    assert set(listing.git.untracked) == {row.path.decode() for row in listing.rows if not row.tracked}
    assert listing.git.dirty


def test_without_git_every_file_is_code_and_repositories_inside_keep_their_ignores(
    tmp_path: Path, hermetic_git: None
) -> None:
    del hermetic_git
    top = tmp_path / "plain"
    write(top, "a", "b/c/d", ".hidden")
    (top / "dangling").symlink_to("nowhere")
    (top / "loop").symlink_to(".")
    inner = Repo(top / "repo")
    inner.write(".gitignore", "data\n")
    write(inner.top, "data", "code")
    listing = list_code(str(top))
    assert paths(listing) == [".hidden", "a", "b/c/d", "dangling", "loop", "repo/.gitignore", "repo/code"]
    assert {row.tracked for row in listing.rows} == {False}
    assert (listing.git, listing.head_index) == (None, ())


@pytest.mark.parametrize("with_git", [True, False])
def test_depth_costs_no_recursion(tmp_path: Path, hermetic_git: None, *, with_git: bool) -> None:
    del hermetic_git
    top = tmp_path / "p"
    if with_git:
        Repo(top)
    deep = "d/" * 400 + "bottom"
    write(top, deep)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        listing = list_code(str(top))
    finally:
        sys.setrecursionlimit(before)
    assert paths(listing) == [deep]


@pytest.mark.parametrize("with_git", [True, False])
def test_what_is_no_code_is_left_out_with_reason_count_and_size(
    tmp_path: Path, hermetic_git: None, *, with_git: bool
) -> None:
    del hermetic_git
    top = tmp_path / "project"
    if with_git:
        Repo(top)
    write(top, "train.py", "env/pyvenv.cfg", "env/lib/x.py", "wandb/run/log", "miniconda/conda-meta/history")
    write(top, "a/__pycache__/a.pyc", "b/__pycache__/b.pyc", "loose.pyc", "node_modules/m/index.js", ".DS_Store")
    write(top, ".dvc/cache/files/x", ".dvc/config", "pkg.egg-info/PKG-INFO", "mlruns/0/meta.yaml", "wandbag/code.py")
    write(top, ".mlrun/runs/x", "sub/.mlrun/format")
    listing = list_code(str(top))
    assert paths(listing) == [".dvc/config", "train.py", "wandbag/code.py"]
    assert left_out(listing) == {
        "env": ("virtual environment", 2, 4),
        "miniconda": ("virtual environment", 1, 2),
        "wandb": ("another tool's records", 1, 2),
        "mlruns": ("another tool's records", 1, 2),
        "**/__pycache__": ("cache", 2, 4),
        "loose.pyc": ("cache", 1, 2),
        "node_modules": ("installed packages", 1, 2),
        "pkg.egg-info": ("installed packages", 1, 2),
        ".DS_Store": ("editor or desktop file", 1, 2),
        ".dvc/cache": ("cache", 1, 2),
    }
    assert not any(each.partial for each in listing.left_out)


def test_what_git_ignores_is_not_reported_as_left_out(repo: Repo) -> None:
    repo.write(".gitignore", ".venv/\n__pycache__/\n")
    write(repo.top, ".venv/pyvenv.cfg", "__pycache__/x.pyc", "a")
    listing = list_code(str(repo.top))
    assert paths(listing) == [".gitignore", "a"]
    assert listing.left_out == ()


@pytest.mark.parametrize("with_git", [True, False])
def test_counting_what_is_left_out_ends_somewhere(
    tmp_path: Path, hermetic_git: None, monkeypatch: pytest.MonkeyPatch, *, with_git: bool
) -> None:
    del hermetic_git
    monkeypatch.setattr(leftout, "COUNTED", 10)
    top = tmp_path / "project"
    if with_git:
        Repo(top)
    write(top, "code", *[f".venv/{number:02}" for number in range(25)])
    (found,) = list_code(str(top)).left_out
    assert (found.path, found.files, found.bytes, found.partial) == (".venv", 10, 20, True)


@pytest.mark.parametrize("with_git", [True, False])
def test_mlrunignore_leaves_out_and_takes_back(tmp_path: Path, hermetic_git: None, *, with_git: bool) -> None:
    del hermetic_git
    top = tmp_path / "project"
    if with_git:
        Repo(top)
    write(top, "a", "data/x", "data/keep", "notes.txt", "deep/notes.txt", "wandb/mine.py", "outputs/o/p")
    write(top, ".mlrunignore", content="# ours\n*.txt\n/data/*\n!/data/keep\n!wandb/\noutputs/\n")
    listing = list_code(str(top))
    assert paths(listing) == [".mlrunignore", "a", "data/keep", "wandb/mine.py"]
    assert left_out(listing) == {
        "data/x": (".mlrunignore", 1, 2),
        "**/notes.txt": (".mlrunignore", 2, 4),
        "outputs": (".mlrunignore", 1, 2),
    }


def test_mlrunignore_does_not_touch_what_git_tracks(repo: Repo) -> None:
    repo.commit(a__txt="a\n", **{".mlrunignore": "*.txt\n"})
    write(repo.top, "b.txt")
    assert paths(list_code(str(repo.top))) == [".mlrunignore", "a.txt"]


def test_a_malformed_mlrunignore_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "a", content="x")
    write(tmp_path, ".mlrunignore", content="a\n!\n")
    listing = list_code(str(tmp_path))
    assert [warn.code for warn in listing.warnings] == ["ignore-unreadable"]
    assert "a" in paths(listing)


@pytest.mark.parametrize("with_git", [True, False])
def test_sockets_and_fifos_are_skipped_by_name(tmp_path: Path, hermetic_git: None, *, with_git: bool) -> None:
    del hermetic_git
    top = tmp_path / "p"
    if with_git:
        Repo(top)
    write(top, "a", "fresh/b")
    os.mkfifo(top / "pipe")
    os.mkfifo(top / "fresh" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(top, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/sock" if sys.platform == "linux" else str(top / "sock"))
        os.close(here)
        listing = list_code(str(top))
    assert paths(listing) == ["a", "fresh/b"]
    assert sorted((warn.code, warn.message) for warn in listing.skipped) == [
        ("skipped-fifo", '"fresh/pipe" is a FIFO and was not captured'),
        ("skipped-fifo", '"pipe" is a FIFO and was not captured'),
        ("skipped-socket", '"sock" is a socket and was not captured'),
    ]


def test_a_fifo_that_git_ignores_is_not_mentioned(repo: Repo) -> None:
    repo.commit(**{".gitignore": "pipe\n", "sub/a": "a"})
    os.mkfifo(repo.top / "pipe")
    os.mkfifo(repo.top / "sub" / "pipe")
    os.mkfifo(repo.top / "sub" / "other")
    os.mkfifo(repo.top / ":(exclude)*")
    assert [warn.message for warn in list_code(str(repo.top)).skipped] == [
        '":(exclude)*" is a FIFO and was not captured',
        '"sub/other" is a FIFO and was not captured',
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("with_git", [True, False])
def test_what_may_not_be_read_is_skipped_by_name(tmp_path: Path, hermetic_git: None, *, with_git: bool) -> None:
    del hermetic_git
    top = tmp_path / "p"
    if with_git:
        Repo(top)
    write(top, "a", "secret", "closed/inside")
    (top / "secret").chmod(0)
    (top / "closed").chmod(0)
    try:
        listing = list_code(str(top))
    finally:
        (top / "closed").chmod(0o700)
    assert paths(listing) == ["a"]
    assert sorted(warn.message for warn in listing.skipped) == [
        '"closed" is unreadable and was not captured',
        '"secret" is unreadable and was not captured',
    ]


def test_a_listing_touches_nothing_in_the_work_tree_or_repository(repo: Repo) -> None:
    repo.commit(a="a\n", b="b\n")
    repo.write("a", "stashed\n")
    repo.git("stash", "-q")
    repo.write("a", "changed\n")
    repo.write("new", "n\n")
    os.utime(repo.top / "b", (1, 1))
    before = repo.fingerprint()
    list_code(str(repo.top))
    assert repo.fingerprint() == before
    assert not (repo.top / ".git" / "index.lock").exists()


def test_a_store_is_never_code_even_where_somebody_committed_it(repo: Repo) -> None:
    for name in (".mlrun/runs/x", "sub/.mlrun/format", "not.mlrun/y"):
        repo.write(name)
    repo.commit()
    repo.settle()
    repo.write(".mlrun/runs/z")
    repo.git("add", ".mlrun")
    listing = list_code(str(repo.top))
    assert paths(listing) == ["not.mlrun/y"]
    assert listing.git is not None
    assert not listing.git.dirty


def test_a_locked_index_does_not_matter(repo: Repo) -> None:
    commit = repo.commit(a="a\n")
    (repo.top / ".git" / "index.lock").write_bytes(b"")
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert facts.commit == commit


def test_listing_imports_nothing_heavy(repo: Repo) -> None:
    repo.commit(a="a\n")
    code = (
        "import sys; from runlore.capture.listing import list_code; list_code(sys.argv[1]);"
        "heavy = {'pathspec', 'git', 'yaml', 'rich', 'tempfile', 'shutil', 'pathlib', 'logging', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(repo.top)], capture_output=True, text=True, env=_path(), check=True
    )
    assert done.stdout.strip() == "[]"


def _path() -> dict[str, str]:
    import blake3  # noqa: PLC0415 - only for where it lies

    places = (Path(__file__).parents[2] / "src", Path(blake3.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
