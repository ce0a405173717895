"""How to publish: the settings of one publish, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from airflow_provider_genesys.arguments import AMOUNT, FLAG, ArgumentRule, amount_of, number, one_of, optional, read

MAX_LANES = 100
"""Connections of a client's pool are as many: no lane has to connect anew for each request."""

StreamName: TypeAlias = Literal["conversations", "user_presences", "user_routing_statuses", "custom_kpi_attributions"]
"""What events are; each name is a row of ``events.models.STREAMS``."""
OnUnknown: TypeAlias = Literal["resend", "dead_letter"]
"""What to do when an answer is lost and the events may have arrived."""
DeadLetterFields: TypeAlias = Literal["all", "ids"]
"""What a dead letter keeps of an event."""


@dataclass(frozen=True, kw_only=True)
class PublishSettings:
    """How to publish; see ``GenesysCloudPublishEventsOperator`` for the meaning of each.

    :raises GenesysConfigError: from :meth:`validate`.
    """

    stream: StreamName
    max_rejected: float | str = 0
    on_unknown: OnUnknown = "resend"
    max_in_flight: int = 12
    max_attempts: int = 8
    max_rate_limit_wait: float = 900.0
    requests_per_minute: float | None = None
    max_wait: float | None = None
    duplicate_window: int = 100_000
    republish: bool = False
    dead_letter_fields: DeadLetterFields = "all"

    def validate(self) -> None:
        """Raise :class:`GenesysConfigError` for the first setting that is wrong."""
        for name, rule in RULES.items():
            read(name, getattr(self, name), rule)

    def allowed(self, records: int) -> float:
        """Return how many of so many records ``max_rejected`` allows to be rejected, invalid or unknown."""
        return amount_of(self.max_rejected, records)


RULES: Mapping[str, ArgumentRule] = MappingProxyType(
    {
        "stream": one_of(*get_args(StreamName)),
        "on_unknown": one_of(*get_args(OnUnknown)),
        "dead_letter_fields": one_of(*get_args(DeadLetterFields)),
        "max_in_flight": number(1, MAX_LANES, whole=True),
        "max_attempts": number(1, 100, whole=True),
        "max_rate_limit_wait": number(0, 86_400),
        "requests_per_minute": optional(number(1, 1_000_000)),
        "max_wait": optional(number(1, 86_400)),
        "duplicate_window": number(0, 10_000_000, whole=True),
        "republish": FLAG,
        "max_rejected": AMOUNT,
    }
)
"""What each setting may be."""
