"""The presences of users: read in bulk, 50 at a time, which is the API's limit; and those to set, as a Dag has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, TypeVar

from airflow_provider_genesys.api.operations import operation
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysNotFoundError
from airflow_provider_genesys.presence.vocabulary import did_you_mean, normalise_presence
from airflow_provider_genesys.text import first_of, is_uuid, parse_json

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.operations.names import GenesysCloudListingName

_Item = TypeVar("_Item")
_MAX_USERS = operation("getUsersPresencesPurecloudBulk").most  # one more is answered `max.user.presences`
_NO_SUCH_USER = "presenceservice.usernotfound"
_PAGE_SIZE = 500  # the largest that a listing of users takes
_MOST_MISTAKES = 20  # told of one at once


@dataclass(frozen=True, slots=True)
class UserPresence:
    """The presence a user is in.

    :param user_id: the user.
    :param definition_id: id of the presence's definition; ``None`` if there is no such user, or no presence from the
        source asked for.
    :param system_presence: what it is a kind of, such as ``OnQueue``; ``None`` as above.
    :param message: what the user wrote beside it.
    :param modified: when it changed, as the API spells it.
    :param missing: whether the API knows no such user.
    """

    user_id: str
    definition_id: str | None = None
    system_presence: str | None = None
    message: str | None = None
    modified: str | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class NewPresence:
    """The presence to put a user in.

    :param user_id: the user.
    :param presence: a definition's id, ``"Break/Smoke"``, or ``"Break"`` for the built-in one.
    :param source_id: the source to set it for; ``None`` for Genesys Cloud's own.
    :param message: what to write beside it; ``None`` leaves what is there.
    """

    user_id: str
    presence: str
    source_id: str | None = None
    message: str | None = None


class UserPresenceRow(TypedDict):
    """The presence to put a user in, as a Dag's author writes it."""

    user_id: str
    """The user."""
    presence: str
    """A definition's id, ``Break/Smoke``, or ``Break`` for the built-in one."""
    source_id: NotRequired[str | None]
    """The source to set it for; Genesys Cloud's own if left out."""
    message: NotRequired[str | None]
    """What to write beside it; left out, what is there stays."""


_KEYS = tuple(UserPresenceRow.__annotations__)
_NEEDED = ("user_id", "presence")


def new_presences(rows: Any) -> list[NewPresence]:
    """Return presences to set, as a Dag's author writes them.

    :param rows: a list of mappings with the keys ``user_id``, ``presence`` and, if wanted, ``source_id`` and
        ``message``; or the JSON text of one.
    :raises GenesysConfigError: it is no such list; the message tells of each wrong row, counted from 1.
    """
    if isinstance(rows, str):
        try:
            rows = parse_json(rows)
        except ValueError as error:
            raise GenesysConfigError(f"presences is text, but no JSON: {error}") from None
    if not isinstance(rows, Iterable) or isinstance(rows, str | bytes | Mapping):
        raise GenesysConfigError(f"presences must be a list of rows with user_id and presence, not {_kind(rows)}")
    rows = list(rows)
    mistakes = [
        f"presences, row {number}: {mistake}" for number, row in enumerate(rows, 1) for mistake in _mistakes(row)
    ]
    if mistakes:
        raise no_presence_set(mistakes)
    return [NewPresence(**row) for row in rows]


def _mistakes(row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield f"must be a mapping with user_id and presence, not {_kind(row)}"
        return
    for key in row:
        if key not in _KEYS:
            yield f"unknown key {key!r}{did_you_mean(str(key), _KEYS)}"
    for key in _KEYS:
        value = row.get(key)
        if key in _NEEDED and key not in row:
            yield f"{key} is missing"
        elif value is None and key not in _NEEDED:
            continue
        elif not isinstance(value, str):
            yield f"{key} must be text, not {_kind(value)}"
        elif key in _NEEDED and not value.strip():
            yield f"{key} is empty"


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:50]!r}"


def read_presences(
    client: GenesysCloudClient, user_ids: Iterable[str], source_id: str | None = None
) -> Iterator[UserPresence]:
    """Yield the presences of any number of users, in their order, reading 50 with each request.

    :param client: the client.
    :param user_ids: the users.
    :param source_id: the source whose word to take; ``None`` for Genesys Cloud's own.
    """
    operation: GenesysCloudListingName = (
        "getUsersPresencesPurecloudBulk" if source_id is None else "getUsersPresenceBulk"
    )
    path_params = {} if source_id is None else {"sourceId": source_id}

    def ask(some: Sequence[str]) -> list[dict[str, Any]]:
        return _listed(operation, client.call(operation, path_params=path_params, query={"id": some}))

    for batch in in_batches(user_ids):
        found = {_user_of(entity): entity for entity in _known(ask, list(dict.fromkeys(batch)))}
        yield from (_presence(user_id, found.get(user_id)) for user_id in batch)


def all_in(presences: Iterable[UserPresence], wanted: Collection[str]) -> bool:
    """Tell whether all users are in one of some presences; nobody is missing then. Stops reading at the first no.

    :param presences: the presences they are in.
    :param wanted: ids of definitions, and system presences in any spelling, which stand for all their definitions.
    :raises GenesysConfigError: one is neither.
    """
    is_wanted = being_in(wanted)
    return all(is_wanted(each) for each in presences)


def any_in(presences: Iterable[UserPresence], wanted: Collection[str]) -> bool:
    """Tell whether a user is in one of some presences, as :func:`all_in`; stops reading at the first yes."""
    is_wanted = being_in(wanted)
    return any(is_wanted(each) for each in presences)


def users_by_definition(client: GenesysCloudClient, user_ids: Iterable[str] | None = None) -> Counter[str]:
    """Return how many users are in each definition; its keys are the definitions in use.

    :param client: the client.
    :param user_ids: the users to look at, all active ones by default.
    """
    if user_ids is None:
        users = client.iterate("getUsers", query={"pageSize": _PAGE_SIZE})
        user_ids = (user["id"] for user in users)
    presences = read_presences(client, user_ids)
    return Counter(each.definition_id for each in presences if each.definition_id)


def _known(ask: Callable[[Sequence[str]], list[dict[str, Any]]], user_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Ask for some users; where one that does not exist has all refused, halve them until it stands alone.

    Whether the API refuses all or leaves the one out, its description does not say.
    """
    try:
        return ask(user_ids)
    except GenesysNotFoundError as error:
        if error.code != _NO_SUCH_USER:
            raise
    if len(user_ids) == 1:
        return []
    middle = len(user_ids) // 2
    return _known(ask, user_ids[:middle]) + _known(ask, user_ids[middle:])


def _listed(operation: str, answer: Any) -> list[dict[str, Any]]:
    """Return the presences in an answer; raises ``GenesysError`` for one that is of something else, such as a proxy."""
    entities: list[Any] = answer if isinstance(answer, list) else [None]
    if all(isinstance(each, dict) and (each.get("userId") or each.get("id")) for each in entities):
        return entities
    raise GenesysError(
        f"{operation}: the answer is no list of presences; does something between here and the API give it?"
    )


def _user_of(entity: dict[str, Any]) -> str:
    """Return whose presence it is: ``UcUserPresence`` has a ``userId``, in ``UserPresence`` it is the ``id``."""
    return str(entity.get("userId") or entity["id"])


def _presence(user_id: str, entity: dict[str, Any] | None) -> UserPresence:
    if entity is None:
        return UserPresence(user_id, missing=True)
    definition = entity.get("presenceDefinition") or {}
    return UserPresence(
        user_id,
        definition_id=definition.get("id"),
        system_presence=_system_presence(definition.get("systemPresence")),
        message=entity.get("message"),
        modified=entity.get("modifiedDate"),
    )


def _system_presence(text: str | None) -> str | None:
    try:
        return normalise_presence(text) if text else None
    except GenesysConfigError:
        return text  # one the API has gained since


def no_presence_set(mistakes: Sequence[str]) -> GenesysConfigError:
    """Return the error that says why nobody was put anywhere."""
    return GenesysConfigError("no presence was set: " + "; ".join(first_of(mistakes, _MOST_MISTAKES)))


def being_in(wanted: Collection[str]) -> Callable[[UserPresence], bool]:
    """Return what tells whether a user is in one of some presences; they, and what is raised, are :func:`all_in`'s."""
    ids = {each for each in wanted if is_uuid(each)}
    system_presences = {normalise_presence(each) for each in wanted if each not in ids}
    return lambda presence: presence.definition_id in ids or presence.system_presence in system_presences


def in_batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Yield as many at a time as one request asks for."""
    source = iter(items)
    while batch := list(islice(source, _MAX_USERS)):
        yield batch


@dataclass(frozen=True, slots=True)
class Usage:
    """What a look at all users has shown.

    :param in_use: ids of the definitions that users are in.
    :param ended: when it ended, by the monotonic clock of this machine.
    """

    in_use: AbstractSet[str]
    ended: float


def read_usage(client: GenesysCloudClient) -> Usage:
    """Look who is in what.

    :param client: the client.
    """
    in_use = frozenset(users_by_definition(client))
    return Usage(in_use, monotonic())
