"""Several records of one conversation, in whatever order they come, put together to the interaction that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_genesys.interactions.checks import CUSTOMER

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.model import Interaction, Leg


def gathered(segments: Sequence[Interaction]) -> Interaction:
    """Return one interaction of all that records tell of a conversation.

    The one that began first says how it began, with whom and in which direction; the one that began last says when and
    by whom it ended. Each leg's key is put behind its record's id, so that it is the same whichever records are there.

    :param segments: at least one, in any order.
    """
    in_order = sorted(segments, key=lambda each: (each.started, each.id))
    first, last = in_order[0], in_order[-1]
    legs = [_of_segment(leg, segment) for segment in in_order for leg in segment.legs]
    return replace(first, ended=last.ended, ended_by=last.ended_by, legs=tuple(legs))


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
    return key if key == CUSTOMER else f"{segment.id}:{key}"
