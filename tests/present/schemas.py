"""The published schemas, and made strict: nothing may be printed that they do not name."""

import functools
import json
import os
from typing import Any

import jsonschema
import referencing
from referencing.jsonschema import DRAFT202012

import runlore.present

FOLDER = os.path.join(os.path.dirname(runlore.present.__file__), "schemas")
NAMES = sorted(name.removesuffix("-1.json") for name in os.listdir(FOLDER))


def schema(name: str) -> dict[str, Any]:
    with open(os.path.join(FOLDER, f"{name}-1.json"), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


@functools.cache
def validator(name: str, *, strict: bool = True) -> jsonschema.Draft202012Validator:
    """``strict``: allow no key that the schema does not name."""
    closed = [_closed(schema(each)) if strict else schema(each) for each in NAMES]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(
        (each["$id"], DRAFT202012.create_resource(each)) for each in closed
    )
    return jsonschema.Draft202012Validator(closed[NAMES.index(name)], registry=registry)


def _closed(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """The part with nothing allowed that it does not name."""
    if isinstance(part, dict):
        closed = {key: _closed(value) for key, value in part.items()}
        if "properties" in closed:
            closed["additionalProperties"] = False
        return closed
    return [_closed(each) for each in part] if isinstance(part, list) else part
