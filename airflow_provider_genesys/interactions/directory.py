"""What the platform's names are called in Genesys Cloud.

.. code-block:: yaml

    source_id: 0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10
    users:
      Ann Smith: 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01
    queues:
      Sales: 7c1e2a3b-4d5e-4f60-8a7b-9c0d1e2f3a02
    wrap_up_codes:
      resolved: 8d2f3b4c-5e6f-4a71-9b8c-0d1e2f3a4b03

A CSV file says the same in three columns, ``kind``, ``name`` and ``id``; a row of kind ``source`` needs no name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import read_text, tree_of_text
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import all_mistakes

if TYPE_CHECKING:
    from airflow_provider_genesys.files.storage import StoragePath

SECTIONS = ("users", "queues", "wrap_up_codes", "skills", "languages")
_KINDS = {"user": "users", "queue": "queues", "wrap_up_code": "wrap_up_codes", "skill": "skills"} | {
    "language": "languages"
}
_COLUMNS = ("kind", "name", "id")
# As the API describes the ids in events: version 4, with hyphens.
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_Row = tuple[str, str, Any, str]
"""Section, name, id, and where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Ids by the platform's names. A name that is an id of Genesys Cloud's already stands for itself.

    :param source_id: id of the source platform, as Genesys Cloud knows it.
    :param users: agent's name to user id.
    :param queues: queue's name to queue id.
    :param wrap_up_codes: wrap-up code's name to its id.
    :param skills: skill's name to its id.
    :param languages: language's name to its id.
    """

    source_id: str
    users: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    wrap_up_codes: Mapping[str, str] = field(default_factory=dict)
    skills: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)

    def user(self, name: str) -> str:
        """Return the id of an agent; ``UntellableError`` is raised for an unknown name, here and by the others."""
        return _id_of(self.users, name, "agent", "users")

    def queue(self, name: str) -> str:
        """Return the id of a queue."""
        return _id_of(self.queues, name, "queue", "queues")

    def wrap_up_code(self, name: str) -> str:
        """Return the id of a wrap-up code."""
        return _id_of(self.wrap_up_codes, name, "wrap-up code", "wrap_up_codes")

    def skill(self, name: str) -> str:
        """Return the id of a skill."""
        return _id_of(self.skills, name, "skill", "skills")

    def language(self, name: str) -> str:
        """Return the id of a language."""
        return _id_of(self.languages, name, "language", "languages")


def read_directory(path: StoragePath) -> Directory:
    """Read a directory from a file: CSV if its name says so, else YAML or JSON.

    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: there are mistakes in it; the message lists them all, each with its line.
    """
    text = read_text(path, "directory")
    if path.name.lower().endswith(".csv"):
        return _directory(_csv_rows(text, path.name), path.name, [])
    rows, mistakes = _yaml_rows(text, path.name)
    return _directory(rows, path.name, mistakes)


def _id_of(ids: Mapping[str, str], name: str, what: str, section: str) -> str:
    if (found := ids.get(name)) is not None:
        return found
    if _UUID4.fullmatch(name):
        return name
    raise UntellableError(f"{what} {name!r} is not in the directory, under {section}")


def _yaml_rows(text: str, file: str) -> tuple[list[_Row], list[str]]:
    """Return what stands in a document, and what is wrong with its names."""
    root, found = tree_of_text(text, file)
    if not isinstance(root.value, dict):
        raise GenesysConfigError(f"{file}: is not a mapping of keys to values")
    rows: list[_Row] = []
    for section, node in root.value.items():
        place = f"{file}, line {node.line}"
        if section == "source_id":
            rows.append((section, "", node.value, place))
        elif isinstance(node.value, dict) and node.value:
            rows += [(section, name, each.value, f"{place}, {name}") for name, each in node.value.items()]
        elif node.value not in (None, {}) or section not in SECTIONS:
            # An empty section is there to be filled in later, and says nothing.
            rows.append((section, "", None, place))
    return rows, [f"{file}, line {line}: {message}" for line, message in found]


def _csv_rows(text: str, file: str) -> Iterator[_Row]:
    rows = csv.reader(text.splitlines(keepends=True))
    header = tuple(name.strip() for name in next(rows, []))
    if sorted(header) != sorted(_COLUMNS):
        raise GenesysConfigError(f"{file}: its first line must name the columns {', '.join(_COLUMNS)}")
    for row in rows:
        if not any(row):
            continue
        place = f"{file}, line {rows.line_num}"
        if len(row) != len(header):
            raise GenesysConfigError(f"{place}: has {len(row)} columns, and the first line {len(header)}")
        values = {name: value.strip() for name, value in zip(header, row, strict=True)}
        kind = values["kind"]
        yield "source_id" if kind == "source" else _KINDS.get(kind, kind), values["name"], values["id"], place


def _directory(rows: Iterable[_Row], file: str, mistakes: list[str]) -> Directory:
    sections: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    source_id: str | None = None
    says_source = False
    for section, name, value, place in rows:
        says_source = says_source or section == "source_id"
        if mistake := _mistake(section, name, value, sections):
            mistakes.append(f"{place}: {mistake}")
        elif section == "source_id":
            if source_id is not None:
                mistakes.append(f"{place}: source_id is there twice")
            source_id = value.strip()
        else:
            sections[section][name] = value.strip()
    if not says_source:
        mistakes.append(f"{file}: source_id is missing, the id of the source platform in Genesys Cloud")
    if mistakes or source_id is None:
        raise GenesysConfigError(all_mistakes("the directory has", mistakes))
    return Directory(source_id=source_id, **sections)


def _mistake(section: str, name: str, value: Any, sections: Mapping[str, Mapping[str, str]]) -> str | None:
    if section == "source_id" and (not isinstance(value, str) or not value.strip()):
        return "source_id is empty"
    if section not in {*sections, "source_id"}:
        close = similar(section, ["source_id", *SECTIONS])
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"{section!r} is unknown; known are source_id, {', '.join(SECTIONS)}{hint}"
    if not name and section in sections:
        return "the name is empty" if value else f"{section} is not a mapping of names to ids"
    if name in sections.get(section, ()):
        return f"{name!r} is there twice under {section}"
    if section in sections and (not isinstance(value, str) or not _UUID4.fullmatch(value.strip())):
        return f"the id of {name!r} is no UUID of version 4, such as 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01"
    return None
