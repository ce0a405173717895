"""The client of Vonage Contact Center's Agents API and Insights Stats API."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_genesys.api.answers import string_of
from airflow_provider_genesys.api.auth import Token, request_token
from airflow_provider_genesys.api.client import Client
from airflow_provider_genesys.api.figures import time_of
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.operations.names import VonageListingName, VonageOperationName
from airflow_provider_genesys.api.urls import pieces
from airflow_provider_genesys.api.vonage_statistics import StatisticsReading
from airflow_provider_genesys.arguments import ITERABLE, read
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysTransportError
from airflow_provider_genesys.text import first_of, is_uuid

if TYPE_CHECKING:
    from airflow_provider_genesys.api.settings import ClientSettings
    from airflow_provider_genesys.api.transport import Transport

log = logging.getLogger(__name__)

DEFAULT_SCOPE = "users:read"

_BULK: Final = "getAgentsPresencesUsers"
_INTERACTIONS: Final = "getStatsInteractions"
_MOST_MISTAKES = 20  # told of at once
_TOKEN_REQUEST = Operation(
    name="postAuthConnectToken",
    method="POST",
    path="/Auth/connect/token",
    authentication="none",
    repeat="client",
    system="Vonage Contact Center",
)
_CREDENTIALS = (
    "are the client id and secret (the connection's login and password) right, may they have the scope asked for, and "
    "is their user active and in this region?"
)
_ADVICE: dict[int, str] = dict.fromkeys(
    (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN), _CREDENTIALS
)


@dataclass(frozen=True, slots=True)
class VonagePresence:
    """The presence a user of Vonage Contact Center is in.

    :param user_id: the user, as asked for.
    :param updated: when it changed last; aware, in UTC.
    :param presence_id: id of the presence's definition.
    :param description: name of the presence, such as ``Lunch``.
    :param category: ``LoggedOut``, ``Away``, ``ExtendedAway`` or ``Ready``.
    :param category_description: what the category is called.
    :param sub_category: a finer category, which newer versions tell; its values are unconfirmed.
    :param selectable: whether agents can choose it themselves.
    """

    user_id: str
    updated: datetime
    presence_id: str
    description: str | None
    category: str | None
    category_description: str | None
    sub_category: str | None
    selectable: bool | None


class VonageContactCenterClient(Client[VonageOperationName, VonageListingName]):
    """Calls operations of both APIs. Safe to share between threads; making one asks nothing of the network.

    :param settings: see :class:`ClientSettings`; without a ``scope`` it asks for ``users:read``.
    :raises GenesysConfigError: an address is none, or there is no such CA bundle.
    """

    system = "Vonage Contact Center"
    accept = "application/vnd.newvoicemedia.v1+json"

    def read_presences(self, user_ids: Iterable[str]) -> Iterator[tuple[str, VonagePresence | None]]:
        """Yield the presences of any number of users in their order, reading 50 with each request.

        The ids are taken in and checked before the first request; answers are yielded as they come.

        :param user_ids: the users; one named twice is asked for, and yielded, once.
        :return: each user's id, as given, with the presence, or ``None``: the answer leaves the user out, since there
            is no such user, or the credentials may not see it; or, with a warning, what it tells is not understood.
        :raises GenesysConfigError: ids are no UUIDs, of which a single one would have the API refuse all.
        :raises GenesysTransportError: an answer is no list, or an entry has no ``userId``.
        :raises GenesysError: as :meth:`call` does.
        """
        return self._read_presences(_distinct(user_ids))

    def read_interactions(self, since: datetime | str, until: datetime | str | None = None) -> StatisticsReading:
        """Return a reading of the interactions that were processed since a time, as the Insights Stats API has them.

        Nothing is asked for before it is iterated. What was read before may come again, as it is then.

        :param since: when to begin: a time with a zone, or its text. It is the ``up_to`` of the reading before.
        :param until: when to end, the same. By default it is now.
        :raises GenesysConfigError: one is no such time, or it ends before it begins.
        """
        return StatisticsReading(self, _INTERACTIONS, since, until)

    def _read_presences(self, wanted: list[str]) -> Iterator[tuple[str, VonagePresence | None]]:
        for query in pieces(self.operation(_BULK), {"userId": wanted}) if wanted else ():
            batch: list[str] = query["userId"]
            answer = self.call(_BULK, query=query)
            if not isinstance(answer, list):
                raise _not_understood("it is no list")
            found = {_user_of(each): each for each in answer}
            for user_id in batch:
                entity = found.get(user_id.lower())
                yield user_id, None if entity is None else _presence_or_none(user_id, entity)

    @staticmethod
    def fetch_token(settings: ClientSettings, login: Transport) -> Token:
        """Ask the token endpoint once; id, secret and scope go into the form."""
        form = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "scope": settings.scope or DEFAULT_SCOPE,
        }
        return request_token(login, _TOKEN_REQUEST, form=form, advice=_ADVICE)

    def before_writing(self) -> None:
        """Write to whatever account the credentials are of: the API does not tell which that is."""

    @staticmethod
    def read_error(body: dict[str, Any]) -> tuple[str | None, str]:
        """Read an error in any of four shapes.

        ``{error: {code, message}}``, ``{message}``, ``{status, title, errors: [{message, path}]}`` or
        ``{status, title, detail}``. ``errors`` may also be an object of messages by path, as others that speak of
        problems so have it; whether this API does is unconfirmed.
        """
        error = body.get("error")
        if isinstance(error, dict):
            return string_of(error, "code"), string_of(error, "message") or ""
        said = [*_texts(body, "title", "detail"), *_texts(body, "message"), "; ".join(_details(body.get("errors")))]
        return None, ": ".join(filter(None, said))


def _distinct(user_ids: Iterable[str]) -> list[str]:
    """Return the ids without those that came before, in whatever case.

    :raises GenesysConfigError: some are no UUIDs.
    """
    read("user_ids", user_ids, ITERABLE)
    wanted: dict[str, str] = {}
    mistakes = []
    for number, user_id in enumerate(user_ids, 1):
        if isinstance(user_id, str) and is_uuid(user_id):
            wanted.setdefault(user_id.lower(), user_id)
        else:
            mistakes.append(f"{user_id!r:.60} (number {number})")
    if mistakes:
        raise GenesysConfigError(
            f"no presence was read: no user ids are {', '.join(first_of(mistakes, _MOST_MISTAKES))}"
        )
    return list(wanted.values())


def _user_of(entity: Any) -> str:
    user_id = entity.get("userId") if isinstance(entity, dict) else None
    if not isinstance(user_id, str):
        raise _not_understood("an entry has no userId")
    return user_id.lower()


def _presence_or_none(user_id: str, entity: dict[str, Any]) -> VonagePresence | None:
    """Return a user's presence; ``None``, with a warning, if it is not understood: the others are not to wait for it.

    What the entry says is not logged, only what is wrong with it.
    """
    try:
        return _presence(user_id, entity)
    except _OddEntryError as odd:
        log.warning("%s: the presence of user %s is not understood: %s", _BULK, user_id, odd)
        return None


def _presence(user_id: str, entity: dict[str, Any]) -> VonagePresence:
    presence = entity.get("presence")
    if not isinstance(presence, dict):
        raise _OddEntryError("there is no presence")
    if not string_of(presence, "presenceId"):
        raise _OddEntryError("it has no presenceId")
    category = presence.get("category")
    category = category if isinstance(category, dict) else {}
    selectable = presence.get("selectable")
    return VonagePresence(
        user_id,
        updated=_moment(entity.get("updated")),
        presence_id=presence["presenceId"],
        description=string_of(presence, "description"),
        category=string_of(category, "categoryType"),
        category_description=string_of(category, "description"),
        sub_category=string_of(category, "subCategory"),
        selectable=selectable if isinstance(selectable, bool) else None,
    )


def _moment(text: Any) -> datetime:
    moment = time_of(text)
    if moment is None:
        raise _OddEntryError("updated is no moment")
    return moment


class _OddEntryError(Exception):
    """An entry that is not understood; the message says why."""


def _texts(body: dict[str, Any], *names: str) -> list[str]:
    return [text for text in (string_of(body, name) for name in names) if text]


def _details(errors: Any) -> list[str]:
    if isinstance(errors, list):
        return [": ".join(_texts(each, "path", "message")) for each in errors if isinstance(each, dict)]
    if not isinstance(errors, dict):
        return []
    by_path = ((path, messages if isinstance(messages, list) else [messages]) for path, messages in errors.items())
    return [f"{path}: {each}" for path, messages in by_path for each in messages if isinstance(each, str) and each]


def _not_understood(why: str) -> GenesysTransportError:
    return GenesysTransportError(f"{_BULK}: the answer is not understood: {why}", sent=True)
