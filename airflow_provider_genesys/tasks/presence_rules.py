"""The presence map by which states of agents are told: the transfer's rule engine, handed to the conversion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Entry
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.mapping_file import RecordMapping
    from airflow_provider_genesys.interactions.state_telling import PresenceRules
    from airflow_provider_genesys.mapping.rules import StateMap


def mistakes_in_rules(lists: Sequence[Sequence[Entry]], *, is_given: bool) -> Iterator[tuple[int, str]]:
    """Yield line and words of each mistake in the rules of a mapping file, for who tells all that is wrong with it.

    :param lists: its own rules, and those that it takes over: each for itself, since a rule is no mistake because
        others that come before take all that it matches.
    :param is_given: whether there are rules as an argument too, so that the file need not have any.
    """
    from airflow_provider_genesys.mapping import rules  # noqa: PLC0415 - not while parsing
    from airflow_provider_genesys.presence.resolve import mistake_in_name  # noqa: PLC0415

    if not lists and not is_given:
        yield 1, "there is no presence_map, neither here nor as an argument"
    for entries in lists:
        yield from rules.mistakes_in_rules(entries, rules.STATE_CONDITIONS, mistake_in_name)


def presence_rules(
    mapping: RecordMapping, presence_map: StateMap | None = None, open_path: Callable[[str], StoragePath] = Path
) -> PresenceRules | None:
    """Return the rules for a mapping file's states; ``None`` if it is about interactions.

    :param presence_map: rules that come before those of the mapping file.
    :param open_path: makes a path object of a path.
    :raises GenesysConfigError: there are none, there are mistakes in them, or the mapping has no use for them.
    :raises GenesysSourceError: the file is not there.
    """
    from airflow_provider_genesys.files.refusals import about  # noqa: PLC0415 - not while parsing
    from airflow_provider_genesys.interactions.state_telling import PresenceRules  # noqa: PLC0415
    from airflow_provider_genesys.mapping.rules import (  # noqa: PLC0415
        STATE_CONDITIONS,
        check_targets,
        first_match,
        load_rules,
        same_presence,
    )
    from airflow_provider_genesys.presence.resolve import mistake_in_name  # noqa: PLC0415

    if mapping.states is None:
        if presence_map is not None:
            raise GenesysConfigError(f"presence_map is for states of agents, and {mapping.file} is about interactions")
        return None
    # Each for itself, as above.
    load = partial(load_rules, mistake_in=mistake_in_name, open_path=open_path, conditions=STATE_CONDITIONS)
    with about("presence_map"):
        rules = load(presence_map) if presence_map else []
    rules = [*rules, *(rule for each in mapping.states.presence_map if each for rule in load(each))]
    if not rules:
        raise GenesysConfigError(f"there is no presence_map, neither in {mapping.file} nor as an argument")
    return PresenceRules(partial(first_match, rules), same_presence, partial(check_targets, rules))
