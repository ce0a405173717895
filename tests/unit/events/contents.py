"""Files whose content a test makes, the records that are read from them, and events to fill them with."""

from __future__ import annotations

import gzip
import io
import json

from hypothesis import strategies as st

from airflow_provider_genesys.events import source
from airflow_provider_genesys.events.source import Chunk, read


class Content:
    """A path object of something else than a disk; ``open`` gives what ``file.read`` would from generated blocks."""

    protocol = "generated"

    def __init__(self, blocks, name="generated://file"):
        self.blocks = blocks
        self.name = self.path = name

    def __str__(self):
        return self.name

    @property
    def fs(self):
        return self

    def info(self, path):
        return {"name": path, "type": "file"}

    def invalidate_cache(self, path=None):
        """Forget listings, of which there are none."""

    def open(self, mode, block_size):
        assert mode == "rb"
        return Generated(self.blocks() if callable(self.blocks) else iter([self.blocks]))


class Generated(io.RawIOBase):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = blocks
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.rest = self.rest or next(self.blocks, b"")
        block, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(block)] = block
        return len(block)


def chunks_of(data, stream="user_presences", **options) -> list[Chunk]:
    """Return the chunks of a file's content, after checking what holds for all."""
    chunks = list(read(Content(data), stream=stream, **options))
    for chunk in chunks:
        assert 1 <= len(chunk.records) <= 64
        assert len(chunk.lines) == len(chunk.records)
        assert chunk.types is None or len(chunk.types) == len(chunk.records)
        assert all(len(chunk.records[index]) <= 2_000 for index in chunk.errors)
        assert sum(map(len, chunk.records[:-1])) <= 2 * source.BLOCK
    return chunks


def records_of(data, stream="user_presences", **options) -> list[tuple[int, bytes]]:
    chunks = chunks_of(data, stream, **options)
    assert not any(chunk.errors for chunk in chunks)
    return [pair for chunk in chunks for pair in zip(chunk.lines, chunk.records, strict=True)]


def rows_of(data, stream="user_presences", **options) -> list[tuple[int, bytes, str | None, str | None]]:
    """Return line, record, type and error of each record."""
    return [
        (line, record, chunk.types[index] if chunk.types else None, chunk.errors.get(index))
        for chunk in chunks_of(data, stream, **options)
        for index, (line, record) in enumerate(zip(chunk.lines, chunk.records, strict=True))
    ]


TEXT = st.text(st.sampled_from('ab"\\{}[],:\n é😀'), max_size=8)
OWN = {"userId": "u", "presence": "x"}
"""Properties of an event: an object without them that holds rows is none, but a wrapper of them."""
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3).map(OWN.__or__),
    max_leaves=12,
)
EVENT = st.dictionaries(TEXT, VALUE, max_size=4).map(OWN.__or__)
BOM = b"\xef\xbb\xbf"
PACKED = st.sampled_from(
    [lambda data: data, gzip.compress, lambda data: BOM + data, lambda data: gzip.compress(BOM + data)]
)
BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 64, 1000, source.BLOCK])


def dump(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()
