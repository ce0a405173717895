"""Web chat and web messaging without the wire: the models against the published ones, pages, keys, dates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.requests import Request

from airflow_provider_genesys.simulator.answers import shuffled, without_last_entities
from airflow_provider_genesys.simulator.chat_models import ENUMS, MODELS
from airflow_provider_genesys.simulator.dates import Dates
from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.faults import FaultRule
from airflow_provider_genesys.simulator.reading import cursor_page, encode_cursor
from airflow_provider_genesys.simulator.settings import Settings
from airflow_provider_genesys.simulator.validation import ModelValidator
from tests.facts import fact, known

# Described nowhere, or several alike under one name of ours.
UNDESCRIBED = {
    *("CreateWebChatConversationRequest", "WebChatRoutingTarget", "GuestMemberInfo", "CreateWebChatMessageRequest"),
    *("JourneyContext", "JourneyCustomer", "JourneyCustomerSession", "JourneyAction", "JourneyActionMap"),
    *("WebChatGuestMediaRequest", "Toggle", "WidgetDeployment", "WidgetClientConfig", "WidgetClient1"),
}
ALIKE = {
    "BackgroundImageSettings": "Icon",
    "IdentityResolutionExternalSource": "AddressableEntityRef",
    "MediaTypes": "object",
    "FlowVersion": "object",
    **dict.fromkeys(("WebDeploymentHeadlessMode", "AutoStart", "Markdown", "ConversationClearSettings"), "Toggle"),
}


def published_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return ALIKE.get(name, name)
    if schema["type"] == "array":
        return f"{published_type(schema['items'])}[]"
    if "enum" in schema:
        names = (name for name, values in ENUMS.items() if {*values} == {*schema["enum"]})
        return known(names, f"write into ENUMS of simulator/chat_models.py: {schema['enum']}")
    if schema.get("format") == "date-time":
        return "datetime"
    if schema.get("pattern") == "uuid":
        return "uuid"
    return {"string": "text"}.get(schema["type"], schema["type"])


@pytest.mark.parametrize("model", [name for name in MODELS if name not in UNDESCRIBED])
def test_every_model_has_its_published_fields(model):
    ours = {}
    for field in MODELS[model].split():
        name, _, declared = field.removesuffix("?").partition(":")
        ours[name] = (declared or "text", not field.endswith("?"))
    required = {*fact("models", model).get("required", ())}
    fields = fact("models", model)["properties"]
    assert ours == {name: (published_type(field), name in required) for name, field in fields.items()}


def test_an_array_of_objects_is_looked_into():
    validator = ModelValidator("WebDeploymentConfigurationVersion")
    triggers = [{"selector": "a", "eventName": "link"}, {"selector": "a", "eventName": None}]
    with pytest.raises(ApiError) as refused:
        validator.check({"name": "Shop", "journeyEvents": {"clickEvents": triggers}})
    assert refused.value.details == [
        {"errorCode": "constraint.validation", "fieldName": "journeyEvents.clickEvents[1].eventName"}
    ]


def asked(query: str) -> Request:
    scope = {"type": "http", "method": "GET", "path": "/list", "headers": [], "query_string": query.encode()}
    return Request({**scope, "server": ("127.0.0.1", 80), "scheme": "http"})


@given(st.sets(st.text(min_size=1, max_size=4)), st.integers(1, 7))
def test_pages_hold_everything_once_in_order_both_ways(keys, size):
    entities = {key: {"id": key} for key in keys}
    in_order = [entities[key] for key in sorted(keys)]
    page = cursor_page(asked(f"pageSize={size}"), entities)
    pages = [page]
    while "nextUri" in page:
        page = cursor_page(asked(page["nextUri"].partition("?")[2]), entities)
        pages.append(page)
    assert [entity for page in pages for entity in page["entities"]] == in_order
    assert {page["total"] for page in pages} == {len(keys)}
    backwards = [page]
    while "previousUri" in page:
        page = cursor_page(asked(page["previousUri"].partition("?")[2]), entities)
        backwards.append(page)
    assert [entity for page in reversed(backwards) for entity in page["entities"]] == in_order


def test_a_page_between_two_cursors():
    entities = {key: key for key in "abcdef"}
    page = cursor_page(asked(f"after={encode_cursor('a')}&before={encode_cursor('e')}&pageSize=2"), entities)
    assert page["entities"] == ["b", "c"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_json, st.text())
def test_shuffling_changes_no_value(value, seed):
    assert json.loads(shuffled(json.dumps(value).encode(), seed)) == value


def test_shuffling_depends_on_its_seed_alone_and_leaves_what_is_no_json():
    body = json.dumps({name: {name: 1, "z": 2} for name in "abcdefgh"}).encode()
    assert shuffled(body, "1") == shuffled(body, "1") != shuffled(body, "2")
    assert (shuffled(b"<html>", "1"), shuffled(b"", "1"), shuffled(b"\xff", "1")) == (b"<html>", b"", b"\xff")


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ({"total": 3, "entities": [1, 2, 3]}, {"total": 3, "entities": [1]}),
        ({"total": 1, "entities": [1]}, {"total": 1, "entities": []}),
        ({"id": "a"}, {"id": "a"}),
        ([1, 2, 3], [1, 2, 3]),
        ({"entities": 3}, {"entities": 3}),
    ],
)
def test_only_listings_lose_entities(body, after):
    assert json.loads(without_last_entities(json.dumps(body).encode(), 2)) == after


def test_a_rule_that_omits_entities_does_nothing_else():
    assert FaultRule(omit_entities=1).describe() == "omit_entities"
    with pytest.raises(ValidationError, match="status and omit_entities"):
        FaultRule(omit_entities=1, status=404)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        FaultRule(omit_entities=0)


def test_there_is_no_other_state_of_web_chat():
    with pytest.raises(ValidationError, match="'present', 'gone' or 'not_found'"):
        Settings(webchat="forbidden")


def test_dates_follow_each_other():
    dates = Dates()
    assert [dates.next() for _ in range(61)][-2:] == ["2026-01-01T00:01:00.000Z", "2026-01-01T00:01:01.000Z"]
