"""The fields of a connection as environment variables, for where there is no Airflow.

``GENESYS_CLOUD_`` and the name of a connection's field in capitals, such as ``GENESYS_CLOUD_REGION``; the client's id
and secret are ``GENESYS_CLOUD_CLIENT_ID`` and ``GENESYS_CLOUD_CLIENT_SECRET``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_genesys.connection import form
from airflow_provider_genesys.connection.fields import Wording, client_settings
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar

if TYPE_CHECKING:
    from airflow_provider_genesys.api.settings import ClientSettings

log = logging.getLogger(__name__)

PREFIX = "GENESYS_CLOUD_"
_TYPE = "genesys_cloud"
_STANDARD = {"login": f"{PREFIX}CLIENT_ID", "password": f"{PREFIX}CLIENT_SECRET"}


@dataclass(frozen=True, slots=True)
class _Variables:
    """The variables in the form of a connection."""

    login: str | None
    password: str | None
    extra: str
    conn_id: str = "environment"
    conn_type: str = _TYPE
    host: str | None = None


def variables() -> dict[str, str]:
    """Return the name of each field's variable."""
    return {**_STANDARD, **{name: f"{PREFIX}{name.upper()}" for name in form.fields(_TYPE)}}


def is_set(environment: Mapping[str, str]) -> bool:
    """Tell whether any of the variables has a value."""
    return any(environment.get(variable) for variable in variables().values())


def check_names(environment: Mapping[str, str]) -> None:
    """Refuse a variable that is spelt nearly as one that there is, and warn of all others that are none.

    :param environment: the environment.
    :raises GenesysConfigError: a variable is misspelt, the only one or a guard, which a typo must not switch off.
    """
    known = {name.removeprefix(PREFIX): name for name in variables().values()}
    for name in sorted(name for name in environment if name.startswith(PREFIX) and environment[name]):
        word = name.removeprefix(PREFIX)
        if word in known:
            continue
        if meant := similar(word, known, cutoff=0.8):
            raise GenesysConfigError(f"there is no variable {name}; did you mean {known[meant[0]]}?")
        guess = similar(word, known, cutoff=0.5)
        hint = f"; did you mean {known[guess[0]]}?" if guess else ""
        log.warning("the variable %s is not read, as there is none of this name%s", name, hint)


def environment_settings(
    environment: Mapping[str, str], *, user_agent: str, mask: Callable[[str], None]
) -> ClientSettings:
    """Read the variables, as a connection's fields are read.

    :param environment: the environment.
    :param user_agent: value of the ``User-Agent`` header.
    :param mask: keeps a secret out of the output.
    :raises GenesysConfigError: a variable is missing or wrong.
    """
    names = variables()
    values = {field: environment[name] for field, name in names.items() if environment.get(name)}
    login, password = values.pop("login", None), values.pop("password", None)
    if password:
        mask(password.strip())
    return client_settings(
        _Variables(login, password, json.dumps(values)),
        connection_type=_TYPE,
        user_agent=user_agent,
        mask=mask,
        wording=Wording("", lambda field: names[field]),
    )
