"""What a client must not let out, and the one place where that is taken out of answers.

A server, or a gateway or proxy in its place, may repeat what it was sent: in its JSON, in a header, in the status line.
An answer is cleaned the moment it arrives, before anybody makes a message of it, so that nobody further up has to
think of it. The spelling makes no difference: plain or Base64, percent-encoded (in either case, or twice), with JSON's
or HTML's escapes, broken over lines, in capitals or small letters. In an error the first half of a long one is enough,
since what is repeated may be cut off; in data that is too little, which may be half of a name.
"""

from __future__ import annotations

import base64
import html
import json
import re
import string
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    import requests

_MASK = "***"
_LONG = 12  # characters; a shorter secret, such as "test", may also be a word in what an API answers
_WORD = 4  # characters, below which a secret is in every second sentence, and is looked for as a word of its own

_ESCAPE = re.compile(
    r"""
      %(?:25)*[0-9a-f]{2}                                  # percent-encoded, also more than once
    | \\+u[0-9a-f]{4}(?:(?<=\\ud[89ab][0-9a-f]{2})\\+u[0-9a-f]{4})?   # JSON's, also both halves of a character
    | \\+[nrt]                                             # JSON's line break
    | &\#?[0-9a-z]+;                                       # HTML's
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_UNIT = re.compile(rf"(?:{_ESCAPE.pattern})|.", re.ASCII | re.IGNORECASE | re.VERBOSE | re.DOTALL)
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
        alone = _forms([secret, secret.encode().decode("latin-1"), *_base64(secret)])  # latin-1: a header in UTF-8
        pair = _forms(_base64(f"{user}:{secret}") if user else ())
        anywhere, as_words = (pair, alone) if len(secret) < _WORD else (alone + pair, ())
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
        plain = _plain(_text(answer))
        return any(forms.least(form) in plain for form in wanted)


def _text(answer: requests.Response) -> str:
    return answer.content.decode("utf-8", "replace")


def _base64(text: str) -> Iterator[str]:
    for data in (text.encode(), text.encode("latin-1", "replace")):
        yield base64.b64encode(data).decode().rstrip("=")
        yield base64.urlsafe_b64encode(data).decode().rstrip("=")


def _forms(spellings: Iterable[str]) -> tuple[str, ...]:
    """Return what is looked for: a secret may hold what looks like an escape, so that each is read both ways."""
    spellings = [each for spelling in spellings for each in (spelling, spelling.lower(), spelling.upper())]
    return tuple(dict.fromkeys(filter(None, [*map(_plain, spellings), *map(_unescaped, spellings)])))


def _plain(text: str) -> str:
    """Return what all spellings of a text have in common, a character for each byte."""
    return _ESCAPE.sub(_meant, _bytes(text)).translate(_SMALL)


def _unescaped(text: str) -> str:
    """Return the same of a text in which nothing is an escape."""
    return _bytes(text).translate(_SMALL)


def _meant(escape: re.Match[str]) -> str:
    """Return what an escape stands for."""
    text = escape[0]
    if text[0] == "%":
        return chr(int(text[-2:], 16))
    if text[0] == "&":
        return _bytes(html.unescape(text))
    codes = re.findall(r"u([0-9a-f]{4})", text, re.IGNORECASE)
    halves = "".join(chr(int(code, 16)) for code in codes)
    return _bytes(halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _bytes(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _without(text: str, forms: _Forms) -> str:
    """Return a text without what is spelt in one of these forms."""
    plain = _plain(text)
    found = [(form, False) for form in forms.anywhere if forms.least(form) in plain]
    found += [(form, True) for form in forms.as_words if form in plain]
    if not found:
        return text
    units = [match[0] for match in _UNIT.finditer(text)]
    owners = [number for number, unit in enumerate(units) for _ in _plain(unit)]
    plain = "".join(map(_plain, units))
    hidden: set[int] = set()
    for form, is_word in found:
        head = forms.least(form)
        start = plain.find(head)
        while start >= 0:
            there = len(head)
            while there < len(form) and plain[start + there : start + there + 1] == form[there]:
                there += 1
            first, last = owners[start], owners[start + there - 1]
            if not is_word or _stands_alone(units, first, last):
                hidden.update(range(first, last + 1))
            start = plain.find(head, start + 1)
    pieces = [_MASK * (number - 1 not in hidden) if number in hidden else unit for number, unit in enumerate(units)]
    return "".join(pieces)


def _stands_alone(units: list[str], first: int, last: int) -> bool:
    """Tell whether no letter or digit is beside some of a text's units."""
    before, after = _plain("".join(units[first - 1 : first])), _plain("".join(units[last + 1 : last + 2]))
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
