"""The models of presence bodies and their fields, in the notation of `events`, and the words they are made of.

Written from the API's published description. Where a missing field has an error code of its own rather than the usual
one (``languageLabels``, a source's ``name``), it is marked optional here and checked where that code is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALL_DIVISIONS = "*"


@dataclass(frozen=True, slots=True)
class SystemPresence:
    """One of the ten that Genesys Cloud is built on.

    :param id: of its definition, the same in every organisation and region.
    :param name: as it is shown and as v1 of the definitions spells it.
    """

    id: str
    name: str

    @property
    def v2_name(self) -> str:
        """As v2 of the definitions spells it: ``OnQueue``."""
        return self.name.replace(" ", "")

    @property
    def user_name(self) -> str:
        """As users' presences spell it: ``ON_QUEUE``."""
        return self.name.replace(" ", "_").upper()


AVAILABLE = SystemPresence("6a3af858-942f-489d-9700-5f9bcdcdae9b", "Available")
OFFLINE = SystemPresence("ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5", "Offline")
ON_QUEUE = SystemPresence("e08eaf1b-ee47-4fa9-a231-1200e284798f", "On Queue")
SYSTEM_PRESENCES = (
    AVAILABLE,
    SystemPresence("5e5c5c66-ea97-4e7f-ac41-6424784829f2", "Away"),
    SystemPresence("31fe3bac-dea6-44b7-bed7-47f91660a1a0", "Busy"),
    OFFLINE,
    SystemPresence("7ffa01cd-7866-4ad7-8faa-31e11b42f51f", "Idle"),
    ON_QUEUE,
    SystemPresence("3fd96123-badb-4f69-bc03-1b1ccc6d8014", "Meal"),
    SystemPresence("d2390a99-8546-bad9-8f0a-219548e8aeb0", "Training"),
    SystemPresence("bbdff279-7ae1-48ea-bade-7831d7234c64", "Meeting"),
    SystemPresence("227b37e2-f1d0-4dd0-8f50-badd7cf6d158", "Break"),
)

# `localeCode` of v2 takes these and ALL; a label may be in three more.
LISTED_LOCALES = frozenset(
    (
        *("ar", "cs", "da", "de", "en_US", "es", "fi", "fr", "he", "it", "ja", "ko"),
        *("nl", "no", "pl", "pt_BR", "pt_PT", "ru", "sv", "th", "tr", "uk", "zh_CN", "zh_TW"),
    )
)
LABEL_LOCALES = LISTED_LOCALES | {"en", "hi", "pt"}

ENUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "SystemPresenceName": tuple(presence.v2_name for presence in SYSTEM_PRESENCES),
        "EntityType": ("System", "User"),
    }
)

MODELS: Mapping[str, str] = MappingProxyType(
    {
        "OrganizationPresenceDefinition": (
            "id? name? type:EntityType? languageLabels:text{}? systemPresence:SystemPresenceName? divisionId? "
            "deactivated:boolean? selfUri?"
        ),
        "OrganizationPresence": (
            "id? name? languageLabels:text{}? systemPresence? deactivated:boolean? primary:boolean? "
            "createdBy:User? createdDate:datetime? modifiedBy:User? modifiedDate:datetime? selfUri?"
        ),
        "Source": "id? name? description? type:EntityType? deactivated:boolean? selfUri?",
        "UserPrimarySource": "id? name? sourceId? registered:boolean? selfUri?",
        "PresenceSettings": (
            "id? name? restorePresenceSettings:RestorePresenceSettings? requestingOffQueueEnabled:boolean? "
            "defaultPrimaryPresenceRegisteredSourceId? selfUri?"
        ),
        "RestorePresenceSettings": "enabled:boolean restoreOnQueueEnabled:boolean restoreTimeMilliseconds:integer",
        "UserPresence": (
            "id? name? source? sourceId? primary:boolean? presenceDefinition:PresenceDefinition? "
            "futurePresenceDefinition:PresenceDefinition? message? modifiedDate:datetime? selfUri?"
        ),
        "MutableUserPresence": (
            "id? name? source? sourceId? primary:boolean? presenceDefinition:PresenceDefinition? "
            "futurePresenceDefinition:PresenceDefinition? message? modifiedDate:datetime? selfUri?"
        ),
        "PresenceDefinition": "id? systemPresence? selfUri?",
    }
)
