"""A client of the simulator's web chat and web messaging that holds every answer against the documented shapes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import requests

from tests.contract.presence_client import PresenceClient
from tests.facts import facts

CHAT_SETTINGS = "/api/v2/webchat/settings"
CHAT_DEPLOYMENTS = "/api/v2/webchat/deployments"
CONVERSATIONS = "/api/v2/webchat/guest/conversations"
CONFIGURATIONS = "/api/v2/webdeployments/configurations"
DEPLOYMENTS = "/api/v2/webdeployments/deployments"
NOWHERE = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""

# Every operation and the model of its answer. Of several that fit a path, the first one is meant.
WEBCHAT = {
    f"GET {CHAT_SETTINGS}": "WebChatSettings",
    f"PUT {CHAT_SETTINGS}": "WebChatSettings",
    f"DELETE {CHAT_SETTINGS}": None,
    f"GET {CHAT_DEPLOYMENTS}": "WebChatDeploymentEntityListing",
    f"POST {CHAT_DEPLOYMENTS}": "WebChatDeployment",
    f"GET {CHAT_DEPLOYMENTS}/*": "WebChatDeployment",
    f"PUT {CHAT_DEPLOYMENTS}/*": "WebChatDeployment",
    f"DELETE {CHAT_DEPLOYMENTS}/*": None,
    f"POST {CONVERSATIONS}": "CreateWebChatConversationResponse",
    f"GET {CONVERSATIONS}/*/members": "WebChatMemberInfoEntityList",
    f"GET {CONVERSATIONS}/*/members/*": "WebChatMemberInfo",
    f"DELETE {CONVERSATIONS}/*/members/*": None,
    f"POST {CONVERSATIONS}/*/members/*/messages": "WebChatMessage",
    f"POST {CONVERSATIONS}/*/members/*/typing": "WebChatTyping",
    f"GET {CONVERSATIONS}/*/messages": "WebChatMessageEntityList",
    f"GET {CONVERSATIONS}/*/messages/*": "WebChatMessage",
    f"GET {CONVERSATIONS}/*/mediarequests": "WebChatGuestMediaRequestEntityList",
    f"GET {CONVERSATIONS}/*/mediarequests/*": "WebChatGuestMediaRequest",
    f"PATCH {CONVERSATIONS}/*/mediarequests/*": "WebChatGuestMediaRequest",
}
WEB_MESSAGING = {
    f"GET {CONFIGURATIONS}": "WebDeploymentConfigurationVersionEntityListing",
    f"POST {CONFIGURATIONS}": "WebDeploymentConfigurationVersion",
    f"DELETE {CONFIGURATIONS}/*": None,
    f"GET {CONFIGURATIONS}/*/versions": "WebDeploymentConfigurationVersionEntityListing",
    f"GET {CONFIGURATIONS}/*/versions/draft": "WebDeploymentConfigurationVersion",
    f"PUT {CONFIGURATIONS}/*/versions/draft": "WebDeploymentConfigurationVersion",
    f"POST {CONFIGURATIONS}/*/versions/draft/publish": "WebDeploymentConfigurationVersion",
    f"GET {CONFIGURATIONS}/*/versions/*": "WebDeploymentConfigurationVersion",
    f"GET {DEPLOYMENTS}": "ExpandableWebDeploymentEntityListing",
    f"POST {DEPLOYMENTS}": "WebDeployment",
    f"GET {DEPLOYMENTS}/*": "WebDeployment",
    f"PUT {DEPLOYMENTS}/*": "WebDeployment",
    f"DELETE {DEPLOYMENTS}/*": None,
    f"GET {DEPLOYMENTS}/*/configurations": "WebDeploymentActiveConfigurationOnDeployment",
    f"GET {DEPLOYMENTS}/*/identityresolution": "DeploymentIdentityResolutionConfig",
    f"PUT {DEPLOYMENTS}/*/identityresolution": "DeploymentIdentityResolutionConfig",
}

# The guests' models, which the description beside the repository does not have: `!` marks what must be there.
_GUEST_MODELS = {
    "CreateWebChatConversationResponse": "id jwt eventStreamUri member:WebChatMemberInfo",
    "WebChatMemberInfo": (
        "id displayName firstName lastName email phoneNumber avatarImageUrl role! joinDate leaveDate "
        "authenticatedGuest:boolean customFields:object state"
    ),
    "WebChatMemberInfoEntityList": (
        "entities:WebChatMemberInfo[] pageSize:integer pageNumber:integer total:integer pageCount:integer "
        "firstUri previousUri selfUri nextUri lastUri"
    ),
    "WebChatConversation": "id name member:WebChatMemberInfo selfUri",
    "WebChatMessage": (
        "id name conversation:WebChatConversation! sender:WebChatMemberInfo! body! bodyType! timestamp! selfUri"
    ),
    "WebChatMessageEntityList": "pageSize:integer entities:WebChatMessage[] previousPage next selfUri",
    "WebChatTyping": "id! name conversation:WebChatConversation! sender:WebChatMemberInfo! timestamp!",
    "WebChatGuestMediaRequest": "id name types:string[]! state! communicationId securityKey selfUri",
    "WebChatGuestMediaRequestEntityList": "entities:WebChatGuestMediaRequest[]",
}
_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
}


def operation_of(method: str, path: str) -> str:
    """Return the operation that a request is one of."""
    request = f"{method} {path}"
    return next(
        operation
        for operation in (*WEBCHAT, *WEB_MESSAGING)
        if re.fullmatch(re.escape(operation).replace(r"\*", "[^/]+"), request)
    )


def _guest_schema(name: str) -> dict[str, Any]:
    if name in _TYPES:
        return {"type": name}
    if name.endswith("[]"):
        return {"type": "array", "items": _guest_schema(name[:-2])}
    return {"$ref": name}


def _guest_model(fields: str) -> dict[str, Any]:
    properties, required = {}, []
    for field in fields.split():
        name, _, declared = field.rstrip("!").partition(":")
        properties[name] = _guest_schema(declared or "string")
        if field.endswith("!"):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


@cache
def models() -> dict[str, Any]:
    """Return the models: the guests', of which there is no description, and the others'."""
    return {name: _guest_model(fields) for name, fields in _GUEST_MODELS.items()} | facts("models")


def check_shape(value: Any, schema: dict[str, Any], place: str) -> None:
    """Fail if a value is not what a schema says."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in models():
            check_shape(value, models()[name], f"{place}:{name}")
        return
    assert isinstance(value, _TYPES[schema["type"]]), (place, value)
    assert schema["type"] == "boolean" or not isinstance(value, bool), (place, value)
    assert value in schema.get("enum", (value,)), (place, value)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        check_shape(item, schema["items"], f"{place}[{index}]")
    if "properties" in schema:
        assert value.keys() <= schema["properties"].keys(), (place, value.keys() - schema["properties"].keys())
        assert value.keys() >= {*schema.get("required", ())}, (place, value)
        for name, item in value.items():
            check_shape(item, schema["properties"][name], f"{place}.{name}")


class ChatClient(PresenceClient):
    """Knows the shapes of answers, and which operations it has called.

    :param simulator: what it talks to.
    """

    def __init__(self, simulator: Any) -> None:
        super().__init__(simulator)
        self.called: set[str] = set()

    @property
    def token(self) -> str:
        """The token it sends."""
        return str(self.session.headers["Authorization"]).removeprefix("Bearer ")

    def bearing(self, token: str | None) -> ChatClient:
        """Return a client that sends another token, or none; what it calls is known to this one too."""
        other = ChatClient.__new__(ChatClient)
        other.simulator, other.called = self.simulator, self.called
        other.session = requests.Session()
        other.session.trust_env = False
        if token is not None:
            other.session.headers["Authorization"] = f"Bearer {token}"
        return other

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Return the answer, whatever it is; an error must be a published one, all else of the documented shape."""
        answer = super().send(method, path, body, **query)
        if answer.ok:
            operation = operation_of(method, path.partition("?")[0])
            self.called.add(operation)
            model = {**WEBCHAT, **WEB_MESSAGING}[operation]
            if model is None:
                assert (answer.status_code, answer.content) == (204, b"")
            else:
                check_shape(answer.json(), {"$ref": model}, operation)
        return answer

    def deleted(self, path: str) -> None:
        """Delete something that is there."""
        assert self.send("DELETE", path).status_code == 204

    def gone(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Return status and code of an error that the description need not have."""
        answer = self.session.request(method, self.simulator.base_url + path, json=body, timeout=30)
        error = answer.json()
        assert error.keys() == {"message", "code", "status", "contextId", "details", "errors"}
        assert (error["status"], error["contextId"]) == (answer.status_code, answer.headers["ININ-Correlation-Id"])
        return answer.status_code, error["code"]
