"""Several records of one conversation, in whatever order they come, put together to the interaction that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_provider_genesys.interactions.checks import CUSTOMER, WHO_ANSWER

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.model import Customer, Interaction, Leg

_NEVER = datetime.max.replace(tzinfo=UTC)


def gathered(segments: Sequence[Interaction], conversation: str | None = None) -> Interaction:
    """Return one interaction of all that records tell of a conversation.

    The one that began first says how it began, with whom and in which direction; the one that ended last says when and
    by whom it ended: of several at once, the last to begin that knows by whom. Each leg's key is put behind its
    record's id, so that it is the same whichever records are there; legs that are shared keep theirs, and are one leg
    from the first beginning to the last end. An agent who left, and whom somebody in a later record came after, has
    transferred the customer, unless the record says how the leg ended.

    :param segments: at least one, in any order.
    :param conversation: the platform's id of the conversation, where it is not the one that the first record names.
    """
    in_order = sorted(segments, key=lambda each: (each.started, each.id))
    first = in_order[0]
    last = max(each.ended or _NEVER for each in in_order)
    said = [each.ended_by for each in in_order if (each.ended or _NEVER) == last and each.ended_by is not None]
    ended = None if last == _NEVER else last
    return replace(
        first,
        conversation=conversation or first.conversation,
        ended=ended,
        ended_by=said[-1] if said else None,
        customer=_customer(in_order),
        legs=tuple(_passed_on(_legs(in_order), ended)),
    )


def _customer(in_order: Sequence[Interaction]) -> Customer:
    """Return the first record's customer, who may have answered in a later one: a call out that was tried again."""
    first = in_order[0]
    if first.direction != "outbound":
        return first.customer
    return replace(first.customer, answered=next(filter(None, (each.customer.answered for each in in_order)), None))


def _legs(in_order: Sequence[Interaction]) -> list[tuple[int, Leg]]:
    """Return the legs of all records, each with the number of its record."""
    legs: list[tuple[int, Leg]] = []
    shared: dict[str, int] = {}
    for number, segment in enumerate(in_order):
        for leg in segment.legs:
            known = shared.get(leg.key) if leg.shared else None
            if known is not None:
                legs[known] = (legs[known][0], _together(legs[known][1], _of_segment(leg, segment)))
                continue
            if leg.shared:
                shared[leg.key] = len(legs)
            legs.append((number, _of_segment(leg, segment)))
    return legs


def _of_segment(leg: Leg, segment: Interaction) -> Leg:
    """Return a leg with keys that are unique in the conversation; what it ended with is its own record."""
    left_by = leg.left_by
    if left_by is not None and left_by.to_leg is not None:
        left_by = replace(left_by, to_leg=_key(left_by.to_leg, segment))
    return replace(
        leg,
        key=_key(leg.key, segment),
        interaction=leg.interaction or segment.id,
        invited_by=None if leg.invited_by is None else _key(leg.invited_by, segment),
        ended=segment.ended if leg.ended is None else leg.ended,
        left_by=left_by,
    )


def _key(key: str, segment: Interaction) -> str:
    is_shared = key == CUSTOMER or any(leg.shared for leg in segment.legs if leg.key == key)
    return key if is_shared else f"{segment.id}:{key}"


def _together(leg: Leg, later: Leg) -> Leg:
    """Return the leg that two records tell of."""
    return replace(
        leg,
        answered=leg.answered or later.answered,
        ended=None if leg.ended is None or later.ended is None else max(leg.ended, later.ended),
        outcome=later.outcome or leg.outcome,
        holds=leg.holds + later.holds,
        muted=leg.muted + later.muted,
        wrap=later.wrap or leg.wrap,
        left_by=later.left_by or leg.left_by,
    )


def _passed_on(legs: Sequence[tuple[int, Leg]], ended: datetime | None) -> list[Leg]:
    """Return the legs, with agents who passed the customer on to somebody in a later record."""

    def came_after(number: int, leg: Leg, answered: datetime) -> bool:
        if leg.ended is None or (ended is not None and leg.ended >= ended):
            return False
        later = (each for at, each in legs if at > number)
        taken = (each.answered if each.kind in WHO_ANSWER else each.started for each in later)
        return any(each is not None and each > answered for each in taken)

    return [
        replace(leg, outcome="transferred")
        if leg.kind == "agent"
        and leg.outcome is None
        and leg.left_by is None
        and leg.answered is not None
        and came_after(number, leg, leg.answered)
        else leg
        for number, leg in legs
    ]
