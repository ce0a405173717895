"""Whether the users that an input refers to exist and are active, with as few requests as will do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.preflight.verdict import about_references
from airflow_provider_genesys.text import is_uuid

if TYPE_CHECKING:
    from airflow_provider_genesys.preflight.findings import Finding, ReadOnlyClient
    from airflow_provider_genesys.preflight.references import References

_PAGE_SIZE = 500  # the largest that a listing of users takes
_MOST_IDS = 50  # in one request: the limit of the other bulk reads of users; longer addresses may be refused, too
_ANY_STATE = "any"


class Users:
    """Looks at the users.

    :param ask: asks the API.
    :param references: those of the input.
    """

    name = "users"

    def __init__(self, ask: ReadOnlyClient, references: References) -> None:
        self._ask = ask
        self._references = references

    def look(self) -> Iterator[Finding]:
        """Yield one finding."""
        wanted = self._references.of["users"]
        states = self._states(wanted.keys()) if wanted else {}
        reasons = []
        for key, mention in wanted.items():
            state = states.get(key)
            if state != "active":
                trouble = "does not exist" if state is None else f"is {state}"
                reasons.append(f"user {mention.text} {trouble} ({mention.place})")
        yield about_references(self.name, "users", self._references, ["users"], reasons)

    def _states(self, wanted: Collection[str]) -> Mapping[str, str]:
        """Return the state of each user that exists, by id in lower case.

        Few are asked for by their ids. For many the first page of all users tells how many pages there are, and so
        which way is the shorter for the rest.
        """
        if len(wanted) <= _MOST_IDS and _are_ids(wanted):
            return self._by_ids(wanted)
        first = self._page(1)
        states = _states_of(first)
        pages = first.get("pageCount") or 1
        left = set(wanted) - states.keys()
        if ceil(len(left) / _MOST_IDS) < pages - 1 and _are_ids(left):
            return {**states, **self._by_ids(left)}
        for number in range(2, pages + 1):
            if not left:
                break
            states |= {key: state for key, state in _states_of(self._page(number)).items() if key in left}
            left -= states.keys()
        return states

    def _page(self, number: int) -> Mapping[str, Any]:
        page: Mapping[str, Any] = self._ask("getUsers", pageSize=_PAGE_SIZE, pageNumber=number, state=_ANY_STATE) or {}
        return page

    def _by_ids(self, wanted: Collection[str]) -> dict[str, str]:
        ids = sorted(wanted)
        states: dict[str, str] = {}
        for start in range(0, len(ids), _MOST_IDS):
            some = ids[start : start + _MOST_IDS]
            states |= _states_of(self._ask("getUsers", id=some, pageSize=_MOST_IDS, state=_ANY_STATE) or {})
        return states


def _are_ids(texts: Collection[str]) -> bool:
    """Tell whether all can be asked for: a request may be refused as a whole for one that is no UUID."""
    return all(is_uuid(text) for text in texts)


def _states_of(page: Mapping[str, Any]) -> dict[str, str]:
    return {str(user["id"]).casefold(): user.get("state") or "active" for user in page.get("entities") or ()}
