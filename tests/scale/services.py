"""What Airflow's Celery engine and the tasks stand on, as processes: PostgreSQL, Redis, and an S3 of moto."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.live.api import until
from tests.live.processes import free_port

_PACKAGES = ("postgresql", "redis-server")
USER = "airflow"
BUCKET = "genesys-scale"
_NOBODY = "postgres"  # PostgreSQL does not run as root; Debian's package makes this user


class Services(NamedTuple):
    """Where they are.

    :param database: host, port and database of PostgreSQL, for an address.
    :param broker: the address of Redis.
    :param s3: the address of the S3.
    """

    database: str
    broker: str
    s3: str


def binaries() -> tuple[Path, str]:
    """Return the folder of PostgreSQL's programs, and Redis' server.

    :raises SystemExit: one is missing, which says how it is installed; as root on Debian it is.
    """
    found = _found()
    if not all(found):
        missing = [package for package, program in zip(_PACKAGES, found, strict=True) if program is None]
        command = ["apt-get", "install", "-y", "--no-install-recommends", "--no-upgrade", *missing]
        print(f"Not there is {' and '.join(missing)}: {' '.join(command)}", flush=True)  # noqa: T201 - told before it is done
        if os.geteuid() or shutil.which("apt-get") is None:
            sys.exit("install them, and run this again")
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(command, check=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        found = _found()
    folder, redis = found
    if folder is None or redis is None:
        sys.exit("PostgreSQL and Redis were installed, and are not found")
    return folder, redis


def _found() -> tuple[Path | None, str | None]:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(path).parent for path in [shutil.which("initdb")] if path
    ]
    return folders[-1] if folders else None, shutil.which("redis-server")


@contextmanager
def running(folder: Path) -> Iterator[Services]:
    """Run them in a folder; all are ended with the block."""
    postgres, redis = binaries()
    with ExitStack() as stack:
        database = stack.enter_context(_postgres(postgres, folder))
        port, s3_port = free_port(), free_port()
        command = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        _start(stack, command, folder / "redis.log", folder)
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(s3_port)]
        _start(stack, command, folder / "s3.log", folder)
        s3 = f"http://127.0.0.1:{s3_port}"
        until("S3 takes a bucket", lambda: _has_bucket(s3), within=60)
        yield Services(database, f"redis://127.0.0.1:{port}/0", s3)


@contextmanager
def _postgres(binaries: Path, folder: Path) -> Iterator[str]:
    """Run a database that is thrown away: nothing of it is made to last."""
    port = free_port()
    place = folder / "postgres"
    place.mkdir()
    as_nobody: Callable[[list[str]], list[str]] = lambda command: command  # noqa: E731
    if not os.geteuid():
        shutil.chown(place, _NOBODY)
        folder.chmod(0o755)
        as_nobody = lambda command: ["setpriv", f"--reuid={_NOBODY}", "--init-groups", *command]  # noqa: E731
    data = str(place / "data")
    with (folder / "postgres.log").open("wb") as log:
        initialise = [str(binaries / "initdb"), "-D", data, "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(as_nobody(initialise), check=True, stdout=log, stderr=log, cwd="/")
        options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": place, "fsync": "off"}
        options |= {"synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            as_nobody([str(binaries / "postgres"), "-D", data, *arguments]), stdout=log, stderr=log, cwd="/"
        )
    try:
        create = [str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, "airflow"]
        until("PostgreSQL answers", lambda: subprocess.run(create, check=False, capture_output=True).returncode == 0)
        yield f"{USER}@127.0.0.1:{port}/airflow"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _start(stack: ExitStack, command: list[str], log: Path, folder: Path) -> None:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd=folder)
    stack.callback(process.wait)
    stack.callback(process.kill)
    time.sleep(0.2)
    if process.poll() is not None:
        raise RuntimeError(f"{command[0]} ended at once: {log.read_text(errors='replace')[-500:]}")


def _has_bucket(address: str) -> bool:
    import boto3  # noqa: PLC0415 - it is there for this only
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        _client(boto3, address).create_bucket(Bucket=BUCKET)
    except BotoCoreError:
        return False
    return True


def upload(address: str, file: Path, name: str) -> str:
    """Put a file into the bucket; return its address there."""
    import boto3  # noqa: PLC0415

    _client(boto3, address).upload_file(str(file), BUCKET, name)
    return f"s3://s3_scale@{BUCKET}/{name}"


def _client(boto3: object, address: str) -> object:
    make: Callable[..., object] = boto3.client  # type: ignore[attr-defined]
    return make(
        "s3", endpoint_url=address, aws_access_key_id="scale", aws_secret_access_key="scale", region_name="us-east-1"
    )
