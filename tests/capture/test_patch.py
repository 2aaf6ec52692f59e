import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.capture.gitrepo import Repo

from runlore.capture import patch as patching
from runlore.capture.listing import Listing, list_code
from runlore.capture.patch import make_patch, patch_warnings


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Repo], bytes | None]:
    """The patch of a repository, checked to leave it as it was."""

    def made(repo: Repo) -> bytes | None:
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        before = repo.fingerprint()
        patch = make_patch(list_code(str(repo.top)), scratch=str(scratch))
        assert repo.fingerprint() == before
        return patch

    return made


def tracked(repo: Repo) -> dict[str, tuple[int, bytes]]:
    """What a work tree has of each tracked path: kind and executable bit, and content."""
    found = {}
    listing = list_code(str(repo.top))
    for row in listing.rows:
        if row.tracked:
            place = repo.top / os.fsdecode(row.path)
            link = place.is_symlink()
            content = os.fsencode(place.readlink()) if link else place.read_bytes()
            found[os.fsdecode(row.path)] = (row.stat.st_mode & (0o170000 if link else 0o170100), content)
    return found


def rebuild(repo: Repo, patch: bytes, top: Path) -> dict[str, tuple[int, bytes]]:
    """What a fresh clone with the patch applied has at the paths the original tracks, submodules included."""
    clone = Repo.clone(repo.top, top, "--recurse-submodules")
    for submodule in submodules(list_code(str(repo.top))):
        subprocess.run(
            ["git", "checkout", "-q", str(submodule["commit"])], cwd=top / str(submodule["path"]), check=True
        )
    clone.git("apply", "--binary", "--whitespace=nowarn", stdin=patch)
    found = {}
    for path in tracked(repo):
        seen = (top / path).lstat()
        link = (top / path).is_symlink()
        content = os.fsencode((top / path).readlink()) if link else (top / path).read_bytes()
        found[path] = (seen.st_mode & (0o170000 if link else 0o170100), content)
    for path in files(clone.top):
        assert path in found, f"{path} should be gone"
    return found


def files(top: Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [os.path.relpath(Path(folder) / name, top) for name in [*names, *links] if name != ".git"]
    return found


def some_content(chance: random.Random) -> bytes:
    """Binary or text, with either line end, with or without the last one."""
    kind = chance.randrange(5)
    if kind == 0:
        return chance.randbytes(chance.randrange(3000))
    ending = b"\r\n" if kind == 1 else b"\n"
    text = ending.join(b"%d" % chance.randrange(30) for _ in range(chance.randrange(60)))
    return text + (ending if kind == 2 else b"")


def some_change(repo: Repo, name: str, chance: random.Random) -> None:
    """Delete, edit, stage, move, replace by a link or a folder, or leave this file."""
    place = repo.top / name
    action = chance.choice(("delete", "mode", "link", "move", "folder", "edit", "stage", "nothing"))
    if action in {"delete", "link", "folder"}:
        place.unlink()
    if action == "mode":
        place.chmod(0o755)
    elif action == "link":
        place.symlink_to(f"to {name[:3]}")
    elif action == "move":
        (repo.top / "moved").mkdir(exist_ok=True)
        repo.git("mv", "--", name, f"moved/{name.replace('/', '+')}")
    elif action == "folder":
        repo.write(f"{name}/inside", some_content(chance))
        repo.git("add", "--", name)
    elif action in {"edit", "stage"}:
        repo.write(name, some_content(chance))
    if action == "stage":
        repo.git("add", "--", name)
        repo.write(name, some_content(chance))


def submodules(listing: Listing) -> tuple[dict[str, object], ...]:
    assert listing.git is not None
    return tuple(dict(each) for each in listing.git.submodules)


def test_a_clean_work_tree_has_no_patch(repo: Repo, make: Callable[[Repo], bytes | None]) -> None:
    assert make(repo) is None
    repo.commit(a="a\n")
    assert make(repo) is None
    repo.write("untracked")
    assert make(repo) is None


def test_a_change_taken_back_in_the_work_tree_has_no_patch(repo: Repo, make: Callable[[Repo], bytes | None]) -> None:
    repo.commit(a="a\n")
    repo.write("a", "b\n")
    repo.git("add", "a")
    repo.write("a", "a\n")
    assert make(repo) is None


def test_the_patch_is_what_git_diff_would_say(repo: Repo, make: Callable[[Repo], bytes | None]) -> None:
    lines = [f"line {number}\n" for number in range(200)]
    repo.commit(a="".join(lines), gone="g\n", run="#!\n", bin=b"\0\1" * 99)
    repo.commit(**{"dir/b": "b\n" * 50, "dir/c": "c\n"})
    (repo.top / "link").symlink_to("a")
    repo.commit()
    repo.write("a", "".join(lines).replace("line 7\n", "line seven\n"))
    repo.git("mv", "dir/b", "renamed")
    repo.write("renamed", "b\n" * 50 + "and more\n")
    repo.git("rm", "-q", "gone")
    (repo.top / "run").chmod(0o755)
    (repo.top / "link").unlink()
    (repo.top / "link").symlink_to("dir/c")
    repo.write("bin", b"\0\2" * 99)
    repo.write("new", "no newline at the end")
    repo.git("add", "new")
    patch = make(repo)
    assert patch == repo.git("diff", "HEAD", "--binary", "--full-index", "-M")
    assert patch is not None
    assert b"rename from dir/b" in patch


@pytest.mark.parametrize("seed", range(8))
def test_the_patch_gives_back_every_tracked_byte(
    repo: Repo, make: Callable[[Repo], bytes | None], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    names = [f"d{number % 3}/e{number % 2}/f {number}" for number in range(12)]
    names += ["ü", "tab\there", 'quo"te', "new\nline", os.fsdecode(b"d0/\xff\xfe"), "-dash", "a:b", "trailing "]
    for name in names:
        repo.write(name, some_content(chance))
    (repo.top / "link").symlink_to("nowhere")
    repo.commit()
    for name in names:
        some_change(repo, name, chance)
    repo.write("added", some_content(chance))
    repo.git("add", "added")
    expected = tracked(repo)
    patch = make(repo)
    assert patch is not None
    assert patch_warnings(patch) == ()
    assert rebuild(repo, patch, tmp_path / "again") == expected


def test_the_patch_of_a_dirty_project_with_a_dirty_submodule_gives_everything_back(
    repo: Repo, new_repo: Callable[..., Repo], make: Callable[[Repo], bytes | None], tmp_path: Path
) -> None:
    inner = new_repo("inner")
    inner.commit(helper__py="h = 1\n", other="o\n")
    repo.git("submodule", "--quiet", "add", str(inner.top), "libs/sub one")
    repo.write(".gitignore", "ignored.py\nconfig.yaml\ndata/\n")
    repo.commit(train__py="import ignored\n", **{"model.bin": bytes(range(256)) * 40})
    inner.commit(helper__py="h = 2\n")
    sub = Repo.__new__(Repo)
    sub.top = repo.top / "libs" / "sub one"
    sub.git("fetch", "-q")
    sub.git("checkout", "-q", "origin/main")
    sub.write("helper.py", "h = 3\n")
    sub.write("untracked.py", "u\n")
    repo.write("train.py", "import ignored, staged\n")
    repo.write("staged.py", "s\n")
    repo.git("add", "staged.py")
    repo.write("untracked.py", "u\n")
    repo.write("ignored.py", "i\n")
    repo.write("model.bin", bytes(reversed(range(256))) * 41)
    patch = make(repo)
    assert patch is not None
    assert b"+++ b/libs/sub one/helper.py" in patch
    assert b"untracked" not in patch
    expected = tracked(repo)
    assert expected["libs/sub one/helper.py"][1] == b"h = 3\n"
    assert rebuild(repo, patch, tmp_path / "again") == expected


def test_before_the_first_commit_the_patch_is_against_nothing(
    repo: Repo, make: Callable[[Repo], bytes | None], tmp_path: Path
) -> None:
    repo.write("a/b", "b\n")
    repo.write("c", b"\0")
    repo.git("add", "-A")
    repo.write("a/b", "later\n")
    patch = make(repo)
    assert patch is not None
    empty = Repo(tmp_path / "empty")
    empty.git("apply", "--binary", stdin=patch)
    assert (empty.top / "a" / "b").read_text() == "later\n"
    assert (empty.top / "c").read_bytes() == b"\0"


def test_line_ends_are_kept_as_git_would_keep_them(
    repo: Repo, make: Callable[[Repo], bytes | None], tmp_path: Path
) -> None:
    legacy = repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin=b"1\r\n2\r\n").decode().strip()
    repo.write(".gitattributes", "*.bat text eol=crlf\nlegacy text=auto\n*.txt working-tree-encoding=UTF-16LE\n")
    repo.git("add", ".gitattributes")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{legacy},legacy")
    repo.write("legacy", b"1\r\n2\r\n")
    repo.write("run.bat", b"a\r\nb\r\n")
    repo.write("note.txt", "grüß\n".encode("utf-16-le"))
    repo.git("add", "run.bat", "note.txt")
    repo.git("commit", "-q", "-m", "x")
    repo.write("legacy", b"1\r\n3\r\n")
    repo.write("run.bat", b"a\r\nc\r\n")
    repo.write("note.txt", "größer\n".encode("utf-16-le"))
    expected = tracked(repo)
    patch = make(repo)
    assert patch == repo.git("diff", "HEAD", "--binary", "--full-index", "-M")
    assert patch is not None
    assert rebuild(repo, patch, tmp_path / "again") == expected


def test_a_long_name_repository_has_a_patch_too(
    new_repo: Callable[..., Repo], make: Callable[[Repo], bytes | None]
) -> None:
    repo = new_repo('lo:ng "quoted"', "--object-format=sha256")
    repo.commit(**{"a/b": "1\n", "c": "c\n"})
    repo.write("a/b", "2\n")
    assert make(repo) == repo.git("diff", "HEAD", "--binary", "--full-index", "-M")


def test_a_linked_work_tree_has_its_own_patch(repo: Repo, make: Callable[[Repo], bytes | None], tmp_path: Path) -> None:
    repo.commit(a="1\n")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo.__new__(Repo)
    linked.top = tmp_path / "linked"
    linked.write("a", "2\n")
    assert make(linked) == linked.git("diff", "HEAD", "--binary", "--full-index", "-M")
    assert make(repo) is None


def test_changes_beyond_the_limit_are_named_and_the_small_ones_kept(
    repo: Repo, make: Callable[[Repo], bytes | None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(patching, "LIMIT", 10_000)
    repo.commit(code="1\n", shrinks="s" * 9_990, model="m\n", moved="v" * 50_000, mode="x" * 50_000)
    repo.write("code", "2\n")
    repo.write("model", b"\0" * 20_000)
    repo.write("shrinks", "s")
    repo.git("mv", "moved", "there")
    (repo.top / "mode").chmod(0o755)
    repo.write("odd\nname", b"1" * 20_000)
    repo.git("add", "-A")
    patch = make(repo)
    assert patch is not None
    assert [warn.message.partition(" is")[0] for warn in patch_warnings(patch)] == ['"model"', '"odd\nname"']
    assert {warn.code for warn in patch_warnings(patch)} == {"patch-incomplete"}
    clone = Repo.clone(repo.top, tmp_path / "again")
    clone.git("apply", "--binary", stdin=patch)
    assert (clone.top / "code").read_text() == "2\n"
    assert (clone.top / "model").read_text() == "m\n"
    assert (clone.top / "shrinks").read_text() == "s"
    assert (clone.top / "there").read_text() == "v" * 50_000
    assert (clone.top / "mode").stat().st_mode & 0o100


def test_a_file_that_vanishes_between_listing_and_patch_is_named(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a="1\n", b="1\n")
    repo.write("a", "2\n")
    repo.write("b", "2\n")
    listing = list_code(str(repo.top))
    (repo.top / "a").unlink()
    (tmp_path / "scratch").mkdir()
    patch = make_patch(listing, scratch=str(tmp_path / "scratch"))
    assert patch is not None
    assert [warn.message for warn in patch_warnings(patch)] == [
        '"a" is not in the patch: it cannot be read (No such file or directory)'
    ]
    assert b"+++ b/b" in patch


def test_a_conflict_is_patched_to_what_the_work_tree_has(
    repo: Repo, make: Callable[[Repo], bytes | None], tmp_path: Path
) -> None:
    repo.commit(a="0\n")
    repo.git("checkout", "-q", "-b", "other")
    repo.commit(a="1\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a="2\n")
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    patch = make(repo)
    assert patch is not None
    assert rebuild(repo, patch, tmp_path / "again") == tracked(repo)


def test_settings_about_how_a_diff_looks_do_not_change_the_patch(
    repo: Repo, make: Callable[[Repo], bytes | None]
) -> None:
    repo.commit(a="1\n", b="b\n" * 30)
    repo.write("a", "2\n")
    repo.git("mv", "b", "c")
    plain = make(repo)
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "color.diff": "always",
        "diff.renames": "false",
        "diff.context": "0",
        "diff.submodule": "log",
        "diff.orderFile": "nowhere",
        "core.abbrev": "5",
    }.items():
        repo.git("config", key, value)
    assert make(repo) == plain
