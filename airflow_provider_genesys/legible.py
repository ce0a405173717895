"""Text from elsewhere, such as the name that somebody gave to something, made fit for logs and Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*\[\]|~#!]|(?<!\w)_|_(?!\w)")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """Return text that means itself in a cell of a Markdown table."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\g<0>", plain)


def visible(text: str) -> str:
    """Return text without line breaks and other characters that would act on a log or turn a page's words round."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
