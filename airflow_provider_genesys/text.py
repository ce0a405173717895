"""Text from elsewhere, such as the name that somebody gave to something, made fit for logs, messages and Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH = 160

UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A pattern of what is shaped like an id of Genesys Cloud's or Vonage's."""
_UUID = re.compile(UUID)
_SPECIAL = re.compile(r"[\\`*\[\]|~#!]|(?<!\w)_|_(?!\w)")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """Return text that means itself in a cell of a Markdown table."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\g<0>", plain)


def visible(text: str) -> str:
    """Return text without line breaks and other characters that would act on a log or turn a page's words round."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_uuid(text: str) -> bool:
    """Tell whether it is shaped like an id of Genesys Cloud's or Vonage's, in whatever case."""
    return _UUID.fullmatch(text) is not None


def first_of(items: Sequence[str], most: int) -> list[str]:
    """Return the first so many, and after them how many more there are."""
    more = len(items) - most
    return [*items[:most], *([f"and {more:,} more"] if more > 0 else [])]


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
