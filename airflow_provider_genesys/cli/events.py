"""``publish``: job 1."""

from __future__ import annotations

import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.cli.access import client_settings, open_path, opener
from airflow_provider_genesys.cli.commands import FOUND, SUCCESS
from airflow_provider_genesys.events.progress import Lines, account
from airflow_provider_genesys.events.settings import PublishSettings
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysEventsRejectedError
from airflow_provider_genesys.tasks.publishing import make_publisher

if TYPE_CHECKING:
    from airflow_provider_genesys.cli.console import Console
    from airflow_provider_genesys.events.publisher import Publisher
    from airflow_provider_genesys.files.storage import StoragePath


def publish(arguments: Namespace, console: Console) -> int:
    """Publish a source and print its account, at every end."""
    settings = PublishSettings(
        stream=arguments.stream,
        max_rejected=arguments.max_rejected,
        on_unknown=arguments.on_unknown,
        requests_per_minute=arguments.requests_per_minute,
        republish=arguments.republish,
        dead_letter_fields=arguments.dead_letter_fields,
    )
    settings.validate()
    publisher = make_publisher(
        client_settings(arguments.conn_id, console),
        settings,
        _folder(arguments),
        key="the command line",
        open_path=opener("source"),
        folder_argument="--artifacts-path",
    )
    publisher.say = console.note
    lines = Lines()
    with _stoppable(publisher) as signals:
        try:
            with console.progress(lambda: lines.line(publisher.moment(), always=console.is_terminal)):
                publisher.publish(arguments.source)
        except GenesysEventsRejectedError as error:
            console.complain(str(error))
            return FOUND
        except GenesysError as error:
            if not signals:
                raise
            console.complain(f"{error} with the same command")
            return 128 + signals[0]
        finally:
            summary = publisher.summary()
            console.result(account(summary), summary)
    return SUCCESS


def _folder(arguments: Namespace) -> StoragePath:
    folder = open_path(arguments.artifacts_path, "artifacts_path")
    key: str | None = arguments.ledger_key
    if key is None:
        return folder
    if "/" in key or not key.strip("."):
        raise GenesysConfigError(f"--ledger-key must be a name, not {key!r}")
    return folder / key


@contextmanager
def _stoppable(publisher: Publisher) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM stop the publish when what is on its way is settled; the second time, at once.

    :return: the signals that came.
    """
    came: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        publisher.stop()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
