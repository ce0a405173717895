"""A quarter's calls become the events that the example's code made of them, which wrote the digest."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from airflow_provider_genesys.interactions.ids import stable_id
from tests.unit.interactions.test_calls_of_the_example import ROOT, converted

QUARTER = ROOT.parent / "shared" / "data" / "calls-2021-q1.csv"
DIGEST = "c5adaf5ff357e23c4a0b192efdb696dd9717b5a6db46c08a8f96331b401c169d"
"""SHA-256 of the events of a quarter's 5,000 calls."""


@pytest.mark.skipif(not QUARTER.exists(), reason="the quarter of real calls is not shipped with the project")
def test_all_calls_of_a_quarter_give_the_events_of_before_in_their_order() -> None:
    done = converted(QUARTER.read_text("utf-8-sig"))
    assert (done.account.converted, len(done.events)) == (5000, 4054 * 8 + 946 * 4)
    assert hashlib.sha256(done.events_file).hexdigest() == DIGEST
    # Counted in the file: 3,646 of the answered calls were resolved.
    assert Counter(event.get("code") for event in done.events)[stable_id("resolved")] == 3646
