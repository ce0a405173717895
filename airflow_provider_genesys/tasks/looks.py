"""Looks by name: what a trigger, which is kept as a class path and JSON, can be asked to look for.

Each takes arguments that are JSON and returns what looks. It needs nothing but a client: what a look of the task's own
reads elsewhere, a file beside the Dag or a snapshot on a store, is in the arguments, so that a triggerer needs neither
the Dag's folder nor the store's connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.looks import Seen

See: TypeAlias = "Callable[[GenesysCloudClient], Seen]"
"""Looks once, by the client it is given."""
Question: TypeAlias = tuple[str, dict[str, Any]]
"""What is looked for, as data: the name of a look, and its arguments."""

# The jobs are imported in functions: what waits is imported while Dags are parsed.


def see_by(name: str, arguments: Mapping[str, Any]) -> See:
    """Return what looks.

    :param name: a name of ``LOOKS``.
    :param arguments: its arguments.
    :raises GenesysConfigError: there is no such look, or it has other arguments, as when the provider was upgraded
        while a task waited.
    """
    if name not in LOOKS:
        raise GenesysConfigError(f"there is no look {name!r}; there are {', '.join(LOOKS)}")
    try:
        return LOOKS[name](**arguments)
    except TypeError as error:
        raise GenesysConfigError(f"the look {name!r} does not take these arguments: {error}") from error


def _at_users(
    *, user_ids: Sequence[str], presences: Sequence[str], match: str, source_id: str | None, wanted: list[str] | None
) -> See:
    """See as ``look_at_users`` does; what is not resolved yet (``wanted``) is when the server answers."""
    from airflow_provider_genesys.presence.looks import ids_of, look_at_users  # noqa: PLC0415

    def see(client: GenesysCloudClient) -> Seen:
        nonlocal wanted
        if wanted is None:
            wanted = ids_of(client, presences)
        return look_at_users(client, user_ids, presences, match=match, source_id=source_id, wanted=wanted)

    return see


def _at_definitions(*, definitions: Sequence[Any], wait_for: str, prune: Any, labels: Any) -> See:
    """See as ``look_at_definitions`` does, of rows."""
    from airflow_provider_genesys.presence.looks import look_at_definitions  # noqa: PLC0415

    return lambda client: look_at_definitions(client, definitions, wait_for=wait_for, prune=prune, labels=labels)


def _at_configuration(*, include: Sequence[str], known: Mapping[str, str]) -> See:
    """See whether resources have other fingerprints; the task then looks what has changed."""
    from airflow_provider_genesys.exports.fingerprints import look_for_change  # noqa: PLC0415
    from airflow_provider_genesys.exports.resources import select  # noqa: PLC0415

    resources = select(include)
    return lambda client: look_for_change(client, resources, known)


def _by_the_task() -> See:
    """See nothing but that it is time for the task to look itself, which only it can."""
    from airflow_provider_genesys.api.looks import Seen  # noqa: PLC0415

    return lambda client: Seen(done=True, said="the task looks itself")  # noqa: ARG005 - a ``See``


LOOKS: Mapping[str, Callable[..., See]] = MappingProxyType(
    {
        "users": _at_users,
        "definitions": _at_definitions,
        "configuration": _at_configuration,
        "task": _by_the_task,
    }
)
"""The looks by name."""
BY_THE_TASK: Question = ("task", {})
"""For what no trigger can look at now."""
