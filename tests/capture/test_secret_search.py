"""Where secrets are in files that are kept as they are: found once, remembered, within a budget."""

import pathlib
from collections.abc import Iterator

import pytest
from tests.capture.secret_samples import Maker

from runlore.capture.secret_search import BUDGET, Found, Search
from runlore.capture.secrets import LIMIT, fingerprint
from runlore.records import tree
from runlore.records.hashing import ObjectId, blob_digest
from runlore.records.run import FileRef
from runlore.store.store import Store

MAKE = Maker(21)
TOKEN = "gh" + "p_" + MAKE(36)
LEAK = f"import os\n\nLOGIN = {TOKEN!r}\n".encode()
HARMLESS = b"VALUE = 1\n" * 100


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / ".mlrun")) as made:
        yield made


def put(store: Store, files: dict[str, bytes], *, kept: bool = True) -> str:
    """The id of a tree with these files; a name may have folders."""
    with store.writer() as writer:

        def folder(found: dict[str, bytes]) -> bytes:
            entries, below = [], dict[str, dict[str, bytes]]()
            for path, data in found.items():
                name, slash, rest = path.partition("/")
                if slash:
                    below.setdefault(name, {})[rest] = data
                else:
                    digest = writer.add_blob(data) if kept else blob_digest(data)
                    entries.append(tree.Entry(name.encode(), tree.FILE, digest, len(data)))
            entries += [tree.Entry(name.encode(), tree.FOLDER, folder(inside), 0) for name, inside in below.items()]
            return writer.add_tree(entries)

        return folder(files).hex()


def code(store: Store, oid: str, budget: int = BUDGET) -> Found:
    search = Search(store.objects, store.stats, store.secret_key, budget)
    search.code(oid)
    return search.found()


def places(found: Found) -> list[tuple[object, ...]]:
    return [(each["part"], each["path"], each["line"], each["rule"]) for each in found[0]]


def test_a_secret_in_the_code_is_named_by_path_line_rule_and_fingerprint(store: Store) -> None:
    oid = put(store, {"a.py": HARMLESS, "pkg/deep/b.py": LEAK, "data.bin": b"\0" + LEAK})
    found = code(store, oid)
    known = fingerprint(TOKEN, store.secret_key)
    assert found == (({"part": "code", "path": "pkg/deep/b.py", "line": 3, "rule": "github", "fingerprint": known},), 0)


@pytest.mark.parametrize(
    "name", [".env", ".env.local", "conf/app.ini", "x.properties", ".npmrc", "credentials", "v.tfvars"]
)
def test_in_a_file_of_settings_a_telling_name_is_enough(store: Store, name: str) -> None:
    line = b"DB_PASSWORD=hunt" + b"er22\n"
    found = code(store, put(store, {name: b"A=1\n" + line, "run.sh": line}))
    assert places(found) == [("code", name, 2, "named")]


def test_what_was_searched_is_not_read_again(store: Store) -> None:
    oid = put(store, {"a.py": HARMLESS, "pkg/b.py": LEAK})
    first = code(store, oid)
    for pack in pathlib.Path(store.layout.packs).iterdir():
        pack.unlink()
    store.close()
    assert code(store, oid, budget=0) == first


def test_only_what_changed_is_searched(store: Store) -> None:
    code(store, put(store, {"a.py": HARMLESS, "pkg/b.py": LEAK, "pkg/c.py": HARMLESS}))
    again = put(store, {"a.py": HARMLESS + b"#", "pkg/b.py": LEAK, "pkg/c.py": HARMLESS})
    found = code(store, again, budget=0)
    assert (places(found), found[1]) == ([("code", "pkg/b.py", 3, "github")], 1)
    assert code(store, again, budget=1)[1] == 0


def test_beyond_the_budget_files_are_counted_and_found_the_next_time(store: Store) -> None:
    oid = put(store, {f"{at}.py": LEAK + b"#" * at for at in range(10)})
    counts: list[int] = []
    while not counts or counts[-1]:
        found = code(store, oid, budget=3000)
        counts.append(found[1])
    assert counts == [7, 4, 1, 0]
    assert len(found[0]) == 10


def test_another_key_or_other_rules_search_again(store: Store) -> None:
    oid = put(store, {"b.py": LEAK})
    code(store, oid)
    search = Search(store.objects, store.stats, bytes(32))
    search.code(oid)
    (secret,) = search.found()[0]
    assert secret["fingerprint"] == fingerprint(TOKEN, bytes(32))


def test_large_files_and_those_that_were_not_kept_are_not_searched(store: Store) -> None:
    large = LEAK + b"#\n" * LIMIT
    assert code(store, put(store, {"large.py": large})) == ((), 0)
    assert code(store, put(store, {"b.py": LEAK}, kept=False)) == ((), 0)


def test_the_same_line_is_named_once_though_the_file_is_code_and_config(store: Store) -> None:
    text = f"token: {TOKEN}\ndb:\n  password: hunter22\n".encode()
    oid = put(store, {"conf.yaml": text})
    search = Search(store.objects, store.stats, store.secret_key)
    search.code(oid)
    search.blob("config", "conf.yaml", blob_digest(text).hex())
    # In settings what only a name tells counts, too.
    assert places(search.found()) == [("code", "conf.yaml", 1, "github"), ("config", "conf.yaml", 3, "named")]


def test_of_inputs_those_that_hold_settings_or_code_are_searched(store: Store) -> None:
    with store.writer() as writer:
        oid = ObjectId(writer.add_blob(LEAK).hex())
    names = (".env", "conf/prod.INI", "/lib/mod.py", "data.csv", "absent.env")
    refs = [FileRef(name, oid, len(LEAK), stored=name != "absent.env", how="traced") for name in names]
    refs[2] = refs[2]._replace(role="code")
    search = Search(store.objects, store.stats, store.secret_key)
    search.inputs(refs)
    assert [path for _, path, _, _ in places(search.found())] == [".env", "/lib/mod.py", "conf/prod.INI"]


def test_a_thousand_secrets_do_not_fill_the_record(store: Store) -> None:
    lines = b"".join(f"a = '{'gh' + 'p_'}{MAKE(36)}'\n".encode() for _ in range(30))
    found = code(store, put(store, {f"{at}.py": lines for at in range(30)}))
    assert len(found[0]) == 500
    assert {each["line"] for each in found[0]} == set(range(1, 21))


def test_a_damaged_or_very_deep_tree_is_no_obstacle(store: Store) -> None:
    assert code(store, "ab" * 32) == ((), 0)
    deep = code(store, put(store, {"d/" * 300 + "b.py": LEAK}))
    assert (places(deep), deep[1]) == ([], 1)


@pytest.mark.parametrize("words", ["mlrun: made-up", "gitleaks:allow", "pragma: allowlist secret"])
def test_what_a_line_says_to_be_made_up_is_left_out_wherever_it_stands_in_the_file(store: Store, words: str) -> None:
    other = "gh" + "p_" + MAKE(36)
    text = f"A = {TOKEN!r}\nB = {TOKEN!r}  # {words}\nC = {other!r}\n".encode()
    search = Search(store.objects, store.stats, store.secret_key)
    search.code(put(store, {"a.py": text, "b.py": LEAK}))
    rows, _ = search.found()
    assert [(row["path"], row["line"], row["fingerprint"]) for row in rows] == [
        ("a.py", 3, fingerprint(other, store.secret_key)),
        ("b.py", 3, fingerprint(TOKEN, store.secret_key)),
    ]


def test_what_somebody_has_said_to_be_made_up_is_left_out_of_what_was_remembered_too(store: Store) -> None:
    tree_id = put(store, {"a.py": LEAK})
    for made_up, count in ((), 1), ([fingerprint(TOKEN, store.secret_key)], 0), (["00000000"], 1):
        search = Search(store.objects, store.stats, store.secret_key, made_up=made_up)
        search.code(tree_id)
        assert len(search.found()[0]) == count
