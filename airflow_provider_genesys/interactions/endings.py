"""How a communication ended, in Genesys Cloud's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow_provider_genesys.interactions.checks import WHO_ANSWER, begins_by_calling, end_of, is_offered

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.model import Interaction, Leg, LegKind

_TRANSFERRED_TO = {"queue": "TransferACD", "agent": "TransferUser", "phone": "Transfer", "number": "Transfer"}
_OUTCOMES = {"failed": "Error", "abandoned": "Peer", "overflow": "TransferACD", "missed": "System"}
_HANGING_UP: Mapping[str, tuple[LegKind, ...]] = {"customer": (), "agent": ("agent",), "other": ("phone", "customer")}
"""Kinds of the legs of which one hung up."""


def end_of_customer(interaction: Interaction) -> str:
    """Return the ``disconnectType`` of the customer's communication."""
    unanswered = interaction.direction == "outbound" and interaction.customer.answered is None
    match interaction.ended_by:
        case "error":
            return "Error"
        case "agent" | "other":
            return "Peer"
        case "customer" if not unanswered:
            return "Self"
        case None if interaction.medium == "email":
            return "Unknown"
    return "System"


def end_of_leg(leg: Leg, interaction: Interaction) -> str:
    """Return the ``disconnectType`` of a leg's communication.

    What the leg says itself comes first, then what came after it, then who ended the interaction.
    """
    if leg.left_by is not None and leg.left_by.result == "completed":
        return "TransferConsult" if leg.left_by.kind == "consult" else _TRANSFERRED_TO[leg.left_by.target]
    if leg.outcome in _OUTCOMES:
        return _OUTCOMES[leg.outcome]
    if leg.outcome == "transferred":
        return _onward(leg, interaction) or "Transfer"
    if leg.kind not in WHO_ANSWER:
        passed_on = _onward(leg, interaction)
        return passed_on or ("TransferUser" if leg.outcome == "answered" else _with_interaction(leg, interaction))
    return _with_interaction(leg, interaction)


def _onward(leg: Leg, interaction: Interaction) -> str | None:
    """Return how the customer came on from a leg that does not say so: to the first leg after it that took over."""
    ended = end_of(leg, interaction)
    behind = interaction.legs[interaction.legs.index(leg) + 1 :]
    if ended is None or (interaction.ended is not None and ended >= interaction.ended and not _taken(leg, interaction)):
        return None
    for each in behind:
        taken = each.answered if is_offered(each, interaction) else each.started
        if taken is not None and taken >= leg.started and each.kind in _TRANSFERRED_TO:
            return _TRANSFERRED_TO[each.kind]
    return None


def _taken(leg: Leg, interaction: Interaction) -> bool:
    """Tell whether somebody took over at the very moment at which a leg and the interaction ended."""
    return any(each.answered == interaction.ended for each in interaction.legs if each is not leg)


def _with_interaction(leg: Leg, interaction: Interaction) -> str:
    """Return how a leg ended that nobody passed on: by itself, if before the rest, else as the interaction did."""
    ended = end_of(leg, interaction)
    taken_part = not is_offered(leg, interaction) or leg.answered is not None
    if interaction.ended is None or ended is None or ended < interaction.ended:
        return "Self" if taken_part and leg.kind in WHO_ANSWER else "System"
    if interaction.ended_by is not None and interaction.ended_by in _HANGING_UP:
        return "Self" if leg is _who_hung_up(interaction, _HANGING_UP[interaction.ended_by]) else "Peer"
    if interaction.ended_by is None and interaction.medium == "email":
        return "Unknown"
    return "Error" if interaction.ended_by == "error" else "System"


def _who_hung_up(interaction: Interaction, kinds: tuple[LegKind, ...]) -> Leg | None:
    """Return the last leg of some kinds that was there when the interaction ended."""
    there = [
        leg
        for leg in interaction.legs
        if leg.kind in kinds and end_of(leg, interaction) == interaction.ended
        if leg.answered is not None or (begins_by_calling(interaction) and leg is interaction.legs[0])
        if leg.left_by is None or leg.left_by.result != "completed"
    ]
    return there[-1] if there else None
