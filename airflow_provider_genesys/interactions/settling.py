"""Whether a record may still change: platforms correct what they have told, mostly within minutes or hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.mapping_file import Understood
    from airflow_provider_genesys.interactions.model import Interaction, Leg

YOUNG = "it is younger than settle, and may still change"
"""Why a record is held back that may."""


def is_young(records: Iterable[Understood], settled_by: datetime | None) -> bool:
    """Tell whether one of a conversation's records may still change.

    :param settled_by: what has changed after this moment may; ``None`` where nothing is waited for.
    """
    return settled_by is not None and any(changed_at(each.interaction, each.version) > settled_by for each in records)


def changed_at(interaction: Interaction, version: str | None) -> datetime:
    """Return when a record changed last: its version, if that is a time with its zone, else the last that it tells."""
    found = _time_in(version)
    if found is not None:
        return found
    times = [interaction.started, interaction.ended, interaction.customer.answered]
    times += [time for leg in interaction.legs for time in _times_of(leg)]
    return max(time for time in times if time is not None)


def _times_of(leg: Leg) -> list[datetime | None]:
    return [leg.started, leg.answered, leg.ended, leg.wrap.ended if leg.wrap else None]


def _time_in(version: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(version or "")
    except ValueError:
        return None
    return None if found.tzinfo is None else found
