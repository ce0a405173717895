"""What a platform's records tell, whatever the platform: interactions with their legs, and states of agents.

Names of agents, queues and codes are the platform's; a directory translates them. All times are aware. What is ``None``
is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Medium: TypeAlias = Literal["voice", "email"]
Direction: TypeAlias = Literal["inbound", "outbound", "internal"]
EndedBy: TypeAlias = Literal["customer", "agent", "system", "other", "error"]
LegKind: TypeAlias = Literal["ivr", "queue", "agent", "phone", "customer"]
Outcome: TypeAlias = Literal["answered", "abandoned", "missed", "overflow", "transferred", "failed"]
TransferKind: TypeAlias = Literal["blind", "consult"]
TransferResult: TypeAlias = Literal["completed", "cancelled", "failed"]
TransferTarget: TypeAlias = Literal["queue", "agent", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when; ``until`` is ``None`` while it lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrap:
    """What an agent did after the end.

    :param ended: when after-call work was over; ``None`` if that is not known, or there was none.
    :param code: the wrap-up code's name on the platform; ``None`` where none was given.
    :param notes: what the agent wrote.
    :param tags: tags that the agent set.
    """

    ended: datetime | None = None
    code: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How a leg passed the customer on.

    :param to: what it went to: a queue's or agent's name, or a number.
    :param to_leg: key of the leg that it led to, where there is one; a consultation always has one.
    :param at: when it began.
    :param joined: when the other side answered. Of a blind transfer to a leg, ``None`` is when that leg began.
    :param done: when it ended; ``None`` is when the leg that is left ended.
    """

    kind: TransferKind
    target: TransferTarget
    to: str
    at: datetime
    to_leg: str | None = None
    joined: datetime | None = None
    done: datetime | None = None
    result: TransferResult = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The party outside.

    :param address: number or e-mail address.
    :param name: what the party is called.
    :param answered: when it answered; of an outbound interaction.
    """

    address: str | None = None
    name: str | None = None
    answered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Our own side's address: the number or mailbox that was reached, or that is shown.

    :param address: number or e-mail address.
    :param name: what it is called.
    """

    address: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's part in an interaction.

    :param key: unique among the legs of a conversation, and the same whenever the record is read; ``customer`` is the
        customer's own.
    :param kind: what kind of party.
    :param started: when it was offered: queued, or ringing.
    :param party: name of the queue, agent or flow, or the number or address.
    :param shared: whether it is the same leg as those of its key that other records of the conversation tell of.
    :param interaction: the platform's id of the record that tells of this leg; ``None`` is the interaction's.
    :param skills: names of the skills that a queue asks for.
    :param language: name of the language that a queue asks for.
    :param behalf_of: of an agent who calls out: the queue on whose behalf.
    :param invited_by: key of the leg that brought it in, or ``customer``; ``None`` is the last one before it that
        could, or the customer.
    :param answered: when an agent, a phone or a further customer answered; ``None`` if they did not. Flows and queues
        do not answer, nor does the agent who places a call, unless the agent's own phone rings first.
    :param ended: when it left; ``None`` is when the interaction ended, or while it goes on.
    :param outcome: how it ended, where the times alone do not tell.
    :param holds: when it put the customer on hold, in order.
    :param muted: when it could not be heard, in order.
    :param recording: whether it was recorded from the beginning.
    :param after_call_work: whether the agent has to wrap up; ``None`` is where ``wrap.ended`` is known.
    :param wrap: what the agent did after the end.
    :param left_by: the transfer by which it passed the customer on, or tried to.
    """

    key: str
    kind: LegKind
    started: datetime
    party: str | None = None
    shared: bool = False
    interaction: str | None = None
    skills: tuple[str, ...] = ()
    language: str | None = None
    behalf_of: str | None = None
    invited_by: str | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    holds: tuple[Span, ...] = ()
    muted: tuple[Span, ...] = ()
    recording: bool | None = None
    after_call_work: bool | None = None
    wrap: Wrap | None = None
    left_by: Transfer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What a record, or several, tell of one conversation.

    :param id: the platform's id of the record's interaction.
    :param direction: who called: the customer, we, or one of us another.
    :param started: when it began: the customer came in, or was called.
    :param conversation: the platform's id of the conversation; by default the id. It is told once: what belongs to it
        are legs of one interaction.
    :param medium: voice or email.
    :param ended: when the customer left; ``None`` while it goes on.
    :param customer: the party outside; an internal interaction has none.
    :param service: our own address.
    :param ended_by: who ended it.
    :param subject: of an email.
    :param tag: what several conversations have in common.
    :param info: more that shall be kept with the conversation: names and values.
    :param legs: in order.
    """

    id: str
    direction: Direction
    started: datetime
    conversation: str | None = None
    medium: Medium = "voice"
    ended: datetime | None = None
    customer: Customer = field(default_factory=Customer)
    service: Service = field(default_factory=Service)
    ended_by: EndedBy | None = None
    subject: str | None = None
    tag: str | None = None
    info: tuple[tuple[str, str], ...] = ()
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """What an agent does, as the platform calls it.

    :param user: the agent's name on the platform.
    :param state: the platform's state.
    :param since: since when the agent is in it.
    :param reason: why, where the platform tells it: such as what an agent who does not work does.
    """

    user: str
    state: str
    since: datetime
    reason: str | None = None
