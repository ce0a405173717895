"""Text from elsewhere, such as the name that somebody gave to something, made fit for logs, messages and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH = 160
_ABOUT_MORE = 40
_T = TypeVar("_T")

QUOTED = r"""(?<!\w)[bB]?'(?:[^'\\]|\\.)*'|(?<!\w)[bB]?"(?:[^"\\]|\\.)*"|(?<!\w)['"].*"""
"""A pattern of what stands in quotes, as Python writes text, to the end where none close; an apostrophe within a word
opens none. With ``re.DOTALL``."""
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A pattern of what is shaped like an id of Genesys Cloud's or Vonage's."""
UUID4 = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
"""A pattern of an id in events, as the API describes them: version 4, with hyphens."""
# What looks like a number that somebody can be called at is none.
_CODE = re.compile(r"(?!.*\d{4})[A-Za-z][\w.-]{0,79}")
_UUID = re.compile(UUID)
_UUID4 = re.compile(UUID4)
_SPECIAL = re.compile(r"[\\`*\[\]|~#!]|(?<!\w)_|_(?!\w)")
# What has digits and is no number to be called at: ids, dates, IP addresses, seconds and milliseconds since 1970.
_NO_NUMBER = (
    rf"{UUID}|\b(?:19|20)\d\d[-./]\d\d[-./]\d\d(?!\d)|\b\d{{1,2}}[-./]\d{{1,2}}[-./](?:19|20)\d\d(?!\d)"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|\b1[5-9]\d{8}(?:\d{3})?\b"
)
_ADDRESS = r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
_MORE = r"(?:[ \u00a0()/.-]{0,3}\d)"
# Neither in a word nor behind other digits, as the end of a time or of a decimal is.
_ALONE = r"(?<!\w)(?<!\d[.:-])"
_END = r"(?!\w|-\w)"
_NUMBER = rf"(?:\+\(?\d|{_ALONE}(?:\(\d|\(?0)){_MORE}{{6,14}}{_END}|{_ALONE}[1-9]{_MORE}{{9,14}}{_END}"
_PERSONAL = re.compile(rf"(?P<kept>{_NO_NUMBER})|{_ADDRESS}|{_NUMBER}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """Return text that means itself in a cell of a Markdown table."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\g<0>", plain)


def visible(text: str) -> str:
    """Return text without line breaks and other characters that would act on a log or turn a page's words round."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_unicode(text: str) -> bool:
    """Tell whether text can be sent, or be in a file: half a surrogate pair, which JSON can hold, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def without_personal_data(text: str) -> str:
    """Return text with ``***`` for each e-mail address and telephone number in it, as far as their look tells them.

    A number is one with ``+``, a leading ``0`` or brackets and seven digits, or with ten, at most 15 of them; not what
    is an id, a date, an IP address or a time in seconds. A name looks like any other word.
    """
    return _PERSONAL.sub(lambda found: found[0] if found["kept"] else "***", text)


def parse_json(text: str | bytes) -> Any:
    """Read JSON, of which what is nested too deeply for Python is an error like any other.

    It is for files, settings and arguments; events are read by who checks them.

    :raises ValueError: it is none, or too deep.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_code(text: str) -> bool:
    """Tell whether it is a short code, which names no value, rather than words; a server may have written either."""
    return _CODE.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Tell whether it is shaped like an id of Genesys Cloud's or Vonage's, in whatever case."""
    return _UUID.fullmatch(text) is not None


def is_uuid4(text: str) -> bool:
    """Tell whether it is shaped like an id in events, in whatever case."""
    return _UUID4.fullmatch(text) is not None


def first_of(items: Sequence[str], most: int) -> list[str]:
    """Return the first so many, and after them how many more there are."""
    more = len(items) - most
    return [*items[:most], *([and_more(more)] if more > 0 else [])]


def and_more(count: int) -> str:
    """Say that there are so many more."""
    return f"and {count:,} more"


def fitting(rows: Iterable[_T], most: int, most_bytes: int) -> list[_T]:
    """Return the first so many rows, fewer where their JSON would be longer, for what goes into a database.

    :param most_bytes: of the JSON of all of them, as Airflow writes it: in ASCII.
    """
    fit: list[_T] = []
    left = most_bytes
    for row in rows:
        left -= len(json.dumps(row)) + 2
        if len(fit) == most or left < 0:
            break
        fit.append(row)
    return fit


def cut(text: str, most: int) -> str:
    """Return text of at most so many characters, and without those that would act on a page."""
    plain = visible(text)
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def whole_lines(markdown: str, most_bytes: int, rest: str) -> str:
    """Return Markdown of at most so many bytes: the first of its lines, and how many are left out.

    :param rest: where all of them are, for the last line.
    """
    if len(markdown.encode()) <= most_bytes:
        return markdown
    lines = markdown.rstrip("\n").split("\n")
    left = most_bytes - len(rest.encode()) - _ABOUT_MORE
    kept = 0
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept += 1
    return "\n".join([*lines[:kept], "", f"{len(lines) - kept:,} more lines are {rest}", ""])


def all_mistakes(beginning: str, mistakes: Sequence[str], most: int | None = None) -> str:
    """Return a message that lists what is wrong, one a line, behind how many that are.

    :param beginning: whose they are, such as ``the mapping has``.
    :param most: how many to list at most, if not all.
    """
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    shown = mistakes if most is None else first_of(mistakes, most)
    return "\n  ".join([f"{beginning} {count}:", *shown])


def for_log(*content: RenderableType) -> str:
    """Return what a terminal shows of it, with its escape sequences for colours, for a task's log.

    :param content: tables, which get as wide as they need to be up to 160 columns, and text, whose lines stay whole.
    """
    from rich.console import Console  # noqa: PLC0415 - imported when it is needed
    from rich.text import Text  # noqa: PLC0415

    out = StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", legacy_windows=False, width=_WIDTH, highlight=False
    )
    for each in content:
        console.print(each, soft_wrap=isinstance(each, str | Text))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
