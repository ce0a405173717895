"""An interaction, and the events that tell it, in words: for a person who wants to see what a mapping makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.interactions.checks import UntellableError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.happenings import Happening
    from airflow_provider_genesys.interactions.known import Known
    from airflow_provider_genesys.interactions.model import Interaction, Leg, Span, Transfer
    from airflow_provider_genesys.interactions.state_rows import StateRow

_WHO = {
    "external": "customer",
    "ivr": "flow",
    "flow": "flow",
    "routing": "queue",
    "user": "agent",
    "phone": "phone",
}
_ENDS = {
    "Self": "hangs up",
    "Peer": "is left: another one hangs up",
    "System": "is ended by the system",
    "Error": "ends with an error",
    "Unknown": "ends, nobody knows how",
    "TransferUser": "passes on to an agent, and leaves",
    "TransferACD": "passes on to a queue, and leaves",
    "TransferConsult": "passes on after a consultation, and leaves",
    "Transfer": "passes on, and leaves",
}
_PASSES_ON = {
    "phoneTransfer": "begins a transfer to",
    "routingTransfer": "begins a transfer to",
    "userTransfer": "begins a transfer to",
    "progressTransfer": "is heard of by the other side",
    "consultTransfer": "begins a consultation",
    "progressConsultTransfer": "is answered by the other side",
    "endConsultTransfer": "the consultation is over",
}
_HAPPENS: Mapping[str, Callable[[Mapping[str, Any], Sequence[str]], str]] = {
    "communicationAnswered": lambda _, __: "answers",
    "communicationEnded": lambda event, _: _ENDS.get(event["disconnectType"], f"ends by {event['disconnectType']}"),
    "holdUpdated": lambda event, _: "puts the other side on hold" if event["held"] else "goes on after the hold",
    "audioUpdated": lambda event, _: "can be heard" if event["audioState"]["canSpeak"] else "cannot be heard",
    "communicationDispositionApplied": lambda _, code: f"wraps up {f'with {code[0]}' if code else 'without a code'}",
    "endTransfer": lambda event, _: f"the transfer is over: {event['finalState']}",
}
_IDS = ("queueId", "userId", "code", "destinationQueueId", "destinationUserId", "destinationPhoneNumber")


# --- the interaction ---


def known_in_words(known: Known) -> list[str]:
    """Return what a record is known by, of which nothing more is said."""
    names = (("record", known.id), ("conversation", known.conversation), ("agent", known.user))
    said = [f"{what} {name}" for what, name in names if name is not None]
    return [", ".join(said)] if said else []


def interaction_in_words(interaction: Interaction) -> list[str]:
    """Return what a record says, a line for the interaction and for each leg."""
    by = f" by {interaction.ended_by}" if interaction.ended_by else ""
    end = f"ended {_moment(interaction.ended)}{by}" if interaction.ended else "has not ended"
    said = [f"interaction {interaction.id}: {interaction.medium}, {interaction.direction}"]
    if interaction.conversation not in (None, interaction.id):
        said.append(f"conversation {interaction.conversation}")
    said += [f"began {_moment(interaction.started)}", end]
    said += [
        f"{name} {value}"
        for name, value in (("tag", interaction.tag), ("subject", interaction.subject), *interaction.info)
        if value
    ]
    lines = [", ".join(said)]
    customer, service = interaction.customer, interaction.service
    for who, parts in (("customer", (customer.address, customer.name)), ("our side", (service.address, service.name))):
        if any(parts):
            lines.append(f"{who}: {', '.join(filter(None, parts))}{_answered(customer.answered, who)}")
    return [*lines, *(_leg(leg) for leg in interaction.legs)]


def happening_in_words(happening: Happening) -> list[str]:
    """Return what a line of a log says: of the interaction, and of which legs."""
    said = happening.said
    lines = [f"{happening.event}, {_moment(happening.at)}"]
    if said.fields:
        lines.append(f"interaction: {_fields(said.fields)}{', if it has not ended' if said.only_if_open else ''}")
    parts = (("customer", said.customer), ("our side", said.service), ("info", said.info))
    lines += [f"{name}: {_fields(fields)}" for name, fields in parts if fields]
    for step in happening.steps:
        which = f" that is {step.which.replace('_', ' ')}" if step.which else ""
        name = step.kind if step.key in (None, step.kind) else f"{step.kind} {step.key}"
        lines.append(f"{name}{which}{' begins' if step.begins else ''}: {_fields(step.fields)}")
    return lines


def _fields(fields: Mapping[str, Any]) -> str:
    """Return fields and their values in a line."""
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in fields.items())


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return _moment(value)
    return f"({_fields(value)})" if isinstance(value, dict) else str(value)


def _answered(at: datetime | None, who: str = "customer") -> str:
    return f", answered {_moment(at)}" if at is not None and who == "customer" else ""


def _leg(leg: Leg) -> str:
    name = f" {leg.party}" if leg.party else ""
    said = [f"leg {leg.key}: {leg.kind}{name}", f"from {_moment(leg.started)}"]
    if leg.answered:
        said.append(f"answered {_moment(leg.answered)}")
    said.append(f"to {_moment(leg.ended)}" if leg.ended else "to the end")
    for what, value in (
        ("invited by", leg.invited_by),
        ("on behalf of", leg.behalf_of),
        ("skills", ", ".join(leg.skills)),
        ("language", leg.language),
        ("outcome", leg.outcome),
    ):
        if value:
            said.append(f"{what} {value}")
    said += [*_spans("on hold", leg.holds), *_spans("muted", leg.muted)]
    if leg.recording is not None:
        said.append("recorded" if leg.recording else "not recorded")
    if leg.wrap is not None:
        done = f" until {_moment(leg.wrap.ended)}" if leg.wrap.ended else ""
        said.append(f"wraps up{done}{f' with {leg.wrap.code}' if leg.wrap.code else ''}")
    if leg.left_by is not None:
        said.append(_transfer(leg.left_by))
    return ", ".join(said)


def _spans(what: str, spans: Iterable[Span]) -> list[str]:
    return [f"{what} from {_moment(span.since)} to {_moment(span.until) if span.until else '?'}" for span in spans]


def _transfer(transfer: Transfer) -> str:
    return f"{transfer.kind} transfer to {transfer.target} {transfer.to} at {_moment(transfer.at)}, {transfer.result}"


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}{f'.{at.microsecond // 1000:03}' if at.microsecond else ''}Z"


def state_in_words(row: StateRow) -> str:
    """Return what a record says of an agent."""
    part, state, reason = row.statement
    at = _moment(row.since)
    if row.user is None:
        return f"all agents, {at}: what they did is over, as record.ends says"
    about = f" in {part}" if part else ""
    if state is None:
        return f"agent {row.user}, {at}: what was{about} is over"
    return f"agent {row.user}, since {at}: state {state}{about}{f', reason {reason}' if reason else ''}"


# --- the events ---


def names_in(interactions: Iterable[Interaction], directory: Directory) -> dict[str, str]:
    """Return the platform's names of what events name by its id."""
    names: dict[str, str] = {}
    finds = {"code": directory.wrap_up_code, "queue": directory.queue, "agent": directory.user}
    for interaction in interactions:
        for leg in interaction.legs:
            wanted = [("code", leg.wrap.code if leg.wrap else None), ("queue", leg.behalf_of), (leg.kind, leg.party)]
            if leg.left_by is not None:
                wanted.append((leg.left_by.target, leg.left_by.to))
            for kind, name in wanted:
                # Of numbers nothing is asked: a directory may have an id for whatever it does not know.
                if name is not None and kind in finds:
                    with suppress(UntellableError):
                        names[finds[kind](name)] = name
    return names


def events_in_words(events: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Return a line for each event: its time, what has passed since the first, who, what, and the event's type.

    :param events: those of one conversation, in their order.
    :param names: what is called how, by its id.
    """
    who = _communications(events)
    times = [datetime.fromisoformat(event["eventDateTime"]) for event in events]
    said = [(who.get(_whose(event), "-"), _what(event, who, names)) for event in events]
    moments = [_moment(at) for at in times]
    wide, widest = (max(map(len, texts), default=0) for texts in (moments, [each for each, _ in said]))
    return [
        f"{moment:<{wide}}  {_passed((at - times[0]).total_seconds()):>9}  {each:<{widest}}  {what}  ({event['type']})"
        for moment, at, (each, what), event in zip(moments, times, said, events, strict=True)
    ]


def state_events_in_words(events: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Return a line for each event of agents' states: its time, what has passed since the first, who, and what.

    :param events: in the order of their times.
    :param names: what agents are called, by their ids.
    """
    times = [datetime.fromisoformat(event["eventDateTime"]) for event in events]
    ids = [str(event.get("userId") or event["agentId"]) for event in events]
    who = [names.get(each, each) for each in ids]
    moments = [_moment(at) for at in times]
    wide, widest = (max(map(len, texts), default=0) for texts in (moments, who))
    return [
        f"{moment:<{wide}}  {_passed((at - times[0]).total_seconds()):>9}  {each:<{widest}}  {_state(event)}"
        for moment, at, each, event in zip(moments, times, who, events, strict=True)
    ]


def _state(event: Mapping[str, Any]) -> str:
    if "status" in event:
        return f"routing status {event['status']}"
    return f"presence {event.get('presence') or event['presenceDefinitionId']}"


def _communications(events: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what each communication is called: by its kind, with a number from the second on."""
    called: dict[str, str] = {}
    count: Counter[str] = Counter()
    for event in events:
        kind = _plain(event["type"])
        if kind.endswith("Established"):
            name = _WHO.get(kind.removesuffix("Established"), kind)
            count[name] += 1
            called[event["communicationId"]] = name if count[name] == 1 else f"{name} {count[name]}"
    return called


def _plain(type_: str) -> str:
    """Return the kind of voice event that an event is, or is for an email."""
    rest = type_.removeprefix("email")
    return rest[0].lower() + rest[1:] if rest else type_


def _whose(event: Mapping[str, Any]) -> str:
    return str(event.get("communicationId") or event.get("initiatingCommunicationId") or "")


def _what(event: Mapping[str, Any], who: Mapping[str, str], names: Mapping[str, str]) -> str:
    kind = _plain(event["type"])
    shown = [str(names.get(event[key], event[key])) for key in _IDS if event.get(key)]
    if kind in _HAPPENS:
        return _HAPPENS[kind](event, shown)
    if kind in _PASSES_ON:
        to = [*shown, *([who[event["destinationCommunicationId"]]] if _leads_to(event, who) else [])]
        return " ".join([_PASSES_ON[kind], *to])
    return _begins(event, who, shown) if kind.endswith("Established") else ""


def _leads_to(event: Mapping[str, Any], who: Mapping[str, str]) -> bool:
    return event.get("destinationCommunicationId") in who


def _begins(event: Mapping[str, Any], who: Mapping[str, str], shown: Sequence[str]) -> str:
    beginning = event.get("initialConfiguration", {})
    told = "rings" if beginning.get("alerting") else "is there"
    numbers = [f"{word} {event[key]}" for key, word in (("ani", "from"), ("dnis", "to")) if event.get(key)]
    names = [str(event[key]) for key in ("ivrName", "phoneNumber", "displayName") if event.get(key)]
    by = [f"invited by {who[beginning['invitedBy']]}"] if beginning.get("invitedBy") in who else []
    return ", ".join([" ".join([told, *numbers]), *shown, *names, *by])


def _passed(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"+{hours}:{minutes:02}:{rest:02}"
