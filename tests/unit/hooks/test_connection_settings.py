from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import Connection

from airflow_provider_genesys.connection.fields import client_settings
from airflow_provider_genesys.exceptions import GenesysConfigError


def read(values=None, /, *, mask=lambda secret: None, connection_type="genesys_cloud", **more):
    extra = json.dumps({"region": "mypurecloud.de"} | (values or {}))
    fields = {"login": "the-id", "password": "the-secret", "extra": extra} | more
    connection = Connection(conn_id="cc", conn_type=connection_type, **fields)
    return client_settings(connection, connection_type=connection_type, user_agent="test/1", mask=mask)


def refusal(*args, **more):
    with pytest.raises(GenesysConfigError) as caught:
        read(*args, **more)
    assert str(caught.value).startswith("connection 'cc': ")
    assert "the-secret" not in str(caught.value)
    return str(caught.value).removeprefix("connection 'cc': ")


def test_a_region_is_enough():
    settings = read()
    assert (settings.client_id, settings.client_secret) == ("the-id", "the-secret")
    assert settings.api_url == "https://api.mypurecloud.de"
    assert settings.login_url == "https://login.mypurecloud.de"
    assert (settings.connect_timeout, settings.read_timeout, settings.max_wait) == (5, 30, 120)
    assert (settings.requests_per_minute, settings.verify, settings.proxies) == (300, True, None)
    assert settings.expected_organization_id is None
    assert settings.user_agent == "test/1"


def test_every_field_is_read(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    settings = read(
        {
            "region": "eu-west-1",
            "base_url": "https://gateway.example.com:8443/genesys/",
            "login_url": "https://login.example.com/",
            "connect_timeout": 2,
            "read_timeout": 7.5,
            "verify": str(bundle),
            "proxies": {"https": "http://proxy:3128"},
            "requests_per_minute": 600,
            "max_wait": 10,
            "expected_organization_id": "org-1",
        }
    )
    assert settings.api_url == "https://gateway.example.com:8443/genesys"
    assert settings.login_url == "https://login.example.com"
    assert (settings.connect_timeout, settings.read_timeout) == (2, 7.5)
    assert settings.verify == str(bundle)
    assert settings.proxies == {"https": "http://proxy:3128"}
    assert (settings.requests_per_minute, settings.max_wait) == (600, 10)
    assert settings.expected_organization_id == "org-1"


def test_text_is_read_as_what_it_says():
    uri = "genesys-cloud://the%20id:s%40crt@/?region=eu-central-1&read_timeout=45&verify=False&max_wait=&proxies=%7B%7D"
    if hasattr(Connection, "from_uri"):
        connection = Connection.from_uri(conn_id="cc", uri=uri)
    else:  # before Airflow 3.1
        from airflow.models import Connection as StoredConnection  # noqa: PLC0415 - deprecated where it is not needed

        connection = StoredConnection(conn_id="cc", uri=uri)
    settings = client_settings(
        connection,
        connection_type="genesys_cloud",
        user_agent="test/1",
        mask=lambda secret: None,
    )
    assert (settings.client_id, settings.client_secret) == ("the id", "s@crt")
    assert settings.api_url == "https://api.mypurecloud.de"
    assert (settings.read_timeout, settings.verify, settings.max_wait, settings.proxies) == (45, False, 120, {})


@pytest.mark.parametrize("wanted", ["genesys_cloud", "vonage_contact_center"])
@pytest.mark.parametrize("found", ["http", "generic_rest", "aws", "genesys_cloud", "vonage-contact-center"])
def test_credentials_of_another_system_are_not_sent_to_this_one(wanted, found):
    connection = Connection(conn_id="cc", conn_type=found, login="the-id", password="the-secret", extra=_REGION[wanted])
    if found.replace("-", "_") == wanted:
        assert _settings(connection, wanted).client_secret == "the-secret"
        return
    with pytest.raises(GenesysConfigError) as caught:
        _settings(connection, wanted)
    assert str(caught.value).startswith(f"connection 'cc' is of the type {found!r}, and is to be of {wanted!r}: ")
    assert "the-secret" not in str(caught.value)


@pytest.mark.parametrize("wanted", ["genesys_cloud", "vonage_contact_center"])
@pytest.mark.parametrize("found", [None, "", "generic"])
def test_a_connection_that_does_not_say_whose_it_is_is_taken(wanted, found):
    connection = SimpleNamespace(
        conn_id="cc", conn_type=found, host=None, login="the-id", password="the-secret", extra=_REGION[wanted]
    )
    assert _settings(connection, wanted).client_secret == "the-secret"


_REGION = {"genesys_cloud": '{"region": "mypurecloud.de"}', "vonage_contact_center": '{"region": "emea"}'}


def _settings(connection, wanted):
    return client_settings(connection, connection_type=wanted, user_agent="test/1", mask=lambda secret: None)


@pytest.mark.parametrize("value", [None, ""])
def test_what_the_form_leaves_empty_is_the_default(value):
    names = ("base_url", "login_url", "connect_timeout", "verify", "proxies", "max_wait", "expected_organization_id")
    assert read(dict.fromkeys(names, value)) == read()


def test_the_test_button_of_airflow_2_tests_what_is_in_the_form_and_not_what_was_saved():
    """It sends the fields of the form under names of its own, beside the extra as it was saved."""
    in_form = {"base_url": "http://127.0.0.1:8087", "read_timeout": "12.5", "region": ""}
    saved = {"base_url": "https://old.example", "max_wait": 10}
    settings = read(saved | {f"extra__genesys_cloud__{name}": value for name, value in in_form.items()})
    assert (settings.api_url, settings.read_timeout, settings.max_wait) == ("http://127.0.0.1:8087", 12.5, 10)


@pytest.mark.parametrize("name", ["extra__vonage_contact_center__base_url", "extra__genesys_cloud__base_uri"])
def test_a_name_of_the_form_of_another_type_or_of_no_field_is_refused(name):
    assert "there is no extra field" in refusal({name: "http://127.0.0.1:8087"})


@pytest.mark.parametrize(
    ("extra", "api_url", "login_url"),
    [
        ({"base_url": "http://127.0.0.1:8087", "region": None}, "http://127.0.0.1:8087", "http://127.0.0.1:8087"),
        ({"base_url": "https://a.example"}, "https://a.example", "https://login.mypurecloud.de"),
        ({"login_url": "https://l.example"}, "https://api.mypurecloud.de", "https://l.example"),
        (
            {"base_url": "https://a.example", "login_url": "https://l.example", "region": ""},
            "https://a.example",
            "https://l.example",
        ),
    ],
)
def test_addresses_come_before_the_region(extra, api_url, login_url):
    settings = read(extra)
    assert (settings.api_url, settings.login_url) == (api_url, login_url)


@pytest.mark.parametrize("field", ["login", "password"])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_credentials_are_named(field, value):
    assert refusal(**{field: value}).startswith(f"the {field}, which is the OAuth client's")


def test_a_missing_region_is_named():
    assert refusal({"region": None}).startswith("extra field 'region' is missing")
    assert "extra field 'region' is missing" in refusal({"region": None, "login_url": "https://l.example"})
    message = refusal({"region": "eu-central-7"})
    assert message.startswith("extra field 'region': 'eu-central-7' is no Genesys Cloud region; choose from")
    assert "mypurecloud.de (eu-central-1)" in message
    assert refusal({"region": 5}) == "extra field 'region' must be a text, not 5"


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "requests_per_minute", "max_wait"])
@pytest.mark.parametrize("value", ["abc", 0, -1, "nan", "inf", True, [], {}])
def test_a_wrong_number_is_named(name, value):
    assert refusal({name: value}) == f"extra field {name!r} must be a positive number, not {value!r}"


@pytest.mark.parametrize("value", ["maybe", "/no/such/bundle", 1, []])
def test_a_wrong_verify_is_named(value):
    assert refusal({"verify": value}).startswith("extra field 'verify' must be true, false, or the path of a CA bundle")


@pytest.mark.parametrize("value", ["http://p", "[1]", "{", 5, {"https": 5}, ["x"], {"https": "http://[u:pass-canary@"}])
def test_wrong_proxies_are_named_but_not_repeated(value):
    message = refusal({"proxies": value})
    assert message.startswith("extra field 'proxies' must be a JSON object of addresses")
    assert "pass-canary" not in message


def test_passwords_of_proxies_and_tokens_are_masked():
    masked = []
    settings = read({"proxies": '{"https": "http://u:pass-canary@p:1", "http": "http://q:1"}'}, mask=masked.append)
    assert masked == ["pass-canary"]
    settings.on_token("token")
    assert masked == ["pass-canary", "token"]
    assert "pass-canary" not in repr(settings)
    assert "the-secret" not in repr(settings)


@pytest.mark.parametrize("name", ["base_url", "login_url"])
@pytest.mark.parametrize(
    "value",
    [
        "api.example.com",
        "ftp://a.example",
        "https://",
        "https://a:port",
        "https://[a",
        "https://a.example/?x=1",
        "https://a/#x",
        "https://my company.example",
        "https://api.example.com/a b",
        "https://a\tb.example",
        "https://a..example",
        "https://.example",
        "https://*.example.com",
        "https://-a.example",
        "https://$HOST",
        "https://{{ var.value.host }}",
        "https://<host>",
        "https://a,b",
        "https://\u2603.example",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 127}example",
    ],
)
def test_a_wrong_address_is_named(name, value):
    assert refusal({name: value}) == f"extra field {name!r} must be an address of the form https://host[:port][/path]"


@pytest.mark.parametrize(
    "value",
    [
        "https://a",
        "https://my_host.example:8443/gateway",
        "https://ex\u00e4mple.de",
        "https://xn--exmple-cua.de",
        "https://a.example.",
        "https://10.0.0.1",
        "https://[::1]:8087",
        f"https://{'a' * 63}.example",
    ],
)
def test_any_name_that_a_host_may_have_is_taken(value):
    assert read({"base_url": value}).api_url == value


@pytest.mark.parametrize("value", ["https://user:pass-canary@a.example", "https://pass-canary@a.example"])
def test_credentials_in_an_address_are_refused_and_not_repeated(value):
    message = refusal({"base_url": value})
    assert "without user:password@" in message
    assert "pass-canary" not in message


@pytest.mark.parametrize("extra", ["{", "[]", "5", '"x"'])
def test_extra_that_is_no_object_is_an_error(extra):
    assert refusal(extra=extra) == "the extra fields are no JSON object"


def warnings_of(caplog, extra, **more):
    caplog.set_level(logging.WARNING)
    read(extra, **more)
    return [record.getMessage() for record in caplog.records if "genesys" in record.name]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("verfiy", "did you mean 'verify'?"),
        ("expected_organisation_id", "did you mean 'expected_organization_id'?"),
        ("colour", "there are region, base_url"),
    ],
)
def test_a_misspelt_field_is_an_error(name, hint):
    message = refusal(extra=json.dumps({"region": "mypurecloud.ie", name: "canary"}))
    assert message.startswith(f"there is no extra field {name!r}; {hint}")
    assert "canary" not in message


def test_an_address_with_the_operations_path_is_an_error():
    assert "in front of /api/v2" in refusal(extra=json.dumps({"base_url": "https://gateway.example.com/api/v2/"}))


@pytest.mark.parametrize(
    ("extra", "more", "expected"),
    [
        ({"verify": "false"}, {}, "'verify' is false"),
        ({"base_url": "http://gateway.example"}, {}, "'base_url' begins with http"),
        ({}, {"host": "api.mypurecloud.ie"}, "the host is not used"),
    ],
)
def test_what_is_unwise_is_warned_of(caplog, extra, more, expected):
    (message,) = warnings_of(caplog, extra, **more)
    assert expected in message


def test_nothing_is_warned_of_without_reason(caplog):
    assert warnings_of(caplog, {"base_url": "http://localhost:8087", "port": None}) == []
    assert warnings_of(caplog, {"base_url": "http://127.0.0.1:8087"}, port=443) == []


# ---------------------------------------------------------------- Vonage Contact Center


def vonage(values=None, **more):
    return read({"region": "apac", **(values or {})}, connection_type="vonage_contact_center", **more)


def vonage_refusal(values=None, **more):
    return refusal({"region": "apac", **(values or {})}, connection_type="vonage_contact_center", **more)


@pytest.mark.parametrize("name", ["emea", "nam", "apac", " EMEA "])
def test_a_region_of_vonage_is_enough(name):
    settings = vonage({"region": name})
    region = name.strip().lower()
    assert settings.api_url == f"https://{region}.api.newvoicemedia.com"
    assert settings.login_url == f"https://{region}.cc.vonage.com"
    assert (settings.client_id, settings.client_secret, settings.scope) == ("the-id", "the-secret", None)
    assert (settings.requests_per_minute, settings.max_wait) == (300, 120)


def test_every_field_of_vonage_is_read():
    settings = vonage({"base_url": "http://127.0.0.1:8087/x/", "scope": "users:read", "read_timeout": "9"})
    assert (settings.api_url, settings.login_url) == ("http://127.0.0.1:8087/x", "https://apac.cc.vonage.com")
    assert (settings.scope, settings.read_timeout) == ("users:read", 9)
    settings = vonage({"region": None, "base_url": "http://127.0.0.1:8087"})
    assert settings.login_url == "http://127.0.0.1:8087"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"region": None}, "extra field 'region' is missing, 'emea', 'nam' or 'apac'"),
        ({"region": "mypurecloud.de"}, "extra field 'region': 'mypurecloud.de' is no Vonage Contact Center region"),
        ({"expected_organization_id": "x"}, "there is no extra field 'expected_organization_id'"),
        ({"base_url": "https://a.example/agents"}, "extra field 'base_url' must be the address in front of /agents"),
        ({"scope": ["users:read"]}, "extra field 'scope' must be a text"),
        ({"max_wait": -1}, "extra field 'max_wait' must be a positive number"),
    ],
)
def test_a_wrong_field_of_vonage_is_named(values, expected):
    assert vonage_refusal(values).startswith(expected)


@pytest.mark.parametrize("field", ["login", "password", "expected_organization_id", "proxies"])
def test_half_a_surrogate_pair_cannot_be_sent_and_is_not_repeated(field):
    """Airflow 2 itself takes no such password, but for one of a secrets backend of somebody's own."""
    odd = "the-secret\ud83d"
    fields = {"login": "the-id", "password": "the-secret", "conn_type": "genesys_cloud", "host": None}
    extra = {"region": "mypurecloud.de"}
    if field in fields:
        fields[field] = odd
    else:
        extra[field] = {"https": odd} if field == "proxies" else odd
    connection = SimpleNamespace(conn_id="cc", **fields, extra=json.dumps(extra))
    with pytest.raises(GenesysConfigError, match="connection 'cc': ") as caught:
        client_settings(connection, connection_type="genesys_cloud", user_agent="test/1", mask=lambda _: None)
    assert "the-secret" not in str(caught.value)
    assert field in str(caught.value)


@pytest.mark.parametrize("field", ["login", "password"])
def test_missing_credentials_of_vonage_are_named(field):
    assert vonage_refusal(**{field: None}).startswith(f"the {field}, which is the API credentials'")


def test_genesys_cloud_has_no_scope():
    assert refusal({"scope": "users:read"}).startswith("there is no extra field 'scope'")
