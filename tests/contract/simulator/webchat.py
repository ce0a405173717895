"""A deployment of web chat, and a conversation under it."""

from __future__ import annotations

from typing import Any

from tests.contract.chat_client import CONVERSATIONS, ChatClient

DEPLOYMENT = {
    "name": "Kasse für Gäste",
    "description": "The shop's",
    "authenticationRequired": False,
    "authenticationUrl": "https://auth.example.com",
    "disabled": False,
    "webChatConfig": {"webChatSkin": "modern-caret-skin"},
    "allowedDomains": ["shop.example.com", "www.example.com"],
    "flow": {"id": "5c1f1a34-9d0e-4f0e-a0e8-3cb4b2a0c111", "name": "Chat", "selfUri": "/api/v2/flows/5c1f1a34"},
}


def wanted(client: ChatClient, **changes: Any) -> dict[str, Any]:
    """Return the body of a conversation under the first deployment."""
    return {
        "organizationId": client.simulator.settings()["organization"]["id"],
        "deploymentId": client.simulator.webchat()["deployments"][0]["id"],
        "routingTarget": {"targetType": "QUEUE", "targetAddress": "Sales"},
        "memberInfo": {"displayName": "Ada", "customFields": {"basket": "12"}},
        **changes,
    }


def begin(client: ChatClient) -> tuple[ChatClient, str, str]:
    """Begin a conversation, and return the guest, the conversation's path and the guest's."""
    if not client.simulator.webchat()["deployments"]:
        client.simulator.load_webchat(deployments=[DEPLOYMENT])
    begun = client.bearing(None).post(CONVERSATIONS, wanted(client))
    path = f"{CONVERSATIONS}/{begun['id']}"
    return client.bearing(begun["jwt"]), path, f"{path}/members/{begun['member']['id']}"
