"""The pages of the reference: one for each public class, none forgotten, none of what is gone."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.provider import provider_classes, provider_modules, public_classes

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference.md"
PAGES = {page: page.read_text() for page in (ROOT / "docs").glob("*.md")}
PAGES |= {page: page.read_text() for page in (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"))}
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LABELLED = re.compile(r"^\(howto/\w+:(\w+)\)=\n(#+) ", re.MULTILINE)


def _sections(page: str) -> Iterator[tuple[str, str]]:
    """Yield the classes that a page is about, and the section of each: to the next of its level, or another class's."""
    headings = _CODE.sub(lambda code: "`" * len(code[0]), page)  # what is a comment in code is none
    for label in _LABELLED.finditer(headings):
        end = re.compile(rf"^(?:#{{1,{len(label[2])}}} |\(howto/)", re.MULTILINE).search(headings, label.end())
        yield label[1], page[label.start() : end.start() if end else None]


SECTIONS = {name: section for page in PAGES.values() for name, section in _sections(page)}
LISTED = set(re.findall(r"^   (airflow_provider_genesys\.[\w.]+)$", REFERENCE.read_text(), re.MULTILINE))


def test_no_public_class_is_missing() -> None:
    public = {f"{module}.{each.__name__}" for module in provider_modules() for each in public_classes(module)}
    public = {name for name in public if not name.endswith("Mixin")}
    assert {f"{each.__module__}.{each.__name__}" for each in provider_classes()} < public
    assert public - LISTED == set()


def test_nothing_that_is_gone_is_listed() -> None:
    for name in LISTED:
        module, _, attribute = name.rpartition(".")
        assert inspect.getdoc(getattr(importlib.import_module(module), attribute)), name


def test_example_dags_import_public_names_only() -> None:
    used = {
        f"{node.module}.{name.name}"
        for file in (ROOT / "example_dags").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_provider_genesys")
        for name in node.names
    }
    assert "airflow_provider_genesys.hooks.genesys_cloud.GenesysCloudHook" in used
    assert {name for name in used - LISTED if not name.startswith("airflow_provider_genesys.exceptions.")} == set()


@pytest.mark.parametrize("each", provider_classes(), ids=lambda each: each.__name__)
def test_each_argument_is_in_the_section_of_its_class(each: type) -> None:
    section = SECTIONS.get(each.__name__)
    if section is None:
        assert each.__module__.split(".")[1] in {"hooks", "triggers"}, "no page has its label"
        return
    names = [name for name in inspect.signature(each).parameters if name != "kwargs"]
    assert [name for name in names if not re.search(rf"[`\"(, ]{name}[`=]", section)] == []


def test_a_section_goes_to_the_next_of_its_level_or_of_another_class() -> None:
    page = (
        "# P\n\n(howto/operator:A)=\n## A\n`a`\n```\n# no heading\n```\n### B\n`b`\n\n(howto/sensor:C)=\n### C\n`c`\n"
        "#### D\n`d`\n## E\n`e`\n"
    )
    found = dict(_sections(page))
    assert {name: re.findall(r"`(\w)`", text) for name, text in found.items()} == {"A": ["a", "b"], "C": ["c", "d"]}


def test_links_lead_to_a_heading_also_where_pages_are_read_in_the_repository() -> None:
    headings = {
        page: {_anchor(title) for title in _HEADING.findall(_CODE.sub("", text))} for page, text in PAGES.items()
    }
    links = [
        (page, (page.parent / (to or page.name)).resolve(), anchor)
        for page, text in PAGES.items()
        for to, anchor in re.findall(r"\]\(([\w./-]*)#([^)\s]+)\)", _CODE.sub("", text))
    ]
    assert len(links) > 100
    assert [link for link in links if link[2] not in headings[link[1]]] == []


def _anchor(title: str) -> str:
    """Return what a heading is linked by, on GitHub as in the built pages."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
