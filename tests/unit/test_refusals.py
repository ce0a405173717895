"""What stores' libraries raise that is no OSError: told by argument and path, and tried again where that helps."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from traceback import format_exception
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from airflow_provider_genesys.events.source import describe, read
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysSourceError,
    GenesysStorageError,
)
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.documents import read_text
from airflow_provider_genesys.files.refusals import StoreError, named, visible_path

EVENT = b'{"eventDateTime": "2026-01-31T10:00:00.000Z"}\n'


# As botocore, google-auth, google-api-core, azure-core, gcsfs and aiohttp name and make theirs.
class BotoCoreError(Exception):
    pass


class NoCredentialsError(BotoCoreError):
    pass


class EndpointConnectionError(BotoCoreError):
    pass


class ClientError(Exception):
    def __init__(self, code: str, status: int) -> None:
        super().__init__(f"An error occurred ({code}) when calling the PutObject operation: no")
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


class GoogleAuthError(Exception):
    retryable = False


class DefaultCredentialsError(GoogleAuthError):
    pass


class RefreshError(GoogleAuthError):
    pass


class TransportError(GoogleAuthError):
    retryable = True


class GoogleAPICallError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__("no")
        self.code = code


class HttpResponseError(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__("no")
        self.status_code = status_code


class ClientAuthenticationError(HttpResponseError):
    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]


class ServerDisconnectedError(Exception):
    pass


class ClientResponseError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__("no")
        self.status = status


FOR_GOOD: list[Exception] = [
    NoCredentialsError("Unable to locate credentials"),
    ClientError("AccessDenied", 403),
    ClientError("InvalidAccessKeyId", 403),
    ClientError("ExpiredToken", 400),
    ClientError("NoSuchBucket", 404),
    DefaultCredentialsError("Your default credentials were not found"),
    RefreshError("invalid_grant"),
    GoogleAPICallError(403),
    ClientAuthenticationError(),
    HttpResponseError(403),
    ClientResponseError(401),
]
PASSING: list[Exception] = [
    EndpointConnectionError("Could not connect to the endpoint URL"),
    ClientError("SlowDown", 503),
    ClientError("RequestTimeout", 400),
    ClientError("ThrottlingException", 400),
    ClientError("InternalError", 500),
    TransportError("no route"),
    GoogleAPICallError(503),
    HttpResponseError(429),
    ServerDisconnectedError("Server disconnected"),
    ClientResponseError(502),
    ValueError("no idea"),
]


class Refusing(MemoryFileSystem):
    """A store in memory, which refuses whatever is asked of it while ``refusal`` is set."""

    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    refusal: Exception | None = None


def _refusing(name: str) -> Any:
    def ask(self: Refusing, *args: Any, **options: Any) -> Any:
        if Refusing.refusal is not None:
            raise Refusing.refusal
        return getattr(MemoryFileSystem, name)(self, *args, **options)

    return ask


for _name in ("info", "ls", "cat_file", "pipe_file", "rm_file", "open"):
    setattr(Refusing, _name, _refusing(_name))


@pytest.fixture
def folder() -> Iterator[Any]:
    fsspec.register_implementation("memory", Refusing, clobber=True)
    path = UPath("memory://bucket/day")
    storage.replace(path / "a.jsonl", EVENT)
    yield path
    Refusing.refusal = None
    Refusing.store.clear()
    fsspec.register_implementation("memory", MemoryFileSystem, clobber=True)


def _kind(error: Exception) -> type[GenesysError]:
    return GenesysConfigError if error in FOR_GOOD else GenesysStorageError


@pytest.mark.parametrize("error", [*FOR_GOOD, *PASSING], ids=lambda error: f"{type(error).__name__} {error.args}")
def test_whatever_is_asked_of_a_store_its_refusal_is_told_by_argument_and_path(folder: Any, error: Exception) -> None:
    path = folder / "a.jsonl"
    asked = [
        lambda: storage.read(path),
        lambda: storage.replace(path, b""),
        lambda: storage.put_new(folder / "new", b""),
        lambda: storage.remove(path),
        lambda: storage.list_names(folder),
        lambda: storage.list_sizes(folder),
        lambda: storage.kind_of(path),
        lambda: storage.matches(folder, "*"),
    ]
    Refusing.refusal = error
    for ask in asked:
        with pytest.raises(_kind(error)) as caught, named("destination", path):
            ask()
        assert str(caught.value).startswith(f"destination: {path} cannot be read or written ({type(error).__name__}")
        assert isinstance(caught.value.__cause__, StoreError)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("error", [NoCredentialsError("no"), ServerDisconnectedError("no"), PermissionError(13, "no")])
def test_a_refused_input_is_told_by_argument_and_path(folder: Any, error: Exception) -> None:
    path = folder / "a.jsonl"
    kind = GenesysStorageError if isinstance(error, ServerDisconnectedError) else GenesysConfigError
    assert len(list(read(str(path), stream="user_presences", open_path=UPath))) == 1
    Refusing.refusal = error
    for source in (str(path), path, f"{folder}/*.jsonl", [str(path)]):
        for ask in (lambda: describe(source, open_path=UPath, argument="events"), lambda: list(_read(source))):  # noqa: B023
            with pytest.raises(kind, match=r"events: memory://bucket/day\S* cannot be read or written"):
                ask()
    with pytest.raises(kind, match=r"user_map: memory://bucket/day/a\.jsonl cannot be read"):
        read_text(path, "user_map")


def _read(source: Any) -> Any:
    return read(source, stream="user_presences", open_path=UPath, argument="events")


def test_a_store_that_refuses_while_it_is_read_is_told_behind_the_good_part(folder: Any) -> None:
    storage.replace(folder / "b.jsonl", EVENT)
    chunks = _read([str(folder / "a.jsonl"), str(folder / "b.jsonl")])
    next(chunks)
    Refusing.refusal = NoCredentialsError("Unable to locate credentials")
    with pytest.raises(GenesysConfigError, match=r"day/b\.jsonl cannot be read .*Unable to locate credentials"):
        next(chunks)


def test_an_input_that_is_gone_is_no_mistake_of_who_named_it(folder: Any) -> None:
    chunks = _read([str(folder / "a.jsonl")])
    storage.remove(folder / "a.jsonl")
    with pytest.raises(GenesysSourceError, match="there is no such file"):
        next(chunks)


def test_the_end_of_a_question_is_no_query() -> None:
    asked = "'https://login.mypurecloud.ie' is no region; did you mean 'mypurecloud.ie'? There are more. Or none?"
    assert visible_path(asked) == asked
    assert visible_path(f"{asked} https://host/a b?sig=canary") == f"{asked} https://host/a b"


def test_keys_in_signed_addresses_are_not_told(folder: Any) -> None:
    Refusing.refusal = EndpointConnectionError("no answer from https://me:canary@host/a?sig=canary&x=1 today")
    with pytest.raises(GenesysStorageError, match="no answer from https") as caught, named("destination", folder):
        storage.read(folder / "a.jsonl")
    assert "canary" not in "".join(format_exception(caught.value))
