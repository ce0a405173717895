"""The pages show the examples' code where they are read in the repository, and it is the examples' code."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import pages
from docs.pages import DOCS, ROOT, filled

PAGES = sorted(DOCS.glob("*.md"))
PUBLISH = "<!-- code: example_dags/call_records.py publish -->\n"
END = "<!-- end -->\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_shows_what_its_sources_have_now(page: Path) -> None:
    text = page.read_text("utf-8")
    assert filled(text) == text, "run `make pages`"
    assert "{literalinclude}" not in text, "which shows nothing in the repository: see docs/pages.py"


def test_the_examples_are_shown() -> None:
    lines = [line for page in PAGES for line in page.read_text("utf-8").splitlines()]
    assert {place["file"] for line in lines if (place := pages.BEGIN.match(line))} >= {
        *(f"example_dags/{name}.py" for name in ("call_records", "agent_statuses", "presence_definitions", "cloud_ex")),
        *("example_dags/configuration.py", "example_dags/data/presence_definitions.yaml"),
    }


def test_a_region_is_dedented_and_what_stood_there_is_overwritten() -> None:
    page = filled(f"Before\n{PUBLISH}{END}After\n")
    assert page.startswith(f"Before\n{PUBLISH}```python\nGenesysCloudPublishEventsOperator(\n    task_id=")
    assert page.endswith(f")\n```\n{END}After\n")
    assert filled(page) == page
    assert filled(page.replace("task_id=", "old_id=")) == page


def test_a_file_is_shown_whole_and_regions_within_a_region_leave_no_trace() -> None:
    yaml = filled(f"<!-- code: example_dags/data/vonage_presences.yaml -->\n{END}")
    assert (ROOT / "example_dags/data/vonage_presences.yaml").read_text("utf-8") in yaml
    dag = filled(f"<!-- code: example_dags/cloud_ex.py cloud_ex -->\n{END}")
    assert "GenesysCloudPreflightOperator(" in dag
    assert "[START" not in dag
    assert "[END" not in dag


def test_the_table_of_operations_is_all_of_it() -> None:
    page = filled(f"<!-- operations -->\n{END}")
    assert all(f"`{each}`" in page for each in ("getUsers", "postEventsConversations", "patchAgentsUserPresence"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PUBLISH, "does not end"),
        (PUBLISH + PUBLISH + END, "does not end before"),
        (f"<!-- code: example_dags/call_records.py nothing -->\n{END}", "has no region nothing"),
        (f"<!-- code: example_dags/nothing.py -->\n{END}", "there is no example_dags/nothing.py"),
    ],
)
def test_a_place_that_cannot_be_filled_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filled(text)


def test_the_command_fills_in_pages_that_are_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text("a = 1\n")
    page = tmp_path / "page.md"
    page.write_text(f"<!-- code: a.py -->\n{END}")
    assert pages.main() == 0
    assert page.read_text() == f"<!-- code: a.py -->\n```python\na = 1\n```\n{END}"
    assert capsys.readouterr().out == "page.md is filled in anew\n"
    assert pages.main() == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "a.py").unlink()
    assert pages.main() == 1
    assert capsys.readouterr().err == "page.md: there is no a.py\n"
