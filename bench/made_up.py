"""Records of runs that nobody ran, as plain as they can be; each takes what is to be another way."""

from typing import Any

from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import Intent, Recipe, Seal


def recipe(code: ObjectId | None, **given: Any) -> Recipe:  # noqa: ANN401 - any field
    plain = Recipe(
        argv=("train.py",), cwd=".", code=code, params={}, config=(), environment=None, inputs=(), variables={}
    )
    return plain._replace(**given)


def intent(of: ObjectId, **given: Any) -> Intent:  # noqa: ANN401 - any field
    """Begun at the first nanosecond of 1970, unless said otherwise."""
    plain = Intent(
        recipe=of,
        name=None,
        experiment=None,
        message=None,
        interpreter=None,
        git=None,
        patch=None,
        started_at=1,
        author="Ada <ada@example.org>",
        host="laptop",
        boot="none",
        nonce="0" * 32,
        code_files=1,
        code_bytes=1,
        inputs=(),
        omitted=(),
        skipped=(),
        hardware={},
        warnings=(),
    )
    return plain._replace(**given)


def seal(run: RunId, of: ObjectId, **given: Any) -> Seal:  # noqa: ANN401 - any field
    """Of a run that succeeded."""
    plain = Seal(
        run=run,
        recipe=of,
        state="succeeded",
        exit_code=0,
        signal=None,
        ended_at=2,
        duration=0.1,
        usage={},
        log=None,
        log_bytes=0,
        outputs=(),
        metrics={},
        observer="none",
        blind=(),
        inputs=(),
    )
    return plain._replace(**given)
