"""CA bundles and proxies that cannot be used are named before anything is sent."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from airflow_provider_genesys.api import surroundings
from airflow_provider_genesys.api.surroundings import ca_bundle, logins, proxies_for
from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.exceptions import GenesysConfigError

URL = "https://api.example.com"
GOOD = certifi.where()


@pytest.fixture(autouse=True)
def _no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


def missing(folder: Path) -> Path:
    return folder / "missing.pem"


def empty(folder: Path) -> Path:
    (folder / "empty.pem").touch()
    return folder / "empty.pem"


def page(folder: Path) -> Path:
    (folder / "page.pem").write_text("<html>Please log in to the proxy</html>")
    return folder / "page.pem"


def cut_off(folder: Path) -> Path:
    (folder / "cut.pem").write_text("-----BEGIN CERTIFICATE-----\nMII")
    return folder / "cut.pem"


def binary(folder: Path) -> Path:
    first = ssl.create_default_context(cafile=GOOD).get_ca_certs(binary_form=True)[0]
    (folder / "ca.der").write_bytes(first)
    return folder / "ca.der"


def key_only(folder: Path) -> Path:
    (folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n")
    return folder / "key.pem"


def bare_folder(folder: Path) -> Path:
    (folder / "certs").mkdir()
    return folder / "certs"


def folder_without_hashes(folder: Path) -> Path:
    shutil.copy(GOOD, bare_folder(folder) / "ca.pem")
    return folder / "certs"


def beneath_a_file(folder: Path) -> Path:
    return empty(folder) / "ca.pem"


BAD = [missing, empty, page, cut_off, binary, key_only, bare_folder, folder_without_hashes, beneath_a_file]


@pytest.mark.parametrize("make", BAD)
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_that_is_none_is_named(
    make, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(GenesysConfigError) as caught:
        Transport(URL, user_agent="test/1")
    assert str(caught.value).startswith(f"the environment variable {variable}: ")
    assert repr(str(path)) in str(caught.value)
    Transport("http://127.0.0.1:1", user_agent="test/1")  # without TLS there is nothing to verify
    Transport(URL, user_agent="test/1", verify=False)
    Transport(URL, user_agent="test/1", verify=GOOD)  # which comes first


@pytest.mark.parametrize("make", BAD)
def test_a_bundle_of_the_connection_that_is_none_is_named(make, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(GenesysConfigError) as caught:
        Transport(URL, user_agent="test/1", verify=str(path))
    assert str(caught.value).startswith("the connection's 'verify': ")
    assert repr(str(path)) in str(caught.value)


def test_a_bundle_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(surroundings, "_certificates", refuse)  # whoever runs the tests may be root
    with pytest.raises(GenesysConfigError, match=r"'verify': no CA bundle can be read from .*: Permission denied"):
        ca_bundle(GOOD, URL)


def test_the_first_variable_counts_and_an_empty_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ca_bundle(True, URL) is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("CURL_CA_BUNDLE", GOOD)
    assert ca_bundle(True, URL) == GOOD
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    with pytest.raises(GenesysConfigError, match="REQUESTS_CA_BUNDLE: no CA bundle can be read from '/no/such/file'"):
        ca_bundle(True, URL)


def test_a_folder_with_hashed_names_is_a_bundle(tmp_path: Path) -> None:
    folder = folder_without_hashes(tmp_path)
    first = ssl.create_default_context(cafile=GOOD).get_ca_certs(binary_form=True)[0]
    (folder / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(first))
    subprocess.run(["openssl", "rehash", str(folder)], check=True, timeout=20)
    assert ca_bundle(str(folder), URL) == str(folder)


def test_ssl_cert_file_does_not_matter_since_requests_does_not_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
    assert ca_bundle(True, URL) is True


NO_PROXIES = [
    "http://user:pass-canary@proxy:port",
    "http://user:pass-canary@:3128",
    "http://[user:pass-canary",
    "user:pass-canary@proxy.example.com:no",
    "socks9://user:pass-canary@proxy:1",
    "ftp://user:pass-canary@proxy:21",
    "http://",
    "http://proxy:99999999",
]


@pytest.mark.parametrize("proxy", NO_PROXIES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_that_is_none_is_named_without_its_password(
    proxy: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(GenesysConfigError) as caught:
        Transport(URL, user_agent="test/1")
    assert str(caught.value).startswith(f"the environment variable {variable} names no proxy")
    assert "canary" not in str(caught.value)
    monkeypatch.setenv("NO_PROXY", "example.com")
    Transport(URL, user_agent="test/1")


@pytest.mark.parametrize("proxy", NO_PROXIES)
def test_a_proxy_of_the_connection_that_is_none_is_named_without_its_password(proxy: str) -> None:
    with pytest.raises(GenesysConfigError) as caught:
        Transport(URL, user_agent="test/1", proxies={"https": proxy})
    assert str(caught.value).startswith("the connection's 'proxies', 'https', names no proxy")
    assert "canary" not in str(caught.value)
    Transport(URL, user_agent="test/1", proxies={"http": proxy})  # which is for other addresses


def test_small_letters_come_before_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://good:1")
    monkeypatch.setenv("https_proxy", "http://bad:port")
    with pytest.raises(GenesysConfigError, match="variable https_proxy names no proxy"):
        proxies_for(URL, None)


@pytest.mark.parametrize("listed", ["http://[", "10.0.0.0/abc", "*.example.org, <local>", "::1/129", ",,"])
def test_what_no_proxy_lists_matches_or_does_not(listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", listed)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert proxies_for(URL, None)["https"] == "http://proxy.example.com:3128"
    assert proxies_for("https://10.0.0.1", None)["https"] == "http://proxy.example.com:3128"


def test_logins_are_those_of_all_proxies_that_can_be_read() -> None:
    proxies = {"https": "http://me:p%40ss@proxy:1", "http": "http://[me:x", "all": "http://proxy:1", "no": "localhost"}
    assert list(logins(proxies)) == [("me", "p@ss")]


def test_a_socks_proxy_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    with pytest.raises(GenesysConfigError, match="needs the package 'PySocks'"):
        proxies_for(URL, {"https": "socks5h://proxy:1080"})
