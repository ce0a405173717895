"""Whatever web chat holds: each field has one verdict, and the drafts are what the API takes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from webchat_world import (
    CHAT_FLOW,
    CONFIGURATION,
    DEPLOYMENT,
    INTEGRATION,
    MESSAGE_FLOW,
    SIGN_IN,
)

from airflow_provider_genesys.exports.migration.drafts import MAX_NAME, MigrationPlan, plan_migration

MARK = "kept-out"
CANNOT_BE_CARRIED = ("id", "selfUri", "authenticationUrl")
DECIDED = {"name", "disabled", "allowedDomains", "flow"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
names = st.sampled_from(["Sales", "sales", "Sales (2)", "x" * (MAX_NAME + 5), "", " "])
domains = st.lists(st.sampled_from(["a.example.com", "*.example.com"]), max_size=3)
flows = st.fixed_dictionaries({"id": st.sampled_from([CHAT_FLOW, "other"])}, optional={"name": st.text(max_size=5)})
skins = st.sampled_from(["basic", "modern-caret-skin", "new"])
unknown = st.dictionaries(st.sampled_from(["colour", "größe", "createdBy"]), anything, max_size=2)
known = st.fixed_dictionaries(
    {},
    optional={
        "name": names | anything,
        "description": st.text(max_size=5) | anything,
        "authenticationRequired": st.booleans() | anything,
        "authenticationUrl": st.sampled_from([SIGN_IN, f"https://{MARK}"]) | anything,
        "disabled": st.booleans() | anything,
        "webChatConfig": st.builds(lambda skin, more: {"webChatSkin": skin} | more, skins, unknown) | anything,
        "allowedDomains": domains | anything,
        "flow": flows | anything,
        "selfUri": st.just(f"/{MARK}"),
    },
)
bodies = st.builds(lambda fields, more: fields | more, known, unknown)
deployments = st.lists(bodies, max_size=6).map(
    lambda drawn: [body | {"id": f"{MARK}-{number}"} for number, body in enumerate(drawn)]
)
all_settings = st.none() | st.dictionaries(st.sampled_from(["requireDeployment", "new"]), st.booleans())
choices = st.fixed_dictionaries(
    {}, optional={"flow_map": st.just({CHAT_FLOW: MESSAGE_FLOW}), "integration_map": st.just({SIGN_IN: INTEGRATION})}
)


def fields_of(deployment: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in deployment.items():
        if name == "webChatConfig" and isinstance(value, dict) and value:
            yield from ((deployment["id"], f"{name}.{inner}", held) for inner, held in value.items())
        else:
            yield deployment["id"], name, value


def with_a_published_configuration(plan: MigrationPlan, body: Mapping[str, Any]) -> dict[str, Any]:
    ids = {draft.body["name"]: f"id of {draft.file}" for draft in plan.configurations}
    return {**body, "configuration": {"id": ids[body["configuration"]["name"]], "version": "1"}}


@given(all_settings, deployments, choices)
def test_every_field_has_exactly_one_verdict(settings: Any, given_ones: Any, chosen: Any) -> None:
    plan = plan_migration(settings, given_ones, **chosen)

    told = Counter((one.deployment_id, one.field, json.dumps(one.value)) for one in plan.findings)
    expected = Counter((None, name, json.dumps(value)) for name, value in (settings or {}).items())
    for deployment in given_ones:
        expected.update((id_, name, json.dumps(value)) for id_, name, value in fields_of(deployment))
        expected.update((deployment["id"], name, "null") for name in DECIDED - deployment.keys())
    assert told == expected
    assert sum(plan.count(verdict) for verdict in ("carried", "choice", "impossible")) == len(plan.findings)
    assert all(one.reason for one in plan.findings)


@given(all_settings, deployments, choices)
def test_what_is_impossible_is_in_no_draft(settings: Any, given_ones: Any, chosen: Any) -> None:
    plan = plan_migration(settings, given_ones, **chosen)

    drafts = {one.deployment_id: one.body for one in plan.deployments}
    used = {one.deployment_id: one.configuration for one in plan.deployments}
    configurations = {one.file: one.body for one in plan.configurations}
    for one in plan.findings:
        if one.verdict != "impossible" or one.deployment_id is None:
            continue
        assert one.field not in drafts[one.deployment_id]
        if one.field == "authenticationRequired":
            assert "authenticationSettings" not in configurations[used[one.deployment_id]]
            assert drafts[one.deployment_id]["status"] == "Inactive"
    everything = json.dumps([*drafts.values(), *configurations.values()])
    assert MARK not in everything
    assert SIGN_IN not in everything


@given(all_settings, deployments, choices)
def test_the_drafts_are_what_the_api_takes(settings: Any, given_ones: Any, chosen: Any) -> None:
    plan = plan_migration(settings, given_ones, **chosen)

    assert len(plan.deployments) == len(given_ones)
    for configuration in plan.configurations:
        CONFIGURATION.validate(configuration.body)
        assert configuration.body["defaultLanguage"] in configuration.body["languages"]
    for draft in plan.deployments:
        body = with_a_published_configuration(plan, draft.body)
        DEPLOYMENT.validate(body)
        assert body["allowAllDomains"] is (body["allowedDomains"] == [])
        assert len(body["name"]) <= MAX_NAME
        assert body["status"] == "Inactive" or body["flow"]["id"] == MESSAGE_FLOW
    for drafts in (plan.configurations, plan.deployments):
        assert len({draft.file.casefold() for draft in drafts}) == len(drafts)
        assert len({draft.body["name"].strip().casefold() for draft in drafts}) == len(drafts)
    assert {draft.configuration for draft in plan.deployments} == {draft.file for draft in plan.configurations}


@given(deployments, choices, st.randoms())
def test_the_order_of_the_deployments_makes_no_difference(given_ones: Any, chosen: Any, random: Any) -> None:
    shuffled = random.sample(given_ones, len(given_ones))

    assert plan_migration(None, shuffled, **chosen) == plan_migration(None, given_ones, **chosen)
