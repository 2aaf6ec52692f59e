"""What DVC keeps is not pushed, unless that is asked for."""

import os

from tests.dvc.projects import FILES, Colleague, md5, object_name

READ = ["data/a.csv", "data/dir/2.txt"]
BYTES = sum(len(FILES[name]) for name in READ)


def _ready(ann: Colleague) -> None:
    ann.by_hand()
    ann.share(f"{ann.folder}/../runs")
    ann.run()


def test_what_dvc_keeps_stays_and_the_person_sees_it(ann: Colleague) -> None:
    _ready(ann)
    assert f"data kept by DVC: 2 files, {195} KiB" in ann.mlrun("push", "--dry-run").out
    pushed = ann.mlrun("push", "--json").data()
    assert pushed["dvc"] == {"files": 2, "bytes": BYTES}
    assert "data" not in pushed["parts"]


def test_all_of_the_data_goes_if_that_is_asked_for(ann: Colleague) -> None:
    _ready(ann)
    pushed = ann.mlrun("push", "--data", "all", "--json").data()
    assert (pushed["dvc"]["files"], pushed["parts"]["data"]) == (0, BYTES)


def test_data_goes_that_dvc_could_not_send(ann: Colleague) -> None:
    _ready(ann)
    os.unlink(f"{ann.folder}/{object_name(3, md5(FILES['data/a.csv']))}")
    assert ann.mlrun("push", "--dry-run", "--json").data()["dvc"]["files"] == 1
    ann.put(".dvc/config", b"")
    assert ann.mlrun("push", "--dry-run", "--json").data()["dvc"]["files"] == 0


def test_data_goes_that_was_changed_after_dvc_had_seen_it_and_is_as_long(ann: Colleague) -> None:
    ann.by_hand()
    ann.put("data/a.csv", b"3,4\n" * 50_000)
    ann.share(f"{ann.folder}/../runs")
    ann.run()
    pushed = ann.mlrun("push", "--json").data()
    assert (pushed["dvc"]["files"], pushed["parts"]["data"]) == (1, len(FILES["data/a.csv"]))
