import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.capture.gitrepo import Repo

from runlore.capture import blob, plumbing, worktree
from runlore.capture.git import ask
from runlore.capture.listing import list_code
from runlore.capture.worktree import Beliefs, compare, unfit
from runlore.records.git import GitFacts

NEVER_RACY = 1 << 62


def facts(repo: Repo) -> GitFacts:
    found = list_code(str(repo.top)).git
    assert found is not None
    return found


def modified(repo: Repo) -> tuple[str, ...]:
    return facts(repo).modified


def differences(repo: Repo, *, written: int) -> list[bytes]:
    """What differs if the index had been written at this time, with no conversion applied."""
    index, config = ask(str(repo.top), plumbing.INDEX, plumbing.SETTINGS)
    beliefs = Beliefs(written, plumbing.settings(config.out), frozenset())
    found = compare(str(repo.top), plumbing.index_rows(index.out), beliefs, lambda _: {})
    return [each.path for each in found.differences]


def test_an_unchanged_work_tree_is_clean(repo: Repo) -> None:
    repo.commit(a="a", b="", c__py="c\n")
    (repo.top / "link").symlink_to("a")
    repo.commit()
    assert modified(repo) == ()
    repo.settle()
    assert modified(repo) == ()
    assert not facts(repo).dirty


def test_a_change_of_the_same_size_in_the_instant_of_the_commit_is_seen(repo: Repo) -> None:
    """Racy in git's sense: within one tick of the clock neither size nor times tell the two apart."""
    for number in range(40):
        repo.write("a", f"{number:04}\n")
        repo.git("add", "a")
        repo.write("a", f"{number:04}!"[-5:])
        assert modified(repo) == ("a",), number


def test_a_row_older_than_the_index_is_believed_and_a_younger_one_is_read(repo: Repo) -> None:
    repo.commit(a="a\n")
    repo.settle()
    mtime = (repo.top / "a").stat().st_mtime_ns
    # Let the index claim the file's stat data for other content: only reading the file can tell.
    other = repo.git("hash-object", "-w", "--stdin", stdin=b"b\n").decode().strip()
    index = repo.git("ls-files", "-s", "-z", "--debug").replace(repo.git("rev-parse", "HEAD:a").strip(), other.encode())
    beliefs = Beliefs(mtime + 10**9, plumbing.settings(b""), frozenset())
    rows = plumbing.index_rows(index)
    assert compare(str(repo.top), rows, beliefs, lambda _: {}).differences == []
    for written in (mtime, mtime - 1, mtime + 1_000_000):
        racy = compare(str(repo.top), rows, beliefs._replace(written=written), lambda _: {})
        assert [each.path for each in racy.differences] == [b"a"], written


def test_times_in_whole_seconds_are_trusted_only_after_two_of_them(repo: Repo) -> None:
    repo.commit(a="a\n")
    os.utime(repo.top / "a", (1_600_000_000, 1_600_000_000))
    repo.git("update-index", "-q", "--refresh")
    index = repo.git("ls-files", "-s", "-z", "--debug").replace(repo.git("rev-parse", "HEAD:a").strip(), b"1" * 40)
    rows = plumbing.index_rows(index)
    for seconds, believed in ((1, False), (2, False), (3, True)):
        written = (1_600_000_000 + seconds) * 10**9
        found = compare(str(repo.top), rows, Beliefs(written, plumbing.settings(b""), frozenset()), lambda _: {})
        assert (found.differences == []) is believed, seconds


def test_an_edit_with_its_time_restored_is_seen(repo: Repo) -> None:
    repo.commit(a="1\n")
    repo.settle()
    seen = (repo.top / "a").stat()
    repo.write("a", "2\n")
    os.utime(repo.top / "a", ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert modified(repo) == ("a",)


def test_a_touched_file_is_not_modified(repo: Repo) -> None:
    repo.commit(a="a\n")
    os.utime(repo.top / "a", (1, 1))
    assert modified(repo) == ()


def test_a_copied_repository_whose_index_knows_other_inodes_is_clean(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="a\n", b="b\n")
    shutil.copytree(repo.top, tmp_path / "copy")
    copy = Repo.__new__(Repo)
    copy.top = tmp_path / "copy"
    assert modified(copy) == ()


def test_a_row_that_git_marked_as_changed_while_added_is_read(repo: Repo) -> None:
    repo.commit(a="")
    empty = repo.git("rev-parse", "HEAD:a").strip()
    repo.settle()
    index = repo.git("ls-files", "-s", "-z", "--debug").replace(empty, b"1" * 40)
    beliefs = Beliefs(NEVER_RACY, plumbing.settings(b""), frozenset())
    found = compare(str(repo.top), plumbing.index_rows(index), beliefs, lambda _: {})
    assert [each.path for each in found.differences] == [b"a"]
    assert differences(repo, written=NEVER_RACY) == []


@pytest.mark.parametrize("names", ["sha1", "sha256"])
def test_an_empty_file_is_believed_to_be_empty(new_repo: Callable[..., Repo], names: str) -> None:
    repo = new_repo("r", f"--object-format={names}")
    repo.commit(a="")
    repo.settle()
    name = repo.git("rev-parse", "HEAD:a").strip()
    assert name.decode() == blob.name(b"", len(name))
    assert name in worktree._EMPTY_BLOBS
    assert modified(repo) == ()


def test_an_index_without_stat_data_costs_reading_and_nothing_else(repo: Repo) -> None:
    repo.commit(a="a\n", b="b\n")
    repo.write("b", "c\n")
    rows = plumbing.index_rows(repo.git("ls-files", "-s", "-z"))
    found = compare(str(repo.top), rows, Beliefs(0, plumbing.settings(b""), frozenset()), lambda _: {})
    assert [row.path for row in found.rows] == [b"a", b"b"]
    assert [each.path for each in found.differences] == [b"b"]


def test_the_executable_bit_counts_only_where_git_says_so(repo: Repo) -> None:
    repo.commit(a="a\n")
    (repo.top / "a").chmod(0o755)
    assert modified(repo) == ("a",)
    repo.git("config", "core.fileMode", "false")
    assert modified(repo) == ()


def test_links_are_compared_by_target_and_never_followed(repo: Repo, tmp_path: Path) -> None:
    (repo.top / "link").symlink_to("/nowhere")
    (repo.top / "same").symlink_to(tmp_path)
    repo.commit()
    assert modified(repo) == ()
    (repo.top / "link").unlink()
    (repo.top / "link").symlink_to("/elsewhr")
    assert modified(repo) == ("link",)
    (repo.top / "link").unlink()
    repo.write("link", "/nowhere")
    assert modified(repo) == ("link",)


def test_a_file_with_the_links_target_is_the_link_where_links_cannot_be_made(repo: Repo) -> None:
    (repo.top / "link").symlink_to("target")
    repo.commit()
    repo.git("config", "core.symlinks", "false")
    (repo.top / "link").unlink()
    repo.write("link", "target")
    assert modified(repo) == ()


def test_a_file_replaced_by_a_folder_and_a_folder_by_a_link_are_gone(repo: Repo, tmp_path: Path) -> None:
    repo.commit(file="f\n", **{"folder/inside": "i\n", "z": "z\n"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "inside").write_text("i\n")
    shutil.rmtree(repo.top / "folder")
    (repo.top / "folder").symlink_to(tmp_path / "outside")
    (repo.top / "file").unlink()
    repo.write("file/new", "n\n")
    listing = list_code(str(repo.top))
    assert [(row.path, row.tracked) for row in listing.rows] == [
        (b"file/new", False),
        (b"folder", False),
        (b"z", True),
    ]
    assert listing.git is not None
    assert listing.git.modified == ("file", "folder/inside")


@pytest.mark.parametrize("setting", ["true", "input"])
def test_line_ends_that_git_would_convert_are_no_change(repo: Repo, setting: str) -> None:
    repo.commit(a="one\ntwo\n", b="\0one\ntwo\n", c="one\ntwo\n")
    repo.git("config", "core.autocrlf", setting)
    repo.write("a", "one\r\ntwo\r\n")
    repo.write("b", "\0one\r\ntwo\r\n")
    repo.write("c", "one\r\nthree\r\n")
    assert modified(repo) == ("b", "c")


def test_line_ends_are_a_change_where_git_would_not_convert_them(repo: Repo) -> None:
    repo.commit(a="one\ntwo\n")
    repo.write("a", "one\r\ntwo\r\n")
    assert modified(repo) == ("a",)


@pytest.mark.parametrize(
    ("attributes", "before", "after", "clean"),
    [
        ("* text", b"a\n", b"a\r\n", True),
        ("* text=auto", b"a\n", b"a\r\n", True),
        ("* eol=crlf", b"a\n", b"a\r\n", True),
        ("* crlf", b"a\n", b"a\r\n", True),
        ("* -text", b"a\n", b"a\r\n", False),
        ("* binary", b"a\n", b"a\r\n", False),
        ("* text=auto", b"a\rb\n", b"a\rb\r\n", False),
        ("* text=auto", b"\x01\x02\n", b"\x01\x02\r\n", False),
        ("* ident", b"$Id$\n", b"$Id: 0123 $\n", True),
        ("* -ident", b"$Id$\n", b"$Id: 0123 $\n", False),
        ("* working-tree-encoding=UTF-16LE", "ü\n".encode(), "ü\n".encode("utf-16-le"), True),
        ("* working-tree-encoding=no-such", b"a\n", b"b\n", False),
    ],
)
def test_what_git_would_convert_is_decided_by_its_attributes_as_git_does(
    repo: Repo, attributes: str, before: bytes, after: bytes, clean: bool
) -> None:
    oid = repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin=before).decode().strip()
    repo.write(".gitattributes", attributes + "\n.gitattributes -text -ident !working-tree-encoding\n")
    repo.git("add", ".gitattributes")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},f")
    repo.git("commit", "-q", "-m", "x")
    repo.write("f", after)
    assert modified(repo) == (() if clean else ("f",))
    if "no-such" not in attributes:
        assert repo.git("diff", "--name-only", "HEAD").strip() == (b"" if clean else b"f")


def test_a_large_file_kept_by_git_lfs_is_known_by_its_pointer(repo: Repo) -> None:
    content = os.urandom(3 << 20)
    repo.write("pointer", content)
    pointer = blob._lfs_pointer(os.open(repo.top, os.O_RDONLY), b"pointer", len(content))
    assert pointer.startswith(b"version https://git-lfs.github.com/spec/v1\noid sha256:")
    (repo.top / "pointer").unlink()
    oid = repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin=pointer).decode().strip()
    repo.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    repo.git("add", ".gitattributes")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},model.bin")
    repo.git("commit", "-q", "-m", "x")
    repo.write("model.bin", content)
    assert modified(repo) == ()
    assert list_code(str(repo.top)).warnings == ()
    repo.write("model.bin", pointer)
    assert modified(repo) == ()
    repo.write("model.bin", content[:-1] + bytes([content[-1] ^ 1]))
    assert modified(repo) == ("model.bin",)


def test_a_filter_that_was_not_run_is_named(repo: Repo) -> None:
    repo.write(".gitattributes", "*.ipynb filter=nbstripout\n")
    repo.commit(book__ipynb="{}\n")
    assert list_code(str(repo.top)).warnings == ()
    repo.write("book.ipynb", "{1}\n")
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-filter"]
    assert "nbstripout" in listing.warnings[0].message


def test_staged_and_unstaged_changes_deletions_and_additions_all_count(repo: Repo) -> None:
    repo.commit(edited="1\n", staged="1\n", gone="1\n", removed="1\n", kept="1\n", both="1\n")
    repo.write("edited", "2\n")
    repo.write("staged", "2\n")
    repo.write("both", "2\n")
    repo.write("added", "2\n")
    repo.git("add", "staged", "added", "both")
    repo.write("both", "3\n")
    repo.git("rm", "-q", "removed")
    (repo.top / "gone").unlink()
    assert modified(repo) == ("added", "both", "edited", "gone", "removed", "staged")
    assert facts(repo).dirty


def test_a_file_taken_out_of_the_index_is_modified_and_untracked(repo: Repo) -> None:
    repo.commit(a="a\n")
    repo.git("rm", "-q", "--cached", "a")
    assert modified(repo) == ("a",)
    assert facts(repo).untracked == ("a",)


def test_an_intended_addition_is_modified_and_there(repo: Repo) -> None:
    repo.commit(a="a\n")
    repo.write("later", "l\n")
    repo.git("add", "-N", "later")
    listing = list_code(str(repo.top))
    assert [(row.path, row.tracked) for row in listing.rows] == [(b"a", True), (b"later", True)]
    assert modified(repo) == ("later",)


def test_a_conflict_is_listed_once_and_modified(repo: Repo) -> None:
    repo.commit(a="0\n")
    repo.git("checkout", "-q", "-b", "other")
    repo.commit(a="1\n", n="1\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a="2\n", n="2\n")
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    listing = list_code(str(repo.top))
    assert [row.path for row in listing.rows] == [b"a", b"n"]
    assert modified(repo) == ("a", "n")


def test_files_outside_a_sparse_checkout_are_not_deleted(repo: Repo) -> None:
    repo.commit(**{"in/a": "a\n", "out/b": "b\n", "top": "t\n"})
    repo.git("sparse-checkout", "set", "--cone", "in")
    assert not (repo.top / "out").exists()
    assert modified(repo) == ()
    assert [row.path for row in list_code(str(repo.top)).rows] == [b"in/a", b"top"]
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
    assert modified(repo) == ()
    repo.write("out/b", "changed\n")
    assert modified(repo) == ("out/b",)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_to_overlook_is_seen(repo: Repo, flag: str) -> None:
    repo.commit(config="1\n", other="1\n")
    repo.git("update-index", flag, "config")
    assert modified(repo) == ()
    repo.write("config", "2\n")
    assert repo.git("status", "--porcelain") == b""
    assert modified(repo) == ("config",)


def test_a_split_index_and_a_fourth_version_index_are_read(repo: Repo) -> None:
    repo.commit(a="a\n", b="b\n")
    repo.git("update-index", "--split-index")
    repo.write("c", "c\n")
    repo.git("add", "c")
    repo.write("a", "changed\n")
    before = repo.fingerprint()
    assert modified(repo) == ("a", "c")
    after = repo.fingerprint()
    # Whoever reads a split index renews the time of its shared half, lest git expire it: no more than that.
    changed = [path for path in before if before[path] != after[path]]
    assert all("/sharedindex." in path and before[path][:2] == after[path][:2] for path in changed)
    assert before.keys() == after.keys()
    repo.git("update-index", "--no-split-index", "--index-version", "4")
    assert modified(repo) == ("a", "c")


def test_a_repository_with_sha256_names_is_read(new_repo: Callable[..., Repo]) -> None:
    repo = new_repo("long", "--object-format=sha256")
    commit = repo.commit(a="a\n", b="b\n")
    repo.write("a", "c\n")
    os.utime(repo.top / "b", (1, 1))
    assert len(commit) == 64
    assert facts(repo).commit == commit
    assert modified(repo) == ("a",)


def test_a_replaced_commit_is_taken_for_what_its_name_says(repo: Repo) -> None:
    first = repo.commit(a="1\n")
    second = repo.commit(a="2\n")
    repo.git("replace", second, first)
    assert modified(repo) == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_tracked_file_that_may_not_be_read_is_skipped(repo: Repo) -> None:
    repo.commit(a="a\n", b="b\n")
    (repo.top / "a").chmod(0)
    listing = list_code(str(repo.top))
    assert [row.path for row in listing.rows] == [b"b"]
    assert [warn.code for warn in listing.skipped] == ["skipped-unreadable"]


def test_a_fifo_in_place_of_a_tracked_file_is_skipped_and_not_waited_on(repo: Repo) -> None:
    repo.commit(a="a\n", b="b\n")
    (repo.top / "a").unlink()
    os.mkfifo(repo.top / "a")
    listing = list_code(str(repo.top))
    assert [row.path for row in listing.rows] == [b"b"]
    assert [(warn.code, warn.message) for warn in listing.skipped] == [
        ("skipped-fifo", '"a" is a FIFO and was not captured')
    ]
    assert modified(repo) == ("a",)


def test_reading_a_fifo_or_through_a_link_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert list(blob.pieces(os.fsencode(tmp_path / "file"))) == [b"x"]
    with pytest.raises(OSError, match="symbolic"):
        list(blob.pieces(os.fsencode(tmp_path / "link")))


def test_what_has_no_content_is_named_by_its_kind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    for path, kind in ((tmp_path / "f", "fifo"), (Path("/dev/null"), "device")):
        assert unfit(os.fsencode(path), path.lstat().st_mode) == kind
