"""Whatever an answer says, it never says a secret of the client's: driven over HTTP, in all shapes and spellings."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import re
import socket
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote, quote_plus

import pytest
import requests

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.redaction import Secrets
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.api.settings import ClientSettings
from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.raw_server import RawServer, http

CLIENT_ID = "the-id"
SECRET = 'Canary/9+f%41 €"q&<Z>\\=8d1f'
TOKEN = "canary-token-7Hq+/3zT=="
GUEST = "canary-guest-eyJhbGciOiJIUzI1NiJ9.e30.x_Y-z"
PROXY_PASSWORD = "p@ss Canary:5$b/é"

ONCE = RetryPolicy(max_attempts=1)

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "percent": lambda secret: quote(secret, safe=""),
    "form": quote_plus,
    "percent in small letters": lambda secret: (
        quote(secret, safe="").replace("%2F", "%2f").replace("%E2%82%AC", "%e2%82%ac")
    ),
    "each byte percent-encoded": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "percent twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for addresses": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json twice": lambda secret: json.dumps(json.dumps(secret))[1:-1],
    "json, each character": lambda secret: "".join(f"\\u{ord(character):04X}" for character in secret),
    "html": lambda secret: (
        secret.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("€", "&#8364;")
    ),
    "over lines": lambda secret: "\r\n  ".join([secret[:7], secret[7:12], secret[12:]]),
    "base64 over lines": lambda secret: base64.b64encode(secret.encode()).decode().replace("Y", "Y\n"),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal in capitals": lambda secret: secret.encode().hex().upper(),
    "hexadecimal in Latin-1": lambda secret: secret.encode("cp1252").hex(),
    "capitals": str.upper,
    "small letters": str.lower,
}

SHAPES: dict[str, Callable[[str], tuple[bytes, str]]] = {
    "error": lambda said: _json({"error": said}),
    "error object": lambda said: _json({"error": {"code": said, "message": said}}),
    "code": lambda said: _json({"code": said, "message": "no"}),
    "description": lambda said: _json({"error": "invalid_client", "description": said}),
    "error_description": lambda said: _json({"error": "invalid_client", "error_description": said}),
    "message": lambda said: _json({"message": said, "contextId": said}),
    "details": lambda said: _json({"message": "no", "details": [{"fieldName": said, "errorCode": said}]}),
    "title": lambda said: _json({"status": 400, "title": said, "detail": said}),
    "errors": lambda said: _json({"title": "no", "errors": [{"message": said, "path": said}]}),
    "errors by path": lambda said: _json({"title": "no", "errors": {said: [said]}}),
    "list": lambda said: _json([said, {"message": said}]),
    "text in json": lambda said: _json(f"client_secret={said}"),
    "json without escapes": lambda said: (
        json.dumps({"message": said}, ensure_ascii=False).encode(),
        "application/json; charset=utf-8",
    ),
    "html": lambda said: (f"<html><body>{said}</body></html>".encode(), "text/html"),
    "plain text": lambda said: (said.encode(), "text/plain"),
    "type": lambda said: (b"?", _of_a_header(said)),
}


def _json(value: object) -> tuple[bytes, str]:
    return json.dumps(value).encode(), "application/json"


def _of_a_header(text: str) -> str:
    return " ".join(text.split())


def _headers(said: str) -> list[str]:
    value = _of_a_header(said)
    return [f"ININ-Correlation-Id: {value}", f"Retry-After: {value}", f"Location: https://{value}/", f"X-Echo: {value}"]


def _answer(status: str, shape: str, said: str) -> bytes:
    body, kind = SHAPES[shape](said)
    return http(body, f"{status} {_of_a_header(said)}", *_headers(said), f"Content-Type: {kind}", "Connection: close")


class Echo(RawServer):
    """Gives tokens, unless it is the token endpoint that shall fail, and then answers what the test sets."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.token_answer: bytes | None = None
        self.answer = b""

    def _answer(self, connection: socket.socket) -> None:
        head = self.read_request(connection).split(b"\r\n")[0]
        if b"token" not in head.split(b"?")[0] or b"tokens/me" in head:
            connection.sendall(self.answer)
        else:
            token = json.dumps({"access_token": TOKEN, "expires_in": f"{SECRET}"}).encode()
            connection.sendall(self.token_answer or http(token, "200 OK", "Connection: close"))


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as server:
        yield server


@pytest.fixture(params=["genesys", "vonage"])
def ask(request: pytest.FixtureRequest, server: Echo) -> Callable[[], object]:
    settings = ClientSettings(CLIENT_ID, SECRET, server.url, server.url, requests_per_minute=1e9, proxies={})
    if request.param == "genesys":
        return partial(GenesysCloudClient(settings).call, "getOrganizationsMe", policy=ONCE)
    return partial(VonageContactCenterClient(settings).call, "getAgentsPresenceDefinitions", policy=ONCE)


def told(ask: Callable[[], object], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return all that comes out of a failing call."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(GenesysError) as caught:
        ask()
    error = caught.value
    chain: list[BaseException] = [error]
    while (behind := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(behind)
    # What a library raises may hold the request or the whole answer, where no traceback shows it.
    assert all(isinstance(each, GenesysError) for each in chain)
    copy = pickle.loads(pickle.dumps(error))
    return [
        *traceback.format_exception(error),
        *(f"{each} {each!r} {vars(each)}" for each in (error, copy)),
        pickle.dumps(error).decode("latin-1"),
        caplog.text,
        *(str(record.__dict__) for record in caplog.records),
    ]


def assert_untold(texts: list[str], said: str) -> None:
    """Look for the secret as it was said, and for long pieces of it, as a cut would leave them."""
    for text in texts:
        for piece in {said, said[:12], said[-12:], _of_a_header(said), said.lower()[:12]}:
            assert piece not in text


@pytest.mark.parametrize("where", ["token endpoint", "API"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_an_error_tells_the_secret_or_the_token(
    server: Echo, ask: Callable[[], object], caplog: pytest.LogCaptureFixture, shape: str, where: str
) -> None:
    for status in ("400", "503") if where == "API" else ("400", "401", "500"):
        answer = _answer(status, shape, f"client_secret={SECRET}&token={TOKEN}")
        server.answer = answer
        if where == "token endpoint":
            server.token_answer = _answer(status, shape, f"client_secret={SECRET}")
        texts = told(ask, caplog)
        assert_untold(texts, SECRET)
        assert_untold(texts, TOKEN)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("shape", ["message", "error_description", "code", "json without escapes"])
def test_no_spelling_of_a_secret_gets_through(
    server: Echo, ask: Callable[[], object], caplog: pytest.LogCaptureFixture, shape: str, spelling: str
) -> None:
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    for secret in (SECRET, TOKEN) if "base64" in spelling else (SECRET, TOKEN, basic):
        said = SPELLINGS[spelling](secret)
        server.answer = _answer("400", shape, f"we got '{said}' from you")
        assert_untold(told(ask, caplog), said)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("secret", ["1", "a", "!", "ab", "é", "abc", "abc1", "abc12", "t3stword"])
@pytest.mark.parametrize(
    "said",
    [
        "client_secret={secret}",
        "client_secret%3D{percent}%26x",
        "the-id%3A{percent}",
        '"{secret}"',
        "Basic {base64}",
        "Basic {bare}%3D%3D",
        "Basic {pair}",
        "Basic {barepair}%3D",
    ],
)
def test_no_spelling_of_a_short_secret_gets_through(secret: str, said: str) -> None:
    secrets = Secrets()
    secrets.add(secret, user=CLIENT_ID)
    coded, pair = _coded(secret), _coded(f"{CLIENT_ID}:{secret}")
    forms = {"secret": secret, "base64": coded, "bare": coded.rstrip("="), "pair": pair, "barepair": pair.rstrip("=")}
    cleaned = secrets.redact(said.format(percent=quote(secret, safe=""), **forms))
    hidden = said.format(percent="***", **{name: f"***{form[len(form.rstrip('=')) :]}" for name, form in forms.items()})
    assert cleaned == hidden


@pytest.mark.parametrize("secret", ["1", "a", "e", "st", "the", "t.", "=="])
def test_a_secret_that_is_in_every_sentence_leaves_the_sentences_readable(secret: str) -> None:
    said = "HTTP 401: authentication failed 11 times (request 7f1e2a, tested)."
    secrets = Secrets()
    secrets.add(secret, user=CLIENT_ID)
    assert secrets.redact(said) == said


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_a_redirect_tells_none(
    server: Echo, ask: Callable[[], object], caplog: pytest.LogCaptureFixture, status: str
) -> None:
    for location in (f"https://{TOKEN}.example/", f"https://example/?token={TOKEN}", f"http://[{TOKEN}"):
        server.answer = http(b"", f"{status} See", f"Location: {location}", "Connection: close")
        assert_untold(told(ask, caplog), TOKEN)


@pytest.mark.parametrize("body", [b"{", b"plain", b'"text"'])
def test_a_good_status_with_no_json_tells_none(
    server: Echo, ask: Callable[[], object], caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    kind = f"Content-Type: {TOKEN}"
    server.answer = http(body + TOKEN.encode(), f"200 {TOKEN}", *_headers(TOKEN), kind, "Connection: close")
    assert_untold(told(ask, caplog), TOKEN)


def test_a_broken_header_tells_none(server: Echo, ask: Callable[[], object], caplog: pytest.LogCaptureFixture) -> None:
    server.answer = f"HTTP/1.1 400 no\r\nthis is no header {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    assert_untold(told(ask, caplog), TOKEN)


def test_a_proxy_tells_neither_its_password_nor_the_token(server: Echo, caplog: pytest.LogCaptureFixture) -> None:
    basic = base64.b64encode(f"user:{PROXY_PASSWORD}".encode("latin-1")).decode()
    said = f"{PROXY_PASSWORD} {quote(PROXY_PASSWORD, safe='')} {basic} {TOKEN}"
    proxy = f"http://user:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:{server.port}"
    settings = ClientSettings(
        CLIENT_ID, SECRET, "http://api.invalid", "http://login.invalid", proxies={"all": proxy}, requests_per_minute=1e9
    )
    client = GenesysCloudClient(settings)
    for shape in SHAPES:
        server.answer = _answer("407", shape, said)
        texts = told(lambda: client.call("getOrganizationsMe"), caplog)
        for secret in (PROXY_PASSWORD, quote(PROXY_PASSWORD, safe=""), basic, TOKEN):
            assert_untold(texts, secret)


def test_a_tunnel_that_is_refused_tells_no_password(
    server: Echo, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:{server.port}")
    basic = base64.b64encode(f"user:{PROXY_PASSWORD}".encode("latin-1")).decode()
    settings = ClientSettings(CLIENT_ID, SECRET, "https://api.invalid", "https://login.invalid")
    client = GenesysCloudClient(settings)
    for said in (f"who is {quote(PROXY_PASSWORD, safe='')}?", f"Basic {basic}?"):
        server.answer = http(b"", f"407 {said}", "Connection: close")
        texts = told(lambda: client.call("getOrganizationsMe", policy=ONCE), caplog)
        assert "refuses the login that is in its address (HTTP 407)" in str(texts)
        for secret in (PROXY_PASSWORD, quote(PROXY_PASSWORD, safe=""), basic):
            assert_untold(texts, secret)


def test_a_guests_token_is_masked_and_not_told(server: Echo, caplog: pytest.LogCaptureFixture) -> None:
    masked: list[str] = []
    settings = ClientSettings(
        CLIENT_ID, SECRET, server.url, server.url, requests_per_minute=1e9, proxies={}, on_token=masked.append
    )
    client = GenesysCloudClient(settings)
    ids = {"conversationId": "c", "memberId": "m"}

    def ask() -> object:
        return client.call("getWebchatGuestConversationMember", path_params=ids, guest_token=GUEST)

    for shape in SHAPES:
        server.answer = _answer("400", shape, GUEST)
        assert_untold(told(ask, caplog), GUEST)
    assert masked == [GUEST]


def test_errors_of_single_events_tell_none(server: Echo) -> None:
    """They come with HTTP 200, and go into dead letters and summaries."""
    client = GenesysCloudClient(
        ClientSettings(CLIENT_ID, SECRET, server.url, server.url, requests_per_minute=1e9, proxies={})
    )
    sender = client.sender("postEventsUsersPresence")
    for spelling in SPELLINGS.values():
        said = spelling(SECRET)
        body, _ = _json({"errors": [{"eventId": "1", "message": f"no: {said}", "retryable": False}]})
        server.answer = http(body, "200 OK", f"ININ-Correlation-Id: {TOKEN}", "Connection: close")
        assert_untold([str(sender.send(b"{}")), str(sender.correlation_id)], said)
        assert TOKEN not in str(sender.correlation_id)


def test_data_keep_short_words_and_lose_what_only_a_secret_can_be(server: Echo) -> None:
    for secret, kept in (("Break", True), ("a-secret-of-some-length", False)):
        settings = ClientSettings(CLIENT_ID, secret, server.url, server.url, proxies={}, requests_per_minute=1e9)
        said = json.dumps({"name": f"<{secret}>", "number": 1, "listed": [{secret: None}]}).encode()
        server.answer = http(said, "200 OK", "Connection: close")
        shown = secret if kept else "***"
        answer = GenesysCloudClient(settings).call("getOrganizationsMe")
        assert answer == {"name": f"<{shown}>", "number": 1, "listed": [{shown: None}]}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("nothing to see", "nothing to see"),
        ("a s3cret-x b", "a *** b"),
        ("s3cret-xs3cret-x", "***"),
        ("%73%33cret-x%21", "***%21"),
        ("s3cret\n-x, s3cret -y", "***, s3cret -y"),
        ("é s3cret-x é", "é *** é"),
    ],
)
def test_only_the_secret_is_taken_out(text: str, redacted: str) -> None:
    secrets = Secrets()
    assert secrets.add("s3cret-x")
    assert not secrets.add("s3cret-x")
    assert not secrets.add("")
    assert secrets.redact(text) == redacted


@pytest.mark.parametrize(
    "secret", ["GeheimÄÖ-2026-xyz", "geheimäö-abc123", "\u0416\u0429\u0416\u0436\u0449-secret-12", "ÜberSecret99"]
)
@pytest.mark.parametrize(
    "spelt",
    [
        str.lower, str.upper, quote, json.dumps,
        lambda secret: quote(quote(secret)), lambda secret: "".join(f"&#{ord(each)};" for each in secret),
    ],
)  # fmt: skip
def test_letters_beyond_ascii_are_found_in_any_case_and_spelling(secret: str, spelt: Callable[[str], str]) -> None:
    secrets = Secrets()
    secrets.add(secret)
    for said in (spelt(secret), spelt(secret.upper()), spelt(secret.lower())):
        assert secrets.redact(f"client_secret={said}&x=1").replace('"', "") == "client_secret=***&x=1"


@pytest.mark.parametrize("spelt", [str, quote_plus, lambda text: base64.b64encode(text.encode()).decode()])
def test_of_a_long_secret_that_is_cut_off_nothing_is_left(spelt: Callable[[str], str]) -> None:
    secret = "abcdefghijklmnopqrstuvwxyz+/23456789ABCDEFG"
    secrets = Secrets()
    secrets.add(secret)
    for length in range(len(spelt(secret)) // 2 + 3, len(spelt(secret))):
        said = secrets.redact(f"you sent secret={spelt(secret)[:length]}...")
        assert re.fullmatch(r"you sent secret=\*\*\*[+=%2BF]{0,5}\.\.\.", said), "but for a part of an escape"


def test_half_of_a_secret_is_enough_in_an_error_and_a_name_in_data() -> None:
    """A password may begin as a name does, which is data: it goes into plans and snapshots as it is."""
    secrets = Secrets()
    secrets.add("contact-center-2026-x7Pq")
    name = {"name": "contact-center agents"}
    answer = requests.Response()
    answer._content = json.dumps(name).encode()
    assert secrets.clean_data(answer, name) == name
    assert secrets.redact_values(name) == name
    assert secrets.redact("refused: contact-center-20") == "refused: ***"
