"""An organisation's presence definitions in memory, behind the client's interface: its reads lag, its requests fail."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysApiError, GenesysNotFoundError
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.state import Definition
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES
from tests.plans import planned

if TYPE_CHECKING:
    from airflow_provider_genesys.api.meter import Meter
    from airflow_provider_genesys.api.performing import Wait
    from airflow_provider_genesys.presence.plan.plan import Plan

MAX_ACTIVE = 30


class Organization:
    """The definitions, as a client sees them.

    :param definitions: the ``User`` definitions there are.
    :param lag: seconds until a read shows a write; time passes by waiting only.

    ``presences`` are the users, each with the id of the definition it is in.
    """

    def __init__(self, definitions: Sequence[Definition] = (), *, lag: float = 0.0, seed: int = 0) -> None:
        system = [Definition(id_, name, {"en_US": name}, type="System") for name, id_ in SYSTEM_PRESENCES.items()]
        self.now = 1000.0
        self.lag = lag
        self.id = "the organisation"
        self.presences: dict[str, str] = {}
        self.history = [(0.0, {one.id: one for one in [*system, *definitions]})]
        self.requests: list[str] = []
        self.before: Callable[[int, str], None] = lambda number, operation: None
        self.after: Callable[[int, str], None] = lambda number, operation: None
        self.random = random.Random(seed)
        self.operations = {
            "getOrganizationsMe": self.organization,
            "getPresenceDefinitions": self.listing,
            "postPresenceDefinitions": self.create,
            "putPresenceDefinition": self.put,
            "deletePresenceDefinition": self.delete,
            "getUsersPresencesPurecloudBulk": self.bulk,
        }

    @property
    def definitions(self) -> dict[str, Definition]:
        return self.history[-1][1]

    @property
    def users(self) -> list[Definition]:
        return [one for one in self.definitions.values() if one.type == "User"]

    @property
    def active(self) -> list[Definition]:
        return [one for one in self.users if not one.deactivated]

    @property
    def writes(self) -> list[str]:
        return [name for name in self.requests if not name.startswith("get")]

    def wait(self, seconds: float, reason: str) -> None:
        assert seconds > 0
        assert reason
        self.now += seconds

    def client(self, *, wait: Wait | None = None, meter: Meter | None = None) -> GenesysCloudClient:
        """Return a client of it; by default time passes while it waits."""
        return _Client(self).view(wait=wait or self.wait, meter=meter)

    def call(self, operation: str, *, wait: Wait, path_params=None, query=None, body=None) -> Any:
        """Answer a request of a client that waits like that."""
        number = len(self.requests)
        self.requests.append(operation)
        self.before(number, operation)
        answer = self.operations[operation](path_params or {}, query or {}, body)
        self.after(number, operation)
        return answer

    def organization(self, path_params, query, body):
        return {"id": self.id}

    def listing(self, path_params, query, body):
        assert query["localeCode"] == "ALL"
        seen = next(state for time, state in reversed(self.history) if time + self.lag <= self.now or time == 0)
        entities = [
            {"id": one.id, "type": one.type, **one.body()}
            for one in seen.values()
            if one.deactivated == (query["deactivated"] == "TRUE")
        ]
        return {"total": len(entities), "entities": entities}

    def iterate(self, operation: str) -> Any:
        assert operation == "getUsers"
        self.requests.append(operation)
        return iter([{"id": user} for user in self.presences])

    def bulk(self, path_params, query, body):
        return [{"userId": user, "presenceDefinition": {"id": self.presences[user]}} for user in query["id"]]

    def create(self, path_params, query, body):
        new = Definition.from_body({**body, "id": str(uuid.UUID(int=self.random.getrandbits(128))), "type": "User"})
        self.write(new)
        return {"id": new.id, **body}

    def put(self, path_params, query, body):
        before = self.find(path_params)
        assert body["systemPresence"] == before.system_presence
        self.write(Definition.from_body({**body, "id": before.id, "type": "User"}))
        return {"id": before.id, **body}

    def delete(self, path_params, query, body):
        self.write(replace(self.find(path_params), deactivated=True))

    def find(self, path_params) -> Definition:
        if path_params["definitionId"] not in self.definitions:
            raise GenesysNotFoundError(404, "not.found")
        found = self.definitions[path_params["definitionId"]]
        assert found.type == "User"
        return found

    def write(self, definition: Definition) -> None:
        changed = {**self.definitions, definition.id: definition}
        active = Counter(one.system_presence for one in changed.values() if one.type == "User" and not one.deactivated)
        if active[definition.system_presence] > MAX_ACTIVE:
            code = "presenceservice.organizationpresence.toomanyorganizationpresences"
            raise GenesysApiError(409, code, "Too many presence definitions")
        self.history.append((self.now, changed))


def definition(number: int, label: str, **changes: Any) -> Definition:
    """Return a definition; its id comes before all that an :class:`Organization` makes up."""
    return Definition(**{"id": f"0{number:07}", "system_presence": "Break", "labels": {"en_US": label}, **changes})


def desired(label: str, **changes: Any) -> DesiredDefinition:
    return DesiredDefinition(**{"system_presence": "Break", "labels": {"en_US": label}, **changes})


class _Client(GenesysCloudClient):
    """The real client, but for what goes over the network."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(ClientSettings("the-id", "secret", "https://api.example.com", "https://login.example.com"))
        self._organization = organization

    def call(self, operation: Any, **arguments: Any) -> Any:
        self.meter.add(requests=1)
        return self._organization.call(operation, wait=self.wait, **arguments)

    def iterate(self, operation: Any, **_: Any) -> Any:
        self.meter.add(requests=1)
        return self._organization.iterate(operation)


def plan_of(wanted: Sequence[DesiredDefinition], organization: Organization, **settings: Any) -> Plan:
    """Plan without guards, unless settings say otherwise."""
    generous = {"max_changes_percent": 100, "max_deactivations": 1000}
    return planned(wanted, list(organization.definitions.values()), **{**generous, **settings})


def is_as_desired(wanted: Sequence[DesiredDefinition], organization: Organization, **settings: Any) -> bool:
    """Tell whether there is nothing left to do; a definition there twice would be an ambiguity, which is an error."""
    return not plan_of(wanted, organization, **settings).changes
