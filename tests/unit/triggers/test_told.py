"""What a sensor is told by its trigger: nothing in it is believed that the trigger could not have said."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysError
from airflow_provider_genesys.tasks.told import Told

TOLD = Told("timeout", "nobody is there", None, 3, 1_800_000_000.0)


def test_what_a_trigger_told_is_read_as_it_was() -> None:
    assert Told.from_event(TOLD.event()) == TOLD


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("deadline", value) for value in (float("nan"), float("inf"), -1.0, 1e300, 10**400, True, "1", None)),
        *(("looks", value) for value in (-5, 1.5, 10**12, None)),
        *(("said", None), ("found", []), ("incurable", 1), ("status", "over")),
    ],
)
def test_what_no_trigger_tells_is_refused(name: str, value: Any) -> None:
    with pytest.raises(GenesysError, match="resumed with"):
        Told.from_event(TOLD.event() | {name: value})
