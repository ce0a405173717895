"""What the platform's names are called in Genesys Cloud.

.. code-block:: yaml

    source_id: 0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10
    users:
      Ann Smith: 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01
    queues:
      Sales: 7c1e2a3b-4d5e-4f60-8a7b-9c0d1e2f3a02
    wrap_up_codes:
      resolved: 8d2f3b4c-5e6f-4a71-9b8c-0d1e2f3a4b03

A CSV file says the same in three columns, ``kind``, ``name`` and ``id``; a row of kind ``source`` needs no name. Names
that are not in the file may be looked up in the organisation itself (``organization: all``), and those that nobody
knows may go to a default (``otherwise: {queues: ...}``).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import read_text, tree_of_text
from airflow_provider_genesys.interactions.checks import UntellableError
from airflow_provider_genesys.interactions.organization import (
    USER_KEYS,
    AmbiguousNameError,
    Connect,
    Organization,
    UserKey,
    source_of,
)
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import all_mistakes, is_uuid, is_uuid4

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import AnyPath
    from airflow_provider_genesys.files.documents import Node
    from airflow_provider_genesys.files.storage import StoragePath

ORGANIZATION = "organization"
"""In the place of a directory's path: all names are looked up in the organisation."""
SECTIONS = ("users", "queues", "wrap_up_codes", "skills", "languages")
KINDS = {"user": "users", "queue": "queues", "wrap_up_code": "wrap_up_codes", "skill": "skills"} | {
    "language": "languages"
}
"""What a CSV file calls the sections."""
_KEYS_OF_CSV = KINDS | {"source": "source_id"}
"""What YAML calls what a CSV file calls otherwise."""
_OF_CSV = {key: kind for kind, key in _KEYS_OF_CSV.items()}
_COLUMNS = ("kind", "name", "id")
_KEYS = ("source_id", *SECTIONS, "organization", "users_by", "otherwise")
_LISTS = ("organization", "users_by")
"""Keys with a word or a list of words in the place of ids."""
_ABOUT_SECTIONS = ("organization", "otherwise")
_NAMES: Mapping[str, Sequence[str]] = {
    "organization": ("all", *SECTIONS),
    "users_by": USER_KEYS,
    "otherwise": SECTIONS,
}
_WANTED = {
    "organization": "must be all, or a list of what is looked up",
    "users_by": f"must be a list of {', '.join(USER_KEYS)}",
}
_NO_SOURCE = "is no id of a source platform, which is a UUID such as a2ac77fd-36c6-4c2a-b238-f89b35daa570"
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
    :param looked_up: sections whose other names are looked up in the organisation.
    :param users_by: what records know those users by.
    :param otherwise: the id, by section, that names stand for which nobody knows.
    :param organization: where names are looked up.
    """

    source_id: str
    users: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    wrap_up_codes: Mapping[str, str] = field(default_factory=dict)
    skills: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    looked_up: frozenset[str] = frozenset()
    users_by: tuple[UserKey, ...] = USER_KEYS
    otherwise: Mapping[str, str] = field(default_factory=dict)
    organization: Organization | None = field(default=None, compare=False)
    _ambiguous: dict[tuple[str, str], str] = field(default_factory=dict, init=False, compare=False)

    def user(self, name: str) -> str:
        """Return the id of an agent; ``UntellableError`` is raised for an unknown name, here and by the others."""
        return self._id_of(self.users, name, "agent", "users")

    def queue(self, name: str) -> str:
        """Return the id of a queue."""
        return self._id_of(self.queues, name, "queue", "queues")

    def wrap_up_code(self, name: str) -> str:
        """Return the id of a wrap-up code."""
        return self._id_of(self.wrap_up_codes, name, "wrap-up code", "wrap_up_codes")

    def skill(self, name: str) -> str:
        """Return the id of a skill."""
        return self._id_of(self.skills, name, "skill", "skills")

    def language(self, name: str) -> str:
        """Return the id of a language."""
        return self._id_of(self.languages, name, "language", "languages")

    def find(self, section: str, name: str) -> str:
        """Return the id of a name of a section, such as ``queues``."""
        finders = (self.user, self.queue, self.wrap_up_code, self.skill, self.language)
        return dict(zip(SECTIONS, finders, strict=True))[section](name)

    def connected(self, connect: Connect) -> Directory:
        """Return this directory with the way to the organisation, which is asked when a name is looked up first.

        :param connect: returns the client; it is not called where nothing is looked up.
        """
        return replace(self, organization=Organization(connect, self.users_by)) if self.looked_up else self

    def refuse_ambiguous(self) -> None:
        """Refuse what was looked up and is called the same as something else.

        :raises GenesysConfigError: there is such a name; the message lists them all, each with what it may mean.
        """
        if self._ambiguous:
            names = [*self._ambiguous.values()]
            count = "1 name is" if len(names) == 1 else f"{len(names)} names are"
            advice = "Write into the directory which are meant, or by what its users are known (users_by)"
            raise GenesysConfigError("\n  ".join([f"{count} ambiguous in the organisation:", *names, advice]))

    def _id_of(self, ids: Mapping[str, str], name: str, what: str, section: str) -> str:
        if (found := ids.get(name)) is not None:
            return found
        if is_uuid4(name):
            return name
        where = f"in the directory, under {section}"
        if section in self.looked_up and self.organization is not None:
            where = f"{where}, nor in the organisation"
            try:
                found = self.organization.find(section, name)
            except AmbiguousNameError as error:
                self._ambiguous[section, name] = f"{what} {name!r} may be {error}"
                raise UntellableError(f"{what} {name!r} is ambiguous in the organisation: {error}") from None
        found = found or self.otherwise.get(section)
        if found is None:
            raise UntellableError(f"{what} {name!r} is not {where}")
        return found


def given_directory(
    directory: AnyPath | None,
    source_id: str | None,
    *,
    open_path: Callable[[Any], StoragePath],
    connect: Connect,
    of_states: bool = False,
) -> Directory:
    """Return the directory that arguments say.

    :param directory: path of its file; :data:`ORGANIZATION` looks all names up in the organisation; ``None`` is for
        records that have Genesys Cloud's own ids.
    :param source_id: id of the source platform, where no file says it; in the organisation's directory by default its
        one active presence source.
    :param open_path: makes a path object of the file's path.
    :param connect: returns the client; it is called only where something is looked up.
    :param of_states: whether source_id may be another source beside a file, to which states go.
    :raises GenesysConfigError: source_id is missing or no id, or there are two; or as :func:`read_directory` does.
    :raises GenesysError: the organisation cannot be asked for the source.
    """
    source_id = None if source_id is None else source_id.strip()
    if source_id is not None and not is_uuid(source_id):
        raise GenesysConfigError(f"source_id {_NO_SOURCE}")
    if directory == ORGANIZATION:
        source_id = source_id or source_of(connect())
        return Directory(source_id=source_id, looked_up=frozenset(SECTIONS)).connected(connect)
    if directory is not None:
        if source_id is not None and not of_states:
            raise GenesysConfigError("source_id is for where there is no directory's file, which has one itself")
        found = read_directory(open_path(directory)).connected(connect)
        return found if source_id is None else replace(found, source_id=source_id)
    if source_id is None:
        raise GenesysConfigError(
            "directory must be given, or source_id, the id of the source platform in Genesys Cloud"
        )
    return Directory(source_id=source_id)


def read_directory(path: StoragePath) -> Directory:
    """Read a directory from a file: CSV if its name says so, else YAML or JSON.

    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: there are mistakes in it; the message lists them all, each with its line.
    """
    text = read_text(path, "directory")
    is_csv = path.name.lower().endswith(".csv")
    rows, mistakes = (_csv_rows if is_csv else _yaml_rows)(text, path.name)
    return _directory(rows, path.name, mistakes, _OF_CSV if is_csv else {})


def _yaml_rows(text: str, file: str) -> tuple[list[_Row], list[str]]:
    """Return what stands in a document, and what is wrong with its names."""
    root, found = tree_of_text(text, file)
    if not isinstance(root.value, dict):
        raise GenesysConfigError(f"{file}: is not a mapping of keys to values")
    rows: list[_Row] = []
    for key, node in root.value.items():
        section, place = key, f"{file}, line {node.line}"
        if key not in _KEYS:
            rows.append((key, "", None, place))
            # Mistyped it is taken for what was meant, so that nothing is missing because of it.
            section = next((meant for meant in similar(key, _KEYS) if meant not in root.value), "")
            if not section:
                continue
        if section == "source_id":
            rows.append((section, "", node.value, place))
        elif section in _LISTS:
            several = node.value if isinstance(node.value, list) else [node]
            rows += [(section, _text(each), None, f"{file}, line {each.line}") for each in several]
        elif isinstance(node.value, dict) and node.value:
            rows += [
                (section, name.strip(), each.value, f"{file}, line {each.line}") for name, each in node.value.items()
            ]
        elif node.value not in (None, {}) or section not in SECTIONS:
            # An empty section is there to be filled in later, and says nothing.
            rows.append((section, "", None, place))
    return rows, [f"{file}, line {line}: {message}" for line, message in found]


def _csv_rows(text: str, file: str) -> tuple[list[_Row], list[str]]:
    """Return what stands in the rows, by the names that YAML has, and which rows are none."""
    found: list[_Row] = []
    mistakes: list[str] = []
    kinds = _words(_KEYS, _OF_CSV)
    reader = csv.reader(text.splitlines(keepends=True))
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise GenesysConfigError(f"{file}, line {reader.line_num}: is no CSV: {error}") from None
    header = tuple(name.strip() for name in rows[0][1]) if rows else ()
    if sorted(header) != sorted(_COLUMNS):
        raise GenesysConfigError(f"{file}: its first line must name the columns {', '.join(_COLUMNS)}")
    for line, row in rows[1:]:
        if not any(row):
            continue
        place = f"{file}, line {line}"
        if len(row) != len(header):
            mistakes.append(f"{place}: has {len(row)} columns, and the first line {len(header)}")
            continue
        values = {name: value.strip() for name, value in zip(header, row, strict=True)}
        kind, name = values["kind"], values["name"]
        key = _KEYS_OF_CSV.get(kind, kind)
        if key not in _KEYS:
            found.append((kind, "", None, place))
            # As in YAML it is taken for what was meant.
            kind = next(iter(similar(kind, kinds)), kind)
            key = _KEYS_OF_CSV.get(kind, kind)
            if key not in _KEYS:
                continue
        if key in _ABOUT_SECTIONS:
            name = KINDS.get(name, name)
        # There is one source, whatever it is called.
        found.append((key, "" if key == "source_id" else name, values["id"], place))
    return found, mistakes


def _words(keys: Iterable[str], called: Mapping[str, str]) -> list[str]:
    return [called.get(key, key) for key in keys]


def _directory(rows: Iterable[_Row], file: str, mistakes: list[str], called: Mapping[str, str]) -> Directory:
    """Return the directory of what stands in a file.

    :param called: what the file calls keys otherwise than YAML does.
    """
    said: dict[str, dict[str, str]] = {key: {} for key in _KEYS}
    for key, name, value, place in rows:
        if mistake := next(_mistakes(key, name, value, said, called), None):
            mistakes.append(f"{place}: {mistake}")
        if key in said:
            said[key][name] = str(value or "").strip()
    if not said["source_id"]:
        word = called.get("source_id", "source_id")
        mistakes.append(f"{file}: {word} is missing, the id of the source platform in Genesys Cloud")
    if said["users_by"] and not said["organization"]:
        mistakes.append(f"{file}: users_by is for names that are looked up: organization says which")
    if mistakes:
        raise GenesysConfigError(all_mistakes("the directory has", mistakes))
    return Directory(
        source_id=said["source_id"][""],
        users=said["users"],
        queues=said["queues"],
        wrap_up_codes=said["wrap_up_codes"],
        skills=said["skills"],
        languages=said["languages"],
        looked_up=frozenset(SECTIONS if "all" in said["organization"] else said["organization"]),
        users_by=tuple(key for key in USER_KEYS if key in said["users_by"]) or USER_KEYS,
        otherwise=said["otherwise"],
    )


def _mistakes(
    key: str, name: str, value: Any, said: Mapping[str, Mapping[str, str]], called: Mapping[str, str]
) -> Iterator[str]:
    """Say what is wrong with a row; only the first counts, since others follow from it.

    :param said: what the rows before it say.
    :param called: what the file calls keys otherwise than YAML does.
    """
    word = called.get(key, key)
    if key not in _KEYS:
        known = _words(_KEYS, called)
        yield f"{key!r} is unknown; known are {', '.join(known)}{_did_you_mean(key, known)}"
    elif key == "source_id":
        if not isinstance(value, str) or not value.strip():
            yield f"{word} is empty"
        elif not is_uuid(value.strip()):
            yield f"{word} {_NO_SOURCE}"
        if said[key]:
            yield f"{word} is there twice"
    elif not name:
        is_one = bool(value) or (bool(called) and key not in _WANTED)
        yield "the name is empty" if is_one else f"{word} {_WANTED.get(key, 'is not a mapping of names to ids')}"
    else:
        shown = called.get(name, name) if key in _NAMES else name
        if name in said[key]:
            yield f"{shown!r} is there twice under {word}"
        known = _words(_NAMES[key], called) if key in _NAMES else [name]
        if shown not in known:
            yield f"{name!r} under {word} is unknown; known are {', '.join(known)}{_did_you_mean(name, known)}"
        if key not in _LISTS and (not isinstance(value, str) or not is_uuid4(value.strip())):
            yield f"the id of {shown!r} is no UUID of version 4, such as 5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d01"


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = similar(word, known)
    return f"; did you mean {close[0]}?" if close else ""


def _text(node: Node) -> str:
    return node.value if isinstance(node.value, str) else ""
