"""What one pushes, another has."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from tests.sharing.faults import watch
from tests.sharing.people import Person, files

from runlore.errors import CannotRebuildError, NoSuchRemoteError, RefusedError, UsageError
from runlore.ops.gc import GcRequest, collect
from runlore.ops.rm import remove, restore
from runlore.store.remote.url import parse
from runlore.store.store import Store

CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}
LARGE = os.urandom(1 << 20) * 70


def test_a_run_comes_back_byte_for_byte_through_a_remote(ann: Person, ben: Person, remote: str) -> None:
    ann.share(remote)
    run = ann.make(CODE, data={"data/x.csv": b"1,2\n" * 50_000}, outputs={"model.bin": LARGE})
    assert ann.push().runs == (run,)
    ben.share(remote)
    assert ben.pull().runs == (run,)
    assert ben.problems() == []
    assert ben.mlrun("checkout", run, "again", "--outputs").status == 0
    assert files(f"{ben.folder}/again") == {**CODE, "data/x.csv": b"1,2\n" * 50_000, "model.bin": LARGE}
    assert ben.problems() == []


def test_pulled_records_are_listed_and_shown_without_any_file(ann: Person, ben: Person, remote: str) -> None:
    ann.share(remote)
    run = ann.make(CODE, outputs={"model.bin": LARGE}, name="big")
    ann.push()
    ben.share(remote)
    ben.pull()
    assert sum(len(data) for name, data in files(ben.root).items() if not name.startswith("cache/")) < 20_000
    assert ben.mlrun("list", "--json").data()["runs"][0]["author"] == "ann"
    assert ben.mlrun("show", "big", "--json").data()["origin"] == {"remote": "origin", "url": remote}
    assert f"pulled from  origin ({remote})" in ben.mlrun("show", run).out
    assert "origin" not in ann.mlrun("show", "big", "--json").data()


def test_a_second_push_asks_three_times_and_writes_nothing(
    ann: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.share(remote)
    for number in range(3):
        ann.make(CODE, outputs={"model": b"%d" % number})
    ann.push()
    asked: Counter[str] = Counter()
    watch(monkeypatch, lambda operation, name: asked.update([f"{operation} {name}"]))
    assert ann.push().runs == ()
    assert asked == {"stat format": 1, "read format": 1, "names index": 1}


def test_only_what_is_missing_is_sent(ann: Person, remote: str) -> None:
    ann.share(remote)
    ann.make(CODE, outputs={"model": LARGE})
    ann.push()
    ann.make(CODE, outputs={"model": LARGE, "small": b"new"})
    pushed = ann.push()
    assert pushed.objects == 2  # the small output, and what was printed
    assert pushed.bytes < 100


def test_what_was_appended_to_a_large_file_is_sent_alone(ann: Person, remote: str) -> None:
    ann.share(remote)
    ann.make(CODE, outputs={"log.bin": LARGE})
    ann.push()
    before = files(remote)
    ann.make(CODE, outputs={"log.bin": LARGE + b"more"})
    ann.push()
    assert sum(len(data) for name, data in files(remote).items() if name not in before) < 10 << 20


def test_two_people_who_push_and_pull_come_to_the_same(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    ours, theirs = ann.make(CODE), ben.make({"train.py": b"2"})
    ann.push()
    ben.push()
    assert ann.pull().runs == (theirs,)
    assert ben.pull().runs == (ours,)
    assert ann.runs() == ben.runs() == {ours, theirs}


def test_people_who_push_at_once_lose_nothing(ann: Person, ben: Person, remote: str) -> None:
    made = set()
    for person in (ann, ben):
        person.share(remote)
        made |= {person.make(CODE, outputs={"m": f"{person.name} {n}".encode()}) for n in range(4)}
    children = [
        subprocess.Popen([sys.executable, "-m", "runlore", "push", run], cwd=person.folder, env=person.env)
        for person in (ann, ben)
        for run in sorted(person.runs())
    ]
    assert {child.wait() for child in children} == {0}
    assert ann.mlrun("clone", remote, "../both").status == 0
    assert set(os.listdir(f"{ann.folder}/../both/.mlrun/runs")) == made


def test_tags_notes_and_removals_travel(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    keep, drop = ann.make(CODE), ann.make({"a.py": b""})
    ann.push()
    ben.pull()
    for words in (["tag", "best", keep], ["note", keep, "well done"], ["rm", drop]):
        assert ann.mlrun(*words).status == 0
    assert ann.push().events == 3
    pulled = ben.pull()
    assert (pulled.events, pulled.removed) == (3, (drop,))
    assert [run["id"] for run in ben.mlrun("list", "--json").data()["runs"]] == [keep]
    assert ben.mlrun("show", "best", "--json").data()["notes"][0]["text"] == "well done"


def test_removed_runs_are_not_pushed(ann: Person, remote: str) -> None:
    ann.share(remote)
    run = ann.make(CODE)
    ann.mlrun("rm", run)
    assert ann.push().runs == ()
    assert files(remote) == {}


def test_named_runs_go_alone(ann: Person, remote: str) -> None:
    ann.share(remote)
    first, _ = ann.make(CODE), ann.make({"b.py": b""})
    assert ann.push(first).runs == (first,)


def test_data_that_was_held_back_can_be_sent_later(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE, data={"data.csv": b"1\n" * 9})
    ann.push(data="none")
    ben.pull()
    assert len(ben.pull(run).missing) == 1
    fresh = ann.make({"other.py": b"1"}, data={"data.csv": b"1\n" * 9})
    assert ann.push().runs == (fresh,)
    assert ben.pull(run).missing == ()


def test_a_run_that_is_not_whole_is_left_out_and_named(ann: Person, remote: str) -> None:
    ann.share(remote)
    broken, whole = ann.make(CODE, outputs={"m": LARGE}), ann.make({"b.py": b""})
    for above, _, names in os.walk(f"{ann.root}/objects"):
        for name in names:
            os.unlink(os.path.join(above, name))
    pushed = ann.push()
    assert pushed.runs == (whole,)
    assert [each.run for each in pushed.skipped] == [broken]
    with pytest.raises(CannotRebuildError, match="cannot be pushed"):
        ann.push(broken)


def test_a_secret_in_the_code_stops_a_push_until_it_is_allowed(ann: Person, remote: str) -> None:
    ann.share(remote)
    key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzQ8LmNpQr"  # mlrun: made-up
    run = ann.make({"train.py": f'\naws_secret_access_key = "{key}"\n'.encode()})
    with pytest.raises(RefusedError, match=r'"train\.py" line 2') as refused:
        ann.push()
    assert files(remote) == {}
    assert refused.value.hint is not None
    assert key not in refused.value.hint
    fingerprint = refused.value.hint.partition("--allow-secret ")[2][:8]
    assert ann.push(allow=(fingerprint,)).runs == (run,)
    other = ann.make({"train.py": f'\naws_secret_access_key = "{key}"\n'.encode(), "b.py": b""})
    assert ann.push().runs == (other,)


def test_a_dry_run_sends_nothing(ann: Person, remote: str) -> None:
    ann.share(remote)
    run = ann.make(CODE)
    pushed = ann.push(dry_run=True)
    assert (pushed.runs, pushed.parts["code"]) == ((run,), sum(map(len, CODE.values())))
    assert files(remote) == {}


def test_a_pulled_run_is_nobodys_own_whatever_it_says(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    ann.push()
    ben.pull()
    refused = ben.mlrun("reproduce", run)
    assert refused.status == 17
    assert "mlrun reproduce" in refused.err
    assert "--trust" in refused.err


def test_what_was_pulled_may_be_missing_and_what_was_made_may_not(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    ann.push()
    ben.pull()
    assert ben.problems() == []
    os.unlink(f"{ben.root}/runs/{run}/origin")
    assert {problem.code for problem in ben.problems()} == {"object-missing"}


def test_a_store_without_its_cache_pushes_and_pulls_as_before(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    ann.make(CODE)
    ann.push()
    ben.pull()
    for person in (ann, ben):
        for name in os.listdir(f"{person.root}/cache/remotes"):
            os.unlink(f"{person.root}/cache/remotes/{name}")
    before = files(remote)
    assert ann.push().runs == ()
    assert ben.pull().runs == ()
    assert files(remote) == before


def test_a_remote_is_meant_by_its_name_or_if_it_is_the_only_one(ann: Person, remote: str) -> None:
    ann.make(CODE)
    with pytest.raises(NoSuchRemoteError, match="no remote is set up"):
        ann.push()
    ann.share(remote, "backup")
    assert ann.push().remote == "backup"
    ann.share(f"{remote}2", "usb")
    with pytest.raises(NoSuchRemoteError, match="several"):
        ann.push()
    ann.share(f"{remote}3")
    assert ann.push().remote == "origin"


@pytest.mark.parametrize(
    "url", ["s3://key:secret@bucket/x", "ssh://-oProxyCommand=x/y", "ssh://host", "s3://", "a\nb", "", "x@-h:p"]
)
def test_a_url_with_credentials_or_without_a_place_is_no_remote(ann: Person, url: str) -> None:
    Store.create(ann.root).close()
    added = ann.mlrun("remote", "add", "origin", url)
    assert added.status == 2, added
    assert ann.mlrun("remote", "--json").data() == {"remotes": []}


def test_remotes_are_added_listed_and_removed(ann: Person, remote: str) -> None:
    Store.create(ann.root).close()
    assert ann.mlrun("remote", "add", "origin", "../elsewhere").status == 0
    where = os.path.normpath(f"{ann.folder}/../elsewhere")
    assert ann.mlrun("remote", "--json").data()["remotes"] == [{"name": "origin", "url": where, "default": True}]
    assert ann.mlrun("remote", "add", "origin", remote).status == 17
    assert ann.mlrun("remote", "add", "-f", "origin", remote).status == 0
    assert ann.mlrun("remote", "remove", "origin").status == 0
    assert ann.mlrun("remote", "remove", "origin").status == 14


def test_a_clone_of_a_project_says_what_to_do_instead(ann: Person) -> None:
    ann.make(CODE)
    cloned = ann.mlrun("clone", ann.folder, "../copy")
    assert cloned.status == 2
    assert "is a project, and no remote" in cloned.err
    assert not os.path.exists(f"{ann.folder}/../copy")


def test_a_clone_that_fails_leaves_nothing(ann: Person, remote: str) -> None:
    assert ann.mlrun("clone", remote, "../copy").status == 14
    assert not os.path.exists(f"{ann.folder}/../copy")
    os.makedirs(f"{ann.folder}/../full/x")
    assert ann.mlrun("clone", remote, "../full").status == 17
    Store.create(f"{ann.folder}/../full/.mlrun").close()  # as a clone that was killed leaves it
    assert f"mlrun remote add -f origin {remote}, then mlrun pull" in ann.mlrun("clone", remote, "../full").err


def test_usage_errors_of_urls_name_no_secret(ann: Person) -> None:
    with pytest.raises(UsageError) as raised:
        parse("s3://AKIA:hunter2@bucket/x", ann.folder)  # mlrun: made-up
    assert "hunter2" not in f"{raised.value} {raised.value.hint}"


def test_status_says_what_is_not_pushed_without_asking_the_remote(ann: Person, ben: Person, remote: str) -> None:
    ann.make(CODE)
    assert ann.mlrun("status", "--json").data()["unpushed"] is None
    ann.share(remote)
    assert ann.mlrun("status", "--json").data()["unpushed"] == {"remote": "origin", "runs": 1}
    ann.push()
    assert ann.mlrun("status", "--json").data()["unpushed"] == {"remote": "origin", "runs": 0}
    ben.share(remote)
    ben.pull()
    assert ben.mlrun("status").status == 0
    os.rename(remote, f"{remote}-away")
    ann.make({"b.py": b""})
    assert "1 run; mlrun push sends it to origin" in ann.mlrun("status").out


def test_a_run_that_comes_back_after_it_was_erased_here_is_pulled_again(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    ann.push()
    ben.pull()
    remove(ann.folder, (run,))
    ann.push()
    ben.pull()
    collect(ben.folder, GcRequest(grace=0.0), lambda *_: None, None)
    assert (ben.runs(), ben.pull().runs) == (set(), ())
    restore(ann.folder, (run,))
    ann.push()
    assert ben.pull().runs == (run,)
    assert ben.pull(run).missing == ()
    assert (ben.pull().runs, ben.problems()) == ((), [])
