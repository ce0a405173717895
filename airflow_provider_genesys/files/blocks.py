"""A file's bytes block by block, on whatever store it is and whether it is gzipped or not."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from airflow_provider_genesys.files.refusals import reading
from airflow_provider_genesys.files.storage import StoragePath, opened

_BLOCK = 1_048_576
_REMOTE_BLOCK = 4 * 1024 * 1024  # what fsspec fetches at a time; the stores' defaults go up to 50 MB


def blocks_of(content: StoragePath | bytes, size: int, argument: str) -> Iterator[bytes]:
    """Yield what is in a file, or in its bytes, as it is read: nothing is asked for twice, so it may be a pipe.

    :param size: bytes read at a time.
    :param argument: what the file was given as, for messages.
    :raises GenesysError: as :func:`~airflow_provider_genesys.files.refusals.reading` does.
    """
    if isinstance(content, bytes):
        for start in range(0, len(content), size):
            yield content[start : start + size]
        return
    with reading(argument, content), opened(content, _REMOTE_BLOCK) as file:
        while block := file.read(size):
            yield block


def lines_of(content: StoragePath, argument: str) -> Iterator[bytes]:
    """Yield the lines of a file, without their ends.

    :param argument: what the file was given as, for messages.
    :raises GenesysError: as :func:`blocks_of` does.
    """
    rest = b""
    for block in blocks_of(content, _BLOCK, argument):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


def unzipped(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Return a file's blocks, decompressed if it is a gzip file.

    :raises EOFError: as :func:`gunzip` does, while they are taken; ``zlib.error`` too.
    """
    head = head_of(blocks, 2)
    blocks = chain([head], blocks)
    return gunzip(blocks, size) if head.startswith(b"\x1f\x8b") else blocks


def head_of(blocks: Iterator[bytes], least: int) -> bytes:
    """Take blocks until there are so many bytes, or all."""
    head = b""
    while len(head) < least and (block := next(blocks, b"")):
        head += block
    return head


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
