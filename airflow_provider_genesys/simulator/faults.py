"""Faults on request: rules that say which requests go wrong, how, and how often."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Field(default=1.0, ge=0, le=1)


class PartialFault(BaseModel):
    """Refuse single events inside a 200.

    Which events: those in ``event_ids``, or every ``every``-th one, or else each with ``probability``, which depends on
    the seed and on the event's id alone: the same events fail however they are batched.

    :param retryable: what the error says about sending the event again.
    :param times: how often each of them fails before it is accepted; left out, once if retryable, else always.
    """

    model_config = ConfigDict(extra="forbid")

    retryable: bool
    probability: float = Probability
    event_ids: frozenset[str] | None = None
    every: int | None = Field(default=None, ge=1)
    times: int | None = Field(default=None, ge=1)
    message: str = "The event could not be processed."

    @model_validator(mode="after")
    def _default_times(self) -> Self:
        if self.times is None and self.retryable:
            self.times = 1
        return self


class FaultRule(BaseModel):
    """Which requests go wrong, and how: in one of the ways from ``status`` to ``omit_entities``, or just late.

    :param method: glob for the method.
    :param path: glob for the path; ``*`` spans slashes.
    :param probability: of the requests that match, how many.
    :param after: leave the first so many alone.
    :param count: go wrong at most so many times.
    :param latency_ms: wait so long before acting, besides the general latency.
    :param status: answer with this status, without acting unless ``acts``.
    :param code: error code of that answer; left out, the usual one of the status. A 502 without one is HTML.
    :param message: message of that answer.
    :param retry_after: its ``Retry-After``: a number of seconds, or any text.
    :param retry_after_date: its ``Retry-After`` as an HTTP date, this many seconds from now.
    :param acts: act on the request before answering with ``status``, as when a gateway times out too early.
    :param reset: reset the connection without an answer, before or after acting.
    :param truncate: act, announce the whole answer, send half of it and close.
    :param partial: refuse single events inside a 200.
    :param expire_token: expire the token the request came with, so that it is answered 401.
    :param refuse_whole_body: answer 400 ``bad.request``, whatever is in the body.
    :param omit_entities: leave the last so many entities out of a listing, whose ``total`` stays as it is.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = "/api/*"
    probability: float = Probability
    after: int = Field(default=0, ge=0)
    count: int | None = Field(default=None, ge=1)
    latency_ms: float = Field(default=0, ge=0)
    status: int | None = Field(default=None, ge=400, le=599)
    code: str | None = None
    message: str | None = None
    retry_after: int | str | None = None
    retry_after_date: int | None = None
    acts: bool = False
    reset: Literal["before", "after"] | None = None
    truncate: bool = False
    partial: PartialFault | None = None
    expire_token: bool = False
    refuse_whole_body: bool = False
    omit_entities: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if len(self._ways()) > 1:
            raise ValueError(f"a rule goes wrong in one way, not in {' and '.join(self._ways())}")
        if not self._ways() and not self.latency_ms:
            raise ValueError("the rule does nothing: give it a status, reset, truncate, partial, ..., or a latency_ms")
        if self.status is None and (
            self.acts
            or any(value is not None for value in (self.code, self.message, self.retry_after, self.retry_after_date))
        ):
            raise ValueError("code, message, retry_after, retry_after_date and acts need a status")
        return self

    def _ways(self) -> list[str]:
        ways = ("status", "reset", "truncate", "partial", "expire_token", "refuse_whole_body", "omit_entities")
        return [way for way in ways if getattr(self, way)]

    def matches(self, method: str, path: str) -> bool:
        """Say whether the rule is about such a request."""
        return fnmatchcase(path, self.path) and fnmatchcase(method, self.method.upper())

    def retry_after_header(self) -> str | None:
        """Return the value of ``Retry-After`` for an answer given now; ``None`` for none."""
        if self.retry_after_date is not None:
            return format_datetime(datetime.now(UTC) + timedelta(seconds=self.retry_after_date), usegmt=True)
        return None if self.retry_after is None else str(self.retry_after)

    def describe(self) -> str:
        """Return what the rule does in a word or two, for the log of requests."""
        if self.status:
            return f"status {self.status}"
        if self.reset:
            return f"reset {self.reset}"
        return "".join(self._ways()) or "latency"


@dataclass(slots=True)
class ActiveRule:
    """A rule in force, with its own source of chance, so that one rule's draws do not change another's.

    :param number: its number, from 1.
    :param rule: the rule.
    :param seed: the simulator's seed.
    """

    number: int
    rule: FaultRule
    seed: int
    matched: int = 0
    applied: int = 0
    _chance: random.Random = field(init=False)
    _events_seen: int = 0
    _failures: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give the rule its chance."""
        self._chance = random.Random(f"{self.seed}:{self.number}")  # noqa: S311 (chance, not cryptography)

    def strikes(self, method: str, path: str) -> bool:
        """Say whether this request goes wrong, and count it."""
        rule = self.rule
        if not rule.matches(method, path):
            return False
        self.matched += 1
        if self.matched <= rule.after or (rule.count is not None and self.applied >= rule.count):
            return False
        if rule.probability < 1 and self._chance.random() >= rule.probability:
            return False
        self.applied += 1
        return True

    def refuses(self, event_id: str) -> bool:
        """Say whether this event gets an error inside the 200, and count it."""
        partial = self.rule.partial
        if partial is None:
            return False
        if event_id not in self._failures:
            self._events_seen += 1
            if not self._picks(partial, event_id):
                return False
        failures = self._failures.get(event_id, 0)
        if partial.times is not None and failures >= partial.times:
            return False
        self._failures[event_id] = failures + 1
        return True

    def _picks(self, partial: PartialFault, event_id: str) -> bool:
        if partial.event_ids is not None:
            return event_id in partial.event_ids
        if partial.every is not None:
            return self._events_seen % partial.every == 0
        digest = hashlib.blake2b(f"{self.seed}:{self.number}:{event_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) < partial.probability * 2**64

    def as_json(self) -> dict[str, Any]:
        """Return the rule and how often it matched and struck."""
        rule = self.rule.model_dump(mode="json", exclude_defaults=True)
        return {"number": self.number, "matched": self.matched, "applied": self.applied, "rule": rule}


class Faults:
    """The rules in force, in order.

    :param seed: what chance depends on.
    :param rules: rules to begin with.
    """

    def __init__(self, seed: int, rules: Sequence[FaultRule] = ()) -> None:
        self._seed = seed
        self._active: list[ActiveRule] = []
        self._last_number = 0
        self.add(rules)

    def __iter__(self) -> Iterator[ActiveRule]:
        """Iterate over the rules in force."""
        return iter(self._active)

    def add(self, rules: Sequence[FaultRule]) -> list[ActiveRule]:
        """Put rules at the end of the list.

        :param rules: the rules.
        :returns: the same rules, in force.
        """
        added = [ActiveRule(self._last_number + place, rule, self._seed) for place, rule in enumerate(rules, start=1)]
        self._last_number += len(added)
        self._active += added
        return added

    def clear(self) -> None:
        """Take all rules out of force."""
        self._active.clear()

    def reseed(self, seed: int) -> None:
        """Start the rules in force afresh, with another seed and all counts at zero."""
        self._seed = seed
        self._active = [ActiveRule(active.number, active.rule, seed) for active in self._active]

    def choose(self, method: str, path: str) -> ActiveRule | None:
        """Return the first rule that strikes this request, if any does.

        A rule that matches but spares the request (by chance, ``after`` or ``count``) lets the later ones have it.
        """
        return next((active for active in self._active if active.strikes(method, path)), None)
