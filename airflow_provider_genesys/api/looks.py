"""One look at something that is waited for: what sensors do again and again, and what any other waiter may do.

A look only reads. It ends in time, whatever the server and the network do, and a failure that may pass is no failure of
the waiting: it means *not yet*, and the next look may see more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_genesys.api.deadline import Deadline
from airflow_provider_genesys.arguments import LONGEST_WAIT
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysStorageError,
    GenesysTransportError,
)
from airflow_provider_genesys.files.refusals import may_pass

if TYPE_CHECKING:
    from airflow_provider_genesys.api.client import Client

_Client = TypeVar("_Client", bound="Client[Any, Any]")

SHORTEST = 3.0
"""Seconds that a look has at least, also where nothing is left: Airflow looks once more when a timeout is over."""
LONGEST = 300.0
"""Seconds after which a look is given up where the waiting itself may last for days."""
_PASSING = (GenesysRateLimitError, GenesysServerError, GenesysStorageError, GenesysTransportError)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw.

    :param done: whether it is what is waited for.
    :param said: that in one line.
    :param found: the same for programs, as JSON has it; ``None`` where nothing could be seen, or not all of it.
    :param failed: whether it saw nothing because something failed that may pass.
    :param after: seconds after which the server asked to come back, where it did: there is no look before.
    """

    done: bool
    said: str
    found: Mapping[str, Any] | None = None
    failed: bool = False
    after: float | None = None


def time_for_a_look(seconds: float) -> Deadline:
    """Return when a look that begins now has to end.

    :param seconds: from now on; less than ``SHORTEST`` counts as that.
    """
    return Deadline(max(seconds, SHORTEST))


def look(see: Callable[[_Client], Seen], client: _Client, deadline: Deadline) -> Seen:
    """Look once.

    :param see: looks by the client that it is given, which only reads, ends in time and repeats little: there is a next
        look.
    :param client: the client.
    :param deadline: when it has to end.
    :return: what ``see`` saw; not done, and why, for a failure that may pass: no connection, no answer in time, a rate
        limit, an error of the server or of a store.
    :raises GenesysError: what no further look would cure.
    """
    try:
        return see(client.read_only().until(deadline))
    except _PASSING as error:
        return _nothing_seen(error)
    except OSError as error:
        if not may_pass(error):
            raise
        return Seen(done=False, said=f"could not look: {error}", failed=True)


def _nothing_seen(error: GenesysError) -> Seen:
    """Return what is seen where something failed that may pass: why, in words, and when there may be a next look."""
    after = error.retry_after if isinstance(error, GenesysApiError) else None
    limited = isinstance(error, GenesysRateLimitError)
    said = f"could not look: {'the allowance of requests is used up (HTTP 429)' if limited else error}"
    if after:
        after = min(after, LONGEST_WAIT)
        moment = datetime.fromtimestamp(math.ceil(time.time() + after), UTC)
        said += f"; the next look is at {moment.isoformat()} at the earliest, as the server asked"
    return Seen(done=False, said=said, failed=True, after=after)
