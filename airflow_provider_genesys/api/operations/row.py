"""What a row of the table of operations says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

System = Literal["Genesys Cloud", "Vonage Contact Center"]
Kind = Literal["number", "switch", "text", "text or switch"]

QUERY_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        **dict.fromkeys(("limit", "maxResults", "page", "pageNumber", "pageSize"), "number"),
        **dict.fromkeys(
            ("excludeDisconnectedMembers", "hasPeer", "includeDuplicates", "includeFullRoles", "showOnlyPublished"),
            "switch",
        ),
        **dict.fromkeys(("deactivated", "deleted"), "text or switch"),  # true, false, and words beside these
        **dict.fromkeys(("after", "before", "divisionId", "expand", "id", "integrationPresenceSource"), "text"),
        **dict.fromkeys(("agentId", "end", "include", "name", "peerId", "sortBy", "start"), "text"),
        **dict.fromkeys(("jabberId", "localeCode", "sortOrder", "state", "type", "userId"), "text"),
    }
)
"""What the values of a query parameter are, by its name, which means the same with all operations."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is called, and how carefully.

    :param name: its name in the API description, such as ``getPresenceSources``.
    :param method: HTTP method.
    :param path: path from the host on, with ``{placeholders}``.
    :param query: names of the query parameters it takes.
    :param required_query: those among them that it cannot do without, where the API's description says so.
    :param comma_lists: those among them that take a list as one value with commas; others are repeated.
    :param ids: the query parameter that says what is asked for, where one request may ask for so many only.
    :param most: how many values one request may have in ``ids``; without ``ids``, how many things in its body: elements
        of an array, or of all arrays of an object. ``None`` where the API's documents name no limit.
    :param bodiless: whether it takes no body although it is a POST, PUT or PATCH; all others of these need one.
    :param listed: where the listed things are in the answer of a listing that is an object.
    :param paging: how its answers are paged: not, by ``pageNumber``, by ``page`` with the count in ``meta``
        (``numbered``), or by following a link.
    :param accept: value of the ``Accept`` header, where it is another than its system's usual one.
    :param authentication: whose token it wants: the client's, that of a guest (web chat), or none.
    :param permissions: permissions the client needs; with Vonage Contact Center, scopes of its token.
    :param any_permission: whether one of them is enough, else it needs all.
    :param repeat: who may repeat it after a failure: ``client`` (harmless), ``caller`` (only who sent it knows how),
        ``nobody``.
    :param deprecated: since when, if it is.
    :param successor: name of the operation to use in its place.
    :param aliases: other names it is known by.
    :param system: whose it is; the client of the other system refuses it.
    """

    name: str
    method: str
    path: str
    query: tuple[str, ...] = ()
    required_query: tuple[str, ...] = ()
    comma_lists: tuple[str, ...] = ()
    ids: str | None = None
    most: int | None = None
    bodiless: bool = False
    listed: str = "entities"
    paging: Literal["none", "page", "numbered", "cursor"] = "none"
    accept: str | None = None
    authentication: Literal["bearer", "guest", "none"] = "bearer"
    permissions: tuple[str, ...] = ()
    any_permission: bool = False
    repeat: Literal["client", "caller", "nobody"] = "nobody"
    deprecated: str | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()
    system: System = "Genesys Cloud"

    @property
    def page_parameter(self) -> str | None:
        """Name of the query parameter that says which page, where pages have numbers."""
        return {"page": "pageNumber", "numbered": "page"}.get(self.paging)

    @property
    def needs_body(self) -> bool:
        """Whether it needs a body; one that does not takes none."""
        return self.method in {"POST", "PUT", "PATCH"} and not self.bodiless

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method not in {"GET", "HEAD"}

    @property
    def deprecation(self) -> str | None:
        """Since when it is deprecated and what to use in its place, ``None`` if it is not."""
        if self.deprecated is None:
            return None
        instead = f"use {self.successor} instead" if self.successor else "there is no operation in its place"
        return f"deprecated since {self.deprecated}; {instead}"
