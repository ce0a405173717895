"""Web chat as the API answers it, and what web messaging takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema

SALES = "5c1f0a52-6b0e-4c55-9c1f-3f2a9d7f0001"
SUPPORT = "5c1f0a52-6b0e-4c55-9c1f-3f2a9d7f0002"
CHAT_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0001"
MESSAGE_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0002"
SIGN_IN = "https://login.example.com/chat"
INTEGRATION = "d2a7c6de-9b0b-4f2a-8d4e-4c2f7b9e0001"


def a_deployment(deployment_id: str = SALES, **fields: Any) -> dict[str, Any]:
    """Return a deployment as web chat has it; a field that is ``...`` is left out."""
    whole = {
        "id": deployment_id,
        "name": "Sales",
        "description": "Chat of the shop",
        "authenticationRequired": False,
        "disabled": False,
        "webChatConfig": {"webChatSkin": "basic"},
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": CHAT_FLOW, "name": "Shop", "selfUri": f"/api/v2/flows/{CHAT_FLOW}"},
        "selfUri": f"/api/v2/webchat/deployments/{deployment_id}",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def a_widget(deployment_id: str = SUPPORT, **fields: Any) -> dict[str, Any]:
    """Return a deployment of a widget as the API has it; a field that is ``...`` is left out."""
    whole = {
        "id": deployment_id,
        "name": "Support",
        "authenticationRequired": False,
        "disabled": False,
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": CHAT_FLOW, "name": "Shop"},
        "clientType": "v1",
        "clientConfig": {"v1": {"webChatSkin": "basic"}},
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}
_STATUS = {"enum": ["Active", "Inactive"]}

CONFIGURATION = jsonschema.Draft202012Validator(
    _object(
        {
            "name": _NAME,
            "description": _TEXT,
            "languages": {"type": "array", "items": _NAME, "minItems": 1},
            "defaultLanguage": _NAME,
            "messenger": _object(
                {
                    "enabled": {"const": True},
                    "launcherButton": _object({"visibility": {"enum": ["On", "Off", "OnDemand"]}}),
                    "homeScreen": _object({"enabled": _FLAG}),
                    "apps": _object({"conversations": _object({"enabled": _FLAG})}),
                }
            ),
            "authenticationSettings": _object({"enabled": _FLAG, "integrationId": _NAME}, "enabled", "integrationId"),
        },
        # With the messenger enabled the API requires the languages too.
        *("name", "languages", "defaultLanguage"),
    )
)
DEPLOYMENT = jsonschema.Draft202012Validator(
    _object(
        {
            "name": _NAME,
            "description": _TEXT,
            "allowAllDomains": _FLAG,
            "allowedDomains": {"type": "array", "items": _NAME},
            "flow": _object({"id": _NAME}, "id"),
            "status": _STATUS,
            "configuration": _object({"id": _NAME, "version": _NAME}, "id", "version"),
        },
        *("name", "configuration", "allowAllDomains", "allowedDomains", "status"),
    )
)
