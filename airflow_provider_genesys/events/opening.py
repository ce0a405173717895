"""The beginning of a publish: it becomes the owner of its account, opens it, and makes its lanes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.events.dead_letters import DeadLetters
from airflow_provider_genesys.events.delivery import Fuse, Lane
from airflow_provider_genesys.events.ledger import Ledger, files_kept, open_ledger, set_aside
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.source import describe
from airflow_provider_genesys.files.overwriting import refuse_overwriting

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.sender import Sender
    from airflow_provider_genesys.events.folder import Folder
    from airflow_provider_genesys.events.inputs import Content
    from airflow_provider_genesys.events.settings import PublishSettings
    from airflow_provider_genesys.events.source import OpenPath, Source
    from airflow_provider_genesys.files.ownership import Owner

log = logging.getLogger(__name__)


def inputs_of(source: Source, folder: Folder, *, open_path: OpenPath, argument: str) -> list[tuple[str, int | None]]:
    """Return names and sizes of a source's inputs, of which none may be what the publish writes itself.

    :param source: as the publish is given it.
    :param open_path: makes a path of each path in it.
    :param argument: name of the argument that it was given as, for messages.
    :raises GenesysConfigError: an input is such as the dead letters, or :func:`describe` refuses the source.
    """

    def refuse_own_files(inputs: Sequence[Content]) -> None:
        with folder.named():
            refuse_overwriting(argument, inputs, files_kept(folder.path, inputs), folder.argument)

    return describe(source, open_path=open_path, argument=argument, check=refuse_own_files)


def open_account(
    folder: Folder, owner: Owner, settings: PublishSettings, inputs: Sequence[tuple[str, int | None]]
) -> tuple[Ledger, DeadLetters]:
    """Become the owner, and return the ledger and what keeps the dead letters.

    Step by step, so that of a publish that is stopped meanwhile no later step is done by a thread left behind.

    :param inputs: names and sizes of the inputs.
    :raises GenesysLedgerError: the ledger cannot be read, or is of another stream, or another run has taken over.
    :raises GenesysConfigError: the folder cannot be read or written; or ``GenesysStorageError``, if that may pass.
    """
    folder.ask(owner.take)
    if settings.republish and (since := folder.ask(lambda: set_aside(folder.path, owner))):
        log.info("republish: the account of %s is set aside, and everything is sent again", since)
    ledger = folder.ask(lambda: open_ledger(folder.path, owner, settings.stream, settings.max_in_flight, inputs))
    dead_letters = DeadLetters(folder.path, STREAMS[settings.stream], settings.dead_letter_fields)
    folder.ask(lambda: dead_letters.remove_beyond([lane.seq for lane in ledger.lanes], owner.check))
    return ledger, dead_letters


def make_lanes(
    client: GenesysCloudClient, settings: PublishSettings, ledger: Ledger, dead_letters: DeadLetters, fuse: Fuse
) -> list[tuple[Lane, Sender]]:
    """Return the lanes of a ledger, each with what sends its bodies."""
    policy = RetryPolicy(settings.max_attempts, settings.max_rate_limit_wait, client.settings.max_wait)
    lanes = []
    for number in range(len(ledger.lanes)):
        sender = client.sender(STREAMS[settings.stream].operation, policy=policy)
        lane = Lane(
            number,
            sender,
            client=client,
            ledger=ledger,
            dead_letters=dead_letters,
            fuse=fuse,
            max_attempts=settings.max_attempts,
            resend=settings.on_unknown == "resend",
        )
        lanes.append((lane, sender))
    return lanes
