"""How to publish: the settings of one publish, checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from airflow_provider_genesys.events.dead_letters import FIELDS
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.exceptions import GenesysConfigError

MAX_LANES = 32


@dataclass(frozen=True, kw_only=True)
class PublishSettings:
    """How to publish; see ``GenesysCloudPublishEventsOperator`` for the meaning of each.

    :raises GenesysConfigError: from :meth:`validate`.
    """

    stream: str
    max_rejected: int | str = 0
    on_unknown: str = "resend"
    max_in_flight: int = 12
    max_attempts: int = 8
    max_rate_limit_wait: float = 900.0
    requests_per_minute: float | None = None
    max_wait: float | None = None
    duplicate_window: int = 100_000
    republish: bool = False
    dead_letter_fields: str = "all"

    def validate(self) -> None:
        """Raise :class:`GenesysConfigError` for the first setting that is wrong."""
        _one_of("stream", self.stream, STREAMS)
        _one_of("on_unknown", self.on_unknown, ("resend", "dead_letter"))
        _one_of("dead_letter_fields", self.dead_letter_fields, FIELDS)
        _within("max_in_flight", self.max_in_flight, 1, MAX_LANES, whole=True)
        _within("max_attempts", self.max_attempts, 1, 100, whole=True)
        _within("max_rate_limit_wait", self.max_rate_limit_wait, 0, 86_400)
        if self.requests_per_minute is not None:
            _within("requests_per_minute", self.requests_per_minute, 1, 1_000_000)
        if self.max_wait is not None:
            _within("max_wait", self.max_wait, 1, 86_400)
        _within("duplicate_window", self.duplicate_window, 0, 10_000_000, whole=True)
        self.allowed(0)

    def allowed(self, records: int) -> float:
        """Return how many of so many records ``max_rejected`` allows to be rejected, invalid or unknown."""
        value = self.max_rejected
        try:
            if isinstance(value, str) and value.strip().endswith("%"):
                share = float(value.strip()[:-1])
                if 0 <= share <= 100:  # noqa: PLR2004 - per cent
                    return records * share / 100
            elif (number := float(value)) >= 0:
                return number
        except (TypeError, ValueError):
            pass
        raise GenesysConfigError(f"max_rejected must be a number from 0 on, or a share such as '0.5%', not {value!r}")


def _one_of(name: str, value: Any, choices: Iterable[str]) -> None:
    if value not in (names := list(choices)):
        raise GenesysConfigError(f"{name} must be one of {', '.join(names)}, not {value!r}")


def _within(name: str, value: Any, lowest: float, highest: float, *, whole: bool = False) -> None:
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not number or not lowest <= value <= highest:
        kind = "a whole number" if whole else "a number"
        raise GenesysConfigError(f"{name} must be {kind} from {lowest:,} to {highest:,}, not {value!r}")
