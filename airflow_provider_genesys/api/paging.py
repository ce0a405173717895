"""Listings, of one page or many, read one entity after another.

Genesys Cloud has two ways to page: ``pageNumber`` up to ``pageCount``, and a link with a cursor in its query, which is
``nextUri`` or, with the messages of a chat, ``next``; that the latter is a link too is unconfirmed. Vonage Contact
Center has ``page``, and the ``pageCount`` in ``meta``. A server that
repeats itself must neither keep a task for ever nor have things listed twice, and a link must not lead a token to
another host. A listing whose end would be missing is an error, not a short listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError
from airflow_provider_genesys.files.canonical import canonical, digest

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations import Operation

Fetch = Callable[[Mapping[str, Any]], Any]
"""Returns the page that these query parameters, on top of the caller's, lead to."""

_PORTS = {"http": 80, "https": 443}


def entities(
    operation: Operation, fetch: Fetch, *, api_url: str, max_pages: int, from_start: bool = True
) -> Iterator[Any]:
    """Yield the entities of all pages; of an operation without pages those of its one answer, be it a bare array.

    :param operation: the listing.
    :param fetch: returns one page.
    :param api_url: address of the API, to which links must lead.
    :param max_pages: pages after which to stop with an error.
    :param from_start: whether the first page shall be the listing's first.
    :raises GenesysConfigError: the operation is no listing.
    :raises GenesysError: an answer is no page, entities come twice, there are too many pages, or a link leads
        elsewhere.
    """
    if operation.paging == "none":
        yield from _of_one_answer(operation, fetch({}))
        return
    asked: Mapping[str, Any] = {operation.page_parameter: 1} if operation.page_parameter else {}
    before: list[Mapping[str, Any]] = []
    seen: dict[str, int] = {}  # a digest of each page's entities: all else in a page may be new, and they the same
    while True:
        page = fetch(asked)
        number = len(before) + 1
        listed = _listed(operation, page, number)
        if from_start and number == 1 and page.get("previousPage"):
            raise GenesysError(f"{operation.name}: its first page has others before it, which would be missing")
        first = seen.setdefault(digest(canonical(listed)), number)
        if listed and first != number:
            raise GenesysError(f"{operation.name}: page {number} is page {first} again")
        yield from listed
        before.append(asked)
        following = _following(operation, page, asked, api_url)
        if following is None:
            return
        if following in before:
            raise GenesysError(f"{operation.name}: page {number} leads back to an earlier one")
        if number >= max_pages:
            raise GenesysError(f"{operation.name}: there are more than {max_pages} pages")
        asked = following


def has_more(answer: Any) -> bool:
    """Tell whether an answer says that it is a page with others behind it."""
    if not isinstance(answer, dict):
        return False
    told = answer["meta"] if isinstance(answer.get("meta"), dict) else answer
    pages, number = told.get("pageCount") or 1, told.get("pageNumber") or told.get("page") or 1
    last = _is_number(pages) and _is_number(number) and pages <= number  # else nobody can take it for the last
    return not last or bool(answer.get("nextUri") or answer.get("next"))


def _of_one_answer(operation: Operation, answer: Any) -> list[Any]:
    listed = answer.get(operation.listed) if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise GenesysConfigError(f"{operation.name} is no listing: its answer is a single thing, which call returns")
    if has_more(answer):
        raise GenesysError(f"{operation.name}: its answer is the first of several pages, and none are known of it")
    return listed


def _listed(operation: Operation, page: Any, number: int) -> list[Any]:
    if not isinstance(page, dict):
        raise GenesysError(f"{operation.name}: page {number} is a {type(page).__name__} and no page")
    listed = page.get(operation.listed)
    if not isinstance(listed, list):
        raise GenesysError(f"{operation.name}: page {number} has no {operation.listed}, and so is no page")
    return listed


def _following(
    operation: Operation, page: Mapping[str, Any], asked: Mapping[str, Any], api_url: str
) -> Mapping[str, Any] | None:
    """Return the query parameters that lead to the page after this one, ``None`` if it is the last."""
    if operation.page_parameter:
        number = asked[operation.page_parameter]
        told = page.get("meta") if operation.paging == "numbered" else page
        told = told if isinstance(told, dict) else {}
        pages = told.get("pageCount", number + bool(page[operation.listed]))
        if not _is_number(pages):
            raise GenesysError(f"{operation.name}: page {number} says {pages!r:.60} as its pageCount, which is none")
        return {operation.page_parameter: number + 1} if number < pages else None
    link = page.get("nextUri") or page.get("next")
    return _query_of_link(operation, link, api_url) if link else None


def _query_of_link(operation: Operation, link: Any, api_url: str) -> Mapping[str, Any]:
    """Return what a link asks for; nothing else is taken over from it: the path stays the operation's own."""
    if not isinstance(link, str):
        raise GenesysError(f"{operation.name}: the link to the next page is a {type(link).__name__} and no link")
    try:
        address = urlsplit(urljoin(api_url, link))
        there, here = _host(address), _host(urlsplit(api_url))
    except ValueError as error:
        raise GenesysError(f"{operation.name}: the link to the next page is broken: {error}") from None
    if there != here:
        raise GenesysError(f"{operation.name}: the next page is on {there}, not on {here}; not followed")
    asked = parse_qs(address.query)
    if not asked:
        raise GenesysError(f"{operation.name}: the link to the next page says nothing of which one that is")
    return asked


def _host(address: SplitResult) -> str:
    """Return scheme, host and port; not the user that a link may name, who is not asked for anything.

    :raises ValueError: the port is none.
    """
    port = address.port or _PORTS.get(address.scheme)
    return f"{address.scheme}://{address.hostname}" + (f":{port}" if port else "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
