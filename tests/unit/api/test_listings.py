from __future__ import annotations

import json

import pytest
from api_world import API, SOURCES, USERS, count, tokens_sent

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError

CURSOR = Operation(
    name="getThings", method="GET", path="/api/v2/things", query=("pageSize",), paging="cursor", repeat="client"
)


def pages_of(api, *pages):
    def answer(request):
        number = int(request.params["pageNumber"])
        page = pages[min(number, len(pages)) - 1]
        return 200, {}, json.dumps(page)

    api.add_callback("GET", USERS, callback=answer)


def test_pages_are_read_to_the_last(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageNumber": n, "pageCount": 3} for n in (1, 2, 3)))
    assert [each["id"] for each in client.iterate("getUsers", query={"pageSize": 1, "state": "active"})] == [1, 2, 3]
    assert [call.request.params["pageNumber"] for call in api.calls if call.request.url.startswith(USERS)] == list(
        "123"
    )
    assert {call.request.params["state"] for call in api.calls if call.request.url.startswith(USERS)} == {"active"}


def test_pages_are_read_one_at_a_time(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageCount": 9} for n in range(9)))
    next(client.iterate("getUsers"))
    assert count(api, USERS) == 1


def test_each_page_is_shown_before_its_entities(api, client):
    pages_of(api, *({"entities": [{"id": n}], "total": 2, "pageCount": 2} for n in (1, 2)))
    seen = []
    listed = client.iterate("getUsers", on_page=lambda page: seen.append(page["total"]))
    assert [(each["id"], len(seen)) for each in listed] == [(1, 1), (2, 2)]


def test_without_a_page_count_an_empty_page_is_the_last(api, client):
    pages_of(api, {"entities": [{"id": 1}]}, {"entities": []})
    assert list(client.iterate("getUsers")) == [{"id": 1}]


@pytest.mark.parametrize("page", [{"entities": [], "pageCount": 0}, {"entities": []}])
def test_nothing_is_read_from_nothing(api, client, page):
    pages_of(api, page)
    assert list(client.iterate("getUsers")) == []


@pytest.mark.parametrize("page", [{}, {"pageCount": 1}, {"entities": None, "pageCount": 1}, {"foo": 1}])
@pytest.mark.parametrize("listing", ["getUsers", "getWebdeploymentsDeployments"])
def test_a_page_without_entities_is_an_error_and_not_an_empty_one(api, client, listing, page):
    api.get(API + OPERATIONS[listing].path, json=page)
    with pytest.raises(GenesysError, match=f"{listing}: page 1 has no entities"):
        list(client.iterate(listing))


@pytest.mark.parametrize(
    "more",
    [
        lambda n: {"pageCount": 500},
        lambda n: {"pageCount": 500, "pageNumber": n},
        lambda n: {"pageNumber": n},
        lambda n: {"total": n},
    ],
)
def test_a_server_that_repeats_a_page_is_an_error_whatever_else_is_in_it(api, client, more):
    pages_of(api, *({"entities": [{"id": 1, "name": "a"}], **more(n)} for n in (1, 2, 3)))
    read = client.iterate("getUsers")
    assert next(read) == {"id": 1, "name": "a"}
    with pytest.raises(GenesysError, match="getUsers: page 2 is page 1 again"):
        next(read)
    assert count(api, USERS) == 2


@pytest.mark.parametrize(
    ("first", "second", "is_again"),
    [
        ([{"id": 1, "name": "é"}], [{"name": "é", "id": 1}], True),
        ([{"name": "\U0001f600"}], [{"name": "\ud83d\ude00"}], True),  # in JSON's escapes they are one character
        ([{"name": "\ud83d"}], [{"name": "\ud83d"}], True),
        ([{"name": "\ud83d"}], [{"name": "\ude00"}], False),
        ([{"name": "é"}], [{"name": "e\u0301"}], False),
        ([{"n": 1}], [{"n": 1.0}], False),
        ([{"n": 1}], [{"n": True}], False),
        ([{"n": 1}], [{"n": "1"}], False),
        ([[1, 2]], [[1], 2], False),
    ],
)
def test_a_page_is_the_same_if_its_entities_have_equal_content(api, client, first, second, is_again):
    pages_of(api, *({"entities": listed, "pageCount": 2} for listed in (first, second)))
    read = client.iterate("getUsers")
    assert next(read) == first[0]
    if is_again:
        with pytest.raises(GenesysError, match="page 2 is page 1 again"):
            next(read)
    else:
        assert list(read) == second


def test_an_earlier_page_than_the_last_is_known_again(api, client):
    pages_of(api, *({"entities": [{"id": n % 3}], "pageNumber": n, "pageCount": 9} for n in range(1, 10)))
    with pytest.raises(GenesysError, match="page 4 is page 1 again"):
        list(client.iterate("getUsers"))


def test_empty_pages_are_no_repetition(api, client):
    pages_of(api, *({"entities": [{"id": n}] * (n == 4), "pageNumber": n, "pageCount": 4} for n in range(1, 5)))
    assert list(client.iterate("getUsers")) == [{"id": 4}]


@pytest.mark.parametrize("count", [None, "2", 2.5, True, [2]])
def test_a_page_count_that_is_no_number_is_an_error(api, client, count):
    pages_of(api, {"entities": [{"id": 1}], "pageCount": count})
    with pytest.raises(GenesysError, match=r"getUsers: page 1 says .* as its pageCount"):
        list(client.iterate("getUsers"))


def test_pages_without_end_are_an_error(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageCount": 99} for n in range(99)))
    with pytest.raises(GenesysError, match="more than 4 pages"):
        list(client.iterate("getUsers", max_pages=4))
    assert count(api, USERS) == 4


def test_an_operation_without_pages_gives_its_entities_or_its_bare_array(api, client):
    api.get(SOURCES, json={"entities": [{"id": 1}, {"id": 2}], "total": 2})
    assert [each["id"] for each in client.iterate("getPresenceSources")] == [1, 2]
    api.get(f"{API}/api/v2/systempresences", json=[{"name": "Away"}, {"name": "Busy"}])
    assert [each["name"] for each in client.iterate("getSystempresences")] == ["Away", "Busy"]


@pytest.mark.parametrize("answer", [{"id": 1}, {"entities": None}, {}, None, "text"])
def test_what_is_no_listing_is_an_error_and_not_an_empty_listing(api, client, answer):
    api.get(SOURCES, json=answer)
    with pytest.raises(GenesysConfigError, match="getPresenceSources is no listing"):
        list(client.iterate("getPresenceSources"))


@pytest.mark.parametrize(
    "more",
    [
        {"nextUri": "/api/v2/x?y=1"},
        {"next": "/x"},
        {"pageNumber": 1, "pageCount": 2},
        {"pageNumber": 1, "pageCount": "2"},
        {"pageNumber": "1", "pageCount": 1},
    ],
)
def test_a_listing_that_has_pages_which_the_table_does_not_know_is_not_cut_short(api, client, more):
    api.get(SOURCES, json={"entities": [{"id": 1}], **more})
    with pytest.raises(GenesysError, match="first of several pages"):
        list(client.iterate("getPresenceSources"))


def test_a_page_that_is_none_is_an_error(api, client):
    api.get(USERS, json=["a"])
    with pytest.raises(GenesysError, match="page 1 is a list and no page"):
        list(client.iterate("getUsers"))


def test_the_arguments_of_a_listing_are_checked_before_its_first_page(client):
    with pytest.raises(GenesysConfigError, match="no query parameter 'stat', did you mean 'state'"):
        client.iterate("getUsers", query={"stat": "active"})
    with pytest.raises(GenesysConfigError, match="pageNumber leads to one page"):
        client.iterate("getUsers", query={"pageNumber": 2})
    with pytest.raises(GenesysConfigError, match="deletePresenceSource is no listing: it is a DELETE"):
        client.iterate("deletePresenceSource", path_params={"sourceId": "x"})


@pytest.mark.parametrize("name", [None, True, ["getUsers"], b"getUsers"])
def test_an_operation_is_named_by_text(client, name):
    for way in (client.call, client.iterate, client.sender):
        with pytest.raises(GenesysConfigError, match="operation must be text"):
            way(name)


@pytest.mark.parametrize("wrong", [["id"], [], "id=1", "", 7, {"id"}])
def test_arguments_of_the_wrong_type_are_refused_before_anything_is_sent(api, client, wrong):
    for way in (client.call, client.iterate):
        with pytest.raises(GenesysConfigError, match=r"getUsers: query must be a mapping .* It takes: "):
            way("getUsers", query=wrong)
        with pytest.raises(GenesysConfigError, match="getPresenceSource: path_params must be a mapping"):
            way("getPresenceSource", path_params=wrong)
    assert len(api.calls) == 0


def test_the_pages_of_a_listing_are_counted_and_waited_for(api, client, clock):
    answers = iter(
        [(429, {"Retry-After": "3"}, "{}"), *((200, {}, json.dumps({"entities": [n], "pageCount": 3})) for n in "abc")]
    )
    api.add_callback("GET", USERS, callback=lambda request: next(answers))
    meter, reasons = Meter(), []

    def wait(seconds, reason):
        reasons.append(reason)
        clock.wait(seconds, reason)

    assert list(client.view(wait=wait, meter=meter).iterate("getUsers")) == ["a", "b", "c"]
    assert (meter.requests, meter.throttled) == (4, 1)
    assert any("rate limited" in reason for reason in reasons)


def test_the_listings_of_a_guest_take_the_guests_token(api, client):
    url = f"{API}/api/v2/webchat/guest/conversations/c/members"
    api.get(url, json={"entities": [{"id": 1}], "pageCount": 1})
    listing = client.iterate(
        "getWebchatGuestConversationMembers", path_params={"conversationId": "c"}, guest_token="guest-1"
    )
    assert list(listing) == [{"id": 1}]
    assert tokens_sent(api, url) == ["Bearer guest-1"]


def cursor_pages(api, links):
    def answer(request):
        after = request.params.get("after", "")
        following = links.get(after)
        return 200, {}, json.dumps({"entities": [{"id": after}], **({"nextUri": following} if following else {})})

    api.add_callback("GET", f"{API}/api/v2/things", callback=answer)


def test_cursors_are_followed_relative_or_absolute(api, client):
    links = {"": "/api/v2/things?pageSize=2&after=b", "b": f"{API}/api/v2/things?after=c%2F"}
    cursor_pages(api, links)
    assert [each["id"] for each in client.iterate(CURSOR, query={"pageSize": 2})] == ["", "b", "c/"]


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("https://evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("//evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("https://api.example.com:8443/api/v2/things?after=b", "https://api.example.com:8443"),
        ("http://api.example.com/api/v2/things?after=b", "http://api.example.com:80"),
        ("https://api.example.com@evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("javascript:alert?after=b", "javascript://None"),
    ],
)
def test_a_cursor_to_another_host_is_refused_and_gets_no_token(api, client, link, there):
    cursor_pages(api, {"": link})
    with pytest.raises(GenesysError) as caught:
        list(client.iterate(CURSOR))
    assert str(caught.value) == (
        f"getThings: the next page is on {there}, not on https://api.example.com:443; not followed"
    )
    assert count(api, "http") == 1 + 1, "the token and the first page"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("http://[bad", "getThings: the link to the next page is broken: Invalid IPv6 URL"),
        ("https://api.example.com:x/?after=b", "getThings: the link to the next page is broken: Port could not"),
        ("/api/v2/things", "getThings: the link to the next page says nothing"),
        ("/api/v2/things?after=", "getThings: the link to the next page says nothing"),
        (7, "getThings: the link to the next page is a int"),
        ({"after": "b"}, "getThings: the link to the next page is a dict"),
    ],
)
def test_a_link_that_is_none_is_an_error(api, client, link, message):
    cursor_pages(api, {"": link})
    with pytest.raises(GenesysError) as caught:
        list(client.iterate(CURSOR))
    assert str(caught.value).startswith(message)


def test_a_server_that_repeats_a_page_under_ever_new_cursors_is_an_error(api, client):
    cursors = iter(range(99))
    api.add_callback(
        "GET",
        f"{API}/api/v2/things",
        callback=lambda request: (
            200,
            {},
            json.dumps({"entities": [{"id": 1}], "nextUri": f"/api/v2/things?after={next(cursors)}"}),
        ),
    )
    with pytest.raises(GenesysError, match="getThings: page 2 is page 1 again"):
        list(client.iterate(CURSOR))


def test_a_cursor_that_leads_back_is_an_error(api, client):
    cursor_pages(api, {"": "/api/v2/things?after=b", "b": "/api/v2/things?after=c", "c": "/api/v2/things?after=b"})
    with pytest.raises(GenesysError, match="leads back"):
        list(client.iterate(CURSOR))


MESSAGES = "getWebchatGuestConversationMessages"
CHAT = {"path_params": {"conversationId": "c"}, "guest_token": "guest-1"}


def message_pages(api, links, **more):
    def answer(request):
        after = request.params.get("after", "")
        following = links.get(after)
        page = {"entities": [{"id": after}], **({"next": following} if following else {}), **more}
        return 200, {}, json.dumps(page)

    api.add_callback("GET", f"{API}/api/v2/webchat/guest/conversations/c/messages", callback=answer)


def test_the_messages_of_a_chat_go_on_where_next_says(api, client):
    message_pages(api, {"": "/api/v2/x?after=b&maxResults=1", "b": f"{API}/api/v2/x?after=c"})
    assert [each["id"] for each in client.iterate(MESSAGES, **CHAT, query={"maxResults": 1})] == ["", "b", "c"]
    assert {call.request.params["maxResults"] for call in api.calls} == {"1"}
    assert set(tokens_sent(api, API)) == {"Bearer guest-1"}


@pytest.mark.parametrize("following", ["0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f01", 7, "https://evil.invalid/?after=b"])
def test_the_messages_of_a_chat_are_not_cut_short_where_next_is_no_such_link(api, client, following):
    message_pages(api, {"": following})
    with pytest.raises(GenesysError, match=f"{MESSAGES}: the (link to the )?next page"):
        list(client.iterate(MESSAGES, **CHAT))


def test_the_messages_of_a_chat_begin_with_the_first_unless_others_are_asked_for(api, client):
    message_pages(api, {}, previousPage="/api/v2/x?before=b")
    with pytest.raises(GenesysError, match="first page has others before it"):
        list(client.iterate(MESSAGES, **CHAT))
    assert list(client.iterate(MESSAGES, **CHAT, query={"after": "b"})) == [{"id": "b"}]
