"""The provider's page in Airflow's UI: how it is registered, what is served, and what its file may not hold."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from airflow_provider_genesys import plugin
from airflow_provider_genesys.plugin import FOLDER, GenesysCloudPlugin
from tests.harness.provider import provider_classes

ROOT = Path(__file__).parents[2]
PAGE = (FOLDER / "page.js").read_text("utf-8")
NOT_LISTED = {
    "GenesysCloudApiOperator",
    "GenesysCloudPlanWebMessagingMigrationOperator",
    "GenesysCloudPreflightOperator",
    "GenesysCloudSetUserPresencesOperator",
    "GenesysCloudShardEventsOperator",
    "VonageInteractionsOperator",
}
"""Operators whose summaries the page does not list: they publish, sync, export, transfer and convert nothing."""


def apps(monkeypatch: pytest.MonkeyPatch, **options: str) -> list[dict[str, str]]:
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    return GenesysCloudPlugin().react_apps


def test_airflow_finds_it_by_its_entry_point():
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["airflow.plugins"]
    module, _, name = entries["genesys_cloud"].partition(":")
    assert getattr(sys.modules[module], name) is GenesysCloudPlugin


def test_it_is_in_the_navigation_and_nowhere_else(monkeypatch):
    (page,) = apps(monkeypatch)
    assert (page["destination"], page["category"], page["url_route"]) == ("nav", "browse", "genesys_cloud")


def test_the_tab_is_there_where_it_is_asked_for(monkeypatch):
    page, tab = apps(monkeypatch, AIRFLOW__GENESYS__TASK_TAB="True")
    assert tab["destination"] == "task_instance"
    assert len({page["url_route"], tab["url_route"]}) == len({page["name"], tab["name"]}) == 2
    assert page["bundle_url"] == tab["bundle_url"]


def test_each_app_has_a_component_of_its_name(monkeypatch):
    for app in apps(monkeypatch, AIRFLOW__GENESYS__TASK_TAB="True"):
        name = app["name"]
        assert f'globalThis["{name}"] = ' in PAGE or f"globalThis.{name} = " in PAGE


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("", ""),
        ("http://localhost:8080", ""),
        ("https://airflow.example.com/", ""),
        ("https://example.com/some/airflow/", "/some/airflow"),
        ("https://example.com/airflow", "/airflow"),
    ],
)
def test_the_address_respects_the_path_of_the_base_url(monkeypatch, base_url, path):
    (page,) = apps(monkeypatch, AIRFLOW__API__BASE_URL=base_url)
    assert re.fullmatch(re.escape(path) + r"/genesys_cloud/page\.js\?v=[0-9a-f]{16}", page["bundle_url"])


def test_the_address_changes_with_the_content(monkeypatch, tmp_path):
    monkeypatch.setattr(plugin, "FOLDER", tmp_path)
    (tmp_path / "page.js").write_text("one")
    (before,) = apps(monkeypatch)
    (tmp_path / "page.js").write_text("two")
    (after,) = apps(monkeypatch)
    assert before["bundle_url"] != after["bundle_url"]


def test_one_file_is_served_and_nothing_else():
    (served,) = GenesysCloudPlugin().fastapi_apps
    client = TestClient(Starlette(routes=[Mount(served["url_prefix"], served["app"])]))  # as Airflow does
    answer = client.get("/genesys_cloud/page.js")
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert "javascript" in answer.headers["content-type"]
    for path in ("", "account", "../plugin.py", "..%2fplugin.py", "%2e%2e/plugin.py", "..%5cplugin.py", "/etc/passwd"):
        assert client.get(f"/genesys_cloud/{path}").status_code == 404, path
    assert client.post("/genesys_cloud/page.js").status_code == 405
    assert [path.name for path in FOLDER.iterdir()] == ["page.js"]  # everything in it is for everybody


def test_what_cannot_be_imported_costs_the_page_and_nothing_else(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "starlette.staticfiles", None)
    broken = GenesysCloudPlugin()
    assert broken.fastapi_apps == []
    assert broken.react_apps == []  # a menu that leads nowhere is worse than none
    assert "The page of the Genesys Cloud provider is not available" in caplog.text


@pytest.mark.parametrize("wrong", ["perhaps", "12"])
def test_a_wrong_option_costs_the_page_and_nothing_else(monkeypatch, caplog, wrong):
    assert apps(monkeypatch, AIRFLOW__GENESYS__TASK_TAB=wrong) == []
    assert "task_tab" in caplog.text


def test_a_file_that_is_gone_costs_the_page_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.setattr(plugin, "FOLDER", tmp_path / "gone")
    assert apps(monkeypatch) == []


def test_the_page_speaks_to_airflow_alone():
    assert not re.findall(r"\b(?:https?|wss?):|[\"'`]//\w", PAGE)
    assert re.findall(r"\bfetch\(\s*([^,]*),", PAGE) == ["API + path"]
    for way in ("XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "@import", "url(", "import(", "import {"):
        assert way not in PAGE, way


def test_nothing_that_was_told_becomes_html_or_code():
    for way in (
        "innerHTML",
        "dangerouslySetInnerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
        "href:",
    ):
        assert way not in PAGE, way


def test_it_knows_the_operators():
    (listed,) = re.findall(r"export const OPERATORS = \{\n(.*?)\n\};", PAGE, re.DOTALL)
    known = {line.split(":")[0].strip() for line in listed.splitlines()}
    assert known | NOT_LISTED == {each.__name__ for each in provider_classes("operators", "transfers")}
    assert not known & NOT_LISTED
