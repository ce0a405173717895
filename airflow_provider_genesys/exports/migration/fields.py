"""What becomes of each field of web chat in web messaging, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["carried", "choice", "impossible"]

DECIDED = frozenset({"name", "disabled", "allowedDomains", "flow"})
"""Fields about which a draft has to say something, also where web chat's deployment says nothing."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the Dag author chose, checked.

    :param flows: id of an inbound message flow by that of the inbound chat flow whose place it takes.
    :param integrations: id of an OpenID Connect integration by the authentication URL whose place it takes.
    :param languages: languages of the configurations; the first is the default.
    """

    flows: Mapping[str, str]
    integrations: Mapping[str, str]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a field.

    :param verdict: ``carried`` over, carried over with a ``choice`` to make, or ``impossible``: in no draft.
    :param target: the field of web messaging that takes its place, ``None`` if there is none.
    :param reason: why, and what to do.
    :param draft: what it brings to the draft of the deployment.
    :param hold: why the draft must not be in use before a person has seen to it; empty if it may.
    """

    verdict: Verdict
    target: str | None
    reason: str
    draft: Mapping[str, Any] = field(default_factory=dict)
    hold: str = ""


_UNKNOWN = Answer("impossible", None, "this provider does not know the field: look for a counterpart")
_NEW_ID = Answer("impossible", None, "the server gives a new id: change the snippet in the pages that use this one")
_NEW_ADDRESS = Answer("impossible", None, "follows from the new id: nothing to do")
_LOOK = "configuration: messenger.styles, messenger.launcherButton, messenger.homeScreen, position"


def settings_answer(name: str) -> Answer:
    """Return what becomes of a field of web chat's settings."""
    if name == "requireDeployment":
        return Answer("impossible", None, "no counterpart: a web messaging session always names a deployment")
    return _UNKNOWN


def deployment_answers(entity: Mapping[str, Any], name: Answer, choices: Choices) -> dict[str, Answer]:
    """Return what becomes of each field that a deployment has or its draft needs, by its path.

    :param entity: the deployment as the API answers it.
    :param name: what becomes of its name, which the names of others have a part in.
    """
    answers = {
        "id": _NEW_ID,
        "name": name,
        "description": _description(entity.get("description")),
        "allowedDomains": _domains(entity.get("allowedDomains")),
        "flow": _flow(entity.get("flow"), choices),
        "authenticationRequired": _authentication(entity, choices),
        "authenticationUrl": _authentication_url(entity, choices),
        "selfUri": _NEW_ADDRESS,
    }
    answers["disabled"] = _status(entity.get("disabled"), [answer.hold for answer in answers.values() if answer.hold])
    found = {name: answer for name, answer in answers.items() if name in entity or name in DECIDED}
    if "webChatConfig" in entity:
        found |= _appearance(entity["webChatConfig"])
    return found | dict.fromkeys(sorted(entity.keys() - answers.keys() - {"webChatConfig"}), _UNKNOWN)


def is_authenticated(entity: Mapping[str, Any]) -> bool:
    """Tell whether visitors have to be known. What is neither true nor false is taken for true, to let nobody in."""
    required = entity.get("authenticationRequired")
    return required is not None and required is not False


def integration_of(entity: Mapping[str, Any], choices: Choices) -> str | None:
    """Return the integration that the author gave for a deployment, if it requires authentication."""
    url = entity.get("authenticationUrl")
    return choices.integrations.get(url) if is_authenticated(entity) and isinstance(url, str) else None


def is_text(value: Any) -> bool:
    """Tell whether a value is text that is not empty."""
    return isinstance(value, str) and bool(value.strip())


def _description(value: Any) -> Answer:
    if value is None:
        return Answer("carried", "description", "there is none, nor is there in the draft")
    if not isinstance(value, str):
        return Answer("impossible", "description", "is no text, and web messaging takes nothing else")
    return Answer("carried", "description", "the same", {"description": value})


def _domains(value: Any) -> Answer:
    target = "allowedDomains, allowAllDomains"
    given = value if isinstance(value, list) else []
    domains = [domain for domain in given if is_text(domain)]
    if not domains:
        return Answer(
            "choice",
            target,
            "whether no domains meant all or none in web chat is unconfirmed, and web messaging wants a list, or all. "
            "The draft allows all and is inactive for it: name the domains, or leave it at all",
            {"allowAllDomains": True, "allowedDomains": []},
            hold="the domains",
        )
    draft = {"allowAllDomains": False, "allowedDomains": domains}
    if len(domains) < len(given):
        return Answer("choice", target, "entries that are no domains were left out: see whether they matter", draft)
    if any("*" in domain for domain in domains):
        return Answer("choice", target, "the same; whether web messaging takes wildcards is unconfirmed", draft)
    return Answer("carried", target, "the same, and no others", draft)


def _flow(value: Any, choices: Choices) -> Answer:
    if value is None:
        reason = "there is none, the pages named a queue; web messaging begins in an inbound message flow: choose one"
        return Answer("choice", "flow", reason, hold="the flow")
    flow = value.get("id") if isinstance(value, Mapping) else None
    successor = choices.flows.get(flow) if isinstance(flow, str) else None
    if successor is None:
        reason = "an inbound chat flow cannot be converted: make an inbound message flow and name it in flow_map"
        return Answer("impossible", "flow", reason, hold="the flow")
    reason = f"flow_map puts the inbound message flow {successor} in its place: see that it does the same"
    return Answer("choice", "flow", reason, {"flow": {"id": successor}})


def _authentication(entity: Mapping[str, Any], choices: Choices) -> Answer:
    target = "configuration: authenticationSettings"
    if not is_authenticated(entity):
        return Answer("carried", target, "not required, nor is it in the draft")
    integration = integration_of(entity, choices)
    if integration is None:
        where = "integration_map" if is_text(entity.get("authenticationUrl")) else "the draft of the configuration"
        reason = f"needs an OpenID Connect integration: set one up and name it in {where}"
        return Answer("impossible", target, reason, hold="authentication")
    reason = (
        f"integration_map puts the integration {integration} in its place: the pages have to sign visitors in with it"
    )
    return Answer("choice", target, reason)


def _authentication_url(entity: Mapping[str, Any], choices: Choices) -> Answer:
    if entity.get("authenticationUrl") is None:
        return Answer("carried", None, "there is none, nor is there in the draft")
    if not is_authenticated(entity):
        return Answer("impossible", None, "web messaging has no such URL; this one was not in use: nothing to do")
    target = "configuration: authenticationSettings.integrationId"
    if integration_of(entity, choices) is None:
        return Answer("impossible", target, "an OpenID Connect integration takes the place of a URL")
    return Answer("impossible", target, "the integration takes the place of the URL: nothing more to do")


def _status(disabled: Any, holds: Sequence[str]) -> Answer:
    if disabled is True:
        return Answer("carried", "status", "Inactive", {"status": "Inactive"})
    if disabled is not False:
        reason = "does not say whether it was in use; the draft is inactive: decide"
        return Answer("choice", "status", reason, {"status": "Inactive"})
    if holds:
        reason = f"was in use; the draft is inactive until somebody has seen to {', '.join(holds)}"
        return Answer("choice", "status", reason, {"status": "Inactive"})
    return Answer("carried", "status", "Active", {"status": "Active"})


def _appearance(config: Any) -> dict[str, Answer]:
    """Return what becomes of a ``webChatConfig``, by the paths of its fields; its own if it has none."""
    if not isinstance(config, Mapping) or not config:
        return {"webChatConfig": _nothing_set(config)}
    return {f"webChatConfig.{name}": _skin(name, config[name]) for name in sorted(config)}


def _skin(name: str, value: Any) -> Answer:
    if name != "webChatSkin" or value is None:
        return _nothing_set(value)
    reason = "there are no skins; the draft has the API's own look and a button that is always shown: choose"
    return Answer("choice", _LOOK, reason)


def _nothing_set(value: Any) -> Answer:
    unset = value is None or value == {}
    return Answer("carried", None, "nothing is set, nor is it in the draft") if unset else _UNKNOWN


def new_names(names: Sequence[Any], *, longest: int) -> Iterator[Answer]:
    """Return what becomes of the names, one by one.

    :param names: the names, or whatever stands in their place.
    :param longest: the most characters that a name may have.
    """
    taken: set[str] = set()
    for given in names:
        base = given if is_text(given) else "Unnamed web chat"
        name, number = base[:longest], 1
        while name.strip().casefold() in taken:
            number += 1
            name = f"{base[: longest - len(f' ({number})')].rstrip()} ({number})"
        taken.add(name.strip().casefold())
        reasons = [
            "" if base is given else "web messaging requires a name: choose one",
            f"names beyond {longest} characters may be refused: it was cut" if len(base) > longest else "",
            "another deployment has this name: it was numbered" if number > 1 else "",
        ]
        reason = "; ".join(filter(None, reasons))
        yield Answer("choice" if reason else "carried", "name", reason or "the same", {"name": name})
