"""What all clients of one process share: one token and one pace for each identity, and what was told already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_genesys.api import hosts
from airflow_provider_genesys.api.auth import Tokens
from airflow_provider_genesys.api.operations import OPERATIONS
from airflow_provider_genesys.api.pacing import Limiter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_genesys.api.operations import Operation

# The process' id is part of the identity: a lock that another thread held when Airflow forked a task would never be
# released in the child.
Identity = tuple[int, str, str, str, str, str | None]
"""Process, system, login host, client id, hash of the secret, scope."""

_TOKENS: dict[Identity, Tokens] = {}
_LIMITERS: dict[tuple[Identity, float], Limiter] = {}
_DEPRECATIONS_TOLD: set[str] = set()


def tokens_of(identity: Identity) -> Tokens:
    """Return what holds the token of an identity, whatever the number of clients and threads."""
    return _TOKENS.setdefault(identity, Tokens())


def limiter_of(identity: Identity, requests_per_minute: float) -> Limiter:
    """Return what paces the requests of an identity, whatever the number of clients and threads."""
    return _LIMITERS.setdefault((identity, requests_per_minute), Limiter(requests_per_minute))


def untold_deprecations(operations: Iterable[Operation]) -> list[Operation]:
    """Return the deprecated ones of some operations that this process has not been warned of yet.

    They count as told from now on: who asks for them says so, in one line for all that is one condition.
    """
    untold = [each for each in operations if each.deprecation is not None and each.name not in _DEPRECATIONS_TOLD]
    _DEPRECATIONS_TOLD.update(each.name for each in untold)
    return untold


def deprecations_are_told() -> None:
    """Note that an earlier process has told them for the same task, which waits in one process after the other."""
    untold_deprecations(OPERATIONS.values())


def forget_tokens_and_limits() -> None:
    """Forget all tokens, paces, hosts and told deprecations, as a new process has.

    Clients made before keep what they have. It is for tests, also those of Dag authors: each then begins alike.
    """
    _TOKENS.clear()
    _LIMITERS.clear()
    _DEPRECATIONS_TOLD.clear()
    hosts.forget()
