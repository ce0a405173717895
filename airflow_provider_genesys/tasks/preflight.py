"""A preflight put together of its checks: the one place where the jobs and the preflight meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.events.source import Chunk, OpenPath
    from airflow_provider_genesys.interactions.named import Named
    from airflow_provider_genesys.preflight.findings import Connect, Preflight
    from airflow_provider_genesys.preflight.records import Directory, DirectoryFile, MappingFile, Names
    from airflow_provider_genesys.preflight.references import References

# The checks, and with them the client, are imported in functions: Dags are parsed often and look at nothing then.


def make_preflight(
    connect: Connect,
    *,
    operations: Any,
    source: Any,
    stream: Any,
    references: Any,
    open_path: OpenPath,
    mapping: Any = None,
    directory: Any = None,
    source_id: Any = None,
    open_mapping: OpenPath | None = None,
    open_directory: OpenPath | None = None,
) -> Preflight:
    """Return all checks; the arguments are the operator's.

    :param connect: returns the client.
    :param open_path: makes a path object of each path in the source.
    :param open_mapping: the same of the mapping's, and ``open_directory`` of the directory's; by default as the
        source's.
    :raises GenesysConfigError: an argument is wrong.
    """
    from airflow_provider_genesys.api.meter import Meter  # noqa: PLC0415
    from airflow_provider_genesys.preflight import checks  # noqa: PLC0415
    from airflow_provider_genesys.preflight.findings import Preflight, ReadOnlyClient  # noqa: PLC0415
    from airflow_provider_genesys.preflight.permissions import Permissions, rows  # noqa: PLC0415
    from airflow_provider_genesys.preflight.references import References  # noqa: PLC0415
    from airflow_provider_genesys.preflight.users import Users  # noqa: PLC0415
    from airflow_provider_genesys.presence.resolve import PresenceResolver  # noqa: PLC0415
    from airflow_provider_genesys.presence.state import read_definitions  # noqa: PLC0415

    named, chunks = rows(operations), _chunks(source, stream, open_path)
    meter, gathered = Meter(), References()
    gathered.add(references)

    def view() -> GenesysCloudClient:
        return connect().view(meter=meter)

    ask = ReadOnlyClient(view)
    resolver = PresenceResolver(lambda: read_definitions(view()))
    given = (mapping, directory, source_id) != (None, None, None)
    records = _record_checks(
        *(mapping, directory, source_id),
        open_mapping=open_mapping or open_path,
        open_directory=open_directory or open_path,
        connect=view,
        references=gathered,
        needed=lambda names: named.extend(row for row in rows(names) if row not in named),
    )
    return Preflight(
        checks.Access(ask),
        local=[checks.Input(gathered, chunks), *(records[:2] if given else ())],
        online=[
            checks.Organization(ask),
            Permissions(ask, named),
            checks.PresenceSource(ask, gathered),
            checks.Definitions(gathered, by_id=resolver.system_presence, by_name=resolver),
            Users(ask, gathered),
            *(records[2:] if given else ()),
        ],
        meter=meter,
    )


def _chunks(source: Any, stream: Any, open_path: OpenPath) -> Callable[[], Iterator[Chunk]] | None:
    """Return what reads the source, or ``None`` if there is none."""
    from airflow_provider_genesys.events.models import STREAMS  # noqa: PLC0415
    from airflow_provider_genesys.events.source import read  # noqa: PLC0415

    if source is None and stream is None:
        return None
    if source is None or stream is None or stream not in STREAMS:
        raise GenesysConfigError(
            f"source and stream go together, and stream is one of {', '.join(STREAMS)}, not {stream!r}"
        )
    return lambda: read(source, stream=stream, open_path=open_path)


def _record_checks(
    mapping: Any,
    directory: Any,
    source_id: Any,
    *,
    open_mapping: OpenPath,
    open_directory: OpenPath,
    connect: Connect,
    references: References,
    needed: Callable[[list[str]], None],
) -> tuple[MappingFile, DirectoryFile, Names]:
    """Return the checks of what a conversion is given.

    :param needed: takes the names of the operations that looking names up needs.
    """
    from airflow_provider_genesys.files.refusals import visible_name  # noqa: PLC0415
    from airflow_provider_genesys.interactions import directory as directories  # noqa: PLC0415
    from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, text_of_mapping  # noqa: PLC0415
    from airflow_provider_genesys.interactions.named import names_of_text  # noqa: PLC0415
    from airflow_provider_genesys.interactions.organization import OPERATIONS, candidates  # noqa: PLC0415
    from airflow_provider_genesys.preflight.records import (  # noqa: PLC0415
        Directory,
        DirectoryFile,
        MappingFile,
        Names,
        RecordFiles,
    )
    from airflow_provider_genesys.tasks.presence_rules import mistakes_in_rules  # noqa: PLC0415

    def read_mapping() -> list[Named]:
        text, file = text_of_mapping(mapping, open_mapping)
        # Whether there are rules as an argument nobody tells it.
        mapping_of_text(text, file, check_rules=partial(mistakes_in_rules, is_given=True))
        return names_of_text(text, file)

    def read_directory() -> Directory:
        if directory == directories.ORGANIZATION:  # the source is for the check of presence sources
            everything = frozenset(directories.SECTIONS)
            found = directories.Directory(source_id=source_id or "", looked_up=everything).connected(connect)
        else:
            found = directories.given_directory(directory, source_id, open_path=open_directory, connect=connect)
        is_file = directory not in (None, directories.ORGANIZATION)
        file = visible_name(open_directory(directory)) if is_file else "source_id"
        ids = {section: getattr(found, section) for section in directories.SECTIONS}
        return Directory(file, found.source_id or None, ids, found.looked_up, found.find)

    files = RecordFiles(
        None if mapping is None else read_mapping,
        None if (directory, source_id) == (None, None) else read_directory,
    )
    return (
        MappingFile(files),
        DirectoryFile(files, references, lambda sections: needed([OPERATIONS[each] for each in sorted(sections)])),
        Names(
            files, lambda section: frozenset(each.id.casefold() for each in candidates(connect(), section, ("name",)))
        ),
    )
