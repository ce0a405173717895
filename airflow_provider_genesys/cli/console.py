"""What a command says: its result on standard output; all else on standard error, without secrets."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.cli.streams import write, write_if_possible
from airflow_provider_genesys.cli.wording import in_options
from airflow_provider_genesys.exceptions import GenesysStorageError
from airflow_provider_genesys.files.refusals import visible_path, without_passwords

_EACH = {True: 0.5, False: 15.0}
"""Seconds between two lines of progress: on a terminal, where one takes the other's place, and in a log."""
_CLEAR = "\r\x1b[2K"


class Console:
    """Where a command's words go: a result as text or JSON, and all else, are without the secrets that it was told.

    :param results: where its result goes.
    :param as_json: whether that is JSON.
    :param names: what arguments of the operators, which messages name, are called here.
    """

    def __init__(self, results: TextIO, *, as_json: bool, names: Mapping[str, str] | None = None) -> None:
        self._results = results
        self.as_json = as_json
        self._names = dict(names or {})
        self._secrets = Secrets()
        self._lock = threading.RLock()
        self.is_terminal = sys.stderr.isatty()
        self._shown = False

    def mask(self, secret: str) -> None:
        """Never show this, however it is written."""
        self._secrets.add(secret)

    def call(self, names: Mapping[str, str]) -> None:
        """Call fields of a connection something else from now on, but for those that are options too."""
        self._names = {**names, **self._names}

    def result(self, text: str, value: Any) -> None:
        """Print the result.

        :param text: for people.
        :param value: the same for programs.
        :raises GenesysStorageError: it cannot be written, as on a full disk.
        """
        if self.as_json:
            said = json.dumps(self._secrets.redact_values(value), ensure_ascii=False, indent=1)
        else:
            said = self._secrets.redact(in_options(text.rstrip("\n"), self._names))
        with self._lock:
            self._clear()
            try:
                write(self._results, f"{without_passwords(said)}\n")
            except OSError as error:
                raise GenesysStorageError(f"the result cannot be written: {error}") from error

    def complain(self, message: str, *, kind: str = "error") -> None:
        """Say in one line what is wrong."""
        first, _, rest = in_options(message.strip(), self._names).partition("\n")
        more = "; ".join(line.strip() for line in rest.splitlines() if line.strip())
        self._say(f"{kind}: {first} {more}".rstrip())

    def note(self, message: str) -> None:
        """Say something in one line that is not wrong."""
        self._say(in_options(message, self._names))

    @contextmanager
    def progress(self, tell: Callable[[], str | None]) -> Iterator[None]:
        """Tell now and then how far it is: on a terminal in a line that goes away, else at a log's pace.

        :param tell: returns that in words, ``None`` if there is nothing to tell.
        """
        ended = threading.Event()

        def keep_telling() -> None:
            while not ended.wait(_EACH[self.is_terminal]):
                if (text := tell()) is not None:
                    self._tell(text)

        teller = threading.Thread(target=keep_telling, daemon=True)
        teller.start()
        try:
            yield
        finally:
            ended.set()
            teller.join()
            with self._lock:
                self._clear()

    def _tell(self, text: str) -> None:
        if not self.is_terminal:
            self._say(text)
            return
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        with self._lock:
            write_if_possible(sys.stderr, f"{_CLEAR}{self._cleaned(text)[: width - 1]}")
            self._shown = True

    def _say(self, line: str) -> None:
        with self._lock:
            self._clear()
            write_if_possible(sys.stderr, f"{self._cleaned(line)}\n")

    def _clear(self) -> None:
        if self._shown:
            write_if_possible(sys.stderr, _CLEAR)
            self._shown = False

    def _cleaned(self, text: str) -> str:
        """Return what may be said of a text: nothing of a secret, nor of the password in an address."""
        return self._secrets.redact(visible_path(text))


class _Warnings(logging.Handler):
    """Says what the jobs warn of."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._console.complain(record.getMessage(), kind=record.levelname.lower())
        except Exception:  # noqa: BLE001 - as logging's handlers do: what cannot be said ends no work
            self.handleError(record)


@contextmanager
def speaking(console: Console) -> Iterator[None]:
    """Say the provider's warnings on this console, and nowhere else."""
    log = logging.getLogger("airflow_provider_genesys")
    handler, propagated, level = _Warnings(console), log.propagate, log.level
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.WARNING)  # under Airflow's command it would be INFO, which nobody sees
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagated


def elapsed(what: str) -> Callable[[], str]:
    """Return what tells for how long something has been going on."""
    began = time.monotonic()
    return lambda: f"{what}: {time.monotonic() - began:.0f} s"
