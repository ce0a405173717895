"""One lane against a server that is a function: every way that a body can fare."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.events.batching import Body
from airflow_provider_genesys.events.dead_letters import DeadLetters
from airflow_provider_genesys.events.delivery import FUSE, BlownFuseError, Fuse, Lane, StoppedError
from airflow_provider_genesys.events.ledger import Ledger, open_ledger
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Unsendable
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysError,
    GenesysLedgerError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)
from airflow_provider_genesys.files.ownership import Owner

STREAM = STREAMS["user_presences"]
CLIENT = GenesysCloudClient(ClientSettings("the-id", "secret", "https://api.example.com", "https://login.example.com"))


def event(number: int) -> Event:
    event_id = f"{number:08}-942f-489d-9700-5f9bcdcdae9b"
    return Event(number, "userPresence", json.dumps({"eventId": event_id}).encode(), event_id, "u", "f", number + 1)


class World:
    """A lane, its ledger, and a server given as a function of the numbers of the events sent."""

    def __init__(self, folder: Path, answer: Callable[[list[int]], Any], *, resend: bool = True) -> None:
        owner = Owner(folder / "owner.json", "key", 1)
        owner.take()
        self.folder = folder
        self.ledger: Ledger = open_ledger(folder, owner, STREAM.name, 1, [])
        self.sent: list[list[int]] = []
        self.waits: list[float] = []
        self.written_before_sending: list[dict[str, Any]] = []
        self.correlation_id: str | None = "corr"
        self._answer = answer
        self.fuse = Fuse()
        self.lane = Lane(
            0,
            self,
            ledger=self.ledger,
            dead_letters=DeadLetters(folder, STREAM, "all"),
            fuse=self.fuse,
            client=CLIENT,
            max_attempts=4,
            resend=resend,
        )

    def send(self, body: bytes) -> Any:
        numbers = [int(row["eventId"][:8]) for row in json.loads(body)["userPresenceEvents"]]
        self.sent.append(numbers)
        if (self.folder / "ledger.json").exists():
            self.written_before_sending.append(self.row())
        answer = self._answer(numbers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def await_turn(self, pause: float, reason: str) -> None:
        self.waits.append(pause)

    def row(self) -> dict[str, Any]:
        return json.loads((self.folder / "ledger.json").read_text())["lanes"][0]

    def counts(self) -> dict[str, int]:
        return {fate: count for fate, count in self.ledger.counts.items() if count}

    def letters(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / "dead-letters").glob("*.jsonl"))
        return [json.loads(line)["dead_letter"] for file in files for line in file.read_text().splitlines()]


def errors(numbers: list[int], *, retryable: bool | None) -> dict[str, Any]:
    rows = [{"eventId": event(number).event_id.upper(), "message": f"no user {number}"} for number in numbers]
    return {"errors": rows if retryable is None else [row | {"retryable": retryable} for row in rows]}


def deliver(world: World, count: int = 10) -> None:
    world.lane.deliver(Body([event(number) for number in range(count)]))


@pytest.mark.parametrize("answer", [None, {}, {"errors": []}, {"errors": None}, {"errors": [None]}])
def test_all_accepted(tmp_path: Path, answer: Any) -> None:
    world = World(tmp_path, lambda numbers: answer)
    deliver(world)
    assert world.counts() == {"accepted": 10}
    assert world.row() == {"next": 10, "open": [], "sent": 0, "seq": 0, "counts": [10, 0, 0, 0, 0]}
    assert (world.lane.settled, world.fuse.proven) == (10, True)


@pytest.mark.parametrize("retryable", [False, None])
def test_final_partial_errors_become_dead_letters(tmp_path: Path, retryable: bool | None) -> None:
    world = World(tmp_path, lambda numbers: errors([2, 5], retryable=retryable))
    deliver(world)
    assert world.counts() == {"accepted": 8, "rejected": 2}
    assert [(row["fate"], row["reason"], row["message"], row["attempts"]) for row in world.letters()] == [
        ("rejected", "no user ...", "no user 2", 1),
        ("rejected", "no user ...", "no user 5", 1),
    ]
    (reason,) = world.ledger.commonest()
    assert (reason.words, reason.count, len(reason.alike)) == ("no user 2", 2, 2)
    assert {row["correlation_id"] for row in world.letters()} == {"corr"}


def test_retryable_partial_errors_go_again_alone(tmp_path: Path) -> None:
    tries: Counter[int] = Counter()

    def answer(numbers: list[int]) -> Any:
        tries.update(numbers)
        return errors([n for n in numbers if n in (2, 5) and tries[n] < 3], retryable=True)

    world = World(tmp_path, answer)
    deliver(world)
    assert world.sent == [list(range(10)), [2, 5], [2, 5]]
    assert world.counts() == {"accepted": 10}
    assert world.written_before_sending[0]["open"] == [2, 3]
    assert world.waits[0] > 0
    assert world.waits[1] > world.waits[0] / 2


def test_retryable_for_ever_is_rejected_when_out_of_attempts(tmp_path: Path) -> None:
    world = World(tmp_path, lambda numbers: errors([n for n in numbers if n == 3], retryable=True))
    deliver(world)
    assert world.sent == [list(range(10)), [3], [3], [3]]
    assert world.counts() == {"accepted": 9, "rejected": 1}
    assert world.letters()[0]["attempts"] == 4


def refusing(bad: set[int], status: int = 400) -> Callable[[list[int]], Any]:
    return lambda numbers: GenesysApiError(status, "invalid.value", "bad") if bad & set(numbers) else {}


def test_one_bad_event_among_100_costs_at_most_14_extra_requests(tmp_path: Path) -> None:
    for bad in (0, 1, 12, 24, 25, 49, 50, 63, 98, 99):
        world = World(tmp_path / str(bad), refusing({bad}))
        deliver(world, 100)
        assert world.counts() == {"accepted": 99, "rejected": 1}
        assert len(world.sent) - 1 <= 14
        assert world.letters()[0]["reason"] == "invalid.value"
        # The key's order: halves are sent first half first.
        accepted = [n for numbers in world.sent if bad not in numbers for n in numbers]
        assert accepted == sorted(accepted)


def test_413_is_halved_too(tmp_path: Path) -> None:
    world = World(
        tmp_path, lambda numbers: GenesysApiError(413, "request.entity.too.large") if len(numbers) > 3 else {}
    )
    deliver(world)
    assert world.counts() == {"accepted": 10}
    assert [n for numbers in world.sent if len(numbers) <= 3 for n in numbers] == list(range(10))


def test_409_is_repeated_once_then_halved(tmp_path: Path) -> None:
    world = World(tmp_path, refusing({7}, 409))
    deliver(world)
    assert world.sent[:3] == [list(range(10)), list(range(10)), list(range(5))]
    assert world.counts() == {"accepted": 9, "rejected": 1}


def test_a_body_bad_as_a_whole_blows_the_fuse_and_leaves_it_pending(tmp_path: Path) -> None:
    world = World(tmp_path, refusing(set(range(100))))
    with pytest.raises(BlownFuseError, match=r"invalid\.value"):
        deliver(world, 100)
    assert len(world.sent) == FUSE
    assert world.counts() == {}
    assert world.letters() == []
    assert not (tmp_path / "ledger.json").exists()


def test_the_fuse_counts_only_refusals_running(tmp_path: Path) -> None:
    world = World(tmp_path, refusing(set(range(0, 100, 9))))
    deliver(world, 100)
    assert world.counts() == {"accepted": 88, "rejected": 12}
    assert len(world.sent) > FUSE


def test_answers_that_accept_nothing_blow_the_fuse_too(tmp_path: Path) -> None:
    world = World(tmp_path, lambda numbers: errors(numbers, retryable=False))
    bodies = [Body([event(number)]) for number in range(FUSE + 1)]
    for body in bodies[: FUSE - 1]:
        world.lane.deliver(body)
    with pytest.raises(BlownFuseError, match="no user 24"):
        world.lane.deliver(bodies[FUSE - 1])
    # What the server said of single events stands.
    assert world.counts() == {"rejected": FUSE}
    assert len(world.letters()) == FUSE


def test_until_an_event_is_accepted_all_lanes_have_one_fuse() -> None:
    refusal = GenesysApiError(400)
    fuse = Fuse()
    for lane in range(FUSE - 1):
        fuse.refused(lane, refusal)
    with pytest.raises(BlownFuseError):
        fuse.refused(FUSE, refusal)
    fuse.accepted()
    for lane in range(FUSE * 2):
        fuse.refused(lane, refusal)


def test_errors_without_a_known_id_are_found_by_halving(tmp_path: Path) -> None:
    def answer(numbers: list[int]) -> Any:
        return {"errors": [{"message": "one is odd"}]} if 4 in numbers else {}

    world = World(tmp_path, answer)
    deliver(world)
    assert world.counts() == {"accepted": 9, "rejected": 1}
    (letter,) = world.letters()
    assert letter["message"].startswith("one is odd (an earlier request with this event had no clear answer")
    assert letter["reason"].endswith("(after a lost answer)")


LOST = [
    GenesysTransportError("reset", sent=None),
    GenesysTransportError("cut off", sent=True),
    GenesysServerError(502),
    GenesysServerError(503),
    GenesysServerError(504),
    GenesysServerError(408),
]
# What the API does not answer.
UNCLEAR: list[Any] = [False, [], "", *({"errors": each} for each in (False, 0, "", {}, ["all"], [[]]))]


@pytest.mark.parametrize("failure", [*LOST, *UNCLEAR], ids=repr)
def test_a_lost_answer_is_sent_again_with_the_same_events(tmp_path: Path, failure: Any) -> None:
    answers = [failure, failure, {}]
    world = World(tmp_path, lambda numbers: answers.pop(0))
    deliver(world)
    assert world.sent == [list(range(10))] * 3
    assert world.counts() == {"accepted": 10}


def test_a_rejection_after_a_lost_answer_says_so(tmp_path: Path) -> None:
    answers = [GenesysTransportError("reset", sent=None), errors([3], retryable=False)]
    world = World(tmp_path, lambda numbers: answers.pop(0))
    deliver(world)
    (letter,) = world.letters()
    assert (letter["reason"], letter["attempts"]) == ("no user ... (after a lost answer)", 2)
    assert "may have arrived" in letter["message"]


def test_out_of_attempts_it_is_pending(tmp_path: Path) -> None:
    world = World(tmp_path, lambda numbers: GenesysTransportError("reset", sent=None))
    with pytest.raises(GenesysTransportError):
        deliver(world)
    assert len(world.sent) == 4
    assert world.counts() == {}


@pytest.mark.parametrize(
    "failure",
    [
        GenesysTransportError("refused", sent=False),
        GenesysServerError(500),
        GenesysPermissionError(403),
        GenesysAuthError(400, "invalid_client"),
        GenesysRateLimitError(400, "invalid_request"),
        GenesysApiError(404),
        GenesysApiError(415),
    ],
)
def test_what_ends_it_at_once(tmp_path: Path, failure: GenesysError) -> None:
    world = World(tmp_path, lambda numbers: failure)
    with pytest.raises(type(failure)):
        deliver(world)
    assert len(world.sent) == 1
    assert world.counts() == {}


@pytest.mark.parametrize("failure", [*LOST, *UNCLEAR, GenesysServerError(500)], ids=repr)
def test_never_sent_twice(tmp_path: Path, failure: Any) -> None:
    world = World(tmp_path, lambda numbers: failure, resend=False)
    deliver(world)
    assert world.sent == [list(range(10))]
    assert world.counts() == {"unknown": 10}
    assert {row["reason"] for row in world.letters()} == {"answer_lost"}


def test_what_is_on_its_way_is_written_before_it_goes(tmp_path: Path) -> None:
    world = World(tmp_path, refusing({1}), resend=False)
    deliver(world, 4)
    assert world.sent == [[0, 1, 2, 3], [0, 1], [0], [1], [2, 3]]
    on_their_way = [(row["sent"], row["open"]) for row in world.written_before_sending]
    assert [sent for sent, _ in on_their_way] == [4, 2, 1, 1, 2]
    assert on_their_way[0][1] == [0, 1, 1, 1]
    assert {row["next"] for row in world.written_before_sending} == {4}
    assert world.counts() == {"accepted": 3, "rejected": 1}


@pytest.mark.parametrize(
    "failure", [GenesysTransportError("refused", sent=False), GenesysPermissionError(403), StoppedError()]
)
def test_what_certainly_did_not_arrive_is_not_left_as_on_its_way(tmp_path: Path, failure: Exception) -> None:
    world = World(tmp_path, lambda numbers: failure, resend=False)
    with pytest.raises(type(failure)):
        deliver(world, 3)
    assert (world.row()["sent"], world.row()["open"]) == (0, [0, 1, 1])


@pytest.mark.parametrize("failure", [OSError("gone"), StoppedError(), GenesysError("overtaken")])
def test_what_comes_behind_the_write_that_precedes_a_body_keeps_it_from_being_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    world = World(tmp_path, lambda numbers: {}, resend=False)
    failures = [failure]

    def check() -> None:
        if (tmp_path / "ledger.json").exists() and world.row()["sent"] and failures:
            raise failures.pop()

    monkeypatch.setattr(world.ledger.owner, "check", check)
    with pytest.raises(type(failure)):
        deliver(world, 3)
    assert (world.row()["sent"], world.row()["open"], world.sent) == (0, [0, 1, 1], [])


def test_a_stop_in_the_write_that_precedes_a_body_keeps_it_from_being_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(seconds: float, reason: str) -> None:
        raise StoppedError

    world = World(tmp_path, lambda numbers: {}, resend=False)
    monkeypatch.setattr(world.lane, "_client", CLIENT.view(wait=stop))
    with pytest.raises(StoppedError):
        deliver(world, 3)
    assert (world.row()["sent"], world.row()["open"], world.sent) == (0, [0, 1, 1], [])


def test_another_owner_who_comes_in_the_write_that_precedes_a_body_keeps_it_from_being_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short it was: the other one may have read the ledger before."""
    world = World(tmp_path, lambda numbers: {}, resend=False)
    intend = world.ledger.intend

    def overtaken(*arguments: Any, **more: Any) -> None:
        intend(*arguments, **more)
        Owner(tmp_path / "owner.json", "key", 2).take()

    monkeypatch.setattr(world.ledger, "intend", overtaken)
    with pytest.raises(GenesysLedgerError, match="taken over"):
        deliver(world, 3)
    assert world.sent == []


def test_events_refused_alone_are_settled_once_another_is_accepted(tmp_path: Path) -> None:
    """A try that stops in the middle would else leave the next one to begin with all of them."""

    def answer(numbers: list[int]) -> Any:
        return StoppedError() if numbers == [9] else refusing({1, 6, 9})(numbers)

    world = World(tmp_path, answer)
    with pytest.raises(StoppedError):
        deliver(world)
    assert world.counts() == {"accepted": 7, "rejected": 2}
    assert world.row()["open"] == [9]
    assert [row["line"] for row in world.letters()] == [2, 7]


@pytest.mark.parametrize("resend", [True, False])
def test_unsendable_records_are_settled_with_the_body(tmp_path: Path, resend: bool) -> None:
    bad = Unsendable(2, "invalid", "invalid.json", "is not JSON", b"{", "f", 3)
    twin = Unsendable(5, "duplicate", "duplicate", "came before", b"{}", "f", 6)
    world = World(tmp_path, lambda numbers: {}, resend=resend)
    world.lane.deliver(Body([event(0), event(1)], [bad, twin]))
    assert world.counts() == {"accepted": 2, "invalid": 1, "duplicate": 1}
    assert world.row()["next"] == 6
    assert [row["line"] for row in world.letters()] == [3]


def test_a_body_without_events_sends_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, lambda numbers: {})
    world.lane.deliver(Body([], [Unsendable(0, "invalid", "r", "m", b"{", "f", 1)]))
    assert (world.sent, world.counts()) == ([], {"invalid": 1})


def test_a_number_that_a_refusal_repeats_is_whole_in_the_dead_letter_only(tmp_path: Path) -> None:
    said = "no user jane@example.com at +49 30 901820"
    world = World(tmp_path, lambda numbers: GenesysApiError(400, "invalid.value", said))
    deliver(world, 1)
    assert world.letters()[0]["message"] == said
    assert world.ledger.commonest()[0].words == "no user *** at ***"
    error = pickle.loads(pickle.dumps(GenesysApiError(400, "invalid.value", said, "c-1", operation="getUsers")))
    assert str(error) == "getUsers: HTTP 400 invalid.value: no user *** at *** (correlation id c-1)"
    assert error.message == said
