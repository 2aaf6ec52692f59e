"""A small picture made of characters: braille patterns of two by four dots, or one letter for each place."""

from collections.abc import Mapping, Sequence

from runlore.present.term.blocks import Span, Spans

_BRAILLE = 0x2800
# Unicode 15, chapter 21.1: dots 1 to 3 and 7 run down on the left, 4 to 6 and 8 on the right.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """So many characters wide and high; places on it are from 0 to 1, from the left and from the bottom."""

    def __init__(self, width: int, height: int, *, braille: bool) -> None:
        self._width, self._height = width, height
        self._across, self._down = (2, 4) if braille else (1, 1)
        self._braille = braille
        self._dots = bytearray(width * height)
        self._owners = bytearray(width * height)

    def stroke(self, places: Sequence[tuple[float, float]], owner: int) -> None:
        """Join these places by lines of ``owner`` (1 to 255), who covers what others drew there."""
        points = [self._dot(*place) for place in places]
        x, y = points[0]
        self._set(x, y, owner)
        for there in points[1:]:
            self._line(x, y, *there, owner)
            x, y = there

    def row_of(self, height: float) -> int:
        """The row, counted from the top, of a height from 0 to 1."""
        return self._dot(0, height)[1] // self._down

    def rows(self, marks: Mapping[int, str], meanings: Mapping[int, str]) -> list[Spans]:
        """The picture from the top: each owner's dots in its meaning, or as its mark where there is no braille."""
        return [self._row(at, marks, meanings) for at in range(self._height)]

    def _row(self, row: int, marks: Mapping[int, str], meanings: Mapping[int, str]) -> Spans:
        found: list[Span] = []
        for cell in range(row * self._width, (row + 1) * self._width):
            owner = self._owners[cell]
            shown = " " if not owner else chr(_BRAILLE + self._dots[cell]) if self._braille else marks[owner]
            meaning = meanings[owner] if owner else ""
            if found and (found[-1].meaning == meaning or shown == " "):
                found[-1] = Span(found[-1].text + shown, found[-1].meaning)
            else:
                found.append(Span(shown, meaning))
        return tuple(found)

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        return round(x * (self._width * self._across - 1)), round((1 - y) * (self._height * self._down - 1))

    def _set(self, x: int, y: int, owner: int) -> None:
        cell = y // self._down * self._width + x // self._across
        if self._braille:
            self._dots[cell] |= _DOTS[y % 4][x % 2]
        self._owners[cell] = owner

    def _line(self, x: int, y: int, to_x: int, to_y: int, owner: int) -> None:
        """Every dot between two (J. E. Bresenham, 1965)."""
        across, down = abs(to_x - x), -abs(to_y - y)
        step_x, step_y = (1 if to_x > x else -1), (1 if to_y > y else -1)
        error = across + down
        while True:
            self._set(x, y, owner)
            if (x, y) == (to_x, to_y):
                return
            twice = 2 * error
            if twice >= down:
                error += down
                x += step_x
            if twice <= across:
                error += across
                y += step_y
