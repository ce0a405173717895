"""The presence definitions an organisation has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_genesys.api.answers import object_of
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError
from airflow_provider_genesys.files.canonical import canonical
from airflow_provider_genesys.presence.vocabulary import (
    ALL_DIVISIONS,
    SYSTEM_PRESENCES,
    display_name,
    normalise_presence,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient


@dataclass(frozen=True, slots=True)
class Definition:
    """A presence definition.

    :param id: its id; empty for one that is still to be created.
    :param system_presence: what it is a kind of, such as ``OnQueue``.
    :param labels: text by locale.
    :param division: id of its division, ``*`` for all.
    :param deactivated: whether it is deactivated; the API deletes none.
    :param type: ``User``, or ``System`` for the built-in one of each system presence, which nobody may change.
    """

    id: str
    system_presence: str
    labels: Mapping[str, str]
    division: str = ALL_DIVISIONS
    deactivated: bool = False
    type: Literal["User", "System"] = "User"

    @property
    def name(self) -> str:
        """Its name for people, such as ``Break/Smoke``; it need not be unique."""
        return display_name(self.system_presence, self.labels)

    def body(self) -> dict[str, Any]:
        """Return it as ``POST /presence/definitions`` and ``PUT .../{definitionId}`` take it: both want all of it.

        ``systemPresence`` cannot change, but a PUT may be refused without it
        (``presenceservice.organizationpresence.systempresencecannotbenull``).
        """
        return {
            "systemPresence": self.system_presence,
            "languageLabels": dict(self.labels),
            "divisionId": self.division,
            "deactivated": self.deactivated,
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Definition:
        """Make a definition of what the API answers."""
        kind = body.get("type") or ("System" if body["id"] in SYSTEM_PRESENCES.values() else "User")
        labels = body.get("languageLabels") or {}
        return cls(
            id=body["id"],
            system_presence=_presence(body.get("systemPresence") or ""),
            labels={locale: labels[locale] for locale in sorted(labels) if labels[locale] is not None},
            division=body.get("divisionId") or ALL_DIVISIONS,
            deactivated=bool(body.get("deactivated")),
            type="System" if kind == "System" else "User",
        )


def read_definitions(client: GenesysCloudClient) -> list[Definition]:
    """Read all definitions the client may see, deactivated ones too, with two requests.

    :param client: the client.
    :return: the definitions by id.
    :raises GenesysError: an answer holds fewer definitions than it says there are; and all that ``client.call`` raises.
    """
    found: dict[str, Definition] = {}
    for deactivated in ("TRUE", "FALSE"):  # one that changes between the two is what the later answer says
        query = {"deactivated": deactivated, "localeCode": "ALL"}
        answer = object_of("getPresenceDefinitions", client.call("getPresenceDefinitions", query=query))
        entities = answer.get("entities") or []
        if (answer.get("total") or 0) > len(entities):
            raise GenesysError(
                f"getPresenceDefinitions answered {len(entities)} definitions and says there are {answer['total']}"
            )
        found |= {entity["id"]: Definition.from_body(entity) for entity in entities}
    return [found[key] for key in sorted(found)]


def state_digest(definitions: Iterable[Definition]) -> str:
    """Return a digest of all that can be managed: the ``User`` definitions, active and deactivated, in any order."""
    return digest({one.id: one.body() for one in definitions if one.type == "User"})


def digest(value: Any) -> str:
    """Return a digest of a JSON value, the same in every process: 32 hexadecimal digits."""
    return hashlib.blake2b(canonical(value), digest_size=16).hexdigest()


def _presence(text: str) -> str:
    try:
        return normalise_presence(text)
    except GenesysConfigError:
        return text  # one the API has gained since
