"""`tag`: names for runs."""

import re
from collections.abc import Iterable
from shlex import quote

from runlore.capture.secret_gate import is_harmless
from runlore.errors import RefusedError, RunNotFoundError, UsageError
from runlore.ops.author import author_of
from runlore.ops.names import candidates, resolve
from runlore.ops.project import open_store
from runlore.ops.results import Tag, Tags
from runlore.store.refs import Head, Refs

_NAME = re.compile(r"[^\s/@~:\\\x00-\x1f\x7f][^\s@~:\\\x00-\x1f\x7f]{0,199}")


def list_tags(folder: str) -> Tags:
    """Every tag, by name."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        removed = refs.removed()
        found = refs.tags().items()
        return Tags(tags=tuple(_result(name, head) for name, head in found if head.event.data["run"] not in removed))


def add_tag(folder: str, tag: str, run_name: str, *, force: bool) -> Tag:
    """Give a run a name.

    Raises:
        UsageError: the tag could be taken for an id, or has characters that a shell or a path would trip over.
        RefusedError: another run has it, and ``force`` was not given.
    """
    check_name(tag)
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        run = resolve(store, refs, run_name)
        taken = refs.tags().get(tag)
        if taken is not None and taken.event.data["run"] not in (run, *refs.removed()) and not force:
            raise RefusedError(
                f'tag "{tag}" is already on run {taken.event.data["run"][:12]}',
                hint=f"mlrun tag --force {quote(tag)} {quote(run_name)} moves it",
            )
        return put_tag(refs, tag, run, folder)


def put_tag(refs: Refs, tag: str, run: str, folder: str) -> Tag:
    """Move the tag to the run, whatever it named before."""
    event = refs.add(f"tag/{tag}", "tag", {"run": run}, author_of(folder))
    return _result(tag, Head(event, ()))


def put_tags(refs: Refs, tags: Iterable[str], run: str, folder: str) -> tuple[str, ...]:
    """Move these tags to the run; those that another run had until now."""
    moved = []
    for tag in dict.fromkeys(tags):
        if tag in refs.tags():
            moved.append(tag)
        put_tag(refs, tag, run, folder)
    return tuple(moved)


def delete_tag(folder: str, tag: str) -> Tag:
    """Take a tag away; raises `RunNotFoundError` if there is none of that name."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        head = refs.tags().get(tag)
        if head is None:
            raise RunNotFoundError(
                f'no tag is named "{tag}"', hint=candidates(tag, refs.tags(), ()) or "there are no tags"
            )
        refs.add(f"tag/{tag}", "untag", {"run": head.event.data["run"]}, author_of(folder))
        return _result(tag, head)


def check_name(tag: str) -> None:
    """Raise `UsageError` unless ``tag`` can be a tag's name."""
    if not _NAME.fullmatch(tag) or not _is_text(tag) or re.fullmatch(r"[0-9a-f]{4,64}", tag) or tag.startswith("-"):
        raise UsageError(
            f'"{tag}" cannot be a tag',
            hint='a tag has no spaces, "@", "~", ":" or "\\", and does not look like an id',
        )
    if not is_harmless(tag):
        from runlore.capture.secrets import find  # noqa: PLC0415 - few tags are so long

        if find(tag, b""):
            raise UsageError("what looks like a secret cannot be a tag", hint="tags are kept and shared as they are")


def _is_text(tag: str) -> bool:
    """Whether it has a form in UTF-8: an argument in another encoding has none."""
    try:
        tag.encode()
    except UnicodeEncodeError:
        return False
    return True


def _result(name: str, head: Head) -> Tag:
    others = tuple(str(event.data["run"]) for event in head.others if event.kind == "tag")
    return Tag(name=name, run=head.event.data["run"], author=head.event.author, at=head.event.at, conflict=others)
