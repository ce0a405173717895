"""What a store refuses, in one form, whichever library speaks to it.

The operating system, and the libraries of stores as far as they follow fsspec, raise ``OSError``. Behind these are
others (botocore, google-auth, azure-core, aiohttp), whose own errors come through for what has no name in a file
system: no credentials, a token that is over, a service that is too busy. None of them is imported here: they are known
by the names and the statuses that their errors have.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysSourceError,
    GenesysStorageError,
)

_INCURABLE = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
_INCURABLE_NUMBERS = frozenset({errno.EINVAL, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTSUP, errno.EROFS})
# Names of errors that say who asks, or that nothing says so, or that it is asked for wrongly.
_REFUSES = re.compile(
    "credential|unauthori[sz]ed|forbidden|denied|authentication|authorization|noauth|refresherror|tokenload|tokenretrieval"
    "|profilenotfound|confignotfound|configparse|invalidconfig|noregion|paramvalidation|unknownservice",
    re.IGNORECASE,
)
# Codes of stores that answer a busy moment as if the request were wrong.
_BUSY = re.compile("throttl|slowdown|requesttimeout|limitexceeded|toomanyrequests", re.IGNORECASE)
_PASSING_STATUSES = frozenset({408, 409, 425, 429})
_LONGEST = 300
# A password may hold what an address could not, such as @ or a slash.
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):\S*@")
# A question mark with nothing behind it ends a question, and begins no query.
_SIGNED_ON_THE_WEB = re.compile(r"(https?://[^?]*)\?\S+", re.IGNORECASE)
_SIGNED = re.compile(r"(://[^\s?]*)\?\S*")


class StoreError(OSError):
    """What the library of a store raised that is no error of a file system.

    :param message: the library's, with the name of its error.
    :param passing: whether the store may do another time what it refuses now.
    """

    def __init__(self, message: str, passing: bool = True) -> None:  # noqa: FBT001, FBT002 - errors are rebuilt of args
        super().__init__(message, passing)
        self.message = message
        self.passing = passing

    def __str__(self) -> str:
        """Return the message."""
        return self.message


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """Ask a store for something, and nothing else: whatever goes wrong is an ``OSError``.

    :raises StoreError: its library raised something else.
    """
    try:
        yield
    except (OSError, GenesysError):
        raise
    except Exception as error:
        said = str(error)
        shown = _SIGNED.sub(r"\1", visible_path(said))  # here no question mark is a pattern's
        message = (shown.strip().splitlines() or [""])[0][:_LONGEST]
        refusal = StoreError(f"{type(error).__name__}: {message}", _passes(error))
        if shown != said:
            raise refusal from None  # of a cause a log would tell as well
        raise refusal from error


@contextlib.contextmanager
def named(argument: str, path: object, *, effect: str = "") -> Iterator[None]:
    """Say of what a store refuses which argument led there.

    :param argument: the argument's name.
    :param path: where it led.
    :param effect: what that means, for messages.
    :raises GenesysStorageError: the store may do it another time, as when a disk is full or nothing answers.
    :raises GenesysConfigError: it will not, however often it is asked: no right to, no credentials, a file in a
        folder's place.
    """
    try:
        yield
    except OSError as error:
        kind = GenesysStorageError if may_pass(error) else GenesysConfigError
        said = f"{argument}: {visible_path(path)} cannot be read or written ({visible_path(error)}){effect}"
        raise kind(said) from error


@contextlib.contextmanager
def about(argument: str) -> Iterator[None]:
    """Say which argument led to a document that has mistakes in it, or is of another form.

    :param argument: the argument's name.
    :raises GenesysConfigError: as what is read in it does, by which only the file may be named.
    """
    try:
        yield
    except GenesysConfigError as error:
        if argument in str(error):
            raise
        raise GenesysConfigError(f"{argument}: {error}") from error


@contextlib.contextmanager
def reading(argument: str, path: object) -> Iterator[None]:
    """Ask the store of an input for something, and nothing else.

    :param argument: what the input was given as, for messages.
    :param path: the file or folder.
    :raises GenesysConfigError: the store refuses it for good.
    :raises GenesysSourceError: there is no such file any more.
    :raises GenesysStorageError: the store cannot do it at the moment.
    """
    with named(argument, visible_name(path)):
        try:
            with asking():
                yield
        except FileNotFoundError:
            raise GenesysSourceError("there is no such file", file=visible_name(path)) from None


def may_pass(error: OSError) -> bool:
    """Tell whether a store may do another time what it refuses now."""
    if isinstance(error, StoreError):
        return error.passing
    return not isinstance(error, _INCURABLE) and error.errno not in _INCURABLE_NUMBERS


def visible_path(path: object) -> str:
    """Return a path, or a text with addresses in it, as a message may show it.

    That is without passwords, and without the queries of web addresses: of a signed one they are the key.
    """
    return _SIGNED_ON_THE_WEB.sub(r"\1", without_passwords(str(path)))


def without_passwords(text: str) -> str:
    """Return a text with three stars for each password in an address, and all else as it is."""
    return _PASSWORD.sub(r"\1:***@", text)


def visible_name(path: object) -> str:
    """Return the name of an input: as :func:`visible_path`, and without whose connection leads to it."""
    return visible_path(re.sub(r"(?<=://)[^/]*@", "", str(path)))


def _passes(error: Exception) -> bool:
    """Tell whether what a library raised may be over another time: all but what says that the asking is wrong."""
    if getattr(error, "retryable", False) is True:  # google-auth knows
        return True
    code, status = _answer_of(error)
    if status is not None and status >= 400:  # noqa: PLR2004 - errors begin there
        return status >= 500 or status in _PASSING_STATUSES or _BUSY.search(code) is not None  # noqa: PLR2004
    names = [each.__name__ for each in type(error).__mro__]
    return not any(map(_REFUSES.search, [*names, code]))


def _answer_of(error: Exception) -> tuple[str, int | None]:
    """Return code and HTTP status of what the store answered, as far as the error tells."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore
        told = response.get("Error") or {}
        return str(told.get("Code", "")), _status((response.get("ResponseMetadata") or {}).get("HTTPStatusCode"))
    candidates = [getattr(error, name, None) for name in ("status_code", "status", "code", "error_code")]
    candidates.append(getattr(response, "status_code", None))
    status = next((number for each in candidates if (number := _status(each)) is not None), None)
    return next((each for each in candidates if isinstance(each, str)), ""), status


def _status(value: object) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None
