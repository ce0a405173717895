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
_PASSING = (GenesysRateLimitError, GenesysServerError, GenesysStorageError, GenesysTransportError)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw.

    :param done: whether it is what is waited for.
    :param said: that in one line.
    :param found: the same for programs, as JSON has it; ``None`` where nothing could be seen.
    """

    done: bool
    said: str
    found: Mapping[str, Any] | None = None


def look(see: Callable[[_Client], Seen], client: _Client, *, within: float) -> Seen:
    """Look once.

    :param see: looks by the client that it is given, which ends in time and repeats little: there is a next look.
    :param client: the client.
    :param within: seconds; less than ``SHORTEST`` counts as that.
    :return: what ``see`` saw; not done, and why, for a failure that may pass: no connection, no answer in time, a rate
        limit, an error of the server or of a store.
    :raises GenesysError: what no further look would cure.
    """
    try:
        return see(client.until(Deadline(max(within, SHORTEST))))
    except _PASSING as error:
        return Seen(done=False, said=f"could not look: {error}")
    except OSError as error:
        if not may_pass(error):
            raise
        return Seen(done=False, said=f"could not look: {error}")
