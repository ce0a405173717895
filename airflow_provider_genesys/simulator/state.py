"""What a simulated organisation holds.

All of it is one object that a reset replaces, so that a request still under way when a test resets cannot touch the
next test's account.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.dates import Dates
from airflow_provider_genesys.simulator.definitions import Definitions
from airflow_provider_genesys.simulator.directory import random_uuid, routed, seeded_routing, seeded_users, user
from airflow_provider_genesys.simulator.errors import missing_permission
from airflow_provider_genesys.simulator.faults import Faults
from airflow_provider_genesys.simulator.guests import Guests
from airflow_provider_genesys.simulator.ledger import EventLedger
from airflow_provider_genesys.simulator.settings import Settings
from airflow_provider_genesys.simulator.sources import PURECLOUD, SYSTEM_SOURCE, Sources
from airflow_provider_genesys.simulator.tokens import Tokens
from airflow_provider_genesys.simulator.traffic import RateLimit, RequestLog
from airflow_provider_genesys.simulator.user_presences import UserPresences
from airflow_provider_genesys.simulator.vonage.account import VonageAccount
from airflow_provider_genesys.simulator.web_messaging import WebMessaging
from airflow_provider_genesys.simulator.webchat import WIDGETS, Deployments, WebChat

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Start
    from airflow_provider_genesys.simulator.traffic import Clock

# As in an organisation where nobody has touched them; what the real ones begin as is unconfirmed.
PRESENCE_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "restorePresenceSettings": {
            "enabled": False,
            "restoreOnQueueEnabled": False,
            "restoreTimeMilliseconds": 0,
        },
        "requestingOffQueueEnabled": False,
        "defaultPrimaryPresenceRegisteredSourceId": None,
    }
)


class World:
    """One simulated organisation from a reset to the next.

    :param start: how it begins.
    :param clock: seconds that never go back.
    """

    def __init__(self, start: Start, clock: Clock = time.monotonic) -> None:
        self.settings = start.settings
        self._clock = clock
        self.tokens = Tokens(clock)
        self.rate_limit = RateLimit(clock)
        self.ledger = EventLedger()
        self.requests = RequestLog()
        self.faults = Faults(start.seed, start.faults)
        self._seed_ids(start.seed)
        self.definitions = Definitions(self.new_id, clock)
        self.sources = Sources(self.new_id, clock, self.settings.sources)
        self.user_presences = UserPresences()
        self.presence_settings = dict(PRESENCE_SETTINGS)
        self.webchat = WebChat(self.new_id)
        self.widgets = Deployments(self.new_id, WIDGETS)
        dates = Dates()
        self.guests = Guests(self.new_id, dates)
        self.web_messaging = WebMessaging(self.new_id, dates)
        self.vonage = VonageAccount(start.seed, Tokens(clock), clock)

    def reseed(self, seed: int) -> None:
        """Start chance afresh: all ids that are made up, and the faults with their counts."""
        self._seed_ids(seed)
        self.faults.reseed(seed)

    def _seed_ids(self, seed: int) -> None:
        self.seed = seed
        self._correlation_ids = random.Random(f"{seed}:correlation ids")  # noqa: S311 (chance, not cryptography)
        self._entity_ids = random.Random(f"{seed}:entity ids")  # noqa: S311 (as above)
        self._users = seeded_users(seed, self.settings.users)
        self.routing = seeded_routing(seed)

    def new_correlation_id(self) -> str:
        """Return the next correlation id."""
        return random_uuid(self._correlation_ids)

    def new_id(self) -> str:
        """Return the next id for something that a request creates."""
        return random_uuid(self._entity_ids)

    def change_settings(self, changes: dict[str, Any]) -> Settings:
        """Change some settings.

        :param changes: new values by name.
        :returns: all settings.
        :raises pydantic.ValidationError: if one is unknown or wrong; nothing is changed then.
        """
        self.settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        if "sources" in changes:
            self.sources = Sources(self.new_id, self._clock, self.settings.sources)
        if "users" in changes:
            self._users = seeded_users(self.seed, self.settings.users)
        return self.settings

    def has_permission(self, name: str) -> bool:
        """Say whether the client may do this."""
        return self.settings.permissions is None or name in self.settings.permissions

    def require_permission(self, *names: str) -> None:
        """Refuse the request unless the client has one of these permissions.

        :raises ApiError: 403, naming them.
        """
        if not any(self.has_permission(name) for name in names):
            raise missing_permission(*names)

    def require_all_permissions(self, *names: str) -> None:
        """Refuse the request unless the client has all of these permissions.

        :raises ApiError: 403, naming those that are missing.
        """
        missing = [name for name in names if not self.has_permission(name)]
        if missing:
            raise missing_permission(", ".join(missing))

    def expire_token(self, token: str) -> None:
        """End the life of a token now: the client's, a guest's, or one of Vonage Contact Center's."""
        self.tokens.expire(token)
        self.guests.expire(token)
        self.vonage.tokens.expire(token)

    def users(self) -> Sequence[Mapping[str, Any]]:
        """Return the organisation's users, the same for the same seed."""
        states = self.settings.user_states
        return [{**user, "state": states.get(user_id, "active")} for user_id, user in self._users.items()]

    def load_directory(
        self, users: Sequence[Mapping[str, Any]] | None, routing: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        """Put users, and what there is to route by, in the place of those there are; ids that are not given are new.

        :param users: each with what :func:`~airflow_provider_genesys.simulator.directory.user` takes.
        :param routing: queues and so on, each with ``name``, by kind.
        """
        if users is not None:
            ids = [given.get("id") or self.new_id() for given in users]
            self._users = {
                id_: user(id_, number, given)
                for number, (id_, given) in enumerate(zip(ids, users, strict=True), start=1)
            }
        for kind, entities in routing.items():
            self.routing[kind] = [routed(kind, {"id": self.new_id(), **given}) for given in entities]

    def has_user(self, user_id: str) -> bool:
        """Say whether the organisation has this user."""
        return user_id in self._users

    def take_presence_event(self, event: Mapping[str, Any]) -> None:
        """Let a user's presence be what an accepted event says.

        An event for an unknown user, or with an unknown definition, is accepted too, and changes nothing. Whether the
        real server refuses those is unconfirmed.
        """
        definition_id = event.get("presenceDefinitionId")
        if self.has_user(event["userId"]) and (definition_id is None or self.definitions.current(definition_id)):
            self.user_presences.take_event(event)

    def primary_source_id(self, user_id: str) -> str:
        """Return a user's primary source: the user's own, else the organisation's default, else the System one."""
        own = self.user_presences.primary_source(user_id)
        if own == PURECLOUD:
            return SYSTEM_SOURCE.id
        default: str | None = self.presence_settings["defaultPrimaryPresenceRegisteredSourceId"]
        return own or default or SYSTEM_SOURCE.id
