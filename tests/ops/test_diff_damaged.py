"""Two runs of which not all can be read: what is damaged takes only its own part with it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import AT, SECOND, Place

from runlore.ops.diff import diff
from runlore.ops.difference.results import Damage, Pair
from runlore.records.canonical import decode, encode
from runlore.records.hashing import ObjectId, RunId, record_id
from runlore.records.run import encode_seal
from runlore.store import runs
from runlore.store.pack import BLOB, RECORD, TREE
from runlore.store.store import Store

TRAIN = """import sys
lr = float(sys.argv[sys.argv.index("--lr") + 1])
print(open("rates.yaml").read(), file=open("out.txt", "w"))
import runlore
for step in range(3):
    runlore.log(loss=lr, step=step)
    runlore.log(same=1, step=step)
"""


@pytest.fixture
def shown(place: Place) -> dict[str, Any]:
    """Two runs that differ in code, configuration and rate; what is known of the second."""
    place.write("train.py", TRAIN)
    for rate in ("0.1", "0.2"):
        place.write("rates.yaml", f"decay: {rate}\n")
        place.write("helper.py", f"x = {rate}\n")
        assert place.mlrun("exec", "-q", "-c", "rates.yaml", "train.py", "--lr", rate).status == 0
    found: dict[str, Any] = place.mlrun("show", "--json").data()
    return found


def damage(place: Place, oid: str, kind: bytes) -> None:
    """Let the object be other bytes."""
    with Store(place.folder + "/.mlrun") as store:
        found = store.index.locate(bytes.fromhex(oid), kind)
        assert found is not None
        name, offset, length = found
        path = Path(store.layout.packs, name)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"?" * length)


def test_a_damaged_tree_takes_the_code_alone_and_the_status_says_so(place: Place, shown: dict[str, Any]) -> None:
    damage(place, shown["code"]["tree"], TREE)
    result = place.mlrun("diff", "--exit-code")
    assert result.status == 13
    assert (
        f"Code\n  cannot be compared: tree {shown['code']['tree'][:8]} is damaged; mlrun fsck says more" in result.out
    )
    assert "lr     0.1 -> 0.2" in result.out
    assert "Not comparable" not in result.out, "it is said in its place"
    assert "error: not all could be compared: code\n\nhint: mlrun fsck" in result.err
    assert place.mlrun("diff", "--only", "params").status == 0, "nothing that was asked for is damaged"
    stat = place.mlrun("diff", "--stat")
    assert (stat.status, "code         not-comparable  tree " in stat.out) == (13, True)


def test_json_has_what_is_damaged_and_all_the_rest(place: Place, shown: dict[str, Any]) -> None:
    damage(place, shown["code"]["tree"], TREE)
    result = place.mlrun("diff", "--json")
    assert result.status == 13
    data = result.data()
    what = f"tree {shown['code']['tree']} is damaged"
    assert data["damaged"] == [{"part": "code", "path": None, "what": what}]
    assert (data["code"], data["parts"]["code"], data["not_comparable"]["code"]) == (None, "not-comparable", what)
    assert data["params"]["changed"]["lr"] == {"a": 0.1, "b": 0.2}
    assert json.loads(result.err)["error"]["code"] == "corrupt"


def test_a_damaged_recipe_leaves_metrics_outputs_and_resources(place: Place, shown: dict[str, Any]) -> None:
    damage(place, shown["fingerprint"], RECORD)
    found = diff(place.folder, "@~1", "@")
    assert {each.part for each in found.damaged} == {"command", "params", "code", "config", "environment", "inputs"}
    assert found.metrics is not None
    assert (found.metrics["loss"].a, found.metrics["loss"].b) == (0.1, 0.2)
    assert found.resources is not None
    assert place.mlrun("diff").status == 13


def test_a_damaged_end_leaves_what_was_known_before(place: Place, shown: dict[str, Any]) -> None:
    path = Path(place.folder, ".mlrun", "runs", shown["id"], "seal")
    path.chmod(0o644)
    path.write_bytes(b"?")
    found = diff(place.folder, "@~1", shown["id"])
    assert {each.part for each in found.damaged} >= {"inputs", "metrics", "outputs", "resources"}
    assert found.params is not None
    assert found.params.changed["lr"] == Pair(0.1, 0.2)
    assert found.runs[1].state == "unreadable"


def test_a_run_of_which_the_index_knows_nothing_can_be_compared_by_its_id(place: Place, shown: dict[str, Any]) -> None:
    damage(place, shown["fingerprint"], RECORD)
    os.unlink(os.path.join(place.folder, ".mlrun", "cache", "index.db"))
    other = Path(place.folder, ".mlrun", "runs")
    (first,) = (name for name in os.listdir(other) if name != shown["id"])
    result = place.mlrun("diff", first[:8], shown["id"][:8])
    assert (result.status, "Metrics" in result.out) == (13, True)


def test_a_damaged_environment_takes_packages_and_leaves_the_machine(place: Place, shown: dict[str, Any]) -> None:
    place.env["OMP_NUM_THREADS"] = "3"
    assert place.mlrun("exec", "-q", "-c", "rates.yaml", "train.py", "--lr", "0.2").status == 0
    assert place.mlrun("list").status == 0
    damage(place, shown["environment"]["id"], RECORD)
    found = diff(place.folder, "@~1", "@")
    assert found.environment is not None
    assert (found.environment.packages, found.parts["environment"]) == (None, "different")
    assert found.environment.variables.added == {"OMP_NUM_THREADS": "3"}
    assert not found.environment.interpreter.differs
    page = place.mlrun("diff").out
    assert f"packages cannot be compared: record {shown['environment']['id'][:8]} is damaged" in page


def test_a_damaged_config_file_and_output_say_so_file_by_file(place: Place, shown: dict[str, Any]) -> None:
    (config,) = shown["config"]
    (output,) = (each for each in shown["outputs"] if each["path"] == "out.txt")
    damage(place, config["oid"], BLOB)
    damage(place, output["oid"], BLOB)
    found = diff(place.folder, "@~1", "@", only=("config", "outputs", "params"))
    assert found.damaged == tuple(
        Damage(part, path, "damaged in the store") for part, path in (("config", "rates.yaml"), ("outputs", "out.txt"))
    )
    page = place.mlrun("diff").out
    assert "rates.yaml: damaged in the store" in page
    assert "out.txt  not-comparable  damaged in the store" in page


def test_damaged_series_are_not_taken_for_the_same_way(place: Place, shown: dict[str, Any]) -> None:
    damage(place, shown["series"], BLOB)
    found = diff(place.folder, "@~1", "@", only=("metrics",))
    assert found.not_comparable["metrics"].startswith("points on the way cannot be compared: blob ")
    assert [each.part for each in found.damaged] == ["metrics"]
    assert found.metrics is not None


def rewritten(place: Place, run: str, **fields: Any) -> str:  # noqa: ANN401 - any field
    """A run like that one, whose intent has these fields too, or instead; its id."""
    with Store(place.folder + "/.mlrun") as store:
        intent = decode(Path(store.layout.runs, run, "intent").read_bytes())
        seal = runs.read_seal(store.layout, run)
        assert seal is not None
        live = runs.begin(store.layout, encode({**intent, **fields, "nonce": "another"}))
        runs.seal(store.layout, live.id, encode_seal(seal._replace(run=live.id)))
        os.close(live.lock)
        return live.id


def rewritten_recipe(place: Place, run: str, **fields: Any) -> ObjectId:  # noqa: ANN401 - any field
    """A recipe like that run's with these fields; its id."""
    with Store(place.folder + "/.mlrun") as store:
        oid = runs.read_intent(store.layout, run).recipe
        data = encode({**decode(store.objects.record(bytes.fromhex(oid))), **fields})
        with store.writer() as writer:
            writer.add_record(data)
        return record_id(data)


def sealed_with(place: Place, run: str, recipe: ObjectId, **fields: Any) -> str:  # noqa: ANN401 - any field
    """A run like that one with another recipe, whose seal has these fields too; its id."""
    with Store(place.folder + "/.mlrun") as store:
        intent = decode(Path(store.layout.runs, run, "intent").read_bytes())
        seal = Path(store.layout.runs, run, "seal").read_bytes().partition(b"\n")[2]
        live = runs.begin(store.layout, encode({**intent, "recipe": recipe, "nonce": "another"}))
        runs.seal(store.layout, live.id, encode({**decode(seal), "run": live.id, "recipe": recipe, **fields}))
        os.close(live.lock)
        return live.id


def test_fields_that_a_newer_version_added_are_passed_over(place: Place) -> None:
    first = place.record(at=AT, loss=0.3)
    recipe = rewritten_recipe(place, first, cluster={"nodes": 4})
    run = sealed_with(place, first, recipe, energy={"joules": 3}, carbon=None)
    result = place.mlrun("diff", first, run)
    assert (result.status, result.err) == (0, "")


def test_a_record_of_a_newer_schema_is_said_to_be_one(place: Place) -> None:
    first = place.record(at=AT, loss=0.3)
    recipe = rewritten_recipe(place, first, schema="recipe/2")
    run = sealed_with(place, first, recipe)
    result = place.mlrun("diff", first, run)
    assert result.status == 13
    assert "a newer mlrun wrote it, as recipe/2; this one knows recipe/1" in result.out
    assert "Metrics" in result.out or "The same: " in result.out
    sealed = sealed_with(place, first, rewritten_recipe(place, first), schema="seal/3")
    assert "as seal/3; this one knows seal/1" in place.mlrun("diff", first, sealed).out
    begun = rewritten(place, first, schema="intent/2")
    result = place.mlrun("diff", first, begun)
    assert result.status == 13
    assert "a newer mlrun wrote it, as intent/2; this one knows intent/1" in result.err


def test_records_of_before_optional_fields_existed_are_compared(place: Place) -> None:
    hardware = {"gpus": ["NVIDIA A100"], "gpu_driver": "580.65.06"}
    new = place.record(at=AT + SECOND, loss=0.2, hardware=hardware)
    with Store(place.folder + "/.mlrun") as store:
        intent = decode(Path(store.layout.runs, new, "intent").read_bytes())
        seal = decode(Path(store.layout.runs, new, "seal").read_bytes().partition(b"\n")[2])
        for name in ("parent", "top", "others", "stdin"):
            del intent[name]
        intent["hardware"] = {"gpus": [{"name": "NVIDIA A100"}]}
        live = runs.begin(store.layout, encode({**intent, "nonce": "older"}))
        old = {key: seal[key] for key in tuple(seal) if key not in {"series", "usage_series", "order", "kept"}}
        runs.seal(store.layout, live.id, encode({**old, "run": live.id, "usage": {}}))
        os.close(live.lock)
    found = diff(place.folder, RunId(live.id), new)
    assert found.environment is not None
    assert not found.environment.hardware.differs, "what one of them did not record is not another"
    result = place.mlrun("diff", live.id, new)
    assert result.status == 0
    assert "gpu driver: not recorded in run a, 580.65.06 in run b" in result.out
