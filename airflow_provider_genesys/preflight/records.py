"""What a conversion of another platform's records needs: its mapping, its directory, and what that leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysPermissionError
from airflow_provider_genesys.preflight.findings import Finding

if TYPE_CHECKING:
    from airflow_provider_genesys.preflight.findings import Status
    from airflow_provider_genesys.preflight.references import References

_ROUTING = {"queues": "queue", "wrap_up_codes": "wrap-up code", "skills": "skill", "languages": "language"}


class Named(Protocol):
    """A name in a mapping."""

    @property
    def section(self) -> str:
        """The section of the directory that has it."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def place(self) -> str:
        """Where it stands."""


class Directory(NamedTuple):
    """What a directory says.

    :param file: its name for messages.
    :param source_id: id of the source platform; ``None`` where it is still to be found.
    :param ids: by section the id of each name.
    :param looked_up: sections whose other names are looked up in the organisation.
    :param find: returns the id of a section's name, or raises ``ValueError``, which says why there is none.
    """

    file: str
    source_id: str | None
    ids: Mapping[str, Mapping[str, str]]
    looked_up: frozenset[str]
    find: Callable[[str, str], str]


class RecordFiles:
    """The two files, and what was found in them.

    :param read_mapping: returns the names in the mapping; ``None`` if there is no mapping.
    :param read_directory: returns the directory; ``None`` if there is none.
    """

    def __init__(
        self, read_mapping: Callable[[], Sequence[Named]] | None, read_directory: Callable[[], Directory] | None
    ) -> None:
        self.read_mapping = read_mapping
        self.read_directory = read_directory
        self.names: Sequence[Named] = ()
        self.directory: Directory | None = None

    def problems(self, *, looked_up: bool) -> Iterator[str]:
        """Yield what is wrong with the mapping's names that are looked up, or with the others."""
        for each in self.names if self.directory else ():
            assert self.directory is not None  # noqa: S101 - for the type checker
            if (each.section in self.directory.looked_up) == looked_up:
                try:
                    self.directory.find(each.section, each.name)
                except ValueError as error:
                    yield f"{error} ({each.place})"


class MappingFile:
    """Reads the mapping, all mistakes of which are its reason.

    :param files: takes what is found in it.
    """

    name = "mapping"

    def __init__(self, files: RecordFiles) -> None:
        self._files = files

    def look(self) -> Iterator[Finding]:
        """Yield one finding, or raise why the file cannot be read."""
        if self._files.read_mapping is None:
            yield Finding(self.name, "skipped", "no mapping is given")
            return
        try:
            self._files.names = self._files.read_mapping()
        except GenesysConfigError as error:
            yield _with_mistakes(self.name, error)
            return
        yield Finding(self.name, "ok", f"has no mistakes; names in it: {len(self._files.names):,}")


class DirectoryFile:
    """Reads the directory, and holds the mapping's names against it.

    :param files: takes what is found in it.
    :param references: takes the source and the users, for the checks that look for these.
    :param needed: takes the sections that are looked up, for the check of permissions.
    """

    name = "directory"

    def __init__(self, files: RecordFiles, references: References, needed: Callable[[frozenset[str]], None]) -> None:
        self._files = files
        self._references = references
        self._needed = needed

    def look(self) -> Iterator[Finding]:
        """Yield one finding, or raise why the file cannot be read."""
        if self._files.read_directory is None:
            yield Finding(self.name, "skipped", "no directory is given")
            return
        try:
            directory = self._files.directory = self._files.read_directory()
        except GenesysConfigError as error:
            yield _with_mistakes(self.name, error)
            return
        self._needed(directory.looked_up)
        if directory.source_id is not None:
            self._references.mention("sources", directory.source_id, directory.file)
        for name, id_ in directory.ids.get("users", {}).items():
            self._references.mention("users", id_, f"{directory.file}, {name}")
        reasons = tuple(self._files.problems(looked_up=False))
        names = sum(map(len, directory.ids.values()))
        says = f"{names:,} names; looked up in the organisation: {', '.join(sorted(directory.looked_up)) or 'none'}"
        yield Finding(self.name, "failed" if reasons else "ok", says, reasons)


class Names:
    """Looks for the directory's queues, codes, skills and languages, and for the mapping's names that are looked up.

    :param files: what was found in the files.
    :param listed: returns the ids of all that is active of a section.
    """

    name = "names"

    def __init__(self, files: RecordFiles, listed: Callable[[str], frozenset[str]]) -> None:
        self._files = files
        self._listed = listed

    def look(self) -> Iterator[Finding]:
        """Yield one finding."""
        directory = self._files.directory
        if directory is None:
            yield Finding(self.name, "skipped", "there is no directory")
            return
        reasons: list[str] = []
        hidden: list[str] = []
        looked = 0
        for section, what in _ROUTING.items():
            ids = directory.ids.get(section, {})
            if not ids:
                continue
            looked += len(ids)
            try:
                there = self._listed(section)
            except GenesysPermissionError as error:
                hidden.append(str(error))
                continue
            reasons += [
                f"{what} {id_} is not there, or not active ({directory.file}, {name})"
                for name, id_ in ids.items()
                if id_.casefold() not in there
            ]
        reasons += self._files.problems(looked_up=True)
        if not looked and not directory.looked_up:
            yield Finding(self.name, "skipped", "there are none to look for")
            return
        unread = f"; not all could be looked at: {'; '.join(hidden)}" if hidden else ""
        status: Status = "failed" if reasons else "unproven" if hidden else "ok"
        yield Finding(self.name, status, f"{looked:,} of the directory's looked for{unread}", tuple(reasons))


def _with_mistakes(name: str, error: GenesysConfigError) -> Finding:
    """Return the finding about a file with mistakes, of which each is a reason."""
    beginning, *mistakes = (line.strip() for line in str(error).split("\n"))
    return Finding(name, "failed", beginning.rstrip(":"), tuple(mistakes or [beginning]))
