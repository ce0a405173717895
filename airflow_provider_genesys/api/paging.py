"""Listings over many pages, read one entity after another.

Genesys Cloud has two ways: ``pageNumber`` up to ``pageCount``, and ``nextUri`` with a cursor in its query. A server
that repeats itself must not keep a task for ever, and a link must not lead a token to another host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from airflow_provider_genesys.exceptions import GenesysError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

Fetch = Callable[[Mapping[str, Any]], Any]
"""Returns the page that these query parameters, on top of the caller's, lead to."""


def entities(operation: Operation, fetch: Fetch, *, api_url: str, max_pages: int) -> Iterator[dict[str, Any]]:
    """Yield the ``entities`` of all pages.

    :param operation: the listing.
    :param fetch: returns one page.
    :param api_url: address of the API, to which links must lead.
    :param max_pages: pages after which to stop with an error.
    :raises GenesysError: a page comes twice, there are too many, or a link leads elsewhere.
    """
    asked: Mapping[str, Any] = {"pageNumber": 1} if operation.paging == "page" else {}
    before: list[Mapping[str, Any]] = []
    previous = None
    while True:
        page = fetch(asked) or {}
        if page == previous and page.get("entities"):
            raise GenesysError(f"{operation.name}: page {len(before) + 1} is page {len(before)} again")
        yield from page.get("entities") or ()
        before.append(asked)
        following = _following(operation, page, asked, api_url)
        if following is None:
            return
        if following in before:
            raise GenesysError(f"{operation.name}: page {len(before)} leads back to an earlier one")
        if len(before) >= max_pages:
            raise GenesysError(f"{operation.name}: there are more than {max_pages} pages")
        asked, previous = following, page


def _following(
    operation: Operation, page: Mapping[str, Any], asked: Mapping[str, Any], api_url: str
) -> Mapping[str, Any] | None:
    if operation.paging == "page":
        number = asked["pageNumber"]
        more = number < page["pageCount"] if "pageCount" in page else bool(page.get("entities"))
        return {"pageNumber": number + 1} if more else None
    if operation.paging == "cursor" and page.get("nextUri"):
        link = urlsplit(str(page["nextUri"]))
        api = urlsplit(api_url)
        if link.netloc and (link.scheme or api.scheme, link.netloc.lower()) != (api.scheme, api.netloc.lower()):
            raise GenesysError(
                f"{operation.name}: the next page is on {link.hostname}, not on {api.hostname}; not followed"
            )
        return parse_qs(link.query)  # only what it asks for is taken over: the path stays the operation's own
    return None
