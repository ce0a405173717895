"""From what an author gives as source to the inputs that are read: files, JSON text, or events as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from glob import escape
from typing import Any, TypeAlias
from urllib.parse import quote

from airflow_provider_genesys.arguments import AnyPath
from airflow_provider_genesys.events.bodies import MAX_RECORD
from airflow_provider_genesys.events.texts import InvalidRecordError, loads
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.files.refusals import reading, visible_name
from airflow_provider_genesys.files.splitting import cut
from airflow_provider_genesys.files.storage import StoragePath, is_whole, kind_of, matches

MAX_INLINE = 10_000
"""Events that may be handed over as data."""
INLINE_NAME = "<source>"
"""Name of events that are handed over as data."""
INLINE_RECORDS = "<records>"
"""Name of records that are."""
DEAD_LETTERS = "dead-letters"
"""Name of the folder beside a ledger that dead letters are kept in; given as a source it stands for its files."""

_Item: TypeAlias = AnyPath | Mapping[str, Any]
Source: TypeAlias = _Item | Sequence[_Item | Sequence[Any]]
"""Paths, JSON text and events; in a sequence, or in sequences in it, as several tasks' results come."""
OpenPath: TypeAlias = Callable[[str], StoragePath]
Content: TypeAlias = StoragePath | bytes | list[Any]

_MAGIC = re.compile(r"[*?\[]")
_NAMES_AS_JSON = re.compile(r'\s*(?:"|\[[\s\[]*(?:"|\[\s*\{))')
"""Text of a path, of a list of paths, or of a list of lists."""
_PYTHON = re.compile(
    r"[\[{]|\((?:[\"'(\[{]|.*\)\Z)|<.*>\Z|(?:None|null)\Z|Lazy\w+|(?:Posix|ObjectStorage)Path\("
    r"|(?:set|frozenset|deque|OrderedDict|dict_(?:keys|values|items))\(.*\)\Z",
    re.DOTALL,
)
_PYTHON_VALUE = re.compile(rb"[\[{(\s]*'|(?:None|True|False)\b|\w+(?:\.\w+)*\(|<")
_BEGINNING = re.compile(r"\W{0,4}\w{0,20}")
_LONGEST_NAME = 255
_ADVICE = (
    "is neither JSON nor the name of a file. A template makes Python's text of a list or dictionary: give the task's "
    'result itself (%s=task.output), write "{{ ... | tojson }}", or set render_template_as_native_obj=True on the '
    "Dag"
)


def find_inputs(
    source: Source, open_path: OpenPath, argument: str = "source", *, things: str = "events"
) -> list[tuple[str, Content]]:
    """Return the name and the content of every input, in the order of reading.

    :param argument: what the source was given as, for messages.
    :param things: what is in it, for messages.
    :raises GenesysConfigError: when the argument is none that could be read, however often it is tried; or
        ``GenesysStorageError``, where the store may tell another time.
    :raises GenesysSourceError: when a file is missing, a glob matches none, or there are more than ``MAX_INLINE``
        events as data.
    """
    try:
        items = list(_items(source))
    except RecursionError:
        raise GenesysConfigError(f"{argument} has lists in lists that are too deep to be read") from None
    events = [item for item in items if isinstance(item, Mapping)]
    if not events:
        finder = _Finder(open_path, argument, things)
        return [found for item in items for found in finder.found(item)]
    if any(isinstance(item, str) or hasattr(item, "open") for item in items):
        do = "publish" if things == "events" else "convert"
        message = f"{argument} has both paths and {things} in it: {do} them in two tasks, or write a file"
        raise GenesysConfigError(message)
    if len(items) > MAX_INLINE:
        raise GenesysSourceError(f"{len(items):,} {things} as data, {MAX_INLINE:,} are the most: write JSON Lines")
    return [(_inline_name(things), items)]


def _inline_name(things: str) -> str:
    return INLINE_NAME if things == "events" else INLINE_RECORDS


def _items(source: Any) -> Iterator[Any]:
    """Yield what is in a source, out of sequences in it, also those that Airflow reads only when they are asked for.

    Text in which a property stands twice stays text: as data it would have the last one only, and who reads the text
    says which record it is.
    """
    if isinstance(source, str) and _NAMES_AS_JSON.match(source):
        with suppress(ValueError, RecursionError, InvalidRecordError):
            source = loads(source)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes | bytearray):
        for item in source:
            yield from _items(item)
    else:
        yield source


def _is_json(text: str) -> bool:
    """Tell whether text is JSON, though a value in it may be broken; ``False`` where it is written otherwise."""
    for number, value in enumerate(cut(text.encode("utf-8", "surrogatepass"), MAX_RECORD)):
        try:
            json.loads(value)
        except RecursionError:
            continue
        except ValueError:
            if number == 0 or _PYTHON_VALUE.match(value):
                return False
    return True


class _Finder:
    """Finds the files that items of a source stand for.

    :param open_path: makes a path object of a path.
    :param argument: what the source was given as, for messages.
    :param things: what is in it, for messages.
    """

    def __init__(self, open_path: OpenPath, argument: str, things: str) -> None:
        self._open_path = open_path
        self._argument = argument
        self._things = things

    def found(self, item: Any) -> list[tuple[str, Content]]:
        """Return the inputs that a path, a glob, a path object or JSON text stands for."""
        if not isinstance(item, str):
            if not hasattr(item, "open"):
                kind = "None: the task that should have given it gave nothing" if item is None else type(item).__name__
                raise GenesysConfigError(
                    f"{self._argument} is made of paths or of {self._things} (dict), not of {kind}"
                )
            return [(visible_name(path), path) for path in self._files(item)]
        text = item.strip()
        if not text:
            raise GenesysConfigError(f"{self._argument} is an empty path")
        if text[0] in "[{" and _is_json(text):
            return [(_inline_name(self._things), item.encode("utf-8", "surrogatepass"))]
        return [(visible_name(path), path) for path in self._paths(item)]

    def _paths(self, item: str) -> list[StoragePath]:
        """Return the files that a path or glob stands for: as it is, or with its folders as the provider names them."""
        text = item.strip()
        is_python = _PYTHON.match(text) is not None
        if not is_python or (len(text) <= _LONGEST_NAME and "\n" not in text):
            for find in (self._exactly, self._glob, self._as_named):
                if files := find(item):
                    return files
        if is_python:
            begin = _BEGINNING.match(text)
            advice = _ADVICE % self._argument
            raise GenesysConfigError(f"{self._argument}, which begins with {begin[0] if begin else ''!r}, {advice}")
        missing = "no file matches" if _MAGIC.search(item) else "there is no such file"
        raise GenesysSourceError(missing, file=visible_name(self._whole(item)))

    def _exactly(self, item: str) -> list[StoragePath]:
        """Return the file that has just this name, whatever signs are in it."""
        path = self._open_path(item.rstrip("/") or item)
        return self._files(path) if self._kind(path) else []

    def _files(self, path: StoragePath) -> list[StoragePath]:
        """Return the file that a path object is, or the dead letters in the folder that it is."""
        kind = self._kind(path)
        if kind == "file":
            return [path]
        if kind is None:
            raise GenesysSourceError("there is no such file", file=visible_name(path))
        if path.name != DEAD_LETTERS:
            raise GenesysSourceError(
                "is not a file; name a folder's files with a glob like folder/*.jsonl", file=visible_name(path)
            )
        letters = [
            file
            for file in self._matches(path, "*.jsonl")
            if not file.name.startswith(".") and self._kind(file) == "file"
        ]
        if not letters:
            raise GenesysSourceError("there are no dead letters in this folder", file=visible_name(path))
        return sorted(letters, key=str)

    def _glob(self, pattern: str) -> list[StoragePath]:
        """Return the files that match, by name; as in a shell, hidden ones only if the pattern says so.

        A folder that has just the name of a part of the pattern is that folder.
        """
        if not _MAGIC.search(pattern):
            return []
        parts = pattern.split("/")
        first = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
        folder = self._open_path("/".join(parts[:first]) or ("/" if first else "."))
        hidden = parts[-1].startswith(".")
        for index in range(first, len(parts) - 1):
            if _MAGIC.search(parts[index]):
                if not self._kind(self._open_path("/".join(parts[: index + 1]))):
                    break
                parts[index] = escape(parts[index])
        found = self._matches(folder, "/".join(parts[first:]))
        found = [path for path in found if hidden or not path.name.startswith(".")]
        if parts[-1] == DEAD_LETTERS:
            found = [file for path in found for file in self._files(path)]
        return sorted((path for path in found if self._kind(path) == "file"), key=str)

    def _as_named(self, item: str) -> list[StoragePath]:
        """Return the files where a part, such as a run id as Airflow shows it, names a folder percent-encoded."""
        scheme, separator, rest = item.rpartition("://")
        parts = rest.split("/")
        for index, part in enumerate(parts):
            encoded = quote(part, safe="*?[]!@", errors="surrogatepass")
            if len(encoded) > _LONGEST_NAME:
                return []
            if encoded != part and not self._kind(self._open_path(scheme + separator + "/".join(parts[: index + 1]))):
                parts[index] = encoded
        named_item = scheme + separator + "/".join(parts)
        if named_item == item:
            return []
        return self._exactly(named_item) or self._glob(named_item)

    def _whole(self, item: str) -> str:
        """Return where a path was looked for: of a relative one that is not what is written."""
        is_told = is_whole(item) or len(item) > _LONGEST_NAME
        return item if is_told else str(self._open_path(item)).removeprefix("file://")

    def _kind(self, path: StoragePath) -> str | None:
        with reading(self._argument, path):
            return kind_of(path)

    def _matches(self, folder: StoragePath, pattern: str) -> list[StoragePath]:
        with reading(self._argument, folder):
            return matches(folder, pattern)
