"""From web chat to web messaging: drafts of what can be carried over, and a verdict on every field.

Web chat has deployments, those of widgets, and one setting. Web messaging has deployments, and configurations that
several deployments may share. Nothing here speaks to the API: a draft is a body for it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.migration.fields import (
    Answer,
    Choices,
    Verdict,
    authentication_url_of,
    deployment_answers,
    integration_of,
    is_authenticated,
    is_text,
    new_names,
    settings_answer,
    skin_of,
)

MAX_NAME = 100
"""The most characters of a draft's name. The API's own limit is unconfirmed."""

_SKINS = ("basic", "modern-caret-skin")
_UUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Finding:
    """What becomes of one field.

    :param deployment_id: id of web chat's deployment; ``None`` for a field of the settings.
    :param deployment_name: its name as web chat has it, for people; empty if it has none.
    :param field: the field, with a dot before a field within another: ``webChatConfig.webChatSkin``.
    :param value: its value; ``None`` also where it is not there and the draft has to say something all the same.
    :param verdict: ``carried`` over, carried over with a ``choice`` to make, or ``impossible``: in no draft.
    :param target: the field of web messaging that takes its place, ``None`` if there is none.
    :param reason: why, and what to do.
    """

    deployment_id: str | None
    deployment_name: str
    field: str
    value: Any
    verdict: Verdict
    target: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConfigurationDraft:
    """A configuration to be created and published.

    :param file: a name for its file, without an ending, unique among the configurations.
    :param body: body for ``POST /api/v2/webdeployments/configurations``; its name is unique among the drafts.
    """

    file: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeploymentDraft:
    """A deployment to be created once its configuration is published.

    :param deployment_id: id of web chat's deployment.
    :param file: a name for its file, without an ending, unique among the deployments.
    :param configuration: the same of the configuration it uses.
    :param body: body for ``POST /api/v2/webdeployments/deployments``, but for the id and version of the configuration,
        which do not exist yet: ``configuration`` holds its name alone, and so the API refuses the body as it is.
    :param is_widget: whether it takes the place of a widget's deployment.
    """

    deployment_id: str
    file: str
    configuration: str
    body: Mapping[str, Any]
    is_widget: bool = False


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """All drafts, and what they make of web chat's fields.

    :param configurations: in the order of their files' names.
    :param deployments: in the order of web chat's ids.
    :param findings: exactly one for every field, the settings' first.
    :param unused: what is wrong with entries of ``flow_map`` and ``integration_map`` that no deployment has a use for.
    :param notes: what else is to be known of it, such as what it does not cover.
    """

    configurations: tuple[ConfigurationDraft, ...]
    deployments: tuple[DeploymentDraft, ...]
    findings: tuple[Finding, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Return the number of fields with a verdict."""
        return sum(finding.verdict == verdict for finding in self.findings)


def plan_migration(
    settings: Mapping[str, Any] | None,
    deployments: Sequence[Mapping[str, Any]],
    *,
    widgets: Sequence[Mapping[str, Any]] = (),
    flow_map: Mapping[str, str] | None = None,
    integration_map: Mapping[str, str] | None = None,
    languages: Sequence[str] = ("en-us",),
    notes: Sequence[str] = (),
) -> MigrationPlan:
    """Draft the successors of web chat's deployments.

    The same input gives the same plan, whatever the order of the deployments.

    :param settings: web chat's settings as the API answers them; ``None`` if they were never set.
    :param deployments: web chat's deployments as the API answers them.
    :param widgets: deployments of widgets as the API answers them. One with the id of one of web chat's is the same.
    :param flow_map: id of an inbound message flow by the id of the inbound chat flow whose place it takes.
    :param integration_map: id of an OpenID Connect integration by the ``authenticationUrl`` whose place it takes.
    :param languages: languages of the configurations, such as ``de-de``; the first is the default.
    :param notes: what the plan is to say of itself.
    :raises GenesysConfigError: an argument is wrong, or a deployment has no id or that of another.
    """
    choices = _checked(flow_map, integration_map, languages)
    ids = {entity.get("id") for entity in deployments}
    alone = [widget for widget in widgets if widget.get("id") not in ids]
    entities = _by_id([*deployments, *alone])
    configurations = _configurations(entities, choices)
    drafts: list[DeploymentDraft] = []
    findings = [_finding(None, name, value, settings_answer(name)) for name, value in sorted((settings or {}).items())]
    names = new_names([entity.get("name") for entity in entities], longest=MAX_NAME)
    for entity, name in zip(entities, names, strict=True):
        answers = deployment_answers(entity, name, choices)
        configuration = configurations[_configuration_key(entity, choices)]
        drafts.append(_deployment(entity["id"], answers.values(), configuration, is_widget=entity["id"] not in ids))
        findings += [_finding(entity, path, _value(entity, path), answer) for path, answer in answers.items()]
    return MigrationPlan(
        configurations=tuple(sorted(configurations.values(), key=lambda draft: draft.file)),
        deployments=tuple(drafts),
        findings=tuple(findings),
        unused=tuple(_unused(entities, choices)),
        notes=(*notes, *_twice(deployments, widgets)),
    )


def _twice(deployments: Sequence[Mapping[str, Any]], widgets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    both = {entity.get("id") for entity in deployments} & {widget.get("id") for widget in widgets}
    for each in sorted(map(str, both)):
        yield f"{each} is listed as a deployment of web chat and as one of a widget: it is planned once, as the former"


def _checked(
    flow_map: Mapping[str, str] | None, integration_map: Mapping[str, str] | None, languages: Sequence[str]
) -> Choices:
    for name, given in (("flow_map", flow_map), ("integration_map", integration_map)):
        if given is not None and not isinstance(given, Mapping):
            raise GenesysConfigError(f"{name} must be a mapping, not {type(given).__name__}")
        for key, value in (given or {}).items():
            if not (is_text(key) and is_text(value)):
                raise GenesysConfigError(f"{name}: {key!r}: {value!r} must both be text")
            if key == value:
                raise GenesysConfigError(f"{name}: {key!r} cannot take its own place")
    if not isinstance(languages, list | tuple) or not languages or not all(map(is_text, languages)):
        raise GenesysConfigError(f"languages must be a list such as ['en-us', 'de-de'], not {languages!r}")
    return Choices(flow_map or {}, integration_map or {}, tuple(dict.fromkeys(languages)))


def _by_id(deployments: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the deployments in the order of their ids."""
    for number, entity in enumerate(deployments, start=1):
        if not is_text(entity.get("id")):
            raise GenesysConfigError(f"deployment {number} of web chat has no id")
    ids = Counter(entity["id"] for entity in deployments)
    twice = [entity_id for entity_id, times in ids.items() if times > 1]
    if twice:
        raise GenesysConfigError(f"two deployments of web chat have the id {twice[0]!r}")
    return sorted(deployments, key=lambda entity: str(entity["id"]))


def _configurations(entities: Iterable[Mapping[str, Any]], choices: Choices) -> dict[str, ConfigurationDraft]:
    """Return the configurations that are needed, by the key of those that use them.

    Deployments share one if they look alike and let the same visitors in. Those that require authentication share none
    with the others, even while the drafts hold the same for want of an integration: it is to be added to theirs only.
    """
    drafts: dict[str, ConfigurationDraft] = {}
    titles: Counter[str] = Counter()
    for key, entity in sorted({_configuration_key(entity, choices): entity for entity in entities}.items()):
        title = _skin_name(skin_of(entity)) + (" authenticated" if is_authenticated(entity) else "")
        titles[title] += 1
        name = title if titles[title] == 1 else f"{title} {titles[title]}"
        drafts[key] = ConfigurationDraft(
            name.replace(" ", "-"),
            _configuration(f"Web chat {name}", integration_of(entity, choices), choices.languages),
        )
    return drafts


def _configuration(name: str, integration: str | None, languages: Sequence[str]) -> dict[str, Any]:
    authentication = {"authenticationSettings": {"enabled": True, "integrationId": integration}} if integration else {}
    return {
        "name": name,
        "description": "Drafted from web chat's deployments",
        "languages": list(languages),
        "defaultLanguage": languages[0],
        "messenger": {
            "enabled": True,
            "launcherButton": {"visibility": "On"},
            "homeScreen": {"enabled": False},
            "apps": {"conversations": {"enabled": True}},
        },
        **authentication,
    }


def _configuration_key(entity: Mapping[str, Any], choices: Choices) -> str:
    required = is_authenticated(entity)
    by_whom = (integration_of(entity, choices) or authentication_url_of(entity)) if required else None
    # Not canonical(), which escapes nothing: letters beyond ASCII would have another place in the order of these keys,
    # which numbers the configurations, and a draft another name than the day before.
    return json.dumps([skin_of(entity), required, by_whom], sort_keys=True)


def _skin_name(skin: Any) -> str:
    if skin is None:
        return "no skin"
    # Not canonical(), which writes no white space: the digest is in the names of drafts, which are to stay.
    return skin if isinstance(skin, str) and skin in _SKINS else f"skin {_digest(json.dumps(skin, sort_keys=True))}"


def _deployment(
    deployment_id: str, answers: Iterable[Answer], configuration: ConfigurationDraft, *, is_widget: bool
) -> DeploymentDraft:
    body: dict[str, Any] = {"configuration": {"name": configuration.body["name"]}}
    for answer in answers:
        body |= answer.draft
    return DeploymentDraft(deployment_id, _file_of(deployment_id), configuration.file, body, is_widget)


def _finding(entity: Mapping[str, Any] | None, path: str, value: Any, answer: Answer) -> Finding:
    name = entity.get("name") if entity else None
    return Finding(
        deployment_id=entity["id"] if entity else None,
        deployment_name=name if isinstance(name, str) else "",
        field=path,
        value=value,
        verdict=answer.verdict,
        target=answer.target,
        reason=answer.reason,
    )


def _value(entity: Mapping[str, Any], path: str) -> Any:
    """Return the value of a field. A field may have a dot in its own name."""
    outer, dot, inner = path.partition(".")
    return _value(entity[outer], inner) if dot and path not in entity else entity.get(path)


def _unused(entities: Sequence[Mapping[str, Any]], choices: Choices) -> Iterator[str]:
    flows = [entity["flow"].get("id") for entity in entities if isinstance(entity.get("flow"), Mapping)]
    for flow in sorted(choices.flows):
        if flow not in flows:
            yield f"flow_map: no deployment has the flow {flow}"
    urls = [authentication_url_of(entity) for entity in entities if is_authenticated(entity)]
    for url in sorted(choices.integrations):
        if url not in urls:
            yield f"integration_map: no deployment requires authentication by {url}"


def _file_of(deployment_id: str) -> str:
    """Return a name for a file that every store and system takes; a UUID is one already."""
    plain = deployment_id.isascii() and deployment_id.replace("-", "").isalnum() and deployment_id.islower()
    return deployment_id if plain and len(deployment_id) <= _UUID_LENGTH else _digest(deployment_id)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
