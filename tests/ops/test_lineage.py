"""From a file to the runs that it came from and those that came of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ops.rebuilding import new_store, record

from runlore.errors import AmbiguousRunError, NoSuchFileError, RunNotFoundError
from runlore.ops.descent.results import Edge, Lineage
from runlore.ops.lineage import lineage
from runlore.ops.rm import remove
from runlore.ops.tag import add_tag
from runlore.present.term import view
from runlore.present.term.blocks import Frame
from runlore.records.hashing import RunId, blob_digest
from runlore.store import chains

RAW, CLEAN, MODEL, REPORT = (
    f"the bytes of {name}, long enough not to be there by chance".encode()
    for name in ("raw", "clean", "model", "report")
)
CODE = {b"train.py": b"import nothing, but enough of it to be a file of its own"}


class Project:
    """A project of four steps: prepare, train, evaluate, and a second training on the same data."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.store = new_store(top)
        self.prepare = self.record(inputs={"raw.csv": RAW}, outputs={"clean.csv": CLEAN}, at=10)
        self.train = self.record(inputs={"clean.csv": CLEAN}, outputs={"out/model.pt": MODEL}, at=20)
        self.evaluate = self.record(
            inputs={"out/model.pt": MODEL, "clean.csv": CLEAN}, outputs={"report.txt": REPORT}, at=30
        )

    def record(self, **given: object) -> RunId:
        return record(self.store, CODE, **given)  # type: ignore[arg-type]

    def ask(self, word: str, **options: object) -> Lineage:
        return lineage(os.fspath(self.top), word, **options)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project")
    with made.store:
        yield made


def runs(found: Lineage) -> set[str]:
    return {node.id for node in found.nodes if node.kind == "run"}


def edges(found: Lineage, role: str) -> set[tuple[str, str]]:
    return {(edge.start, edge.end) for edge in found.edges if edge.role == role}


def oid(data: bytes) -> str:
    return blob_digest(data).hex()


def test_a_renamed_file_far_away_leads_to_the_run_that_made_it_and_to_all_before_it(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "downloaded (1)").write_bytes(MODEL)
    found = project.ask(os.fspath(tmp_path / "downloaded (1)"), down=False)
    assert found.root == oid(MODEL)
    assert runs(found) == {project.train, project.prepare}
    assert edges(found, "output") == {(project.train, oid(MODEL)), (project.prepare, oid(CLEAN))}
    assert edges(found, "input") == {(oid(CLEAN), project.train), (oid(RAW), project.prepare)}
    assert Edge(project.train, oid(MODEL), "output", "out/model.pt") in found.edges
    assert {end for _, end in edges(found, "code")} == {project.train, project.prepare}


def test_what_came_of_a_file_is_followed_to_the_end(project: Project) -> None:
    (project.top / "raw.csv").write_bytes(RAW)
    found = project.ask("raw.csv", up=False)
    assert runs(found) == {project.prepare, project.train, project.evaluate}
    assert (project.evaluate, oid(REPORT)) in edges(found, "output")


def test_what_a_run_read_of_a_folder_is_not_shown_as_what_it_was_made_from(project: Project) -> None:
    (project.top / "all").mkdir()
    for name, data in (("clean", CLEAN), ("model", MODEL)):
        (project.top / "all" / name).write_bytes(data)
    found = project.ask("all")
    ways = {(edge.start, edge.end): edge.way for edge in found.edges}
    assert ways[project.train, found.root] == "up"
    assert ways[found.root, project.train] == "down"
    assert ways[project.train, oid(MODEL)] == "down"


def test_two_ways_to_one_run_list_it_once(project: Project) -> None:
    found = project.ask(project.evaluate[:8], down=False)
    ids = [node.id for node in found.nodes]
    assert len(ids) == len(set(ids))
    assert {(oid(CLEAN), project.train), (oid(CLEAN), project.evaluate)} < edges(found, "input")


def test_a_circle_of_runs_ends(project: Project) -> None:
    first = project.record(inputs={"a": REPORT + b"1"}, outputs={"b": REPORT + b"2"}, at=50)
    second = project.record(inputs={"b": REPORT + b"2"}, outputs={"a": REPORT + b"1"}, at=50)
    found = project.ask(first[:8])
    assert runs(found) == {first, second}
    assert edges(found, "input") == {(oid(REPORT + b"1"), first), (oid(REPORT + b"2"), second)}


def test_depth_counts_runs(project: Project) -> None:
    assert runs(project.ask("@", depth=1, down=False)) == {project.evaluate, project.train, project.prepare}
    near = project.ask(f"{project.evaluate[:8]}:out/model.pt", depth=1, down=False)
    assert (runs(near), [each.code for each in near.remarks]) == ({project.train}, ["depth"])
    assert near.remarks[0].message.startswith("it goes on beyond 1 run: ")
    assert project.ask(f"{project.evaluate[:8]}:out/model.pt", depth=2, down=False).remarks == ()


def test_a_chain_of_any_length_is_followed_and_drawn(project: Project) -> None:
    for at in range(120):
        step = {f"step{at}": b"one of very many steps, each on what the one before it made, %d" % at}
        project.record(
            inputs=step,
            outputs={"next": b"one of very many steps, each on what the one before it made, %d" % (at + 1)},
            at=100 + at,
        )
    found = project.ask("@", depth=0, down=False)
    assert len(runs(found)) == 120
    drawn = view("lineage/1")(found, Frame(None, 0)).blocks
    assert len(drawn) == 3 + 2 * 120
    assert view("lineage/1")(project.ask("@", depth=10, down=False), Frame(80, 0)).remarks


def test_a_run_that_began_later_did_not_make_what_was_read_before(project: Project) -> None:
    again = project.record(outputs={"clean.csv": CLEAN}, at=25)
    assert again not in runs(project.ask(project.train[:8], down=False))
    assert again in runs(project.ask(project.evaluate[:8], down=False))


def test_parents_and_children_are_kin(project: Project) -> None:
    again = project.record(at=60, parent={"run": project.train, "kind": "reproduces"})
    assert edges(project.ask(again[:8], down=False), "reproduces") == {(project.train, again)}
    assert edges(project.ask(project.train[:8], up=False), "reproduces") == {(project.train, again)}


def test_a_removed_run_is_in_nobody_s_lineage(project: Project) -> None:
    project.ask("@")
    remove(os.fspath(project.top), (project.prepare[:12],))
    assert runs(project.ask("@", down=False)) == {project.evaluate, project.train}


def many(count: int) -> dict[bytes, bytes]:
    return {f"{at}.txt".encode(): f"part number {at} of what is in the folder of parts".encode() for at in range(count)}


@pytest.mark.parametrize("large", [3, 1_000])
def test_a_file_inside_a_folder_of_a_run_is_found(
    project: Project, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(chains, "LARGE", large)
    split = project.record(outputs={"parts": {b"deep": {b"er": many(12)}}}, at=40)
    reader = project.record(inputs={"parts/deep/er/7.txt": many(12)[b"7.txt"]}, at=41)
    (project.top / "some.txt").write_bytes(many(12)[b"7.txt"])
    found = project.ask("some.txt")
    assert runs(found) == {split, reader}
    assert next(edge.path for edge in found.edges if edge.start == split) == "parts/deep/er/7.txt"
    assert runs(project.ask(split[:8])) == {split, reader}


def test_folders_are_one_where_their_files_are(project: Project) -> None:
    split = project.record(outputs={"parts": many(12)}, at=40)
    some = {name: data for name, data in many(12).items() if name < b"4"}
    reader = project.record(inputs={"elsewhere": some}, at=41)
    link = next(edge for edge in project.ask(reader[:8], down=False).edges if edge.start == split)
    assert (link.role, link.files) == ("output", len(some))
    folder = project.top / "copy"
    folder.mkdir()
    for name, data in many(12).items():
        (folder / os.fsdecode(name)).write_bytes(data)
    found = project.ask("copy")
    assert runs(found) == {split, reader}
    assert {edge.files for edge in found.edges if edge.start == split} == {None}
    (folder / "one more").write_bytes(b"so that it is another folder")
    assert {edge.files for edge in project.ask("copy").edges if edge.start == split} == {12}


def test_few_bytes_lead_on_only_under_one_path_and_none_nowhere(project: Project) -> None:
    small = project.record(outputs={"a.json": b"{}", "empty": b"", "same.json": b"[]"}, at=40)
    other = project.record(inputs={"b.json": b"{}", "empty": b""}, at=41)
    same = project.record(inputs={"same.json": b"[]"}, at=42)
    assert runs(project.ask(other[:8])) == {other}
    assert runs(project.ask(same[:8])) == {same, small}
    (project.top / "x").write_bytes(b"{}")
    assert runs(project.ask("x")) == {small, other}
    (project.top / "y").write_bytes(b"")
    found = project.ask("y")
    assert (runs(found), [each.code for each in found.remarks]) == ({small, other}, ["empty-file"])


def test_very_common_content_is_listed_up_to_the_limit_and_counted(project: Project) -> None:
    made = [project.record(outputs={"x.json": b"{}"}, at=100 + at) for at in range(15)]
    (project.top / "x").write_bytes(b"{}")
    found = project.ask("x")
    assert runs(found) == set(made[5:])
    assert next(node.more_up for node in found.nodes if node.id == found.root) == 5
    assert runs(project.ask("x", limit=0)) == set(made)


def test_no_limit_hides_a_run(project: Project) -> None:
    fillers = {f"a{at:02}": f"one of many files, all of them from one run, {at}".encode() for at in range(20)}
    filler = project.record(outputs=fillers, at=40)
    reader = project.record(inputs={**fillers, "z.csv": CLEAN, "zz": b"from nowhere, but a file all the same"}, at=41)
    found = project.ask(reader[:8], down=False, limit=2)
    assert {filler, project.prepare} < runs(found)
    assert next(node.more_up for node in found.nodes if node.id == reader) == 20


def test_a_program_leads_to_the_runs_that_had_it_in_their_code(project: Project) -> None:
    (project.top / "train.py").write_bytes(CODE[b"train.py"])
    assert edges(project.ask("train.py", depth=1), "code") >= {
        (oid(CODE[b"train.py"]), run) for run in (project.prepare, project.train, project.evaluate)
    }


def test_an_object_is_asked_for_by_its_first_digits(project: Project) -> None:
    found = project.ask(oid(MODEL)[:8], down=False)
    assert (found.root, runs(found)) == (oid(MODEL), {project.train, project.prepare})
    with pytest.raises(RunNotFoundError):
        project.ask("0123456789abcdef")


def test_a_file_of_a_run_needs_not_be_there_any_more(project: Project) -> None:
    found = project.ask(f"{project.train[:8]}:out/model.pt")
    assert runs(found) == {project.prepare, project.train, project.evaluate}
    with pytest.raises(NoSuchFileError) as caught:
        project.ask("out/model.pt")
    assert f"{project.evaluate[:12]}:out/model.pt" in str(caught.value.hint)


def test_a_word_that_is_a_file_and_a_run_is_refused(project: Project) -> None:
    add_tag(os.fspath(project.top), "best", project.train[:8], force=False)
    (project.top / "best").write_bytes(MODEL)
    with pytest.raises(AmbiguousRunError) as caught:
        project.ask("best")
    assert caught.value.hint == f"./best is the file, {project.train[:12]} the run"
    assert project.ask("./best").root == oid(MODEL)
    assert project.ask(project.train[:12]).root == project.train


def test_a_file_that_nobody_knows_has_no_lineage_and_one_is_told_what_to_do(project: Project) -> None:
    (project.top / "strange").write_bytes(b"nobody has ever seen these bytes")
    found = project.ask("strange")
    assert (found.exit_code, [each.code for each in found.remarks]) == (1, ["unknown", "elsewhere"])
    (project.top / "clean.csv").write_bytes(b"edited by hand, and so it is another file")
    found = project.ask("clean.csv")
    assert (found.exit_code, [each.code for each in found.remarks]) == (1, ["unknown", "changed"])
    assert f"mlrun lineage {project.evaluate[:12]}:clean.csv" in found.remarks[1].message


def test_new_runs_are_known_and_a_lost_cache_is_made_again(project: Project) -> None:
    project.ask("@")
    later = project.record(inputs={"r": REPORT}, at=70)
    assert later in runs(project.ask(project.evaluate[:8]))
    before = project.ask(project.prepare[:8])
    for name in os.listdir(project.top / ".mlrun" / "cache"):
        os.unlink(project.top / ".mlrun" / "cache" / name)
    assert project.ask(project.prepare[:8]) == before
    (project.top / ".mlrun" / "cache" / "uses.db").write_bytes(b"this is no database" * 100)
    assert project.ask(project.prepare[:8]) == before


def test_a_damaged_run_is_named_and_goes_no_further(project: Project) -> None:
    project.ask("@")
    seal = project.top / ".mlrun" / "runs" / project.train / "seal"
    seal.chmod(0o644)
    seal.write_bytes(b"damaged")
    found = project.ask(project.evaluate[:8], down=False)
    assert next(node.run for node in found.nodes if node.id == project.train) is None


def test_asking_leaves_the_records_as_they_are(project: Project) -> None:
    def records() -> set[str]:
        return {os.fspath(path) for path in (project.top / ".mlrun").rglob("*") if "/cache/" not in os.fspath(path)}

    before = records()
    (project.top / "folder").mkdir()
    (project.top / "folder" / "x").write_bytes(RAW)
    project.ask("folder")
    assert records() == before


def test_a_store_without_runs_knows_nothing(tmp_path: Path) -> None:
    new_store(tmp_path / "p").close()
    (tmp_path / "p" / "x").write_bytes(b"x")
    assert lineage(os.fspath(tmp_path / "p"), "x").exit_code == 1
