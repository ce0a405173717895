"""What becomes of web chat's fields, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from webchat_world import CHAT_FLOW, INTEGRATION, MESSAGE_FLOW, SALES, SIGN_IN, SUPPORT, a_deployment, a_widget

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.migration.drafts import MAX_NAME, Finding, MigrationPlan, plan_migration

FLOWS = {CHAT_FLOW: MESSAGE_FLOW}


def of_one(**fields: Any) -> MigrationPlan:
    return plan_migration(None, [a_deployment(**fields)], flow_map=FLOWS)


def the(plan: MigrationPlan, field: str, deployment_id: str | None = SALES) -> Finding:
    (found,) = [one for one in plan.findings if (one.deployment_id, one.field) == (deployment_id, field)]
    return found


def draft(plan: MigrationPlan, deployment_id: str = SALES) -> dict[str, Any]:
    (found,) = [one for one in plan.deployments if one.deployment_id == deployment_id]
    return dict(found.body)


def test_a_deployment_and_its_successor() -> None:
    plan = of_one()

    assert draft(plan) == {
        "name": "Sales",
        "description": "Chat of the shop",
        "allowAllDomains": False,
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": MESSAGE_FLOW},
        "status": "Active",
        "configuration": {"name": "Web chat basic"},
    }
    (configuration,) = plan.configurations
    assert configuration.body == {
        "name": "Web chat basic",
        "description": "Drafted from web chat's deployments",
        "languages": ["en-us"],
        "defaultLanguage": "en-us",
        "messenger": {
            "enabled": True,
            "launcherButton": {"visibility": "On"},
            "homeScreen": {"enabled": False},
            "apps": {"conversations": {"enabled": True}},
        },
    }
    assert {(one.field, one.verdict) for one in plan.findings} == {
        ("id", "impossible"),
        ("name", "carried"),
        ("description", "carried"),
        ("authenticationRequired", "carried"),
        ("disabled", "carried"),
        ("webChatConfig.webChatSkin", "choice"),
        ("allowedDomains", "carried"),
        ("flow", "choice"),
        ("selfUri", "impossible"),
    }


@pytest.mark.parametrize("settings", [{"requireDeployment": True}, {"requireDeployment": False}])
def test_that_a_deployment_is_required_has_no_counterpart(settings: dict[str, Any]) -> None:
    finding = the(plan_migration(settings, []), "requireDeployment", None)

    assert (finding.verdict, finding.value) == ("impossible", settings["requireDeployment"])
    assert "always names a deployment" in finding.reason


def test_nothing_at_all_is_an_empty_plan() -> None:
    assert plan_migration(None, []) == MigrationPlan((), (), (), ())


@pytest.mark.parametrize(
    ("disabled", "status", "verdict"),
    [
        (False, "Active", "carried"),
        (True, "Inactive", "carried"),
        (None, "Inactive", "choice"),
        (..., "Inactive", "choice"),
    ],
)
def test_disabled_becomes_a_status(disabled: Any, status: str, verdict: str) -> None:
    plan = of_one(disabled=disabled)

    assert draft(plan)["status"] == status
    assert the(plan, "disabled").verdict == verdict


@pytest.mark.parametrize("empty", [[], None, ..., "shop.example.com", [None, " "]])
def test_no_domains_are_a_choice_and_let_nobody_in_until_it_is_made(empty: Any) -> None:
    plan = of_one(allowedDomains=empty)

    assert draft(plan)["allowAllDomains"] is True  # Terraform's provider refuses an empty list with false
    assert draft(plan)["allowedDomains"] == []
    assert draft(plan)["status"] == "Inactive"
    assert the(plan, "allowedDomains").verdict == "choice"
    assert (the(plan, "disabled").verdict, "the domains" in the(plan, "disabled").reason) == ("choice", True)


@pytest.mark.parametrize(
    ("domain", "doubts"),
    [
        ("https://www.example.com", ["without https://"]),
        ("HTTPS://www.example.com/", ["without https://", "has a path", "capitals"]),
        ("https://www.example.com/shop?a=b", ["without https://", "has a path"]),
        ("//www.example.com", ["is no domain"]),
        ("example.com/shop", ["has a path"]),
        ("example.com/", ["has a path"]),
        ("example.com#top", ["has a path"]),
        ("example.com:8443", ["has a port"]),
        ("https://example.com:8443/shop", ["without https://", "has a path", "has a port"]),
        ("a.example.com, b.example.com", ["each domain as an entry of its own"]),
        ("a.example.com;b.example.com", ["each domain as an entry of its own"]),
        ("a.example.com b.example.com", ["each domain as an entry of its own"]),
        (" www.example.com", ["each domain as an entry of its own"]),
        ("www.example.com\n", ["each domain as an entry of its own"]),
        ("www.example.com\u00a0", ["each domain as an entry of its own", "xn--"]),
        ("*.example.com", ["wildcard"]),
        ("*", ["wildcard"]),
        ("Shop.Example.com", ["capitals"]),
        ("m\u00fcnchen.example", ["xn--"]),
        ("localhost", ["is no domain"]),
        ("192.168.0.1", ["is no domain"]),
        ("[::1]", ["is no domain"]),
        ("example.com.", ["is no domain"]),
        (".example.com", ["is no domain"]),
        ("shop_1.example.com", ["is no domain"]),
        ("-shop.example.com", ["is no domain"]),
        ("ann@example.com", ["is no domain"]),
        (f"{'a' * 64}.example.com", ["is no domain"]),
        (f"{'a.' * 126}example", ["is no domain"]),
    ],
)
def test_a_domain_that_is_no_plain_one_is_a_choice_and_the_reason_names_it(domain: str, doubts: list[str]) -> None:
    plan = of_one(allowedDomains=["shop.example.com", domain])

    assert draft(plan)["allowedDomains"] == ["shop.example.com", domain], "nothing is guessed"
    found = the(plan, "allowedDomains")
    assert (found.verdict, repr(domain) in found.reason) == ("choice", True)
    assert "'shop.example.com' " not in found.reason
    everything = ("without https://", "has a path", "has a port", "of its own", "wildcard", "capitals", "xn--", "is no")
    assert [each for each in everything if each in found.reason] == [
        each for each in everything if any(each in doubt for doubt in doubts)
    ]


@pytest.mark.parametrize(
    "domain", ["example.com", "a-b.c1.example", "xn--mnchen-3ya.example", "1.example.com", f"{'a' * 63}.de"]
)
def test_a_plain_domain_is_carried_over(domain: str) -> None:
    assert the(of_one(allowedDomains=[domain]), "allowedDomains").verdict == "carried"


def test_a_domain_that_is_there_twice_is_carried_over_once() -> None:
    plan = of_one(allowedDomains=["b.example.com", "a.example.com", "b.example.com"])

    assert draft(plan)["allowedDomains"] == ["b.example.com", "a.example.com"]
    assert (the(plan, "allowedDomains").verdict, the(plan, "allowedDomains").reason) == (
        "carried",
        "the same, each once, and no others",
    )


@pytest.mark.parametrize("domains", [["*.example.com"], ["a.example.com", 3], ["a.example.com", ""]])
def test_doubtful_domains_are_a_choice(domains: list[Any]) -> None:
    plan = of_one(allowedDomains=domains)

    assert draft(plan)["allowedDomains"] == [domain for domain in domains if isinstance(domain, str) and domain]
    assert draft(plan)["allowAllDomains"] is False
    assert the(plan, "allowedDomains").verdict == "choice"


def test_a_flow_that_is_not_mapped_is_impossible() -> None:
    plan = plan_migration(None, [a_deployment()])

    assert "flow" not in draft(plan)
    assert draft(plan)["status"] == "Inactive"
    assert the(plan, "flow").verdict == "impossible"
    assert "flow_map" in the(plan, "flow").reason


@pytest.mark.parametrize("flow", [None, ...])
def test_without_a_flow_there_is_one_to_choose(flow: Any) -> None:
    plan = of_one(flow=flow)

    assert "flow" not in draft(plan)
    assert (the(plan, "flow").verdict, the(plan, "flow").value) == ("choice", None)
    assert draft(plan)["status"] == "Inactive"


def test_authentication_needs_an_integration() -> None:
    plan = of_one(authenticationRequired=True, authenticationUrl=SIGN_IN)

    assert the(plan, "authenticationRequired").verdict == "impossible"
    assert the(plan, "authenticationUrl").verdict == "impossible"
    assert draft(plan)["status"] == "Inactive"  # else anybody would come in where nobody unknown could before
    assert "authenticationSettings" not in plan.configurations[0].body


def test_authentication_with_an_integration() -> None:
    deployment = a_deployment(authenticationRequired=True, authenticationUrl=SIGN_IN)

    plan = plan_migration(None, [deployment], flow_map=FLOWS, integration_map={SIGN_IN: INTEGRATION})

    assert plan.configurations[0].body["authenticationSettings"] == {"enabled": True, "integrationId": INTEGRATION}
    assert the(plan, "authenticationRequired").verdict == "choice"
    assert the(plan, "authenticationUrl").verdict == "impossible"
    assert draft(plan)["status"] == "Active"


def test_authentication_without_a_url_is_not_promised_an_entry_of_the_map() -> None:
    finding = the(of_one(authenticationRequired=True), "authenticationRequired")

    assert (finding.verdict, "integration_map" in finding.reason) == ("impossible", False)


def test_a_url_that_is_not_in_use_needs_nothing() -> None:
    plan = of_one(authenticationUrl=SIGN_IN)

    assert "not in use" in the(plan, "authenticationUrl").reason
    assert draft(plan)["status"] == "Active"


def test_deployments_share_a_configuration_if_they_look_alike_and_let_the_same_in() -> None:
    locked = {"authenticationRequired": True, "authenticationUrl": SIGN_IN}
    plan = plan_migration(
        None,
        [
            a_deployment("a"),
            a_deployment("b"),
            a_deployment("c", webChatConfig={"webChatSkin": "modern-caret-skin"}),
            a_deployment("d", **locked),
            a_deployment("e", **locked),
            a_deployment("f", **{**locked, "authenticationUrl": "https://other.example.com"}),
            a_deployment("g", webChatConfig=None),
            a_deployment("h", webChatConfig={"webChatSkin": "new"}),
        ],
    )

    used = {one.deployment_id: one.configuration for one in plan.deployments}
    assert used["a"] == used["b"] == "basic"
    assert used["c"] == "modern-caret-skin"
    assert used["d"] == used["e"]
    assert {used["d"], used["f"]} == {"basic-authenticated", "basic-authenticated-2"}
    assert used["g"] == "no-skin"
    assert used["h"].startswith("skin-")
    assert {one.file for one in plan.configurations} == set(used.values())
    assert len({one.body["name"] for one in plan.configurations}) == len(plan.configurations)
    for one in plan.deployments:
        names = {configuration.file: configuration.body["name"] for configuration in plan.configurations}
        assert one.body["configuration"] == {"name": names[one.configuration]}


@pytest.mark.parametrize(
    ("skin", "file"),
    [
        ("new", "skin-750624d25e1157a9"),
        ("späte", "skin-50083bd1aadfd680"),
        ({"b": [1, 2.0], "a": None}, "skin-9944d028402f78e7"),
    ],
)
def test_a_skin_nobody_knows_has_the_same_name_in_every_version(skin: Any, file: str) -> None:
    """Plans that were written before are compared with new ones."""
    plan = of_one(webChatConfig={"webChatSkin": skin})

    assert plan.deployments[0].configuration == file


def test_configurations_have_the_same_numbers_in_every_version() -> None:
    """They are in the order of their addresses as escaped JSON has them, which is not that of the letters."""
    urls = {"a": "https://z.example.com", "b": "https://é.example.com", "c": "https://é.example.com/?a=1"}
    plan = plan_migration(
        None, [a_deployment(name, authenticationRequired=True, authenticationUrl=url) for name, url in urls.items()]
    )

    assert {one.deployment_id: one.configuration for one in plan.deployments} == {
        "b": "basic-authenticated",
        "c": "basic-authenticated-2",
        "a": "basic-authenticated-3",
    }


@pytest.mark.parametrize("name", [None, ..., "", " ", 7])
def test_a_missing_name_is_a_choice(name: Any) -> None:
    plan = of_one(name=name)

    assert draft(plan)["name"] == "Unnamed web chat"
    assert the(plan, "name").verdict == "choice"


def test_equal_names_are_numbered() -> None:
    long = "x" * (MAX_NAME + 1)
    names = ["Sales", "sales ", None, None, long, long]

    plan = plan_migration(None, [a_deployment(str(number), name=name) for number, name in enumerate(names)])

    assert [one.body["name"] for one in plan.deployments] == [
        "Sales",
        "sales (2)",
        "Unnamed web chat",
        "Unnamed web chat (2)",
        "x" * MAX_NAME,
        "x" * (MAX_NAME - 4) + " (2)",
    ]
    verdicts = [one.verdict for one in plan.findings if one.field == "name"]
    assert verdicts == ["carried", *["choice"] * 5]


def test_what_the_provider_does_not_know_is_told() -> None:
    plan = plan_migration(
        {"requireDeployment": True, "new": 1},
        [a_deployment(colour="red", webChatConfig={"webChatSkin": "basic", "font": "serif"})],
    )

    for field, deployment_id in (("new", None), ("colour", SALES), ("webChatConfig.font", SALES)):
        assert the(plan, field, deployment_id).verdict == "impossible"
        assert "does not know" in the(plan, field, deployment_id).reason
    assert the(plan, "webChatConfig.font").value == "serif"


@pytest.mark.parametrize("config", [None, {}])
def test_an_empty_configuration_is_carried_over(config: Any) -> None:
    assert the(of_one(webChatConfig=config), "webChatConfig").verdict == "carried"


def test_the_languages_are_those_given() -> None:
    plan = plan_migration(None, [a_deployment()], languages=["de", "en-us", "de"])

    assert plan.configurations[0].body["languages"] == ["de", "en-us"]
    assert plan.configurations[0].body["defaultLanguage"] == "de"


def test_entries_of_maps_without_a_use_are_told() -> None:
    plan = plan_migration(
        None,
        [a_deployment(authenticationUrl=SIGN_IN)],
        flow_map={**FLOWS, "gone": "x"},
        integration_map={SIGN_IN: INTEGRATION},
    )

    assert plan.unused == (
        "flow_map: no deployment has the flow gone",
        f"integration_map: no deployment requires authentication by {SIGN_IN}",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flow_map": [CHAT_FLOW]}, "flow_map must be a mapping, not list"),
        ({"flow_map": {CHAT_FLOW: None}}, "must both be text"),
        ({"flow_map": {CHAT_FLOW: CHAT_FLOW}}, "cannot take its own place"),
        ({"integration_map": {"": "x"}}, "integration_map: '': 'x' must both be text"),
        ({"languages": "en-us"}, "languages must be a list"),
        ({"languages": []}, "languages must be a list"),
        ({"languages": [1]}, "languages must be a list"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        plan_migration(None, [a_deployment()], **arguments)


def test_deployments_must_have_ids_of_their_own() -> None:
    with pytest.raises(GenesysConfigError, match="deployment 2 of web chat has no id"):
        plan_migration(None, [a_deployment(), a_deployment(id=...)])
    with pytest.raises(GenesysConfigError, match=f"two deployments of web chat have the id '{SALES}'"):
        plan_migration(None, [a_deployment(), a_deployment()])


@pytest.mark.parametrize("strange", ["../../etc", "A", "a/b", "ä", "x" * 37, ".", "-"])
def test_files_have_safe_names(strange: str) -> None:
    plan = plan_migration(None, [a_deployment(strange), a_deployment(SUPPORT)])

    files = {one.deployment_id: one.file for one in plan.deployments}
    assert files[SUPPORT] == SUPPORT
    assert files[strange].isalnum()
    assert len(files[strange]) == 16


# --- widgets ---


def of_widget(widget: dict[str, Any], **arguments: Any) -> MigrationPlan:
    return plan_migration(None, [], widgets=[widget], flow_map=FLOWS, **arguments)


def test_a_widget_and_its_successor() -> None:
    plan = plan_migration(None, [a_deployment()], widgets=[a_widget()], flow_map=FLOWS)

    assert draft(plan, SUPPORT) == {
        "name": "Support",
        "allowAllDomains": False,
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": MESSAGE_FLOW},
        "status": "Active",
        "configuration": {"name": "Web chat basic"},
    }
    assert len(plan.configurations) == 1, "they look alike"
    assert [one.is_widget for one in plan.deployments] == [False, True]
    assert {(one.field, one.verdict) for one in plan.findings if one.deployment_id == SUPPORT} == {
        ("id", "impossible"),
        ("name", "carried"),
        ("authenticationRequired", "carried"),
        ("disabled", "carried"),
        ("allowedDomains", "carried"),
        ("flow", "choice"),
        ("clientType", "impossible"),
        ("clientConfig.v1.webChatSkin", "choice"),
    }
    assert the(plan, "clientConfig.v1.webChatSkin", SUPPORT).value == "basic"


@pytest.mark.parametrize("kind", ["v1", "v1-http"])
def test_a_widget_keeps_out_whom_it_kept_out(kind: str) -> None:
    config = {kind: {"authenticationUrl": SIGN_IN, "webChatSkin": None}}
    widget = a_widget(authenticationRequired=True, clientType=kind, clientConfig=config)

    assert draft(of_widget(widget), SUPPORT)["status"] == "Inactive"
    plan = of_widget(widget, integration_map={SIGN_IN: INTEGRATION})
    assert draft(plan, SUPPORT)["status"] == "Active"
    assert plan.configurations[0].body["authenticationSettings"] == {"enabled": True, "integrationId": INTEGRATION}
    assert plan.unused == ()
    url = the(plan, f"clientConfig.{kind}.authenticationUrl", SUPPORT)
    assert (url.verdict, url.value) == ("impossible", SIGN_IN)
    other = a_widget(authenticationRequired=True, clientType="v2", clientConfig={**config, "v2": {}})
    plan = of_widget(other, integration_map={SIGN_IN: INTEGRATION})
    assert draft(plan, SUPPORT)["status"] == "Inactive", "the URL is not in use"
    assert "not in use" in the(plan, f"clientConfig.{kind}", SUPPORT).reason
    assert the(plan, "clientConfig.v2", SUPPORT).verdict == "carried"


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("v1", "nothing to do"),
        ("v2", "is in no snapshot: look there"),
        ("third-party", "need that of web messaging"),
        ("v9", "does not know"),
        (["v1"], "does not know"),
    ],
)
def test_what_kind_of_client_a_widget_has_is_in_no_draft(kind: Any, advice: str) -> None:
    found = the(of_widget(a_widget(clientType=kind)), "clientType", SUPPORT)

    assert (found.verdict, advice in found.reason) == ("impossible", True)


@pytest.mark.parametrize("config", [None, {}, [], {"v1": None}, {"v1": {}}, {"v1": {"a.b": 1, "c": None}}, {"v2": 3}])
def test_every_field_of_a_widget_has_one_finding(config: Any) -> None:
    plan = of_widget(a_widget(clientConfig=config, new={"deep": 1}))
    fields = [one.field for one in plan.findings]

    assert len(fields) == len(set(fields))
    assert any(field.startswith("clientConfig") for field in fields)
    assert the(plan, "new", SUPPORT).verdict == "impossible"


def test_a_chat_that_both_listings_have_is_planned_once_and_the_plan_says_so() -> None:
    plan = plan_migration(None, [a_deployment(SALES)], widgets=[a_widget(SALES)], flow_map=FLOWS, notes=["first"])

    assert [(one.deployment_id, one.is_widget) for one in plan.deployments] == [(SALES, False)]
    assert plan.notes[0] == "first"
    assert f"{SALES} is listed as a deployment of web chat and as one of a widget" in plan.notes[1]


def test_a_widget_without_an_id_is_refused() -> None:
    with pytest.raises(GenesysConfigError, match="deployment 2 of web chat has no id"):
        plan_migration(None, [a_deployment()], widgets=[a_widget(id=None)])
