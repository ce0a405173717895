"""What the client's roles say, and what is tried where they say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
)
from airflow_provider_genesys.preflight.permissions import Grants, Permissions, rows

VIEW, EDIT = "presence:source:view", "presence:source:edit"
READ = Operation(name="getSources", method="GET", path="/sources", query=("pageSize",), permissions=(VIEW,))
ONE = Operation(name="getSource", method="GET", path="/sources/{sourceId}", permissions=(VIEW,))
WRITE = Operation(name="putSource", method="PUT", path="/sources", permissions=(VIEW, EDIT))
EITHER = Operation(name="deleteSource", method="DELETE", path="/sources", permissions=(VIEW, EDIT), any_permission=True)
OPEN = Operation(name="getOpen", method="GET", path="/open")


def answer(*policies: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """Return an ``AuthzSubject`` with a role."""
    made = [{"domain": d, "entityName": e, "actions": list(actions), **more} for d, e, *actions in policies]
    return {"grants": [{"role": {"id": "r", "policies": made}}]}


class Api:
    """Answers what it is told to, or raises it."""

    def __init__(self, grants: Any, reads: Any = None) -> None:
        self.answers = {"getAuthorizationSubjectsMe": grants}
        self.reads = reads
        self.asked: list[tuple[str | Operation, dict[str, Any]]] = []

    def __call__(self, operation: str | Operation, **query: Any) -> Any:
        self.asked.append((operation, query))
        given = self.reads if isinstance(operation, Operation) else self.answers[operation]
        if isinstance(given, GenesysError):
            raise given
        return given


def look(api: Api, *operations: Operation) -> dict[str, str]:
    found = list(Permissions(api, operations).look())  # type: ignore[arg-type]
    assert all(bool(finding.reasons) == (finding.status == "failed") for finding in found)
    return {finding.name.removeprefix("permissions."): finding.status for finding in found}


@pytest.mark.parametrize(
    ("policy", "has"),
    [
        (("presence", "source", "view"), True),
        (("Presence", "SOURCE", "edit", "View"), True),
        (("presence", "source", "*"), True),
        (("presence", "*", "*"), True),
        (("*", "*", "*"), True),
        (("presence", "source", "edit"), False),
        (("presence", "sources", "view"), False),
        (("routing", "*", "*"), False),
    ],
)
def test_a_policy_grants_what_it_names(policy: tuple[str, ...], has: bool) -> None:
    assert Grants.from_answer(answer(policy)).has(VIEW) is has


def test_a_condition_proves_nothing_unless_another_role_grants_without() -> None:
    conditional = answer(("presence", "source", "view"), condition="{}")
    assert Grants.from_answer(conditional).has(VIEW) is None
    conditional["grants"] += answer(("presence", "*", "view"))["grants"]
    assert Grants.from_answer(conditional).has(VIEW) is True


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"grants": None},
        {"grants": []},
        {"grants": [{"role": {"id": "r"}}]},
        {"grants": [{"role": {"id": "r", "policies": []}}]},
        {"grants": [{"role": None}]},
        {"grants": [{"role": {"policies": [{"domain": "presence"}]}}]},
        {"grants": [{"role": {"policies": [{"domain": "a", "entityName": None, "actions": None}]}}]},
    ],
)
def test_an_answer_that_shows_no_policies_proves_nothing(told: Any) -> None:
    assert Grants.from_answer(told).has(VIEW) is None


def test_one_role_without_policies_leaves_open_what_the_others_do_not_grant() -> None:
    told = answer(("presence", "source", "view"))
    told["grants"].append({"role": {"id": "other"}})
    assert Grants.from_answer(told).has(VIEW) is True
    assert Grants.from_answer(told).has(EDIT) is None


def test_all_are_needed_or_one_as_the_operation_says() -> None:
    api = Api(answer(("presence", "source", "view")))
    assert look(api, READ, ONE, WRITE, EITHER) == {
        "getSources": "ok",
        "getSource": "ok",
        "putSource": "failed",
        "deleteSource": "ok",
    }
    assert [name for name, _ in api.asked] == ["getAuthorizationSubjectsMe"]
    (failed,) = (each for each in Permissions(api, [WRITE]).look())  # type: ignore[arg-type]
    assert failed.reasons == ("putSource: no role of the client has the permission presence:source:edit",)
    (failed,) = Permissions(Api(answer(("a", "b", "c"))), [EITHER]).look()  # type: ignore[arg-type]
    assert failed.reasons == (f"deleteSource: no role of the client has the permission {VIEW} or {EDIT}",)


@pytest.mark.parametrize("refusal", [400, 403, 404, 405])
def test_where_it_cannot_be_asked_reads_are_tried_and_writes_stay_unproven(refusal: int) -> None:
    api = Api(GenesysApiError(refusal))
    assert look(api, READ, ONE, WRITE, EITHER) == {
        "getSources": "ok",
        "getSource": "unproven",
        "putSource": "unproven",
        "deleteSource": "unproven",
    }
    assert api.asked[1:] == [(READ, {"pageSize": 1})]


def test_what_is_not_proven_names_its_permissions() -> None:
    (found,) = Permissions(Api(None), [WRITE]).look()  # type: ignore[arg-type]
    assert found.says == f"cannot be asked; it needs {VIEW} and {EDIT}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GenesysPermissionError(403, "missing.permissions"), "failed"),
        (GenesysGoneError(410), "failed"),
        (GenesysNotFoundError(404), "unproven"),
        (GenesysApiError(400), "unproven"),
        (GenesysConfigError("id is missing"), "unproven"),
    ],
)
def test_what_a_tried_read_shows(error: GenesysError, status: str) -> None:
    assert look(Api(None, error), READ) == {"getSources": status}


@pytest.mark.parametrize("error", [GenesysServerError(503), GenesysRateLimitError(429)])
def test_passing_troubles_are_no_findings(error: GenesysError) -> None:
    with pytest.raises(type(error)):
        look(Api(error), WRITE)
    with pytest.raises(type(error)):
        look(Api(None, error), READ)


def test_an_operation_without_a_known_permission_is_tried_if_that_is_a_read() -> None:
    grants = answer(("*", "*", "*"))
    assert look(Api(grants), OPEN) == {"getOpen": "ok"}
    assert look(Api(grants), Operation(name="putOpen", method="PUT", path="/open")) == {"putOpen": "unproven"}
    guest = Operation(name="getChat", method="GET", path="/chat", authentication="guest")
    assert look(Api(grants), guest) == {"getChat": "skipped"}


def test_nothing_is_asked_for_no_operations() -> None:
    api = Api(None)
    assert look(api) == {"permissions": "skipped"}
    assert api.asked == []


def test_operations_of_the_other_system_are_refused() -> None:
    with pytest.raises(GenesysConfigError, match=r"patchAgentsUserPresence is an operation of Vonage Contact Center"):
        rows(["getUsers", "patchAgentsUserPresence"])


def test_names_are_found_once_and_all_unknown_ones_told() -> None:
    names = ["getPresenceDefinitions0", "getPresenceDefinitions", "getUsers"]
    assert [row.name for row in rows(names)] == ["getPresenceDefinitions", "getUsers"]
    with pytest.raises(GenesysConfigError, match=r"'getUser' is no known .*; 'zzz' is no known"):
        rows(["getUser", "zzz", "getUsers"])
    for wrong in ("getUsers", {"getUsers"}, [True], None):
        with pytest.raises(GenesysConfigError, match="operations must be a list"):
            rows(wrong)


def test_every_permission_of_genesys_cloud_can_be_looked_for() -> None:
    grants = Grants.from_answer(answer(("*", "*", "*")))
    ours = [row for row in OPERATIONS.values() if row.path.startswith("/api/v2/")]
    assert all(grants.has(each) for row in ours for each in row.permissions)
    assert grants.has("users:read") is None
