"""The operations of web chat's guests. The gateway has seen to it that a guest is in its own conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request  # noqa: TC002 (FastAPI reads annotations)
from starlette.responses import Response

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.guests import CONVERSATIONS, DISCONNECTED
from airflow_provider_genesys.simulator.reading import (
    FLAGS,
    choice_parameter,
    json_body,
    page,
    whole_number,
    wrong_parameter,
)
from airflow_provider_genesys.simulator.validation import ModelValidator
from airflow_provider_genesys.simulator.webchat_deployments import require_webchat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_genesys.simulator.guests import Conversation
    from airflow_provider_genesys.simulator.state import World

CONVERSATION = CONVERSATIONS + "/{conversation_id}"
MEMBERS = CONVERSATION + "/members"
MESSAGES = CONVERSATION + "/messages"
MEDIA_REQUESTS = CONVERSATION + "/mediarequests"
MAX_MESSAGES = 100
MAX_BODY = 4_000
# What a guest may make of a media request; the other states are the agent's and the server's.
GUEST_STATES = ("ACCEPTED", "DECLINED", "ERRORED")
ORDERS = {"ASCENDING": False, "DESCENDING": True}
NOT_NULL = "chat.error.notnull.createconversationrequest"

router = APIRouter(dependencies=[Depends(require_webchat)])
_conversation_validator = ModelValidator("CreateWebChatConversationRequest")
_message_validator = ModelValidator("CreateWebChatMessageRequest")
_media_request_validator = ModelValidator("WebChatGuestMediaRequest")


@router.post(CONVERSATIONS)
async def create_conversation(request: Request) -> dict[str, Any]:
    """Begin a conversation, and give the guest its token."""
    world: World = request.state.exchange.world
    body = _conversation_validator.read(await json_body(request))
    _check_conversation(world, body)
    names = [user["name"] for user in world.users()]
    token, conversation = world.guests.begin(
        body["memberInfo"], names[0] if names else "Agent", authenticated="memberAuthToken" in body
    )
    host = request.headers.get("host", "")
    return {
        "id": conversation.id,
        "jwt": token,
        # There is no event stream here: nobody listens at this address.
        "eventStreamUri": f"ws://{host}/websocket/v2/{conversation.id}",
        "member": conversation.members[conversation.guest_id],
    }


@router.get(MEMBERS)
async def list_members(request: Request, conversation_id: str) -> dict[str, Any]:
    """Return a page of the members."""
    members = [*_conversation(request, conversation_id).members.values()]
    if choice_parameter(request, "excludeDisconnectedMembers", "FALSE", FLAGS):
        members = [member for member in members if member["state"] != DISCONNECTED]
    return page(request, members)


@router.get(MEMBERS + "/{member_id}")
async def read_member(request: Request, conversation_id: str, member_id: str) -> dict[str, Any]:
    """Return a member."""
    members = _conversation(request, conversation_id).members
    if member_id not in members:
        raise ApiError(404, "chat.error.not.found", "The web chat conversation member was not found.")
    return members[member_id]


@router.delete(MEMBERS + "/{member_id}")
async def remove_member(request: Request, conversation_id: str, member_id: str) -> Response:
    """Let the guest leave."""
    world: World = request.state.exchange.world
    world.guests.leave(_conversation(request, conversation_id), member_id)
    return Response(status_code=204)


@router.post(MEMBERS + "/{member_id}/messages")
async def send_message(request: Request, conversation_id: str, member_id: str) -> dict[str, Any]:
    """Say something."""
    world: World = request.state.exchange.world
    conversation = _conversation(request, conversation_id)
    body = _message_validator.read(await json_body(request))
    if not body.get("body"):
        code = "chat.error.notnull.createconversationmessagerequest.body"
        raise ApiError(400, code, "The request body may not be null.")
    if len(body["body"]) > MAX_BODY:
        raise ApiError(400, "chat.error.bad.request", "Error occurred due to invalid request.")
    world.guests.speaker(conversation, member_id)
    return world.guests.say(conversation, member_id, body["body"], body.get("bodyType", "standard"))


@router.post(MEMBERS + "/{member_id}/typing")
async def send_typing(request: Request, conversation_id: str, member_id: str) -> dict[str, Any]:
    """Say that the guest types. The operation has no body, so none is asked for."""
    world: World = request.state.exchange.world
    conversation = _conversation(request, conversation_id)
    world.guests.speaker(conversation, member_id)
    return world.guests.typing(conversation, member_id)


@router.get(MESSAGES)
async def list_messages(request: Request, conversation_id: str) -> dict[str, Any]:
    """Return messages between ``after`` and ``before``, as many as are asked for, and where to find the next.

    Which messages come first is what ``sortOrder`` says; ``next`` goes on in that direction, and ``previousPage`` is
    never given. All of this is unconfirmed.
    """
    messages = _conversation(request, conversation_id).messages
    size = whole_number(request, "maxResults", MAX_MESSAGES)
    if size > MAX_MESSAGES:
        raise wrong_parameter("maxResults", str(size), f"1 to {MAX_MESSAGES}")
    ids = [*messages]
    ids = ids[_place(request, "after", ids, -1) + 1 : _place(request, "before", ids, len(ids))]
    descending = choice_parameter(request, "sortOrder", "ascending", ORDERS)
    if descending:
        ids.reverse()
    shown = ids[:size]
    listing = {
        "pageSize": size,
        "entities": [messages[message_id] for message_id in shown],
        "selfUri": request.url.path,
    }
    if len(ids) > size:
        query = {**request.query_params, "before" if descending else "after": shown[-1]}
        listing["next"] = f"{request.url.path}?{urlencode(query)}"
    return listing


@router.get(MESSAGES + "/{message_id}")
async def read_message(request: Request, conversation_id: str, message_id: str) -> dict[str, Any]:
    """Return a message."""
    messages = _conversation(request, conversation_id).messages
    if message_id not in messages:
        raise ApiError(404, "chat.error.not.found", "The web chat conversation message was not found.")
    return messages[message_id]


@router.get(MEDIA_REQUESTS)
async def list_media_requests(request: Request, conversation_id: str) -> dict[str, Any]:
    """Return all media requests."""
    return {"entities": [*_conversation(request, conversation_id).media_requests.values()]}


@router.get(MEDIA_REQUESTS + "/{request_id}")
async def read_media_request(request: Request, conversation_id: str, request_id: str) -> dict[str, Any]:
    """Return a media request."""
    requests = _conversation(request, conversation_id).media_requests
    if request_id not in requests:
        raise ApiError(404, "chat.error.not.found", "The media request was not found.")
    return requests[request_id]


@router.patch(MEDIA_REQUESTS + "/{request_id}")
async def answer_media_request(request: Request, conversation_id: str, request_id: str) -> dict[str, Any]:
    """Accept or decline a media request, or say that it went wrong."""
    world: World = request.state.exchange.world
    state = _media_request_validator.read(await json_body(request))["state"]
    if state not in GUEST_STATES:
        details = [{"errorCode": "invalid.value", "fieldName": "state"}]
        message = f"state: Value [{state}] is not valid. Allowable values are: {', '.join(GUEST_STATES)}"
        raise ApiError(400, "invalid.value", message, details)
    return world.guests.answer_media_request(_conversation(request, conversation_id), request_id, state)


def _conversation(request: Request, conversation_id: str) -> Conversation:
    world: World = request.state.exchange.world
    return world.guests.conversation(conversation_id)


def _check_conversation(world: World, body: Mapping[str, Any]) -> None:
    """Refuse a conversation that is against the rules.

    Whether the real server looks at the organisation and the deployment in this order is unconfirmed. Any
    ``memberAuthToken`` passes.

    :raises ApiError: 400, or 404 for an organisation or a deployment that is not there.
    """
    for name, code in (
        ("deploymentId", "chat.error.pattern.createconversationrequest.deploymentid"),
        ("routingTarget", f"{NOT_NULL}.routingtarget"),
    ):
        if not body.get(name):
            raise ApiError(400, code, f"The {name.lower()} property may not be null.")
    if not body.get("memberInfo", {}).get("displayName"):
        raise ApiError(400, f"{NOT_NULL}.memberinfo.displayname", "The displayname property may not be null.")
    if body["organizationId"] != world.settings.organization.id:
        raise ApiError(404)
    deployment = world.webchat.deployment(body["deploymentId"], ApiError(404))
    if deployment.get("disabled"):
        raise ApiError(400, "chat.deployment.disabled", "The web chat deployment is currently disabled.")
    if deployment.get("authenticationRequired") and not body.get("memberAuthToken"):
        message = "The deployment requires the customer member to be authenticated."
        raise ApiError(400, "chat.deployment.require.auth", message)


def _place(request: Request, name: str, ids: list[str], default: int) -> int:
    """Return where the message is that a parameter names."""
    message_id = request.query_params.get(name)
    if message_id is None:
        return default
    if message_id not in ids:
        raise wrong_parameter(name, message_id, "ids of messages of the conversation")
    return ids.index(message_id)
