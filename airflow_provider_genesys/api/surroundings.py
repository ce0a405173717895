"""What a machine or a connection says of certificates and proxies: looked at before the first request, and named.

What is wrong here is wrong at each try. ``requests`` would find out while it sends, and then say neither which variable
it took nor that nothing was sent.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from requests.utils import get_auth_from_url, get_environ_proxies
from urllib3.util import parse_url

from airflow_provider_genesys.exceptions import GenesysConfigError

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")  # how OpenSSL finds a certificate in a folder
_FIELD = "the connection's 'verify'"
_PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


def ca_bundle(verify: bool | str, base_url: str) -> bool | str:  # noqa: FBT001 - the name and the types are those of requests
    """Return how to verify a server's certificate, as ``requests`` takes it.

    :param verify: whether to, or path of a CA bundle. ``True`` takes the bundle that ``REQUESTS_CA_BUNDLE`` or
        ``CURL_CA_BUNDLE`` names, if any.
    :param base_url: address of the server; without TLS the environment does not matter.
    :raises GenesysConfigError: the bundle cannot be read, or holds no certificate.
    """
    if isinstance(verify, str):
        _check_bundle(_FIELD, verify)
        return verify
    variable = next((name for name in _BUNDLES if os.environ.get(name)), None)
    if not verify or variable is None or urlsplit(base_url).scheme != "https":
        return verify
    _check_bundle(f"the environment variable {variable}", os.environ[variable])
    return os.environ[variable]


def proxies_for(base_url: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the proxies by scheme, each with its own, ``http`` by default; the one for this address can be used.

    :param base_url: the address.
    :param given: the connection's; ``None`` takes those of the environment.
    :raises GenesysConfigError: the proxy's address is none; it is not repeated, since it may hold a password.
    """
    found = get_environ_proxies(base_url, no_proxy=None) if given is None else given
    proxies = {key: proxy if "://" in proxy or not proxy else f"http://{proxy}" for key, proxy in found.items()}
    key = _key_for(base_url, proxies)
    if key is not None:
        _check_proxy(_place_of(key, given), proxies[key])
    return proxies


def proxy_without_login(base_url: str, proxies: Mapping[str, str], given: Mapping[str, str] | None) -> str | None:
    """Say which proxy wants a login for this address, where it is named and what to do; ``None`` where there is none.

    :param base_url: the address.
    :param proxies: as :func:`proxies_for` returned them.
    :param given: as that was given them.
    """
    key = _key_for(base_url, proxies)
    if key is None:
        return None
    address = parse_url(proxies[key])
    place = address.netloc  # which has no login in it
    refused = "refuses the login that is in its address" if address.auth else "wants a login, and its address has none"
    return (
        f"the proxy {address.scheme}://{place}, which {_place_of(key, given)} names, {refused} (HTTP 407): give it as "
        f"{address.scheme}://user:password@{place}, percent-encoded"
    )


def logins(proxies: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield user and password of the proxies whose addresses hold any."""
    for proxy in proxies.values():
        try:
            user, password = get_auth_from_url(proxy)
        except ValueError:  # it is not for this address, or would have been refused
            continue
        if password:
            yield user, password


def _key_for(base_url: str, proxies: Mapping[str, str]) -> str | None:
    """Return the key of the proxy for an address, as ``requests`` chooses; ``None`` where there is none."""
    address = urlsplit(base_url)
    keys = (f"{address.scheme}://{address.hostname}", address.scheme, f"all://{address.hostname}", "all")
    key = next((key for key in keys if key in proxies), None)
    return key if key is not None and proxies[key] else None


def _place_of(key: str, given: Mapping[str, str] | None) -> str:
    """Say where a proxy is named."""
    return f"the connection's 'proxies', {key!r}," if given is not None else _proxy_variable(key)


def _check_bundle(where: str, bundle: str) -> None:
    """Raise unless there is a certificate in a file, or one that is found in a folder."""
    path = Path(bundle)
    try:
        if path.is_dir():
            files = [each for each in path.iterdir() if _HASHED.fullmatch(each.name)]
            advice = "in a folder only those are found whose names 'openssl rehash' has made"
        else:
            files, advice = [path], "what is needed is a file in PEM form"
        certificates = sum(map(_certificates, files))
    except OSError as error:
        what = f"no CA bundle can be read from {bundle!r}: {error.strerror or type(error).__name__}"
        raise GenesysConfigError(f"{where}: {what}") from None
    if not certificates:
        raise GenesysConfigError(f"{where}: there is no certificate in {bundle!r}; {advice}")


def _certificates(file: Path) -> int:
    """Return the number of certificates in a file.

    :raises OSError: it cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with file.open("rb"):  # OpenSSL says less about a file that it cannot read
        try:
            context.load_verify_locations(cafile=file)
        except ssl.SSLError:
            return 0
    return context.cert_store_stats()["x509"]


def _proxy_variable(key: str) -> str:
    names = [name for name in os.environ if name.lower() == f"{key}_proxy" and os.environ[name]]
    return f"the environment variable {max(names, default=f'{key}_proxy')}"  # small letters come before capitals


def _check_proxy(where: str, proxy: str) -> None:
    wanted = "names no proxy: it must be an address of the form http://host:port"
    try:
        address = parse_url(proxy)
    except ValueError:  # urllib3's own are, too
        raise GenesysConfigError(f"{where} {wanted}") from None
    if not address.host or address.scheme not in _PROXY_SCHEMES:
        raise GenesysConfigError(f"{where} {wanted}")
    if address.scheme.startswith("socks"):
        try:
            import socks  # type: ignore[import-untyped] # noqa: F401, PLC0415 - only whoever has such a proxy needs it
        except ImportError:
            raise GenesysConfigError(f"{where} names a SOCKS proxy, which needs the package 'PySocks'") from None
