from __future__ import annotations

import pickle
import threading
import time

import pytest

from airflow_provider_genesys.exceptions import GenesysServerError
from airflow_provider_genesys.presence.resolve import PresenceResolver, UnresolvedPresenceError
from airflow_provider_genesys.presence.state import Definition
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES

DEFINITIONS = [
    Definition(SYSTEM_PRESENCES["Break"], "Break", {"en_US": "Break"}, type="System"),
    Definition("smoke", "Break", {"en_US": "Smoke", "de": "Raucherpause"}),
    Definition("tea", "Break", {"en_US": "Tea  break", "fr": "Thé"}),
    Definition("quiet", "Break", {"en_US": "Quiet"}, deactivated=True),
    Definition("desk-1", "Busy", {"en_US": "Desk"}, division="north"),
    Definition("desk-2", "Busy", {"en": "desk", "de": "Tisch"}, division="south"),
    Definition("a/b", "OnQueue", {"en_US": "In/Out"}),
    Definition("old-tea", "Break", {"en_US": "Tea break"}, deactivated=True),
]


class Reader:
    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> list[Definition]:
        self.reads += 1
        return DEFINITIONS


@pytest.fixture
def reader():
    return Reader()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Break/Smoke", "smoke"),
        ("Break/Raucherpause", "smoke"),
        ("BREAK/ smoke ", "smoke"),
        ("Break/tea break", "tea"),  # the deactivated one of the same name is no other candidate
        ("Break/THÉ", "tea"),
        ("On Queue/In/Out", "a/b"),
        ("ON_QUEUE/in/out", "a/b"),
        ("Busy/Tisch", "desk-2"),
        ("Break/Break", SYSTEM_PRESENCES["Break"]),
    ],
)
def test_a_label_in_any_language_and_spelling_names_a_definition(reader, name, expected):
    assert PresenceResolver(reader)(name) == expected


def test_system_presences_and_ids_need_no_read(reader):
    resolve = PresenceResolver(reader)
    assert resolve("On Queue") == resolve("ON_QUEUE") == SYSTEM_PRESENCES["OnQueue"]
    assert resolve("0F2B7C1E-1111-4222-8333-444455556666") == "0F2B7C1E-1111-4222-8333-444455556666"
    assert reader.reads == 0


def test_the_definitions_are_read_once_for_all_names(reader):
    resolve = PresenceResolver(reader)
    for name in ("Break/Smoke", "Break/Thé", "Break/Smoke", "Busy/Tisch"):
        resolve(name)
    for _ in range(3):
        with pytest.raises(UnresolvedPresenceError):
            resolve("Break/No such")
    assert reader.reads == 1


def test_many_threads_read_once(reader):
    start = threading.Barrier(8, timeout=10)

    def read():
        time.sleep(0.1)  # long enough for all threads to find nothing read yet
        return reader()

    resolve = PresenceResolver(read)
    answers = []

    def ask():
        start.wait()
        answers.append(resolve("Busy/tisch"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == ["desk-2"] * 8
    assert reader.reads == 1


def test_what_a_definition_is_a_kind_of(reader):
    resolve = PresenceResolver(reader)
    assert resolve.system_presence(SYSTEM_PRESENCES["OnQueue"].upper()) == "OnQueue"
    assert reader.reads == 0
    assert [resolve.system_presence(each) for each in ("a/b", "DESK-1", "tea")] == ["OnQueue", "Busy", "Break"]
    for wrong, message in (("none", "no definition has this id"), ("quiet", "'quiet' is deactivated: Break/Quiet")):
        with pytest.raises(UnresolvedPresenceError, match=message):
            resolve.system_presence(wrong)
    assert reader.reads == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Break/Smok", "presence 'Break/Smok' is unknown; did you mean Smoke?"),
        ("Break/Zzzzzz", "is unknown; known are Break, Raucherpause, Smoke, Tea  break, Thé"),
        ("Away/Smoke", "presence 'Away/Smoke' is unknown: it has no definitions"),
        ("Brake/Smoke", "'Brake' is no system presence; did you mean Break"),
        ("", "'' is no system presence"),
        ("Break/", "presence 'Break/': its label, which stands behind the slash, is empty"),
        ("Break/Quiet", r"is deactivated: quiet \(Break/Quiet, division \*\)"),
        ("Busy/DESK", r"is ambiguous, use one of the ids: desk-1 .*north\), desk-2 .*south\)"),
    ],
)
def test_what_cannot_be_resolved_says_why(reader, name, message):
    with pytest.raises(UnresolvedPresenceError, match=message) as caught:
        PresenceResolver(reader)(name)
    assert isinstance(caught.value, LookupError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_failed_read_leaves_unchanged_and_is_tried_again():
    answers = [GenesysServerError(503), DEFINITIONS]

    def read():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    resolve = PresenceResolver(read)
    with pytest.raises(GenesysServerError):
        resolve("Break/Smoke")
    assert resolve("Break/Smoke") == "smoke"
