"""`fsck`: what was checked, what is wrong, what to do about it."""

from runlore.ops.results import Finding, FsckReport
from runlore.present.term.blocks import Block, Frame, Span, View, line
from runlore.records.phrases import counted

_MEANING = {"error": "fail", "warning": "warn"}


def view(report: FsckReport, _frame: Frame) -> View:
    """Each finding with its code and hint, then the verdict."""
    blocks: list[Block] = [line(Span("repaired: ", "ok"), f"{each.path}: {each.action}") for each in report.repaired]
    after = [*(finding.hint for finding in report.findings[1:]), None]
    blocks += [
        block
        for finding, following in zip(report.findings, after, strict=False)
        for block in _finding(finding, hint=finding.hint != following)
    ]
    checked = ", ".join(f"{many:,} {kind}" for kind, many in report.checked.items())
    errors = sum(finding.severity == "error" for finding in report.findings)
    what = "the store" if report.remote is None else report.remote
    verdict = Span(f"{what} is sound", "ok") if report.sound else Span(f"{counted(errors, 'error')} in {what}", "fail")
    return View((*blocks, line(verdict, f"; checked {checked}" if checked else "")))


def _finding(finding: Finding, *, hint: bool) -> list[Block]:
    """A finding; its ``hint`` too, unless the next one has the same."""
    severity = Span(f"{finding.severity}: ", _MEANING.get(finding.severity, ""))
    where = f"{finding.path}: " if finding.path else ""
    blocks: list[Block] = [line(severity, f"{where}{finding.message} [{finding.code}]")]
    if finding.hint and hint:
        blocks.append(line("  ", Span("hint: ", "hint"), finding.hint))
    return blocks
