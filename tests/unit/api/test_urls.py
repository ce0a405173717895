from __future__ import annotations

import math
import re
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.api.operations.row import QUERY_KINDS
from airflow_provider_genesys.api.urls import body_of, check, check_number, path_of, pieces, query_of
from airflow_provider_genesys.exceptions import GenesysConfigError

GET = Operation(name="getThing", method="GET", path="/api/v2/things/{thingId}/parts/{part}", query=("expand", "state"))
PUT = Operation(name="putThing", method="PUT", path="/api/v2/things/{thingId}")
TYPING = Operation(name="postTyping", method="POST", path="/api/v2/typing", bodiless=True, authentication="guest")
BULK = Operation(
    name="getBulk",
    method="GET",
    path="/api/v2/bulk",
    query=("userId", "expand"),
    required_query=("userId",),
    comma_lists=("userId",),
)
TAKES = "It takes: path_params thingId, part; query expand, state; body none"
GUID = "6a3af858-942f-489d-9700-5f9bcdcdae9b"


def refusal(operation, **arguments):
    with pytest.raises(GenesysConfigError) as caught:
        check(operation, **arguments)
    return str(caught.value)


def test_path_values_are_encoded():
    assert path_of(GET, {"thingId": "a/b?c d", "part": 7}) == "/api/v2/things/a%2Fb%3Fc%20d/parts/7"
    assert path_of(GET, {"thingId": "50%/é#", "part": UUID(GUID)}) == f"/api/v2/things/50%25%2F%C3%A9%23/parts/{GUID}"


@given(thing=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_arrives_in_its_place_of_the_path(thing):
    if thing.strip() in {"", ".", "..", "None"}:
        assert "cannot be" in refusal(GET, path_params={"thingId": thing, "part": "p"})
        return
    sent = requests.Request("GET", f"https://h{path_of(GET, {'thingId': thing, 'part': 'p'})}").prepare().url
    address = urlsplit(sent)
    assert (address.netloc, address.query, address.fragment) == ("h", "", "")
    assert [unquote(part) for part in address.path.split("/")] == ["", "api", "v2", "things", thing, "parts", "p"]


@given(
    state=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    expand=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1),
)
def test_any_text_and_any_list_arrive_in_the_query(state, expand):
    query = query_of(GET, {"state": state, "expand": expand})
    address = urlsplit(requests.Request("GET", "https://h/p", params=query).prepare().url)
    assert (address.netloc, address.path, address.fragment) == ("h", "/p", "")
    assert parse_qsl(address.query) == [("state", state), *(("expand", each) for each in expand)]


@pytest.mark.parametrize("value", ["", " ", ".", "..", "None", None, [], ["a"], {}, True, 1.5, b"a", "\ud800"])
def test_a_path_value_that_leads_elsewhere_is_refused(value):
    told = refusal(GET, path_params={"thingId": value, "part": 1})
    assert told.startswith("getThing: path parameter 'thingId' ")
    assert told.endswith(TAKES)
    with pytest.raises(GenesysConfigError, match="thingId"):
        path_of(GET, {"thingId": value, "part": 1})


def test_all_mistakes_are_told_at_once_with_what_there_is():
    assert refusal(GET, path_params={"thingID": 1}, query={"expnd": 1, "zzz": 2}, body={}, guest_token="t") == (
        "getThing: there is no path parameter 'thingID', did you mean 'thingId'?; path parameter 'thingId' is missing; "
        "path parameter 'part' is missing; there is no query parameter 'expnd', did you mean 'expand'?; there is no "
        "query parameter 'zzz'; a body is given, and it takes none; guest_token is given, and it is no operation of a "
        f"guest's. {TAKES}"
    )
    assert refusal(TYPING) == (
        "postTyping: guest_token is missing, the token of a guest's chat. "
        "It takes: path_params none; query none; body none"
    )
    with pytest.raises(GenesysConfigError, match="no query parameter 'expnd', did you mean 'expand'"):
        query_of(GET, {"expnd": 1})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "is an empty list"),
        ((), "is an empty list"),
        ({"a": 1}, "must be text, a number, a bool or a list of those, not dict"),
        ([None], "not nothing"),
        ([["a"]], "not list"),
        (b"a", "not bytes"),
        ("\ud800", "cannot be"),
        (["\ud800"], "cannot be"),
    ],
)
def test_a_query_value_that_would_be_lost_or_mangled_is_refused(value, message):
    told = refusal(GET, path_params={"thingId": 1, "part": 1}, query={"state": value})
    assert told.startswith("getThing: query parameter 'state' ")
    assert message in told


@pytest.mark.parametrize(
    ("name", "values", "wanted"),
    [
        (
            "pageSize",
            [True, False, "True", "25.0", "-1", "", 0, -1, 2.5, 25.0, math.nan],
            "a whole number above 0",
        ),
        ("pageNumber", [True, "first", 0], "a whole number above 0"),
        ("maxResults", [True, "all"], "a whole number above 0"),
        ("showOnlyPublished", [1, 0, "yes", "", 1.0], "True or False"),
        ("deactivated", [1, 0, 1.5], "text, True or False"),
        ("state", [True, False], "text"),
        ("expand", [True, ["a", False]], "text"),
    ],
)
def test_a_query_value_of_another_kind_is_refused(name, values, wanted):
    operation = Operation(name="getThings", method="GET", path="/api/v2/things", query=(name,))
    for value in values:
        told = refusal(operation, query={name: value})
        assert told.startswith(f"getThings: query parameter {name!r} must be {wanted}, not "), value


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": 25, "pageNumber": "3", "maxResults": 100},
        {"showOnlyPublished": True, "includeDuplicates": "false", "excludeDisconnectedMembers": "TRUE"},
        {"deactivated": True, "deleted": "ALL"},
        {"id": [GUID, UUID(GUID), 7], "state": "active", "expand": "a"},
        {"pageSize": None, "showOnlyPublished": None, "deactivated": None, "state": None},
    ],
)
def test_a_query_value_of_the_right_kind_is_taken(query):
    check(Operation(name="getThings", method="GET", path="/api/v2/things", query=tuple(query)), query=query)


def test_the_kind_of_each_query_parameter_is_known():
    assert {name for row in OPERATIONS.values() for name in row.query} == {*QUERY_KINDS}


@pytest.mark.parametrize("query", [None, {}, {"userId": None}, {"expand": "x"}])
def test_a_query_parameter_that_is_needed_is_missed(query):
    assert refusal(BULK, query=query) == (
        "getBulk: query parameter 'userId' is missing. "
        "It takes: path_params none; query userId (needed), expand; body none"
    )
    with pytest.raises(GenesysConfigError, match="'userId' is missing"):
        query_of(BULK, query or {})


def test_a_comma_in_a_list_that_is_sent_with_commas_is_refused():
    told = refusal(BULK, query={"userId": ["a", "b,c"]})
    assert "query parameter 'userId' cannot have 'b,c' in its list" in told
    check(BULK, query={"userId": ["a", "b"], "expand": ["a,b"]})
    assert query_of(BULK, {"userId": ("a", 2)}) == {"userId": "a,2"}
    assert query_of(BULK, {"userId": "a,b"}) == {"userId": "a,b"}, "as the API spells it"


def test_query_values_are_spelled_as_the_api_does():
    listing = Operation(name="getThings", method="GET", path="/api/v2/things", query=("expand", "deactivated", "more"))
    assert query_of(listing, {"more": ["a", True], "deactivated": None}) == {"more": ["a", "true"]}
    assert query_of(listing, {"expand": ("a", 2), "deactivated": False}) == {"expand": ["a", 2], "deactivated": "false"}


def test_a_body_is_there_exactly_where_one_is_taken():
    check(PUT, path_params={"thingId": 1}, body={})
    check(PUT, path_params={"thingId": 1}, body=[])
    check(PUT, path_params={"thingId": 1}, body=b"")
    assert "the body is missing" in refusal(PUT, path_params={"thingId": 1})
    assert "It takes: path_params thingId; query none; body yes" in refusal(PUT, path_params={"thingId": 1})
    assert "the body is text" in refusal(PUT, path_params={"thingId": 1}, body='{"a": 1}')
    check(TYPING, guest_token="t")
    assert "takes none" in refusal(TYPING, body={}, guest_token="t")


def test_a_body_is_sent_as_compact_json():
    assert body_of(PUT, {"a": ["é", 1, None]}) == '{"a":["é",1,null]}'.encode()
    assert body_of(PUT, b"as it is") == b"as it is"


@pytest.mark.parametrize("body", [{"a": {1, 2}}, {"a": math.nan}, {"a": "\ud800"}, {"a": object()}])
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(GenesysConfigError, match="putThing: the body cannot be written as JSON"):
        body_of(PUT, body)


@pytest.mark.parametrize("row", sorted(set(OPERATIONS.values()), key=lambda row: row.name), ids=lambda row: row.name)
def test_every_operation_refuses_what_it_does_not_take_and_tells_what_it_does(row):
    names = re.findall(r"{(\w+)}", row.path)
    told = refusal(row, path_params={"nonsense": 1}, query={"nonsense": 1})
    assert told.startswith(f"{row.name}: there is no path parameter 'nonsense'")
    assert "there is no query parameter 'nonsense'" in told
    assert all(f"path parameter {name!r} is missing" in told for name in names)
    assert ("the body is missing" in told) == row.needs_body
    assert all(f"query parameter {name!r} is missing" in told for name in row.required_query)
    told = told.replace(" (needed)", "")
    assert f"path_params {', '.join(names) or 'none'}; query {', '.join(row.query) or 'none'}" in told
    check(
        row,
        path_params=dict.fromkeys(names, GUID),
        query={name: {"number": "7", "switch": True}.get(QUERY_KINDS[name], "x") for name in row.query},
        body={} if row.needs_body else None,
        guest_token="t" if row.authentication == "guest" else None,
    )


FEW = Operation(name="getFew", method="GET", path="/api/v2/few", query=("id", "expand"), ids="id", most=3)
SOME = Operation(name="putSome", method="PUT", path="/api/v2/some", most=3)


@pytest.mark.parametrize(
    ("ids", "number"),
    [
        (["a", "b", "c", "d"], 4),
        (("a", "b", "c", "d"), 4),
        ({"a", "b", "c", "d"}, 4),
        ("a,b, c,d", 4),
        (["a,b", "c", UUID(GUID)], 4),
        (["a", "a", "a", "a"], 4),
    ],
)
def test_more_ids_than_one_request_takes_are_refused(ids, number):
    with pytest.raises(GenesysConfigError) as caught:
        check_number(FEW, query={"id": ids, "expand": ["1", "2", "3", "4"]})
    assert str(caught.value) == (
        f"getFew: {number} values of 'id', of which one request takes 3; iterate (GenesysCloudApiOperator: "
        "all_pages=True) reads any number with several requests"
    )


@pytest.mark.parametrize("ids", [None, "a", 7, "a,b,c", ["a", "b", "c"], UUID(GUID)])
def test_as_many_ids_as_one_request_takes_are_sent_as_they_are(ids):
    query = {"id": ids, "expand": ["1", "2", "3", "4"]}
    check_number(FEW, query=query)
    assert pieces(FEW, query) == [query]
    assert pieces(FEW, {}) == [{}]
    assert pieces(GET, {"state": ["a"] * 9}) == [{"state": ["a"] * 9}]


@given(ids=st.lists(st.uuids(), min_size=1, max_size=20), as_text=st.booleans())
def test_pieces_hold_all_ids_once_and_in_order(ids, as_text):
    cut = pieces(FEW, {"id": ",".join(map(str, ids)) if as_text else ids, "expand": "x"})
    for piece in cut:
        check_number(FEW, query=piece)
        assert piece["expand"] == "x"
    if len(ids) > 3:
        together = [str(each) for piece in cut for each in piece["id"]]
        assert together == list(dict.fromkeys(map(str, ids)))
    else:
        assert len(cut) == 1


@pytest.mark.parametrize(
    ("body", "number"), [([{}] * 4, 4), ({"a": [1, 2], "b": [3, 4], "c": "text"}, 4), (({}, {}, {}, {}), 4)]
)
def test_more_things_than_one_body_takes_are_refused(body, number):
    with pytest.raises(GenesysConfigError, match=f"putSome: {number} things in its body, of which one request takes 3"):
        check_number(SOME, body=body)


@pytest.mark.parametrize("body", [None, {}, [], [{}] * 3, {"a": [1], "b": [2, 3]}, b"[1,2,3,4]", 7])
def test_as_many_things_as_one_body_takes_are_sent(body):
    check_number(SOME, body=body)
    check_number(PUT, body=[{}] * 1000)


def test_the_limits_are_those_of_the_documents():
    assert {row.name: (row.ids, row.most) for row in OPERATIONS.values() if row.most} == {
        "getUsersPresencesPurecloudBulk": ("id", 50),
        "getUsersPresenceBulk": ("id", 50),
        "putUsersPresencesBulk": (None, 50),
        "getAgentsPresencesUsers": ("userId", 50),
        "postEventsConversations": (None, 100),
        "postEventsUsersPresence": (None, 100),
        "postEventsUsersRoutingstatus": (None, 100),
    }
    assert all(row.ids in row.query for row in OPERATIONS.values() if row.ids)
