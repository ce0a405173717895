"""Which records were not accepted for the same reason, and how failures, digests and summaries tell it."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.events.reasons import (
    MAX_COUNTED_REASONS,
    MOST_ALIKE,
    MOST_IN_SUMMARY,
    Example,
    Reasons,
    for_summary,
    tell_commonest,
)

ZONE = "eventDateTime has no zone: add Z if it is UTC, else its offset, such as +01:00"
TIME = "eventDateTime must be a UTC time such as 2026-01-31T09:12:58.000Z"
IDS = [f"{digit * 8}-5e1f-4a7b-8c2d-90d3f1a2b301" for digit in "1234"]


def example(message: str, line: int = 1, *, code: str = "invalid.eventDateTime", fate: str = "invalid") -> Example:
    return Example(fate, code, message, "in/day.jsonl", line, line - 1)


def of_source(number: int, line: int) -> Example:
    return example(f"Source [{IDS[number]}] is not registered", line, code="Source [...] is not", fate="rejected")


def counted(*examples: Example) -> Reasons:
    reasons = Reasons()
    for each in examples:
        reasons.add(each)
    return reasons


def told(reasons: Reasons) -> list[str]:
    return tell_commonest(reasons.commonest())


def rows(reasons: Reasons) -> list[dict[str, Any]]:
    return for_summary(reasons.commonest())


def resumed(reasons: Reasons) -> Reasons:
    return Reasons.from_json(json.loads(json.dumps(reasons.to_json(MOST_IN_SUMMARY))))


# --- which are the same ---


def test_two_rules_under_one_code_have_a_count_each() -> None:
    reasons = counted(*(example(ZONE, line) for line in range(30, 40)), *(example(TIME, line) for line in range(2, 14)))
    assert told(reasons) == [
        f"{TIME} (12 times, such as day.jsonl, line 2)",
        f"{ZONE} (10 times, such as day.jsonl, line 30)",
    ]
    assert [(row["code"], row["property"], row["rule"], row["count"], row["example"]) for row in rows(reasons)] == [
        (
            "invalid.eventDateTime",
            "eventDateTime",
            "must be a UTC time such as 2026-01-31T09:12:58.000Z",
            12,
            {"file": "day.jsonl", "line": 2},
        ),
        (
            "invalid.eventDateTime",
            "eventDateTime",
            "has no zone: add Z if it is UTC, else its offset, such as +01:00",
            10,
            {"file": "day.jsonl", "line": 30},
        ),
    ]


def test_reasons_that_differ_by_a_value_are_one_which_says_how_many_values() -> None:
    names = ["Brake/Smoke", "Lunch", "Busy/After-call"]
    advice = ["did you mean Break?", "did you mean Meal or Busy?", "known are Available, Away"]
    messages = [
        f"presence {name!r}: {name.partition('/')[0]!r} is no system presence; {meant}"
        for name, meant in zip(names, advice, strict=True)
    ]
    unknown = "presence 'Meal/Canteeen' is unknown; did you mean Canteen?"
    found = [example(messages[n % 3], n, code="invalid.presence") for n in range(1, 46)]
    found += [example(unknown, n, code="invalid.presence") for n in range(46, 61)]
    reasons = counted(*found)
    assert told(reasons) == [
        f"{messages[1]} (this and 2 others like it 45 times, such as day.jsonl, line 1)",
        f"{unknown} (15 times, such as day.jsonl, line 46)",
    ]
    assert [(row["property"], row["rule"], row["count"], row["different"]) for row in rows(reasons)] == [
        ("presence", "is no system presence", 45, 3),
        ("presence", "is unknown", 15, 1),
    ]


def test_what_a_server_says_of_several_ids_is_one_reason_and_in_no_summary() -> None:
    reasons = counted(*(of_source(number % 4, 1 + number) for number in range(40)))
    assert told(reasons) == [
        f"Source [{IDS[0]}] is not registered (this and 3 others like it 40 times, such as day.jsonl, line 1)"
    ]
    (row,) = rows(reasons)
    assert (row["code"], row["property"], row["rule"], row["count"], row["different"]) == (None, None, None, 40, 4)


@pytest.mark.parametrize(
    ("fate", "code", "messages", "rule", "place"),
    [
        (
            "invalid",
            "invalid.type",
            ["type 'a' is none of the kinds of user_presences", 'type "it\'s" is none of the kinds of user_presences'],
            "is none of the kinds of user_presences",
            "type",
        ),
        (
            "invalid",
            "invalid.json",
            [f"is not JSON: EOF while parsing a string at line 1 column {n}" for n in (3, 4)],
            "is not JSON: EOF while parsing a string",
            None,
        ),
        (
            "invalid",
            "invalid.property_twice",
            [f"the property {name!r} stands in it more than once" for name in ("a", "it's")],
            "the property … stands in it more than once",
            None,
        ),
        (
            "invalid",
            "invalid.presence",
            [
                f"presence {name!r} is ambiguous, use one of the ids: {IDS[0]} (Break/{name}, division 1)"
                for name in "ab"
            ],
            "is ambiguous",
            "presence",
        ),
        ("rejected", "invalid.value", ["Value [a] is not valid", "Value [b] is not valid"], None, None),
        ("rejected", "bad.request", ["there is no user 12", "there is no user u-7"], None, None),
        ("rejected", "bad.request", ["size 1,234,567 is too much", "size 999 is too much"], None, None),
        ("rejected", "bad.request", ["no user at 12", "no user at 030 901820"], None, None),
        (
            "invalid",
            "invalid.record",
            [f"is over {size} bytes" for size in ("1,048,576", "999")],
            "is over … bytes",
            None,
        ),
        (
            "invalid",
            "invalid.presence",
            [f"presence 'a; did you mean {name}' is unknown; did you mean A?" for name in "bc"],
            "is unknown",
            "presence",
        ),
        (
            "unknown",
            "answer_lost",
            [f"HTTP 503: no (correlation id {word})" for word in ("one", "other")],
            "the answer was lost, and the event may have arrived",
            None,
        ),
    ],
)
def test_a_value_makes_no_other_reason(
    fate: str, code: str, messages: list[str], rule: str | None, place: str | None
) -> None:
    reasons = counted(*(example(message, line, code=code, fate=fate) for line, message in enumerate(messages, 1)))
    assert len(told(reasons)) == 1
    assert told(reasons)[0].startswith(messages[0])
    (row,) = rows(reasons)
    assert (row["code"], row["rule"], row["property"], row["count"]) == (code, rule, place, 2)


@pytest.mark.parametrize(("opens", "closes"), ["''", '""', "[]"])
def test_a_value_that_is_cut_off_makes_no_other_reason(opens: str, closes: str) -> None:
    found = [example(f"no user {opens}{name * 300}{closes}", code="x", fate="rejected") for name in "ab"]
    assert told(counted(*found)) == [
        f"no user {opens}{'a' * 290}… (this and 1 other like it 2 times, such as day.jsonl, line 1)"
    ]


@pytest.mark.parametrize(
    ("fate", "code", "messages"),
    [
        ("invalid", "invalid.type", ["type is missing", "type must be a string", "type 'x' is none of the kinds of x"]),
        (
            "invalid",
            "invalid.presence",
            ["presence and presenceDefinitionId exclude each other", "presence 'x' is unknown"],
        ),
        (
            "invalid",
            "invalid.finalState",
            ["finalState must be 'Completed' or 'Failed'", "finalState must be 'Failed'"],
        ),
        ("invalid", "invalid.userId", ["userId is missing", "userId is missing (and 1 more)"]),
        ("rejected", "bad.request", ["the user is gone", "the source is gone"]),
        ("rejected", "bad.request", ["'a; known are b' is gone", "'a; known are b' is late"]),
        ("rejected", "bad.request", ["user 1, source 2 is gone", "user 1 source 2 is gone"]),
        ("rejected", "a sentence of a server", ["the user is gone", "the source is gone"]),
        ("unknown", "answer_lost", ["the connection was closed", "was being sent when an earlier try was killed"]),
    ],
)
def test_another_rule_is_another_reason(fate: str, code: str, messages: list[str]) -> None:
    reasons = counted(*(example(message, code=code, fate=fate) for message in messages))
    assert [reason.words for reason in reasons.commonest()] == messages
    assert [row["count"] for row in rows(reasons)] == [1] * len(messages)


def test_a_check_and_a_server_may_use_one_code() -> None:
    reasons = counted(
        example("value is missing", code="invalid.value"), example("no", code="invalid.value", fate="rejected")
    )
    assert [(row["fate"], row["property"], row["rule"]) for row in rows(reasons)] == [
        ("invalid", "value", "is missing"),
        ("rejected", None, None),
    ]


# --- where, how many ---


@pytest.mark.parametrize("order", list(permutations((7, 3, 9))))
def test_the_example_is_the_first_of_the_input_whichever_is_settled_first(order: tuple[int, ...]) -> None:
    reasons = Reasons()
    for number, line in enumerate(order):
        reasons.add(of_source(line % 4, line))
        if not number:
            reasons = resumed(reasons)
    assert told(reasons) == [
        f"Source [{IDS[3]}] is not registered (this and 1 other like it 3 times, such as day.jsonl, line 3)"
    ]


def test_a_reason_that_differs_each_time_is_bounded_also_where_it_goes_on() -> None:
    reasons = counted(*(example(f"no user {n}", n, code="no user", fate="rejected") for n in range(1, 200)))
    assert told(reasons) == ["no user 1 (this and 20 or more others like it 199 times, such as day.jsonl, line 1)"]
    reasons = resumed(reasons)
    reasons.add(example("no user 500", 500, code="no user", fate="rejected"))
    assert told(reasons) == ["no user 1 (this and 20 or more others like it 200 times, such as day.jsonl, line 1)"]
    assert len(reasons.commonest()[0].alike) == MOST_ALIKE + 1


def test_what_was_returned_does_not_change_when_more_is_counted() -> None:
    reasons = counted(of_source(0, 5))
    (before,) = reasons.commonest()
    reasons.add(of_source(1, 3))
    assert (before.count, before.line, len(before.alike)) == (1, 5, 1)


def test_what_the_ledger_holds_is_bounded_in_whatever_letters_it_is_written() -> None:
    letters = ["か", "き", "\N{GRINNING FACE}", "x"]
    found = [
        example(f"{chr(ord('a') + kind)}{letters[kind % 4] * 400}", code="x", fate="rejected")
        for kind in range(MOST_IN_SUMMARY)
        for _ in range(MOST_IN_SUMMARY - kind)
    ]
    reasons = counted(*found)
    held = reasons.to_json(MOST_IN_SUMMARY)
    assert 5_000 < len(json.dumps(held, separators=(",", ":"))) < 8_000
    again = resumed(reasons)
    assert again.commonest()[0].code == "others"
    assert told(again)[0] == told(reasons)[0]
    assert sum(reason.count for reason in again.commonest()) == len(found)


def test_more_than_three_reasons_are_summed_up() -> None:
    found = [example(f"{name} is missing", code=f"invalid.{name}") for name in "aaaabbbccde"]
    assert told(counted(*found)) == [
        "a is missing (4 times, such as day.jsonl, line 1)",
        "b is missing (3 times, such as day.jsonl, line 1)",
        "c is missing (2 times, such as day.jsonl, line 1); and 2 for other reasons",
    ]


def test_reasons_are_bounded_and_their_counts_add_up_also_where_they_go_on() -> None:
    total = MAX_COUNTED_REASONS + 500
    reasons = counted(*(example(f"p{n} is missing", code=f"invalid.p{n % 1000}.q{n // 1000}") for n in range(total)))
    commonest = reasons.commonest()
    assert (commonest[0].code, commonest[0].count) == ("others", 500)
    assert told(reasons)[-1].endswith(f"; and {total - 3:,} for other reasons")
    again = resumed(reasons)
    assert len(again.commonest()) == MOST_IN_SUMMARY + 1
    assert sum(reason.count for reason in again.commonest()) == sum(reason.count for reason in commonest) == total
    assert len(rows(reasons)) == MOST_IN_SUMMARY


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["invalid", "rejected", "unknown"]),
            st.sampled_from(["invalid.type", "invalid.userId", "bad.request", "words of a server"]),
            st.sampled_from(
                ["type 'x' is wrong", "type 'y' is wrong", "no user 12", "no user 13", "gone", f"ü{'y' * 500}"]
            ),
            st.integers(1, 99),
        ),
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_going_on_changes_nothing(found: list[tuple[str, str, str, int]], cut_at: int) -> None:
    examples = [example(message, line, code=code, fate=fate) for fate, code, message, line in found]
    whole, halves = counted(*examples), resumed(counted(*examples[:cut_at]))
    for each in examples[cut_at:]:
        halves.add(each)
    assert len(whole.commonest()) > MOST_IN_SUMMARY or sorted(rows(halves), key=str) == sorted(rows(whole), key=str)


# --- what may be said ---


def test_a_usual_sentence_is_whole_and_a_long_one_is_cut() -> None:
    sentence = (
        "Unable to perform the requested action. You must have at least one of the following permissions assigned: "
        "[conversation:conversation:inject, presence:user:edit] in at least one of the following division(s): "
        "[Berlin-Mitte, Berlin-Pankow]; ask an administrator to add the role"
    )
    words, long = told(counted(example(sentence, code="x", fate="rejected"))), "y" * 500
    assert words == [f"{sentence} (once, such as day.jsonl, line 1)"]
    assert told(counted(example(long, code="x", fate="rejected"))) == [
        f"{'y' * 299}… (once, such as day.jsonl, line 1)"
    ]


def test_telephone_numbers_and_addresses_are_told_nowhere() -> None:
    said = "no user jane.doe@example.com at +49 30 901820"
    reasons = counted(
        example(said, code=said, fate="rejected"), example("presence '030 901820' is unknown", code="invalid.presence")
    )
    everything = json.dumps([told(reasons), rows(reasons), reasons.to_json(MOST_IN_SUMMARY)])
    assert "no user *** at ***" in everything
    assert "presence '***' is unknown" in everything
    assert not [word for word in ("901820", "jane") if word in everything]


def test_no_number_can_be_found_by_trying_all_on_what_the_ledger_holds() -> None:
    """A hash of a message of which all but six digits is known is as good as the message."""
    one, other = (
        counted(example(f"no user at +49 30 {number}", code="bad.request", fate="rejected"))
        for number in (901820, 901821)
    )
    assert one.to_json(MOST_IN_SUMMARY) == other.to_json(MOST_IN_SUMMARY)


def test_the_name_of_a_property_that_may_be_a_number_is_no_code() -> None:
    reasons = counted(
        *(
            example(f"+49 30 90182{n} is not a property of this event", code=f"invalid.+49 30 90182{n}")
            for n in range(5)
        )
    )
    assert [(row["code"], row["property"], row["rule"], row["count"]) for row in rows(reasons)] == [
        (None, None, None, 5)
    ]


# --- ledgers of the first format ---


def test_what_an_older_version_counted_by_code_is_told_by_code_and_goes_on() -> None:
    old = {"invalid.eventDateTime": 22, "no user ... at 4930901820": 3, "others": 4}
    reasons = Reasons.from_json({"format": 1, "reasons": old})
    reasons.add(example(TIME, 50))
    assert told(reasons) == [
        "invalid.eventDateTime (22 times)",
        "no user ... at *** (3 times)",
        f"{TIME} (once, such as day.jsonl, line 50); and 4 for other reasons",
    ]
    assert told(resumed(reasons)) == told(reasons)
    assert [
        (row["code"], row["property"], row["rule"], row["fate"], row["count"], row["different"])
        for row in rows(reasons)
    ] == [
        ("invalid.eventDateTime", "eventDateTime", None, None, 22, None),
        ("others", None, None, None, 4, None),
        (None, None, None, None, 3, None),
        ("invalid.eventDateTime", "eventDateTime", TIME.partition(" ")[2], "invalid", 1, 1),
    ]


def test_what_an_older_version_told_apart_is_counted_together_where_it_is_one_reason() -> None:
    old = {"no user ... at 4930901820": 3, "no user ... at 4930901821": 4, "no user ... at 7": 5}
    reasons = Reasons.from_json({"format": 1, "reasons": old})
    assert told(reasons) == ["no user ... at *** (12 times)"]
    held = [
        ["rejected", "", "size 1,234 is much", 3, "day.jsonl", 9, 8, [1, 2]],
        ["rejected", "", "size 999 is much", 4, "day.jsonl", 7, 6, [2, 3]],
    ]
    reasons = Reasons.from_json({"reasons": held, "other_reasons": 0})
    assert told(reasons) == ["size 999 is much (this and 2 others like it 7 times, such as day.jsonl, line 7)"]


@pytest.mark.parametrize(
    "held", [None, 5, [[]], [["invalid"]], [[1, 2, 3, "x", 5, 6, 7, []]], [["a", "b", "c", 1, "f", 1, 0, 5]]]
)
def test_what_is_no_list_of_reasons_is_refused(held: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Reasons.from_json({"reasons": held, "other_reasons": 0})
