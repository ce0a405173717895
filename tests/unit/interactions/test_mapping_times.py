"""Times and durations, as a mapping file says where they are and how they are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_genesys.interactions.durations import duration
from airflow_provider_genesys.interactions.moments import TimeForm
from tests.unit.interactions.interactions import at
from tests.unit.interactions.mappings import LEAST, made, mistakes


@pytest.mark.parametrize(
    ("bound", "seconds"),
    [("2026-10-24T22:00:00Z", 0), ("2026-10-25T00:30:00Z", 0), ("2026-10-25T00:30:01Z", 3600), (None, None)],
)
def test_of_a_time_that_comes_twice_another_tells_which(bound: str | None, seconds: float | None) -> None:
    verbs = '{time: E, format: "%d.%m.%Y %H:%M", zone: Europe/Berlin, fold: {not_before: F}}'
    record = {"E": "25.10.2026 02:30", "F": bound, "Begin": "2026-10-24T20:00:00Z"}
    if seconds is None:
        with pytest.raises(ValueError, match="comes twice in Europe/Berlin, as clocks were put back"):
            made(f"  ended: {verbs}", **record)
        return
    ended = made(f"  ended: {verbs}", **record).ended
    assert ended is not None
    assert (ended - at(0)).total_seconds() == -22 * 86400 - 7.5 * 3600 + seconds
    assert made(f"  ended: {verbs}", **record | {"E": "26.10.2026 02:30", "F": "nonsense"}).ended is not None


@pytest.mark.parametrize(
    ("verbs", "record", "seconds"),
    [
        ("End", {"End": "2026-11-16T09:00:10+01:00"}, 10),
        ("{time: End, format: epoch}", {"End": 1794816010.5}, 10.5),
        ("{time: End, format: epoch_ms}", {"End": "1794816010250"}, 10.25),
        (
            '{time: [D, T], format: "%m/%d/%Y %H:%M:%S", zone: America/New_York}',
            {"D": "11/16/2026", "T": "03:00:10"},
            10,
        ),
        ('{time: D, format: "%d.%m.%Y", zone: UTC, at: {column: T, as: days}}', {"D": "16.11.2026", "T": "0.3334"}, 6),
        ("{time: Begin, plus: [W, {column: T, as: ms}, {text: 0:00:03}]}", {"W": 5, "T": "2500"}, 10.5),
        ("{time: E, minus: T}", {"E": "2026-11-16T08:01:00Z", "T": "12:00:50 AM"}, 10),
        ("{column: t, in: L, where: {k: b}}", {"L": [{"k": "a"}, {"k": "b", "t": "2026-11-16T09:00:10+01:00"}]}, 10),
        ("[E, {column: t, in: L}]", {"L": [{"t": "2026-11-16T08:00:10Z"}]}, 10),
        ("{column: t, in: L, otherwise: E}", {"L": [], "E": "2026-11-16T08:00:10Z"}, 10),
        ("{text: '2026-11-16T08:00:10Z'}", {}, 10),
        ("{join: [Y, M, R]}", {"Y": "2026", "M": "11", "R": "16T08:00:10Z"}, 10),
        ("{time: E, otherwise: F}", {"F": "2026-11-16T08:00:10Z"}, 10),
    ],
)
def test_times(verbs: str, record: dict[str, Any], seconds: float) -> None:
    assert made(f"  ended: {verbs}", **record).ended == at(seconds)


def test_a_time_within_a_list_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="ended: t 'soon' is no time"):
        made("  ended: {column: t, in: L}", L=[{"t": "soon"}])
    local = LEAST.replace("started: Begin", "started: {column: t, in: L}")
    assert mistakes('times: {format: "%d.%m.%Y"}\n' + local)[1].startswith(
        "m.yaml, line 5: times as %d.%m.%Y are local"
    )


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("%d.%m.%Y %H:%M:%S %p", "has %H, by which AM and PM (%p) mean nothing: say %I"),
        ("%d.%m.%Y %I:%M:%S", "has %I, the hour by a clock of twelve, without %p for AM and PM"),
    ],
)
def test_a_pattern_that_would_read_the_afternoon_as_the_morning_is_a_mistake(pattern: str, hint: str) -> None:
    (_, line) = mistakes(f'times: {{format: "{pattern}", zone: UTC}}\n{LEAST}')
    assert line.startswith(f"m.yaml, line 1: the format {pattern!r} {hint}")
    twelve = 'ended: {time: E, format: "%d.%m.%Y %I:%M %p", zone: UTC}'
    assert made(f"  {twelve}", E="16.11.2026 12:01 PM").ended == at(4 * 3600 + 60)


def test_a_bare_number_is_no_time_of_the_day() -> None:
    verbs = 'ended: {{time: D, format: "%d.%m.%Y", zone: UTC, at: {}}}'
    assert made("  " + verbs.format("T"), D="16.11.2026", T="8:00:06 AM").ended == at(6)
    assert made("  " + verbs.format("{column: T, as: seconds}"), D="16.11.2026", T="28806").ended == at(6)
    with pytest.raises(
        ValueError, match=r"T must be a clock such as .* of a number `as` says what it .* not '0\.3334'"
    ):
        made("  " + verbs.format("T"), D="16.11.2026", T="0.3334")


def test_times_without_a_zone_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="ended: End '2026-11-16T08:00:10' has no zone"):
        made("  ended: End", End="2026-11-16T08:00:10")


@pytest.mark.parametrize(
    ("text", "notation", "decimal", "seconds"),
    [
        ("143", None, ".", 143),
        ("1.5", None, ".", 1.5),
        ("1,5", None, ",", 1.5),
        ("00:02:23", None, ".", 143),
        ("100:00:00", None, ".", 360_000),
        ("0:02:23.250", None, ".", 143.25),
        ("12:02:23 AM", None, ".", 143),
        ("12:02:23 pm", "clock", ".", 43_343),
        ("1:00:00 PM", None, ".", 46_800),
        ("2500", "ms", ".", 2.5),
        ("1.5", "minutes", ".", 90),
        ("2", "hours", ".", 7200),
        ("0.00165509259259", "days", ".", 143),
        ("1.65509259259E-03", "days", ".", 143),
        ("0,5", "days", ",", 43_200),
        ("2:23", "mm:ss", ".", 143),
    ],
)
def test_durations(text: str, notation: str | None, decimal: str, seconds: float) -> None:
    assert duration(text, notation, decimal) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        *((text, None) for text in ("", "-1", "2:23", "1,5", "13:00:00 AM", "0:61:00", "١٢", "99999999999")),
        *(("x", "ms"), ("0:00:05", "seconds"), ("5", "clock"), ("1e9", "days"), ("nan", "days")),
    ],
)
def test_what_is_no_duration(text: str, notation: str | None) -> None:
    with pytest.raises(ValueError, match=r"^(a number|a clock|minutes)"):
        duration(text, notation)


@pytest.mark.parametrize("notation", [None, "seconds", "ms", "minutes", "hours", "days"])
def test_with_a_decimal_comma_a_number_has_no_point(notation: str | None) -> None:
    for text in ("1.000", "12.5", "1.000,5", "1,000.5"):
        with pytest.raises(ValueError, match=r"^a number of .*, with a comma as its decimal sign and no point$"):
            duration(text, notation, ",")
        if "," in text:
            with pytest.raises(ValueError, match=r"^a number of (?!.*comma)"):
                duration(text, notation)


def test_a_clock_may_have_a_point_though_numbers_have_a_comma() -> None:
    assert duration("0:00:01.5", None, ",") == duration("0:00:01,5", None, ",") == timedelta(seconds=1.5)


def test_an_epoch_with_a_decimal_comma_has_no_point() -> None:
    form = TimeForm(format="epoch", decimal=",")
    assert form.moment("1767603600,5").microsecond == 500_000
    for text in ("1767603600.5", "1.767.603.600"):
        with pytest.raises(ValueError, match="is no time as epoch"):
            form.moment(text)
