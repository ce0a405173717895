"""The page of figures beside peers, of small numbers that no run has measured."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from benchmarks import charts, page, peers, throughput

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {f"{SVG}{name}" for name in ("svg", "title", "desc", "style", "text", "line", "polyline", "rect")}
FOUND = page.Found(
    comparisons=[
        peers.Comparison(
            "3 definitions", ("requests", "seconds"), (("a | b", "5", "0.1"), ("each", "9", "2.5")), "A note."
        ),
        peers.Comparison("7 users", ("requests",), (("in bulk", "1"),)),
    ],
    courses=[
        throughput.Course(1, [25] * 12, 0.0),
        throughput.Course(2, [24, 26, *[25] * 10], 0.0),
        throughput.Course(8, [10, 30, *[25] * 10], 0.0125),
    ],
    costs={
        "user_presences": {"bare script": 4.0, "provider": 5.0, "official SDK": 10.0},
        "conversations": {"bare script": 6.0, "provider": 9.0, "official SDK": 20.0},
    },
    peaks={10_000: 20.0, 100_000: 25.0, 1_000_000: 41.0},
)


@pytest.fixture(params=page.drawn(FOUND))
def chart(request: pytest.FixtureRequest) -> ET.Element:
    return ET.fromstring(page.drawn(FOUND)[request.param])


def test_a_chart_runs_and_fetches_nothing(chart: ET.Element) -> None:
    assert chart.tag == f"{SVG}svg"
    for element in chart.iter():
        assert element.tag in ELEMENTS
        assert not [name for name in element.attrib if "href" in name.lower() or name.lower().startswith("on")]
        assert "url(" not in str(element.attrib)
    assert not re.search(r"@import|url\(|https?:", chart.findtext(f"{SVG}style", ""))


def test_a_chart_is_told_to_who_does_not_see_it_and_follows_light_and_dark(chart: ET.Element) -> None:
    assert chart.get("role") == "img"
    assert [child.tag for child in chart][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert re.search(r"\d", chart.findtext(f"{SVG}desc", "")), "figures"
    assert "prefers-color-scheme: dark" in chart.findtext(f"{SVG}style", "")


def test_all_stays_within_a_chart(chart: ET.Element) -> None:
    _, _, width, height = map(float, chart.attrib["viewBox"].split())
    for element in chart.iter():
        for x, limit in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("y2", height)):
            assert 0 <= float(element.get(x, 0)) <= limit
        for point in element.get("points", "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_lines_lie_where_their_values_are() -> None:
    drawing = ET.fromstring(
        charts.lines("t", "x", "y", [charts.Line("one", [(0, 0), (5, 10), (10, 20)])], limit=("limit", 10))
    )
    line, limit = drawing.find(f"{SVG}polyline"), drawing.find(f"{SVG}line[@class='limit']")
    assert line is not None
    assert limit is not None
    begin, middle, end = ([float(number) for number in point.split(",")] for point in line.attrib["points"].split())
    assert middle == [(begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2]
    assert begin[1] > end[1], "more is higher"
    assert float(limit.attrib["y1"]) == middle[1]


def test_each_tenfold_is_as_wide_where_it_is_said_so() -> None:
    points = [(10.0, 1.0), (100.0, 1.0), (1000.0, 1.0)]
    drawing = ET.fromstring(charts.lines("t", "x", "y", [charts.Line("one", points)], logarithmic=True))
    line = drawing.find(f"{SVG}polyline")
    assert line is not None
    first, second, third = (float(point.split(",")[0]) for point in line.attrib["points"].split())
    assert second - first == pytest.approx(third - second, abs=0.2)


def test_bars_are_as_high_as_their_values() -> None:
    drawing = ET.fromstring(charts.bars("t", "y", {"g": {"one": 5.0, "two": 10.0}, "h": {"one": 2.5}}))
    heights = [float(bar.attrib["height"]) for bar in drawing.iter(f"{SVG}rect") if bar.get("class") in {"a", "b"}][:3]
    assert heights == pytest.approx([heights[1] / 2, heights[1], heights[1] / 4], abs=0.2)


def test_names_are_text_and_no_elements() -> None:
    drawing = ET.fromstring(charts.bars("a < b & c", "<script>", {"</svg>": {"&": 1.0}}))
    assert drawing.findtext(f"{SVG}title") == "a < b & c"


def test_a_page_has_tables_of_whole_rows_and_all_charts() -> None:
    text = page.written(FOUND, (("date", "2026-01-31"), ("Python", "3.11")))
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 1 + len(FOUND.comparisons) + 3
    for rows in tables:
        assert set(re.findall(r"[^| ]+", rows[1])) == {"---"}
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(re.findall(r"\|", rows[1]))}
    assert tables[1][2:] == [r"| a \| b | 5 | 0.1 |", "| each | 9 | 2.5 |"]
    assert "A note." in text
    assert re.findall(r"!\[.+\]\((.+)\)", text) == list(page.drawn(FOUND))
    assert "| 8 tasks | 290 | 96.7% | 10, 30 | 1.25% |" in text
    assert "| conversation events | 6.0 | 9.0 | 20.0 | 1.50 | at most 1.45: **not met** |" in text
    assert "| presences | 4.0 | 5.0 | 10.0 | 1.25 | at most 1.3: met |" in text
    assert "| 1,000,000 | 41.0 | **not met** |" in text


def test_a_row_without_a_cell_for_each_column_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        page.table(("", "b"), [("a",)])


def test_an_sdk_that_is_not_there_is_said_and_left_out() -> None:
    costs = {stream: {"bare script": 4.0, "provider": 5.0} for stream in FOUND.costs}
    text = page.written(page.Found(FOUND.comparisons, FOUND.courses, costs, FOUND.peaks), ())
    assert "SDK could not be installed" in text
    assert "| presences | 4.0 | 5.0 | 1.25 |" in text


def test_what_is_slower_says_so_and_why_and_what_is_not_says_nothing() -> None:
    assert peers.slower((10, 1.0), (20, 1.0)) == ""
    told = peers.slower((205, 11.0), (400, 2.5))
    assert "slower here, 11.0 s and not 2.5 s" in told
    assert "on purpose" in told
    assert "205 requests take 41 s at least, and the other 400 take 80 s (computed" in told


def test_requests_are_counted_from_the_first_one_and_only_within_the_minute() -> None:
    begin = 1_000_000.7
    assert throughput.steps([begin + 5.1, begin, begin + 4.9, begin + 59.9, begin + 60.1]) == [2, 1, *[0] * 9, 1]
