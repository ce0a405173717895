"""Standard input, output and error, whatever a command was started with: closed, full, or read by nobody.

What becomes of a command does not depend on who listens. Only a result that was wanted and cannot be written, as on a
full disk, is an error; one that somebody stopped to read, or that leads nowhere, is not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


def write(stream: TextIO, text: str) -> None:
    """Write at once; who reads need not read to the end, which changes nothing of what becomes of the command.

    What cannot be encoded, such as a name of a file that is no UTF-8, is escaped, as JSON does it.

    :raises OSError: it cannot be written, as on a full disk; all that follows goes nowhere.
    """
    try:
        if text:  # a full disk refuses to take nothing, too
            stream.write(text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8"))
        stream.flush()
    except OSError as error:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - for what is still in the buffer, and all that follows
            os.dup2(nowhere.fileno(), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def write_if_possible(stream: TextIO, text: str) -> None:
    """Write at once what nobody need read: the exit code says it as well."""
    with suppress(OSError):
        write(stream, text)


def have_streams() -> None:
    """Have the standard streams that a process was started without lead nowhere.

    Where a descriptor was taken by another file meanwhile, that is left alone.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            os.fstat(number)
        except OSError:
            os.dup2(nowhere, number)
        setattr(sys, name, os.fdopen(nowhere, mode))


@contextmanager
def results_only() -> Iterator[TextIO]:
    """Keep standard output for results: what libraries print there, Airflow's log lines too, goes to the other one.

    Airflow's loggers keep the stream that they found when they were made, before this or after, so both
    ``sys.stdout`` and the descriptor lead elsewhere meanwhile.

    :return: where results go.
    """
    have_streams()
    before = sys.stdout
    write_if_possible(before, "")
    output, errors = _descriptor(before, 1), _descriptor(sys.stderr, 2)
    kept = os.dup(output)
    os.dup2(errors, output)
    sys.stdout = sys.stderr
    try:
        results = os.fdopen(kept, "w", encoding=before.encoding, errors=before.errors, closefd=False)
        try:
            yield results
        finally:
            write_if_possible(results, "")
    finally:
        sys.stdout = before
        os.dup2(kept, output)
        os.close(kept)


def _descriptor(stream: TextIO, usual: int) -> int:
    """Return the descriptor of a stream, or the usual one where it has none, as in a test."""
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return usual
