"""What a person reads of the other commands."""

from tests.present.made import AT, a_run, a_status, an_id
from tests.present.pages import page, remarks

from runlore.ops.gc import Collected
from runlore.ops.rebuilt import CheckedOut, Outside
from runlore.ops.results import (
    Check,
    Checkup,
    Finding,
    FsckReport,
    Initialised,
    Notes,
    Removed,
    Setting,
    Settings,
    Tag,
    Tags,
)
from runlore.records.absent import Absent


def test_status_tells_what_is_left_out_and_what_changed() -> None:
    shown = page("status/1", a_status())
    assert "runs/: more than 1,204 files, 3.1 GiB (git ignores it)" in shown
    assert "Since the newest run 3f9a2c1b (3 min ago, succeeded in 2.1 s)" in shown
    assert "  modified  train.py\n  added     new.py\n" in shown
    assert "weights.bin" in shown


def test_status_before_the_first_run_and_without_a_change() -> None:
    first = a_status(
        store=None, newest=None, added=None, removed=None, modified=None, interpreter=None, environment=None
    )
    shown = page("status/1", first)
    assert "none yet; the first run makes it" in shown
    assert "none found" in shown
    assert "Since" not in shown
    assert "the code is the same" in page("status/1", a_status(added=(), modified=()))


def test_tags_are_listed_and_conflicts_are_said() -> None:
    tag = Tag(name="best", run=an_id("3"), author="ann", at=AT, conflict=(an_id("4"),))
    assert page("tag-list/1", Tags(tags=(tag,))).splitlines()[1].startswith("best  33333333  2026-11-2")
    assert "44444444; mlrun tag -f best RUN settles it" in remarks("tag-list/1", Tags(tags=(tag,)))
    assert page("tag-list/1", tag, verb="deleted ") == "deleted best -> 33333333\n"
    assert "no tags yet" in remarks("tag-list/1", Tags(tags=()))


def test_notes_are_shown_line_by_line() -> None:
    shown = page("note-list/1", Notes(run=an_id("3"), notes=a_run().notes))
    assert shown.splitlines()[2:] == ["    looks good", "    second line"]
    assert "mlrun note 33333333 TEXT adds one" in remarks("note-list/1", Notes(run=an_id("3"), notes=()))


def test_removal_says_how_to_undo_it() -> None:
    removed = Removed(runs=(an_id("3"), an_id("4")), restored=False)
    assert page("removed/1", removed) == "removed 33333333\nremoved 44444444\n"
    assert "mlrun rm --undo 33333333 44444444" in remarks("removed/1", removed)
    assert page("removed/1", Removed(runs=(an_id("3"),), restored=True)) == "brought back 33333333\n"


def test_gc_shows_what_went_by_kind_and_what_can_still_be_brought_back() -> None:
    parts = {"leftovers": 1, "outputs": 3 << 20, "records": 2048}
    found = Collected((an_id("3"),), (), 2, 7, 5, sum(parts.values()), parts, (), dry_run=False)
    assert page("gc/1", found) == (
        "erased 33333333\n"
        "freed 3.0 MiB: 1 run, 5 objects; 7 runs kept\n"
        "  records    2.0 KiB\n"
        "  outputs    3.0 MiB\n"
        "  leftovers      1 B\n"
    )
    assert "2 removed runs can still be brought back; mlrun gc --now erases them too" in remarks("gc/1", found)
    many = found._replace(runs=tuple(f"{number:064x}" for number in range(25)), dry_run=True, waiting=0)
    assert page("gc/1", many).splitlines()[20:22] == [
        "and 5 more",
        "would free 3.0 MiB: 25 runs, 5 objects; 7 runs kept",
    ]
    nothing = found._replace(runs=(), bytes=0, parts={}, objects=0, waiting=0)
    assert (page("gc/1", nothing), remarks("gc/1", nothing)) == ("nothing to collect\n", "")


def test_fsck_shows_findings_with_hints_and_then_the_verdict() -> None:
    finding = Finding(code="object-damaged", severity="error", path="packs/a", message="is cut short", hint="pull it")
    report = FsckReport(sound=False, checked={"packs": 2, "runs": 1200}, findings=(finding,))
    assert page("fsck/1", report) == (
        "error: packs/a: is cut short [object-damaged]\n"
        "  hint: pull it\n"
        "1 error in the store; checked 2 packs, 1,200 runs\n"
    )
    assert page("fsck/1", FsckReport(sound=True, checked={}, findings=())) == "the store is sound\n"


def test_doctor_shows_a_row_for_each_check() -> None:
    checks = (
        Check(name="git", status="ok", detail="2.39", hint=None),
        Check(name="store", status="fail", detail="read-only", hint="remount it"),
    )
    assert page("doctor/1", Checkup(checks=checks)) == (
        "ok    git    2.39\nfail  store  read-only\n             hint: remount it\n"
    )


def test_config_shows_one_value_bare_and_all_as_a_table() -> None:
    setting = Setting(key="size-limit", value=True, default=False, source="store", help="how large")
    assert page("config/1", setting) == "true\n"
    assert page("config/1", Settings(settings=(setting,))).splitlines()[1].split() == [
        *("size-limit", "true", "store", "how", "large")
    ]


def test_checkout_says_what_is_not_there_and_what_to_do_about_it() -> None:
    lost = tuple(Absent(f"data/{number}", an_id("a"), 2048) for number in range(22))
    made = CheckedOut(
        run=an_id("3"),
        folder="/x/again",
        files=3,
        bytes=2048,
        missing=(*lost, Absent("sub/.git", an_id("b"), 0, "refused", "it could pass for a repository")),
        borrowed=("big",),
        outside=(
            Outside(path="/d/a", oid=an_id("c"), size=5, stored=True, status="unchanged"),
            Outside(path="/d/\x1b[2J", oid=an_id("c"), size=5, stored=True, status="changed"),
            Outside(path="/d/c", oid=an_id("c"), size=5, stored=False, status="gone"),
        ),
        outside_restored=False,
    )
    lines = page("checkout/1", made).splitlines()
    assert lines[:3] == [
        "restored 3 files, 2.0 KiB of run 33333333 in /x/again",
        "not in the store, and unchanged in the project: 1 file",
        "not in the store: data/0 (2.0 KiB)  aaaaaaaaaaaa",
    ]
    assert lines[22:] == [
        "  and 2 more; --json has all",
        "  hint: it was too large to be kept (mlrun config); put the original there if you have it",
        "refused: sub/.git (it could pass for a repository)",
        "outside the project, unchanged on this machine: 1 path",
        "outside, changed: /d/\\x1b[2J",
        "  hint: --outside puts it as it was into .outside",
        "outside, gone: /d/c (not in the store)",
    ]


def test_init_says_whether_it_made_anything() -> None:
    assert page("init/1", Initialised(store="/x/.mlrun", created=True)) == "made the store /x/.mlrun\n"
    assert page("init/1", Initialised(store="/x/.mlrun", created=False)) == "the store is there already: /x/.mlrun\n"


def test_fsck_says_once_what_helps_with_several_findings() -> None:
    first, other = (Finding(code="c", severity="error", path="a", message="gone", hint=hint) for hint in ("x", "y"))
    report = FsckReport(sound=False, checked={}, findings=(first, first, other, other._replace(hint=None)))
    assert page("fsck/1", report) == (
        "error: a: gone [c]\nerror: a: gone [c]\n  hint: x\n"
        "error: a: gone [c]\n  hint: y\nerror: a: gone [c]\n4 errors in the store\n"
    )
