"""The simulator's listings of web messaging over real HTTP: pages, cursors, and what tests of exporters need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.chat_client import CONFIGURATIONS, DEPLOYMENTS, ChatClient
from tests.contract.simulator.web_messaging import deployment, published, versions_of

CLIENT = ChatClient


def walked(client: ChatClient, path: str, way: str = "nextUri", **query: Any) -> list[list[dict[str, Any]]]:
    """Return the pages of a listing, from one that a query begins with."""
    page = client.get(path, **query)
    pages = [page["entities"]]
    while way in page:
        page = client.get(page[way])
        pages.append(page["entities"])
        assert len(pages) < 100
    return pages


def test_a_thousand_deployments_come_in_pages(client):
    configuration_id = published(client, "One")
    bodies = [deployment(configuration_id, name=f"Site {number}") for number in range(1000)]
    loaded = client.simulator.load_web_messaging(deployments=bodies)["deployments"]
    pages = walked(client, DEPLOYMENTS)
    assert [len(page) for page in pages] == [300, 300, 300, 100]
    in_order = sorted(loaded, key=lambda entity: entity["id"])
    assert [entity for page in pages for entity in page] == in_order
    assert {entity["name"] for entity in in_order} == {body["name"] for body in bodies}
    first = client.get(DEPLOYMENTS, pageSize=500)
    assert (first["total"], "previousUri" in first) == (1000, False)
    last = client.get(first["nextUri"])
    assert (last["total"], "nextUri" in last) == (1000, False)
    assert client.get(last["previousUri"])["entities"] == first["entities"]
    assert client.get(DEPLOYMENTS, pageSize=500, expand="Configuration")["nextUri"].count("expand=Configuration") == 1


def test_a_cursor_survives_what_comes_and_goes(client):
    configuration_id = published(client, "One")
    bodies = [deployment(configuration_id, id=f"{letter}", name=letter) for letter in "bdfhj"]
    client.simulator.load_web_messaging(deployments=bodies)
    first = client.get(DEPLOYMENTS, pageSize=2)
    assert [entity["id"] for entity in first["entities"]] == ["b", "d"]
    client.deleted(f"{DEPLOYMENTS}/d")
    rest = walked(client, first["nextUri"])
    assert [[entity["id"] for entity in page] for page in rest] == [["f", "h"], ["j"]]
    last = client.get(client.get(DEPLOYMENTS, pageSize=3)["nextUri"].replace("pageSize=3", "pageSize=2"))
    back = walked(client, last["previousUri"], "previousUri")
    assert [[entity["id"] for entity in page] for page in (last["entities"], *back)] == [["j"], ["f", "h"], ["b"]]


@pytest.mark.parametrize("path", [CONFIGURATIONS, DEPLOYMENTS, "versions"])
@pytest.mark.parametrize(
    "query", [{"pageSize": "0"}, {"pageSize": "501"}, {"pageSize": "many"}, {"after": "%"}, {"before": "é"}]
)
def test_a_wrong_page_is_refused(client, path, query):
    configuration_id = published(client, "One")
    path = versions_of(configuration_id) if path == "versions" else path
    assert client.refused("GET", path, **query) == (400, "invalid.query.param.value")


def test_versions_come_in_the_order_of_their_numbers(client):
    configuration_id = published(client, *(f"Version {number}" for number in range(1, 13)))
    pages = walked(client, versions_of(configuration_id), pageSize=5)
    numbers = [[version["version"] for version in page] for page in pages]
    assert numbers == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"], ["11", "12", "DRAFT"]]


# What tests of exporters need


def test_a_deployment_may_be_gone_when_it_is_read(client):
    configuration_id = published(client, "One")
    client.simulator.load_web_messaging(deployments=[deployment(configuration_id, id=name) for name in ("a", "b")])
    client.simulator.add_fault(method="GET", path=f"{DEPLOYMENTS}/b*", status=404)
    assert [entity["id"] for entity in client.get(DEPLOYMENTS)["entities"]] == ["a", "b"]
    assert client.get(f"{DEPLOYMENTS}/a")["id"] == "a"
    assert client.refused("GET", f"{DEPLOYMENTS}/b") == (404, "not.found")
    assert client.refused("GET", f"{DEPLOYMENTS}/b/identityresolution") == (404, "not.found")


def test_one_page_may_be_short(client):
    configuration_id = published(client, "One")
    client.simulator.load_web_messaging(deployments=[deployment(configuration_id, id=name) for name in "abcde"])
    client.simulator.add_fault(path=DEPLOYMENTS, omit_entities=1, after=1, count=1)
    pages = walked(client, DEPLOYMENTS, pageSize=2)
    assert [[entity["id"] for entity in page] for page in pages] == [["a", "b"], ["c"], ["e"]]


def test_permission_may_be_taken_half_way(client):
    configuration_id = published(client, "One")
    client.simulator.load_web_messaging(deployments=[deployment(configuration_id, id=name) for name in "abc"])
    client.simulator.add_fault(path=f"{DEPLOYMENTS}*", status=403, code="missing.permissions", after=1)
    first = client.get(DEPLOYMENTS, pageSize=2)
    assert client.refused("GET", first["nextUri"]) == (403, "missing.permissions")
