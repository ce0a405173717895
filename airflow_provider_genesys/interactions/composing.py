"""The rows of a log that belong to one interaction, in whatever order they come, put together to that interaction."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.checks import CUSTOMER, UntellableError
from airflow_provider_genesys.interactions.gathering import gathered
from airflow_provider_genesys.interactions.happenings import Happening, Said, Step
from airflow_provider_genesys.interactions.model import Customer, Interaction, Leg, Service, Transfer, Wrap
from airflow_provider_genesys.interactions.scope import BadValueError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.happenings import Log
    from airflow_provider_genesys.interactions.mapping_file import Understood

_NEXT = "next"
"""As the leg that a transfer leads to: the one that begins next."""
_TARGETS = {"queue": "queue", "agent": "agent", "phone": "number"}


def put_together(records: Sequence[Understood], log: Log | None, conversation: str) -> Interaction:
    """Return the interaction of which segments tell, or the happenings of a log.

    :param conversation: the platform's id of it.
    :raises UntellableError: they contradict each other, or a value in them is not what it should be.
    """
    if log is None:
        return gathered([each.interaction for each in records], conversation)
    try:
        happenings = [log.happening(each.record) for each in records]
    except BadValueError as error:
        raise UntellableError(str(error)) from None
    return composed(conversation, happenings, log.accurate_to)


def composed(id_: str, happenings: Iterable[Happening], accurate_to: timedelta) -> Interaction:
    """Return the interaction that rows tell of.

    Of a field of the interaction the first that is said counts, but for its end, of which the last does; a leg that
    begins behind the end takes it back. Of a leg nothing is said twice.

    :param id_: the platform's id of it.
    :param happenings: in any order.
    :param accurate_to: how exact computed times are.
    :raises UntellableError: what is spoken of is not there, or the rows contradict each other.
    """
    composing = _Composing(accurate_to)
    in_order = sorted(happenings, key=lambda each: (each.at, each.order))
    for _, rows in groupby(in_order, key=lambda each: each.at):
        composing.moment(list(rows))
    return composing.interaction(id_)


@dataclass(slots=True)
class _Part:
    """A leg while it is put together.

    :param base: the key by which rows speak of it.
    :param key: its own, which also tells the how manieth it is of this kind and key.
    """

    kind: str
    base: str
    key: str
    fields: dict[str, Any]
    wrap: dict[str, Any] = field(default_factory=dict)
    left_by: dict[str, Any] = field(default_factory=dict)

    def is_so(self, which: str) -> bool:
        """Tell whether it is in a state."""
        if which == "passing_on":
            return bool(self.left_by) and "done" not in self.left_by
        return ("ended" in self.fields) is (which == "ended")


@dataclass(slots=True)
class _Composing:
    accurate_to: timedelta
    _said: Said = field(default_factory=Said)
    _end: dict[str, Any] = field(default_factory=dict)
    _parts: list[_Part] = field(default_factory=list)

    def moment(self, rows: list[Happening]) -> None:
        """Take the rows of one moment, in the order that makes sense, whatever that of the file is.

        What speaks of legs that are there comes first, then what begins legs; so a caller who leaves a queue and comes
        back to it in one second has left it before. Of what begins legs, those first that end in the same moment. What
        is about a leg that may not be there comes last.
        """
        while rows:
            spoken_of = {(step.kind, step.key) for row in rows for step in row.steps if not step.begins}
            fitting = (row for row in rows if self._fits(row))
            row = min(fitting, key=lambda row: _urgency(row, spoken_of), default=rows[0])
            rows.remove(row)
            self._take(row)

    def _fits(self, row: Happening) -> bool:
        """Tell whether all that a row speaks of is there."""
        begun = {(step.kind, step.key) for step in row.steps if step.begins}
        for step in row.steps:
            inviter = step.fields.get("invited_by")
            if inviter not in (None, CUSTOMER) and self._named(inviter) is None:
                return False
            if step.begins or step.which or (step.kind, step.key) in begun:
                continue
            part = self._last(step)
            if part is None or ("ended" in step.fields and "ended" in part.fields):
                return False
        return True

    def _last(self, step: Step) -> _Part | None:
        """Return the leg that a row speaks of."""
        for part in reversed(self._parts):
            is_named = part.kind == step.kind and step.key in (None, part.base)
            if is_named and (step.which is None or part.is_so(step.which)):
                return part
        return None

    def _named(self, base: str) -> _Part | None:
        return next((part for part in reversed(self._parts) if part.base == base), None)

    # --- what a row says ---

    def _take(self, row: Happening) -> None:
        said = row.said
        if not (said.only_if_open and "ended" in self._end):
            self._about_interaction(said)
        for step in row.steps:
            if step.begins:
                self._begin(step, row)
            elif (part := self._last(step)) is not None:
                self._set(part, step, row)
            elif step.which is None:
                raise UntellableError(f"{row.event} of {step.kind} {step.key!r}, which did not begin in what was read")

    def _about_interaction(self, said: Said) -> None:
        end: dict[str, Any] = {name: said.fields[name] for name in ("ended", "ended_by") if name in said.fields}
        if end:
            self._end = end
        for name in ("fields", "customer", "service", "info"):
            setattr(self._said, name, getattr(said, name) | getattr(self._said, name))

    def _begin(self, step: Step, row: Happening) -> None:
        fields = dict(step.fields)
        base = step.key or step.kind
        number = 1 + sum(part.kind == step.kind and part.base == base for part in self._parts)
        key = f"{step.kind}:{base}" if number == 1 else f"{step.kind}:{base} {number}"
        if (name := fields.get("invited_by")) not in (None, CUSTOMER):
            inviter = self._named(name)
            if inviter is None:
                raise UntellableError(f"{row.event} of {name!r}, which did not begin in what was read")
            fields["invited_by"] = inviter.key
            fields["started"] = self._not_before(inviter.fields["started"], fields["started"])
        wrap, left_by = fields.pop("wrap", {}), fields.pop("left_by", {})
        self._parts.append(_Part(step.kind, base, key, fields, wrap, left_by))
        if "ended" not in fields:
            self._end = {}

    def _set(self, part: _Part, step: Step, row: Happening) -> None:
        for name, value in step.fields.items():
            if name in ("wrap", "left_by"):
                _put(getattr(part, name), value, f"{name} of {part.key!r}", row)
            elif name == "invited_by":
                raise UntellableError(f"{row.event} says who invited {part.key!r}, which has begun before")
            else:
                _put(part.fields, {name: value}, repr(part.key), row)

    def _not_before(self, since: datetime, at: datetime) -> datetime:
        return since if timedelta() < since - at <= self.accurate_to else at

    # --- the whole ---

    def interaction(self, id_: str) -> Interaction:
        """Return the interaction."""
        said = self._said
        fields = {name: value for name, value in said.fields.items() if name not in ("ended", "ended_by")}
        for name in ("started", "direction"):
            if name not in fields:
                raise UntellableError(f"{name} is not said by any of its rows")
        for part in self._parts:
            part.fields["started"] = self._not_before(fields["started"], part.fields["started"])
        parts = sorted(self._parts, key=lambda part: part.fields["started"])
        return Interaction(
            id=id_,
            **fields,
            **self._end,
            customer=Customer(**said.customer),
            service=Service(**said.service),
            info=tuple(said.info.items()),
            legs=tuple(_leg(part, parts) for part in parts),
        )


def _urgency(row: Happening, spoken_of: Container[tuple[str, str | None]]) -> int:
    if any(not step.begins and step.which is None for step in row.steps):
        return 0
    if row.said.only_if_open or any(step.which for step in row.steps):
        return 3
    return 1 if any((step.kind, step.key) in spoken_of for step in row.steps) else 2


def _put(into: dict[str, Any], values: dict[str, Any], what: str, row: Happening) -> None:
    """Set fields; what is there already must be the same."""
    for name, value in values.items():
        if into.setdefault(name, value) != value:
            raise UntellableError(f"{row.event} sets {name} of {what}, which is set already to something else")


def _leg(part: _Part, parts: Sequence[_Part]) -> Leg:
    wrap = Wrap(**part.wrap) if part.wrap else None
    return Leg(key=part.key, kind=part.kind, **part.fields, wrap=wrap, left_by=_transfer(part, parts))  # type: ignore[arg-type]


def _transfer(part: _Part, parts: Sequence[_Part]) -> Transfer | None:
    """Return how a leg passed the customer on: where that is said so, to the leg that begins next, if one does."""
    fields = dict(part.left_by)
    if not fields:
        return None
    if fields.get("to_leg") == _NEXT:
        del fields["to_leg"]
        fields |= _to_next(part, parts, fields)
        if "to" not in fields:
            return None  # nobody was there to pass the customer on to
    elif "to_leg" in fields:
        to = next((each for each in reversed(parts) if each.base == fields["to_leg"]), None)
        fields["to_leg"] = fields["to_leg"] if to is None else to.key
    for name in ("kind", "target", "to", "at"):
        if name not in fields:
            raise UntellableError(f"left_by of {part.key!r} does not say {name}")
    return Transfer(**fields)


def _to_next(part: _Part, parts: Sequence[_Part], fields: dict[str, Any]) -> dict[str, Any]:
    if "at" not in fields:
        return {}
    behind = parts[parts.index(part) + 1 :]
    to = next((each for each in behind if each.kind in _TARGETS and each.fields["started"] >= fields["at"]), None)
    if to is None or "party" not in to.fields:
        return {}
    found = {"target": _TARGETS[to.kind], "to": to.fields["party"]}
    ended = part.fields.get("ended")
    if ended is None or to.fields["started"] <= ended:
        # Of a leg that begins when this one is gone, a transfer cannot tell that it arrived there.
        found["to_leg"] = to.key
        joined = to.fields.get("answered")
        if fields.get("kind") == "consult" and joined is not None and (ended is None or joined <= ended):
            found["joined"] = joined
    return found
