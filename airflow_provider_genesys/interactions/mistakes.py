"""What is wrong with a mapping file: all of it at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysMappingError
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import all_mistakes

if TYPE_CHECKING:
    from airflow_provider_genesys.files.documents import Node


@dataclass(slots=True)
class Mistakes:
    """Mistakes of one file, while it is read.

    :param file: the file's name.
    :param advice: what to do about them, where that is not to mend the file.
    """

    file: str
    advice: str = ""
    _found: set[tuple[int, str]] = field(default_factory=set)

    def add(self, line: int, message: str) -> None:
        """Note one."""
        self._found.add((line, message))

    def count(self) -> int:
        """Return how many there are so far."""
        return len(self._found)

    def unknown(self, line: int, what: str, word: str, known: Iterable[str], advice: str = "") -> None:
        """Note a word that is none of those known, with advice on what else may be meant."""
        known = list(known)
        self.add(line, f"{what} {word!r} is unknown; known are {', '.join(known)}{did_you_mean(word, known)}{advice}")

    def text(self, node: Node) -> str:
        """Return the text that a node is to be; of anything else note that it is none."""
        if not isinstance(node.value, str):
            self.add(node.line, "must be text")
            return ""
        return node.value

    def raise_all(self) -> None:
        """Raise ``GenesysMappingError`` if there are any."""
        if self._found:
            lines = [f"{self.file}, line {line}: {message}" for line, message in sorted(self._found)]
            raise GenesysMappingError("\n  ".join(filter(None, [all_mistakes("the mapping has", lines), self.advice])))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a message that asks for what is spelt like a word; nothing where nothing is."""
    close = similar(word, known)
    return f"; did you mean {close[0]!r}?" if close else ""
