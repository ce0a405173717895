"""Names looked up in the organisation itself.

Each kind of name is read when one of it is first looked for, whole and once, so that a conversion takes a few requests
whatever the number of its records. Only what is active counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.text import first_of

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.operations.names import GenesysCloudListingName

Connect: TypeAlias = Callable[[], "GenesysCloudClient"]
UserKey: TypeAlias = Literal["email", "name", "employee_id", "extension"]
USER_KEYS: tuple[UserKey, ...] = get_args(UserKey)
"""What records may know a user by."""
OPERATIONS: Mapping[str, GenesysCloudListingName] = {
    "users": "getUsers",
    "queues": "getRoutingQueues",
    "wrap_up_codes": "getRoutingWrapupcodes",
    "skills": "getRoutingSkills",
    "languages": "getRoutingLanguages",
}
"""The listing of each section of a directory."""

_PAGE_SIZES = {"users": 500}
_PAGE_SIZE = 100
_MOST_CANDIDATES = 10


class Candidate(NamedTuple):
    """What a name may mean.

    :param id: its id in Genesys Cloud.
    :param keys: what it is known by: a user by each :data:`UserKey`, all else by ``name``.
    """

    id: str
    keys: Mapping[str, Sequence[str]]

    def __str__(self) -> str:
        """Return it as messages name it."""
        shown = [text for key in ("name", "email") for text in self.keys.get(key, ())]
        return f"{self.id} ({', '.join(shown)})"


class AmbiguousNameError(LookupError):
    """Several have a name; the message lists them."""


class Organization:
    """Finds ids by names. Not for several threads at a time.

    :param connect: returns the client, when the first name is looked for.
    :param users_by: what records know users by.
    """

    def __init__(self, connect: Connect, users_by: Sequence[UserKey] = USER_KEYS) -> None:
        self._connect = connect
        self._users_by = users_by
        self._found: dict[str, dict[str, list[tuple[str, Candidate]]]] = {}

    def find(self, section: str, name: str) -> str | None:
        """Return the id of what has a name, ``None`` if nothing has.

        Capitals make a difference only where names differ by nothing else.

        :param section: of the directory, such as ``queues``.
        :raises AmbiguousNameError: several have it.
        :raises GenesysError: the organisation cannot be asked, or not for this.
        """
        if section not in self._found:
            kinds = self._users_by if section == "users" else ("name",)
            self._found[section] = _by_key(candidates(self._connect(), section, kinds), kinds)
        matches = self._found[section].get(name.strip().casefold(), [])
        exact = [match for match in matches if match[0] == name.strip()] or matches
        meant = {candidate.id: str(candidate) for _, candidate in exact}
        if len(meant) > 1:
            raise AmbiguousNameError(", ".join(first_of([*meant.values()], _MOST_CANDIDATES)))
        return next(iter(meant), None)


def candidates(client: GenesysCloudClient, section: str, kinds: Sequence[str] = USER_KEYS) -> Iterator[Candidate]:
    """Yield all that is active of a kind.

    :param section: of the directory, such as ``queues``.
    :param kinds: what it is to be known by; users have an ``employee_id`` only where that is among them.
    :raises GenesysError: the organisation cannot be asked, or not for this.
    """
    query: dict[str, Any] = {"pageSize": _PAGE_SIZES.get(section, _PAGE_SIZE)}
    if section == "users" and "employee_id" in kinds:
        query["expand"] = "employerInfo"
    for entity in client.read_only().iterate(OPERATIONS[section], query=query):
        if entity.get("state") in {None, "active"}:
            keys = _keys_of_user(entity) if section == "users" else {"name": _texts([entity.get("name")])}
            yield Candidate(str(entity["id"]), keys)


def source_of(client: GenesysCloudClient) -> str:
    """Return the id of the source platform: that of the one active presence source.

    :raises GenesysConfigError: there is none, or more than one; the message lists them.
    :raises GenesysError: the organisation cannot be asked.
    """
    sources = active_sources(client)
    if len(sources) == 1:
        return str(sources[0]["id"])
    listed = ", ".join(f"{each['id']} ({each.get('name')})" for each in sources) or "none"
    raise GenesysConfigError(f"give source_id: the organisation has not one active presence source, but {listed}")


def active_sources(client: GenesysCloudClient) -> list[Mapping[str, Any]]:
    """Return the active presence sources that are not Genesys Cloud's own."""
    listed = client.read_only().iterate("getPresenceSources", query={"deactivated": "FALSE"})
    return [each for each in listed if each.get("type") == "User" and not each.get("deactivated")]


def _by_key(found: Iterable[Candidate], kinds: Sequence[str]) -> dict[str, list[tuple[str, Candidate]]]:
    """Return what is found by what it is known by, in small letters, each with its own spelling."""
    by_key: dict[str, list[tuple[str, Candidate]]] = {}
    for candidate in found:
        for text in {text for kind in kinds for text in candidate.keys[kind]}:
            by_key.setdefault(text.casefold(), []).append((text, candidate))
    return by_key


def _keys_of_user(user: Mapping[str, Any]) -> dict[str, list[str]]:
    contacts = [*(user.get("primaryContactInfo") or ()), *(user.get("addresses") or ())]
    return {
        "email": _texts([user.get("email")]),
        "name": _texts([user.get("name")]),
        "employee_id": _texts([(user.get("employerInfo") or {}).get("employeeId")]),
        "extension": _texts(contact.get("extension") for contact in contacts),
    }


def _texts(values: Iterable[Any]) -> list[str]:
    """Return what there is, each once."""
    return [*dict.fromkeys(text for value in values if value is not None and (text := str(value).strip()))]
