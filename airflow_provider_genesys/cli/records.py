"""``convert`` and ``make-directory``: the records of other platforms."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.arguments import AMOUNT, DURATION, amount_of, optional, read
from airflow_provider_genesys.cli.access import client_settings, open_path, opener
from airflow_provider_genesys.cli.commands import FOUND, SUCCESS
from airflow_provider_genesys.cli.console import elapsed
from airflow_provider_genesys.events.inputs import find_inputs
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.interactions.account import FATES
from airflow_provider_genesys.interactions.conversion import Prepared, converted, mapping_for
from airflow_provider_genesys.interactions.directory import given_directory
from airflow_provider_genesys.interactions.explaining import explain
from airflow_provider_genesys.interactions.explaining_states import explain_states
from airflow_provider_genesys.interactions.making import make_directory
from airflow_provider_genesys.interactions.rejected import KIND, in_words
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.tasks.presence_rules import mistakes_in_rules, presence_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_genesys.cli.console import Console
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.explaining import Explanation

_EVENTS = ("events", "user_presences", "user_routing_statuses")
_FILES = {"rejected": "rejects", "held_back": "held_back_file", "contradicted": "corrections"}
"""The file of each count that has one."""
_LATE = ("corrected_late", "contradicted")


def convert(arguments: Namespace, console: Console) -> int:
    """Convert records and print the account, or explain one record."""
    max_rejected = read("--max-rejected", arguments.max_rejected, AMOUNT)
    settle = read("--settle", arguments.settle, optional(DURATION))
    if (arguments.destination is None) == (arguments.explain is None):
        raise GenesysConfigError("give --destination, where the files go, or --explain, which writes none")
    if arguments.explain is not None and (settle is not None or arguments.state_path is not None):
        raise GenesysConfigError("--settle and --state-path go with --destination: what is explained is told anew")
    prepared = _prepared(arguments, console)
    if arguments.explain is not None:
        with console.progress(elapsed("reading the records")):
            explained = _explained(prepared, arguments.explain)
        console.result(str(explained), explained.as_dict())
        return SUCCESS
    destination = open_path(arguments.destination, "destination")
    state = _state(arguments, destination, prepared)
    with (
        console.progress(elapsed("converting")),
        converted(destination, prepared, state=state, settle=settle, argument="destination") as done,
    ):
        summary, told, reasons = done
        is_too_much = summary["rejected"] > amount_of(max_rejected, summary["records"])
        if state is not None and told is not None and not is_too_much:
            state.move(told)
    console.result(_account(summary, reasons), {**summary, "kind": KIND, "reasons": reasons})
    if is_too_much:
        console.complain(
            f"{summary['rejected']:,} of {summary['records']:,} records are rejected: {summary['rejects']}"
        )
        return FOUND
    return SUCCESS


def _prepared(arguments: Namespace, console: Console) -> Prepared:
    """Read the mapping and the directory, and find the records."""
    find = partial(find_inputs, arguments.records, opener("records"), "records", things="records")
    check_rules = partial(mistakes_in_rules, is_given=bool(arguments.presence_map))
    mapping = mapping_for(arguments.mapping, opener("mapping"), find, check_rules)
    rules = presence_rules(mapping, arguments.presence_map, opener("presence_map"))
    directory = given_directory(
        arguments.directory,
        arguments.source_id,
        open_path=opener("directory"),
        connect=lambda: GenesysCloudClient(client_settings(arguments.conn_id, console)),
        of_states=rules is not None,
    )
    return Prepared(find(), mapping, directory, rules)


def _explained(prepared: Prepared, wanted: str) -> Explanation:
    inputs, mapping, directory, rules = prepared
    if rules is None:
        return explain(inputs, mapping, directory, wanted)
    return explain_states(inputs, mapping, directory, rules, wanted)


def _state(arguments: Namespace, destination: StoragePath, prepared: Prepared) -> State | None:
    """Return what runs leave each other, if they do; the destination names this one."""
    if arguments.state_path is None:
        return None
    key = f"convert {visible_path(destination)}"
    state = State(open_path(arguments.state_path, "state_path"), prepared.directory.source_id, key=key)
    state.take()
    return state


def _account(summary: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> str:
    """Return what became of records in words, and why some were rejected."""
    counts = ", ".join(f"{summary[fate]:,} {fate.replace('_', ' ')}" for fate in FATES if summary[fate])
    late = [f"{summary[what]:,} {what.replace('_', ' ')}" for what in _LATE if summary[what]]
    files = [summary[file] for file in _EVENTS if summary.get(file)]
    files += [summary[file] for fate, file in _FILES.items() if summary[fate]]
    of = f" of {summary['conversations']:,} conversations" if summary["events"] else ""
    told = f"{summary['events_written']:,} events{of}"
    account = f"{summary['records']:,} records: {'; '.join([counts or 'none', *late, told])}."
    return "\n".join([account, *(f"  {in_words(reason)}" for reason in reasons), *files])


def make(arguments: Namespace, console: Console) -> int:
    """Write a directory, and say what it has."""
    path = open_path(arguments.destination, "destination")
    with named("destination", arguments.destination):
        if storage.kind_of(path) is not None:
            raise GenesysConfigError(f"destination: {arguments.destination} is there already, and is not written over")
    client = GenesysCloudClient(client_settings(arguments.conn_id, console))
    with console.progress(elapsed("reading the organisation")):
        made = make_directory(client, users_by=arguments.users_by, as_csv=path.name.lower().endswith(".csv"))
    with named("destination", arguments.destination):
        storage.replace(path, made.text.encode())
    counts = ", ".join(f"{count:,} {section.replace('_', ' ')}" for section, count in made.counts.items())
    missing = "" if made.has_source else " Which presence source is the platform is for you to fill in."
    left_out = f" {made.left_out:,} are left out: they have no name of their own." if made.left_out else ""
    console.result(
        f"{arguments.destination} has {counts}.{left_out}{missing}",
        {"directory": str(path), **made.counts, "left_out": made.left_out, "has_source": made.has_source},
    )
    return SUCCESS
