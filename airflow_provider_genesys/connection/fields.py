"""From an Airflow connection to a client's settings: every field checked, every error naming it and the connection.

The connections of both systems have the same fields but for a few; which there are, the declared forms say.

Values come typed from the connection form and from JSON, and as text from URIs and environment variables; both are
read. Values are repeated in messages except where they can hold a password.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

from airflow_provider_genesys import __version__
from airflow_provider_genesys.api.regions import Region, VonageRegion, region, vonage_region
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.connection import form as connection_form
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import is_unicode, parse_json

log = logging.getLogger(__name__)

_HOST = re.compile(r"(?!-)[\w-]{1,63}(?:\.(?!-)[\w-]{1,63})*\.?")
_LONGEST_HOST = 254  # characters, with a dot behind it


class Written(Protocol):
    """What is read of a connection; Airflow's own has it."""

    @property
    def conn_id(self) -> str:
        """Its id, for messages."""

    @property
    def conn_type(self) -> str | None:
        """Whose credentials it has, as far as it says that."""

    @property
    def host(self) -> str | None:
        """Not used, which is told to who fills it in."""

    @property
    def login(self) -> str | None:
        """The client's id."""

    @property
    def password(self) -> str | None:
        """The client's secret."""

    @property
    def extra(self) -> str | None:
        """The other fields, as the text of a JSON object."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How messages name what is read.

    :param place: where all of it stands; empty where the fields' names say that.
    :param field: returns the name of a field: of ``login``, ``password``, or one of the others.
    """

    place: str
    field: Callable[[str], str]


def _as_connection(conn_id: str) -> Wording:
    named = {"login": "the login", "password": "the password"}
    return Wording(f"connection {conn_id!r}: ", lambda name: named.get(name, f"extra field {name!r}"))


@dataclass(frozen=True, slots=True)
class _System:
    """What the connections of a system differ in, besides the fields they have.

    :param credentials: whose id and secret login and password are.
    :param find_region: finds a region by its name.
    :param regions: names of regions, as examples.
    :param root: what the operations' paths begin with.
    """

    credentials: str
    find_region: Callable[[str], Region | VonageRegion]
    regions: str
    root: str


_SYSTEMS: Mapping[str, _System] = MappingProxyType(
    {
        "genesys_cloud": _System("the OAuth client's", region, "such as 'mypurecloud.de' or 'eu-central-1'", "/api/v2"),
        "vonage_contact_center": _System("the API credentials'", vonage_region, "'emea', 'nam' or 'apac'", "/agents"),
    }
)

_ANY_SYSTEM = ("", "generic")
"""Types of connections that do not say whose they are."""


def our_user_agent(*, with_airflow: bool = True) -> str:
    """Return what requests say of who sends them: this provider, Airflow and Python, each with its version.

    :param with_airflow: whether Airflow is there and has a part in it.
    """
    names = [f"airflow-provider-genesys/{__version__}"]
    if with_airflow:
        from airflow import __version__ as airflow_version  # noqa: PLC0415 - not while Dags are parsed

        names.append(f"apache-airflow/{airflow_version}")
    return " ".join([*names, f"python/{platform.python_version()}"])


def client_settings(
    connection: Written,
    *,
    connection_type: str,
    user_agent: str,
    mask: Callable[[str], None],
    wording: Wording | None = None,
) -> ClientSettings:
    """Read a connection.

    :param connection: the connection.
    :param connection_type: as which it is to be read; its own must be that, ``generic`` or nothing.
    :param user_agent: value of the ``User-Agent`` header.
    :param mask: keeps a secret out of the logs; called with passwords of proxies now and with each token later.
    :param wording: how messages name the fields, by default those of a connection.
    :raises GenesysConfigError: a field is missing or wrong, or it is another system's, whose password is not to be sent
        to this one.
    """
    _refuse_others(connection, connection_type)
    extra = _Extra(connection, connection_type, wording or _as_connection(connection.conn_id))
    extra.refuse_unknown(connection_form.fields(connection_type))
    system = _SYSTEMS[connection_type]
    if connection.host:
        extra.warn("the host is not used; the region is set in the extra field 'region'")
    client_id = connection.login or extra.miss("login", f", which is {system.credentials} id,")
    client_secret = connection.password or extra.miss("password", f", which is {system.credentials} secret,")
    api_url, login_url, apps_url = _addresses(extra, system)
    return ClientSettings(
        client_id=extra.sendable("login", client_id),
        client_secret=extra.sendable("password", client_secret),
        api_url=api_url,
        login_url=login_url,
        connect_timeout=extra.number("connect_timeout", 5.0),
        read_timeout=extra.number("read_timeout", 30.0),
        verify=_verify(extra),
        proxies=_proxies(extra, mask),
        requests_per_minute=extra.number("requests_per_minute", 300.0),
        max_wait=extra.number("max_wait", 120.0),
        expected_organization_id=extra.text("expected_organization_id"),
        scope=extra.text("scope"),
        api_from="base_url" if extra.text("base_url") else "the region",
        login_from="login_url" if extra.text("login_url") else "the region" if extra.text("region") else "base_url",
        apps_url=apps_url,
        user_agent=user_agent,
        on_token=mask,
    )


def _refuse_others(connection: Written, wanted: str) -> None:
    found = (connection.conn_type or "").strip()
    if found.lower().replace("-", "_") not in {wanted, *_ANY_SYSTEM}:
        raise GenesysConfigError(
            f"connection {connection.conn_id!r} is of the type {found!r}, and is to be of {wanted!r}: credentials of "
            "another system are not sent to this one"
        )


class _Extra:
    """The extra fields of a connection.

    :param connection: the connection.
    :param connection_type: as which it is read.
    :param wording: how messages name its fields.
    :raises GenesysConfigError: they are no JSON object.
    """

    def __init__(self, connection: Written, connection_type: str, wording: Wording) -> None:
        self._wording = wording
        values: Any = connection.extra or {}  # Airflow 3.2 gives that of a URI as a dictionary
        try:
            values = parse_json(values) if isinstance(values, str) else values
        except ValueError:
            values = None
        if not isinstance(values, dict):
            self.fail("the extra fields are no JSON object")
        # The form leaves an empty text where nothing was filled in.
        filled_in = {name: value for name, value in values.items() if value is not None and value != ""}
        # Airflow 2's button Test sends what is in the form under longer names, beside what was saved.
        prefix = f"extra__{connection_type}__"
        in_form = {name.removeprefix(prefix): filled_in.pop(name) for name in [*filled_in] if name.startswith(prefix)}
        self._values = filled_in | in_form

    def fail(self, message: str) -> NoReturn:
        raise GenesysConfigError(f"{self._wording.place}{message}")

    def miss(self, name: str, what: str, examples: str = "") -> NoReturn:
        self.fail(f"{self.called(name)}{what} is missing{examples}")

    def refuse(self, name: str, wanted: str, value: object = None) -> NoReturn:
        self.fail(f"{self.called(name)} must be {wanted}" + (f", not {value!r}" if value is not None else ""))

    def warn(self, message: str) -> None:
        log.warning("%s%s", self._wording.place, message)

    def called(self, name: str) -> str:
        """Return a field's name for messages."""
        return self._wording.field(name)

    def refuse_unknown(self, known: dict[str, Any]) -> None:
        """Raise for a field that does not exist: a typo in a guard must not switch it off."""
        for name in sorted(self._values.keys() - known.keys()):
            meant = similar(name, known)
            hint = f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known)}"
            self.fail(f"there is no extra field {name!r}; {hint}")

    def sendable(self, name: str, value: str) -> str:
        """Return a text without the white space around it; it may be a secret, and is not repeated."""
        if not is_unicode(value):
            self.refuse(name, "without halves of surrogate pairs: they cannot be sent")
        return value.strip()

    def get(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(name, "a text", value)
        return self.sendable(name, value) if value else None

    def number(self, name: str, default: float) -> float:
        value = self._values.get(name, default)
        try:
            number = float(value) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError):
            number = math.nan
        if not (0 < number < math.inf):
            self.refuse(name, "a positive number", value)
        return number

    def address(self, name: str, root: str) -> str | None:
        """Return an address without its trailing slash; a wrong one is not repeated, since it may hold a password.

        :param root: what the operations' paths begin with, and an address does not end with.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            host, secret = parts.hostname, parts.username or parts.password
            _ = parts.port  # raises a ValueError when it is no number
        except ValueError:
            self.refuse(name, "an address of the form https://host[:port][/path]")
        if secret:
            self.refuse(name, "an address without user:password@; the client's id and secret are login and password")
        if not host or not _may_be_host(host) or re.search(r"[\s\x00-\x1f]", value):
            self.refuse(name, "an address of the form https://host[:port][/path]")
        if parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
            self.refuse(name, "an address of the form https://host[:port][/path]")
        if parts.path.rstrip("/").endswith(root):
            self.refuse(name, f"the address in front of {root}, which the operations' paths begin with")
        if parts.scheme == "http" and not _is_loopback(host):
            self.warn(f"{self.called(name)} begins with http: the client secret and all data travel unencrypted")
        return value.rstrip("/")


def _addresses(extra: _Extra, system: _System) -> tuple[str, str, str | None]:
    """Return the addresses of the API, of the token endpoint's host, and of the pages that people use, if known.

    ``base_url`` and ``login_url`` come before the region's. With ``base_url`` and no region, a gateway or a simulator,
    both are expected on the same host.
    """
    base_url, login_url = (extra.address(name, system.root) for name in ("base_url", "login_url"))
    name = extra.text("region")
    if name is None:
        if base_url is None:
            extra.miss("region", "", f", {system.regions}")
        return base_url, login_url or base_url, None
    try:
        home = system.find_region(name)
    except GenesysConfigError as error:
        extra.fail(f"{extra.called('region')}: {error}")
    apps_url = home.apps_url if isinstance(home, Region) else None
    return base_url or home.api_url, login_url or home.login_url, apps_url


def _verify(extra: _Extra) -> bool | str:
    value = extra.get("verify")
    if value is None or isinstance(value, bool):
        verify = value is not False
    elif not isinstance(value, str):
        extra.refuse("verify", "true, false, or the path of a CA bundle", value)
    elif value.strip().lower() in {"true", "false"}:
        verify = value.strip().lower() == "true"
    elif os.path.exists(value.strip()):  # noqa: PTH110 - unlike Path.exists, it never raises
        return value.strip()
    else:
        extra.refuse("verify", "true, false, or the path of a CA bundle that exists and may be read", value)
    if not verify:
        extra.warn(f"{extra.called('verify')} is false: whoever can redirect the traffic can read the client secret")
    return verify


def _proxies(extra: _Extra, mask: Callable[[str], None]) -> dict[str, str] | None:
    value = extra.get("proxies")
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            value = False
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(each, str) and is_unicode(each) for each in value.values()):
        extra.refuse("proxies", 'a JSON object of addresses, such as {"https": "http://proxy.example.com:3128"}')
    for address in value.values():
        try:
            password = urlsplit(address).password
        except ValueError:
            extra.refuse("proxies", "a JSON object of addresses, and one of these is none")
        if password:
            mask(password)
    return value


def _may_be_host(host: str) -> bool:
    """Tell whether a host may have this name: what never can is no outage to wait for."""
    return len(host) <= _LONGEST_HOST and (":" in host or _HOST.fullmatch(host) is not None)  # IPv6


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
