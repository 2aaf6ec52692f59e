"""What a pickle machine works on: a stack with marks, and a memo.

Whatever a pickle asks for, no more is taken than is there: all methods raise `UnreadableError` for more.
"""

from runlore.insight.compare.content import UnreadableError


class Stack:
    """Values, the marks between them, and what was noted by number."""

    def __init__(self) -> None:
        self._values: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    def push(self, value: object) -> None:
        """Put a value there."""
        self._values.append(value)

    def pop(self) -> object:
        """Take the last value."""
        if len(self._values) <= (self._marks[-1] if self._marks else 0):
            raise UnreadableError("it takes what is not there")
        return self._values.pop()

    def top(self) -> object:
        """The last value, which stays."""
        found = self.pop()
        self._values.append(found)
        return found

    def since_mark(self) -> list[object]:
        """Take all values since the last mark, and the mark."""
        if not self._marks:
            raise UnreadableError("it takes what is not there")
        start = self._marks.pop()
        found = self._values[start:]
        del self._values[start:]
        return found

    def mark(self, _: object) -> None:
        """Set a mark."""
        self._marks.append(len(self._values))

    def drop(self, _: object) -> None:
        """Take away the last value, or the last mark if it comes after that."""
        if self._marks and self._marks[-1] == len(self._values):
            self._marks.pop()
        else:
            self.pop()

    def drop_mark(self, _: object) -> None:
        """Take away all values since the last mark."""
        self.since_mark()

    def double(self, _: object) -> None:
        """Put the last value there again."""
        self._values.append(self.top())

    def put(self, index: object) -> None:
        """Note the last value under a number."""
        self._memo[int(str(index))] = self.top()

    def memoize(self, _: object) -> None:
        """Note the last value under the next number."""
        self._memo[len(self._memo)] = self.top()

    def get(self, index: object) -> None:
        """Put there what was noted under a number."""
        key = int(str(index))
        if key not in self._memo:
            raise UnreadableError("it takes what is not there")
        self._values.append(self._memo[key])
