"""Results as pages for a person: one file for each verb, and the two ways in which a page is drawn."""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from runlore.present.term.blocks import View

_MODULES: Final = {
    "run/1": "show",
    "run-list/1": "list",
    "status/1": "status",
    "tag-list/1": "tag",
    "note-list/1": "note",
    "removed/1": "rm",
    "environment-lock/1": "environment",
    "environment-vendor/1": "environment",
    "fsck/1": "fsck",
    "gc/1": "gc",
    "gc-remote/1": "gc_remote",
    "doctor/1": "doctor",
    "config/1": "config",
    "init/1": "init",
    "reproduce/1": "reproduce",
    "checkout/1": "checkout",
    "get/1": "get",
    "metrics/1": "metrics",
    "plot/1": "plot",
    "diff/1": "diff",
    "remote-list/1": "remote",
    "push/1": "push",
    "pull/1": "pull",
    "clone/1": "clone",
    "lineage/1": "lineage",
    "why/1": "why",
    "bisect/1": "bisect",
    "samples/1": "samples",
    "samples-diff/1": "samples_diff",
}


def view(schema: str) -> Callable[..., View]:
    """How a result of this schema is shown: a function of the result and a `Frame`."""
    shown: Callable[..., View] = import_module(f"runlore.present.term.{_MODULES[schema]}").view
    return shown
