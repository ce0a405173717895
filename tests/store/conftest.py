"""An object store for tests, where the packages for one are installed; else they say how to have them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.chaos.server import Server

if TYPE_CHECKING:
    from tests.store.s3 import Store

MISSING = [name for name in ("boto3", "moto", "s3fs") if find_spec(name) is None]


@pytest.fixture(scope="session")
def packages() -> None:
    """Skip where there can be no store."""
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} missing: `make store` runs this with an environment that has an S3")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Genesys Cloud and Vonage."""
    with Server() as running:
        running.begin(0)
        yield running


@pytest.fixture(scope="module")
def store(packages: None, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An S3 with weather, to which the connections of tasks lead."""
    from tests.store.__main__ import connect  # noqa: PLC0415 - its packages may be missing
    from tests.store.s3 import running  # noqa: PLC0415

    before = dict(os.environ)
    with running(tmp_path_factory.mktemp("store")) as there:
        connect(there, server)
        yield there
    os.environ.clear()
    os.environ |= before
