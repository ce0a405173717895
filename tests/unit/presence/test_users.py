from __future__ import annotations

import json
from collections import Counter
from itertools import islice

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysNotFoundError
from airflow_provider_genesys.presence.putting import set_presences
from airflow_provider_genesys.presence.users import (
    NewPresence,
    UserPresence,
    all_in,
    any_in,
    new_presences,
    read_presences,
    users_by_definition,
)
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES

OFFLINE, ON_QUEUE, MEAL = (SYSTEM_PRESENCES[name] for name in ("Offline", "OnQueue", "Meal"))
SMOKE = "5e5c5c66-0000-4e7f-ac41-642478482900"
INBOUND, GONE, UNKNOWN = (f"{number}e5c5c66-0000-4e7f-ac41-642478482900" for number in (6, 7, 8))
DEFINITIONS = [
    {"id": SMOKE, "systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"id": INBOUND, "systemPresence": "OnQueue", "languageLabels": {"en_US": "Inbound"}},
]
DEACTIVATED = {"id": GONE, "systemPresence": "Break", "languageLabels": {"en_US": "Gone"}, "deactivated": True}
NAMES = {OFFLINE: "OFFLINE", ON_QUEUE: "ON_QUEUE", MEAL: "MEAL", SMOKE: "BREAK"}


class Directory(GenesysCloudClient):
    """A client of an organisation whose users are ``user 0`` and on; every third is smoking, the others are offline."""

    def __init__(self, users: int, *, refuse_unknown: bool = False) -> None:
        super().__init__(ClientSettings("the-id", "secret", "https://api.example.com", "https://login.example.com"))
        self.presences = {f"user {number}": OFFLINE if number % 3 else SMOKE for number in range(users)}
        self.refuse_unknown = refuse_unknown
        self.calls: list[tuple[str, list[str]]] = []
        self.bodies: list[dict] = []

    def call(self, operation, *, path_params=None, query=None, body=None):
        self.meter.add(requests=1)
        if operation == "getPresenceDefinitions":
            self.calls.append((operation, []))
            return {"entities": DEFINITIONS if query["deactivated"] == "FALSE" else [DEACTIVATED]}
        user_ids = list(query["id"]) if query else [each["id"] for each in body]
        self.calls.append((operation, user_ids))
        assert 0 < len(user_ids) <= 50
        assert len(set(user_ids)) == len(user_ids)
        known = [user_id for user_id in user_ids if user_id in self.presences]
        if operation == "putUsersPresencesBulk":
            if self.refuse_unknown and len(known) < len(user_ids):
                raise GenesysNotFoundError(404, "not.found")
            self.bodies += body
            self.presences |= {each["id"]: each["presenceDefinition"]["id"] for each in body if each["id"] in known}
            return [{"id": user_id} for user_id in known]
        assert operation == ("getUsersPresenceBulk" if path_params else "getUsersPresencesPurecloudBulk")
        if path_params and path_params["sourceId"] == "no such source":
            raise GenesysNotFoundError(404, "not.found")
        if self.refuse_unknown and len(known) < len(user_ids):
            raise GenesysNotFoundError(404, "presenceservice.usernotfound")
        return [self.entity(user_id) for user_id in reversed(known)]

    def entity(self, user_id):
        definition = {"id": self.presences[user_id], "systemPresence": NAMES[self.presences[user_id]]}
        return {"userId": user_id, "presenceDefinition": definition, "modifiedDate": "2026-01-31T08:00:00Z"}

    def iterate(self, operation, *, query):
        assert (operation, query) == ("getUsers", {"pageSize": 500})
        self.meter.add(requests=1)
        yield from ({"id": user_id} for user_id in self.presences)


def read(directory, user_ids, source_id=None):
    return read_presences(directory, user_ids, source_id)


def test_any_number_of_users_is_read_in_order_fifty_at_a_time():
    directory = Directory(1017)
    asked = [f"user {number}" for number in reversed(range(1017))]
    found = list(read(directory, iter(asked)))
    assert [each.user_id for each in found] == asked
    assert len(directory.calls) == 21
    assert found[-1] == UserPresence("user 0", SMOKE, "Break", modified="2026-01-31T08:00:00Z")
    assert Counter(each.system_presence for each in found) == {"Offline": 678, "Break": 339}


def test_reading_is_streamed():
    directory = Directory(1000)
    taken = []

    def ids():
        for number in range(1000):
            taken.append(number)
            yield f"user {number}"

    assert len(list(islice(read(directory, ids()), 60))) == 60
    assert len(directory.calls) == 2
    assert len(taken) == 100


def test_a_user_asked_for_twice_is_told_of_twice():
    found = list(read(Directory(3), ["user 1", "user 2", "user 1"]))
    assert [each.user_id for each in found] == ["user 1", "user 2", "user 1"]
    assert found[0] == found[2]


@pytest.mark.parametrize("refuse_unknown", [False, True])
def test_users_that_do_not_exist_are_missing_in_their_place(refuse_unknown):
    directory = Directory(120, refuse_unknown=refuse_unknown)
    asked = [f"user {number}" for number in range(120)]
    asked[7:7] = ["gone 1"]
    asked[80:80] = ["gone 2"]
    found = list(read(directory, asked))
    assert [each.user_id for each in found] == asked
    assert [each.user_id for each in found if each.missing] == ["gone 1", "gone 2"]
    assert all(each.definition_id for each in found if not each.missing)
    assert len(directory.calls) <= (3 + 2 * 12 if refuse_unknown else 3)


@pytest.mark.parametrize("answer", [None, {}, {"entities": None}, {"foo": []}, ["a"], [{"x": 1}], [None], "text", 5])
def test_an_answer_of_something_else_is_an_error_and_no_missing_users(answer, monkeypatch):
    directory = Directory(1)
    monkeypatch.setattr(directory, "call", lambda *_, **__: answer)
    with pytest.raises(GenesysError, match="the answer is no list of presences"):
        list(read_presences(directory, ["user 0"]))


def test_an_unknown_source_is_an_error_and_no_missing_users():
    directory = Directory(60)
    with pytest.raises(GenesysNotFoundError):
        list(read(directory, ["user 1", "user 2"], "no such source"))
    assert len(directory.calls) == 1


def test_a_source_of_one_s_own_is_read():
    directory = Directory(3)
    assert [each.definition_id for each in read(directory, ["user 1"], "a source")] == [OFFLINE]


def test_presences_are_set_fifty_at_a_time_by_id_by_kind_and_by_label():
    directory = Directory(120)
    names = [MEAL, "Meal", "Break/Smoke", SMOKE]
    new = [NewPresence(f"user {number}", names[number % 4]) for number in range(120)]
    assert set_presences(directory, new) == {"users": 120, "set": 120, "missing": [], "requests": 5}
    assert Counter(directory.presences.values()) == {MEAL: 60, SMOKE: 60}
    assert [operation for operation, _ in directory.calls] == ["getPresenceDefinitions"] * 2 + [
        "putUsersPresencesBulk"
    ] * 3


def test_ids_and_kinds_are_set_without_reading_definitions():
    directory = Directory(2)
    new = [NewPresence("user 0", MEAL, source_id="a source", message="back at 2"), NewPresence("user 1", "offline")]
    assert set_presences(directory, new)["requests"] == 1
    assert directory.bodies == [
        {
            "id": "user 0",
            "presenceDefinition": {"id": MEAL},
            "sourceId": "a source",
            "message": "back at 2",
        },
        {"id": "user 1", "presenceDefinition": {"id": OFFLINE}},
    ]


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        (ON_QUEUE, 0),
        (ON_QUEUE.upper(), 0),
        ("On Queue", 0),
        ("ON_QUEUE", 0),
        ("OnQueue/Inbound", 2),
        (INBOUND, 2),
        (INBOUND.upper(), 2),
    ],
)
def test_nobody_is_put_on_queue(name, reads):
    directory = Directory(2)
    new = [NewPresence("user 0", MEAL), NewPresence("user 1", name)]
    with pytest.raises(GenesysConfigError, match=r"no presence was set: user user 1: nobody can be put On Queue"):
        set_presences(directory, new)
    assert directory.calls == [("getPresenceDefinitions", [])] * reads


def test_ids_that_are_unknown_or_deactivated_are_told_before_anything_is_set():
    directory = Directory(3)
    new = [NewPresence("user 0", SMOKE), NewPresence("user 1", UNKNOWN), NewPresence("user 2", GONE)]
    with pytest.raises(GenesysConfigError) as caught:
        set_presences(directory, new)
    assert f"user 1: presence '{UNKNOWN}' is unknown: no definition has this id" in str(caught.value)
    assert f"user 2: presence '{GONE}' is deactivated: Break/Gone" in str(caught.value)
    assert "user 0" not in str(caught.value)
    assert not directory.bodies


def test_all_mistakes_are_told_at_once_and_nothing_is_set():
    directory = Directory(3)
    new = [
        NewPresence("user 0", "Lunch"),
        NewPresence("user 1", "Break/Smok"),
        NewPresence("user 2", MEAL),
        NewPresence("user 2", SMOKE),
    ]
    with pytest.raises(GenesysConfigError) as caught:
        set_presences(directory, new)
    message = str(caught.value)
    for part in ("user 0: presence 'Lunch'", "user 1: presence 'Break/Smok'", "did you mean Smoke", "user 2: is there"):
        assert part in message
    assert not directory.bodies


ROW = {"user_id": "user 1", "presence": "Break", "source_id": None, "message": "back at 2"}


@pytest.mark.parametrize("rows", [[ROW], (ROW,), iter([ROW]), json.dumps([ROW])])
def test_rows_become_presences_to_set(rows):
    assert new_presences(rows) == [NewPresence("user 1", "Break", None, "back at 2")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"usr_id": "u", "presence": "Break"}, "row 2: unknown key 'usr_id'; did you mean user_id"),
        ({"user_id": "u", "presense": "Break"}, "row 2: presence is missing"),
        ({"user_id": 7, "presence": "Break"}, "row 2: user_id must be text, not int '7'"),
        ({"user_id": "u", "presence": None}, "row 2: presence must be text, not nothing"),
        ({"user_id": " ", "presence": "Break"}, "row 2: user_id is empty"),
        (ROW | {"message": 2}, "row 2: message must be text, not int '2'"),
        (ROW | {7: 2}, "row 2: unknown key 7; known are user_id, presence, source_id, message"),
        ("u", "row 2: must be a mapping with user_id and presence, not str 'u'"),
        (None, "row 2: must be a mapping with user_id and presence, not nothing"),
    ],
)
def test_a_wrong_row_is_told_by_its_number(row, message):
    with pytest.raises(GenesysConfigError) as caught:
        new_presences([ROW, row])
    assert message in str(caught.value)
    assert "row 1" not in str(caught.value)


def test_all_wrong_rows_are_told_at_once_up_to_a_number():
    with pytest.raises(GenesysConfigError, match=r"presences, row 1: .*; presences, row 20: .*; and 5 more$"):
        new_presences([{"presence": "Break"}] * 25)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "must be a list of rows with user_id and presence, not nothing"),
        (ROW, "not dict"),
        (json.dumps(ROW), "not dict"),
        ("", "text, but no JSON"),
        ("[{'user_id': 'u'}]", "text, but no JSON"),
        (7, "not int '7'"),
    ],
)
def test_what_is_no_list_of_rows_is_refused(rows, message):
    with pytest.raises(GenesysConfigError, match=message):
        new_presences(rows)


@pytest.mark.parametrize(("user_id", "presence"), [(None, MEAL), ("", MEAL), ("user 1", None), ("user 1", 7)])
def test_what_is_no_text_is_a_mistake(user_id, presence):
    with pytest.raises(GenesysConfigError, match="user_id and presence must be text"):
        set_presences(Directory(2), [NewPresence(user_id, presence)])


def test_a_thousand_mistakes_make_no_endless_message():
    with pytest.raises(GenesysConfigError, match=r"user 19: .*; and 980 more$"):
        set_presences(Directory(1), [NewPresence(f"user {number}", "Lunch") for number in range(1000)])


@pytest.mark.parametrize("refuse_unknown", [False, True])
def test_users_that_do_not_exist_are_told_and_the_others_set(refuse_unknown):
    directory = Directory(70, refuse_unknown=refuse_unknown)
    users = [f"user {number}" for number in range(70)]
    users[3], users[60] = "gone 1", "gone 2"
    summary = set_presences(directory, [NewPresence(user_id, MEAL) for user_id in users])
    assert (summary["users"], summary["set"], summary["missing"]) == (70, 68, ["gone 1", "gone 2"])
    assert Counter(directory.presences.values())[MEAL] == 68


def test_when_all_of_a_batch_are_missing_nothing_is_sent_in_vain():
    directory = Directory(0, refuse_unknown=True)
    summary = set_presences(directory, [NewPresence("gone", MEAL)])
    assert summary["missing"] == ["gone"]
    assert [operation for operation, _ in directory.calls].count("putUsersPresencesBulk") == 1


def test_a_404_about_something_else_stays_one():
    class NoSuchSource(Directory):
        def call(self, operation, **arguments):
            if operation == "putUsersPresencesBulk":
                raise GenesysNotFoundError(404, "not.found")
            return super().call(operation, **arguments)

    with pytest.raises(GenesysNotFoundError):
        set_presences(NoSuchSource(2), [NewPresence("user 0", MEAL, source_id="no such source")])


def test_conditions_take_ids_and_kinds():
    directory = Directory(3)
    users = ["user 0", "user 1", "user 2"]
    assert all_in(read(directory, users), {"Offline", "Break"})
    assert all_in(read(directory, users), {OFFLINE, SMOKE})
    assert not all_in(read(directory, users), {"OFFLINE"})
    assert any_in(read(directory, users), {"break"})
    assert not any_in(read(directory, users), {"On Queue", MEAL})
    with pytest.raises(GenesysConfigError, match="Lunch"):
        all_in(read(directory, users), {"Lunch"})


def test_a_missing_user_is_in_no_presence():
    directory = Directory(2)
    assert not all_in(read(directory, ["user 1", "gone"]), SYSTEM_PRESENCES)
    assert not any_in(read(directory, ["gone"]), SYSTEM_PRESENCES)


def test_a_condition_reads_no_further_than_it_must():
    directory = Directory(1000)
    assert not all_in(read(directory, (f"user {number}" for number in range(1000))), {"Offline"})
    assert len(directory.calls) == 1


def test_users_are_counted_by_definition():
    directory = Directory(100)
    meter = Meter()
    assert users_by_definition(directory.view(meter=meter)) == {SMOKE: 34, OFFLINE: 66}
    assert meter.requests == 1 + 2  # the page of users, and 100 of them
    assert users_by_definition(directory, ["user 1", "gone"]) == {OFFLINE: 1}
