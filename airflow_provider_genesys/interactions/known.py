"""What a record is known by, also where the rest of it cannot be understood: so that somebody can ask about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.interactions.scope import BadValueError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.scope import Scope


class Known(NamedTuple):
    """What a record is known by, as far as it says so.

    :param id: its own id.
    :param conversation: what it says its conversation is.
    :param previous: id of the record from which it goes on.
    :param user: the agent, where it tells what one does.
    """

    id: str | None = None
    conversation: str | None = None
    previous: str | None = None
    user: str | None = None


def text_if_said(get: Callable[[Scope], Any] | None, scope: Scope) -> str | None:
    """Return what a record says; ``None`` where it says nothing, or nothing that can be understood."""
    try:
        value = None if get is None else get(scope)
    except BadValueError:
        return None
    return None if value is None else str(value)
