"""What keeps requests waiting, told in the log: one line for one condition, however many threads meet it.

Twelve lanes that meet one outage have nothing to say twelve times. A condition that lasts, or comes and goes, is told
once a minute.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from airflow_provider_genesys.exceptions import GenesysError

log = logging.getLogger(__name__)

_AGAIN = 60.0  # seconds after which what lasts is told again
_LONG_WAIT = 1.0  # seconds; shorter waits are not worth a line

_Condition = Literal["rate limit", "outage"]


class Conditions:
    """Tells of the conditions that the requests of one client meet; shared by its threads.

    :param clock: seconds, never running backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._silent_until: dict[_Condition, float] = {}

    def rate_limit(self, reason: str, seconds: float) -> None:
        """Tell that requests wait for the rate limit, unless it is for a moment.

        :param reason: why, in words.
        :param seconds: how long.
        """
        if seconds > _LONG_WAIT and self._is_news("rate limit"):
            log.info("Waiting for %.0f s: %s. Then requests go on by themselves.", seconds, reason)

    def outage(self, failure: str, seconds: float) -> None:
        """Tell that a request failed that is repeated, unless at once.

        :param failure: what happened, and how many tries are left.
        :param seconds: after how long it is repeated.
        """
        if seconds > _LONG_WAIT and self._is_news("outage"):
            log.warning(
                "A request failed: %s. It is repeated in %.0f s, and with longer waits after that, as is every other "
                "one that fails so.",
                failure,
                seconds,
            )

    def lost_answer(self, failure: GenesysError, tries: int) -> None:
        """Tell that events may have arrived and are sent again; it is an outage, too.

        :param failure: what happened.
        :param tries: how often a request is sent in all.
        """
        if self._is_news("outage"):
            log.warning(
                "A request has no clear answer: %s. Its events may have arrived all the same; they are sent again with "
                "the same ids, as are those of every other request that fails so, with longer and longer waits, until "
                "each was sent %d times. If that does not help, this try ends, and the next one goes on from there.",
                failure,
                tries,
            )

    def unclear_answer(self, failure: GenesysError) -> None:
        """Tell that events may have arrived and are sent again at once, in smaller requests.

        :param failure: what was answered.
        """
        if self._is_news("outage"):
            log.warning(
                "An answer does not say which events were accepted: %s. They are sent again with the same ids, in "
                "smaller requests, as are those of every other request that is answered so.",
                failure,
            )

    def _is_news(self, condition: _Condition) -> bool:
        """Return whether a condition has not been told for a minute; if so, it is taken to be told now."""
        with self._lock:
            now = self._clock()
            if now < self._silent_until.get(condition, -math.inf):
                return False
            self._silent_until[condition] = now + _AGAIN
            return True
