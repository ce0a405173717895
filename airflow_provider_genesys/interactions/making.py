"""A directory's file to begin with, made of what there is in the organisation."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from airflow_provider_genesys.interactions.directory import KINDS, SECTIONS
from airflow_provider_genesys.interactions.organization import (
    USER_KEYS,
    Candidate,
    UserKey,
    active_sources,
    candidates,
)
from airflow_provider_genesys.text import is_unicode, visible

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient

_PLAIN = re.compile(r"[^\W_][\w .,@+()/&'-]*(?<! )", re.UNICODE)
"""Names that YAML takes as they are."""


class Made(NamedTuple):
    """A directory's file.

    :param text: of it.
    :param counts: how many names each section has.
    :param left_out: how many have no name, or share theirs with others.
    :param has_source: whether it says which the source is.
    """

    text: str
    counts: Mapping[str, int]
    left_out: int
    has_source: bool


def make_directory(client: GenesysCloudClient, *, users_by: UserKey = "name", as_csv: bool = False) -> Made:
    """Make a directory of all that is active in an organisation.

    What is on its left side is Genesys Cloud's own name, for a person to put the platform's in its place. Names that
    several have, and users who have nothing of the kind, are told in comments, and are not among the others. The source
    is the organisation's one active presence source; if there is not one, ``source_id`` is left to be filled in.

    :param users_by: what stands for users.
    :param as_csv: whether it is CSV, which has no comments: what they would tell is left out.
    :raises GenesysError: the organisation cannot be asked, or not for this.
    """
    sources = active_sources(client)
    source_id = str(sources[0]["id"]) if len(sources) == 1 else ""
    keys = {section: users_by if section == "users" else "name" for section in SECTIONS}
    found = {section: _by_name(candidates(client, section, USER_KEYS), key) for section, key in keys.items()}
    counts = {section: len(_sure(names)) for section, names in found.items()}
    everybody = {each.id for names in found.values() for those in names.values() for each in those}
    sure = {id_ for names in found.values() for id_ in _sure(names).values()}
    text = _csv(source_id, found) if as_csv else _yaml(source_id, sources, found, keys)
    return Made(text, counts, len(everybody - sure), bool(source_id))


def _by_name(found: Iterable[Candidate], key: str) -> dict[str, list[Candidate]]:
    """Return what there is by its name, in the order of names; what has none is under the empty one."""
    by_name: dict[str, list[Candidate]] = {}
    for candidate in found:
        for name in [*filter(is_unicode, candidate.keys[key])] or [""]:
            by_name.setdefault(name, []).append(candidate)
    return dict(sorted(by_name.items(), key=lambda item: (item[0].casefold(), item[0])))


def _sure(names: Mapping[str, Sequence[Candidate]]) -> dict[str, str]:
    """Return the ids of the names that mean one thing."""
    return {name: those[0].id for name, those in names.items() if name and len(those) == 1}


def _yaml(
    source_id: str,
    sources: Sequence[Mapping[str, Any]],
    found: Mapping[str, Mapping[str, Sequence[Candidate]]],
    keys: Mapping[str, str],
) -> str:
    lines = ["# What the platform's names are called in Genesys Cloud. Put the platform's names on the left."]
    if not source_id:
        lines += [f"# {each['id']}: {_comment(str(each.get('name')))}" for each in sources]
        lines += ["# Which of the presence sources is the platform? Write its id here."]
    lines += [f"source_id: {source_id}".rstrip()]
    for section, names in found.items():
        lines += [f"{section}:", *_section(names, keys[section])]
    return "\n".join([*lines, ""])


def _section(names: Mapping[str, Sequence[Candidate]], key: str) -> Iterator[str]:
    for name, those in names.items():
        if not name:
            yield from (f"  # has no {key}: {_comment(str(each))}" for each in those)
        elif len(those) > 1:
            yield f"  # {len(those)} are called {_comment(name)}:"
            yield from (f"  #   {_comment(str(each))}" for each in those)
        else:
            yield f"  {_quoted(name)}: {those[0].id}"


def _comment(text: str) -> str:
    return visible(" ".join(text.split()))


def _quoted(name: str) -> str:
    """Return a name as YAML's key."""
    if _PLAIN.fullmatch(name) and name.casefold() != "null":
        return name
    return yaml.safe_dump(name, default_style='"', allow_unicode=True, width=len(name) * 10).strip()


def _csv(source_id: str, found: Mapping[str, Mapping[str, Sequence[Candidate]]]) -> str:
    kinds = {section: kind for kind, section in KINDS.items()}
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["kind", "name", "id"])
    writer.writerow(["source", "", source_id])
    for section, names in found.items():
        writer.writerows([kinds[section], name, id_] for name, id_ in _sure(names).items())
    return file.getvalue()
