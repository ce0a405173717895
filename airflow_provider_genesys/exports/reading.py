"""Reading what is configured, and telling apart the ways in which it cannot be read.

An answer that is missing is never taken for nothing: a resource that is gone, was never set, may not be read or was
read in part is said to be so, and any other failure is an error.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from airflow_provider_genesys.api.operations import operation
from airflow_provider_genesys.api.process import untold_deprecations
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.api.operations.names import GenesysCloudListingName, GenesysCloudOperationName
    from airflow_provider_genesys.exports.resources import Read, Resource

log = logging.getLogger(__name__)

State = Literal["exported", "gone", "absent", "forbidden", "partial"]

_CODE = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)+")  # such as resource.not.found: gateways do not speak like that
_REFUSALS = (GenesysPermissionError, GenesysNotFoundError, GenesysGoneError)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found of a resource.

    :param state: ``exported``: all of it. ``gone``: the API has it no more. ``absent``: settings that were never set.
        ``forbidden``: a permission is missing. ``partial``: some of it may be missing.
    :param entities: by identity, also of what is ``partial``.
    :param total: how many its listings say there are; ``None`` where none says it.
    :param reasons: why it is not ``exported``, for people.
    :param permissions: those that are needed, where one is missing.
    """

    state: State
    entities: Mapping[str, Mapping[str, Any]]
    total: int | None = None
    reasons: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was found of an organisation.

    :param organization_id: its id; ``None`` if the client may not read it.
    :param readings: by resource's name.
    """

    organization_id: str | None
    readings: Mapping[str, Reading]


def read_configuration(client: GenesysCloudClient, resources: Sequence[Resource]) -> Configuration:
    """Read some resources.

    :param client: the client.
    :param resources: what to read.
    :raises GenesysError: a resource is in no state that can be told, or an answer is not understood; and all that
        ``client.call`` raises but for 403, 404 and 410.
    """
    _tell_deprecations(resources)
    reader = _Reader(client)
    organization_id = reader.organization_id()
    readings: dict[str, Reading] = {}
    not_found: dict[str, GenesysNotFoundError] = {}
    for resource in resources:
        try:
            readings[resource.name] = reader.read(resource)
        except GenesysNotFoundError as error:
            not_found[resource.name] = error
    for resource in resources:  # what a 404 means, the answers to the others tell
        if resource.name in not_found:
            readings[resource.name] = reader.explain(resource, not_found[resource.name])
    return Configuration(organization_id, {resource.name: readings[resource.name] for resource in resources})


def _tell_deprecations(resources: Sequence[Resource]) -> None:
    """Say in one line of all that is read what the API will take away, once in each process, and what happens then."""
    titles: dict[str, str] = {read.operation: resource.title for resource in resources for read in resource.reads}
    deprecated = untold_deprecations(map(operation, titles))
    if deprecated:
        log.warning(
            "Genesys Cloud is taking away what reads %s (%s are deprecated). Once it has, snapshots say that they are "
            "gone; what was exported until then stays",
            ", ".join(dict.fromkeys(titles[each.name] for each in deprecated)),
            ", ".join(each.name for each in deprecated),
        )


class _Reader:
    """Reads one resource after the other and remembers which operations answer."""

    def __init__(self, client: GenesysCloudClient) -> None:
        self._client = client
        self._answers: dict[GenesysCloudOperationName, bool] = {}  # by operation, whether it is there, be it forbidden
        self._speaks = False  # whether anything was answered with content, so that this is the API

    def organization_id(self) -> str | None:
        try:
            organization = self._call("getOrganizationsMe")
        except GenesysPermissionError as error:
            _be_genesys_own(error)
            log.warning("The snapshot cannot name its organisation: %s", error)
            return None
        if not isinstance(organization, dict) or not isinstance(organization.get("id"), str):
            raise GenesysError("getOrganizationsMe: the answer names no organisation")
        identity: str = organization["id"]
        return identity

    def read(self, resource: Resource) -> Reading:
        """Read a resource.

        :raises GenesysNotFoundError: it is not found.
        """
        found = _Found()
        for read in resource.reads:
            try:
                if resource.is_listing:
                    self._list(resource, read, found)
                else:
                    found.add(resource, self._settings(read))
            except _REFUSALS as error:
                return self._refused(found, error)
        return found.as_reading()

    def explain(self, resource: Resource, error: GenesysNotFoundError) -> Reading:
        """Return what a 404 means: never set, or gone.

        :raises GenesysNotFoundError: neither; the address may be wrong.
        """
        _be_genesys_own(error)
        if resource.witness is not None and self._is_there(resource.witness):
            return Reading("absent", {}, reasons=(f"never set: {error}",))
        if not self._api_speaks():
            raise error
        return Reading("gone", {}, reasons=(str(error),))

    def _refused(self, found: _Found, error: GenesysApiError) -> Reading:
        """Return what a 403 or 410, or a 404 half-way, means."""
        _be_genesys_own(error)
        permissions: tuple[str, ...] = ()
        if isinstance(error, GenesysPermissionError) and error.operation is not None:
            permissions = operation(error.operation).permissions
        if found.pages:
            found.reasons.append(f"it could be read in part only: {error}")
            return found.as_reading(permissions)
        if isinstance(error, GenesysNotFoundError):
            raise error
        state: State = "forbidden" if isinstance(error, GenesysPermissionError) else "gone"
        return Reading(state, {}, reasons=(str(error),), permissions=permissions)

    def _list(self, resource: Resource, read: Read, found: _Found) -> None:
        """Read a listing to its end and hold the count against its totals."""
        listed: dict[str, Mapping[str, Any]] = {}
        totals: list[int] = []
        try:
            for entity in self._iterate(read.operation, found, totals, query=read.query):
                listed[_identity(resource, read, entity)] = entity
        finally:  # what was read before a refusal counts, but for drafts
            drafts = [key for key in listed if resource.versions and not _is_published(listed[key])]
            found.entities |= {key: entity for key, entity in listed.items() if key not in drafts}
            found.add_total(read, totals)
        if resource.versions and totals and len(listed) < min(totals):
            drafts += self._not_listed(resource, read, listed, found)
        else:
            found.check(read, listed, totals)
        if resource.versions is not None:
            for identity in drafts:
                self._publish(resource.versions, identity, found)

    def _not_listed(self, resource: Resource, read: Read, listed: Mapping[str, Any], found: _Found) -> list[str]:
        """Return what a listing of published versions leaves out. Whether its total counts that is unconfirmed."""
        everything: dict[str, Any] = {}
        totals: list[int] = []
        for entity in self._iterate(read.operation, found, totals):
            everything[_identity(resource, read, entity)] = entity
        found.check(read, everything, totals)
        return [key for key in everything if key not in listed]

    def _publish(self, versions: tuple[GenesysCloudListingName, str], identity: str, found: _Found) -> None:
        """Take in the last published version of what is listed as a draft, or nothing if it was never published."""
        name, parameter = versions
        try:
            listed = [*self._iterate(name, found, [], path_params={parameter: identity})]
        except GenesysNotFoundError as error:
            _be_genesys_own(error)
            found.reasons.append(f"{identity} was deleted while it was read: {error}")
            return
        published = [each for each in listed if isinstance(each, dict) and _is_published(each)]
        if published:
            found.entities[identity] = max(published, key=lambda version: int(version["version"]))

    def _settings(self, read: Read) -> Mapping[str, Any]:
        answer = self._call(read.operation, query=read.query)
        if not isinstance(answer, dict):
            raise GenesysError(f"{read.operation}: the answer is {_kind(answer)} and no object")
        return answer

    def _iterate(
        self, name: GenesysCloudOperationName, found: _Found, totals: list[int], **arguments: Any
    ) -> Iterator[Any]:
        def note(answer: Any) -> None:
            entities = answer.get("entities") if isinstance(answer, dict) else answer
            if not isinstance(entities, list):
                raise GenesysError(f"{name}: the answer is {_kind(answer)} and no listing")
            if isinstance(answer, dict) and isinstance(answer.get("total"), int):
                totals.append(answer["total"])
            found.pages += 1
            self._answers[name] = self._speaks = True

        with self._noting(name):
            listing = cast("GenesysCloudListingName", name)  # as are all that a resource of many is read with
            yield from self._client.iterate(listing, on_page=note, **arguments)

    def _call(self, name: GenesysCloudOperationName, **arguments: Any) -> Any:
        with self._noting(name):
            answer = self._client.call(name, **arguments)
            self._answers[name] = self._speaks = True
            return answer

    @contextmanager
    def _noting(self, name: GenesysCloudOperationName) -> Iterator[None]:
        """Note whether an operation is there, when it is refused."""
        try:
            yield
        except GenesysPermissionError:
            self._answers[name] = True
            raise
        except (GenesysNotFoundError, GenesysGoneError):
            self._answers.setdefault(name, False)
            raise

    def _is_there(self, name: GenesysCloudOperationName) -> bool:
        """Tell whether an operation is there, asking if it was not called yet."""
        if name not in self._answers:
            try:
                self._call(name)
            except _REFUSALS as error:
                _be_genesys_own(error)
        return self._answers[name]

    def _api_speaks(self) -> bool:
        """Tell whether another read on this host is answered, asking if none was yet."""
        if not self._speaks:
            try:
                self._call("headTokensMe")
            except GenesysNotFoundError:
                return False
        return self._speaks


class _Found:
    """What is found of a resource, while it is read."""

    def __init__(self) -> None:
        self.entities: dict[str, Mapping[str, Any]] = {}
        self.reasons: list[str] = []
        self.pages = 0
        self._totals: dict[str, int] = {}  # by listing, of which one may be read twice

    def add(self, resource: Resource, settings: Mapping[str, Any]) -> None:
        """Take settings in."""
        self.entities[resource.identity(settings)] = settings
        self.pages += 1

    def add_total(self, read: Read, totals: Sequence[int]) -> None:
        """Take in what a listing's pages say of how many there are: the last one knows best."""
        if totals:
            self._totals[repr(read)] = totals[-1]

    def check(self, read: Read, listed: Mapping[str, Any], totals: Sequence[int]) -> None:
        """Hold a count against the totals of all pages, which differ when things come and go meanwhile."""
        if totals and not min(totals) <= len(listed) <= max(totals):
            self.reasons.append(f"{read.operation} lists {len(listed)} and says that there are {totals[-1]}")

    def as_reading(self, permissions: tuple[str, ...] = ()) -> Reading:
        """Return it."""
        state: State = "partial" if self.reasons else "exported"
        total = sum(self._totals.values()) if self._totals else None
        return Reading(state, self.entities, total, tuple(self.reasons), permissions)


def _be_genesys_own(error: GenesysApiError) -> None:
    """Make sure that it was Genesys Cloud who refused, and no gateway or proxy in between.

    Which code comes with a 410 is unconfirmed: any will do.

    :raises GenesysApiError: the error itself, if not.
    """
    known = error.code and (isinstance(error, GenesysGoneError) or _CODE.fullmatch(error.code))
    if not (known and error.correlation_id):
        raise error


def _identity(resource: Resource, read: Read, entity: Any) -> str:
    if not isinstance(entity, dict) or not isinstance(entity.get("id"), str) or not entity["id"]:
        raise GenesysError(f"{read.operation} lists {_kind(entity)} without an id")
    return resource.identity(entity)


def _is_published(entity: Mapping[str, Any]) -> bool:
    """Tell whether this is a published version; a draft's ``version`` is ``DRAFT``."""
    return str(entity.get("version", "")).isdecimal()


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
