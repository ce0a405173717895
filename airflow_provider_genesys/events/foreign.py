"""What is no JSON at all: text and bytes that may hold any number of events, in a form that is not read here."""

from __future__ import annotations

import re

LONGEST_STRAY = 40
"""Bytes of the times of two events: text that is no longer holds one at most, and counts as one record."""

_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1d\x1f\x7f]")  # white space and the record separator are none
_BASE64 = re.compile(rb"[\w+/-]{30,}+=*+\s*+\Z", re.ASCII)
_BETWEEN_CELLS = re.compile(rb"[,;\t|]")


def form_of(text: bytes) -> str | None:
    """Say what the beginning of an input is, by its first line; ``None`` for JSON, and for too little to matter.

    What ends like an object or list may be the rest of one, in a file that was cut by size.

    :param text: from the first byte that is no separator on: the whole first line, and more than ``LONGEST_STRAY``
        bytes if there are so many.
    """
    line = text.partition(b"\n")[0].rstrip()
    is_json = text.startswith((b"{", b"[")) or line.rstrip(b", ").endswith((b"}", b"]"))
    if is_json or len(text) <= LONGEST_STRAY:
        return None
    if is_binary(line):
        return "binary data"
    if line.startswith(b"<"):
        return "XML or HTML"
    if line.startswith(b'"') and b"{" in line:
        return "JSON in quotation marks"
    if _BASE64.match(line):
        return "Base64"
    return "CSV" if _BETWEEN_CELLS.search(line) else "plain text"


def is_binary(record: bytes) -> bool:
    """Tell compressed or encrypted bytes from text: they are no UTF-8, and have control characters in them."""
    try:
        record.decode()
    except UnicodeDecodeError:
        return _CONTROL.search(record) is not None
    return False
