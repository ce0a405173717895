"""Cutting an input into shards by key: tasks publish them side by side, and each key's events keep their order."""

from __future__ import annotations

import json
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.inputs import find_inputs
from airflow_provider_genesys.events.source import Source, read
from airflow_provider_genesys.events.texts import telling_kind
from airflow_provider_genesys.files.overwriting import refuse_left_over, refuse_overwriting
from airflow_provider_genesys.files.refusals import named
from airflow_provider_genesys.files.storage import address, writing

if TYPE_CHECKING:
    from airflow_provider_genesys.events.inputs import OpenPath
    from airflow_provider_genesys.events.models import Stream
    from airflow_provider_genesys.files.storage import StoragePath

_LINE_BREAKS = bytes.maketrans(b"\n\r", b"  ")  # white space, in JSON


def shard(
    source: Source, stream: Stream, count: int, folder: StoragePath, *, open_path: OpenPath = Path
) -> list[tuple[str, int]]:
    """Cut an input into shards, JSON Lines each, whole or not at all, over what was there.

    Nothing is checked: what is no event is a record of some shard too, and invalid for who publishes that.

    :param source: as ``events.source.read`` takes it.
    :param stream: what the records are events of; all events of one key are in one shard, in their order.
    :param count: how many shards; some may be empty.
    :param folder: where they go, on any store.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :return: of each shard its path and how many records are in it. They depend on keys and ``count`` only, so the same
        input gives the same shards.
    :raises GenesysConfigError: a file of the source is one of the shards, or of those of an earlier cut in the folder.
    :raises GenesysError: as ``events.source.read`` does; or the folder cannot be written.
    """
    paths = [folder / f"shard-{number:03}-of-{count:03}.jsonl" for number in range(count)]
    counts = [0] * count
    inputs = find_inputs(source, open_path)
    with named("destination", folder), ExitStack() as stack:
        contents = [content for _, content in inputs]
        refuse_overwriting("source", contents, paths, "destination")
        refuse_left_over("source", contents, folder, "shard-*-of-*.jsonl", "destination")
        files = [stack.enter_context(writing(path)) for path in paths]
        for chunk in read(source, stream=stream.name, open_path=open_path):
            for text, kind in zip(chunk.records, chunk.types or [None] * len(chunk.records), strict=True):
                record = telling_kind(text, kind if stream.typed else None)
                number = _shard_of(_key_of(record, stream.key), count)
                counts[number] += 1
                files[number].write(record.translate(_LINE_BREAKS) + b"\n")
    return [(address(path), records) for path, records in zip(paths, counts, strict=True)]


def _key_of(text: bytes, name: str) -> str | bytes:
    """Return a record's key; of a dead letter that of the event in it, and where there is none the record itself."""
    try:
        event: Any = json.loads(text)
        if isinstance(event, dict) and "dead_letter" in event:
            event = event.get("event")
            event = json.loads(event) if isinstance(event, str) else event
    except (ValueError, RecursionError):
        return text
    key = event.get(name) if isinstance(event, dict) else None
    return key.lower() if isinstance(key, str) else text


def _shard_of(key: str | bytes, count: int) -> int:
    """Return the number of a key's shard; by another digest than lanes, or a shard's keys would share a few of them."""
    data = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") % count
