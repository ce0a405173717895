"""The catalogue: which arrays of events each operation takes, and the fields of each kind.

Written from the API's published description, compactly: a kind is a line of field names, ``?`` marks an optional one,
and a name stands for the type in ``TYPE_OF`` (text, if not there) unless ``name:type`` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Which ids must be UUIDs of version 4 is what the published descriptions of the fields say; the others are free text.
TYPE_OF: Mapping[str, str] = MappingProxyType(
    {
        "eventId": "uuid4",
        "eventDateTime": "datetime",
        "conversationId": "uuid4",
        "communicationId": "uuid4",
        "commandId": "uuid4",
        "initiatingCommunicationId": "uuid4",
        "destinationCommunicationId": "uuid4",
        "objectCommunicationId": "uuid4",
        "targetCommunicationId": "uuid4",
        "destinationConversationId": "uuid4",
        "destinationQueueId": "uuid4",
        "destinationUserId": "uuid4",
        "languageId": "uuid4",
        "queueId": "uuid4",
        "skillIds": "uuid4[]",
        "stationId": "uuid4",
        "userId": "uuid4",
        "code": "uuid4",
        "presenceDefinitionId": "uuid",
        "previousEmailId": "uuid",
        "tags": "text[]",
        "cc": "text[]",
        "bcc": "text[]",
        "additionalInfo": "text{}",
        "afterCallWorkRequired": "boolean",
        "alerting": "boolean",
        "canHear": "boolean",
        "canSpeak": "boolean",
        "held": "boolean",
        "inbound": "boolean",
        "includeMessage": "boolean",
        "recordingActive": "boolean",
        "associatedValue": "number",
        "audioState": "AudioState",
        "initialConfiguration": "InitialConfiguration",
        "sourceConfiguration": "SourceConfiguration",
        "disconnectType": "DisconnectType",
        "finalState": "FinalState",
        "status": "RoutingStatus",
        "transferType": "TransferType",
    }
)

ENUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "DisconnectType": (
            *("Error", "Peer", "Self", "System"),
            *("Transfer", "TransferACD", "TransferConference", "TransferConsult", "TransferUser"),
        ),
        "EmailDisconnectType": (
            *("Unknown", "Self", "Peer", "System", "Error", "Spam"),
            *("Transfer", "TransferACD", "TransferUser"),
        ),
        "FinalState": ("Completed", "Canceled", "Failed"),
        "RoutingStatus": ("OffQueue", "Idle", "Interacting", "Communicating", "NotResponding"),
        "TransferType": ("Attended", "Unattended"),
    }
)

OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "AudioState": "canHear? canSpeak?",
        "InitialConfiguration": "audioState? alerting? inbound? invitedBy? recordingActive? additionalInfo?",
        "EmailInitialConfiguration": (
            "to from cc? bcc? subject? previousEmailId? held? alerting? inbound? invitedBy? additionalInfo?"
        ),
        "SourceConfiguration": "sourceId interactionId tagId?",
    }
)

_BASE = "eventId eventDateTime"
_COMMUNICATION = f"{_BASE} conversationId communicationId"
_ESTABLISHED = f"{_COMMUNICATION} initialConfiguration sourceConfiguration"
_EMAIL_ESTABLISHED = f"{_COMMUNICATION} initialConfiguration:EmailInitialConfiguration sourceConfiguration"
_CONSULT = f"{_BASE} conversationId destinationCommunicationId initiatingCommunicationId objectCommunicationId"
_TRANSFER = (
    f"{_BASE} conversationId commandId transferType "
    "initiatingCommunicationId objectCommunicationId targetCommunicationId"
)
_END_TRANSFER = f"{_BASE} conversationId commandId finalState objectCommunicationId"
_PROGRESS_TRANSFER = f"{_BASE} conversationId commandId destinationCommunicationId objectCommunicationId"
_DISPOSITION = f"{_COMMUNICATION} code? notes? tags?"

CONVERSATIONS: Mapping[str, str] = MappingProxyType(
    {
        "endTransferEvents": _END_TRANSFER,
        "phoneTransferEvents": f"{_TRANSFER} destinationPhoneNumber",
        "progressTransferEvents": _PROGRESS_TRANSFER,
        "routingTransferEvents": f"{_TRANSFER} destinationQueueId languageId? skillIds?",
        "userTransferEvents": f"{_TRANSFER} destinationUserId",
        "communicationAnsweredEvents": _COMMUNICATION,
        "communicationDispositionAppliedEvents": _DISPOSITION,
        "holdUpdatedEvents": f"{_COMMUNICATION} held",
        "externalEstablishedEvents": f"{_ESTABLISHED} ani? aniName? dnis? dnisName?",
        "ivrEstablishedEvents": f"{_ESTABLISHED} ani? dnis? ivrName? ivrPhoneNumber?",
        "phoneEstablishedEvents": f"{_ESTABLISHED} ani? dnis? phoneNumber?",
        "routingEstablishedEvents": f"{_ESTABLISHED} queueId ani? dnis? languageId? phoneNumber? skillIds?",
        "userEstablishedEvents": (
            f"{_ESTABLISHED} userId afterCallWorkRequired? ani? dnis? phoneNumber? queueId? stationId?"
        ),
        "audioUpdatedEvents": f"{_COMMUNICATION} audioState",
        "communicationEndedEvents": f"{_COMMUNICATION} disconnectType destinationConversationId?",
        "consultTransferEvents": _CONSULT,
        "progressConsultTransferEvents": _CONSULT,
        "endConsultTransferEvents": f"{_BASE} conversationId",
        "emailBeginTransmittingEvents": _COMMUNICATION,
        "emailCommunicationEndedEvents": f"{_COMMUNICATION} disconnectType:EmailDisconnectType",
        "emailExternalEstablishedEvents": f"{_EMAIL_ESTABLISHED} displayName? includeMessage?",
        "emailFlowEstablishedEvents": _EMAIL_ESTABLISHED,
        # The only kind whose Genesys ids the description does not call V4 UUIDs.
        "emailRoutingEstablishedEvents": (
            f"{_EMAIL_ESTABLISHED} queueId:text label? languageId:text? skillIds:text[]?"
        ),
        "emailUserEstablishedEvents": f"{_EMAIL_ESTABLISHED} userId afterCallWorkRequired? queueId?",
        "emailCommunicationAnsweredEvents": _COMMUNICATION,
        "emailCommunicationDispositionAppliedEvents": _DISPOSITION,
        "emailCommunicationSentMessageEvents": _COMMUNICATION,
        "emailHoldUpdatedEvents": f"{_COMMUNICATION} held",
        "emailEndTransferEvents": _END_TRANSFER,
        "emailProgressTransferEvents": _PROGRESS_TRANSFER,
        "emailRoutingTransferEvents": f"{_TRANSFER} destinationQueueId languageId? skillIds?",
        "emailUserTransferEvents": f"{_TRANSFER} destinationUserId",
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A POST that takes a batch of events.

    :param path: its path.
    :param model: name of the body's model, as error messages give it.
    :param permission: what the client must be allowed to.
    :param arrays: fields of an event, by the name of the array that holds such events.
    :param key: the field whose events belong together: the ledger records it.
    """

    path: str
    model: str
    permission: str
    arrays: Mapping[str, str]
    key: str


OPERATIONS = (
    Operation(
        path="/api/v2/events/conversations",
        model="BatchConversationEventRequest",
        permission="conversation:conversation:inject",
        arrays=CONVERSATIONS,
        key="conversationId",
    ),
    Operation(
        path="/api/v2/events/users/presence",
        model="BatchUserPresenceEventRequest",
        permission="presence:userPresence:inject",
        arrays={"userPresenceEvents": f"{_BASE} userId:text sourceId:uuid4 presenceDefinitionId? message?"},
        key="userId",
    ),
    Operation(
        path="/api/v2/events/users/routingstatus",
        model="BatchUserRoutingStatusEventRequest",
        permission="routing:routingstatus:inject",
        arrays={"userRoutingStatusEvents": "eventId:uuid eventDateTime agentId sourceId status"},
        key="agentId",
    ),
    # A preview: which fields are required is published nowhere, so only the two that all events share are.
    Operation(
        path="/api/v2/events/routing/customkpiattributions",
        model="BatchCustomKpiAttributionEventRequest",
        permission="routing:customKpiAttribution:inject",
        arrays={
            "customKpiAttributionEvents": (
                f"{_BASE} externalContactId? conversationId:text? agentId? kpiId? associatedValue?"
            )
        },
        key="conversationId",
    ),
)
