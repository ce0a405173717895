"""How Genesys Cloud wants an interaction told: the one place that knows which events, in which order, with which ids.

What its documents leave open is a careful default here: that a hold is the agent's, that an order of events is wanted
in which nothing is spoken of before it is there, and that transfers are told beside the beginnings and ends they lead
to, is *unconfirmed*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.interactions.checks import (
    CUSTOMER,
    WHO_ANSWER,
    UntellableError,
    begins_by_calling,
    end_of,
    is_offered,
    refuse_untellable,
)
from airflow_provider_genesys.interactions.endings import end_of_customer, end_of_leg
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.interactions.model import Interaction, Leg, Span, Transfer

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory

TimedEvent: TypeAlias = tuple[datetime, dict[str, Any]]

_ESTABLISHED = {
    "voice": {
        "customer": "externalEstablished",
        "ivr": "ivrEstablished",
        "queue": "routingEstablished",
        "agent": "userEstablished",
        "phone": "phoneEstablished",
    },
    "email": {
        "customer": "emailExternalEstablished",
        "ivr": "emailFlowEstablished",
        "queue": "emailRoutingEstablished",
        "agent": "emailUserEstablished",
    },
}
_TRANSFER = {"queue": "routingTransfer", "agent": "userTransfer", "number": "phoneTransfer"}
_DESTINATION = {"queue": "destinationQueueId", "agent": "destinationUserId", "number": "destinationPhoneNumber"}
_FINAL_STATE = {"completed": "Completed", "cancelled": "Canceled", "failed": "Failed"}

# What comes first of what happens at the same moment: what is spoken of is there, and is not over.
_BEGINS, _ANSWERS, _GOES_ON, _PASSES_ON, _LEAVES, _HANGS_UP, _IS_LEFT, _WRAPS_UP = range(8)


def tell(interaction: Interaction, directory: Directory) -> list[TimedEvent]:
    """Return the events of an interaction with their times, in the order in which they happen.

    Of one that goes on, they are those of what is known so far; told again when more is known, it has the same ids.

    :param directory: what the platform's names are called in Genesys Cloud.
    :return: times in UTC and events, each with its ``type`` first, as the publisher takes them.
    :raises UntellableError: the interaction contradicts itself or cannot be told in events, or the directory does not
        know a name in it.
    """
    refuse_untellable(interaction)
    try:
        return _Telling(interaction, directory).events()
    except UnicodeEncodeError:
        raise UntellableError("one of its ids holds half a character") from None


@dataclass(slots=True)
class _Communication:
    """A leg, the customer's too, and what makes a communication of it."""

    leg: Leg
    id: str
    invited_by: str | None
    offered: bool
    ended: datetime | None


@dataclass(slots=True)
class _Telling:
    """One interaction while it is told."""

    interaction: Interaction
    directory: Directory
    _told: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)
    _conversation_id: str = ""

    def events(self) -> list[TimedEvent]:
        interaction = self.interaction
        self._conversation_id = stable_id(self.directory.source_id, interaction.conversation or interaction.id)
        # Ends at the same moment are told in the order of the legs, the customer's first.
        for communication in self._communications():
            self._establish(communication)
            self._answer(communication)
            self._hold(communication)
            self._mute(communication)
            if communication.leg.left_by is not None:
                self._pass_on(communication, communication.leg.left_by)
            self._end(communication)
            self._wrap_up(communication)
        self._told.sort(key=lambda told: told[:2])
        return [(at, event) for at, _, event in self._told]

    def _communications(self) -> Iterator[_Communication]:
        """Yield what takes part, each behind what invited it."""
        interaction = self.interaction
        customer = self._customer()
        legs = [*interaction.legs]
        if begins_by_calling(interaction):
            caller = legs.pop(0)
            yield self._communication(caller, None)
            if customer is not None:
                yield self._communication(customer, caller.key)
        elif customer is not None:
            yield self._communication(customer, None)
        for leg in legs:
            yield self._communication(leg, self._inviter(leg))

    def _customer(self) -> Leg | None:
        """Return the customer's leg; an internal interaction has none."""
        interaction = self.interaction
        if interaction.direction == "internal":
            return None
        return Leg(
            key=CUSTOMER,
            kind="customer",
            started=interaction.started,
            answered=interaction.customer.answered,
            ended=interaction.ended,
        )

    def _communication(self, leg: Leg, inviter: str | None) -> _Communication:
        interaction = self.interaction
        offered = interaction.direction == "outbound" if leg.key == CUSTOMER else is_offered(leg, interaction)
        invited_by = None if inviter is None else self._id_of(inviter)
        return _Communication(leg, self._id_of(leg.key), invited_by, offered, end_of(leg, interaction))

    def _id_of(self, key: str) -> str:
        return stable_id(self._conversation_id, key)

    def _inviter(self, leg: Leg) -> str:
        """Return the key of what brought a leg in.

        That is what it says, else the leg that was transferred to it, else the last one before it that could: whoever
        was offered and had not answered by then brought nobody in.
        """
        if leg.invited_by is not None:
            return leg.invited_by
        legs = self.interaction.legs
        before = [each for each in legs[: legs.index(leg)] if each.started <= leg.started]
        for each in before:
            if each.left_by is not None and each.left_by.to_leg == leg.key:
                return each.key
        for each in reversed(before):
            had_answered = each.answered is not None and each.answered <= leg.started
            if had_answered or not is_offered(each, self.interaction):
                return each.key
        return self._first()

    def _first(self) -> str:
        """Return the key of whose communication is there before all others: an internal interaction has no customer."""
        return CUSTOMER if self.interaction.direction != "internal" else self.interaction.legs[0].key

    def _add(self, at: datetime, rank: int, type_: str, event_id: str, **fields: Any) -> None:
        at = at.astimezone(UTC)
        event = {
            "type": type_,
            "eventId": event_id,
            "eventDateTime": f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
            "conversationId": self._conversation_id,
        }
        self._told.append((at, rank, event | fields))

    def _happen(
        self, at: datetime, rank: int, type_: str, communication: _Communication, *which: str, **fields: Any
    ) -> None:
        """Tell what happens to a communication.

        :param which: of several of one type, which; the first needs none.
        """
        type_ = self._named(type_)
        event_id = stable_id(communication.id, type_, *which)
        self._add(at, rank, type_, event_id, communicationId=communication.id, **fields)

    def _named(self, type_: str) -> str:
        """Return the name that a kind of voice event has for this medium."""
        return type_ if self.interaction.medium == "voice" else f"email{type_[0].upper()}{type_[1:]}"

    # --- beginning ---

    def _establish(self, communication: _Communication) -> None:
        interaction, leg = self.interaction, communication.leg
        source = {"sourceId": self.directory.source_id, "interactionId": leg.interaction or interaction.id}
        if interaction.tag:
            source["tagId"] = interaction.tag
        type_ = _ESTABLISHED[interaction.medium][leg.kind]
        self._add(
            leg.started,
            _BEGINS,
            type_,
            stable_id(communication.id, type_),
            communicationId=communication.id,
            initialConfiguration=self._beginning(communication),
            sourceConfiguration=source,
            **self._of_kind(leg),
        )

    def _beginning(self, communication: _Communication) -> dict[str, Any]:
        interaction, leg = self.interaction, communication.leg
        beginning: dict[str, Any] = {}
        if interaction.medium == "email":
            addresses = (interaction.customer.address, interaction.service.address)
            sender, to = addresses if interaction.direction == "inbound" else reversed(addresses)
            beginning |= {"to": to, "from": sender}
            if interaction.subject is not None:
                beginning["subject"] = interaction.subject
        beginning["inbound"] = interaction.direction == "inbound"
        if leg.kind in WHO_ANSWER:
            beginning["alerting"] = communication.offered
        if communication.invited_by is not None:
            beginning["invitedBy"] = communication.invited_by
        if leg.recording is not None:
            beginning["recordingActive"] = leg.recording
        if interaction.info and leg.key == self._first():
            beginning["additionalInfo"] = dict(interaction.info)
        return beginning

    def _of_kind(self, leg: Leg) -> dict[str, Any]:
        """Return what only events of a leg's kind have."""
        directory, interaction = self.directory, self.interaction
        fields: dict[str, Any] = {}
        match leg.kind:
            case "queue":
                fields["queueId"] = directory.queue(leg.party or "")
                fields["skillIds"] = [directory.skill(name) for name in leg.skills]
                fields["languageId"] = directory.language(leg.language) if leg.language else None
            case "agent":
                fields["userId"] = directory.user(leg.party or "")
                fields["queueId"] = directory.queue(leg.behalf_of) if leg.behalf_of else None
                fields["afterCallWorkRequired"] = self._after_call_work(leg)
            case "customer" if interaction.medium == "email":
                fields["displayName"] = interaction.customer.name if leg.key == CUSTOMER else leg.party
            case "customer":
                fields |= self._numbers() if leg.key == CUSTOMER else {"dnis": leg.party}
            case "ivr" if interaction.medium == "voice":
                fields["ivrName"] = leg.party
            case "phone":
                fields["phoneNumber"] = leg.party
        return {name: value for name, value in fields.items() if value not in (None, [])}

    def _after_call_work(self, leg: Leg) -> bool | None:
        """Return whether the agent has to wrap up: if nothing is known of the end of it, the wrap-up may stay open."""
        if leg.after_call_work is not None:
            return leg.after_call_work
        return True if leg.wrap is not None and leg.wrap.ended is not None else None

    def _numbers(self) -> dict[str, str | None]:
        """Return who called whom."""
        customer, service = self.interaction.customer, self.interaction.service
        calling, called = (customer, service) if self.interaction.direction == "inbound" else (service, customer)
        numbers = {"ani": calling.address, "dnis": called.address}
        return numbers | {"aniName": calling.name, "dnisName": called.name}

    def _answer(self, communication: _Communication) -> None:
        if communication.leg.answered is not None:
            self._happen(communication.leg.answered, _ANSWERS, "communicationAnswered", communication)

    # --- in between ---

    def _hold(self, communication: _Communication) -> None:
        for at, held, which in _changes(communication.leg.holds):
            self._happen(at, _GOES_ON, "holdUpdated", communication, *which, held=held)

    def _mute(self, communication: _Communication) -> None:
        for at, muted, which in _changes(communication.leg.muted):
            audio = {"canHear": True, "canSpeak": not muted}
            self._happen(at, _GOES_ON, "audioUpdated", communication, *which, audioState=audio)

    def _pass_on(self, communication: _Communication, transfer: Transfer) -> None:
        """Tell how a leg passes the customer on: that it begins, arrives and is done, as far as that is known."""
        destination = next((leg for leg in self.interaction.legs if leg.key == transfer.to_leg), None)
        done = transfer.done or communication.ended
        if transfer.kind == "consult" and destination is not None:
            self._consult(communication, transfer, destination, done)
            return
        command = stable_id(communication.id, "transfer")
        parties = {"commandId": command, "objectCommunicationId": self._id_of(CUSTOMER)}
        self._transfer(
            transfer.at,
            communication,
            _TRANSFER[transfer.target],
            **parties,
            initiatingCommunicationId=communication.id,
            targetCommunicationId=communication.id,
            transferType="Unattended",
            **{_DESTINATION[transfer.target]: self._destination(transfer)},
        )
        arrived = transfer.joined or (destination.started if destination and transfer.result == "completed" else None)
        if arrived is not None and destination is not None:
            arrived = max(arrived, transfer.at)
            to = self._id_of(destination.key)
            self._transfer(arrived, communication, "progressTransfer", **parties, destinationCommunicationId=to)
        if done is not None:
            self._transfer(done, communication, "endTransfer", **parties, finalState=_FINAL_STATE[transfer.result])

    def _consult(
        self, communication: _Communication, transfer: Transfer, destination: Leg, done: datetime | None
    ) -> None:
        """Tell of a consultation, which is spoken of once the leg of who is consulted is there."""
        parties = {
            "destinationCommunicationId": self._id_of(destination.key),
            "initiatingCommunicationId": communication.id,
            "objectCommunicationId": self._id_of(CUSTOMER),
        }
        self._transfer(max(transfer.at, destination.started), communication, "consultTransfer", **parties)
        if transfer.joined is not None:
            self._transfer(transfer.joined, communication, "progressConsultTransfer", **parties)
        if done is not None:
            self._transfer(done, communication, "endConsultTransfer")

    def _destination(self, transfer: Transfer) -> str:
        if transfer.target == "queue":
            return self.directory.queue(transfer.to)
        return self.directory.user(transfer.to) if transfer.target == "agent" else transfer.to

    def _transfer(self, at: datetime, communication: _Communication, type_: str, **fields: Any) -> None:
        type_ = self._named(type_)
        self._add(at, _PASSES_ON, type_, stable_id(communication.id, type_), **fields)

    # --- the end ---

    def _end(self, communication: _Communication) -> None:
        if communication.ended is None:
            return
        leg = communication.leg
        how = end_of_customer(self.interaction) if leg.key == CUSTOMER else end_of_leg(leg, self.interaction)
        rank = _LEAVES if how.startswith("Transfer") else _HANGS_UP if how == "Self" else _IS_LEFT
        self._happen(communication.ended, rank, "communicationEnded", communication, disconnectType=how)

    def _wrap_up(self, communication: _Communication) -> None:
        """Tell what an agent did after the end; before it nothing of that is told."""
        wrap = communication.leg.wrap
        if wrap is None or communication.ended is None:
            return
        if wrap.ended is None and not (wrap.code or wrap.notes or wrap.tags):
            return
        fields: dict[str, Any] = {}
        if wrap.code:
            fields["code"] = self.directory.wrap_up_code(wrap.code)
        if wrap.notes:
            fields["notes"] = wrap.notes
        if wrap.tags:
            fields["tags"] = list(wrap.tags)
        at = wrap.ended or communication.ended
        self._happen(at, _WRAPS_UP, "communicationDispositionApplied", communication, **fields)


def _changes(spans: Sequence[Span]) -> Iterator[tuple[datetime, bool, tuple[str, ...]]]:
    """Yield when something begins and ends, and what tells that event from others of its type."""
    for number, span in enumerate(spans, 1):
        yield span.since, True, (str(number), "begins")
        if span.until is not None:
            yield span.until, False, (str(number), "ends")
