"""What a command writes to its streams."""

from __future__ import annotations

import io
import json

import pytest

from airflow_provider_genesys.cli.streams import write


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_cannot_be_encoded_is_escaped_as_json_does_it(encoding: str) -> None:
    """Half a surrogate pair, and a byte of a file's name that is no UTF-8."""
    said = {"label": "\ud83d", "file": "/corrig\udce9.jsonl"}
    output = io.BytesIO()
    stream = io.TextIOWrapper(output, encoding)
    write(stream, json.dumps(said, ensure_ascii=False))
    assert json.loads(output.getvalue()) == said
