"""What a snapshot says of itself: whose configuration, when, and of each resource its state and its entities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.reading import State
from airflow_provider_genesys.files.canonical import canonical, digest
from airflow_provider_genesys.text import parse_json

NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{4}")
"""A snapshot's name: the UTC time at which it was begun, and four digits by chance. Names sort by time."""


class StrictModel(BaseModel):
    """What a file of a destination holds, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(StrictModel):
    """An entity of a snapshot.

    :param id: what makes it the same one in another snapshot.
    :param name: its name for people.
    :param object: digest and name of the object that holds it, without its volatile fields.
    :param volatile: these, by JSON pointers into the whole entity.
    """

    id: str
    name: str
    object: str
    volatile: dict[str, Any]


class Part(StrictModel):
    """A resource of a snapshot, with its entities by id; the other fields are those of ``exports.reading.Reading``."""

    state: State
    count: int
    total: int | None
    reasons: list[str]
    permissions: list[str]
    entities: list[Entry]


def is_comparable(part: Part | None) -> bool:
    """Tell whether a resource's state says what is configured, and not how little was seen of it."""
    return part is not None and part.state in {"exported", "gone", "absent"}


class DiffFiles(StrictModel):
    """The comparison that is kept with a snapshot.

    :param previous: name of the snapshot it was compared with.
    :param json_digest: SHA-256 of the JSON.
    :param markdown_digest: SHA-256 of the Markdown.
    """

    previous: str
    json_digest: str
    markdown_digest: str


class Manifest(StrictModel):
    """The manifest of a snapshot.

    :param format: how it is written.
    :param provider: the provider and its version.
    :param api_host: the host that was read.
    :param organization_id: whose configuration it is; ``None`` if the client may not read that.
    :param destination_organization_id: the same, else what the last snapshot before it says that knows.
    :param started: when it was begun, UTC, ISO 8601.
    :param ended: when all was read.
    :param run: name of the task instance that made it, empty outside of Airflow.
    :param try_number: which try of it.
    :param failed: why the task fails for what is in it; empty if it does not.
    :param diff: the comparison with the one before; ``None`` where there is nothing to tell.
    :param resources: by name.
    """

    format: Literal[1] = 1
    provider: str
    api_host: str
    organization_id: str | None
    destination_organization_id: str | None
    started: str
    ended: str
    run: str
    try_number: int
    failed: list[str]
    diff: DiffFiles | None
    resources: dict[str, Part]

    def to_bytes(self) -> bytes:
        """Return it as its file holds it: with the digest of all the rest."""
        body = self.model_dump(mode="json")
        return canonical({**body, "digest": digest(canonical(body))})

    @classmethod
    def from_bytes(cls, data: bytes, *, file: str) -> Manifest:
        """Read it, and make sure that it is as it was written.

        :param data: the file's content.
        :param file: the file's name, for the message.
        :raises GenesysSourceError: the file is damaged, or written by another version.
        """
        body = load(data, file=file)
        stated = body.pop("digest", None)
        if stated != digest(canonical(body)):
            raise GenesysSourceError("the snapshot's manifest is damaged: its digest is another", file=file)
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise GenesysSourceError(
                f"the snapshot's manifest is of another format, {body.get('format')!r}", file=file
            ) from error


class Latest(StrictModel):
    """What ``latest.json`` says.

    :param snapshot: name of the newest snapshot.
    :param manifest_digest: SHA-256 of its manifest's file.
    """

    snapshot: str
    manifest_digest: str

    def to_bytes(self) -> bytes:
        """Return it as its file holds it."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, data: bytes, *, file: str) -> Latest:
        """Read it.

        :raises GenesysSourceError: the file is damaged.
        """
        try:
            return cls.model_validate(load(data, file=file))
        except ValidationError as error:
            raise GenesysSourceError("it is damaged: it does not name a snapshot", file=file) from error


def load(data: bytes, *, file: str) -> Any:
    """Return the JSON object of a file that is written canonically.

    :raises GenesysSourceError: the file is damaged.
    """
    try:
        value = parse_json(data)
    except ValueError as error:  # also a wrong encoding
        raise GenesysSourceError("it is damaged: it is no JSON", file=file) from error
    if not isinstance(value, Mapping) or canonical(value) != data:
        raise GenesysSourceError("it is damaged: no snapshot's file is written like this", file=file)
    return value
