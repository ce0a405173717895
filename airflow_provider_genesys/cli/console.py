"""What a command says: its result on standard output; all else on standard error, without secrets."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from airflow_provider_genesys.files.refusals import visible_path, without_passwords

_SHORTEST_SECRET = 5
"""Characters; what is shorter would be taken out of many a word."""
_EACH = {True: 0.5, False: 15.0}
"""Seconds between two lines of progress: on a terminal, where one takes the other's place, and in a log."""
_CLEAR = "\r\x1b[2K"


class Console:
    """Where a command's words go.

    :param results: where its result goes.
    :param as_json: whether that is JSON.
    """

    def __init__(self, results: TextIO, *, as_json: bool) -> None:
        self._results = results
        self.as_json = as_json
        self._secrets: set[str] = set()
        self._lock = threading.RLock()
        self._terminal = sys.stderr.isatty()
        self._shown = False

    def mask(self, secret: str) -> None:
        """Never show this."""
        if len(secret) >= _SHORTEST_SECRET:
            with self._lock:  # another thread may be telling how far it is
                self._secrets.add(secret)

    def result(self, text: str, value: Any) -> None:
        """Print the result.

        :param text: for people.
        :param value: the same for programs.
        """
        said = json.dumps(value, ensure_ascii=False, indent=1) if self.as_json else text.rstrip("\n")
        with self._lock:
            self._clear()
            _write(self._results, f"{without_passwords(said)}\n")

    def complain(self, message: str, *, kind: str = "error") -> None:
        """Say in one line what is wrong."""
        first, _, rest = message.strip().partition("\n")
        more = "; ".join(line.strip() for line in rest.splitlines() if line.strip())
        self._say(f"{kind}: {first} {more}".rstrip())

    @contextmanager
    def progress(self, tell: Callable[[], str]) -> Iterator[None]:
        """Tell now and then how far it is: on a terminal in a line that goes away, else at a log's pace.

        :param tell: returns that in words.
        """
        ended = threading.Event()

        def keep_telling() -> None:
            while not ended.wait(_EACH[self._terminal]):
                self._tell(tell())

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
        if not self._terminal:
            self._say(text)
            return
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        with self._lock:
            _write(sys.stderr, f"{_CLEAR}{self._cleaned(text)[: width - 1]}")
            self._shown = True

    def _say(self, line: str) -> None:
        with self._lock:
            self._clear()
            _write(sys.stderr, f"{self._cleaned(line)}\n")

    def _clear(self) -> None:
        if self._shown:
            _write(sys.stderr, _CLEAR)
            self._shown = False

    def _cleaned(self, text: str) -> str:
        """Return what may be said of a text: nothing of a secret, nor of the password in an address."""
        text = visible_path(text)
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may be the beginning of another
            text = text.replace(secret, "***")
        return text


def _write(stream: TextIO, text: str) -> None:
    """Write at once; who reads need not read to the end, which changes nothing of what becomes of the command."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        with Path(os.devnull).open("w") as nowhere:  # for what is still in the buffer, and for all that follows
            os.dup2(nowhere.fileno(), stream.fileno())


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
    handler, propagated = _Warnings(console), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagated


@contextmanager
def results_only() -> Iterator[TextIO]:
    """Keep standard output for results: what libraries print there, Airflow's log lines too, goes to the other one.

    Airflow's loggers keep the stream that they found when they were made, before this or after, so both
    ``sys.stdout`` and the descriptor lead elsewhere meanwhile.

    :return: where results go.
    """
    sys.stdout.flush()
    kept, before = os.dup(1), sys.stdout
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        with os.fdopen(kept, "w", encoding=before.encoding, errors=before.errors, closefd=False) as results:
            yield results
    finally:
        sys.stdout = before
        os.dup2(kept, 1)
        os.close(kept)


def elapsed(what: str) -> Callable[[], str]:
    """Return what tells for how long something has been going on."""
    began = time.monotonic()
    return lambda: f"{what}: {time.monotonic() - began:.0f} s"
