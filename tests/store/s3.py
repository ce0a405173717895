"""An object store with weather: moto's S3 as a process, the proxy before it as another, and a look behind both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.live.processes import free_port

BUCKET = "genesys-store"
CONNECTION = "store"
_ENTRIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SECONDS = 60


class Store:
    """The store as tests see it.

    :param proxy: the port that tasks are given.
    :param port: the port of the store itself.
    """

    def __init__(self, proxy: int, port: int) -> None:
        import boto3  # noqa: PLC0415 - it comes with the store's packages only

        self._proxy = f"http://127.0.0.1:{proxy}"
        keys = {"aws_access_key_id": "store", "aws_secret_access_key": "store", "region_name": "us-east-1"}
        self._client: Any = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **keys)

    @property
    def connection_json(self) -> str:
        """The connection to it, as Airflow reads it from ``AIRFLOW_CONN_...``."""
        extra = {"endpoint_url": self._proxy, "region_name": "us-east-1"}
        return json.dumps({"conn_type": "aws", "login": "store", "password": "store", "extra": extra})

    def address(self, key: str) -> str:
        """Return the address that an author of a Dag would write."""
        return f"s3://{CONNECTION}@{BUCKET}/{key}"

    def weather(self, *rules: dict[str, Any], seed: int = 0) -> None:
        """Have these rules from now on; see :mod:`tests.store.proxy`."""
        self._control("rules", {"rules": [{"name": "rule", **rule} for rule in rules], "seed": seed})

    def release(self) -> None:
        """Pass on what was held."""
        self._control("release", {})

    def clear(self) -> None:
        """Have good weather, and forget what was asked for."""
        self.weather()
        self._control("clear", {})

    def log(self) -> dict[str, Any]:
        """Return ``counts`` of requests by method and by rule, and ``asked``: counts by method and key or prefix."""
        log: dict[str, Any] = self._control("log")
        return log

    def put(self, key: str, data: bytes) -> str:
        """Put an object there, past the proxy, and return its address."""
        self._client.put_object(Bucket=BUCKET, Key=key, Body=data)
        return self.address(key)

    def get(self, key: str) -> bytes:
        """Return an object's content, past the proxy."""
        content: bytes = self._client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        """Return what is there, past the proxy."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [row["Key"] for page in pages for row in page.get("Contents", ())]

    def copy(self, prefix: str, folder: Path) -> Path:
        """Copy what is below a prefix into a folder, where it can be read in any weather; return the folder."""
        for key in self.keys(f"{prefix}/"):
            path = folder / key.removeprefix(f"{prefix}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(key))
        return folder

    def make_bucket(self) -> None:
        """Make the bucket."""
        self._client.create_bucket(Bucket=BUCKET)

    def _control(self, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with _ENTRIES.open(urllib.request.Request(f"{self._proxy}/_weather/{what}", data), timeout=_SECONDS) as answer:
            return json.load(answer)


@contextmanager
def running(folder: Path) -> Iterator[Store]:
    """Run a store and its weather; both are ended with the block.

    :param folder: for their logs.
    """
    port, proxy = free_port(), free_port()
    with ExitStack() as stack:
        _start(stack, folder / "s3.log", "moto.server", "-H", "127.0.0.1", "-p", str(port))
        _start(stack, folder / "proxy.log", "tests.store.proxy", str(proxy), str(port))
        for each in (port, proxy):
            _await(f"http://127.0.0.1:{each}/", folder)
        store = Store(proxy, port)
        store.make_bucket()
        yield store


def _start(stack: ExitStack, log: Path, module: str, *arguments: str) -> None:
    with log.open("wb") as file:
        root = Path(__file__).parents[2]
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=file, stderr=file, cwd=root)
    stack.callback(process.wait)
    stack.callback(process.kill)


def _await(address: str, folder: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            _ENTRIES.open(address, timeout=_SECONDS).close()
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                logs = "\n".join(log.read_text(errors="replace")[-500:] for log in folder.glob("*.log"))
                raise RuntimeError(f"no store at {address}: {logs}") from error
            time.sleep(0.05)
        else:
            return
