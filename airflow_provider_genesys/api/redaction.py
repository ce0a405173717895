"""What a client must not let out, and the one place where that is taken out of answers.

A server, or a gateway or proxy in its place, may repeat what it was sent: in its JSON, in a header, in the status line.
An answer is cleaned the moment it arrives, before anybody makes a message of it, so that nobody further up has to
think of it. The spelling makes no difference: plain, in hexadecimal digits, or Base64, also of a text that it is only a
part of, percent-encoded (in either case, or twice), with the escapes of JSON, HTML or a program's text, in UTF-8 or
Latin-1, broken over lines, in capitals or small letters. :func:`_spellings` lists them. In an error the first half of a
long one is enough, since what is repeated may be cut off; in data that is too little, which may be half of a name.
"""

from __future__ import annotations

import base64
import html
import json
import re
import string
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, quote_plus

from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    import requests

_MASK = "***"
_LONG = 12  # characters; a shorter secret, such as "test", may also be a word in what an API answers
_WORD = 4  # characters, below which a secret is in every second sentence, and is looked for as a word of its own
_PART = 8  # characters, from which on a secret is found within the Base64 of a longer text
_LONG_CODE = 8  # digits of a character's number in a program's text
_ENCODINGS = ("utf-8", "latin-1", "cp1252")


def _escapes(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.IGNORECASE | re.VERBOSE)


_BACKSLASHED = r"""
    (?-i:U)[0-9a-f]{8} | x[0-9a-f]{2}                           # a program's text, and a byte in it
    | u[0-9a-f]{4}(?:(?<=\\ud[89ab][0-9a-f]{2})\\+u[0-9a-f]{4})?   # JSON's, also both halves of a character
"""
_ANY_ESCAPE = _escapes(rf"%(?:25)*[0-9a-f]{{2}} | \\+(?:{_BACKSLASHED} | [nrt]) | &\#?[0-9a-z]+;")
"""How escapes are read first: all kinds, also one within another."""
_ONE_KIND = tuple(map(_escapes, ("%[0-9a-f]{2}", rf"\\(?:{_BACKSLASHED} | .)", r"&\#?[0-9a-z]+;", "(?!)")))
"""How they are read then: one kind, or none. Else ``%ab`` is a byte where ``abc`` is a secret behind a percent sign."""
_DROPPED = dict.fromkeys(map(ord, " \t\r\n\v\f+\\"))  # where a text may be broken, and a plus stands for a blank
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase) | _DROPPED
"""Of what is one character for each byte only ASCII has capitals and small letters."""


class _Forms(NamedTuple):
    """What is looked for, as :func:`_plain` writes it.

    :param anywhere: wherever it is.
    :param as_words: only where it is a word of its own.
    :param halves: whether the first half of a long one is taken for it.
    """

    anywhere: tuple[str, ...] = ()
    as_words: tuple[str, ...] = ()
    halves: bool = False

    def least(self, form: str) -> str:
        """Return as much of what is looked for as has to be there."""
        return form[: len(form) // 2] if self.halves and len(form) >= 2 * _LONG else form


class Secrets:
    """The secrets of one client, and what takes them out of answers. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: frozenset[str] = frozenset()
        self._forms = _Forms(halves=True)
        self._forms_in_data = _Forms()

    def add(self, secret: str, *, user: str = "", guest: bool = False) -> bool:
        """Take one more secret out of all answers from now on.

        :param secret: the secret, as it is.
        :param user: whose it is, if the two are sent as a basic ``Authorization``.
        :param guest: whether it is a guest's, which the operations of guests may answer for good reason.
        :return: whether it is a new one.
        """
        if not secret or secret in self._known:
            return False
        alone = _forms(_spellings(secret))
        codes = [*_base64(f"{user}:{secret}")] if user else []  # also where all of a request's head is in Base64
        pair = _forms(
            [
                *codes,
                *(code.encode().hex() for code in codes),
                *(part for code in codes if len(code) >= _PART for part in _within_base64(code)),
            ]
        )
        as_words = tuple(form for form in alone if min(len(form), len(secret)) < _WORD)
        anywhere = tuple(form for form in alone if form not in as_words) + pair
        with self._lock:
            self._known |= {secret}
            self._forms = _Forms(self._forms.anywhere + anywhere, self._forms.as_words + as_words, halves=True)
            if not guest:
                long = tuple(form for form in anywhere if len(form) >= _LONG)
                self._forms_in_data = _Forms(self._forms_in_data.anywhere + long)
        return True

    def redact(self, text: str) -> str:
        """Return a text without the secrets, each of them replaced by ``***``."""
        return _without(text, self._forms)

    def redact_values(self, data: Any) -> Any:
        """Return a JSON value without the secrets; in names only without those of some length, which no name is."""
        return _walk(data, self._forms._replace(halves=False), names=self._forms_in_data)

    def clean(self, answer: requests.Response) -> None:
        """Take the secrets out of an answer that is an error: status line, headers and body."""
        answer.reason = self.redact(answer.reason or "")
        answer.headers = CaseInsensitiveDict({name: self.redact(value) for name, value in answer.headers.items()})
        if not self._holds(answer, self._forms):
            return
        try:
            body = json.dumps(_walk(json.loads(answer.content), self._forms))
        except (ValueError, RecursionError):
            body = self.redact(_text(answer))
        answer._content = body.encode()  # noqa: SLF001 - requests has no public way to replace a body

    def clean_data(self, answer: requests.Response, data: Any) -> Any:
        """Return what an answer that is no error holds, without the client's own secrets of some length.

        :param answer: the answer.
        :param data: the JSON in it.
        """
        return _walk(data, self._forms_in_data) if self._holds(answer, self._forms_in_data) else data

    @staticmethod
    def _holds(answer: requests.Response, forms: _Forms) -> bool:
        """Tell whether there may be secrets in a body, at a cost that a large one can bear."""
        wanted = (*forms.anywhere, *forms.as_words)
        if not wanted or not answer.content:
            return False
        text = _text(answer)
        plains = (_plain(text, escapes) for escapes in _readings(text))
        return any(forms.least(form) in plain for plain in plains for form in wanted)


def _text(answer: requests.Response) -> str:
    """Return a body as text, in the encoding in which JSON is read."""
    return answer.content.decode(json.detect_encoding(answer.content), "replace")


def _spellings(secret: str) -> Iterator[str]:
    """Return all that a secret is looked for as, but for escapes, of which :func:`_plain` knows what they stand for."""
    for text in (secret, secret.lower(), secret.upper()):
        yield text
        for data in _encoded(text):
            yield data.decode("latin-1")  # a header in UTF-8
            yield quote(data)
            yield data.hex()  # in capitals it is read as small letters
        yield ascii(text)[1:-1]  # one of Latin-1 is a byte there, and others are not
    yield from _base64(secret)
    if len(secret) >= _PART:
        yield from _within_base64(secret)


def _within_base64(secret: str) -> Iterator[str]:
    """Return what of a secret's Base64 is the same wherever it is in a longer text, such as the body of a form."""
    bodies = {data for text in (secret, json.dumps(secret)[1:-1]) for data in _encoded(text)}
    bodies |= {coded.encode() for data in _encoded(secret) for coded in (quote_plus(data), quote(data, safe=""))}
    for data in bodies:
        for before, unsure in enumerate((0, 2, 3)):
            whole = 8 * (before + len(data)) // 6
            yield from (each[unsure:whole] for each in _codes(bytes(before) + data))


def _base64(text: str) -> Iterator[str]:
    for data in _encoded(text):
        yield from (each.rstrip("=") for each in _codes(data))


def _codes(data: bytes) -> tuple[str, str]:
    return base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()


def _encoded(text: str) -> Iterator[bytes]:
    for encoding in _ENCODINGS:
        with suppress(UnicodeEncodeError):
            yield text.encode(encoding)


def _forms(spellings: Iterable[str]) -> tuple[str, ...]:
    """Return what is looked for: a secret may hold what looks like an escape, so that each is read in all ways."""
    forms = (_plain(spelling, escapes) for spelling in spellings for escapes in _readings(spelling))
    return tuple(dict.fromkeys(filter(None, forms)))


def _readings(text: str) -> Iterator[re.Pattern[str]]:
    """Yield what is to be read as an escape in a text, in one way after the other."""
    yield _ANY_ESCAPE
    if _ANY_ESCAPE.search(text):
        yield from _ONE_KIND


def _plain(text: str, escapes: re.Pattern[str]) -> str:
    """Return what all spellings of a text have in common, a character for each byte."""
    return escapes.sub(_meant, _bytes(text)).translate(_SMALL)


def _meant(escape: re.Match[str]) -> str:
    """Return what an escape stands for, a character for each byte."""
    text = escape[0]
    if text[0] == "%":
        return chr(int(text[-2:], 16))
    if text[0] == "&":
        return _bytes(html.unescape(text))
    kind, code = text.lstrip("\\")[:1], text.lstrip("\\")[1:]
    if not code:
        return "" if kind in "nrtNRT" else kind
    if kind in "xX":
        return chr(int(code, 16))
    if len(code) == _LONG_CODE:
        return _bytes(chr(int(code, 16))) if int(code, 16) <= sys.maxunicode else ""
    halves = "".join(chr(int(each, 16)) for each in re.split(r"\\+u", code, flags=re.IGNORECASE))
    return _bytes(halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _bytes(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _without(text: str, forms: _Forms) -> str:
    """Return a text without what is spelt in one of these forms."""
    hidden: set[int] = set()
    for escapes in _readings(text):
        plain = _plain(text, escapes)
        found = [(form, False) for form in forms.anywhere if forms.least(form) in plain]
        if escapes is _ANY_ESCAPE:  # a word would be found within an escape otherwise
            found += [(form, True) for form in forms.as_words if form in plain]
        if found:
            hidden.update(_places(text, escapes, found, forms))
    if not hidden:
        return text
    return "".join(_MASK * (number - 1 not in hidden) if number in hidden else one for number, one in enumerate(text))


def _places(text: str, escapes: re.Pattern[str], found: Iterable[tuple[str, bool]], forms: _Forms) -> Iterator[int]:
    """Yield where in a text, read in one way, the characters are that spell what was found in it."""
    units = list(_units(text, escapes))
    plains = [_plain(unit, escapes) for unit in units]
    starts = [0, *accumulate(map(len, units))]
    owners = [number for number, plain in enumerate(plains) for _ in plain]
    plain = "".join(plains)
    for form, is_word in found:
        head = forms.least(form)
        start = plain.find(head)
        while start >= 0:
            there = len(head)
            while there < len(form) and plain[start + there : start + there + 1] == form[there]:
                there += 1
            first, last = owners[start], owners[start + there - 1]
            if not is_word or _stands_alone(plains, first, last):
                yield from range(starts[first], starts[last + 1])
            start = plain.find(head, start + 1)


def _units(text: str, escapes: re.Pattern[str]) -> Iterator[str]:
    """Yield the characters of a text, and each of its escapes as one."""
    at = 0
    for escape in escapes.finditer(text):
        yield from text[at : escape.start()]
        yield escape[0]
        at = escape.end()
    yield from text[at:]


def _stands_alone(plains: list[str], first: int, last: int) -> bool:
    """Tell whether no letter or digit is beside some of a text's units."""
    before, after = "".join(plains[first - 1 : first]), "".join(plains[last + 1 : last + 2])
    return not before[-1:].isalnum() and not after[:1].isalnum()


def _walk(value: Any, forms: _Forms, *, names: _Forms | None = None) -> Any:
    """Return a JSON value, in all of whose texts there is no secret.

    :param names: what is looked for in the names of its objects, if not the same.
    """
    if isinstance(value, str):
        return _without(value, forms)
    if isinstance(value, list | tuple):
        return [_walk(each, forms, names=names) for each in value]
    if isinstance(value, dict):
        in_names = forms if names is None else names
        return {_without(name, in_names): _walk(each, forms, names=names) for name, each in value.items()}
    return value
