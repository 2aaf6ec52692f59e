"""What touches mean: a file counts as read if it was before the run itself wrote it."""

import os
import pathlib

import pytest

from runlore.capture.access import touch
from runlore.capture.access.ground import Ground
from runlore.capture.access.meaning import Meaning, Seen, understand
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of


class Story:
    """Files in a folder, and what a run does to them, told as an observer would."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.top = folder / "project"
        self.saved = folder / "saved"
        for each in (self.top, self.saved, folder / "env"):
            each.mkdir()
        self.ground = Ground(
            top=os.fsencode(self.top),
            store=os.fsencode(self.top / ".mlrun"),
            home=os.fsencode(folder / "home"),
            cache=os.fsencode(folder / "home/.cache"),
            temporary=(b"/nowhere",),
            prefixes=(os.fsencode(folder / "env"),),
        )
        self.touches: list[Touch] = []

    def path(self, name: str) -> bytes:
        return os.fsencode(self.top / name)

    def make(self, name: str, text: str = "before") -> bytes:
        (self.top / name).parent.mkdir(exist_ok=True)
        (self.top / name).write_text(text)
        return self.state(name)

    def state(self, name: str) -> bytes:
        return state_of(os.stat(self.top / name))

    def read(self, name: str) -> None:
        self._tell(touch.READ, name, state=self.state(name))

    def write(self, name: str, text: str, *, kind: str = touch.WRITE, mode: str = "w") -> None:
        fresh = not (self.top / name).exists()
        with (self.top / name).open(mode) as file:
            file.flush()
            self._tell(kind, name, state=self.state(name), fresh=fresh)
            file.write(text)

    def rename(self, source: str, target: str) -> None:
        os.replace(self.top / source, self.top / target)
        self._tell(touch.RENAME, source, other=self.path(target))

    def link(self, source: str, target: str) -> None:
        (self.top / target).parent.mkdir(exist_ok=True)
        os.link(self.top / source, self.top / target)
        self._tell(touch.LINK, source, other=self.path(target), state=self.state(target))

    def save(self, name: str, under: str) -> None:
        self.saved.joinpath(under).write_bytes((self.top / name).read_bytes())
        self._tell(touch.SAVED, name, other=under.encode(), state=self.state(name))

    def _tell(self, kind: str, name: str, *, other: bytes = b"", state: bytes = b"", fresh: bool = False) -> None:
        self.touches.append(Touch(kind, 1, len(self.touches), self.path(name), other, state, fresh))

    def meaning(self) -> Meaning:
        return understand(self.touches, self.ground, os.fsencode(self.saved))


@pytest.fixture
def story(tmp_path: pathlib.Path) -> Story:
    return Story(tmp_path)


def names(seen: tuple[Seen, ...]) -> list[str]:
    return [os.path.basename(os.fsdecode(each.path)) for each in seen]


def test_what_was_read_is_an_input_and_what_was_made_an_output(story: Story) -> None:
    state = story.make("train.csv")
    story.read("train.csv")
    story.write("model.bin", "weights")
    found = story.meaning()
    assert found.inputs == (Seen(story.path("train.csv"), state, story.path("train.csv")),)
    assert found.outputs == (Seen(story.path("model.bin"), story.state("model.bin"), story.path("model.bin")),)


def test_what_the_run_made_and_read_again_is_no_input(story: Story) -> None:
    story.write("features.npy", "numbers")
    story.read("features.npy")
    found = story.meaning()
    assert found.inputs == ()
    assert [(each.reread, each.path) for each in found.outputs] == [(True, story.path("features.npy"))]


def test_a_file_that_was_read_and_then_written_over_is_both_with_the_bytes_set_aside(story: Story) -> None:
    before = story.make("state.pt")
    story.read("state.pt")
    story.save("state.pt", "0")
    story.write("state.pt", "after it all")
    found = story.meaning()
    assert found.inputs == (Seen(story.path("state.pt"), before, os.fsencode(story.saved / "0")),)
    assert names(found.outputs) == ["state.pt"]


def test_what_was_not_set_aside_is_nowhere(story: Story) -> None:
    story.make("state.pt")
    story.read("state.pt")
    story.write("state.pt", "after it all")
    assert [each.where for each in story.meaning().inputs] == [b""]


def test_a_file_written_over_without_being_read_is_an_output_alone(story: Story) -> None:
    story.make("model.bin")
    story.write("model.bin", "another model")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == ([], ["model.bin"])


def test_a_database_that_was_only_queried_is_an_input_alone(story: Story) -> None:
    story.make("data.db")
    story.write("data.db", "", kind=touch.UPDATE, mode="r+")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == (["data.db"], [])


def test_a_database_that_was_changed_is_both(story: Story) -> None:
    story.make("data.db")
    story.write("data.db", "a longer text than before", kind=touch.UPDATE, mode="r+")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == (["data.db"], ["data.db"])


def test_a_log_that_is_appended_to_is_no_input(story: Story) -> None:
    story.make("all.log")
    story.write("all.log", "one more line", mode="a")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == ([], ["all.log"])


def test_a_temporary_name_is_followed_into_place(story: Story) -> None:
    story.write("model.tmp", "weights")
    story.rename("model.tmp", "model.bin")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == ([], ["model.bin"])


def test_a_folder_that_is_renamed_takes_its_files_along(story: Story) -> None:
    (story.top / "checkpoint.tmp").mkdir()
    story.write("checkpoint.tmp/weights", "1")
    story.write("checkpoint.tmp/optimizer", "2")
    story.rename("checkpoint.tmp", "checkpoint")
    assert names(story.meaning().outputs) == ["optimizer", "weights"]
    assert all(b"/checkpoint/" in each.path for each in story.meaning().outputs)


def test_a_file_replaced_by_renaming_that_was_read_before_is_both(story: Story) -> None:
    story.make("best.pt")
    story.read("best.pt")
    story.write("best.tmp", "better")
    story.save("best.pt", "7")
    story.rename("best.tmp", "best.pt")
    found = story.meaning()
    assert [each.where for each in found.inputs] == [os.fsencode(story.saved / "7")]
    assert names(found.outputs) == ["best.pt"]


def test_what_is_gone_in_the_end_was_passing(story: Story) -> None:
    story.write("scratch", "1")
    (story.top / "scratch").unlink()
    assert story.meaning().outputs == ()


def test_bytecode_stands_for_its_source(story: Story) -> None:
    story.make("lib/model.py", "x = 1")
    story.make("lib/__pycache__/model.cpython-311.pyc")
    story.read("lib/__pycache__/model.cpython-311.pyc")
    found = story.meaning()
    assert [each.path for each in found.inputs] == [story.path("lib/model.py")]
    assert [(each.where, each.state) for each in found.inputs] == [(story.path("lib/model.py"), b"")]


def test_bytecode_that_is_written_is_noise(story: Story) -> None:
    story.make("lib/model.py", "x = 1")
    (story.top / "lib/__pycache__").mkdir()
    story.read("lib/model.py")
    story.write("lib/__pycache__/model.cpython-311.pyc.139", "code")
    story.rename("lib/__pycache__/model.cpython-311.pyc.139", "lib/__pycache__/model.cpython-311.pyc")
    assert (names(story.meaning().inputs), names(story.meaning().outputs)) == (["model.py"], [])


def test_the_environment_is_told_apart_and_the_store_is_not_seen(story: Story, tmp_path: pathlib.Path) -> None:
    package = os.fsencode(tmp_path / "env/lib/numpy/core.py")
    store = story.path(".mlrun/runs/x/journal")
    story.touches += [Touch(touch.READ, 1, 1, package), Touch(touch.UPDATE, 1, 2, store)]
    found = story.meaning()
    assert (found.inputs, found.outputs, found.packages) == ((), (), (package,))


def test_a_program_of_the_project_is_an_input_and_one_from_elsewhere_is_not(
    story: Story, tmp_path: pathlib.Path
) -> None:
    story.make("bin/prepare")
    elsewhere = os.fsencode(tmp_path / "home/.tools/compiler")
    library = os.fsencode(tmp_path / "home/.tools/libx.so.1.2")
    story.touches += [Touch(touch.EXEC, 1, 1, story.path("bin/prepare")), Touch(touch.EXEC, 1, 2, elsewhere)]
    story.touches += [Touch(touch.READ, 1, 3, library, state=b"")]
    found = story.meaning()
    assert [(each.path, each.where) for each in found.inputs] == [(story.path("bin/prepare"),) * 2]
    assert found.packages == (library,)


def test_hosts_are_named_rather_than_their_addresses(story: Story) -> None:
    story.touches += [Touch(touch.RESOLVE, 1, 1, b"pypi.org"), Touch(touch.CONNECT, 1, 2, b"151.101.0.223:443")]
    assert story.meaning().network == ("pypi.org",)
    del story.touches[0]
    assert story.meaning().network == ("151.101.0.223:443",)


def test_what_an_observer_missed_is_passed_on_once(story: Story) -> None:
    story.touches += [Touch(touch.LOST, 1, 1, b"the disk was full")] * 2
    assert story.meaning().lost == ("the disk was full",)


def test_a_new_name_that_nobody_saw_is_found_by_the_inode(story: Story) -> None:
    story.write(".tmp0a1b2c", "weights")
    os.rename(story.top / ".tmp0a1b2c", story.top / "model.safetensors")
    found = story.meaning()
    assert found.outputs == (
        Seen(story.path("model.safetensors"), story.state("model.safetensors"), story.path("model.safetensors")),
    )


def test_an_input_that_was_replaced_unseen_is_nowhere_and_its_new_bytes_are_an_output(story: Story) -> None:
    before = story.make("best.safetensors")
    story.read("best.safetensors")
    story.write(".tmp0a1b2c", "better")
    os.rename(story.top / ".tmp0a1b2c", story.top / "best.safetensors")
    found = story.meaning()
    assert found.inputs == (Seen(story.path("best.safetensors"), before, b""),)
    assert names(found.outputs) == ["best.safetensors"]


def test_a_second_name_by_a_hard_link_is_an_output_too(story: Story) -> None:
    story.write("epoch-3.pt", "weights")
    os.link(story.top / "epoch-3.pt", story.top / "best.pt")
    story.read("epoch-3.pt")
    assert [(each.path, each.reread) for each in story.meaning().outputs] == [
        (story.path("best.pt"), True),
        (story.path("epoch-3.pt"), True),
    ]


def test_a_hard_link_in_another_folder_is_an_output_with_the_content(story: Story) -> None:
    story.write("epoch-3.pt", "weights")
    story.link("epoch-3.pt", "best/model.pt")
    (story.top / "epoch-3.pt").unlink()
    found = story.meaning()
    assert found.outputs == (
        Seen(story.path("best/model.pt"), story.state("best/model.pt"), story.path("best/model.pt")),
    )
    assert found.inputs == ()


def test_a_hard_link_to_what_was_there_makes_an_output_of_an_input(story: Story) -> None:
    story.make("data.csv")
    story.link("data.csv", "staged/data.csv")
    story.read("staged/data.csv")
    found = story.meaning()
    assert found.inputs == (Seen(story.path("data.csv"), b"", story.path("data.csv")),)
    assert [(each.path, each.reread) for each in found.outputs] == [(story.path("staged/data.csv"), True)]


def test_an_input_that_gets_another_name_later_was_not_changed_by_that(story: Story) -> None:
    story.make("data.csv")
    story.read("data.csv")
    story.link("data.csv", "staged/data.csv")
    assert story.meaning().inputs == (Seen(story.path("data.csv"), b"", story.path("data.csv")),)


def test_a_name_for_what_had_none_is_an_output_and_no_input(story: Story) -> None:
    story.make("model.pt")
    story.touches.append(Touch(touch.LINK, 1, 1, story.path("#123"), story.path("model.pt"), story.state("model.pt")))
    found = story.meaning()
    assert (found.inputs, names(found.outputs)) == ((), ["model.pt"])


def test_a_file_that_was_there_is_not_taken_for_one_that_was_deleted(story: Story) -> None:
    story.make("other.csv")
    story.write("scratch", "1")
    (story.top / "scratch").unlink()
    assert story.meaning().outputs == ()


def test_a_rename_looks_for_a_folder_only_if_it_was_no_file(story: Story) -> None:
    story.write("a", "1")
    story.write("a.tmp", "2")
    story.rename("a.tmp", "b")
    assert names(story.meaning().outputs) == ["a", "b"]


def test_a_python_that_did_not_report_itself_is_environment_all_the_same(story: Story, tmp_path: pathlib.Path) -> None:
    python, environment = tmp_path / "python", tmp_path / "other"
    for folder, files in ((python, ("lib/python3.13/encodings/__init__.py", "lib/libpython.so")),
                          (environment, ("pyvenv.cfg", "bin/python"))):  # fmt: skip
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("x")
            story.touches.append(Touch(touch.READ, 1, 1, os.fsencode(folder / name)))
    found = story.meaning()
    assert found.inputs == ()
    assert len(found.packages) == 4


def test_its_codecs_may_come_from_bytecode(story: Story, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "python/lib/python3.13"
    compiled = os.fsencode(folder / "encodings/__pycache__/__init__.cpython-313.pyc")
    story.touches += [Touch(touch.READ, 1, n, path) for n, path in enumerate((compiled, os.fsencode(folder / "os.py")))]
    assert [os.path.basename(path) for path in story.meaning().packages] == [b"__init__.py", b"os.py"]


def test_a_folder_that_was_deleted_before_anybody_looked_is_no_input(story: Story) -> None:
    story.touches.append(Touch(touch.READ, 1, 1, story.path("scratch/a")))
    story.touches.append(Touch(touch.READ, 1, 2, story.path("scratch")))
    assert names(story.meaning().inputs) == ["a"]
