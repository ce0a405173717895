"""Listings, of one page or many, read one entity after another.

Genesys Cloud has two ways to page: ``pageNumber`` up to ``pageCount``, and ``nextUri`` with a cursor in its query. A
server that repeats itself must not keep a task for ever, and a link must not lead a token to another host. A listing
whose end would be missing is an error, not a short listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

Fetch = Callable[[Mapping[str, Any]], Any]
"""Returns the page that these query parameters, on top of the caller's, lead to."""


def entities(operation: Operation, fetch: Fetch, *, api_url: str, max_pages: int) -> Iterator[Any]:
    """Yield the entities of all pages; of an operation without pages those of its one answer, be it a bare array.

    :param operation: the listing.
    :param fetch: returns one page.
    :param api_url: address of the API, to which links must lead.
    :param max_pages: pages after which to stop with an error.
    :raises GenesysConfigError: the operation is no listing.
    :raises GenesysError: a page comes twice, there are too many, or a link leads elsewhere.
    """
    if operation.paging == "none":
        yield from _of_one_answer(operation, fetch({}))
        return
    asked: Mapping[str, Any] = {"pageNumber": 1} if operation.paging == "page" else {}
    before: list[Mapping[str, Any]] = []
    previous = None
    while True:
        page = fetch(asked) or {}
        if not isinstance(page, dict):
            raise GenesysError(f"{operation.name}: page {len(before) + 1} is a {type(page).__name__} and no page")
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


def has_more(answer: Any) -> bool:
    """Tell whether an answer says that it is a page with others behind it."""
    if not isinstance(answer, dict):
        return False
    pages_follow = (answer.get("pageCount") or 1) > (answer.get("pageNumber") or 1)
    return pages_follow or bool(answer.get("nextUri") or answer.get("next"))


def _of_one_answer(operation: Operation, answer: Any) -> list[Any]:
    listed = answer.get("entities") if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise GenesysConfigError(f"{operation.name} is no listing: its answer is a single thing, which call returns")
    if has_more(answer):
        raise GenesysError(f"{operation.name}: its answer is the first of several pages, and none are known of it")
    return listed


def _following(
    operation: Operation, page: Mapping[str, Any], asked: Mapping[str, Any], api_url: str
) -> Mapping[str, Any] | None:
    if operation.paging == "page":
        number = asked["pageNumber"]
        more = number < page["pageCount"] if "pageCount" in page else bool(page.get("entities"))
        return {"pageNumber": number + 1} if more else None
    if page.get("nextUri"):
        link = urlsplit(str(page["nextUri"]))
        api = urlsplit(api_url)
        if link.netloc and (link.scheme or api.scheme, link.netloc.lower()) != (api.scheme, api.netloc.lower()):
            raise GenesysError(
                f"{operation.name}: the next page is on {link.hostname}, not on {api.hostname}; not followed"
            )
        return parse_qs(link.query)  # only what it asks for is taken over: the path stays the operation's own
    return None
