"""The connection form of both types: filled in, saved, looked at again, and tested."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from airflow_provider_genesys.get_provider_info import get_provider_info
from tests.browser.forms import FormOfAirflow3, form
from tests.browser.looking import only
from tests.browser.running import WRONG_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.looking import Look

CONNECTION_TYPES = cast("list[dict[str, Any]]", get_provider_info()["connection-types"])
REGION = {"genesys_cloud": "mypurecloud.de", "vonage_contact_center": "emea"}
NAME = {"genesys_cloud": "Genesys Cloud", "vonage_contact_center": "Vonage Contact Center"}
WORKS = {
    "genesys_cloud": "Connected to {url}, organisation 'Simulated Organization'",
    "vonage_contact_center": "Connected to {url}, which has 11 presence definitions.",
}
REFUSED = {
    "genesys_cloud": "is the client secret (the connection's password) right?",
    "vonage_contact_center": "are the client id and secret (the connection's login and password) right",
}


@pytest.mark.parametrize("conn_type", REGION)
def test_it_is_filled_in_saved_looked_at_again_and_tested(
    look: Look, conn_type: str, take_picture: Callable[..., None]
) -> None:
    page, airflow, simulator = look.page, look.airflow, look.airflow.simulator
    connections, conn_id = form(airflow, page), f"my_{conn_type}"
    filled_in = {
        "Client ID": simulator.client_id,
        "Port": "443",
        "Region": REGION[conn_type],
        "Base URL": simulator.base_url,
        "Login URL": simulator.login_url,
        "Read timeout": "12.5",
        "Verify certificates": "true",
        "Requests per minute": "600",
    }
    connections.add(conn_id, NAME[conn_type], {"Client secret": simulator.client_secret, **filled_in})

    saved = airflow.api(f"connections/{conn_id}")
    assert (saved["conn_type"], saved["login"], saved["port"]) == (conn_type, simulator.client_id, 443)
    extra = {name: str(value) for name, value in json.loads(saved["extra"]).items() if value is not None}
    assert extra == {
        "region": REGION[conn_type],
        "base_url": simulator.base_url,
        "login_url": simulator.login_url,
        "read_timeout": "12.5",
        "verify": "true",
        "requests_per_minute": "600",
    }
    assert connections.read(conn_id, filled_in) == filled_in
    assert connections.read(conn_id, ["Client secret"])["Client secret"] in {"", "***"}

    works, said = connections.test(conn_id, simulator.client_secret)
    assert works, said
    assert said.startswith(WORKS[conn_type].format(url=simulator.base_url))

    connections.change(conn_id, {"Client secret": WRONG_SECRET})
    works, said = connections.test(conn_id, WRONG_SECRET)
    assert not works
    assert REFUSED[conn_type] in said
    assert WRONG_SECRET not in page.content()
    if (airflow.line, conn_type) == ("3.3", "genesys_cloud"):
        take_picture(page, "connection-refused")


@only("3.3")
@pytest.mark.parametrize("conn_type", REGION)
def test_each_field_is_there_with_what_it_means(look: Look, conn_type: str, take_picture: Callable[..., None]) -> None:
    page = look.page
    (declared,) = (each for each in CONNECTION_TYPES if each["connection-type"] == conn_type)
    opened = FormOfAirflow3(look.airflow, page)
    opened.begin("genesys_cloud_default", NAME[conn_type])
    opened.fill({"Client ID": "my-client-id", "Client secret": "my-client-secret", "Port": "443"})
    if conn_type == "genesys_cloud":
        take_picture(page, "connection-form")
    opened.fill({"Region": REGION[conn_type]})
    for each in declared["conn-fields"].values():
        look.expect(opened.dialog.get_by_text(each["label"], exact=True)).to_be_visible()
        look.expect(opened.dialog.get_by_text(each["description"], exact=True)).to_be_visible()
    for hidden in ("Host", "Schema"):
        look.expect(opened.dialog.get_by_text(hidden, exact=True)).to_have_count(0)
