"""The grammar of a filter, read by recursive descent.

::

filter     = both { "or" both }
both       = not { "and" not }
not        = "not" not | "(" filter ")" | comparison
comparison = ( "since" | "before" ) date
| key [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" ) value ]
| key [ "not" ] "in" "(" value { "," value } ")"
date       = value | number unit "ago"
"""

from runlore.ops.where.meaning import Meaning
from runlore.ops.where.words import COMPARISON, END, MARK, WORD, Word, words, wrong
from runlore.store.condition import Condition, Every, No, Some

_DEEPEST = 50
_MOST = 200
"""Comparisons and values in one filter; SQLite refuses expressions that are five times as large."""
_KEYWORDS = ("and", "or", "not", "in")
_TIMES = ("since", "before")


def parse(text: str, meaning: Meaning) -> Condition:
    """The condition that a filter is.

    Raises:
        UsageError: it cannot be understood; the message says where, the hint what was expected.
    """
    return _Parser(text, meaning).filter()


class _Parser:
    def __init__(self, text: str, meaning: Meaning) -> None:
        self._text = text
        self._meaning = meaning
        self._words = list(words(text))
        self._at = 0
        if len(self._words) == 1:
            wrong(text, 0, "it is empty")
        if len(self._words) > 3 * _MOST:
            wrong(text, self._words[3 * _MOST].at, "it is too long")

    def filter(self) -> Condition:
        found = self._either(0)
        if self._next.kind != END:
            closes = self._next.text == ")" and self._next.kind == MARK
            self._wrong(
                'this ")" closes nothing' if closes else f'there should be "and" or "or" before "{self._next.shown}"'
            )
        return found

    @property
    def _next(self) -> Word:
        return self._words[self._at]

    def _take(self) -> Word:
        word = self._next
        self._at += word.kind != END
        return word

    def _wrong(self, why: str, word: Word | None = None) -> None:
        wrong(self._text, (word or self._next).at, why)

    def _either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._next.means("or"):
            self._take()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _both(self, depth: int) -> Condition:
        parts = [self._negated(depth)]
        while self._next.means("and"):
            self._take()
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _negated(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            self._wrong("it is nested too deep")
        if self._next.means("not"):
            self._take()
            return No(self._negated(depth + 1))
        if self._next.kind == MARK and self._next.text == "(":
            opened = self._take()
            found = self._either(depth + 1)
            self._close(opened)
            return found
        return self._comparison()

    def _close(self, opened: Word) -> None:
        if self._next.kind == END:
            self._wrong('this "(" is not closed', opened)
        if self._next.kind != MARK or self._next.text != ")":
            self._wrong(f'there should be "and", "or" or ")" before "{self._next.shown}"')
        self._take()

    def _comparison(self) -> Condition:
        word = self._next
        if word.kind != WORD or word.means(*_KEYWORDS):
            what = f'before "{word.shown}"' if word.text else "here"
            self._wrong(f"a comparison is missing {what}")
        self._take()
        if word.means("started") and self._next.means(*_TIMES):
            word = self._take()
        if word.means(*_TIMES):
            op = ">=" if word.means("since") else "<"
            return self._meaning.test(self._text, word._replace(text="started"), op, (self._date(),))
        if self._next.kind == COMPARISON:
            op = self._take().text
            return self._meaning.test(self._text, word, op, (self._value(op, word),))
        negated = self._next.means("not") and self._words[self._at + 1].means("in")
        if negated:
            self._take()
        if self._next.means("in"):
            self._take()
            return self._meaning.test(self._text, word, "!=" if negated else "=", self._values())
        return self._meaning.test(self._text, word, "has", ())

    def _values(self) -> tuple[Word, ...]:
        opened = self._take()
        if opened.kind != MARK or opened.text != "(":
            self._wrong('there should be values in parentheses after "in"', opened)
        found = [self._value("in")]
        while self._next.kind == MARK and self._next.text == ",":
            self._take()
            found.append(self._value(","))
        if self._next.kind == END:
            self._wrong('this "(" is not closed', opened)
        if self._next.text != ")":
            self._wrong(f'there should be "," or ")" before "{self._next.shown}"')
        self._take()
        return tuple(found)

    def _value(self, after: str, key: Word | None = None) -> Word:
        if self._next.kind != WORD or self._next.means("and", "or", "in"):
            self._wrong(f'there should be a value after "{after}"')
        return self._date() if key is not None and key.means("started", "age") else self._take()

    def _date(self) -> Word:
        """A value that may be three words, as in ``2 days ago``."""
        if self._next.kind != WORD:
            self._wrong("there should be a date here")
        first = self._take()
        last = self._words[self._at + 1 : self._at + 2]
        if not first.quoted and last and last[0].means("ago") and self._next.kind == WORD:
            return first._replace(text=f"{first.text} {self._take().text} {self._take().text}")
        return first
