"""What a platform's records tell, whatever the platform: interactions with their legs, and agents' states.

Names of agents, queues and codes are the platform's; a directory translates them. All times are aware and in UTC. What
is ``None`` is not known.
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

    :param ended: when after-call work was over; ``None`` if that is not known.
    :param code: the wrap-up code's name on the platform; ``None`` where none was given.
    """

    ended: datetime | None = None
    code: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How a leg passed the customer on.

    :param to: what it went to: a queue's or agent's name, or a number.
    :param to_leg: key of the leg that it led to, where there is one.
    :param at: when it began.
    :param joined: when the other side answered; of a consultation.
    :param done: when it ended.
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
    :param answered: when it answered; of an outbound interaction.
    """

    address: str | None = None
    name: str | None = None
    answered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Our own side's address: the number or mailbox that was reached, or that is shown."""

    address: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's part in an interaction.

    :param key: unique among the legs of a conversation, and the same whenever the record is read.
    :param party: name of the queue, agent or flow, or the number.
    :param behalf_of: of an agent who calls out: the queue on whose behalf.
    :param invited_by: key of the leg that brought it in; ``None`` is the one before it, or the customer.
    :param started: when it was offered: queued, or ringing.
    :param answered: when it was answered; ``None`` if it was not, or needs no answer.
    :param ended: when it left; ``None`` while it is there.
    """

    key: str
    kind: LegKind
    started: datetime
    party: str | None = None
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
    :param conversation: what groups interactions to one conversation; by default the id.
    :param version: which of several records with this id is the newest: the greatest.
    :param started: when the customer came in, or was called.
    :param ended: when the customer left; ``None`` while it goes on.
    :param legs: in order.
    :param info: more that shall be kept with the conversation.
    :param file: where it was read, for messages.
    :param line: the line there.
    """

    id: str
    direction: Direction
    started: datetime
    conversation: str | None = None
    version: str | None = None
    medium: Medium = "voice"
    ended: datetime | None = None
    customer: Customer = field(default_factory=Customer)
    service: Service = field(default_factory=Service)
    ended_by: EndedBy | None = None
    subject: str | None = None
    tag: str | None = None
    info: tuple[tuple[str, str], ...] = ()
    legs: tuple[Leg, ...] = ()
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """The state that an agent is in from a moment on.

    :param agent: the platform's name or id of the agent.
    :param state: the platform's name of the state.
    :param reason: the platform's name of the reason, such as that of a break.
    """

    agent: str
    at: datetime
    state: str
    reason: str | None = None
    file: str | None = None
    line: int | None = None
