"""The connection form of both types: filled in, saved, looked at again, and tested."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.forms import form

if TYPE_CHECKING:
    from tests.browser.looking import Look

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
WRONG = "not-the-secret-9z8y7x"


@pytest.mark.parametrize("conn_type", REGION)
def test_it_is_filled_in_saved_looked_at_again_and_tested(look: Look, conn_type: str) -> None:
    page, airflow, simulator = look.page, look.airflow, look.airflow.simulator
    look.secrets.add(WRONG)
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

    connections.change(conn_id, {"Client secret": WRONG})
    works, said = connections.test(conn_id, WRONG)
    assert not works
    assert REFUSED[conn_type] in said
    assert WRONG not in page.content()
