"""The body of an answer, decoded: the whole of what its encoding holds, or none.

``urllib3`` gives what it can make of an encoded body, which may be nothing of one that is cut off, and leaves out what
is behind it: of a refusal ``{}``, or no body at all.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.exact import MOST_BYTES, BrokenAnswerError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_PIECE = 65_536
# Nobody asks for an encoding, and some gateway may choose one all the same.
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER = zlib.MAX_WBITS | 32  # of zlib: the data tell which it is
_BARE = -zlib.MAX_WBITS
# Each member copies what is behind it, so a megabyte of empty ones takes seconds and a hundred take all day.
_MOST_MEMBERS = 100


def read_body(answer: BaseHTTPResponse) -> bytes:
    """Read the body of an answer to its end; in an encoding that nobody knows it stays as it is.

    :raises BrokenAnswerError: it is not what its encoding says, or more, or less; or it is too large.
    :raises urllib3.exceptions.HTTPError: it broke off.
    """
    body = bytearray()
    for piece in answer.stream(_PIECE, decode_content=False):
        body += piece
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if not body or encoding not in _ENCODINGS:
        return bytes(body)
    return _decode(bytes(body), _BARE if encoding == "deflate" and not _has_head(body) else _EITHER)


def _has_head(body: bytearray) -> bool:
    """Tell whether it begins as data of zlib (RFC 1950) or gzip do; of deflate some servers leave the head out."""
    is_zlib = body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
    return is_zlib or body.startswith(b"\x1f\x8b")


def _decode(encoded: bytes, kind: int) -> bytes:
    """Return what all members of encoded data of that kind hold."""
    body = bytearray()
    for _ in range(_MOST_MEMBERS):
        if not encoded:
            return bytes(body)
        member = zlib.decompressobj(kind)
        try:
            body += member.decompress(encoded, MOST_BYTES + 1 - len(body))
        except zlib.error:
            raise BrokenAnswerError("is not encoded as it says") from None
        if len(body) > MOST_BYTES:
            raise BrokenAnswerError(f"has more than {MOST_BYTES} bytes when it is decoded")
        if not member.eof:
            raise BrokenAnswerError("was cut off in its encoding")
        encoded = member.unused_data
    raise BrokenAnswerError(f"has more than {_MOST_MEMBERS} parts in its encoding")
