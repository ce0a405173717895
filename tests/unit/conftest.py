"""Units meet no server: what needs one is in ``tests/contract``, so that the tests in here are over in seconds."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ELSEWHERE = "a test that needs a server is one of tests/contract"


@pytest.fixture(autouse=True)
def _no_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write without a sync: only a loss of power would show that there was one, and each takes milliseconds."""
    monkeypatch.setattr("airflow_provider_genesys.files.storage._sync", lambda file: None)


@pytest.fixture
def genesys_cloud_simulator(request: pytest.FixtureRequest) -> None:
    """Refuse the simulator."""
    pytest.fail(f"{request.node.nodeid} asks for the simulator: {ELSEWHERE}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_servers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse to listen and to connect; what is done in a thread, or whose error is caught, fails at the end."""
    done: list[str] = []

    def refusing(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family not in {socket.AF_INET, socket.AF_INET6}:
                return original(self, *arguments)
            done.append(f"{name}{arguments}")
            raise PermissionError(f"{done[-1]}: {ELSEWHERE}")

        return call

    for name in ("listen", "connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refusing(name, getattr(socket.socket, name)))
    yield
    if done:
        pytest.fail(f"{request.node.nodeid} used a socket, {done[0]}: {ELSEWHERE}", pytrace=False)
