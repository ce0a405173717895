"""Fixtures of the transfers of records and of states, which are one program."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.interactions.transfer import Transfer
from tests.harness.killed import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

STEPS = ["_write_mark", "_publish", "_is_refused", "_move"]


@pytest.fixture(params=product(STEPS, ["before", "after"]), ids=lambda param: f"{param[1]} {param[0]}")
def killed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[None]]:
    """Kill the transfer that runs meanwhile, ``with killed():``, before or after one of its steps; each in turn."""
    step, when = request.param
    original = getattr(Transfer, step)

    def die(self: Any, *arguments: Any, **more: Any) -> Any:
        if when == "after":
            original(self, *arguments, **more)
        raise Killed

    @contextmanager
    def killing() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(Transfer, step, die)
            with pytest.raises(Killed):
                yield

    return killing
