"""The simulator's web messaging over real HTTP: configurations with their versions, and deployments."""

from __future__ import annotations

import pytest

from tests.contract.chat_client import CONFIGURATIONS, DEPLOYMENTS, NOWHERE, WEB_MESSAGING, ChatClient
from tests.contract.simulator.web_messaging import deployment, published, versions_of

CLIENT = ChatClient
CONFIGURATION = {
    "name": "Shop",
    "description": "The shop's messenger",
    "languages": ["en-us", "de-de"],
    "defaultLanguage": "de-de",
    "messenger": {
        "enabled": True,
        "styles": {"primaryColor": "#a7017c"},
        "launcherButton": {"visibility": "OnDemand"},
        "homeScreen": {"enabled": False},
        "fileUpload": {"modes": [{"fileTypes": ["image/png", "image/jpeg"], "maxFileSizeKB": 512}]},
        "apps": {"conversations": {"enabled": True, "conversationDisconnect": {"enabled": True, "type": "ReadOnly"}}},
    },
    "position": {"alignment": "Left", "sideSpace": 10, "bottomSpace": 20},
    "customI18nLabels": [
        {"language": "de-de", "localizedLabels": [{"key": "MessengerHomeHeaderTitle", "value": "Hallo"}]}
    ],
    "cobrowse": {
        "enabled": True,
        "channels": ["Voice"],
        "pauseCriteria": [{"urlFragment": "/pay", "condition": "Includes"}],
    },
    "journeyEvents": {
        "enabled": True,
        "pageviewConfig": "Auto",
        "clickEvents": [{"selector": "a", "eventName": "link"}],
    },
    "authenticationSettings": {"enabled": True, "integrationId": "oidc"},
    "headlessMode": {"enabled": False},
}
LOADED_USER = {"id": "2f0e3c52-6a0b-4c55-8d0e-6f1b8f7c2a10"}


def test_every_operation_answers_in_its_documented_shape(client):
    draft = client.post(CONFIGURATIONS, CONFIGURATION)
    versions = versions_of(draft["id"])
    assert client.get(f"{versions}/draft") == client.get(CONFIGURATIONS)["entities"][0] == draft
    changed = client.put(f"{versions}/draft", {**draft, "description": "Ours"})
    version = client.post(f"{versions}/draft/publish", None)
    assert client.get(f"{versions}/1") == version
    assert client.get(versions)["entities"] == [version, changed]
    created = client.post(DEPLOYMENTS, deployment(draft["id"], flow={"id": "inbound"}))
    uri = created["selfUri"]
    assert client.get(uri) == client.get(DEPLOYMENTS)["entities"][0] == created
    renamed = client.put(uri, {**created, "name": "Shop 2"})
    assert client.get(f"{uri}/configurations") == {"configurationVersion": version, "deployment": renamed}
    resolution = client.put(f"{uri}/identityresolution", {"resolveIdentities": True, "division": {"id": "*"}})
    assert client.get(f"{uri}/identityresolution") == resolution
    client.deleted(uri)
    client.deleted(f"{CONFIGURATIONS}/{draft['id']}")
    assert client.called == {*WEB_MESSAGING}
    assert len(WEB_MESSAGING) == 16
    assert client.simulator.web_messaging() == {"configurations": [], "deployments": [], "identityResolutions": {}}


def test_a_configuration_from_its_draft_to_its_second_version(client):
    answer = client.send(
        "POST", CONFIGURATIONS, {**CONFIGURATION, "id": NOWHERE, "dateCreated": "2020-01-01T00:00:00Z"}
    )
    created = answer.json()
    versions = versions_of(created["id"])
    assert answer.status_code == 201
    assert created == {
        **CONFIGURATION,
        "id": created["id"],
        "version": "DRAFT",
        "status": "Active",
        "dateCreated": "2026-01-01T00:00:01.000Z",
        "dateModified": "2026-01-01T00:00:01.000Z",
        "selfUri": f"{versions}/DRAFT",
    }
    assert created["id"] != NOWHERE
    assert client.refused("GET", f"{versions}/1") == (404, "not.found")
    assert client.get(CONFIGURATIONS, showOnlyPublished="true")["entities"] == []
    first = client.post(f"{versions}/draft/publish", None)
    assert first == {
        **created,
        "version": "1",
        "datePublished": "2026-01-01T00:00:02.000Z",
        "selfUri": f"{versions}/1",
    }
    changed = client.put(f"{versions}/draft", {"name": "Plain"})
    assert changed.keys() == {"id", "name", "version", "status", "dateCreated", "dateModified", "selfUri"}
    assert (changed["dateCreated"], changed["dateModified"]) == (created["dateCreated"], "2026-01-01T00:00:03.000Z")
    second = client.post(f"{versions}/draft/publish", None)
    assert [version["version"] for version in client.get(versions)["entities"]] == ["1", "2", "DRAFT"]
    assert client.get(f"{versions}/1") == first
    assert client.get(CONFIGURATIONS)["entities"] == [changed]
    assert client.get(CONFIGURATIONS, showOnlyPublished="true")["entities"] == [second]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": None}, "constraint.validation"),
        ({"languages": None}, "constraint.validation"),
        ({"defaultLanguage": None}, "constraint.validation"),
        ({"messenger": {"launcherButton": {"visibility": "Always"}}}, "invalid.value"),
        ({"messenger": {"fileUpload": {"modes": [{"fileTypes": ["image/tiff"]}]}}}, "invalid.value"),
        ({"position": {"sideSpace": "10"}}, "invalid.value"),
        ({"authenticationSettings": {"enabled": True}}, "constraint.validation"),
        ({"supportCenter": {"enabled": False}}, "constraint.validation"),
        ({"cobrowse": {"channels": ["Fax"]}}, "invalid.value"),
        ({"journeyEvents": {"clickEvents": [{"selector": "a"}]}}, "constraint.validation"),
        ({"status": "Sleeping"}, "invalid.value"),
        ({"dateCreated": "yesterday"}, "invalid.date"),
        ({"colour": "red"}, "invalid.property"),
    ],
)
def test_a_wrong_configuration_is_refused_and_nothing_changes(client, changes, code):
    configuration_id = published(client, "One")
    before = client.simulator.web_messaging()
    body = {**CONFIGURATION, **changes}
    assert client.refused("POST", CONFIGURATIONS, body) == (400, code)
    assert client.refused("PUT", f"{versions_of(configuration_id)}/draft", body) == (400, code)
    for load in ({"versions": [CONFIGURATION, body]}, {"draft": body}):
        with pytest.raises(ValueError, match=next(iter(changes))):
            client.simulator.load_web_messaging([load])
    assert client.simulator.web_messaging() == before


def test_a_configuration_in_use_cannot_be_deleted(client):
    configuration_id = published(client, "One")
    uri = client.post(DEPLOYMENTS, deployment(configuration_id))["selfUri"]
    assert client.refused("DELETE", f"{CONFIGURATIONS}/{configuration_id}") == (409, "resource.conflict")
    client.deleted(uri)
    client.deleted(f"{CONFIGURATIONS}/{configuration_id}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", ""),
        ("GET", "/versions"),
        ("GET", "/versions/1"),
        ("GET", "/versions/draft"),
        ("PUT", "/versions/draft"),
        ("POST", "/versions/draft/publish"),
    ],
)
def test_what_is_not_there_is_a_404(client, method, path):
    body = {"name": "Shop"} if method == "PUT" else None
    assert client.refused(method, f"{CONFIGURATIONS}/{NOWHERE}{path}", body) == (404, "not.found")


def test_a_configuration_may_have_no_draft(client):
    (loaded,) = client.simulator.load_web_messaging([{"versions": [{"name": "One"}, {"name": "Two"}]}])[
        "configurations"
    ]
    versions = versions_of(loaded["id"])
    assert client.refused("GET", f"{versions}/draft") == (404, "not.found")
    assert client.refused("POST", f"{versions}/draft/publish") == (404, "not.found")
    assert client.get(CONFIGURATIONS)["entities"] == client.get(versions)["entities"][1:] == loaded["versions"][1:]
    assert client.put(f"{versions}/draft", {"name": "Three"})["version"] == "DRAFT"
    assert client.post(f"{versions}/draft/publish", None)["version"] == "3"


def test_a_deployment_from_its_creation_to_its_end(client):
    configuration_id = published(client, "One", "Two")
    body = deployment(
        configuration_id,
        description="The shop's",
        allowAllDomains=False,
        allowedDomains=["shop.example.com"],
        flow={"id": "inbound"},
        pushIntegrations=[{"id": "push", "provider": "FCM"}],
    )
    answer = client.send("POST", DEPLOYMENTS, {**body, "id": NOWHERE, "snippet": "mine"})
    created = answer.json()
    uri = f"{DEPLOYMENTS}/{created['id']}"
    assert answer.status_code == 201
    assert created == {
        **body,
        "id": created["id"],
        "configuration": {
            "id": configuration_id,
            "name": "One",
            "version": "1",
            "selfUri": f"{versions_of(configuration_id)}/1",
        },
        "status": "Active",
        "snippet": created["snippet"],
        "dateCreated": created["dateCreated"],
        "dateModified": created["dateCreated"],
        "selfUri": uri,
    }
    assert created["id"] in created["snippet"]
    after = client.put(uri, deployment(configuration_id, "2", status="Inactive"))
    assert (after["configuration"]["version"], after["status"]) == ("2", "Inactive")
    assert "allowedDomains" not in after
    assert after["dateModified"] > after["dateCreated"] == created["dateCreated"]
    client.deleted(uri)
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/configurations"), ("GET", "/identityresolution")):
        assert client.refused(method, f"{uri}{path}") == (404, "not.found")
    assert client.refused("PUT", uri, body) == (404, "not.found")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": None}, 400, "constraint.validation"),
        ({"configuration": None}, 400, "constraint.validation"),
        ({"configuration": {"id": "one"}}, 400, "constraint.validation"),
        ({"configuration": {"id": "one", "version": 1}}, 400, "invalid.value"),
        ({"configuration": {"id": "one", "version": "DRAFT"}}, 400, "illegal.operation"),
        ({"configuration": {"id": "one", "version": "draft"}}, 400, "illegal.operation"),
        ({"configuration": {"id": "one", "version": "2"}}, 404, "not.found"),
        ({"configuration": {"id": NOWHERE, "version": "1"}}, 404, "not.found"),
        ({"allowAllDomains": True, "allowedDomains": ["example.com"]}, 400, "constraint.validation"),
        ({"flow": {}}, 400, "constraint.validation"),
        ({"status": "Sleeping"}, 400, "invalid.value"),
        ({"pushIntegrations": [{"provider": "Pigeon"}]}, 400, "invalid.value"),
        ({"colour": "red"}, 400, "invalid.property"),
    ],
)
def test_a_wrong_deployment_is_refused_and_nothing_changes(client, changes, status, code):
    configuration = {"id": "one", "versions": [{"name": "One"}], "draft": {"name": "Next"}}
    loaded = client.simulator.load_web_messaging([configuration], [deployment("one")])["deployments"]
    before = client.simulator.web_messaging()
    body = {**deployment("one"), **changes}
    assert client.refused("POST", DEPLOYMENTS, body) == (status, code)
    assert client.refused("PUT", loaded[0]["selfUri"], body) == (status, code)
    with pytest.raises(ValueError, match="deployments|" + "|".join(changes)):
        client.simulator.load_web_messaging(deployments=[deployment("one"), body])
    assert client.simulator.web_messaging() == before


def test_expand_fills_in(client):
    configuration_id = published(client, "One", "Two")
    body = deployment(configuration_id, "2", flow={"id": "inbound"}, supportedContent={"id": "profile"})
    uri = client.post(DEPLOYMENTS, body)["selfUri"]
    plain = client.get(uri)
    assert (plain["flow"], plain["supportedContent"]) == ({"id": "inbound"}, {"id": "profile"})
    full = client.get(uri, expand=["flowDetails", "supportedContent"])
    assert full["flow"].keys() == {"id", "name", "flowDescription"}
    assert full["supportedContent"].keys() == {"id", "name", "mediaTypes"}
    assert client.get(uri, expand="flowDetails,supportedContent") == full
    (listed,) = client.get(DEPLOYMENTS, expand=["Configuration", "identityresolution"])["entities"]
    assert listed == {**plain, "configuration": client.get(f"{versions_of(configuration_id)}/2")}
    (listed,) = client.get(DEPLOYMENTS, expand="SupportedContent")["entities"]
    assert listed == {**plain, "supportedContent": full["supportedContent"]}
    active = client.get(f"{uri}/configurations", expand="supportedContent")
    assert active["deployment"] == listed
    for path in (DEPLOYMENTS, uri, f"{uri}/configurations"):
        assert client.refused("GET", path, expand="colour") == (400, "invalid.query.param.value")


def test_identity_resolution_has_rules_of_its_own(client):
    uri = client.post(DEPLOYMENTS, deployment(published(client, "One")))["selfUri"] + "/identityresolution"
    assert client.get(uri) == {"resolveIdentities": False, "selfUri": uri}
    division = client.simulator.settings()["divisions"][0]
    wanted = {"resolveIdentities": True, "division": {"id": division}, "automerge": {"webTracking": True}}
    assert client.put(uri, wanted) == {**wanted, "selfUri": uri}
    assert client.refused("PUT", uri, {"automerge": {}}) == (400, "constraint.validation")
    elsewhere = {"resolveIdentities": True, "division": {"id": NOWHERE}}
    assert client.refused("PUT", uri, elsewhere) == (422, "validation.failed")
    assert client.get(uri) == {**wanted, "selfUri": uri}


def test_what_is_loaded_replaces_what_was_there_and_can_be_read_back(client):
    simulator = client.simulator
    version = {
        **CONFIGURATION,
        "dateModified": "2025-05-05T05:05:05.000Z",
        "lastModifiedUser": LOADED_USER,
        "version": "7",
    }
    loaded = simulator.load_web_messaging([{"id": "one", "versions": [version]}], [deployment("one", id="shop")])
    assert simulator.web_messaging() == loaded
    ((only,),) = [configuration["versions"] for configuration in loaded["configurations"]]
    assert (only["version"], only["dateModified"], only["lastModifiedUser"]) == (
        "1",
        "2025-05-05T05:05:05.000Z",
        LOADED_USER,
    )
    assert client.get(f"{DEPLOYMENTS}/shop/configurations")["configurationVersion"] == only
    again = {name: loaded[name] for name in ("configurations", "deployments")}
    assert simulator.load_web_messaging(**again) == loaded
    with pytest.raises(ValueError, match="version 1 of configuration one: The requested resource was not found"):
        simulator.load_web_messaging([{"id": "two", "draft": {"name": "Two"}}])
    with pytest.raises(ValueError, match="neither versions nor a draft"):
        simulator.load_web_messaging([{"id": "two"}], [])
    with pytest.raises(ValueError, match="configurations: an id is there twice"):
        simulator.load_web_messaging([{"id": "two", "draft": {"name": "Two"}}] * 2, [])
    with pytest.raises(ValueError, match="deployments: an id is there twice"):
        simulator.load_web_messaging(deployments=[deployment("one", id="shop")] * 2)
    assert simulator.web_messaging() == loaded
    simulator.load_web_messaging(deployments=[])
    assert client.get(DEPLOYMENTS)["total"] == 0
    simulator.reset()
    assert simulator.web_messaging() == {"configurations": [], "deployments": [], "identityResolutions": {}}


CONFIGURATION_RIGHT, DEPLOYMENT_RIGHT = "webDeployments:configuration:", "webDeployments:deployment:"
IDENTITY_RIGHT = "webDeployments:identityResolution:"


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", CONFIGURATIONS, [f"{CONFIGURATION_RIGHT}view"]),
        ("POST", CONFIGURATIONS, [f"{CONFIGURATION_RIGHT}add"]),
        ("DELETE", f"{CONFIGURATIONS}/spare", [f"{CONFIGURATION_RIGHT}delete"]),
        ("GET", versions_of("one"), [f"{CONFIGURATION_RIGHT}view"]),
        ("GET", f"{versions_of('one')}/1", [f"{CONFIGURATION_RIGHT}view"]),
        ("GET", f"{versions_of('one')}/draft", [f"{CONFIGURATION_RIGHT}view"]),
        ("PUT", f"{versions_of('one')}/draft", [f"{CONFIGURATION_RIGHT}edit"]),
        ("POST", f"{versions_of('one')}/draft/publish", [f"{CONFIGURATION_RIGHT}{name}" for name in ("edit", "add")]),
        ("GET", DEPLOYMENTS, [f"{DEPLOYMENT_RIGHT}view"]),
        ("POST", DEPLOYMENTS, [f"{DEPLOYMENT_RIGHT}add"]),
        ("GET", f"{DEPLOYMENTS}/shop", [f"{DEPLOYMENT_RIGHT}view"]),
        ("PUT", f"{DEPLOYMENTS}/shop", [f"{DEPLOYMENT_RIGHT}edit"]),
        ("DELETE", f"{DEPLOYMENTS}/shop", [f"{DEPLOYMENT_RIGHT}delete"]),
        ("GET", f"{DEPLOYMENTS}/shop/configurations", []),
        ("GET", f"{DEPLOYMENTS}/shop/identityresolution", [f"{DEPLOYMENT_RIGHT}view", f"{IDENTITY_RIGHT}view"]),
        ("PUT", f"{DEPLOYMENTS}/shop/identityresolution", [f"{DEPLOYMENT_RIGHT}edit", f"{IDENTITY_RIGHT}edit"]),
    ],
)
def test_each_operation_wants_its_permissions(client, method, path, needed):
    configurations = [{"id": name, "versions": [{"name": name}], "draft": {"name": name}} for name in ("one", "spare")]
    client.simulator.load_web_messaging(configurations, [deployment("one", id="shop")])
    body = {"resolveIdentities": True} if path.endswith("resolution") else None
    if body is None and method in {"POST", "PUT"}:
        body = deployment("one") if DEPLOYMENTS in path else {"name": "One"}
    for missing in needed:
        client.simulator.settings(permissions=[name for name in needed if name != missing])
        answer = client.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "missing.permissions")
        assert answer.json()["message"].endswith(missing)
    client.simulator.settings(permissions=needed)
    assert client.send(method, path, body).ok
