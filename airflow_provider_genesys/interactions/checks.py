"""What cannot be told of an interaction, and why: it is refused, never bent until it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.model import Interaction, Leg, Span, Transfer

CUSTOMER = "customer"
"""Key of the customer's own leg."""
WHO_ANSWER = frozenset({"agent", "phone", "customer"})
"""Kinds of legs that are offered, and answered or not."""


class UntellableError(ValueError):
    """An interaction that cannot be told; the message says why."""


def refuse_untellable(interaction: Interaction) -> None:
    """Refuse what would become events that contradict each other, or the API's description.

    :raises UntellableError: there is something like that; the message names the first.
    """
    for reason in _reasons(interaction):
        raise UntellableError(reason)


def begins_by_calling(interaction: Interaction) -> bool:
    """Tell whether the first leg is the agent who places the call; else the customer was called by the platform."""
    if interaction.direction == "inbound" or not interaction.legs:
        return False
    first = interaction.legs[0]
    return first.kind == "agent" and first.started == interaction.started and first.invited_by is None


def is_offered(leg: Leg, interaction: Interaction) -> bool:
    """Tell whether somebody has to answer a leg: not a flow or queue, nor who places the call."""
    if leg.kind not in WHO_ANSWER:
        return False
    return not (begins_by_calling(interaction) and leg is interaction.legs[0] and leg.answered is None)


def _reasons(interaction: Interaction) -> Iterator[str]:
    if not interaction.id:
        yield "its id is empty"
    yield from _naive(interaction)
    if interaction.ended is not None and interaction.ended < interaction.started:
        yield "it ended before it began"
    yield from _about_customer(interaction)
    if interaction.medium == "email":
        yield from _about_email(interaction)
    keys = [CUSTOMER, *(leg.key for leg in interaction.legs)]
    if twice := next((key for number, key in enumerate(keys) if key in keys[:number]), None):
        yield f"the leg {twice!r} is there twice"
    for number, leg in enumerate(interaction.legs):
        for reason in _about_leg(leg, interaction, interaction.legs[:number]):
            yield f"leg {leg.key!r}: {reason}"


def _naive(interaction: Interaction) -> Iterator[str]:
    """Find times without a zone, which cannot be compared with the others."""
    times: list[datetime | None] = [interaction.started, interaction.ended, interaction.customer.answered]
    for leg in interaction.legs:
        times += [leg.started, leg.answered, leg.ended, leg.wrap.ended if leg.wrap else None]
        times += [time for span in (*leg.holds, *leg.muted) for time in (span.since, span.until)]
        if leg.left_by:
            times += [leg.left_by.at, leg.left_by.joined, leg.left_by.done]
    if any(time is not None and time.tzinfo is None for time in times):
        yield "a time has no zone"


def _about_customer(interaction: Interaction) -> Iterator[str]:
    customer = interaction.customer
    if interaction.direction == "internal":
        if customer.address or customer.name or customer.answered:
            yield "it is internal and has a customer"
        if not begins_by_calling(interaction):
            yield "it is internal, and does not begin with the agent who calls"
    if customer.answered is None:
        return
    if interaction.direction == "inbound":
        yield "its customer answered, though it is inbound"
    if customer.answered < interaction.started:
        yield "its customer answered before it began"
    if interaction.ended is not None and interaction.ended < customer.answered:
        yield "it ended before its customer answered"


def _about_email(interaction: Interaction) -> Iterator[str]:
    if interaction.direction == "internal":
        yield "an email is not internal"
    if not interaction.customer.address or not interaction.service.address:
        yield "an email needs the customer's address and ours"
    for leg in interaction.legs:
        if leg.kind == "phone":
            yield f"leg {leg.key!r}: an email has no phone"
        if leg.muted or leg.recording is not None:
            yield f"leg {leg.key!r}: an email has no sound"
        if leg.left_by and leg.left_by.kind == "consult":
            yield f"leg {leg.key!r}: an email is not transferred by a consultation"
        if leg.left_by and leg.left_by.target == "number":
            yield f"leg {leg.key!r}: an email is not transferred to a number"


def _about_leg(leg: Leg, interaction: Interaction, before: Sequence[Leg]) -> Iterator[str]:
    if leg.kind in {"queue", "agent"} and not leg.party:
        yield f"it does not say which {leg.kind}"
    yield from _about_times(leg, interaction)
    if leg.invited_by is not None and leg.invited_by != CUSTOMER:
        inviter = next((each for each in before if each.key == leg.invited_by), None)
        if inviter is None:
            yield f"no leg before it is {leg.invited_by!r}, which invited it"
        elif inviter.started > leg.started:
            yield f"it began before {leg.invited_by!r}, which invited it"
    if leg.invited_by == CUSTOMER and interaction.direction == "internal":
        yield "no customer invited it, since there is none"
    yield from _about_outcome(leg, interaction)
    yield from _about_attributes(leg, interaction)
    yield from _about_spans("hold", leg.holds, leg, interaction)
    yield from _about_spans("mute", leg.muted, leg, interaction)
    if leg.left_by is not None:
        yield from _about_transfer(leg, leg.left_by, interaction)


def _about_times(leg: Leg, interaction: Interaction) -> Iterator[str]:
    if leg.started < interaction.started:
        yield "it began before the interaction did"
    if interaction.ended is not None and leg.started > interaction.ended:
        yield "it began after the interaction had ended"
    ended = end_of(leg, interaction)
    if leg.answered is not None:
        if leg.kind not in WHO_ANSWER:
            yield f"{_a(leg)} is not answered"
        if leg.answered < leg.started:
            yield "it was answered before it began"
        if ended is not None and ended < leg.answered:
            yield "it ended before it was answered"
    if ended is None:
        return
    if ended < leg.started:
        yield "it ended before it began"
    if leg.kind not in WHO_ANSWER and interaction.ended is not None and ended > interaction.ended:
        yield f"{_a(leg)} cannot last longer than the interaction"


def end_of(leg: Leg, interaction: Interaction) -> datetime | None:
    """Return when a leg ended: with the interaction, if nothing else is said."""
    return interaction.ended if leg.ended is None else leg.ended


def _about_outcome(leg: Leg, interaction: Interaction) -> Iterator[str]:
    offered = is_offered(leg, interaction)
    if leg.outcome == "missed" and (leg.answered is not None or not offered):
        yield "it was missed, and answered" if leg.answered else f"{_a(leg)} that nobody has to answer is not missed"
    if leg.outcome == "answered" and offered and leg.answered is None:
        yield "it was answered, and does not say when"
    if leg.outcome == "overflow" and leg.kind in WHO_ANSWER:
        yield f"{_a(leg)} does not overflow"


def _about_attributes(leg: Leg, interaction: Interaction) -> Iterator[str]:
    if leg.kind != "queue" and (leg.skills or leg.language):
        yield f"{_a(leg)} asks for no skills and no language"
    if leg.behalf_of and (leg.kind != "agent" or interaction.direction != "outbound"):
        yield "only an agent who calls out does it on behalf of a queue"
    if leg.after_call_work is not None and leg.kind != "agent":
        yield f"{_a(leg)} does no after-call work"
    if leg.wrap is None:
        return
    if leg.kind != "agent" or (is_offered(leg, interaction) and leg.answered is None):
        yield (
            f"{_a(leg)} that did not answer has nothing to wrap up"
            if leg.kind == "agent"
            else (f"{_a(leg)} does not wrap up")
        )
    if leg.wrap.ended is not None:
        ended = end_of(leg, interaction)
        if ended is None:
            yield "after-call work is over, though the leg is not"
        elif leg.wrap.ended < ended:
            yield "after-call work ended before the leg did"


def _about_spans(what: str, spans: Sequence[Span], leg: Leg, interaction: Interaction) -> Iterator[str]:
    if not spans:
        return
    if leg.kind not in WHO_ANSWER or (is_offered(leg, interaction) and leg.answered is None):
        yield f"{_a(leg)} that did not answer cannot {what}" if leg.kind in WHO_ANSWER else f"{_a(leg)} cannot {what}"
        return
    last = leg.answered or leg.started
    ended = end_of(leg, interaction)
    for number, span in enumerate(spans, 1):
        if span.since < last:
            yield f"{what} {number} begins before the one before it ends, or before the leg is answered"
        if span.until is None:
            if number < len(spans):
                yield f"{what} {number} has no end, and another follows"
            if ended is not None and ended < span.since:
                yield f"{what} {number} begins after the leg has ended"
            return
        if span.until < span.since:
            yield f"{what} {number} ends before it begins"
        if ended is not None and ended < span.until:
            yield f"{what} {number} ends after the leg does"
        last = span.until


def _about_transfer(leg: Leg, transfer: Transfer, interaction: Interaction) -> Iterator[str]:
    if not transfer.to:
        yield "it does not say to whom it was transferred"
    if interaction.direction == "internal":
        yield "how an internal call is transferred cannot be told"
    if leg.kind == CUSTOMER:
        yield "a customer does not transfer"
    if is_offered(leg, interaction) and leg.answered is None:
        yield "it was transferred, and not answered"
    destination = next((each for each in interaction.legs if each.key == transfer.to_leg), None)
    if transfer.to_leg is not None and (destination is None or destination is leg):
        yield f"there is no other leg {transfer.to_leg!r} to transfer to"
    if transfer.kind == "consult" and transfer.to_leg is None:
        yield "a consultation needs the leg of who was consulted"
    if destination is not None and _KIND_OF_TARGET[transfer.target] != destination.kind:
        yield f"it was transferred to {_a_target(transfer)}, and {transfer.to_leg!r} is {_a(destination)}"
    yield from _about_times_of_transfer(leg, transfer, destination, end_of(leg, interaction))


def _about_times_of_transfer(
    leg: Leg, transfer: Transfer, destination: Leg | None, ended: datetime | None
) -> Iterator[str]:
    if transfer.at < (leg.answered or leg.started):
        yield "it was transferred before it was answered"
    done = transfer.done or ended
    if transfer.done is not None and ended is not None and ended < transfer.done:
        yield "its transfer was done after the leg had ended"
    begun = transfer.at if destination is None else max(transfer.at, destination.started)
    if done is not None and done < begun:
        yield "its transfer was done before it began, or before the leg it leads to was there"
    if transfer.joined is None:
        return
    if transfer.joined < begun or (done is not None and done < transfer.joined):
        yield "the other side of its transfer joined before it was there, or after the transfer was done"


_KIND_OF_TARGET = {"queue": "queue", "agent": "agent", "number": "phone"}


def _a_target(transfer: Transfer) -> str:
    return f"{'an' if transfer.target == 'agent' else 'a'} {transfer.target}"


def _a(leg: Leg) -> str:
    names = {"agent": "an agent", "ivr": "a flow", "queue": "a queue", "phone": "a phone", "customer": "a customer"}
    return names[leg.kind]
