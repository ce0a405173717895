"""What becomes of each field of web chat in web messaging, and why."""

from __future__ import annotations

import re
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


_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z)({_LABEL}\.)+(?![0-9]+\Z){_LABEL}")  # lower case, and no IP address
_DOUBTS = (
    (re.compile(r"\*"), "has a wildcard, and whether web messaging takes those is unconfirmed"),
    (re.compile(r"[\s,;|]"), "holds a blank or a separator: write each domain as an entry of its own"),
    (re.compile(r"://"), "is an address: write the domain alone, without https://"),
    (re.compile(r"(?<![:/])[/?#\\](?!/)"), "has a path: whole domains are allowed, not parts of them"),
    (re.compile(r":[0-9]+(?![^/?#])"), "has a port: write the domain alone"),
    (re.compile(r"[^\x00-\x7f]"), "has letters beyond ASCII: write it as browsers send it, beginning with xn--"),
    (
        re.compile(r"[A-Z]"),
        "has capitals, and whether web messaging overlooks them is unconfirmed: write small letters",
    ),
)
"""What may be meant by an allowed domain that is no plain one, and what to do about it."""

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
        "clientType": _client_type(entity.get("clientType")),
        "selfUri": _NEW_ADDRESS,
    }
    answers["disabled"] = _status(entity.get("disabled"), [answer.hold for answer in answers.values() if answer.hold])
    found = {name: answer for name, answer in answers.items() if name in entity or name in DECIDED}
    if "webChatConfig" in entity:
        found |= _appearance(entity["webChatConfig"])
    if "clientConfig" in entity:
        found |= _clients(entity, choices)
    others = entity.keys() - answers.keys() - {"webChatConfig", "clientConfig"}
    return found | dict.fromkeys(sorted(others), _UNKNOWN)


def skin_of(entity: Mapping[str, Any]) -> Any:
    """Return the skin of a deployment of web chat, or of a widget; ``None`` if it has none."""
    config = entity["webChatConfig"] if "webChatConfig" in entity else _client_in_use(entity)
    return config.get("webChatSkin") if isinstance(config, Mapping) else None


def authentication_url_of(entity: Mapping[str, Any]) -> Any:
    """Return by which URL a deployment of web chat, or of a widget, has visitors known; ``None`` if by none."""
    holder = entity if "authenticationUrl" in entity else _client_in_use(entity)
    return holder.get("authenticationUrl")


def is_authenticated(entity: Mapping[str, Any]) -> bool:
    """Tell whether visitors have to be known. What is neither true nor false is taken for true, to let nobody in."""
    required = entity.get("authenticationRequired")
    return required is not None and required is not False


def integration_of(entity: Mapping[str, Any], choices: Choices) -> str | None:
    """Return the integration that the author gave for a deployment, if it requires authentication."""
    url = authentication_url_of(entity)
    return choices.integrations.get(url) if is_authenticated(entity) and isinstance(url, str) else None


def is_text(value: Any) -> bool:
    """Tell whether a value is text that is not empty."""
    return isinstance(value, str) and bool(value.strip())


def doubt_of_domain(domain: str) -> str:
    """Return why an allowed domain may not be taken as it is written, and what to do; empty if it is a plain one."""
    if _DOMAIN.fullmatch(domain):
        return ""
    doubts = [words for pattern, words in _DOUBTS if pattern.search(domain)]
    return ", ".join(doubts) or "is no domain such as shop.example.com: see what it was meant for"


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
    once = list(dict.fromkeys(domains))
    draft = {"allowAllDomains": False, "allowedDomains": once}
    left_out = ["entries that are no text were left out: see whether they matter"] if len(domains) < len(given) else []
    doubts = left_out + [f"{domain!r} {doubt}" for domain in once if (doubt := doubt_of_domain(domain))]
    if doubts:
        return Answer("choice", target, f"as they are written, but {'; '.join(doubts)}", draft)
    same = "the same, and no others" if len(once) == len(domains) else "the same, each once, and no others"
    return Answer("carried", target, same, draft)


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
        where = "integration_map" if is_text(authentication_url_of(entity)) else "the draft of the configuration"
        reason = f"needs an OpenID Connect integration: set one up and name it in {where}"
        return Answer("impossible", target, reason, hold="authentication")
    reason = (
        f"integration_map puts the integration {integration} in its place: the pages have to sign visitors in with it"
    )
    return Answer("choice", target, reason)


def _authentication_url(entity: Mapping[str, Any], choices: Choices) -> Answer:
    if authentication_url_of(entity) is None:
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


def _client_in_use(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is set for the kind of client that a widget says it has."""
    kind, config = entity.get("clientType"), entity.get("clientConfig")
    client = config.get(kind) if isinstance(kind, str) and isinstance(config, Mapping) else None
    return client if isinstance(client, Mapping) else {}


def _client_type(kind: Any) -> Answer:
    if kind == "third-party":
        reason = (
            "the pages draw the chat themselves, with the guests' API: they need that of web messaging in its place"
        )
        return Answer("impossible", None, reason)
    if kind == "v2":
        reason = (
            "web messaging has one messenger; what the pages' script sets for this one is in no snapshot: look there"
        )
        return Answer("impossible", None, reason)
    known = kind is None or kind in ("v1", "v1-http")
    return (
        Answer("impossible", None, "web messaging has one messenger, of its own: nothing to do") if known else _UNKNOWN
    )


def _clients(entity: Mapping[str, Any], choices: Choices) -> dict[str, Answer]:
    """Return what becomes of a widget's ``clientConfig``, by the paths of its fields; its own if it has none."""
    config = entity["clientConfig"]
    if not isinstance(config, Mapping) or not config:
        return {"clientConfig": _nothing_set(config)}
    found: dict[str, Answer] = {}
    for kind in sorted(config):
        path, client = f"clientConfig.{kind}", config[kind]
        if not isinstance(client, Mapping) or not client:
            found[path] = _nothing_set(client)
        elif kind != entity.get("clientType"):
            found[path] = Answer("impossible", None, "is set for a kind that clientType does not name: not in use")
        else:
            for name in sorted(client):
                is_url = name == "authenticationUrl"
                found[f"{path}.{name}"] = _authentication_url(entity, choices) if is_url else _skin(name, client[name])
    return found


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
