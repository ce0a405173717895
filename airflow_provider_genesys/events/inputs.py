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
from airflow_provider_genesys.events.splitting import cut
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.files.storage import StoragePath

MAX_INLINE = 10_000
"""Events that may be handed over as data."""
INLINE_NAME = "<source>"
DEAD_LETTERS = "dead-letters"
"""Name of the folder that may be given for the files in it."""

_Item: TypeAlias = AnyPath | Mapping[str, Any]
Source: TypeAlias = _Item | Sequence[_Item | Sequence[Any]]
"""Paths, JSON text and events; in a sequence, or in sequences in it, as several tasks' results come."""
OpenPath: TypeAlias = Callable[[str], StoragePath]
Content: TypeAlias = StoragePath | bytes | list[Any]

_MAGIC = re.compile(r"[*?\[]")
_NAMES_AS_JSON = re.compile(r'\s*(?:"|\[[\s\[]*(?:"|\[\s*\{))')
"""Text of a path, of a list of paths, or of a list of lists."""
_PYTHON = re.compile(r"[\[{]|\([\"'(\[{]|<.*>\Z|(?:None|null)\Z|Lazy\w+|(?:Posix|ObjectStorage)Path\(", re.DOTALL)
_PYTHON_VALUE = re.compile(rb"[\[{(\s]*'|(?:None|True|False)\b|\w+(?:\.\w+)*\(|<")
_BEGINNING = re.compile(r"\W{0,4}\w{0,20}")
_LONGEST_NAME = 255
_ADVICE = (
    "is neither JSON nor the name of a file. A template makes Python's text of a list or dictionary: give the task's "
    'result itself (source=task.output), write "{{ ... | tojson }}", or set render_template_as_native_obj=True on the '
    "Dag"
)


def find_inputs(source: Source, open_path: OpenPath) -> list[tuple[str, Content]]:
    """Return the name and the content of every input, in the order of reading.

    :raises GenesysConfigError: when the argument is none that could be read, however often it is tried.
    :raises GenesysSourceError: when a file is missing, a glob matches none, or there are more than ``MAX_INLINE``
        events as data.
    """
    items = list(_items(source))
    events = [item for item in items if isinstance(item, Mapping)]
    if not events:
        return [found for item in items for found in _found(item, open_path)]
    if any(isinstance(item, str) or hasattr(item, "open") for item in items):
        raise GenesysConfigError("source has both paths and events in it: publish them in two tasks, or write a file")
    if len(items) > MAX_INLINE:
        raise GenesysSourceError(f"{len(items):,} events as data, {MAX_INLINE:,} are the most: write JSON Lines")
    return [(INLINE_NAME, items)]


def show(path: object) -> str:
    """Return a path as a message may show it: without user information and, of a web address, without its query."""
    return re.sub(r"^(https?://[^?]*)\?.*", r"\1", re.sub(r"(?<=://)[^/]*@", "", str(path)))


def _items(source: Any) -> Iterator[Any]:
    """Yield what is in a source, out of sequences in it, also those that Airflow reads only when they are asked for."""
    if isinstance(source, str) and _NAMES_AS_JSON.match(source):
        with suppress(ValueError, RecursionError):
            source = json.loads(source)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes | bytearray):
        for item in source:
            yield from _items(item)
    else:
        yield source


def _found(item: Any, open_path: OpenPath) -> list[tuple[str, Content]]:
    """Return the inputs that a path, a glob, a path object or JSON text stands for."""
    if not isinstance(item, str):
        if not hasattr(item, "open"):
            kind = "None: the task that should have given it gave nothing" if item is None else type(item).__name__
            raise GenesysConfigError(f"source is made of paths or of events (dict), not of {kind}")
        return [(show(path), path) for path in _files(item)]
    text = item.strip()
    if not text:
        raise GenesysConfigError("source is an empty path")
    if text[0] in "[{" and _is_json(text):
        return [(INLINE_NAME, item.encode("utf-8", "surrogatepass"))]
    return [(show(path), path) for path in _paths(item, open_path)]


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


def _paths(item: str, open_path: OpenPath) -> list[StoragePath]:
    """Return the files that a path or glob stands for: as it is, or with its folders as the provider names them."""
    text = item.strip()
    is_python = _PYTHON.match(text) is not None
    if not is_python or (len(text) <= _LONGEST_NAME and "\n" not in text):
        for find in (_exactly, _glob, _as_named):
            if files := find(item, open_path):
                return files
    if is_python:
        begin = _BEGINNING.match(text)
        raise GenesysConfigError(f"source, which begins with {begin[0] if begin else ''!r}, {_ADVICE}")
    missing = "no file matches" if _MAGIC.search(item) else "there is no such file"
    raise GenesysSourceError(missing, file=show(item))


def _exactly(item: str, open_path: OpenPath) -> list[StoragePath]:
    """Return the file that has just this name, whatever signs are in it."""
    path = open_path(item.rstrip("/") or item)
    return _files(path) if path.exists() else []


def _files(path: StoragePath) -> list[StoragePath]:
    """Return the file that a path object is, or the dead letters in the folder that it is."""
    if path.is_file():
        return [path]
    if not path.exists():
        raise GenesysSourceError("there is no such file", file=show(path))
    if path.name != DEAD_LETTERS:
        raise GenesysSourceError(
            "is not a file; name a folder's files with a glob like folder/*.jsonl", file=show(path)
        )
    letters = [file for file in path.glob("*.jsonl") if not file.name.startswith(".") and file.is_file()]
    if not letters:
        raise GenesysSourceError("there are no dead letters in this folder", file=show(path))
    return sorted(letters, key=str)


def _glob(pattern: str, open_path: OpenPath) -> list[StoragePath]:
    """Return the files that match, by name; as in a shell, hidden ones only if the pattern says so.

    A folder that has just the name of a part of the pattern is that folder.
    """
    if not _MAGIC.search(pattern):
        return []
    parts = pattern.split("/")
    first = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
    folder = open_path("/".join(parts[:first]) or ("/" if first else "."))
    hidden = parts[-1].startswith(".")
    for index in range(first, len(parts) - 1):
        if _MAGIC.search(parts[index]):
            if not open_path("/".join(parts[: index + 1])).exists():
                break
            parts[index] = escape(parts[index])
    found = [path for path in folder.glob("/".join(parts[first:])) if hidden or not path.name.startswith(".")]
    if parts[-1] == DEAD_LETTERS:
        found = [file for path in found for file in _files(path)]
    return sorted((path for path in found if path.is_file()), key=str)


def _as_named(item: str, open_path: OpenPath) -> list[StoragePath]:
    """Return the files where a part, such as a run id as Airflow shows it, names a folder percent-encoded."""
    scheme, separator, rest = item.rpartition("://")
    parts = rest.split("/")
    for index, part in enumerate(parts):
        named = quote(part, safe="*?[]!@")
        if named != part and not open_path(scheme + separator + "/".join(parts[: index + 1])).exists():
            parts[index] = named
    named_item = scheme + separator + "/".join(parts)
    if named_item == item:
        return []
    return _exactly(named_item, open_path) or _glob(named_item, open_path)
