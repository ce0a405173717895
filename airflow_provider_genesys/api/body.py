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


def read_body(answer: BaseHTTPResponse) -> bytes:
    """Read the body of an answer to its end; in an encoding that nobody knows it stays as it is.

    :raises BrokenAnswerError: it is not what its encoding says, or more, or less; or it is too large.
    :raises urllib3.exceptions.HTTPError: it broke off.
    """
    body = bytearray()
    for piece in answer.stream(_PIECE, decode_content=False):
        body += piece
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    return _decode(bytes(body)) if body and encoding in _ENCODINGS else bytes(body)


def _decode(encoded: bytes) -> bytes:
    """Return what all members of encoded data hold."""
    body = bytearray()
    while encoded:
        member = zlib.decompressobj(_EITHER)
        try:
            body += member.decompress(encoded, MOST_BYTES + 1 - len(body))
        except zlib.error:
            raise BrokenAnswerError("is not encoded as it says") from None
        if len(body) > MOST_BYTES:
            raise BrokenAnswerError(f"has more than {MOST_BYTES} bytes when it is decoded")
        if not member.eof:
            raise BrokenAnswerError("was cut off in its encoding")
        encoded = member.unused_data
    return bytes(body)
