"""The desired presence definitions, out of a YAML file or a list.

.. code-block:: yaml

    - system_presence: Break
      labels: {en_US: Smoke, de: Raucherpause}
    - system_presence: Meal
      labels: {en_US: Canteen}
      division: 3d8a2a0e-7d1a-4f0e-9c55-9f0a1f6c3c11
      active: false
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NotRequired, TypeAlias, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.files.documents import Entry, entries_of_file, entries_of_list, entries_of_text
from airflow_provider_genesys.files.storage import StoragePath
from airflow_provider_genesys.presence.vocabulary import (
    ALL_DIVISIONS,
    LOCALES,
    did_you_mean,
    display_name,
    is_like_a_locale,
    label_keys,
    locale_advice,
    normalise_id,
    normalise_label,
    normalise_presence,
    same_name,
)
from airflow_provider_genesys.text import all_mistakes

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

log = logging.getLogger(__name__)

MAX_ACTIVE = 30
"""Active ``User`` definitions a system presence may have (help article "Deactivate a secondary status")."""
MAX_LABEL = 100
"""Characters of a label, beyond which it is surely a mistake; what the API allows is not published."""
LONG_LABEL = 32
"""Characters of a label, beyond which there is a warning: an older help text names this limit (unconfirmed)."""

# Other words for what the key "active" says, also as the value of another key, and in what has them denied.
_USED = r"a[ck]ti[vf]\w*|enabl\w*|visible|used|inuse"
_GIVEN_UP = r"disabl\w*|delet\w*|archiv\w*|retire\w*|obsolete|remov\w*|hidden|suspend\w*|paus\w*"
_SAYS_ACTIVE = re.compile(rf"(?:is|re)?(?P<denied>non?|not|des?|dis|in|un)?(?:(?P<used>{_USED})|{_GIVEN_UP})")
_YES_OR_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_STATES = ("status", "state", "lifecycle")


class DefinitionRow(TypedDict):
    """A definition as a Dag's author writes it in a list; an entry of a file has the same keys.

    Keys that may be left out may be ``None`` as well.
    """

    system_presence: str
    """What it is a kind of, such as ``Break``."""
    labels: Mapping[str, str]
    """Text by locale, at least one."""
    division: NotRequired[str | None]
    """Id of its division; ``*``, which it is if left out, for all."""
    active: NotRequired[bool | None]
    """Whether it shall be active; so it shall if this is left out."""
    id: NotRequired[str | None]
    """Its id, for one that exists and is not to be found by its label."""


Source: TypeAlias = str | StoragePath | Sequence[DefinitionRow]


@dataclass(frozen=True, slots=True)
class DesiredDefinition:
    """A definition as somebody wants it.

    :param system_presence: what it is a kind of, such as ``OnQueue``.
    :param labels: text by locale, at least one.
    :param division: id of its division, ``*`` for all.
    :param active: whether it shall be active.
    :param id: its id, for one that exists and is not to be found by its label.
    :param place: where it is written, such as ``presence.yaml, line 12``.
    """

    system_presence: str
    labels: Mapping[str, str]
    division: str = ALL_DIVISIONS
    active: bool = True
    id: str | None = None
    place: str = ""

    @property
    def name(self) -> str:
        """Its name for people, such as ``Break/Smoke``."""
        return display_name(self.system_presence, self.labels)


def load_definitions(source: Source, *, open_path: Callable[[str], StoragePath] = Path) -> list[DesiredDefinition]:
    """Read and check the desired state.

    :param source: path of a YAML file, or JSON text when it begins with ``[`` or ``{``; a path object; a list of
        mappings.
    :param open_path: makes a path object of a path, such as Airflow's ``ObjectStoragePath``.
    :return: the definitions in their order; labels are stripped of whitespace around them.
    :raises GenesysSourceError: there is no such file, or it is no UTF-8 text.
    :raises GenesysConfigError: it is not YAML, or there are mistakes in it; the message lists them all, each with file
        and line.
    """
    mistakes: list[str] = []
    definitions = []
    for entry in _entries(source, open_path):
        found = list(entry.mistakes)
        try:
            definitions.append(_definition(entry))
        except ValidationError as error:
            found += [_mistake(entry, detail) for detail in error.errors(include_url=False)]
        mistakes += [f"{entry.place(line)}: {message}" for line, message in sorted(found)]
    mistakes += [*_repeated(definitions), *_too_many(definitions)]
    mistakes = list(dict.fromkeys(mistakes))  # an anchor is read wherever it is used
    if mistakes:
        raise GenesysConfigError(all_mistakes("the presence definitions have", mistakes))
    _warn_of_long_labels(definitions)
    return definitions


def as_rows(definitions: Iterable[DesiredDefinition]) -> list[DefinitionRow]:
    """Return definitions as a Dag's author would write them in a list; read again, they are the same."""
    return [
        DefinitionRow(
            system_presence=one.system_presence,
            labels=dict(one.labels),
            division=one.division,
            active=one.active,
            id=one.id,
        )
        for one in definitions
    ]


def _entries(source: Source, open_path: Callable[[str], StoragePath]) -> list[Entry]:
    if isinstance(source, str):
        if source.lstrip().startswith(("[", "{")):
            return entries_of_text(source, "definitions")
        if not source.strip():
            raise GenesysConfigError("definitions is an empty path")
        return entries_of_file(open_path(source))
    if isinstance(source, Sequence):
        return entries_of_list(source)
    if isinstance(source, Mapping) or not hasattr(source, "open"):
        raise GenesysConfigError(f"definitions is a path or a list of mappings, not {type(source).__name__}")
    return entries_of_file(source)


# --- one entry ---


def _check_presence(text: str) -> str:
    try:
        return normalise_presence(text)
    except GenesysConfigError as error:
        raise ValueError(str(error)) from None


def _check_locale(text: str) -> str:
    if text not in LOCALES and not is_like_a_locale(text):
        raise ValueError(f"{text!r} is no locale{locale_advice(text)}")
    return text


def _join_surrogates(value: object) -> object:
    r"""Return text in which the halves of a character (``\ud83d\ude00`` in JSON) are joined, as YAML leaves them."""
    if not isinstance(value, str):
        return value
    try:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise ValueError("has half a character in it, which is no text") from None


def _check_label(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    if not normalise_label(text):
        raise ValueError("has no character in it that can be seen")
    if len(text) > MAX_LABEL:
        raise ValueError(f"has {len(text)} characters, {MAX_LABEL} are the most")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("has a line break or another control character in it")
    return text


_Label: TypeAlias = Annotated[str, BeforeValidator(_join_surrogates), AfterValidator(_check_label)]
_Id: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(normalise_id)]


class _Written(BaseModel):
    """An entry as it is written."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    system_presence: Annotated[str, AfterValidator(_check_presence)]
    labels: Annotated[dict[Annotated[str, AfterValidator(_check_locale)], _Label], Field(min_length=1)]
    division: _Id = ALL_DIVISIONS
    active: bool = True
    id: _Id | None = None


def _definition(entry: Entry) -> DesiredDefinition:
    value = entry.value
    if isinstance(
        value, Mapping
    ):  # "division:" with nothing after it is a division left out, "deactivated:" is unknown
        value = {key: inner for key, inner in value.items() if inner is not None or key not in _Written.model_fields}
    written = _Written.model_validate(value)
    return DesiredDefinition(**written.model_dump(), place=entry.place(entry.line))


def _mistake(entry: Entry, detail: ErrorDetails) -> tuple[int, str]:
    """Return the line of a mistake, and what it is in the words of whoever wrote the file."""
    path = tuple(str(part) for part in detail["loc"] if part != "[key]")
    key = ".".join(path)
    match detail["type"]:
        case "missing":
            problem = f"{key} is missing"
        case "extra_forbidden":
            problem = f"the key {key!r} is unknown{_advice(key, detail['input'])}"
        case "string_type":
            problem = f"{key} is not text"
        case "bool_parsing" | "bool_type":
            meant = _says_active(detail["input"])
            problem = f"{key} is neither true nor false{'' if meant is None else _write_active(meant)}"
        case "dict_type" | "model_type" | "too_short" if not path or path == ("labels",):
            problem = "labels is not a mapping of locale to text" if path else "is not a mapping of keys to values"
        case "value_error":
            problem = f"{key}: {detail['ctx']['error']}"
        case _:
            problem = f"{key}: {detail['msg']}"
    return entry.line_of(path), problem


def _advice(key: str, value: object) -> str:
    """Say what to write in place of an unknown key; of whether a definition is active, the right one of the two."""
    means = True if key.casefold() in _STATES else _says_active(key)
    if means is None:
        return did_you_mean(key, tuple(_Written.model_fields))
    word = str(value).strip().casefold()
    said = _YES_OR_NO[word] if word in _YES_OR_NO else _says_active(word)
    if said is not None:
        return _write_active(said is means)
    return "; write active: true for a definition that is to be used, active: false for one that is given up"


def _says_active(word: object) -> bool | None:
    """Tell whether a word means *active* or its opposite; ``None`` if neither is certain."""
    found = _SAYS_ACTIVE.fullmatch(re.sub(r"[-_ ?!]", "", str(word)).casefold())
    return None if found is None else (found["used"] is None) is (found["denied"] is not None)


def _write_active(active: bool) -> str:  # noqa: FBT001 - the value of the key itself
    return f"; write active: {'true' if active else 'false'}"


# --- all entries together ---


def _repeated(definitions: Sequence[DesiredDefinition]) -> Iterator[str]:
    """Find definitions that stand for the same one: same id, or same system presence, division and name."""
    places: defaultdict[object, list[int]] = defaultdict(list)
    for number, one in enumerate(definitions):
        for key in label_keys(one.labels):
            places[one.system_presence, one.division, key].append(number)
        if one.id is not None:
            places[one.id].append(number)
    pairs = {pair for numbers in places.values() for pair in combinations(numbers, 2)}
    for first, second in ((definitions[one], definitions[other]) for one, other in sorted(pairs)):
        if first.id is not None and second.id is not None:
            if first.id == second.id:
                yield f"{second.place}: the id {second.id} is there already, {first.place}"
        elif same_name(first.labels, second.labels):
            yield f"{second.place}: {second.name} is there already, {first.place}"


def _too_many(definitions: Sequence[DesiredDefinition]) -> Iterator[str]:
    active = Counter(one.system_presence for one in definitions if one.active)
    for system_presence, count in active.items():
        if count > MAX_ACTIVE:
            place = [one.place for one in definitions if one.active and one.system_presence == system_presence][-1]
            yield f"{place}: {system_presence} has {count} active definitions, {MAX_ACTIVE} are the most"


def _warn_of_long_labels(definitions: Sequence[DesiredDefinition]) -> None:
    for one in definitions:
        for locale, label in one.labels.items():
            if len(label) > LONG_LABEL:
                log.warning(
                    "%s: the label in %s has %s characters; Genesys Cloud may refuse more than %s.",
                    *(one.place, locale, len(label), LONG_LABEL),
                )
