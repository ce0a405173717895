"""Shards: every record in one, each key's in one and in their order, and something to do for all lanes."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.account import add_up, nothing_published
from airflow_provider_genesys.events.models import STREAMS
from airflow_provider_genesys.events.records import Event, Reader
from airflow_provider_genesys.events.sharding import shard
from airflow_provider_genesys.events.source import read
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from tests.harness.examples import examples

PRESENCES, TALKS = STREAMS["user_presences"], STREAMS["conversations"]


def presence(user: str, number: int) -> dict[str, Any]:
    return {"userId": user, "eventDateTime": f"2026-11-16T09:{number // 60:02}:{number % 60:02}.000Z", "presence": "x"}


def lines(path: str) -> list[bytes]:
    return Path(path).read_bytes().splitlines()


@examples(60)
@given(
    users=st.lists(st.sampled_from(["u1", "U1", "u2", "u3", "u4", "\ud800", "\n", ""]), min_size=1, max_size=40),
    count=st.integers(1, 9),
    indent=st.sampled_from([None, 1]),
)
def test_each_record_is_in_the_shard_of_its_key_in_order(
    tmp_path_factory: pytest.TempPathFactory, users: list[str], count: int, indent: int | None
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    events = [presence(user, number) for number, user in enumerate(users)]
    (folder / "in.json").write_text(json.dumps(events, indent=indent))
    found = shard(str(folder / "in.json"), PRESENCES, count, folder / "out")
    shards = [[json.loads(line) for line in lines(path)] for path, _ in found]
    assert [len(each) for each in shards] == [records for _, records in found]
    assert len(found) == count
    for user in {each.lower() for each in users}:
        of_user = [[event for event in each if event["userId"].lower() == user] for each in shards]
        assert [each for each in of_user if each] == [[event for event in events if event["userId"].lower() == user]]
    assert sorted(path.name for path in (folder / "out").iterdir()) == sorted(Path(path).name for path, _ in found)


def test_a_source_is_never_one_of_the_shards(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(presence(f"u{number}", number)) for number in range(9)))
    found = shard(str(tmp_path / "*.jsonl"), PRESENCES, 2, tmp_path)
    before = [lines(path) for path, _ in found]
    for source in (str(tmp_path / "*.jsonl"), found[0][0]):
        with pytest.raises(GenesysConfigError, match=r"source: .*shard-000-of-002.* another destination"):
            shard(source, PRESENCES, 2, tmp_path)
    assert [lines(path) for path, _ in found] == before


def test_a_shard_of_an_earlier_cut_is_no_source_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(presence(f"u{number}", number)) for number in range(9)))
    before = shard(str(tmp_path / "*.jsonl"), PRESENCES, 2, tmp_path)
    (tmp_path / "alias.jsonl").symlink_to(before[0][0])
    for source in (str(tmp_path / "*.jsonl"), [before[1][0]], str(tmp_path / "alias.jsonl")):
        with pytest.raises(
            GenesysConfigError, match=r"^source: .* is left of an earlier run in the folder .* another dest"
        ):
            shard(source, PRESENCES, 3, tmp_path)
    assert not [*tmp_path.glob("*-of-003*")]
    again = shard(str(tmp_path / "in.jsonl"), PRESENCES, 3, tmp_path)  # beside them it may be cut
    assert sum(records for _, records in again) == 9
    elsewhere = shard([path for path, _ in before], PRESENCES, 3, tmp_path / "finer")
    assert sum(records for _, records in elsewhere) == 9


def test_what_is_no_event_is_in_some_shard_and_no_more_valid_there(tmp_path: Path) -> None:
    texts = [
        b"{}",
        b"nothing",
        b'{"userId": "a"',
        b"[1]",
        b'{"userId": 5}',
        b"\xff",
        b"x" * 2_000_000,
        b'{"userId":"a"}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(texts))
    found = shard(str(tmp_path / "in.jsonl"), PRESENCES, 3, tmp_path / "out")
    assert sum(records for _, records in found) == len(texts)
    records = [record for path, _ in found for chunk in read(path, stream="user_presences") for record in chunk.records]
    assert len(records) == len(texts)
    reader = Reader(PRESENCES, 100)
    assert not any(isinstance(reader.read(record, None, 0, "", 1), Event) for record in records)


@pytest.mark.parametrize("name", ["\ud800x", 'x"y', "\n"], ids=ascii)
def test_the_name_of_an_array_is_the_type_whatever_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({f"{name}Events": [{"conversationId": "a"}]}))
    ((path, _),) = shard(str(tmp_path / "in.jsonl"), TALKS, 1, tmp_path / "out")
    assert json.loads(Path(path).read_bytes()) == {"type": name, "conversationId": "a"}


def test_bodies_dead_letters_and_gzip(tmp_path: Path) -> None:
    talk = {"eventDateTime": "2026-11-16T09:00:00.000Z", "conversationId": "c1", "communicationId": "d1"}
    letter = {"dead_letter": {"fate": "rejected"}, "event": {"type": "x", **talk}}
    as_text = {"dead_letter": {"fate": "invalid"}, "event": json.dumps({"type": "x", **talk})}
    bodies = [{"audioUpdatedEvents": [talk, talk | {"conversationId": "C1"}]}, letter, as_text]
    (tmp_path / "in.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, bodies)).encode()))
    found = shard(str(tmp_path / "in.gz"), TALKS, 5, tmp_path / "out")
    (path,) = (path for path, records in found if records)
    assert [json.loads(line).get("type", "letter") for line in lines(path)] == ["audioUpdated"] * 2 + ["letter"] * 2
    assert json.loads(lines(path)[2]) == letter


def test_the_lanes_of_a_shards_publish_all_have_something_to_do(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(presence(f"user-{number}", 0)) for number in range(4_000)))
    found = shard(str(tmp_path / "in.jsonl"), PRESENCES, 4, tmp_path / "out")
    assert min(records for _, records in found) > 900
    for path, records in found:
        lanes = Counter(zlib.crc32(json.loads(line)["userId"].encode()) % 12 for line in lines(path))
        assert len(lanes) == 12
        assert max(lanes.values()) < records / 12 * 1.5


def test_a_source_that_cannot_be_read_leaves_no_shards(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "in.gz").write_bytes(gzip.compress(b'{"userId":"a"}\n' * 50_000)[:-20])
    with pytest.raises(GenesysSourceError, match="cut short"):
        shard(str(tmp_path / "in.gz"), PRESENCES, 2, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_accounts_are_added_up() -> None:
    one = nothing_published("conversations") | {
        "read": 5,
        "accepted": 4,
        "rejected": 1,
        "complete": True,
        "requests": 2,
    }
    other = nothing_published("conversations") | {
        "read": 3,
        "accepted": 3,
        "complete": True,
        "rate_limited_seconds": 0.5,
    }
    found = add_up(iter([one, other]))
    wanted = {"read": 8, "accepted": 7, "rejected": 1, "requests": 2, "rate_limited_seconds": 0.5, "publishes": 2}
    assert {key: found[key] for key in wanted} == wanted
    assert found["complete"] is True
    assert add_up([one, other | {"complete": False}])["complete"] is False


@pytest.mark.parametrize(
    "summaries",
    [[], [{}], ["x"], [nothing_published("conversations"), nothing_published("user_presences")], [{"stream": "x"}]],
)
def test_what_are_no_accounts_of_one_stream_is_refused(summaries: Any) -> None:
    with pytest.raises(GenesysConfigError, match="summaries must be those of publishes"):
        add_up(summaries)
