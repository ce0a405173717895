"""Which way users are looked for: by id, or in the listing of all."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from airflow_provider_genesys.preflight.references import Mention, References
from airflow_provider_genesys.preflight.users import Users

if TYPE_CHECKING:
    from airflow_provider_genesys.preflight.findings import Finding


def uid(number: int) -> str:
    return str(UUID(int=number + 1, version=4))


class Directory:
    """An organisation's users, in pages."""

    def __init__(self, users: int, **states: str) -> None:
        self.users = [{"id": uid(n), "state": states.get(f"user{n}", "active")} for n in range(users)]
        self.requests = 0

    def __call__(self, operation: str, **query: Any) -> dict[str, Any]:
        assert (operation, query["state"]) == ("getUsers", "any")
        self.requests += 1
        found = self.users
        if "id" in query:
            assert len(query["id"]) <= 50
            found = [user for user in found if user["id"] in query["id"]]
        size, start = query["pageSize"], (query.get("pageNumber", 1) - 1) * query["pageSize"]
        return {"entities": found[start : start + size], "pageCount": max(1, ceil(len(found) / size))}


def look(directory: Directory, *wanted: str) -> Finding:
    references = References()
    references.of["users"] = {text.casefold(): Mention(text, "f.jsonl", n) for n, text in enumerate(wanted, 1)}
    (found,) = Users(directory, references).look()  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("users", "wanted", "requests"),
    [
        (10_000, 1, 1),
        (10_000, 50, 1),
        (10_000, 300, 1),  # the first page has all of them
        (300, 300, 1),
        (1_200, 1_200, 3),
        (10_000, 10_000, 20),
        (0, 51, 1),
    ],
)
def test_few_requests_find_all(users: int, wanted: int, requests: int) -> None:
    directory = Directory(users)
    found = look(directory, *(uid(number) for number in range(wanted)))
    assert (found.status, directory.requests) == (("ok" if users else "failed"), requests)


def test_users_on_late_pages_are_asked_for_by_id() -> None:
    directory = Directory(10_000)
    found = look(directory, *(uid(number) for number in range(9_700, 10_000)))
    assert (found.status, directory.requests) == ("ok", 1 + 6)


def test_ids_that_are_none_are_never_asked_for() -> None:
    directory = Directory(700)
    found = look(directory, uid(699), "Jane Doe, 12")
    assert found.reasons == ("user Jane Doe, 12 does not exist (f.jsonl, line 2)",)
    assert directory.requests == 2


def test_who_is_not_active_is_told() -> None:
    directory = Directory(3, user1="inactive", user2="deleted")
    found = look(directory, uid(0).upper(), uid(1), uid(2), uid(3))
    assert found.reasons == (
        f"user {uid(1)} is inactive (f.jsonl, line 2)",
        f"user {uid(2)} is deleted (f.jsonl, line 3)",
        f"user {uid(3)} does not exist (f.jsonl, line 4)",
    )
    assert found.says == "3 of 4 users missing or inactive"


def test_nobody_is_asked_for_no_users() -> None:
    directory = Directory(3)
    assert (look(directory).status, directory.requests) == ("skipped", 0)


def test_more_than_are_kept_prove_nothing() -> None:
    references = References()
    references.of["users"] = {uid(0): Mention(uid(0), "f.jsonl", 1)}
    references.cut.add("users")
    (found,) = Users(Directory(1), references).look()  # type: ignore[arg-type]
    assert found.status == "unproven"
    assert "more than 100,000" in found.says
