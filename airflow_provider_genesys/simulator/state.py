"""What a simulated organisation holds.

All of it is one object that a reset replaces, so that a request still under way when a test resets cannot touch the
next test's account.
"""

from __future__ import annotations

import math
import random
import secrets
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.errors import ApiError, missing_permission
from airflow_provider_genesys.simulator.faults import Faults
from airflow_provider_genesys.simulator.ledger import EventLedger
from airflow_provider_genesys.simulator.settings import Settings
from airflow_provider_genesys.simulator.traffic import RateLimit, RequestLog

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.settings import Start
    from airflow_provider_genesys.simulator.traffic import Clock


class Tokens:
    """The tokens given out; only those that have not expired are valid.

    :param clock: seconds that never go back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._expiry: dict[str, float] = {}

    def issue(self, seconds: int) -> str:
        """Return a new token that is valid for so many seconds."""
        token = secrets.token_urlsafe(32)
        self._expiry[token] = self._clock() + seconds
        return token

    def is_valid(self, token: str) -> bool:
        """Say whether a token was given out here and is still valid."""
        return self._expiry.get(token, -math.inf) > self._clock()

    def expire(self, token: str) -> None:
        """End a token's life now."""
        self._expiry.pop(token, None)

    def expire_all(self) -> int:
        """End the life of all tokens now.

        :returns: how many there were.
        """
        tokens = len(self._expiry)
        self._expiry.clear()
        return tokens


class World:
    """One simulated organisation from a reset to the next.

    :param start: how it begins.
    :param clock: seconds that never go back.
    """

    def __init__(self, start: Start, clock: Clock = time.monotonic) -> None:
        self.settings = start.settings
        self.tokens = Tokens(clock)
        self.rate_limit = RateLimit(clock)
        self.ledger = EventLedger()
        self.requests = RequestLog()
        self.faults = Faults(start.seed, start.faults)
        self._seed_ids(start.seed)

    def reseed(self, seed: int) -> None:
        """Start chance afresh: correlation ids, users' ids, and the faults with their counts."""
        self._seed_ids(seed)
        self.faults.reseed(seed)

    def _seed_ids(self, seed: int) -> None:
        self.seed = seed
        self._ids = random.Random(f"{seed}:correlation ids")  # noqa: S311 (chance, not cryptography)

    def new_correlation_id(self) -> str:
        """Return the next correlation id."""
        return _random_uuid(self._ids)

    def change_settings(self, changes: dict[str, Any]) -> Settings:
        """Change some settings.

        :param changes: new values by name.
        :returns: all settings.
        :raises pydantic.ValidationError: if one is unknown or wrong; nothing is changed then.
        """
        self.settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        return self.settings

    def require_permission(self, name: str) -> None:
        """Refuse the request unless the client has this permission.

        :raises ApiError: 403, naming it.
        """
        permissions = self.settings.permissions
        if permissions is not None and name not in permissions:
            raise missing_permission(name)

    def require_token(self, authorization: str | None) -> str:
        """Return the token of an ``Authorization`` header.

        :raises ApiError: 401, if there is none or it is not valid.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "No authentication bearer token specified in authorization header."
            raise ApiError(401, "authentication.required", message)
        if not self.tokens.is_valid(token):
            raise ApiError(401, "bad.credentials")
        return token

    def users(self) -> Sequence[dict[str, str]]:
        """Return the organisation's users, the same for the same seed."""
        chance = random.Random(f"{self.seed}:users")  # noqa: S311 (chance, not cryptography)
        ids = (_random_uuid(chance) for _ in range(self.settings.users))
        return [
            {
                "id": user_id,
                "name": f"Agent {number}",
                "email": f"agent{number}@example.com",
                "state": "active",
                "selfUri": f"/api/v2/users/{user_id}",
            }
            for number, user_id in enumerate(ids, start=1)
        ]


class Simulator:
    """What the server holds on to: how it was started and the present world.

    :param start: how it was started.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self.world = World(start)

    def reset(self) -> None:
        """Begin again as at the start."""
        self.world = World(self.start)


def _random_uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
