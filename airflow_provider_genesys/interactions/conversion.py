"""A whole conversion: what is read before it, the state around it, and whether too much of it was rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.arguments import amount_of
from airflow_provider_genesys.exceptions import GenesysError, GenesysRecordsRejectedError
from airflow_provider_genesys.files.overwriting import refuse_overwriting
from airflow_provider_genesys.files.refusals import named, visible_path
from airflow_provider_genesys.interactions.account import Account
from airflow_provider_genesys.interactions.converting import FILES, Inputs, convert_to
from airflow_provider_genesys.interactions.converting_states import FILES as FILES_OF_STATES
from airflow_provider_genesys.interactions.converting_states import StatesAccount, convert_states_to
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text, text_of_mapping
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.reading import headers_of
from airflow_provider_genesys.interactions.state_memory import StateMemory

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.storage import StoragePath
    from airflow_provider_genesys.interactions.dialect import Dialect
    from airflow_provider_genesys.interactions.directory import Directory
    from airflow_provider_genesys.interactions.mapping_file import CheckRules, RecordMapping
    from airflow_provider_genesys.interactions.state import State
    from airflow_provider_genesys.interactions.state_telling import PresenceRules


class Prepared(NamedTuple):
    """What a conversion reads.

    :param inputs: the records, which are gone through more than once.
    :param mapping: what their columns mean.
    :param directory: what the platform's names are called in Genesys Cloud.
    :param rules: the presence map, of records that tell agents' states; of interactions ``None``.
    """

    inputs: Inputs
    mapping: RecordMapping
    directory: Directory
    rules: PresenceRules | None = None


class Converted(NamedTuple):
    """What a conversion gave.

    :param account: as :func:`~airflow_provider_genesys.interactions.converting.convert_to` returns it.
    :param told: the file of what is to be taken over into the state; ``None`` where there is no state.
    :param reasons: why records are rejected, as a summary tells it.
    """

    account: dict[str, Any]
    told: Path | None
    reasons: list[dict[str, Any]]


@contextmanager
def converted(
    folder: StoragePath, prepared: Prepared, *, state: State | None, settle: timedelta | None, argument: str
) -> Iterator[Converted]:
    """Convert into a folder, and provide the account and what is to be taken over into the state.

    :param folder: where the files go.
    :param prepared: what is read.
    :param state: what runs leave each other; this one has to be its owner.
    :param settle: for how long a record may still change.
    :param argument: name of the argument that leads to the folder, for messages.
    :raises GenesysConfigError: what is read is one of the files that are written.
    :raises GenesysError: as :func:`~airflow_provider_genesys.interactions.converting.convert_to` and the state do.
    """
    inputs, mapping, directory, rules = prepared
    with named(argument, folder):
        written = [folder / name for name in (FILES if rules is None else FILES_OF_STATES)]
        refuse_overwriting("records", (content for _, content in inputs), written, argument)
    counts = Account() if rules is None else StatesAccount()
    convert: Callable[..., dict[str, Any]] = partial(
        convert_to if rules is None else partial(convert_states_to, rules=rules),
        *(folder, inputs, mapping, directory),
        account=counts,
        argument=argument,
    )
    if state is None:
        account = convert(settled_by=None if settle is None else datetime.now(UTC) - settle)
        yield Converted(account, None, counts.reasons)
        return
    with state.begin(Memory if rules is None else StateMemory) as memory:
        # A run that comes again counts from when it first began, so that it holds back the same records.
        account = convert(settled_by=None if settle is None else memory.now - settle, memory=memory)
        yield Converted(account, memory.file, counts.reasons)


def mapping_for(
    name: AnyPath, open_path: Callable[[Any], StoragePath], records: Callable[[], Inputs], check_rules: CheckRules
) -> RecordMapping:
    """Read a mapping; where it has mistakes, the columns that the records lack are told with them.

    :param name: its path, or the name of one that comes with the provider.
    :param open_path: makes a path object of a path.
    :param records: finds the records; that they cannot be found is told by who reads them.
    :param check_rules: finds mistakes in the rules of its presence map.
    :raises GenesysError: there is no mapping, or it has mistakes.
    """

    def look(dialect: Dialect) -> Iterable[tuple[str, Sequence[str]]]:
        try:
            return headers_of(records(), dialect)
        except GenesysError:
            return ()

    return mapping_of_text(*text_of_mapping(name, open_path), look, check_rules)


def refuse_rejected(account: Mapping[str, Any], max_rejected: float | str) -> None:
    """Raise :class:`GenesysRecordsRejectedError` if more records were rejected than are allowed."""
    if account["rejected"] > amount_of(max_rejected, account["records"]):
        raise GenesysRecordsRejectedError(
            f"{account['rejected']:,} of {account['records']:,} records are rejected, and max_rejected is "
            f"{max_rejected}. They are in {visible_path(account['rejects'])}, each with its reason",
            account,
        )
