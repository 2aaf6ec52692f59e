"""`environment`: a lock file, or what is kept."""

from runlore.ops.results import LeftPackage, Locked, Vendored
from runlore.present.term.blocks import Frame, Line, Span, View, line
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size


def view(found: Locked | Vendored, _frame: Frame) -> View:
    """The text of the lock file, or a line that says where it is; what has been kept; what could not be."""
    remarks = _left(found.left_out)
    if isinstance(found, Vendored):
        new = f", {size(found.new_bytes)} of them new" if found.new_bytes else ""
        return View((line("kept ", f"{found.packages} packages of ", short(found.run), new),), remarks)
    if found.path is not None:
        return View((line("wrote ", f"{found.packages} packages to ", Span(found.path, "name")),), remarks)
    return View(tuple(line(text) for text in found.text.splitlines()), remarks)


def _left(packages: tuple[LeftPackage, ...]) -> tuple[Line, ...]:
    return tuple(
        line(Span("warning: ", "warning"), f"{each.name} {each.version} is not in it: {each.why}") for each in packages
    )
