"""Secrets that come near a run: none is in the store but in the user's own files, and those are named."""

import os
import pathlib
import re
import socket
import stat
from collections.abc import Iterator
from typing import Any

import pytest
from tests.capture.gitrepo import Repo
from tests.capture.secret_samples import Maker
from tests.cli.place import Place, Result

from runlore.store.pack import BLOB, read_table
from runlore.store.store import Store

MAKE = Maker(31)


def token() -> str:
    return "gh" + "p_" + MAKE(36)


def shown(place: Place, run: str = "@") -> dict[str, Any]:
    found: dict[str, Any] = place.mlrun("show", run, "--json").data()
    return found


def redacted(run: dict[str, Any]) -> list[str]:
    return [warn["message"] for warn in run["warnings"] if warn["code"] == "secret-redacted"]


def files(place: Place) -> Iterator[tuple[str, bytes]]:
    """Every file of the store but the packs, and every object of those, each with a name."""
    store = pathlib.Path(place.folder, ".mlrun")
    for path in sorted(store.rglob("*")):
        if path.suffix == ".pack":
            data = path.read_bytes()
            for entry in read_table(str(path)):
                part = data[entry.offset : entry.offset + entry.length]
                yield ("blob " if entry.kind == BLOB else "record ") + entry.digest.hex(), part
        elif path.is_file():
            yield str(path.relative_to(store)), path.read_bytes()


def holders(place: Place, secret: str) -> list[str]:
    return [name for name, data in files(place) if secret.encode() in data or secret[::-1].encode() in data]


def own_files(place: Place, run: dict[str, Any]) -> dict[str, str]:
    """The blobs in which the record says that secrets are, by name in `files`, with their paths."""
    oids = {each["path"]: each["oid"] for each in (*run["config"], *run["inputs"])}
    oids[""] = run["code"]["patch"]
    with Store(f"{place.folder}/.mlrun") as store:
        top = store.objects.tree(bytes.fromhex(run["code"]["tree"]))
    oids |= {os.fsdecode(entry.name): entry.digest.hex() for entry in top}
    return {f"blob {oids[each['path']]}": each["path"] for each in run["secrets"]}


def execute(place: Place, *args: str, env: dict[str, str] | None = None) -> Result:
    done = place.mlrun("exec", *args, env=env)
    assert done.status == 0, done.err
    return done


def test_the_command_gets_its_arguments_and_the_record_does_not(place: Place) -> None:
    one, two, three = token(), MAKE(24), MAKE(12)
    place.write("train.py", "import sys\nopen('got', 'w').write('\\n'.join(sys.argv[1:]))\n")
    args = ["--token", one, f"--api-key={two}", "--db", f"postgres://me:{three}@db.invalid/x", "--lr", "0.1"]
    done = execute(place, "train.py", *args)
    assert pathlib.Path(place.folder, "got").read_text().split("\n") == args
    run = shown(place)
    argv = run["command"]["argv"]
    assert [re.sub("[0-9a-f]{8}>", "*>", word) for word in argv] == [
        "train.py", "--token", "<secret:github:*>", "--api-key=<secret:named:*>", "--db",
        "postgres://me:<secret:url-password:*>@db.invalid/x", "--lr", "0.1",
    ]  # fmt: skip
    assert run["params"] == {"token": argv[2], "api_key": argv[3][10:], "db": argv[5], "lr": 0.1}
    message = "secrets in argument 2, argument 3 and argument 5 are not on record: marks stand in their places"
    assert redacted(run) == [message]
    assert done.err.count(message) == 1
    outputs = {f"blob {each['oid']}" for each in run["outputs"]}  # which are the user's own
    for secret in (one, two, three):
        assert secret not in done.err
        assert set(holders(place, secret)) <= outputs


@pytest.mark.parametrize("option", ["-n", "-e", "-m"])
def test_names_and_messages_are_redacted(place: Place, option: str) -> None:
    secret = token()
    execute(place, option, f"with {secret}", "true")
    run = shown(place)
    assert holders(place, secret) == []
    (said,) = redacted(run)
    assert said.startswith(f"a secret in the {({'-n': 'name', '-e': 'experiment', '-m': 'message'})[option]} is not")


def test_a_variable_is_not_kept(place: Place) -> None:
    one, two = token(), MAKE(20)
    env = {"HF_TOKEN": one, "TORCH_HOME": f"/x/{one}", "OMP_X": f"http://u:{two}@h"}
    execute(place, "true", env=env)
    assert holders(place, one) == holders(place, two) == []


def test_what_a_config_file_says_is_redacted_and_the_file_kept_and_named(place: Place) -> None:
    one, two = token(), "hunter-" + MAKE(6)
    text = f"lr: 0.1\nhub:\n  token: {one}\ndb_password: {two}\n"
    place.write("conf.yaml", text)
    execute(place, "true", "--config", "conf.yaml")
    run = shown(place)
    assert run["params"]["hub.token"].startswith("<secret:github:")
    assert run["params"]["db_password"].startswith("<secret:named:")
    (said,) = redacted(run)
    assert said.startswith("secrets in params.hub.token and params.db_password are")
    assert [(each["part"], each["path"], each["line"], each["rule"]) for each in run["secrets"]] == [
        ("code", "conf.yaml", 3, "github"), ("config", "conf.yaml", 4, "named"),
    ]  # fmt: skip
    assert run["params"]["hub.token"] == f"<secret:github:{run['secrets'][0]['fingerprint']}>"
    for secret in (one, two):
        assert [own_files(place, run)[name] for name in holders(place, secret)] == ["conf.yaml"]
    with Store(f"{place.folder}/.mlrun") as store:
        assert store.objects.blob(bytes.fromhex(run["config"][0]["oid"])) == text.encode()


def test_what_a_script_tells_and_reads_is_redacted(place: Place) -> None:
    one, two, three = token(), MAKE(24), token()
    place.write("read.yaml", f"api_key: {two}\n")
    place.write(".env", f"OTHER={three}\n")
    place.write(".mlrunignore", ".env\n")
    place.write(
        "train.py",
        "import os, runlore\nrunlore.params(lr=0.1, hub_token=os.environ['X'])\n"
        "open('read.yaml').read()\nopen('.env').read()\n",
    )
    execute(place, "train.py", env={"X": one})
    run = shown(place)
    assert run["params"]["hub_token"].startswith("<secret:github:")
    assert run["params"]["lr"] == 0.1
    assert holders(place, one) == []
    own = own_files(place, run)
    assert [own[name] for name in holders(place, two)] == ["read.yaml"]
    if run["observer"]["name"] != "none":
        assert run["params"]["api_key"].startswith("<secret:named:")
        assert [own[name] for name in holders(place, three)] == [".env"]


@pytest.mark.parametrize("cut", [0, 2, 10, 39])
def test_what_is_printed_is_shown_as_it_is_and_kept_redacted(place: Place, cut: int) -> None:
    secret = token()
    place.write(
        "train.py",
        "import os, time\nt = os.environ['X']\n"
        f"os.write(1, b'login ' + t[:{cut}].encode())\ntime.sleep(0.1)\nos.write(1, t[{cut}:].encode() + b' ok\\n')\n",
    )
    done = execute(place, "train.py", env={"X": secret})
    assert done.out == f"login {secret} ok\n"
    assert holders(place, secret) == []
    kept = place.mlrun("show", "--log").out
    assert re.fullmatch(r"login <secret:github:[0-9a-f]{8}> ok\n", kept)
    run = shown(place)
    assert redacted(run) == ["a secret in the output (github) is not in the log: a mark stands in its place"]
    assert redacted(run)[0] in done.err


def test_the_address_of_a_remote_is_redacted(place: Place, repo: Repo) -> None:
    one, two = MAKE(40), token()
    repo.commit(train__py="pass\n")
    repo.git("remote", "add", "origin", f"https://x-access-token:{one}@git.invalid/a.git")
    repo.git("remote", "add", "mirror", f"https://git.invalid/{two}/a.git")
    execute(place, "true")
    assert holders(place, one) == holders(place, two) == []
    remotes = shown(place)["code"]["git"]["remotes"]
    assert remotes["mirror"].startswith("https://git.invalid/<secret:github:")
    assert redacted(shown(place))[0].startswith('a secret in the address of remote "mirror" is')


def test_a_secret_that_was_taken_out_of_the_code_is_still_in_the_patch_and_named(place: Place, repo: Repo) -> None:
    secret = token()
    repo.commit(train__py=f"LOGIN = '{secret}'\n", other__py="x = 1\n")
    repo.write("train.py", "LOGIN = ''\n")
    execute(place, "true")
    run = shown(place)
    ((part, path, rule),) = [(each["part"], each["path"], each["rule"]) for each in run["secrets"]]
    assert (part, path, rule) == ("patch", "", "github")
    assert [own_files(place, run)[name] for name in holders(place, secret)] == [""]
    page = place.mlrun("show").out
    assert re.search(r"Secrets in files\n  the patch:\d+  github", page)
    assert secret not in page


def test_a_note_is_redacted_and_a_tag_refused(place: Place) -> None:
    secret = token()
    execute(place, "true")
    done = place.mlrun("note", "@", f"works with {secret}")
    assert (done.status, secret in done.out) == (0, False)
    assert shown(place)["notes"][0]["text"].startswith("works with <secret:github:")
    for args in (("tag", secret, "@"), ("exec", "-t", secret, "true")):
        refused = place.mlrun(*args)
        assert (refused.status, secret in refused.err) == (2, False), refused
    assert holders(place, secret) == []
    assert len(place.mlrun("list", "--json").data()["runs"]) == 1


def test_the_written_record_is_redacted(place: Place, tmp_path: pathlib.Path) -> None:
    secret = token()
    execute(place, "--record", str(tmp_path / "run.json"), "-m", secret, "true", "--token", secret)
    written = (tmp_path / "run.json").read_text()
    assert secret not in written
    assert written.count("<secret:github:") == 3  # in the command, the parameters and the message
    assert secret not in place.mlrun("list", "--json").out


def test_the_journal_is_private_and_goes_with_the_end_of_the_run(place: Place) -> None:
    secret = token()
    place.write(
        "train.py",
        "import os, runlore, stat\nrunlore.params(hub_token=os.environ['X'])\n"
        "print(stat.S_IMODE(os.stat(os.environ['RUNLORE_JOURNAL']).st_mode))\n"
        "print(os.environ['X'] in open(os.environ['RUNLORE_JOURNAL']).read())\n",
    )
    done = execute(place, "train.py", env={"X": secret})
    assert done.out.split() == [str(0o600), "True"]
    assert holders(place, secret) == []
    (run,) = pathlib.Path(place.folder, ".mlrun/runs").iterdir()
    assert sorted(os.listdir(run)) == ["intent", "seal"]


def test_a_run_that_was_killed_is_sealed_redacted(place: Place) -> None:
    one, two = token(), token()
    place.write(
        "train.py",
        "import os, runlore, signal\nrunlore.params(hub_token=os.environ['X'])\n"
        "print('got', os.environ['Y'], flush=True)\n"
        "open('ready', 'w').close()\nos.kill(os.getppid(), signal.SIGKILL)\n",
    )
    assert place.mlrun("exec", "train.py", "--token", one, env={"X": one, "Y": two}).status == -9
    assert holders(place, two) == []
    execute(place, "true")
    assert holders(place, one) == holders(place, two) == []
    killed = shown(place, "@~1")
    assert (killed["state"], killed["params"]["hub_token"]) == ("crashed", killed["params"]["token"])


def test_equal_secrets_have_one_fingerprint_in_a_store_and_the_fingerprint_of_the_run_stays(place: Place) -> None:
    secret = token()
    for _ in range(2):
        execute(place, "true", "--token", secret)
    one, two = shown(place), shown(place, "@~1")
    assert one["command"] == two["command"]
    assert one["fingerprint"] == two["fingerprint"]
    key = pathlib.Path(place.folder, ".mlrun/secret-key")
    assert (key.stat().st_size, stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)
    key.unlink()
    execute(place, "true", "--token", secret)
    assert shown(place)["command"] != one["command"]


def test_where_no_key_can_be_had_nothing_is_recorded_and_the_command_runs(place: Place) -> None:
    execute(place, "true")
    key = pathlib.Path(place.folder, ".mlrun/secret-key")
    key.unlink()
    with socket.socket(socket.AF_UNIX) as made:
        cwd = os.getcwd()
        os.chdir(key.parent)  # the path of a socket is short
        try:
            made.bind(key.name)
        finally:
            os.chdir(cwd)
    secret = token()
    done = execute(place, "echo", secret)
    assert done.out == f"{secret}\n"
    assert "cannot write the store's secret key" in done.err
    assert holders(place, secret) == []


def test_a_fingerprint_that_is_set_as_made_up_is_no_longer_listed_and_still_replaced(place: Place) -> None:
    secret = token()
    place.write("train.py", f"LOGIN = {secret!r}\nprint(LOGIN)\n")
    assert place.mlrun("exec", "train.py").status == 0
    (found,) = shown(place)["secrets"]
    assert place.mlrun("config", "secrets.made-up", found["fingerprint"] + ",").status == 0
    assert place.mlrun("exec", "train.py").status == 0
    assert shown(place)["secrets"] == []
    assert redacted(shown(place))
    refused = place.mlrun("config", "secrets.made-up", secret)
    assert refused.status == 16
    assert "is no fingerprint" in refused.err
