"""A figure as PNG, painted by Pillow with the font that it brings along. The only door to Pillow."""

from io import BytesIO

from PIL import Image, ImageColor, ImageDraw, ImageFont

from runlore.present.plot.figure import Figure, Line, Words

_SHARP = 2
"""Pixels of the file for one of the figure's, so that it is sharp on today's screens."""
_SMOOTH = 2
"""Painted so many times larger and made smaller, for Pillow's own lines have steps."""
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_WHITE = 255


def paint(figure: Figure) -> bytes:
    """The whole file."""
    scale = _SHARP * _SMOOTH
    image = Image.new("RGB", (round(figure.width * scale), round(figure.height * scale)), "#ffffff")
    pen = ImageDraw.Draw(image)
    for mark in figure.marks:
        if isinstance(mark, Line):
            _line(pen, mark, scale)
    image = image.reduce(_SMOOTH)
    pen = ImageDraw.Draw(image)
    for mark in figure.marks:
        if isinstance(mark, Words):
            _words(pen, mark)
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _line(pen: ImageDraw.ImageDraw, line: Line, scale: int) -> None:
    colour = tuple(round(_WHITE + (part - _WHITE) * line.opacity) for part in ImageColor.getrgb(line.colour)[:3])
    width = max(1, round(line.width * scale))
    for stroke in line.strokes:
        places = [(x * scale, y * scale) for x, y in stroke]
        if len(places) > 1:
            pen.line(places, fill=colour, width=width, joint="curve")
        else:
            x, y = places[0]
            pen.ellipse((x - width, y - width, x + width, y + width), fill=colour)


def _words(pen: ImageDraw.ImageDraw, words: Words) -> None:
    x, y = (part * _SHARP for part in words.place)
    font = ImageFont.load_default(words.size * _SHARP)
    stroke = _SHARP / 4 if words.bold else 0
    pen.text((x, y), words.text, fill=words.colour, font=font, anchor=_ANCHORS[words.anchor], stroke_width=stroke)
