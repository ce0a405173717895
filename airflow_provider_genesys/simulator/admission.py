"""Who may come in: most operations want the client's token, those of web chat's guests another one, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_genesys.simulator.errors import ApiError
from airflow_provider_genesys.simulator.guests import CONVERSATIONS

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    :param token: the token it came with; empty, if it needs none.
    :param is_client: whether it counts against the client's allowance. Which allowance guests have is published
        nowhere; here they have no limit.
    """

    token: str
    is_client: bool


def identify(world: World, method: str, path: str, authorization: str) -> Caller:
    """Return who sends a request.

    :param authorization: the header's value; empty, if there is none.
    :raises ApiError: 401 for the wrong kind of token or none, 403 for a guest's token in another conversation.
    """
    if path != CONVERSATIONS and not path.startswith(f"{CONVERSATIONS}/"):
        token = _bearer(authorization)
        if not world.tokens.is_valid(token):
            raise ApiError(401, "bad.credentials")
        return Caller(token, is_client=True)
    if world.settings.webchat != "present" or (method, path) == ("POST", CONVERSATIONS):
        return Caller("", is_client=False)
    token = _bearer(authorization)
    world.guests.admit(token, path.removeprefix(CONVERSATIONS).split("/")[1])
    return Caller(token, is_client=False)


def _bearer(authorization: str) -> str:
    """Return the token of an ``Authorization`` header.

    :raises ApiError: 401, if there is none.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        message = "No authentication bearer token specified in authorization header."
        raise ApiError(401, "authentication.required", message)
    return token
