from __future__ import annotations

import pytest

from airflow_provider_genesys.events import bodies, inputs, source


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> int:
    """Have records end at a tenth of what they may be long, which is still several blocks of a file."""
    longest = source.MAX_RECORD // 10
    assert longest > 3 * source.BLOCK
    for module in (bodies, inputs, source):
        monkeypatch.setattr(module, "MAX_RECORD", longest)
    return longest
