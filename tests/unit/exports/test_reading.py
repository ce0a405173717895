"""Reading: which answer means which state, how many requests it takes, and that no draft gets through."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import pytest
from fake_genesys import (
    NOT_FOUND,
    ORGANIZATION,
    FakeGenesys,
    deployment,
    forbidden,
    gone,
    listing,
    not_found,
    stranger,
)

from airflow_provider_genesys.api.operations import operation
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysExportStateError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPartialExportError,
    GenesysPermissionError,
    GenesysServerError,
)
from airflow_provider_genesys.exports.reading import Reading, read_configuration
from airflow_provider_genesys.exports.resources import GROUPS, RESOURCES, select

SETTINGS, DEPLOYMENTS = "getWebchatSettings", "getWebchatDeployments"
WIDGETS = "getWidgetsDeployments"
CONFIGURATIONS = "getWebdeploymentsConfigurations"


def read(genesys: FakeGenesys, *include: str) -> dict[str, Reading]:
    return dict(read_configuration(genesys, select([*include])).readings)  # type: ignore[arg-type]


def states(genesys: FakeGenesys, *include: str) -> dict[str, str]:
    return {name: reading.state for name, reading in read(genesys, *(include or ("webchat",))).items()}


def version(identity: str, number: str, **changes: Any) -> dict[str, Any]:
    return {"id": identity, "name": "Messenger", "version": number, **changes}


# --- the registry ---


def test_every_row_names_operations_that_there_are_and_may_be_repeated() -> None:
    for row in RESOURCES.values():
        names = [read.operation for read in row.reads] + [name for name in (row.witness,) if name]
        for name in names + ([row.versions[0]] if row.versions else []):
            assert operation(name).method == "GET"
            assert operation(name).repeat == "client"
        for each in row.reads:
            assert set(each.query) <= set(operation(each.operation).query)


def test_names_and_groups() -> None:
    assert [one.name for one in select(["presence", "webchat_settings", "presence_settings"])] == [
        "webchat_settings", "presence_definitions", "presence_sources", "presence_settings", "system_presences",
    ]  # fmt: skip
    assert {one.name for one in select(["all"])} == set(RESOURCES)
    assert set(GROUPS) == {"webchat", "web_messaging", "presence", "all"}


def test_a_listing_by_page_number_says_how_many_it_wants() -> None:
    read = [one for row in RESOURCES.values() for one in row.reads if operation(one.operation).paging == "page"]
    assert [one.operation for one in read if "pageSize" not in one.query] == [], "name the pageSize in its Read"


@pytest.mark.parametrize("include", [[], "webchat", None, {"webchat": 1}])
def test_include_must_be_a_list(include: Any) -> None:
    with pytest.raises(GenesysConfigError, match="include must be a list of at least one"):
        select(include)


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(GenesysConfigError, match=r"include: 'webchats' is unknown; there are webchat_settings, "):
        select(["webchats"])


# --- requests ---


def test_all_of_it_takes_as_few_requests_as_there_are_listings() -> None:
    genesys = FakeGenesys(1000)
    found = read(genesys, "all")
    assert {reading.state for reading in found.values()} == {"exported"}
    assert len(found["webchat_deployments"].entities) == 1000
    assert genesys.asked == Counter(
        {
            "getOrganizationsMe": 1, SETTINGS: 1, DEPLOYMENTS: 1, WIDGETS: 1, CONFIGURATIONS: 1,
            "getWebdeploymentsDeployments": 1,
            "getPresenceDefinitions": 3, "getPresenceSources": 3, "getPresenceSettings": 1, "getSystempresences": 1,
        }
    )  # fmt: skip


def test_definitions_are_read_active_and_deactivated_with_all_labels() -> None:
    genesys = FakeGenesys()
    asked = []

    def answer(query: Any) -> Any:
        asked.append(query)
        off = query["deactivated"] == "TRUE"
        return listing({"id": "off" if off else "on", "deactivated": off}, {"id": "both", "deactivated": off})

    genesys.answers["getPresenceDefinitions"] = answer
    found = read(genesys, "presence_definitions")["presence_definitions"]
    assert {key: one["deactivated"] for key, one in found.entities.items()} == {"off": True, "on": False, "both": False}
    assert (found.state, found.total) == ("exported", 4)
    assert all(query["localeCode"] == "ALL" for query in asked)


# --- states ---


def test_exported_and_the_organisation() -> None:
    genesys = FakeGenesys()
    configuration = read_configuration(genesys, select(["webchat"]))  # type: ignore[arg-type]
    assert configuration.organization_id == ORGANIZATION
    assert [*configuration.readings] == ["webchat_settings", "webchat_deployments", "widget_deployments"]
    assert configuration.readings["webchat_settings"].entities == {"webchat_settings": {"requireDeployment": False}}


def test_an_organisation_that_may_not_be_read_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    genesys = FakeGenesys()
    genesys.answers["getOrganizationsMe"] = forbidden("getOrganizationsMe")
    assert read_configuration(genesys, select(["webchat"])).organization_id is None  # type: ignore[arg-type]
    assert "cannot name its organisation" in caplog.text


@pytest.mark.parametrize(("code", "correlation"), [(None, None), (None, "c-410"), ("gone", None)])
def test_a_410_that_is_not_genesys_own_is_an_error(code: str | None, correlation: str | None) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = GenesysGoneError(410, code, "text/html", correlation, operation=DEPLOYMENTS)
    with pytest.raises(GenesysGoneError):
        read(genesys, "webchat")


def test_410_is_gone() -> None:
    genesys = FakeGenesys()
    genesys.answers |= {name: gone(name) for name in (SETTINGS, DEPLOYMENTS, WIDGETS)}
    assert set(states(genesys).values()) == {"gone"}


@pytest.mark.parametrize("code", ["not.found", NOT_FOUND])
def test_404_is_gone_where_another_read_is_answered(code: str) -> None:
    genesys = FakeGenesys()
    genesys.answers |= {name: not_found(name, code) for name in (SETTINGS, DEPLOYMENTS, WIDGETS)}
    assert set(states(genesys).values()) == {"gone"}
    genesys.answers["getOrganizationsMe"] = forbidden("getOrganizationsMe")
    assert set(states(genesys).values()) == {"gone"}
    assert genesys.asked["headTokensMe"] == 1


def test_404_to_everything_is_an_error() -> None:
    genesys = FakeGenesys()
    genesys.answers |= {name: not_found(name) for name in (SETTINGS, DEPLOYMENTS, WIDGETS, "headTokensMe")}
    genesys.answers["getOrganizationsMe"] = forbidden("getOrganizationsMe")
    with pytest.raises(GenesysNotFoundError):
        states(genesys)


@pytest.mark.parametrize("name", [SETTINGS, DEPLOYMENTS])
def test_404_from_a_stranger_is_an_error(name: str) -> None:
    genesys = FakeGenesys()
    genesys.answers[name] = stranger(name)
    with pytest.raises(GenesysNotFoundError, match="text/html"):
        states(genesys)


def test_403_from_a_stranger_is_an_error() -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = GenesysPermissionError(403, None, "a firewall", operation=DEPLOYMENTS)
    with pytest.raises(GenesysPermissionError, match="firewall"):
        states(genesys)


@pytest.mark.parametrize("code", ["not.found", NOT_FOUND])
@pytest.mark.parametrize("include", ["webchat", "webchat_settings"])
def test_settings_that_were_never_set_are_absent(code: str, include: str) -> None:
    genesys = FakeGenesys()
    genesys.answers[SETTINGS] = not_found(SETTINGS, code)
    assert states(genesys, include)["webchat_settings"] == "absent"
    assert genesys.asked[DEPLOYMENTS] == 1


def test_settings_alone_are_gone_if_deployments_are_too() -> None:
    genesys = FakeGenesys()
    genesys.answers |= {SETTINGS: not_found(SETTINGS, NOT_FOUND), DEPLOYMENTS: gone(DEPLOYMENTS)}
    assert states(genesys, "webchat_settings") == {"webchat_settings": "gone"}


def test_403_is_forbidden_and_says_which_permission() -> None:
    genesys = FakeGenesys()
    genesys.answers |= {SETTINGS: not_found(SETTINGS), DEPLOYMENTS: forbidden(DEPLOYMENTS)}
    found = read(genesys, "webchat")
    assert found["webchat_deployments"].state == "forbidden"
    assert found["webchat_deployments"].permissions == ("webchat:deployment:read",)
    assert found["webchat_settings"].state == "absent"  # what is forbidden is there


@pytest.mark.parametrize("moment", [1, 2])
@pytest.mark.parametrize("deactivated", [True, False])
@pytest.mark.parametrize(
    ("operation_name", "resource"),
    [("getPresenceDefinitions", "presence_definitions"), ("getPresenceSources", "presence_sources")],
)
def test_what_is_deactivated_or_activated_meanwhile_is_not_missed(
    operation_name: str, resource: str, moment: int, deactivated: bool
) -> None:
    genesys = FakeGenesys()
    asked = 0

    def answer(query: Any) -> Any:
        nonlocal asked
        asked += 1
        now = deactivated if asked > moment else not deactivated
        there = {"id": "a", "deactivated": now}
        return listing(*([there] if (query["deactivated"] == "TRUE") == now else []))

    genesys.answers[operation_name] = answer
    found = read(genesys, resource)[resource]
    assert (found.state, [*found.entities]) == ("exported", ["a"])


def test_a_permission_missing_half_way_is_partial() -> None:
    genesys = FakeGenesys()
    genesys.answers["getPresenceDefinitions"] = lambda query: (
        listing({"id": "on"}) if query["deactivated"] == "FALSE" else forbidden("getPresenceDefinitions")
    )
    found = read(genesys, "presence_definitions")["presence_definitions"]
    assert (found.state, [*found.entities]) == ("partial", ["on"])
    assert found.permissions == ("presence:presenceDefinition:view",)
    assert "it could be read in part only" in found.reasons[0]


@pytest.mark.parametrize("refusal", [forbidden, not_found, gone])
def test_pages_that_end_too_early_are_partial(refusal: Any) -> None:
    genesys = FakeGenesys()
    name = "getWebdeploymentsDeployments"
    genesys.answers[name] = [listing({"id": "1"}, {"id": "2"}, total=3), refusal(name)]
    found = read(genesys, "web_messaging_deployments")["web_messaging_deployments"]
    assert (found.state, [*found.entities], found.total) == ("partial", ["1", "2"], 3)


@pytest.mark.parametrize("total", [2, 4])
def test_a_listing_that_is_not_as_long_as_it_says_is_partial(total: int) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = listing(*map(deployment, range(3)), total=total)
    found = read(genesys, "webchat_deployments")["webchat_deployments"]
    assert (found.state, len(found.entities)) == ("partial", 3)
    assert found.reasons == (f"getWebchatDeployments lists 3 and says that there are {total}",)


def test_an_entity_listed_twice_does_not_stand_for_another() -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = listing(deployment(0), deployment(0))
    assert states(genesys, "webchat_deployments") == {"webchat_deployments": "partial"}


def test_what_comes_and_goes_while_pages_are_read_is_no_lack() -> None:
    genesys = FakeGenesys()
    genesys.answers["getWebdeploymentsDeployments"] = [listing({"id": "1"}, total=3), listing({"id": "2"}, total=2)]
    assert states(genesys, "web_messaging_deployments") == {"web_messaging_deployments": "exported"}


@pytest.mark.parametrize("answer", [None, {}, {"entities": None}, {"total": 0}, "text"])
def test_an_answer_that_is_no_listing_is_an_error(answer: Any) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = lambda _: answer
    with pytest.raises(GenesysError, match="and no listing"):
        states(genesys, "webchat_deployments")


@pytest.mark.parametrize("entity", [{"name": "x"}, {"id": 7}, {"id": ""}, "text", None])
def test_an_entity_without_an_id_is_an_error(entity: Any) -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = listing(entity)
    with pytest.raises(GenesysError, match=r"getWebchatDeployments lists .* without an id"):
        states(genesys, "webchat_deployments")


def test_settings_that_are_nothing_are_an_error() -> None:
    genesys = FakeGenesys()
    genesys.answers[SETTINGS] = None
    with pytest.raises(GenesysError, match="getWebchatSettings: the answer is nothing and no object"):
        states(genesys)


def test_any_other_failure_is_an_error() -> None:
    genesys = FakeGenesys()
    genesys.answers[DEPLOYMENTS] = GenesysServerError(500, "internal.server.error", operation=DEPLOYMENTS)
    with pytest.raises(GenesysServerError):
        states(genesys)


# --- versions ---


def test_published_versions_only() -> None:
    genesys = FakeGenesys()
    asked = []
    genesys.answers[CONFIGURATIONS] = lambda query: asked.append(query) or listing(version("c", "2"))
    found = read(genesys, "web_messaging_configurations")["web_messaging_configurations"]
    assert (found.state, found.entities["c"]["version"]) == ("exported", "2")
    assert asked[0] == {"showOnlyPublished": True}


def test_a_server_that_lists_drafts_all_the_same_gets_none_into_a_snapshot() -> None:
    genesys = FakeGenesys()
    genesys.answers[CONFIGURATIONS] = [listing(version("a", "DRAFT"), version("b", "DRAFT"), version("c", "1"))]
    genesys.answers["getWebdeploymentsConfigurationVersions"] = lambda path: [
        listing(*[version(path["configurationId"], each) for each in ("9", "DRAFT", "10")])
        if path["configurationId"] == "a"
        else listing(version("b", "DRAFT"))
    ]
    found = read(genesys, "web_messaging_configurations")["web_messaging_configurations"]
    assert {key: one["version"] for key, one in found.entities.items()} == {"a": "10", "c": "1"}
    assert found.state == "exported"


def test_an_entity_deleted_between_list_and_get_is_partial() -> None:
    name = "getWebdeploymentsConfigurationVersions"
    genesys = FakeGenesys()
    genesys.answers[CONFIGURATIONS] = [listing(version("a", "DRAFT"), version("c", "1"))]
    genesys.answers[name] = [not_found(name, NOT_FOUND)]
    found = read(genesys, "web_messaging_configurations")["web_messaging_configurations"]
    assert (found.state, [*found.entities]) == ("partial", ["c"])
    assert "a was deleted while it was read" in found.reasons[0]


def test_drafts_are_left_out_of_what_is_partial() -> None:
    genesys = FakeGenesys()
    genesys.answers[CONFIGURATIONS] = [listing(version("a", "DRAFT"), version("c", "1")), forbidden(CONFIGURATIONS)]
    found = read(genesys, "web_messaging_configurations")["web_messaging_configurations"]
    assert (found.state, [*found.entities]) == ("partial", ["c"])


@pytest.mark.parametrize("all_total", [3, 4])
def test_a_total_that_counts_what_was_never_published_is_no_lack(all_total: int) -> None:
    genesys = FakeGenesys()
    drafts = [version("a", "DRAFT"), version("b", "DRAFT"), version("c", "1")]
    genesys.answers[CONFIGURATIONS] = lambda query: (
        [listing(version("c", "1"), total=3)] if query else [listing(*drafts, total=all_total)]
    )
    genesys.answers["getWebdeploymentsConfigurationVersions"] = lambda path: [
        listing(version(path["configurationId"], "DRAFT"), *[version("b", "7")] * (path["configurationId"] == "b"))
    ]
    found = read(genesys, "web_messaging_configurations")["web_messaging_configurations"]
    assert {key: one["version"] for key, one in found.entities.items()} == {"b": "7", "c": "1"}
    assert found.state == ("exported" if all_total == 3 else "partial")


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ({"systemPresence": "Break", "languageLabels": {"de": "Pause", "en_US": "Smoke"}}, "Break/Smoke"),
        ({"systemPresence": "Break", "languageLabels": {"fr": "Pause", "de": "Rauchen"}}, "Break/Rauchen"),
        ({"systemPresence": "Break"}, "Break"),
        ({}, ""),
    ],
)
def test_names_of_definitions(definition: Any, name: str) -> None:
    assert RESOURCES["presence_definitions"].display(definition) == name


@pytest.mark.parametrize("kind", [GenesysPartialExportError, GenesysExportStateError])
def test_errors_can_be_pickled(kind: Any) -> None:
    assert str(pickle.loads(pickle.dumps(kind("why")))) == "why"
