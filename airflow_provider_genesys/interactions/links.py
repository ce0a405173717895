"""How the records of one conversation go on from each other: whether all are there, and one of them is the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.interactions.checks import UntellableError

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mapping_file import Understood
    from airflow_provider_genesys.interactions.sorting import Sorting

_MOST = 3
"""Links that a message names."""


def missing(records: Sequence[Understood], sorting: Sorting) -> str | None:
    """Say of a conversation that it goes on in a record that was not read, or from one."""
    for each in records:
        for where, id_ in (("in", each.next), ("from", each.previous)):
            if id_ is not None and not sorting.knows(id_):
                return f"it goes on {where} record {id_!r}, which was not read"
    return None


def refuse_circle(records: Sequence[Understood]) -> None:
    """Refuse records that go on from each other in a circle.

    :raises UntellableError: none of them is the first, nor goes on from one that is not here.
    """
    ids = {each.interaction.id for each in records}
    if all(each.previous in ids for each in records):
        links = ", ".join(f"{each.interaction.id!r} from {each.previous!r}" for each in records[:_MOST])
        raise UntellableError(f"its records go on from each other in a circle: {links}")
