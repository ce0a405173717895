"""One good event of each kind, written down for the tests from the API's published description.

The provider has its models and the simulator its catalogue; this is a third reading, which both have to meet.
"""

from __future__ import annotations

from typing import Any

_TRANSFER = "commandId initiatingCommunicationId objectCommunicationId targetCommunicationId transferType"
_BEGUN = "communicationId initialConfiguration sourceConfiguration"
_CONSULT = "destinationCommunicationId initiatingCommunicationId objectCommunicationId"

# Beside eventId, eventDateTime and conversationId: what is required, and what may be there.
CONVERSATIONS: dict[str, tuple[str, str]] = {
    "endTransfer": ("commandId finalState objectCommunicationId", ""),
    "phoneTransfer": (f"{_TRANSFER} destinationPhoneNumber", ""),
    "progressTransfer": ("commandId destinationCommunicationId objectCommunicationId", ""),
    "routingTransfer": (f"{_TRANSFER} destinationQueueId", "languageId skillIds"),
    "userTransfer": (f"{_TRANSFER} destinationUserId", ""),
    "communicationAnswered": ("communicationId", ""),
    "communicationDispositionApplied": ("communicationId", "code notes tags"),
    "holdUpdated": ("communicationId held", ""),
    "externalEstablished": (_BEGUN, "ani aniName dnis dnisName"),
    "ivrEstablished": (_BEGUN, "ani dnis ivrName ivrPhoneNumber"),
    "phoneEstablished": (_BEGUN, "ani dnis phoneNumber"),
    "routingEstablished": (f"{_BEGUN} queueId", "ani dnis languageId phoneNumber skillIds"),
    "userEstablished": (f"{_BEGUN} userId", "afterCallWorkRequired ani dnis phoneNumber queueId stationId"),
    "audioUpdated": ("audioState communicationId", ""),
    "communicationEnded": ("communicationId disconnectType", "destinationConversationId"),
    "consultTransfer": (_CONSULT, ""),
    "progressConsultTransfer": (_CONSULT, ""),
    "endConsultTransfer": ("", ""),
    "emailBeginTransmitting": ("communicationId", ""),
    "emailCommunicationEnded": ("communicationId disconnectType", ""),
    "emailExternalEstablished": (_BEGUN, "displayName includeMessage"),
    "emailFlowEstablished": (_BEGUN, ""),
    "emailRoutingEstablished": (f"{_BEGUN} queueId", "label languageId skillIds"),
    "emailUserEstablished": (f"{_BEGUN} userId", "afterCallWorkRequired queueId"),
    "emailCommunicationAnswered": ("communicationId", ""),
    "emailCommunicationDispositionApplied": ("communicationId", "code notes tags"),
    "emailCommunicationSentMessage": ("communicationId", ""),
    "emailHoldUpdated": ("communicationId held", ""),
    "emailEndTransfer": ("commandId finalState objectCommunicationId", ""),
    "emailProgressTransfer": ("commandId destinationCommunicationId objectCommunicationId", ""),
    "emailRoutingTransfer": (f"{_TRANSFER} destinationQueueId", "languageId skillIds"),
    "emailUserTransfer": (f"{_TRANSFER} destinationUserId", ""),
}
OTHERS: dict[str, tuple[str, str, str]] = {  # by stream: array, required, optional
    "user_presences": ("userPresenceEvents", "userId sourceId", "presenceDefinitionId message"),
    "user_routing_statuses": ("userRoutingStatusEvents", "agentId sourceId status", ""),
    "custom_kpi_attributions": (
        "customKpiAttributionEvents",
        "",
        "conversationId agentId externalContactId kpiId associatedValue",
    ),
}
# Every kind of every stream, as (stream, kind); a stream of one kind has no name for it.
KINDS = [("conversations", kind) for kind in CONVERSATIONS] + [(stream, "") for stream in OTHERS]

_AUDIO = {"canHear": True, "canSpeak": False}
_COMMON_CONFIGURATION = {"alerting": True, "inbound": True, "invitedBy": "queue 7", "additionalInfo": {"trunk": "ünï"}}
_VOICE_CONFIGURATION = {**_COMMON_CONFIGURATION, "audioState": _AUDIO, "recordingActive": False}
_ADDRESSES = {"to": "help@example.com", "from": "customer@example.com"}
_EMAIL_CONFIGURATION = {
    **_ADDRESSES,
    **_COMMON_CONFIGURATION,
    "cc": ["a@example.com"],
    "bcc": [],
    "subject": 'Re: "order" \u2028 5',
    "previousEmailId": "3f2b8a60-1111-4222-8333-444455556666",
    "held": False,
}
_VALUES: dict[str, Any] = {
    "finalState": "Completed",
    "transferType": "Attended",
    "disconnectType": "TransferACD",
    "status": "Interacting",
    "held": False,
    "audioState": _AUDIO,
    "sourceConfiguration": {"sourceId": "acd", "interactionId": "call 1", "tagId": "t"},
    "tags": ["vip", "späte Antwort"],
    "skillIds": ["00000001-0001-4000-8000-00000000abcd", "00000002-0001-4000-8000-00000000abcd"],
    "afterCallWorkRequired": True,
    "includeMessage": False,
    "associatedValue": 12.5,
}
_TEXTS = (
    "destinationPhoneNumber notes ani aniName dnis dnisName ivrName ivrPhoneNumber phoneNumber displayName label "
    "message agentId externalContactId kpiId"
)
ENUMERATIONS = frozenset({"finalState", "transferType", "disconnectType", "status"})
"""The properties that are one of some words."""


def uid(number: int, group: int = 0) -> str:
    """Return the V4 UUID of a number."""
    return f"{number:08x}-{group:04x}-4000-8000-00000000abcd"


def required_of(stream: str, kind: str) -> list[str]:
    """Return the properties that a kind must have, but for ``eventId``, which the provider derives."""
    if stream == "conversations":
        return ["eventDateTime", "conversationId", *CONVERSATIONS[kind][0].split()]
    return ["eventDateTime", *OTHERS[stream][1].split()]


def optional_of(stream: str, kind: str) -> list[str]:
    """Return the properties that a kind may have."""
    return (CONVERSATIONS[kind][1] if stream == "conversations" else OTHERS[stream][2]).split()


def array_of(stream: str, kind: str) -> str:
    """Return the name of the array of such events in a body."""
    return f"{kind}Events" if stream == "conversations" else OTHERS[stream][0]


def event_of(stream: str, kind: str, number: int = 1, *, whole: bool = False) -> dict[str, Any]:
    """Return a good event without ``type``.

    :param whole: with all optional properties, else only with the required ones.
    """
    names = required_of(stream, kind) + (optional_of(stream, kind) if whole else [])
    return {"eventId": uid(number), **{name: _value(kind, name, number, whole=whole) for name in names}}


def _value(kind: str, name: str, number: int, *, whole: bool) -> Any:
    if name == "eventDateTime":
        return f"2026-02-28T23:59:59.{number % 1000:03}Z"
    if name == "initialConfiguration":
        whole_one, least = (
            (_EMAIL_CONFIGURATION, _ADDRESSES) if kind.startswith("email") else (_VOICE_CONFIGURATION, {})
        )
        return dict(whole_one if whole else least)
    if name == "sourceConfiguration" and not whole:
        return {"sourceId": "acd", "interactionId": "call 1"}
    if name in _VALUES:
        return _VALUES[name]
    if name in _TEXTS.split():
        return f"some {name}"
    assert name.endswith("Id") or name == "code", f"write {name!r} into _VALUES or _TEXTS of tests/contract/kinds.py"
    return uid(number, 2 + len(name))
