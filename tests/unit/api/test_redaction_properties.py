"""No spelling of any secret is left, wherever it is in a text that is written in another way as a whole."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_genesys.api.redaction import Secrets
from tests.harness.examples import examples

# Letters of all lengths in UTF-8, and what begins an escape, also beside what goes on with one.
_LETTERS = st.characters(codec="utf-8", exclude_characters="*", exclude_categories=("Cc", "Zs", "Zl", "Zp"))
_TRICKY = st.sampled_from("%\\&#;x25u0dabcfAF=3+/ü€")
SECRETS = st.text(_TRICKY | _LETTERS, min_size=8, max_size=60)
LATIN_SECRETS = st.text(
    st.sampled_from("%\\&#;x25u0dabcfAF=3+/üÄ") | st.characters(min_codepoint=0xA1, max_codepoint=0xFF),
    min_size=8,
    max_size=60,
)
AROUND = st.text(_TRICKY | _LETTERS | st.just(" "), max_size=12)
PLAIN_AROUND = st.text(st.characters(codec="ascii", exclude_characters="*", exclude_categories=("Cc",)), max_size=12)

Spell = Callable[[str], str]

INSIDE: dict[str, Spell] = {
    "plain": str,
    "form": quote_plus,
    "percent": lambda text: quote(text, safe=""),
    "json": lambda text: json.dumps(text)[1:-1],
}
AS_A_WHOLE: dict[str, Spell] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "percent in small letters": lambda text: quote_plus(text).lower(),
    "json": lambda text: json.dumps(text)[1:-1],
    "bytes": lambda text: "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in text.encode()),
    "ascii": lambda text: ascii(text)[1:-1],
    "each byte": lambda text: "".join(f"\\x{byte:02X}" for byte in text.encode()),
    "bytes in json": lambda text: json.dumps(repr(text.encode()))[1:-1],
}
LATIN: dict[str, Spell] = {
    "percent": lambda text: quote(text.encode("latin-1"), safe=""),
    "form": lambda text: quote_plus(text.encode("latin-1")),
    "percent twice": lambda text: quote(quote(text.encode("latin-1"))),
    "bytes": lambda text: repr(text.encode("latin-1"))[2:-1],
}


def redacted(secret: str, said: str) -> str:
    secrets = Secrets()
    secrets.add(secret, user="the-id")
    return secrets.redact(said)


def cores(data: bytes) -> list[str]:
    """Return what of the Base64 of some bytes does not depend on what is before and behind them."""
    found = []
    for before in range(3):
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            some, other = (code(bytes([fill]) * before + data + bytes([fill]) * 3).decode() for fill in (0, 255))
            same = [one == two for one, two in zip(some, other, strict=True)]
            first = same.index(True, -(-before * 8 // 6))
            last = len(same) - same[::-1].index(True, 3)
            found.append(some[first:last])
    return found


@pytest.mark.parametrize("spelling", AS_A_WHOLE)
@examples(100)
@given(secret=SECRETS, before=AROUND, behind=AROUND)
@example(secret="abcdefgh", before="100%", behind="")
@example(secret="25abcdefgh", before="%", behind="")
@example(secret="x41bcdefgh", before="\\", behind="")
def test_nothing_is_left_in_a_text_that_is_spelt_as_a_whole(
    spelling: str, secret: str, before: str, behind: str
) -> None:
    spell = AS_A_WHOLE[spelling]
    left = redacted(secret, spell(before + secret + behind))
    assert spell(secret).lower() not in left.lower()
    assert "***" in left


@pytest.mark.parametrize("spelling", LATIN)
@examples(100)
@given(secret=LATIN_SECRETS, before=PLAIN_AROUND, behind=PLAIN_AROUND)
def test_nothing_is_left_of_one_in_latin_1(spelling: str, secret: str, before: str, behind: str) -> None:
    spell = LATIN[spelling]
    left = redacted(secret, spell(before + secret + behind))
    assert spell(secret).lower() not in left.lower()
    assert "***" in left


@pytest.mark.parametrize("code", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("inside", INSIDE)
@examples(100)
@given(secret=SECRETS, before=AROUND, behind=AROUND)
def test_nothing_is_left_in_the_base64_of_a_longer_text(
    inside: str, code: Callable[[bytes], bytes], secret: str, before: str, behind: str
) -> None:
    spelt = INSIDE[inside](secret)
    body = f"client_id={before}&client_secret={spelt}&{behind}"
    said = code(body.encode()).decode()
    for spell in (str, quote_plus, lambda text: "\\r\\n".join((text[:40], text[40:]))):
        left = redacted(secret, f"refused: {spell(said)}")
        assert not any(spell(core) in left for core in cores(spelt.encode()))
        assert "***" in left


@pytest.mark.parametrize("secret", ["t3s", "t3stword", "gehëim-Ünd-lang42"])
@pytest.mark.parametrize("length", range(3))
def test_nothing_is_left_of_a_head_of_a_request_that_is_in_base64_as_a_whole(secret: str, length: int) -> None:
    basic = base64.b64encode(f"the-id:{secret}".encode()).decode()
    head = f"POST /oauth/token\r\nX: {'x' * length}\r\nAuthorization: Basic {basic}\r\n\r\n"
    left = redacted(secret, base64.b64encode(head.encode()).decode())
    assert not any(core in left for core in cores(basic.rstrip("=").encode()))
    assert left.count("***") == 1


def test_a_text_in_data_that_is_no_secret_stays() -> None:
    """Half of one may be a name, and the Base64 of half of one the half of another text."""
    secret = "contact-center-2026-x7Pq"
    secrets = Secrets()
    secrets.add(secret, user="the-id")
    data = {
        "name": "contact-center agents",
        "coded": base64.b64encode(b"contact-center-2026 is a year").decode(),
        "listed": [base64.b64encode(secret[:20].encode()).decode(), r"contact\x2dcenter", "%63ontact-center"],
    }
    assert secrets.redact_values(data) == data


def test_what_is_left_of_a_secret_without_its_blanks_is_no_word_of_others() -> None:
    assert redacted("+++++++ a", "a gateway said no to a") == "*** gateway said no to ***"
    assert redacted("+ + + + +", "a + b") == "a + b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_an_error_in_any_encoding_of_json_is_cleaned(encoding: str) -> None:
    secrets = Secrets()
    secrets.add("a-secret-of-some-length")
    for clean in (secrets.clean, lambda answer: setattr(answer, "_content", cleaned_data(secrets, answer))):
        answer = requests.Response()
        answer._content = json.dumps({"message": "it was a-secret-of-some-length!"}).encode(encoding)
        clean(answer)
        assert json.loads(answer.content) == {"message": "it was ***!"}


def cleaned_data(secrets: Secrets, answer: requests.Response) -> bytes:
    return json.dumps(secrets.clean_data(answer, json.loads(answer.content))).encode()
