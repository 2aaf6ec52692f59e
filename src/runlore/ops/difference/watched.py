"""What is known of the files that a run did not read."""

from runlore.ops.parts import Parts
from runlore.ops.touched import is_code

_ALL = frozenset(("native", "strace"))
"""Observers that see every program; Python's audit events know of Python alone."""
_GAPS = frozenset(("trace-incomplete", "unobserved"))


def paths_read(parts: Parts) -> frozenset[str] | None:
    """What the run read beside modules; ``None`` where it may have read more than was seen."""
    if parts.seal is None or parts.seal.observer not in _ALL or any(warn.code in _GAPS for warn in parts.warnings):
        return None
    return frozenset(ref.path for ref in parts.inputs)


def cannot_matter(path: str, read: frozenset[str] | None) -> bool:
    """Whether a file of the code was certainly not read. Of programs and modules of the code nobody notes that."""
    return read is not None and path not in read and not is_code(path)
