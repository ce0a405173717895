"""From blocks of bytes to lines and JSON values, in memory bounded by the longest record allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Literal

_SEPARATORS = re.compile(rb"[\s,\x1e]*+")  # with the record separator of JSON text sequences (RFC 7464)
_WORD = re.compile(rb'[^\s,"{}\[\]]*+')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
# Up to the next bracket, over whole strings; it stops at the quotation mark of a string that has no end yet.
_PLAIN = rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+'
_TO_BRACKET = re.compile(_PLAIN, re.DOTALL)
# Most values are no deeper than this, and then one match does it.
_LEVEL_1 = rb"[{\[]%b[}\]]" % _PLAIN
_LEVEL_2 = rb"[{\[]%b(?:%b%b)*+[}\]]" % (_PLAIN, _LEVEL_1, _PLAIN)
_SHALLOW = re.compile(rb"[{\[]%b(?:%b%b)*+[}\]]" % (_PLAIN, _LEVEL_2, _PLAIN), re.DOTALL)
_OPENING = b"{["
# Up to what begins an object or array, over whole strings, as above.
_TO_OPENING = re.compile(rb'[^"{\[]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{\[]*+)*+', re.DOTALL)


def split_lines(
    blocks: Iterable[bytes], limit: int, first: int = 1
) -> Iterator[tuple[int, list[bytes], Literal["lines", "part", "end"]]]:
    """Yield whole lines, and what is longer than ``limit`` part by part.

    :param first: number of the first line.
    :return: the number of the first line, lines, and what they are: ``lines`` with their line breaks, which the last
        line of all may lack, a ``part`` of a line that is longer than ``limit``, or the ``end`` of one.
    """
    number, rest, is_long = first, b"", False
    for block in blocks:
        text = block
        if is_long:
            end, newline, text = block.partition(b"\n")
            yield number, [end], "end" if newline else "part"
            if not newline:
                continue
            number, is_long = number + 1, False
        lines = BytesIO(rest + text).readlines()  # which looks for line breaks five times as fast as split does
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if lines:
            yield number, lines, "lines"
            number += len(lines)
        if len(rest) > limit:
            yield number, [rest], "part"
            rest, is_long = b"", True
    if is_long:
        yield number, [b""], "end"
    elif rest:
        yield number, [rest], "lines"


def cut(text: bytes, limit: int) -> list[bytes]:
    """Return the JSON values in a text and, last, the beginning of one that has no end; at least one.

    Text without a whole object or array in it is one value, whatever it is.
    """
    if b"{" not in text or (text[:1] == b"{" and _SHALLOW.fullmatch(text)):
        return [text]
    splitter = ValueSplitter(limit)
    values = [*splitter.feed(text), *splitter.feed(b"")]
    if not any(value.startswith((b"{", b"[")) for value in values):
        return [text]
    return values if splitter.rest is None else [*values, splitter.rest]


class ValueSplitter:
    """Cuts text into JSON values, opening up arrays that are not inside a value.

    It looks at brackets and quotation marks only, each byte once, and leaves it to others to parse the values. Commas
    and white space between values are not policed, so a sequence of values is split like an array. What is neither
    object nor array, and in no array, is one value up to where the next begins: it cannot be told what it is.

    :param limit: of a longer value only the first ``limit + 1`` bytes are kept and yielded.
    :param line: number of the text's first line.
    """

    def __init__(self, limit: int, line: int = 1) -> None:
        self._limit = limit
        self._text = b""  # what is not dealt with yet, and the value begun
        self._at = 0  # so far it is scanned
        self._start: int | None = None  # where the value begun begins
        self._long = b""  # the beginning of the value begun, if the rest of it is dropped
        self._depth = 0
        self._in_string = False
        self._in_word = False
        self._in_run = False  # of what is neither object nor array
        self._in_array = False
        self._line = line  # of the beginning of the text
        self._long_line = 0

    @property
    def rest(self) -> bytes | None:
        """The beginning of a value or array that has no end, once all is fed; ``None`` when all was whole."""
        if self._start is None:
            return b"[" if self._in_array else None
        return self._long or self._text[self._start :]

    @property
    def rest_line(self) -> int:
        """The line in which the value begun begins, counted from 1."""
        if self._long:
            return self._long_line
        return self._line + self._text.count(b"\n", 0, self._at if self._start is None else self._start)

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield the values that end in this block; an empty block ends the text."""
        self._forget()
        self._text += block
        while (self._start is not None or self._find_start()) and self._find_end():
            yield self._take()
        if not block and (self._in_word or self._in_run):
            yield self._take()

    def _forget(self) -> None:
        """Drop the text that is dealt with."""
        cut = self._at
        if self._start is not None and self._at - self._start <= self._limit:
            cut = self._start
        elif self._start is not None and not self._long:
            self._long_line = self.rest_line
            self._long = self._text[self._start : self._start + self._limit + 1]
        self._line += self._text.count(b"\n", 0, cut)
        self._text = self._text[cut:]
        self._at -= cut
        if self._start is not None:
            self._start = 0

    def _find_start(self) -> bool:
        """Go to the next value, in or out of an array; ``False`` when there is none yet."""
        text = self._text
        while True:
            self._at = _end(_SEPARATORS, text, self._at)
            sign = text[self._at : self._at + 1]
            if sign != (b"]" if self._in_array else b"["):
                break
            self._in_array = not self._in_array
            self._at += 1
        if not sign:
            return False
        self._start = self._at
        self._in_string = sign == b'"'
        self._in_run = not self._in_array and sign not in _OPENING
        self._in_word = self._in_array and sign not in b'"{}[]'
        self._at += self._in_string
        return True

    def _find_end(self) -> bool:
        """Go behind the value begun; ``False`` when it has no end yet."""
        text, end = self._text, len(self._text)
        if self._in_word:
            self._at = _end(_WORD, text, self._at)
            return self._at < end
        if self._at == self._start and not self._long and (match := _SHALLOW.match(text, self._at)):
            self._at = match.end()
            return True
        return self._scan(text)

    def _scan(self, text: bytes) -> bool:
        """Go on from bracket to bracket, over strings, behind the value begun; ``False`` when it has no end yet."""
        end = len(text)
        while self._at < end:
            if self._in_string:
                self._at = _end(_IN_STRING, text, self._at)
                if text[self._at : self._at + 1] != b'"':
                    return False
                self._in_string = False
            elif self._in_run:
                self._at = _end(_TO_OPENING, text, self._at)
                self._in_string = text[self._at : self._at + 1] == b'"'
                if not self._in_string:
                    return self._at < end
            else:
                self._at = _end(_TO_BRACKET, text, self._at)
                sign = text[self._at : self._at + 1]
                if not sign:
                    return False
                self._in_string = sign == b'"'
                self._depth += 0 if self._in_string else 1 if sign in _OPENING else -1
            self._at += 1
            if self._depth <= 0 and not self._in_string and not self._in_run:
                return True
        return False

    def _take(self) -> bytes:
        value = self._long or self._text[self._start : min(self._at, (self._start or 0) + self._limit + 1)]
        value = value.rstrip() if self._in_run else value
        self._start, self._long, self._depth = None, b"", 0
        self._in_word = self._in_run = self._in_string = False
        return value


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
