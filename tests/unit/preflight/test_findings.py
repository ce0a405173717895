"""What checks come to, and which errors are findings."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import (
    GenesysAuthError,
    GenesysConfigError,
    GenesysError,
    GenesysPermissionError,
    GenesysPreflightError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysSourceError,
    GenesysTransportError,
)
from airflow_provider_genesys.preflight.findings import Finding, Preflight, ReadOnlyClient
from airflow_provider_genesys.preflight.render import table


class Fixed:
    """Finds what it is told to."""

    def __init__(self, name: str, *found: Finding | Exception) -> None:
        self.name = name
        self.found = found
        self.looked = False

    def look(self) -> Iterator[Finding]:
        self.looked = True
        for each in self.found or (Finding(self.name, "ok", ""),):
            if isinstance(each, Exception):
                raise each
            yield each


def preflight(*online: Fixed, access: Fixed | None = None, local: Fixed | None = None) -> Preflight:
    return Preflight(access or Fixed("access"), local=[local or Fixed("input")], online=online, meter=Meter())


def failed(name: str, *reasons: str) -> Fixed:
    return Fixed(name, Finding(name, "failed", "", reasons))


def test_all_is_well() -> None:
    assert preflight(Fixed("users")).run() == {
        "ok": True,
        "checks": {"access": "ok", "input": "ok", "users": "ok"},
        "reasons": [],
        "requests": 0,
    }


def test_all_reasons_are_told_at_once() -> None:
    asked = preflight(failed("a", "no a"), Fixed("b", GenesysPermissionError(403, message="no b")), failed("c", "no c"))
    with pytest.raises(GenesysPreflightError) as caught:
        asked.run()
    assert caught.value.reasons == ("no a", "HTTP 403: no b", "no c")
    assert str(caught.value) == "not ready for a run: no a; HTTP 403: no b; no c"
    assert asked.summary()["checks"] == {"access": "ok", "input": "ok", "a": "failed", "b": "failed", "c": "failed"}
    assert asked.summary()["ok"] is False


def test_the_reasons_of_an_xcom_and_a_message_are_at_most_fifty_and_a_count() -> None:
    asked = preflight(failed("users", *(f"user {number} is gone" for number in range(1_300))))
    with pytest.raises(GenesysPreflightError) as caught:
        asked.run()
    assert len(asked.summary()["reasons"]) == 51
    assert asked.summary()["reasons"][-1] == "and 1,250 more"
    assert len(caught.value.reasons) == 51
    assert len(asked.reasons) == 1_300
    shown = table(asked.findings)
    assert "user 999 is gone" in shown
    assert "and 300 more" in shown


def test_without_access_only_what_is_local_is_looked_at() -> None:
    users = Fixed("users")
    local = Fixed("input", GenesysSourceError("there is no such file", file="f"))
    asked = preflight(users, access=Fixed("access", GenesysAuthError(401, message="no")), local=local)
    with pytest.raises(GenesysPreflightError, match=r"HTTP 401: no; f: there is no such file"):
        asked.run()
    assert not users.looked
    assert asked.summary()["checks"] == {"access": "failed", "input": "failed", "users": "skipped"}


def test_unproven_and_skipped_are_no_failures() -> None:
    asked = preflight(Fixed("a", Finding("a", "unproven", ""), Finding("b", "skipped", "")))
    assert asked.run()["ok"] is True


@pytest.mark.parametrize(
    "error",
    [
        GenesysServerError(500),
        GenesysServerError(503),
        GenesysRateLimitError(429),
        GenesysTransportError("lost", sent=None),
        GenesysError("page 2 is page 1 again"),
        OSError("the disk is gone"),
    ],
)
def test_what_a_retry_may_cure_leaves_unchanged(error: Exception) -> None:
    asked = preflight(failed("a", "no a"), Fixed("b", error), Fixed("c"))
    with pytest.raises(type(error)) as caught:
        asked.run()
    assert caught.value is error
    assert asked.summary()["ok"] is False
    assert asked.summary()["checks"] == {"access": "ok", "input": "ok", "a": "failed"}


def test_it_is_not_ok_before_it_is_through() -> None:
    asked = preflight(Fixed("a", GenesysServerError(503)))
    with pytest.raises(GenesysServerError):
        asked.run()
    assert asked.reasons == []
    assert asked.summary()["ok"] is False


def test_nothing_an_input_says_acts_on_the_log() -> None:
    asked = preflight(failed("a", "user \x1b[2J\r\n[bold]x\u202e is gone"))
    with pytest.raises(GenesysPreflightError, match="\\[bold\\]x\ufffd is gone"):
        asked.run()
    shown = table(asked.findings)
    assert "\x1b[2J" not in shown
    assert "[bold]x" in shown


def test_the_table_has_a_row_for_each_check() -> None:
    shown = table([Finding("access", "ok", "the token is valid"), Finding("users", "failed", "1 of 2", ("user x",))])
    lines = shown.splitlines()
    assert any("access" in line and "ok" in line and "the token is valid" in line for line in lines)
    assert any("users" in line and "failed" in line and "1 of 2" in line for line in lines)
    assert "- user x" in lines[-1]


def test_the_error_survives_between_processes() -> None:
    error = pickle.loads(pickle.dumps(GenesysPreflightError(["a", "b"])))
    assert (error.reasons, str(error)) == (("a", "b"), "not ready for a run: a; b")


def test_a_preflight_cannot_write() -> None:
    settings = ClientSettings("id", "secret", api_url="http://127.0.0.1:1", login_url="http://127.0.0.1:1")
    ask = ReadOnlyClient(lambda: GenesysCloudClient(settings))
    for name in ("postEventsConversations", "putPresenceSource", "deletePresenceSource", "patchUserPresence"):
        with pytest.raises(GenesysConfigError, match="may only read"):
            ask(name)
