"""From blocks of bytes to lines and JSON values, in memory bounded by the longest record allowed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

_SEPARATORS = re.compile(rb"[\s,]*+")
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


def gunzip(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Decompress a gzip file of any number of members, in blocks of at most about ``size`` bytes.

    :raises EOFError: when it is cut short.
    :raises zlib.error: when it is damaged.
    """
    member = zlib.decompressobj(wbits=31)
    for block in blocks:
        left = block
        while left:
            if member.eof:
                left = left.lstrip(b"\0")  # some writers fill the last block up
                if not left:
                    break
                member = zlib.decompressobj(wbits=31)
            if text := member.decompress(left, size):
                yield text
            left = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise EOFError


def split_lines(blocks: Iterable[bytes], limit: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines of a block, without their ends, with the number of the first, counted from 1.

    :param limit: of a longer line only the first ``limit + 1`` bytes are yielded.
    """
    number, rest = 1, b""
    for block in blocks:
        lines = block.split(b"\n")
        lines[0] = rest + lines[0] if len(rest) <= limit else rest
        rest = lines.pop()[: limit + 1]
        if lines:
            yield number, lines
            number += len(lines)
    if rest:
        yield number, [rest]


class ValueSplitter:
    """Cuts text into JSON values, opening up arrays that are not inside a value.

    It looks at brackets and quotation marks only, each byte once, and leaves it to others to parse the values. Commas
    and white space between values are not policed, so a sequence of values is split like an array.

    :param limit: of a longer value only the first ``limit + 1`` bytes are kept and yielded.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = b""  # what is not dealt with yet, and the value begun
        self._at = 0  # so far it is scanned
        self._start: int | None = None  # where the value begun begins
        self._long = b""  # the beginning of the value begun, if the rest of it is dropped
        self._depth = 0
        self._in_string = False
        self._in_word = False
        self._in_array = False
        self._line = 1  # of the beginning of the text
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
        if not block and self._in_word:
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
        self._in_word = sign not in b'"{}[]'
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
        while self._at < end:
            if self._in_string:
                self._at = _end(_IN_STRING, text, self._at)
                if text[self._at : self._at + 1] != b'"':
                    return False
                self._in_string = False
            else:
                self._at = _end(_TO_BRACKET, text, self._at)
                sign = text[self._at : self._at + 1]
                if not sign:
                    return False
                self._in_string = sign == b'"'
                self._depth += 0 if self._in_string else 1 if sign in _OPENING else -1
            self._at += 1
            if self._depth <= 0 and not self._in_string:
                return True
        return False

    def _take(self) -> bytes:
        value = self._long or self._text[self._start : min(self._at, (self._start or 0) + self._limit + 1)]
        self._start, self._long, self._depth, self._in_word = None, b"", 0, False
        return value


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
