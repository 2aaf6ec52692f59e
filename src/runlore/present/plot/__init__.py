"""Curves as pictures: what is where (`figure`), and the two ways to paint it."""

from runlore.errors import UsageError
from runlore.ops.plot import Plot

SUFFIXES = (".svg", ".png")


def picture(plot: Plot, suffix: str) -> bytes:
    """The curves as a file of this kind, one of `SUFFIXES`; the same plot gives the same bytes.

    Raises:
        UsageError: Pillow, which PNG needs, is not installed.
    """
    from runlore.present.plot.figure import figure  # noqa: PLC0415 - only where a file is asked for

    if suffix == ".png":
        try:
            from runlore.present.plot.png import paint  # noqa: PLC0415 - Pillow, which need not be there
        except ImportError as error:
            hint = "pip install 'runlore[png]'; SVG needs nothing more: -o FILE.svg"
            raise UsageError("a PNG needs Pillow, which is not installed", hint=hint) from error
        return paint(figure(plot))
    from runlore.present.plot.svg import text  # noqa: PLC0415 - one of two kinds

    return text(figure(plot)).encode("ascii", "xmlcharrefreplace")
