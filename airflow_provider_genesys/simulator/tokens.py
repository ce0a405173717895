"""The tokens that a simulated login has given out."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
