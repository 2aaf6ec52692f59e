import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.capture.gitrepo import Repo
from tests.capture.hostile_repo import canary, make_hostile

from runlore.capture import git, plumbing
from runlore.capture.git import GitUnusableError, ask, common_folder, find_work_tree, git_folder, refusal, tell
from runlore.capture.listing import list_code
from runlore.capture.patch import make_patch


def test_the_work_tree_is_the_nearest_folder_upward_that_holds_git(repo: Repo) -> None:
    deep = repo.top / "a" / "b"
    deep.mkdir(parents=True)
    assert find_work_tree(str(deep)) == str(repo.top)
    assert find_work_tree(str(repo.top)) == str(repo.top)


def test_a_file_that_names_a_repository_makes_a_work_tree_too(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="a")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert find_work_tree(str(tmp_path / "linked")) == str(tmp_path / "linked")
    folder = git_folder(str(tmp_path / "linked"))
    assert Path(folder).resolve() == repo.top / ".git" / "worktrees" / "linked"
    assert Path(common_folder(folder)).resolve() == repo.top / ".git"


def test_no_work_tree_is_found_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert find_work_tree(str(tmp_path / "x")) is None


def test_a_git_file_that_names_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("hello")
    with pytest.raises(GitUnusableError) as caught:
        git_folder(str(tmp_path))
    assert caught.value.warn.code == "git-unreadable"


@pytest.mark.parametrize("name", [".git", ".git/commondir"])
def test_a_name_that_no_file_can_have_is_a_warning_and_a_plain_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"gitdir: a\0b\n")
    (tmp_path / "a").write_text("a")
    listing = list_code(str(tmp_path))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert [row.path for row in listing.rows] == [b"a"]


def test_several_questions_are_answered_in_order_and_failures_are_answers(repo: Repo) -> None:
    first, second, third = ask(
        str(repo.top), ("rev-parse", "--is-inside-work-tree"), ("cat-file", "-t", "HEAD"), ("--version",)
    )
    assert (first.code, first.out) == (0, b"true\n")
    assert second.code == 128
    assert b"HEAD" in second.err
    assert third.out.startswith(b"git version")


def test_much_output_on_both_pipes_of_several_processes_does_not_hang(repo: Repo) -> None:
    for number in range(400):
        repo.write("long-name-" * 20 + str(number))
    answers = ask(str(repo.top), *[plumbing.UNTRACKED] * 3, ("ls-files", "--help-me-please"))
    assert [len(plumbing.paths(answer.out)) for answer in answers[:3]] == [400, 400, 400]
    assert answers[3].code != 0


def test_stdin_reaches_git(repo: Repo) -> None:
    commit = repo.commit(a="a")
    assert tell(str(repo.top), ("cat-file", "--batch-check"), b"HEAD\n").out.startswith(commit.encode())


def test_the_users_git_variables_do_not_choose_the_repository(
    repo: Repo, new_repo: Callable[..., Repo], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = new_repo("other")
    other.commit(elsewhere="x")
    repo.write("here")
    for name, value in {
        "GIT_DIR": str(other.top / ".git"),
        "GIT_WORK_TREE": str(other.top),
        "GIT_INDEX_FILE": str(other.top / ".git" / "index"),
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_TRACE": str(tmp_path / "trace"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
    }.items():
        monkeypatch.setenv(name, value)
    listing = list_code(str(repo.top))
    assert [row.path for row in listing.rows] == [b"here"]
    assert listing.warnings == ()
    assert not (tmp_path / "trace").exists()


def test_without_git_the_project_is_a_plain_folder(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repo.commit(a="a")
    monkeypatch.setenv("PATH", str(tmp_path))
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-missing"]
    assert listing.git is None
    assert listing.author is None
    assert [row.path for row in listing.rows] == [b"a"]


def test_a_git_that_cannot_be_started_is_not_said_to_be_missing(repo: Repo) -> None:
    repo.commit(a="a")
    code = (
        f"from runlore.capture.listing import list_code; print([w.code for w in list_code({str(repo.top)!r}).warnings])"
    )
    shell = 'ulimit -n 6; exec "$0" -c "$1"'
    done = subprocess.run(("/bin/sh", "-c", shell, sys.executable, code), capture_output=True, text=True, check=False)
    assert done.stdout == "['git-unreadable']\n", done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_refused_as_git_refuses_it(repo: Repo) -> None:
    repo.commit(a="a")
    for folder, folders, names in os.walk(repo.top):
        for name in [*folders, *names]:
            os.chown(Path(folder) / name, 12345, 12345)
    os.chown(repo.top, 12345, 12345)
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-refused"]
    assert f"safe.directory {shlex.quote(str(repo.top))}" in listing.warnings[0].message
    assert listing.git is None
    assert [row.path for row in listing.rows] == [b"a"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("index", b"DIRC garbage that is no index at all, not even close"),
        ("HEAD", b"nonsense"),
        ("config", b"[core\n"),
        ("refs/heads/main", b"not an object\n"),
    ],
)
def test_a_damaged_repository_is_a_warning_and_a_plain_folder(repo: Repo, path: str, content: bytes) -> None:
    repo.commit(a="a")
    (repo.top / ".git" / path).write_bytes(content)
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert listing.git is None
    assert [row.path for row in listing.rows] == [b"a"]


def test_a_broken_repository_inside_another_one_is_not_taken_for_the_outer(repo: Repo) -> None:
    repo.commit(a="a")
    (repo.top / "inner" / ".git").mkdir(parents=True)
    (repo.top / "inner" / "b").write_text("b")
    listing = list_code(str(repo.top / "inner"))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert listing.git is None
    assert [row.path for row in listing.rows] == [b"b"]


def test_a_bare_repository_is_a_warning_and_a_plain_folder(repo: Repo) -> None:
    repo.commit(a="a")
    repo.git("config", "core.bare", "true")
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert "bare" in listing.warnings[0].message
    assert [row.path for row in listing.rows] == [b"a"]


def test_a_work_tree_linked_to_a_bare_repository_is_read(repo: Repo, tmp_path: Path) -> None:
    commit = repo.commit(a="a")
    Repo.clone(repo.top, tmp_path / "bare.git", "--bare")
    subprocess.run(["git", "-C", str(tmp_path / "bare.git"), "worktree", "add", "-q", str(tmp_path / "w")], check=True)
    listing = list_code(str(tmp_path / "w"))
    assert listing.git is not None
    assert (listing.git.commit, listing.git.branch, listing.warnings) == (commit, "w", ())


def test_a_head_whose_commit_is_gone_keeps_the_listing_and_says_so(repo: Repo) -> None:
    repo.commit(a="a")
    repo.git("checkout", "-q", "--detach")
    (repo.top / ".git" / "HEAD").write_text("1" * 40 + "\n")
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert listing.git is not None
    assert listing.git.commit == "1" * 40
    assert [(row.path, row.tracked) for row in listing.rows] == [(b"a", True)]


def test_a_git_that_hangs_is_ended(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a="a")
    monkeypatch.setattr(git, "PATIENCE", 0.3)
    os.mkfifo(repo.top / ".gitignore")
    listing = list_code(str(repo.top))
    assert [warn.code for warn in listing.warnings] == ["git-unreadable"]
    assert "no answer" in listing.warnings[0].message
    assert [row.path for row in listing.rows] == [b"a"]


def test_the_reason_git_gives_is_told(repo: Repo) -> None:
    answer = git.Answer(128, b"", b"warning: x\nfatal: index file corrupt\n")
    assert refusal(str(repo.top), answer).warn.message == f'git cannot read "{repo.top}": index file corrupt'


def test_a_hostile_repository_runs_nothing(repo: Repo, new_repo: Callable[..., Repo], tmp_path: Path) -> None:
    inner = new_repo("inner")
    inner.write(".gitattributes", "* filter=evil diff=evil\n")
    inner.commit(i="i\n")
    repo.git("submodule", "--quiet", "add", str(inner.top), "sub")
    repo.commit(a="a\n", b="b\n", c="c\n")
    repo.write("staged", "new\n")
    repo.git("add", "staged")
    repo.write(".gitattributes", "* filter=evil diff=evil\nb filter=process diff=evil\n")
    (repo.top / ".git" / "info" / "attributes").write_text("c filter=evil diff=evil\n")
    for name in ("a", "b", "c", "sub/i", "untracked", "sub/untracked"):
        repo.write(name, "changed\n")
    nested = Repo(repo.top / "nested")
    nested.commit(n="n\n")
    nested.write("n", "changed\n")
    (repo.top / ".git" / "modules" / "sub" / "hooks").mkdir(exist_ok=True)
    make_hostile(nested, tmp_path)
    module_config = repo.top / ".git" / "modules" / "sub" / "config"
    make_hostile(repo, tmp_path)
    with module_config.open("a") as file:
        file.write((tmp_path / "included-project").read_text().replace("elsewhere", "elsewhere-too"))
    (tmp_path / "scratch").mkdir()
    before = repo.fingerprint()
    listing = list_code(str(repo.top))
    patch = make_patch(listing, scratch=str(tmp_path / "scratch"))
    assert not (tmp_path / "sang").exists(), (tmp_path / "sang").read_text()
    assert repo.fingerprint() == before
    assert listing.git is not None
    assert listing.git.modified == ("a", "b", "c", "staged")
    assert {"nested/n", "untracked", ".gitattributes"} <= set(listing.git.untracked)
    assert listing.git.submodules[0]["modified"] == ("i",)
    assert "git-filter" in {warn.code for warn in listing.warnings}
    assert patch is not None
    assert b"+++ b/sub/i" in patch


def test_the_canary_sings_for_git_itself(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="a\n")
    repo.write("a", "b\n")
    repo.git("config", "core.fsmonitor", canary(tmp_path, "fsmonitor"))
    subprocess.run(["git", "status"], cwd=repo.top, capture_output=True, check=False)
    assert (tmp_path / "sang").exists()


def test_a_missing_object_of_a_partial_clone_is_not_fetched(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="a\n", b="b\n")
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = Repo.clone(repo.top, tmp_path / "partial", "--filter=blob:none", "--no-local", "--no-checkout")
    partial.git("reset", "-q")
    before = partial.fingerprint()
    listing = list_code(str(partial.top))
    (tmp_path / "scratch").mkdir()
    patch = make_patch(listing, scratch=str(tmp_path / "scratch"))
    assert listing.git is not None
    assert listing.git.modified == ("a", "b")
    assert patch is not None
    assert patch.startswith(b'# not in this patch: ["a"')
    assert partial.fingerprint() == before


def test_credentials_are_taken_out_of_remote_urls(repo: Repo) -> None:
    for name, url in {
        "https": "https://user:secret@example.org/x.git",
        "token": "https://secret@example.org/x.git",
        "ssh": "ssh://git:secret@example.org:22/x.git",
        "scp": "git@example.org:x.git",
        "path": "/srv/x@y.git",
    }.items():
        repo.git("remote", "add", name, url)
    facts = list_code(str(repo.top)).git
    assert facts is not None
    assert facts.remotes == {
        "https": "https://example.org/x.git",
        "token": "https://example.org/x.git",
        "ssh": "ssh://git@example.org:22/x.git",
        "scp": "git@example.org:x.git",
        "path": "/srv/x@y.git",
    }


def test_the_author_is_who_git_would_say(repo: Repo) -> None:
    assert list_code(str(repo.top)).author is None
    repo.git("config", "user.name", "Grace Hopper")
    repo.git("config", "user.email", "grace@example.org")
    assert list_code(str(repo.top)).author == "Grace Hopper <grace@example.org>"


def test_an_index_printed_without_stat_data_is_still_understood() -> None:
    rows = plumbing.index_rows(b"100644 " + b"a" * 40 + b" 0\tx y\0" + b"100755 " + b"b" * 64 + b" 2\tz\0  new: 1\n")
    assert rows == [
        (b"100644", b"a" * 40, b"0", b"x y", b"", b""),
        (b"100755", b"b" * 64, b"2", b"z", b"", b""),
    ]


@pytest.mark.parametrize("out", [b"", b"false", b"false\n.git\n", b"false\n.git\n" + b"a" * 40])
def test_what_git_was_ended_in_the_middle_of_says_nothing(out: bytes) -> None:
    assert plumbing.head(out) is None
