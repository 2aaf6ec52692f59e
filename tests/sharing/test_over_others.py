"""The same through what fsspec opens: nothing but the address is another, and where the password is."""

import os
import shutil
from pathlib import Path

import pytest
from tests.sharing.people import Person, comes_back, files
from tests.store.remote import other_servers
from tests.store.remote.other_servers import PASSWORD, USER

KINDS = ("webdav", "google", "azure")
CODE = {"train.py": b"print('hello')\n"}


def _place(kind: str, *people: Person) -> str:
    """A new place of that kind, which these people may use."""
    if kind == "webdav":
        for person in people:
            Path(person.env["HOME"], ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
        return f"webdav://server/{os.urandom(6).hex()}/team?base_url={other_servers.webdav(closed=True)}"
    if kind == "google":
        for person in people:
            person.env |= other_servers.google_variables(other_servers.google())
        return f"gs://{other_servers.google_bucket()}/team"
    for person in people:
        person.env["AZURE_STORAGE_CONNECTION_STRING"] = other_servers.azure()
    return f"az://{other_servers.azure_container()}/team"


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_comes_back_byte_for_byte(kind: str, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    address = _place(kind, ann, ben)
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_CONNECTION_STRING"):
        if name in ann.env:
            monkeypatch.setenv(name, ann.env[name])  # where this process pushes, its packages look in its own
    for person in (ann, ben):
        person.share(address)
    comes_back(ann, ben)


@pytest.mark.parametrize("kind", KINDS)
def test_a_remote_is_filled_cloned_checked_and_cleaned(kind: str, ann: Person, ben: Person, tmp_path: Path) -> None:
    address = _place(kind, ann, ben)
    stays, goes = ann.make(CODE), ann.make(CODE, outputs={"model.bin": os.urandom(100_000)})
    ann.share(address)
    for words in (["remote", "add", "again", address], ["push", "--remote", "origin"], ["fsck", "origin"]):
        done = ann.mlrun(*words)
        assert done.status == 0, done
        assert done.err in ("", "mlrun push fills it\n")  # and nothing that a package says
    assert ben.mlrun("clone", address, "copy").status == 0
    assert ben.mlrun("checkout", goes, "again", "--outputs", cwd=f"{ben.folder}/copy").status == 0
    assert files(f"{ben.folder}/copy/again").keys() == {"train.py", "model.bin"}
    for words in (["rm", goes], ["push", "--remote", "origin"], ["gc", "origin", "--now", "--yes"], ["fsck", "origin"]):
        done = ann.mlrun(*words)
        assert done.status == 0, done
    assert ben.mlrun("clone", address, "later").status == 0
    assert os.listdir(f"{ben.folder}/later/.mlrun/runs") == [stays]
    for kept in tmp_path.rglob("*"):
        secret = (PASSWORD.encode(), b"AccountKey=")
        assert kept.name == ".netrc" or not kept.is_file() or not any(each in kept.read_bytes() for each in secret)


def test_a_run_is_cloned_from_pages_of_the_web_and_not_pushed_there(ann: Person, ben: Person, remote: str) -> None:
    other_servers.need("fsspec", "aiohttp")
    ann.share(remote)
    run = ann.make(CODE, outputs={"model.bin": os.urandom(100_000)})
    ann.push()
    with other_servers.web(os.path.dirname(remote)) as endpoint:
        assert ben.mlrun("clone", f"{endpoint}/remote", "copy").status == 0
        copy = f"{ben.folder}/copy"
        assert ben.mlrun("checkout", run, "again", "--outputs", cwd=copy).status == 0
        assert ben.mlrun("fsck", "origin", cwd=copy).status == 0
        done = ben.mlrun("remote", "add", "again", f"{endpoint}/remote", cwd=copy)
        assert (done.status, done.err) == (0, "mlrun pull brings what is there\n")
        assert "can be read, not written" in done.out
        shutil.move(f"{copy}/.mlrun", f"{ben.folder}/.mlrun")
        ben.make(CODE)
        done = ben.mlrun("push")
    assert done.status == 14
    assert done.err.startswith(f"error: {endpoint}/remote can only be read\n\nhint: push to where its files come from")
