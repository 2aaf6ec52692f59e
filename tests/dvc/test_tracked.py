"""What is put on record of inputs that DVC tracks."""

import os
from pathlib import Path

import pytest
from tests.dvc.projects import FILES, TRAIN, Colleague, md5, object_name, origins

READ = {name: md5(FILES[name]) for name in ("data/a.csv", "data/dir/2.txt")}


@pytest.mark.parametrize("version", [2, 3])
def test_inputs_that_dvc_tracks_have_their_md5_on_record(ann: Colleague, version: int) -> None:
    ann.by_hand(version)
    run = ann.run()
    assert origins(run) == READ
    assert {each["by"] for each in run["origins"]} == {"dvc"}
    shown = ann.mlrun("show").out
    rows = [line.split() for line in shown.splitlines() if "stored" in line and "traced," in line]
    assert [row[-1] for row in rows] == ["dvc", "dvc"]
    assert "origins" not in ann.mlrun("list", "--json").data()["runs"][0]


def test_a_folder_that_is_an_input_as_a_whole_is_on_record_by_its_listing(ann: Colleague) -> None:
    ann.by_hand()
    found = origins(ann.run("--data", "data"))
    assert found.keys() == {"data/a.csv", "data/dir"}
    assert found["data/dir"].endswith(".dir")
    assert origins(ann.run("--data", "data/dir")).keys() == {"data/a.csv", "data/dir"}


def test_what_is_not_as_dvc_has_it_has_no_origin(ann: Colleague) -> None:
    ann.by_hand()
    ann.put("data/a.csv", b"1,2,3\n")
    ann.put("data/dir/2.txt", b"two and a half\n")
    run = ann.run("--data", "data/dir")
    assert run["origins"] == []


def test_a_project_without_dvc_has_no_such_field_in_its_records(ann: Colleague) -> None:
    ann.put("train.py", b"open('x.bin').read()\n")
    ann.put("x.bin", b"x")
    run = ann.run()
    assert run["origins"] == []
    assert b"origins" not in Path(ann.folder, ".mlrun/runs", run["id"], "seal").read_bytes()


def test_a_file_of_a_folder_whose_listing_is_gone_has_no_origin(ann: Colleague) -> None:
    ann.by_hand()
    for path in Path(ann.folder, ".dvc/cache").rglob("*.dir"):
        path.write_bytes(b"[]")
    assert origins(ann.run()).keys() == {"data/a.csv"}


def test_a_dvc_project_below_the_top_is_found(ann: Colleague) -> None:
    ann.put("sub/.dvc/config", b"")
    ann.put("sub/data/a.bin", b"abc")
    ann.put("sub/data/.gitignore", b"/a.bin\n")
    ann.put("sub/data/a.bin.dvc", f"outs:\n- md5: {md5(b'abc')}\n  size: 3\n  path: a.bin\n".encode())
    ann.put("train.py", b"open('sub/data/a.bin').read()\n")
    (origin,) = ann.run()["origins"]
    assert origin == {"by": "dvc", "path": "sub/data/a.bin", "md5": md5(b"abc"), "size": 3, "root": "sub"}


def test_what_a_stage_made_is_found_in_dvc_lock(ann: Colleague) -> None:
    ann.put(".dvc/config", b"")
    ann.put("train.py", b"open('work/out/f').read()\n")
    ann.put("work/out/f", b"made")
    ann.put(".gitignore", b"/work\n")
    ann.put("dvc.yaml", b"stages:\n  prep:\n    cmd: x\n    wdir: work\n    outs: [out/f]\n")
    lock = f"schema: '2.0'\nstages:\n  prep:\n    outs:\n    - path: out/f\n      md5: {md5(b'made')}\n      size: 4\n"
    ann.put("dvc.lock", lock.encode())
    assert origins(ann.run()) == {"work/out/f": md5(b"made")}


def test_data_that_is_linked_to_the_cache_is_on_record_where_the_project_has_it(ann: Colleague) -> None:
    ann.by_hand()
    for name in FILES:
        path = f"{ann.folder}/{name}"
        os.unlink(path)
        os.symlink(f"{ann.folder}/{object_name(3, md5(FILES[name]))}", path)
    run = ann.run()
    assert [each["path"] for each in run["inputs"]] == list(READ)
    assert origins(run) == READ
    ann.lose_data()
    assert ann.mlrun("reproduce", "@", "--env", "current").status == 0


@pytest.mark.parametrize("bad", ["/etc/passwd", "../../x", "", "a\0b", ".."])
def test_what_a_stranger_wrote_into_a_dvc_file_does_no_harm(ann: Colleague, bad: str) -> None:
    ann.by_hand()
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    ann.put("data/bomb.dvc", bomb.encode())
    ann.put("data/deep.dvc", b"[" * 200_000)
    ann.put("data/type.dvc", b"outs:\n- 3\n- {md5: [1], path: {}}\n- {md5: 1, path: a.csv}\n")
    text = f'outs:\n- md5: "../../../../etc/passwd"\n  path: a.csv\n- md5: {"0" * 31}1\n  path: "{bad}"\n'
    ann.put("data/path.dvc", text.encode("utf-8").replace(b"\0", b"\\0"))
    assert origins(ann.run()) == READ


@pytest.mark.parametrize("cache", ["copy", "hardlink", "symlink", "reflink,copy"])
def test_a_project_that_dvc_made_is_understood(ann: Colleague, cache: str) -> None:
    ann.by_dvc(cache)
    assert origins(ann.run()) == READ
    assert origins(ann.run("--data", "data")).keys() == {"data/a.csv", "data/dir"}


def test_a_pipeline_that_dvc_ran_is_understood(ann: Colleague) -> None:
    ann.by_dvc()
    ann.put(
        "prep.py", b"import os; os.makedirs('out/d'); open('out/f', 'w').write('f'); open('out/d/x', 'w').write('x')\n"
    )
    ann.dvc("stage", "add", "-q", "-n", "prep", "-d", "prep.py", "-o", "out/f", "-o", "out/d", "python3 prep.py")
    ann.dvc("repro", "-q")
    ann.put("train.py", TRAIN.replace("data/a.csv", "out/f").replace("data/dir/2.txt", "out/d/x").encode())
    assert origins(ann.run()) == {"out/f": md5(b"f"), "out/d/x": md5(b"x")}
