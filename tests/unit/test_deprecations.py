"""What is deprecated is an error where our own code uses it, on every Airflow, and is somebody else's elsewhere."""

from __future__ import annotations

import warnings

import pytest


@pytest.mark.parametrize("category", [DeprecationWarning, PendingDeprecationWarning, FutureWarning])
@pytest.mark.parametrize("module", ["airflow_provider_genesys.operators.events", "unusual_prefix_0a1b_call_records"])
def test_our_own_use_is_an_error(category: type[Warning], module: str) -> None:
    with pytest.raises(category, match="it is old"):
        warnings.warn_explicit("it is old", category, "some.py", 1, module=module)


def test_the_use_of_others_is_theirs() -> None:
    with warnings.catch_warnings(record=True) as told:  # as the filters are; pytest.warns has its own
        warnings.warn_explicit("it is old", DeprecationWarning, "some.py", 1, module="airflow.models.dag")
    assert [str(each.message) for each in told] == ["it is old"]
