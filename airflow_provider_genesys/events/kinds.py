"""What each kind of event looks like.

A kind is a row of :data:`CONVERSATION_KINDS`, or of :data:`~airflow_provider_genesys.events.models.STREAMS`, and one
small class. The classes are typed dictionaries rather than pydantic models because pydantic checks JSON text against a
typed dictionary in half the time, and the checked text itself is what is sent.

The facts are those of the published API description (Events, July 2026): required and optional properties,
enumerations, which ids are said to be V4 UUIDs, dates as ``yyyy-MM-ddTHH:mm:ss[.mmm]Z``; other
ways to write an instant are brought to that form by the reader, see :mod:`~airflow_provider_genesys.events.times`. The
server refuses a whole body for one unknown property, so it is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, with_config
from typing_extensions import TypedDict

from airflow_provider_genesys.text import UUID, UUID4

# Patterns rather than pydantic's UUID and datetime types: those also take forms that the server is not known to take,
# such as UUIDs without hyphens or numbers as dates, and the text is forwarded as it came.
_UUID = f"^{UUID}$"
_UUID4 = f"^{UUID4}$"
# Days that exist, leap years included; there is no year 0.
_YEAR = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_DATE = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?"
DATE_TIME = rf"^{_DATE}T{_TIME}Z$"
PATTERN_MEANINGS = {
    _UUID: "must be a UUID with hyphens",
    _UUID4: "must be a V4 UUID",
    DATE_TIME: "must be a UTC time such as 2026-01-31T09:12:58.000Z",
}
Uuid = Annotated[str, Field(pattern=_UUID)]
Uuid4 = Annotated[str, Field(pattern=_UUID4)]
DateTime = Annotated[str, Field(pattern=DATE_TIME)]
Id = Annotated[str, Field(min_length=1)]
# Checked values are compared with those of other events, and only by hash: what is not equal must differ in it, unlike
# -1 and -2 or 1 and 2**61, and what is equal must not, in whatever order it was written, or with a sign before zero.
Number = Annotated[FiniteFloat, AfterValidator(lambda number: b"%r" % (number + 0.0))]
FreeTexts = Annotated[dict[str, str], AfterValidator(lambda texts: dict(sorted(texts.items())))]

TransferType = Literal["Attended", "Unattended"]
FinalState = Literal["Completed", "Canceled", "Failed"]


@with_config(ConfigDict(extra="forbid", strict=True))
class Strict(TypedDict):
    """A JSON object that takes no unknown property and converts nothing."""


class AudioState(Strict):
    """Who hears whom."""

    canHear: NotRequired[bool]
    canSpeak: NotRequired[bool]


class InitialConfiguration(Strict):
    """How a voice communication began."""

    audioState: NotRequired[AudioState]
    alerting: NotRequired[bool]
    inbound: NotRequired[bool]
    invitedBy: NotRequired[str]
    recordingActive: NotRequired[bool]
    additionalInfo: NotRequired[FreeTexts]


# "from" is a keyword, which a class cannot have as a name.
_Addresses = TypedDict("_Addresses", {"to": str, "from": str})


@with_config(ConfigDict(extra="forbid", strict=True))
class EmailInitialConfiguration(_Addresses):
    """How an email communication began."""

    cc: NotRequired[list[str]]
    bcc: NotRequired[list[str]]
    subject: NotRequired[str]
    previousEmailId: NotRequired[Uuid]
    held: NotRequired[bool]
    alerting: NotRequired[bool]
    inbound: NotRequired[bool]
    invitedBy: NotRequired[str]
    additionalInfo: NotRequired[FreeTexts]


class SourceConfiguration(Strict):
    """Which interaction of the other platform a communication belongs to."""

    sourceId: Id
    interactionId: Id
    tagId: NotRequired[str]


class ConversationEvent(Strict):
    """What every conversation event has. ``eventId`` is derived where the input has none."""

    eventId: NotRequired[Uuid4]
    eventDateTime: DateTime
    conversationId: Uuid4


class CommunicationEvent(ConversationEvent):
    """Something that happened to one communication."""

    communicationId: Uuid4


class Established(CommunicationEvent):
    """A voice communication began."""

    initialConfiguration: InitialConfiguration
    sourceConfiguration: SourceConfiguration
    ani: NotRequired[str]
    dnis: NotRequired[str]


class ExternalEstablished(Established):
    """With the customer."""

    aniName: NotRequired[str]
    dnisName: NotRequired[str]


class IvrEstablished(Established):
    """With an IVR."""

    ivrName: NotRequired[str]
    ivrPhoneNumber: NotRequired[str]


class PhoneEstablished(Established):
    """With a phone that is no user's."""

    phoneNumber: NotRequired[str]


class RoutingEstablished(Established):
    """With a queue."""

    queueId: Uuid4
    languageId: NotRequired[Uuid4]
    phoneNumber: NotRequired[str]
    skillIds: NotRequired[list[Uuid4]]


class UserEstablished(Established):
    """With an agent."""

    userId: Uuid4
    afterCallWorkRequired: NotRequired[bool]
    phoneNumber: NotRequired[str]
    queueId: NotRequired[Uuid4]
    stationId: NotRequired[Uuid4]


class DispositionApplied(CommunicationEvent):
    """An agent wrapped up; no ``code`` means that the wrap-up was skipped."""

    code: NotRequired[Uuid4]
    notes: NotRequired[str]
    tags: NotRequired[list[str]]


class HoldUpdated(CommunicationEvent):
    """Put on hold, or taken off it."""

    held: bool


class AudioUpdated(CommunicationEvent):
    """Muted or unmuted."""

    audioState: AudioState


class CommunicationEnded(CommunicationEvent):
    """A voice communication ended."""

    disconnectType: Literal[
        "Error",
        "Peer",
        "Self",
        "System",
        "Transfer",
        "TransferACD",
        "TransferConference",
        "TransferConsult",
        "TransferUser",
    ]
    destinationConversationId: NotRequired[Uuid4]


class ProgressTransfer(ConversationEvent):
    """A transfer reached its destination."""

    commandId: Uuid4
    destinationCommunicationId: Uuid4
    objectCommunicationId: Uuid4


class EndTransfer(ConversationEvent):
    """A transfer came to its end."""

    commandId: Uuid4
    finalState: FinalState
    objectCommunicationId: Uuid4


class Transfer(ConversationEvent):
    """A transfer began."""

    commandId: Uuid4
    initiatingCommunicationId: Uuid4
    objectCommunicationId: Uuid4
    targetCommunicationId: Uuid4
    transferType: TransferType


class PhoneTransfer(Transfer):
    """To a phone number."""

    destinationPhoneNumber: Id


class RoutingTransfer(Transfer):
    """To a queue."""

    destinationQueueId: Uuid4
    languageId: NotRequired[Uuid4]
    skillIds: NotRequired[list[Uuid4]]


class UserTransfer(Transfer):
    """To an agent."""

    destinationUserId: Uuid4


class ConsultTransfer(ConversationEvent):
    """An agent consults before transferring; beginning and progress have the same properties."""

    destinationCommunicationId: Uuid4
    initiatingCommunicationId: Uuid4
    objectCommunicationId: Uuid4


class EmailEstablished(CommunicationEvent):
    """An email communication began; that of a flow has nothing more."""

    initialConfiguration: EmailInitialConfiguration
    sourceConfiguration: SourceConfiguration


class EmailExternalEstablished(EmailEstablished):
    """With the customer."""

    displayName: NotRequired[str]
    includeMessage: NotRequired[bool]


class EmailRoutingEstablished(EmailEstablished):
    """With a queue, whose ids are not said to be V4 here."""

    queueId: Id
    label: NotRequired[str]
    languageId: NotRequired[Id]
    skillIds: NotRequired[list[Id]]


class EmailUserEstablished(EmailEstablished):
    """With an agent."""

    userId: Uuid4
    afterCallWorkRequired: NotRequired[bool]
    queueId: NotRequired[Uuid4]


class EmailCommunicationEnded(CommunicationEvent):
    """An email communication ended."""

    disconnectType: Literal[
        "Unknown", "Self", "Peer", "System", "Error", "Spam", "Transfer", "TransferACD", "TransferUser"
    ]


class UserPresence(Strict):
    """A user's presence changed."""

    eventId: NotRequired[Uuid4]
    eventDateTime: DateTime
    userId: Id
    sourceId: Uuid4
    presenceDefinitionId: NotRequired[Uuid]
    message: NotRequired[str]


class UserRoutingStatus(Strict):
    """An agent's routing status changed; the user is named by ``agentId`` here."""

    eventId: NotRequired[Uuid]
    eventDateTime: DateTime
    agentId: Id
    sourceId: Id
    status: Literal["OffQueue", "Idle", "Interacting", "Communicating", "NotResponding"]


class CustomKpiAttribution(Strict):
    """A value of a custom KPI for predictive routing. Preview: which properties are required is unconfirmed."""

    eventId: NotRequired[Uuid4]
    eventDateTime: DateTime
    conversationId: NotRequired[Id]
    agentId: NotRequired[Id]
    externalContactId: NotRequired[Id]
    kpiId: NotRequired[Id]
    associatedValue: NotRequired[Number]


CONVERSATION_KINDS: Mapping[str, Any] = {
    "endTransfer": EndTransfer,
    "phoneTransfer": PhoneTransfer,
    "progressTransfer": ProgressTransfer,
    "routingTransfer": RoutingTransfer,
    "userTransfer": UserTransfer,
    "communicationAnswered": CommunicationEvent,
    "communicationDispositionApplied": DispositionApplied,
    "holdUpdated": HoldUpdated,
    "externalEstablished": ExternalEstablished,
    "ivrEstablished": IvrEstablished,
    "phoneEstablished": PhoneEstablished,
    "routingEstablished": RoutingEstablished,
    "userEstablished": UserEstablished,
    "audioUpdated": AudioUpdated,
    "communicationEnded": CommunicationEnded,
    "consultTransfer": ConsultTransfer,
    "progressConsultTransfer": ConsultTransfer,
    "endConsultTransfer": ConversationEvent,
    "emailBeginTransmitting": CommunicationEvent,
    "emailCommunicationEnded": EmailCommunicationEnded,
    "emailExternalEstablished": EmailExternalEstablished,
    "emailFlowEstablished": EmailEstablished,
    "emailRoutingEstablished": EmailRoutingEstablished,
    "emailUserEstablished": EmailUserEstablished,
    "emailCommunicationAnswered": CommunicationEvent,
    "emailCommunicationDispositionApplied": DispositionApplied,
    "emailCommunicationSentMessage": CommunicationEvent,
    "emailHoldUpdated": HoldUpdated,
    "emailEndTransfer": EndTransfer,
    "emailProgressTransfer": ProgressTransfer,
    "emailRoutingTransfer": RoutingTransfer,
    "emailUserTransfer": UserTransfer,
}
