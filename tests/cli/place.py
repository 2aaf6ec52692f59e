"""A folder in which the real program runs, cut off from the machine's own settings."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from runlore.records.hashing import RunId
from runlore.records.run import Intent, Recipe, Seal, Warn, encode_intent, encode_recipe, encode_seal
from runlore.store import runs
from runlore.store.store import Store

SECOND = 1_000_000_000
AT = 1_795_438_083 * SECOND
"""2026-11-23 12:48:03 UTC."""


@dataclasses.dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    def data(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.out)["data"]


class Place:
    """A project folder with its environment variables."""

    def __init__(self, folder: str, home: str) -> None:
        self.folder = folder
        path = os.pathsep.join((os.path.dirname(sys.executable), "/usr/bin", "/bin"))
        self.env = {"PATH": path, "HOME": home, "TZ": "UTC", "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.env |= {"GIT_CONFIG_SYSTEM": "/dev/null", "USER": "ann", "PYTHONDONTWRITEBYTECODE": "1"}

    def mlrun(self, *args: str | bytes, env: Mapping[str, str] | None = None, cwd: str | None = None) -> Result:
        """One command line, its output decoded as it should have been encoded."""
        done = subprocess.run(
            [sys.executable, "-m", "runlore", *args],
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict"))

    def sign(self, author: str) -> None:
        """Let git say who works here."""
        for args in (["init", "-q"], ["config", "user.name", author], ["config", "user.email", "ann@example.org"]):
            subprocess.run(["git", *args], cwd=self.folder, env=self.env, check=True)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return path

    def record(
        self,
        *,
        at: int = AT,
        patch: bytes = b"",
        log: bytes = b"",
        **given: Any,  # noqa: ANN401 - any field
    ) -> str:
        """Put a finished run on record without running anything; its id."""
        with Store.create(os.path.join(self.folder, ".mlrun")) as store:
            with store.writer() as writer:
                recipe = writer.add_record(encode_recipe(_recipe(given)))
                patch_id = writer.add_blob(patch).hex() if patch else None
                log_id = writer.add_blob(log).hex() if log else None
            live = runs.begin(store.layout, encode_intent(_intent(recipe, patch_id, at, given)))
            runs.seal(store.layout, live.id, encode_seal(_seal(live.id, recipe, (log_id, len(log)), at, given)))
            os.close(live.lock)
            return live.id


def _recipe(given: Mapping[str, Any]) -> Recipe:
    return Recipe(
        argv=given.get("argv", ("train.py", "--lr", "0.1")),
        cwd=".",
        code=None,
        params=given.get("params", {"lr": 0.1}),
        config=(),
        environment=None,
        inputs=(),
        variables={},
    )


def _intent(recipe: Any, patch: Any, at: int, given: Mapping[str, Any]) -> Intent:  # noqa: ANN401 - ids
    return Intent(
        recipe=recipe,
        name=given.get("name"),
        experiment=given.get("experiment"),
        message=given.get("message"),
        started_at=at,
        author="Ann <ann@example.org>",
        host="box",
        boot="none",
        nonce="0",
        interpreter=None,
        code_files=2,
        code_bytes=2048,
        git=None,
        patch=patch,
        inputs=(),
        omitted=(),
        skipped=(),
        hardware=given.get("hardware", {}),
        warnings=tuple(Warn(code="made-up", message=text) for text in given.get("warnings", ())),
    )


def _seal(run: RunId, recipe: Any, log: tuple[Any, int], at: int, given: Mapping[str, Any]) -> Seal:  # noqa: ANN401 - ids
    loss = given.get("loss")
    metrics: dict[str, dict[str, Any]] = (
        {} if loss is None else {"loss": {"last": loss, "min": loss, "max": loss, "count": 1, "step": 1}}
    )
    return Seal(
        run=run,
        recipe=recipe,
        state=given.get("state", "succeeded"),
        exit_code=given.get("exit_code", 0),
        signal=None,
        ended_at=at + 2 * SECOND,
        duration=2.1,
        usage={},
        log=log[0],
        log_bytes=log[1],
        outputs=(),
        metrics=metrics,
        observer="none",
        blind=(),
    )
