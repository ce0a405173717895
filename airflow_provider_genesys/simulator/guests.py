"""Web chat's guests: conversations with their members, messages and media requests."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.errors import ApiError

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.dates import Dates

CONVERSATIONS = "/api/v2/webchat/guest/conversations"
CONNECTED = "CONNECTED"
DISCONNECTED = "DISCONNECTED"
Entity = dict[str, Any]


@dataclass(slots=True)
class Conversation:
    """A conversation of a guest; each of its parts is in the API's model, by id, in the order of time.

    :param guest_id: the member who is the guest.
    """

    id: str
    guest_id: str
    members: dict[str, Entity] = field(default_factory=dict)
    messages: dict[str, Entity] = field(default_factory=dict)
    media_requests: dict[str, Entity] = field(default_factory=dict)

    def reference(self) -> Entity:
        """Return how the parts name the conversation."""
        return {"id": self.id, "selfUri": f"{CONVERSATIONS}/{self.id}"}

    def as_json(self) -> dict[str, list[Entity] | str]:
        """Return all of it."""
        return {
            "id": self.id,
            "members": [*self.members.values()],
            "messages": [*self.messages.values()],
            "mediaRequests": [*self.media_requests.values()],
        }


class Guests:
    """All conversations of guests.

    :param new_id: gives the next id by chance.
    :param dates: gives the date of what happens next.
    """

    def __init__(self, new_id: Callable[[], str], dates: Dates) -> None:
        self._new_id = new_id
        self._dates = dates
        self._conversations: dict[str, Conversation] = {}
        self._conversation_of: dict[str, str] = {}

    def admit(self, token: str, conversation_id: str) -> None:
        """Let a guest into the conversation that the token was given for, and into no other.

        :raises ApiError: 401 for a token that is not a guest's, 403 for another conversation's; the latter's status
            is unconfirmed.
        """
        if token not in self._conversation_of:
            raise ApiError(401, "bad.credentials")
        if self._conversation_of[token] != conversation_id:
            raise ApiError(403)

    def expire(self, token: str) -> None:
        """End a token's life now."""
        self._conversation_of.pop(token, None)

    def conversation(self, conversation_id: str) -> Conversation:
        """Return a conversation that a guest was let into."""
        return self._conversations[conversation_id]

    def conversations(self) -> list[Conversation]:
        """Return all conversations, in the order of their creation."""
        return [*self._conversations.values()]

    def begin(
        self, member_info: Mapping[str, Any], agent_name: str, *, authenticated: bool
    ) -> tuple[str, Conversation]:
        """Begin a conversation.

        An agent is there from the first moment, says hello and asks to see the guest's screen, so that there is
        something of everything. In reality the conversation is routed once the event stream is read.

        :param member_info: what the guest says of itself.
        :returns: the guest's token and the conversation.
        """
        conversation = Conversation(self._unused_id(self._conversations), self._new_id())
        self._conversations[conversation.id] = conversation
        self._join(
            conversation, conversation.guest_id, "CUSTOMER", {**member_info, "authenticatedGuest": authenticated}
        )
        agent_id = self._new_id()
        self._join(conversation, agent_id, "AGENT", {"displayName": agent_name})
        self.say(conversation, agent_id, "How may I help you?", "standard")
        self._ask_for_screen(conversation)
        token = _jwt({"conversationId": conversation.id, "memberId": conversation.guest_id})
        self._conversation_of[token] = conversation.id
        return token, conversation

    def speaker(self, conversation: Conversation, member_id: str) -> Entity:
        """Return a member for whom the guest may act: itself, as long as it is there.

        :raises ApiError: 404; 403 for others, which is unconfirmed; 400, if the guest has left.
        """
        if member_id not in conversation.members:
            raise ApiError(404)
        if member_id != conversation.guest_id:
            raise ApiError(403)
        member = conversation.members[member_id]
        if member["state"] == DISCONNECTED:
            message = "The conversation member is in a state which does not permit this action."
            raise ApiError(400, "chat.error.member.state", message)
        return member

    def leave(self, conversation: Conversation, member_id: str) -> None:
        """Let the guest leave; its token still reads.

        :raises ApiError: as :meth:`speaker`.
        """
        self.speaker(conversation, member_id).update(state=DISCONNECTED, leaveDate=self._dates.next())

    def say(self, conversation: Conversation, member_id: str, body: str, body_type: str) -> Entity:
        """Add a message and return it."""
        message_id = self._unused_id(conversation.messages)
        message = {
            "id": message_id,
            "conversation": conversation.reference(),
            "sender": _as_sender(conversation.members[member_id]),
            "body": body,
            "bodyType": body_type,
            "timestamp": self._dates.next(),
            "selfUri": f"{CONVERSATIONS}/{conversation.id}/messages/{message_id}",
        }
        conversation.messages[message_id] = message
        return message

    def typing(self, conversation: Conversation, member_id: str) -> Entity:
        """Return an indication that a member types; it is not kept."""
        return {
            "id": self._new_id(),
            "conversation": conversation.reference(),
            "sender": _as_sender(conversation.members[member_id]),
            "timestamp": self._dates.next(),
        }

    def answer_media_request(self, conversation: Conversation, request_id: str, state: str) -> Entity:
        """Set a media request's state.

        :raises ApiError: 404; 400, if the guest has left.
        """
        if request_id not in conversation.media_requests:
            raise ApiError(404, "chat.error.not.found", "The media request was not found.")
        if conversation.members[conversation.guest_id]["state"] == DISCONNECTED:
            message = "The conversation is in a state which does not permit this action."
            raise ApiError(400, "chat.error.conversation.state", message)
        conversation.media_requests[request_id]["state"] = state
        return conversation.media_requests[request_id]

    def _unused_id(self, taken: Container[str]) -> str:
        while (entity_id := self._new_id()) in taken:
            pass
        return entity_id

    def _join(self, conversation: Conversation, member_id: str, role: str, info: Mapping[str, Any]) -> None:
        here = {"role": role, "joinDate": self._dates.next(), "state": CONNECTED}
        conversation.members[member_id] = {"id": member_id, **info, **here}

    def _ask_for_screen(self, conversation: Conversation) -> None:
        request_id = self._new_id()
        conversation.media_requests[request_id] = {
            "id": request_id,
            "types": ["COBROWSE"],
            "state": "PENDING",
            "communicationId": self._new_id(),
            "securityKey": "simulated",
            "selfUri": f"{CONVERSATIONS}/{conversation.id}/mediarequests/{request_id}",
        }


def _as_sender(member: Entity) -> Entity:
    """Return how a message shows its sender."""
    return {name: member[name] for name in ("id", "displayName", "role", "state") if name in member}


def _jwt(claims: Mapping[str, str]) -> str:
    """Return a token in the form of a JWT. Its signature is chance: nobody needs to verify it but the simulator."""
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])
