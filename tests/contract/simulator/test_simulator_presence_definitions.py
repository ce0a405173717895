"""The simulator's presence definitions over real HTTP, v2 and v1."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import requests

from airflow_provider_genesys.simulator.presence_models import LISTED_LOCALES
from tests.contract.presence_client import BREAK, DEFINITIONS, DEFINITIONS_V1, ON_QUEUE, PresenceClient, definition
from tests.facts import facts

CLIENT = PresenceClient
RULE = "presenceservice.organizationpresence."
NOWHERE = f"{DEFINITIONS}/00000000-0000-4000-8000-000000000000"


def labels_of(listing: dict[str, Any]) -> list[str]:
    """Return the labels of a listing's definitions, apart from the System ones."""
    return [label for entity in listing["entities"][10:] for label in entity["languageLabels"].values()]


def test_the_ten_system_definitions_have_their_published_ids(client):
    listing = client.get(DEFINITIONS)
    assert listing["total"] == len(listing["entities"]) == 10
    assert {(entity["type"], entity["divisionId"], entity["deactivated"]) for entity in listing["entities"]} == {
        ("System", "*", False)
    }
    v1 = client.get(DEFINITIONS_V1)["entities"]
    ours = {
        (new["id"], old["systemPresence"], new["systemPresence"])
        for new, old in zip(listing["entities"], v1, strict=True)
    }
    assert (ON_QUEUE, "On Queue", "OnQueue") in ours
    assert {presence["id"] for presence in client.get("/api/v2/systempresences")} == {
        entity_id for entity_id, _, _ in ours
    }
    known = facts("system_presences")
    assert ours == {(entry["id"], entry["v1_systemPresence"], entry["v2_enum"]) for entry in known}


@pytest.mark.parametrize("path", [DEFINITIONS, DEFINITIONS_V1])
def test_system_definitions_cannot_be_changed(client, path):
    before = client.simulator.presence()
    body = {"languageLabels": {"en_US": "Pause"}, "systemPresence": "Break"}
    assert client.refused("PUT", f"{path}/{BREAK}", body) == (409, "request.conflict")
    assert client.refused("DELETE", f"{path}/{BREAK}") == (409, "request.conflict")
    assert client.simulator.presence() == before


def test_a_definition_from_its_creation_to_its_reactivation(client):
    created = client.post(DEFINITIONS, definition("Smoke"))
    assert created == {
        "id": created["id"],
        "type": "User",
        "languageLabels": {"en_US": "Smoke"},
        "systemPresence": "Break",
        "divisionId": "*",
        "deactivated": False,
        "selfUri": f"{DEFINITIONS}/{created['id']}",
    }
    uri = created["selfUri"]
    renamed = client.put(uri, {**created, "languageLabels": {"de": "Rauchen", "en_US": "Smoking"}})
    assert renamed["languageLabels"] == {"de": "Rauchen", "en_US": "Smoking"}
    answer = client.send("DELETE", uri)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(uri, localeCode="ALL") == {**renamed, "deactivated": True}
    assert labels_of(client.get(DEFINITIONS)) == []
    (gone,) = client.get(DEFINITIONS, deactivated="TRUE", localeCode="ALL")["entities"]
    assert gone == {**renamed, "deactivated": True}
    assert client.send("DELETE", uri).status_code == 204
    client.put(uri, {**gone, "deactivated": False})
    assert labels_of(client.get(DEFINITIONS)) == ["Smoking"]
    assert client.simulator.presence()["writes"] == {
        "created": 1,
        "updated": 1,
        "deactivated": 2,
        "reactivated": 1,
        "user_presences": 0,
    }


def test_a_put_replaces_the_whole(client):
    division = client.simulator.settings()["divisions"][0]
    created = client.post(DEFINITIONS, definition(languageLabels={"de": "Rauchen", "fr": "Pause"}, divisionId=division))
    client.send("DELETE", created["selfUri"])
    after = client.put(created["selfUri"], {"languageLabels": {"de": "Rauchpause"}, "systemPresence": "Break"})
    assert (after["languageLabels"], after["divisionId"], after["deactivated"]) == ({"de": "Rauchpause"}, "*", False)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"languageLabels": {}}, 409, RULE + "musthaveatleastonelocalelabeldefined"),
        ({"languageLabels": None}, 409, RULE + "musthaveatleastonelocalelabeldefined"),
        ({"languageLabels": {"en_GB": "Smoke"}}, 409, RULE + "localevaluesinvalid"),
        ({"languageLabels": {"en_US": "Smoke", "de": " "}}, 409, RULE + "localevaluesinvalid"),
        ({"systemPresence": None}, 409, RULE + "systempresencecannotbenull"),
        ({"divisionId": "elsewhere"}, 409, RULE + "invaliddivisionid"),
        ({"systemPresence": "ON_QUEUE"}, 400, "invalid.value"),
        ({"type": "System"}, 400, "invalid.value"),
        ({"languageLabels": {"en_US": 7}}, 400, "invalid.value"),
        ({"deactivated": "no"}, 400, "invalid.value"),
        ({"primary": True}, 400, "invalid.property"),
    ],
)
def test_a_wrong_definition_is_refused_and_nothing_changes(client, changes, status, code):
    (loaded,) = client.simulator.load_presence([definition()])
    before = client.simulator.presence()
    assert client.refused("POST", DEFINITIONS, definition(**changes)) == (status, code)
    assert client.refused("PUT", loaded["selfUri"], definition(**changes)) == (status, code)
    assert client.simulator.presence() == before


def test_bodies_that_are_no_json_objects(client):
    assert client.refused("POST", DEFINITIONS, [definition()]) == (400, "invalid.value")
    answer = client.session.post(client.simulator.base_url + DEFINITIONS, data=b"{", timeout=30)
    assert answer.json()["code"] == "unsupported.media.type"
    headers = {"Content-Type": "application/json"}
    answer = client.session.post(client.simulator.base_url + DEFINITIONS, data=b"{", headers=headers, timeout=30)
    assert answer.json()["code"] == "bad.request"


def test_a_definition_that_is_not_there(client):
    for method, body in (("GET", None), ("PUT", definition()), ("DELETE", None)):
        assert client.refused(method, NOWHERE, body) == (404, RULE + "organizationpresencenotfound")
        v1 = NOWHERE.replace(DEFINITIONS, DEFINITIONS_V1)
        assert client.refused(method, v1, body) == (404, "not.found")


def test_the_system_presence_cannot_be_changed(client):
    (loaded,) = client.simulator.load_presence([definition(systemPresence="Break")])
    change = {**loaded, "systemPresence": "Meal", "languageLabels": {"en_US": "Snack"}}
    after = client.put(loaded["selfUri"], change)
    assert (after["systemPresence"], after["languageLabels"]) == ("Break", {"en_US": "Snack"})
    client.simulator.settings(system_presence_change="refuse")
    assert client.refused("PUT", loaded["selfUri"], change) == (409, "request.conflict")
    assert client.put(loaded["selfUri"], after) == after


def test_thirty_active_ones_of_a_system_presence_and_no_more(client):
    full = RULE + "toomanyorganizationpresences"
    loaded = client.simulator.load_presence(
        [definition(f"Break {number}", deactivated=number == 30) for number in range(31)]
    )
    dormant = loaded[30]
    assert client.refused("POST", DEFINITIONS, definition("One more")) == (409, full)
    assert client.refused("POST", DEFINITIONS_V1, definition("One more")) == (409, "request.conflict")
    assert client.refused("PUT", dormant["selfUri"], {**dormant, "deactivated": False}) == (409, full)
    client.put(loaded[0]["selfUri"], loaded[0])
    client.put(dormant["selfUri"], dormant)
    client.post(DEFINITIONS, definition("Another primary", "Meal"))
    client.post(DEFINITIONS, definition("Dormant", deactivated=True))
    client.send("DELETE", loaded[0]["selfUri"])
    client.put(dormant["selfUri"], {**dormant, "deactivated": False})
    assert client.refused("POST", DEFINITIONS, definition("One more")) == (409, full)


def test_labels_need_not_be_unique(client):
    ids = {client.post(DEFINITIONS, definition("Smoke"))["id"] for _ in range(3)}
    assert len(ids) == 3
    assert labels_of(client.get(DEFINITIONS)) == ["Smoke"] * 3


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        (None, [{"en_US": "Smoke"}, {"th": "B"}]),
        ("de", [{"de": "Rauchen"}, {"th": "B"}]),
        ("fr", [{"en_US": "Smoke"}, {"fr": "A"}]),
        ("ALL", [{"de": "Rauchen", "en_US": "Smoke", "hi": "C"}, {"th": "B", "fr": "A"}]),
    ],
)
def test_only_all_shows_all_labels(client, locale, shown):
    loaded = client.simulator.load_presence(
        [
            definition(languageLabels={"de": "Rauchen", "en_US": "Smoke", "hi": "C"}),
            definition(languageLabels={"th": "B", "fr": "A"}),
        ]
    )
    query = {"localeCode": locale} if locale else {}
    for path in (DEFINITIONS, DEFINITIONS_V1):
        assert [entity["languageLabels"] for entity in client.get(path, **query)["entities"][10:]] == shown
        by_id = [client.get(f"{path}/{entity['id']}", **query)["languageLabels"] for entity in loaded]
        assert by_id == shown


@pytest.mark.parametrize(
    "query", [{"localeCode": "hi"}, {"localeCode": "all"}, {"deactivated": "ALL"}, {"deactivated": "1"}]
)
def test_wrong_parameters(client, query):
    assert client.refused("GET", DEFINITIONS, **query) == (400, "invalid.query.param.value")


def test_divisions(client):
    client.simulator.settings(divisions=["north", "south"])
    client.simulator.load_presence([definition(division, divisionId=division) for division in ("north", "south", "*")])
    assert labels_of(client.get(DEFINITIONS)) == ["north", "south", "*"]
    assert labels_of(client.get(DEFINITIONS, divisionId="north")) == ["north", "*"]
    assert labels_of(client.get(DEFINITIONS, divisionId=["north", "south"])) == ["north", "south", "*"]
    assert labels_of(client.get(DEFINITIONS, divisionId="north,south")) == ["north", "south", "*"]
    assert labels_of(client.get(DEFINITIONS, divisionId="nowhere")) == ["*"]


def test_the_status_of_a_creation_is_200_or_201(client):
    assert client.send("POST", DEFINITIONS, definition()).status_code == 200
    client.simulator.settings(definition_created_status=201)
    assert client.send("POST", DEFINITIONS, definition()).status_code == 201


def test_v1_and_v2_are_two_views_of_the_same(client):
    old = client.post(DEFINITIONS_V1, {"languageLabels": {"en_US": "Back office"}, "systemPresence": "On Queue"})
    assert old == {
        "id": old["id"],
        "languageLabels": {"en_US": "Back office"},
        "systemPresence": "On Queue",
        "deactivated": False,
        "primary": False,
        "selfUri": f"{DEFINITIONS_V1}/{old['id']}",
    }
    new = client.get(f"{DEFINITIONS}/{old['id']}")
    assert (new["systemPresence"], new["divisionId"], new["type"]) == ("OnQueue", "*", "User")
    division = client.simulator.settings()["divisions"][0]
    client.put(new["selfUri"], {**new, "divisionId": division})
    client.put(old["selfUri"], {**old, "languageLabels": {"en_US": "Mail"}})
    assert client.get(new["selfUri"]) == {**new, "languageLabels": {"en_US": "Mail"}, "divisionId": division}
    assert client.send("DELETE", old["selfUri"]).status_code == 204
    assert client.get(new["selfUri"])["deactivated"]
    assert client.get(old["selfUri"])["deactivated"]
    assert client.refused("POST", DEFINITIONS_V1, definition("X", "OnQueue")) == (409, "request.conflict")
    assert client.refused("POST", DEFINITIONS_V1, {**old, "primary": True}) == (409, "request.conflict")


def test_v1_comes_in_pages(client):
    client.simulator.load_presence([definition(str(number), deactivated=number % 3 == 0) for number in range(15)])
    assert client.get(DEFINITIONS_V1)["total"] == 20
    assert client.get(DEFINITIONS_V1, deleted="TRUE")["total"] == 5
    uri: str | None = f"{DEFINITIONS_V1}?deleted=ALL&pageSize=10"
    seen = []
    while uri:
        page = client.get(uri)
        assert (page["total"], page["pageCount"], page["pageNumber"]) == (25, 3, len(seen) // 10 + 1)
        seen += [entity["id"] for entity in page["entities"]]
        uri = page.get("nextUri")
    assert len(seen) == len(set(seen)) == 25
    assert client.refused("GET", DEFINITIONS_V1, pageSize=0) == (400, "invalid.query.param.value")
    assert client.refused("GET", DEFINITIONS_V1, deleted="perhaps") == (400, "invalid.query.param.value")


def test_reads_lag_behind_writes(client):
    (old,) = client.simulator.load_presence([definition("Old")])
    client.simulator.settings(consistency_delay_ms=3_600_000)
    new = client.post(DEFINITIONS, definition("New"))
    renamed = client.put(new["selfUri"], {**new, "languageLabels": {"en_US": "Newer"}})
    client.send("DELETE", old["selfUri"])
    assert labels_of(client.get(DEFINITIONS)) == ["Old"]
    assert client.refused("GET", new["selfUri"]) == (404, RULE + "organizationpresencenotfound")
    assert client.get(old["selfUri"]) == old
    assert client.get(DEFINITIONS, deactivated="TRUE")["total"] == 0
    truth = client.simulator.presence()["definitions"][10:]
    assert truth == [{**old, "deactivated": True}, renamed]


def test_reads_catch_up(client):
    client.simulator.settings(consistency_delay_ms=100)
    begin = time.monotonic()
    new = client.post(DEFINITIONS, definition("New"))
    while client.send("GET", new["selfUri"]).status_code == 404:
        assert time.monotonic() - begin < 60
        time.sleep(0.02)
    assert time.monotonic() - begin >= 0.1
    assert labels_of(client.get(DEFINITIONS)) == ["New"]


def test_a_reset_after_acting_leaves_a_definition_behind(client):
    client.simulator.add_fault(method="POST", path="*/presence/definitions", reset="after", count=1)
    with pytest.raises(requests.ConnectionError):
        client.post(DEFINITIONS, definition())
    client.post(DEFINITIONS, definition())
    assert labels_of(client.get(DEFINITIONS)) == ["Smoke", "Smoke"]
    assert client.simulator.presence()["writes"]["created"] == 2


def test_a_world_of_200_definitions_in_20_languages(client):
    languages = sorted(LISTED_LOCALES)[:20]
    names = ("Available", "Away", "Break", "Busy", "Meal", "Meeting", "Training")
    wanted = [
        definition(system_presence=names[number % 7], languageLabels={code: f"{code} {number}" for code in languages})
        for number in range(200)
    ]
    begin = time.monotonic()
    loaded = client.simulator.load_presence(wanted)
    assert time.monotonic() - begin < 20
    listing = client.get(DEFINITIONS, localeCode="ALL")
    assert listing["entities"][10:] == loaded
    assert [entity["languageLabels"] for entity in loaded] == [body["languageLabels"] for body in wanted]
    assert Counter(client.simulator.presence()["writes"]).total() == 0
    client.simulator.reset()
    assert len(client.simulator.presence()["definitions"]) == 10
    assert client.simulator.load_presence(wanted) == loaded, "ids depend on the seed alone"


@pytest.mark.parametrize(
    "load",
    [
        {"definitions": [definition(str(number)) for number in range(31)]},
        {"definitions": [definition(), definition(languageLabels={})]},
        {"definitions": [definition(), definition(id=BREAK)]},
        {"definitions": [definition(), definition(colour="red")]},
        {"definitions": [definition()], "users": {"nobody": BREAK}},
        {"definitions": [definition(languageLabels={"en-GB": "Smoke"})]},
    ],
    ids=["too many", "no label", "id taken", "unknown property", "unknown user", "no language"],
)
def test_a_load_is_taken_whole_or_not_at_all(client, load):
    before = client.simulator.presence()
    with pytest.raises(ValueError, match="The simulator refuses presence"):
        client.simulator.load_presence(**load)
    assert client.simulator.presence() == before


def test_languages_of_what_is_loaded_are_the_organisations(client):
    labels = {"en_US": "Smoke", "fr_CA": "Fumer"}
    invalid = 409, RULE + "localevaluesinvalid"
    with pytest.raises(ValueError, match="At least one locale label"):
        client.simulator.load_presence([definition(languageLabels=labels), definition(languageLabels={})])
    assert client.refused("POST", DEFINITIONS, definition(languageLabels=labels)) == invalid
    client.simulator.load_presence([definition(languageLabels=labels)])
    created = client.post(DEFINITIONS, definition(languageLabels={"fr_CA": "Pause"}))
    assert client.put(created["selfUri"], definition(languageLabels=labels))["languageLabels"] == labels
    assert client.refused("POST", DEFINITIONS, definition(languageLabels={"en_GB": "Smoke"})) == invalid
    client.simulator.reset()
    again = PresenceClient(client.simulator)
    assert again.refused("POST", DEFINITIONS, definition(languageLabels=labels)) == invalid


def test_what_was_told_can_be_loaded_again(client):
    client.simulator.load_presence([definition("A"), definition("B", deactivated=True)])
    told = client.simulator.presence()["definitions"][10:]
    client.simulator.reset()
    assert client.simulator.load_presence(told) == told
    assert PresenceClient(client.simulator).post(DEFINITIONS, definition("C"))["id"] not in {
        entity["id"] for entity in told
    }
