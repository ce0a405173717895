"""One look at something that is waited for: what sensors do again and again, and what any other waiter may do.

A look only reads. It ends in time, whatever the server and the network do, and a failure that may pass is no failure of
the waiting: it means *not yet*, and the next look may see more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_genesys.api.deadline import Deadline
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysStorageError,
    GenesysTransportError,
)
from airflow_provider_genesys.files.refusals import may_pass

if TYPE_CHECKING:
    from airflow_provider_genesys.api.client import Client

_Client = TypeVar("_Client", bound="Client")

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
    :param after: seconds after which the server asked to come back, where it did.
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
        after = error.retry_after if isinstance(error, GenesysApiError) else None
        return Seen(done=False, said=f"could not look: {error}", failed=True, after=after)
    except OSError as error:
        if not may_pass(error):
            raise
        return Seen(done=False, said=f"could not look: {error}", failed=True)
