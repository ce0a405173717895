"""The pages of the reference: one for each public class, none forgotten, none of what is gone."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import typing
from abc import ABC
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from airflow_provider_genesys.api.client import Client
from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.events.publisher import Publisher
from airflow_provider_genesys.exports.snapshot import Verified
from airflow_provider_genesys.get_provider_info import get_provider_info
from airflow_provider_genesys.hooks.base import ClientHook
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
WITH_PAGES = set(re.findall(r"^   (airflow_provider_genesys\.[\w.]+)$", REFERENCE.read_text(), re.MULTILINE))
LISTED = WITH_PAGES | set(re.findall(r"^\.\. autodata:: (\S+)$", REFERENCE.read_text(), re.MULTILINE))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
TEMPLATE = ROOT / "docs" / "_templates" / "autosummary" / "class.rst"


def test_no_public_class_is_missing() -> None:
    public = {f"{module}.{each.__name__}" for module in provider_modules() for each in public_classes(module)}
    public = {name for name in public if not name.endswith("Mixin")}
    assert {f"{each.__module__}.{each.__name__}" for each in provider_classes()} < public
    assert public - LISTED == set()


def test_nothing_that_is_gone_is_listed() -> None:
    gone = {name for name in LISTED if _named(name) is None}
    assert {name for name in WITH_PAGES if not inspect.getdoc(_named(name))} | gone == set()


def test_all_that_airflow_is_told_of_by_its_class_is_listed() -> None:
    info = get_provider_info()
    assert {*info["extra-links"], *info["notifications"]} - LISTED == set()  # type: ignore[misc]


SHOWN = {page.name: "\n".join(_BLOCK.findall(text)) for page, text in PAGES.items()}
SHOWN |= {file.name: file.read_text() for file in (ROOT / "example_dags").rglob("*.py")}
SHOWN["good.py"] = (ROOT / "tests" / "typing" / "good.py").read_text()


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_provider_genesys"):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_what_pages_examples_and_good_uses_import_is_public() -> None:
    imported = {name for code in SHOWN.values() for name in _imported(code)}
    assert "airflow_provider_genesys.exports.snapshot.open_snapshot" in imported
    assert "airflow_provider_genesys.hooks.genesys_cloud.GenesysCloudHook" in imported
    assert {name for name in imported - LISTED if not name.startswith("airflow_provider_genesys.exceptions.")} == set()


def _returned(function: typing.Any) -> Iterator[type]:
    """Yield the provider's own classes in what a function says that it returns."""
    module = inspect.unwrap(function).__module__
    names = dict(vars(importlib.import_module(module)))
    for node in ast.walk(ast.parse(inspect.getsource(importlib.import_module(module)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_provider_genesys"):
            for name in node.names:  # those too that are imported for type checkers only
                names[name.name] = getattr(importlib.import_module(node.module or ""), name.name)
    waiting = [eval(inspect.signature(function).return_annotation, names)]
    while waiting:
        found = waiting.pop()
        waiting.extend(typing.get_args(found))
        if isinstance(found, type) and found.__module__.startswith("airflow_provider_genesys."):
            yield found


def _called(public: typing.Any) -> Iterator[typing.Any]:
    """Yield what is called of what is public: a function, and the methods of a hook or client."""
    if inspect.isfunction(public):
        yield public
    elif isinstance(public, type) and issubclass(public, ClientHook | Client):
        for name, member in [each for base in public.__mro__ for each in vars(base).items()]:
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if inspect.isfunction(function) and not name.startswith("_"):
                yield function


def _named(name: str) -> typing.Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute, None)


def test_what_public_functions_hooks_and_clients_return_is_public() -> None:
    public = [_named(name) for name in LISTED]
    called = [each for found in public for each in _called(found) if each.__module__.startswith("airflow_provider")]
    returned = {found for each in called for found in _returned(each)}
    assert {Publisher, Verified} < returned
    assert {each.__qualname__ for each in returned if each not in public} == set()


@pytest.mark.parametrize("each", [*provider_classes("hooks"), GenesysCloudClient, VonageContactCenterClient])
def test_the_page_of_a_hook_or_client_has_the_methods_that_it_inherits_from_ours_and_no_others(each: type) -> None:
    environment = Environment(autoescape=True)
    environment.filters["underline"] = str
    page = environment.from_string(TEMPLATE.read_text()).render(objname=each.__name__, module=each.__module__)
    ends = re.search(r":inherited-members: (.*)", page)
    assert ends, "autodoc shows what the class itself defines"
    others = {base for base in each.__mro__ if not base.__module__.startswith("airflow_provider_genesys.")}
    left_out = {base for base in each.__mro__ if base.__name__ in ends[1].split(", ")}
    assert {ClientHook, Client} & set(each.__mro__)
    assert left_out == others - {ABC, typing.Generic}  # these two have nothing to show


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
