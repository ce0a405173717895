"""The ledger: what it says survives, and only its owner writes it."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.ledger import FATES, MAX_OTHERS, LaneAccount, Ledger, open_ledger, set_aside
from airflow_provider_genesys.events.reasons import MOST_ALIKE, Example
from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.files.ownership import Owner

INPUTS = [("day.jsonl", 123)]


def owned(folder: Path) -> Owner:
    owner = Owner(folder / "owner.json", "dag/run/task", 1)
    owner.take()
    return owner


def opened(folder: Path, lanes: int = 3) -> Ledger:
    return open_ledger(folder, owned(folder), "user_presences", lanes, INPUTS)


def missing(line: int, name: str = "userId") -> Example:
    return Example("invalid", f"invalid.{name}", f"{name} is missing", "in/day.jsonl", line, line - 1)


def settle(ledger: Ledger, lane: int, accepted: int, *, next_: int, open_: list[int] | None = None) -> None:
    ledger.settle(lane, {"accepted": accepted}, (), next_=next_, open_=open_ or [], seq=0)


def test_what_was_settled_is_read_again(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.cover(64, blake2b(b"records"))
    found = [missing(9), missing(7)]
    ledger.settle(1, {"accepted": 5, "invalid": 2}, found, next_=60, open_=[3, 17, 40], seq=4)
    again = opened(tmp_path, lanes=7)
    assert again.lanes[1] == LaneAccount(60, [3, 17, 40], 0, 4, Counter(accepted=5, invalid=2))
    assert len(again.lanes) == 3
    assert (again.read, again.digest) == (64, blake2b(b"records").hexdigest())
    assert again.counts == Counter(accepted=5, invalid=2)
    assert [(each.words, each.count, each.file, each.line) for each in again.commonest()] == [
        ("userId is missing", 2, "day.jsonl", 7)
    ]
    assert (again.tries, again.resumed, ledger.resumed, again.complete) == (2, True, False, None)


def test_a_ledger_of_the_first_format_is_read_and_goes_on_in_the_second(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.cover(64, blake2b(b"records"))
    ledger.settle(1, {"accepted": 5, "invalid": 2}, [missing(7), missing(9)], next_=60, open_=[3], seq=4)
    path = tmp_path / "ledger.json"
    row = json.loads(path.read_text())
    row |= {"format": 1, "reasons": {"invalid.userId": 2}}
    del row["other_reasons"]
    path.write_text(json.dumps(row))
    again = opened(tmp_path)
    assert (again.counts, again.lanes[1].open) == (Counter(accepted=5, invalid=2), [3])
    again.settle(1, {"invalid": 1}, [missing(80)], next_=81, open_=[3], seq=5)
    assert json.loads(path.read_text())["format"] == 2
    assert [(each.code, each.words, each.count, each.line) for each in opened(tmp_path).commonest()] == [
        ("invalid.userId", "", 2, 0),
        ("invalid.userId", "userId is missing", 1, 80),
    ]


def test_what_has_no_reason_costs_nothing_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(tmp_path)
    ledger.settle(0, {"invalid": 1}, [missing(1)], next_=1, open_=[], seq=1)

    def touched(*_: object) -> None:
        raise AssertionError("what is accepted has no reason")

    monkeypatch.setattr(type(ledger.reasons), "add", touched)
    monkeypatch.setattr(type(ledger.reasons), "to_json", touched)
    settle(ledger, 0, 100, next_=101)
    assert opened(tmp_path).commonest()[0].count == 1


def opened_by(folder: Path, task: str) -> Ledger:
    owner = Owner(folder / "owner.json", task, 1)
    owner.take()
    return open_ledger(folder, owner, "user_presences", 3, INPUTS)


def own(ledger: Ledger) -> int:
    return ledger.counts["accepted"] - ledger.accepted_before


def test_a_ledger_that_is_shared_tells_what_was_accepted_before(tmp_path: Path) -> None:
    first = opened_by(tmp_path, "dag/monday/task")
    settle(first, 0, 5, next_=6)
    assert first.accepted_before == opened_by(tmp_path, "dag/monday/task").accepted_before == 0
    second = opened_by(tmp_path, "dag/tuesday/task")
    assert second.accepted_before == 5
    settle(second, 1, 2, next_=9)
    assert opened_by(tmp_path, "dag/tuesday/task").accepted_before == 5, "a retry of its own is the same run"


def test_what_a_run_has_sent_is_its_own_when_it_is_cleared_after_another_went_on(tmp_path: Path) -> None:
    a, b = "dag/monday/task", "dag/tuesday/task"
    settle(opened_by(tmp_path, a), 0, 1_000, next_=1_000)
    settle(opened_by(tmp_path, b), 0, 1_132, next_=2_132)
    cleared = opened_by(tmp_path, a)
    assert (cleared.counts["accepted"], cleared.accepted_before) == (2_132, 1_132)
    settle(cleared, 1, 3, next_=2_135)
    again = opened_by(tmp_path, b)
    settle(again, 1, 4, next_=2_139)
    assert (own(opened_by(tmp_path, a)), own(opened_by(tmp_path, b))) == (1_003, 1_136)
    assert own(opened_by(tmp_path, "dag/wednesday/task")) == 0


def test_what_a_version_wrote_that_knew_of_one_run_only_is_read_as_it_is(tmp_path: Path) -> None:
    settle(opened_by(tmp_path, "dag/monday/task"), 0, 5, next_=6)
    settle(opened_by(tmp_path, "dag/tuesday/task"), 1, 2, next_=9)
    path = tmp_path / "ledger.json"
    row = json.loads(path.read_text())
    del row["others"]
    path.write_text(json.dumps(row))
    assert opened_by(tmp_path, "dag/tuesday/task").accepted_before == 5
    assert opened_by(tmp_path, "dag/monday/task").accepted_before == 7, "nothing says what was its own"
    settle(opened_by(tmp_path, "dag/monday/task"), 2, 1, next_=10)
    assert opened_by(tmp_path, "dag/tuesday/task").accepted_before == 6
    row = json.loads(path.read_text())
    for name in ("task", "accepted_before", "others"):  # as one wrote it that told nothing
        del row[name]
    path.write_text(json.dumps(row))
    assert opened_by(tmp_path, "dag/tuesday/task").accepted_before == 8


def test_of_very_many_runs_those_that_wrote_last_are_told_apart(tmp_path: Path) -> None:
    name = "d" * 250 + "/{}/" + "t" * 250
    for number in range(MAX_OTHERS + 11):
        settle(opened_by(tmp_path, name.format(number)), 0, number + 1, next_=number + 1)
    row = json.loads((tmp_path / "ledger.json").read_text())
    assert len(row["others"]) == MAX_OTHERS
    shares = [own(opened_by(tmp_path, name.format(number))) for number in range(MAX_OTHERS + 11)]
    assert shares == [0] * 10 + list(range(11, MAX_OTHERS + 12))


_RUNS = st.lists(
    st.tuples(
        st.sampled_from("ABCD"),
        st.lists(st.integers(0, 50), max_size=4),  # accepted with each write
        st.integers(0, 50),  # accepted as well, and killed before that was written
        st.integers(0, 30),  # what a run that lost the ledger meanwhile tries to write
        st.sampled_from(["killed", "complete", "republished"]),
    ),
    max_size=12,
)


@given(_RUNS)
def test_in_whatever_order_runs_take_over_what_each_has_sent_adds_up(
    runs: list[tuple[str, list[int], int, int, str]],
) -> None:
    sent: Counter[str] = Counter()
    with TemporaryDirectory() as name:
        folder, before, place = Path(name), None, 0
        for task, writes, unwritten, late, end in runs:
            ledger = opened_by(folder, f"dag/{task}/task")
            if before is not None and late:
                with pytest.raises(GenesysLedgerError, match="taken over"):
                    settle(before, 0, late, next_=place + late)
            if end == "republished" and set_aside(folder, ledger.owner):
                ledger, sent, place = opened_by(folder, f"dag/{task}/task"), Counter(), 0
            assert own(ledger) == sent[task]
            for accepted in writes:
                place += accepted
                sent[task] += accepted
                settle(ledger, place % 3, accepted, next_=place)
                assert own(ledger) == sent[task]
            if end == "killed":
                ledger.note(0, {"accepted": unwritten}, (), next_=place + unwritten, open_=(), seq=0)
            elif end == "complete":
                ledger.finish()
            before = ledger
            for each in "ABCD":
                seen = opened_by(folder, f"dag/{each}/task")
                assert own(seen) == sent[each]
                assert seen.counts["accepted"] == sent.total()


def test_a_resume_that_writes_before_reading_does_not_forget_what_is_covered(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.cover(64, blake2b(b"records"))
    settle(ledger, 0, 1, next_=60)
    again = opened(tmp_path)
    again.finish()
    assert json.loads((tmp_path / "ledger.json").read_text())["read"] == 64


def test_reading_writes_nothing(tmp_path: Path) -> None:
    opened(tmp_path)
    assert not (tmp_path / "ledger.json").exists()


@given(st.sets(st.integers(0, 10**7), max_size=100), st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_a_lane_survives_its_json(ordinals: set[int], counts: list[int]) -> None:
    account = LaneAccount(10**7 + 1, sorted(ordinals), 3, 9, Counter(dict(zip(FATES, counts, strict=True))))
    assert LaneAccount.from_json(json.loads(json.dumps(account.to_json()))) == account


def test_under_8_kb_at_its_fullest(tmp_path: Path) -> None:
    ledger = opened(tmp_path, lanes=12)
    ledger.read_shares({"others": {f"{number:016x}": 400_000 for number in range(2 * MAX_OTHERS)}})
    for lane in range(12):
        open_ = list(range(4_000_000 + lane, 4_001_200, 12))[:100]
        ledger.settle(lane, dict.fromkeys(FATES, 400_000), (), next_=5_000_000, open_=open_, seq=99_999)
    assert len((tmp_path / "ledger.json").read_bytes()) < 8_000
    for kind in range(30):
        words = f"reason {chr(ord('a') + kind % 26) * (1 + kind // 26)} "
        found = [
            Example("rejected", words, f"{words * 50}'{value}'"[-600:], "day" * 40, 999_999, 999_999_999)
            for value in range(2 * MOST_ALIKE)
        ]
        ledger.settle(0, {"rejected": 1}, found, next_=5_000_000, open_=ledger.lanes[0].open, seq=99_999)
    assert len(ledger.commonest()) == 30
    assert len((tmp_path / "ledger.json").read_bytes()) < 16_000


def test_how_large_it_is_with_a_hundred_lanes(tmp_path: Path) -> None:
    """As long as nothing is open under 8 kB; with a whole body open in each lane, as `intend` writes it, under 50."""
    ledger = opened(tmp_path, lanes=100)
    for lane in range(100):
        ledger.note(lane, {"accepted": 50_000}, (), next_=5_000_000, open_=(), seq=0)
    ledger.commit()
    assert len((tmp_path / "ledger.json").read_bytes()) < 8_000
    open_ = [list(range(5_000_000 + lane, 5_010_000, 100)) for lane in range(100)]
    for lane in range(100):
        ledger.intend(lane, next_=5_010_000, open_=open_[lane], sent=100)
    assert len((tmp_path / "ledger.json").read_bytes()) < 50_000
    again = opened(tmp_path, lanes=12)
    assert [lane.open for lane in again.lanes] == open_
    assert again.counts["accepted"] == 5_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"format":1}',
        "null",
        "[]",
        '{"format":1,"stream":"user_presences","lanes":[{"next":"x"}]}',
        '{"format":2}',
        '{"format":3}',
    ],
)
def test_what_cannot_be_read_is_an_error_never_a_fresh_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(GenesysLedgerError, match=r"ledger\.json"):
        opened(tmp_path)
    assert (tmp_path / "ledger.json").read_text() == text


def test_every_prefix_of_a_torn_ledger_is_an_error(tmp_path: Path) -> None:
    settle(opened(tmp_path), 0, 1, next_=1)
    whole = (tmp_path / "ledger.json").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "ledger.json").write_bytes(whole[:length])
        with pytest.raises(GenesysLedgerError):
            opened(tmp_path)


def test_another_stream(tmp_path: Path) -> None:
    settle(opened(tmp_path), 0, 1, next_=1)
    with pytest.raises(GenesysLedgerError, match="belongs to the stream user_presences"):
        open_ledger(tmp_path, owned(tmp_path), "conversations", 3, INPUTS)


def test_the_run_that_started_last_owns_it(tmp_path: Path) -> None:
    first = opened(tmp_path)
    settle(first, 0, 1, next_=1)
    second = opened(tmp_path)
    before = (tmp_path / "ledger.json").read_bytes()
    with pytest.raises(GenesysLedgerError, match="taken over"):
        settle(first, 0, 1, next_=2)
    assert (tmp_path / "ledger.json").read_bytes() == before
    settle(second, 0, 1, next_=2)
    with pytest.raises(GenesysLedgerError, match="taken over"):
        first.owner.check()


def test_a_recent_look_at_the_owner_is_good_enough_only_while_it_is_recent(tmp_path: Path) -> None:
    first = owned(tmp_path)
    owned(tmp_path)
    first.check(max_age=60)
    with pytest.raises(GenesysLedgerError):
        first.check(max_age=0)


def test_an_owner_that_is_gone_is_another_owner(tmp_path: Path) -> None:
    owner = owned(tmp_path)
    (tmp_path / "owner.json").unlink()
    with pytest.raises(GenesysLedgerError):
        owner.check()


def test_lanes_share_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(tmp_path, lanes=8)
    writes: list[bytes] = []
    release = threading.Event()

    def slow(path: Path, data: bytes, **_: object) -> None:
        writes.append(data)
        release.wait(5)

    monkeypatch.setattr(storage, "replace", slow)
    threads = [threading.Thread(target=settle, args=(ledger, lane, 1), kwargs={"next_": 1}) for lane in range(8)]
    for thread in threads:
        thread.start()
    while ledger._changes < 8:
        time.sleep(0.01)
    release.set()
    for thread in threads:
        thread.join(5)
    assert len(writes) <= 3
    assert sum(lane["counts"][0] for lane in json.loads(writes[-1])["lanes"]) == 8


def test_a_failed_write_is_raised_and_the_next_one_holds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = opened(tmp_path)

    def full(path: Path, data: bytes, **_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "replace", full)
        with pytest.raises(OSError, match="No space"):
            settle(ledger, 0, 1, next_=1)
    settle(ledger, 1, 1, next_=2)
    assert opened(tmp_path).counts == Counter(accepted=2)


def test_setting_aside_keeps_the_account_and_its_dead_letters(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    storage.replace(tmp_path / "dead-letters" / "0-1.jsonl", b"{}\n")
    settle(ledger, 0, 1, next_=1)
    ledger.finish()
    text = (tmp_path / "ledger.json").read_text()
    since = set_aside(tmp_path, owned(tmp_path))
    assert since == ledger.complete
    assert not (tmp_path / "ledger.json").exists()
    (aside,) = (tmp_path / "superseded").iterdir()
    assert (aside / "ledger.json").read_text() == text
    assert (aside / "dead-letters" / "0-1.jsonl").read_bytes() == b"{}\n"
    assert set_aside(tmp_path, owned(tmp_path)) is None


def test_an_account_that_is_not_complete_or_not_readable_is_not_set_aside(tmp_path: Path) -> None:
    settle(opened(tmp_path), 0, 1, next_=1)
    whole = (tmp_path / "ledger.json").read_bytes()
    for text in (whole, whole[:50], b"null", b""):
        (tmp_path / "ledger.json").write_bytes(text)
        assert set_aside(tmp_path, owned(tmp_path)) is None
        assert (tmp_path / "ledger.json").read_bytes() == text


def test_an_account_that_is_not_complete_is_set_aside_where_that_is_meant(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    settle(ledger, 0, 1, next_=1)
    assert set_aside(tmp_path, owned(tmp_path), unfinished=True) == ledger.began
    (aside,) = (tmp_path / "superseded").iterdir()
    assert (aside.name, (aside / "ledger.json").exists()) == (ledger.began.replace(":", ""), True)
    assert set_aside(tmp_path, owned(tmp_path), unfinished=True) is None
    (tmp_path / "ledger.json").write_bytes(b"{")
    assert set_aside(tmp_path, owned(tmp_path), unfinished=True) is None


def test_a_run_that_lost_its_ledger_does_not_set_it_aside(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    storage.replace(tmp_path / "dead-letters" / "00-000001.jsonl", b"{}\n")
    settle(ledger, 0, 1, next_=1)
    ledger.finish()
    frozen = owned(tmp_path)
    owned(tmp_path)
    with pytest.raises(GenesysLedgerError):
        set_aside(tmp_path, frozen)
    assert (tmp_path / "ledger.json").exists()
    assert not [path for path in (tmp_path / "superseded").rglob("*") if path.is_file()]


def test_what_was_on_its_way_is_not_when_it_is_settled(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.intend(0, next_=9, open_=[1, 2, 3], sent=2)
    ledger.settle(0, {"accepted": 2}, (), next_=9, open_=[3], seq=0)
    assert opened(tmp_path).lanes[0].sent == 0
