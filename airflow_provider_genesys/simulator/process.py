"""The simulator as a process of its own, and a handle to drive it. Needs nothing but the standard library."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import EllipsisType
from typing import IO, Any

START_SECONDS = 60
STOP_SECONDS = 10
REQUEST_SECONDS = 30
_NO_PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def connection_json(url: str, client_id: str, client_secret: str, conn_type: str = "genesys_cloud") -> str:
    """Return a connection to the simulator as Airflow reads it from ``AIRFLOW_CONN_...``.

    :param url: where the simulator listens; it is the API and the login server.
    :param conn_type: ``genesys_cloud`` or ``vonage_contact_center``, which may read presences and statistics.
    """
    scope = {"scope": "users:read stats"} if conn_type == "vonage_contact_center" else {}
    return json.dumps(
        {
            "conn_type": conn_type,
            "login": client_id,
            "password": client_secret,
            "extra": {"base_url": url, "login_url": url, **scope},
        }
    )


class SimulatorHandle:
    """A running simulator, seen from a test.

    :param url: where it listens.
    :param client_id: the client it knows.
    :param client_secret: that client's secret.
    """

    def __init__(self, url: str, client_id: str = "simulator", client_secret: str = "simulator") -> None:  # noqa: S107 (made up)
        self.base_url = url
        self.login_url = url
        self.client_id = client_id
        self.client_secret = client_secret

    @property
    def connection_json(self) -> str:
        """The value of an ``AIRFLOW_CONN_...`` variable that points at this simulator."""
        return connection_json(self.base_url, self.client_id, self.client_secret)

    @property
    def vonage_connection_json(self) -> str:
        """The same for a connection to this simulator's Vonage Contact Center."""
        return connection_json(self.base_url, self.client_id, self.client_secret, "vonage_contact_center")

    def reset(self) -> None:
        """Begin again as at the start: settings, faults, tokens, rate limit, ledger and log."""
        self._call("POST", "reset")

    def seed(self, seed: int) -> None:
        """Start chance afresh from a number."""
        self._call("POST", "seed", {"seed": seed})

    def ledger(self) -> dict[str, int]:
        """Return ``accepted``, ``distinct`` and ``duplicates``."""
        figures: dict[str, int] = self._call("GET", "ledger")
        return figures

    def ledger_events(self) -> list[dict[str, Any]]:
        """Return each acceptance, in order: ``sequence, eventId, kind, key, request, accepted``."""
        with self._open("GET", "ledger?events=true") as answer:
            return [json.loads(line) for line in answer]

    def requests(self, last: int = 100) -> dict[str, Any]:
        """Return ``total``, ``throttled`` (answered 429), ``totals`` by path and status, and the last ``requests``."""
        log: dict[str, Any] = self._call("GET", f"requests?last={last}")
        return log

    def add_fault(self, **rule: Any) -> None:
        """Put a fault rule at the end of the list.

        :param rule: its fields.
        :raises ValueError: if the rule is wrong, saying how.
        """
        self._call("POST", "faults", rule)

    def clear_faults(self) -> None:
        """Take all fault rules out of force."""
        self._call("DELETE", "faults")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change some settings, or none, and return all.

        :raises ValueError: if one is wrong, saying how.
        """
        settings: dict[str, Any] = self._call("POST", "settings", changes)
        return settings

    def presence(self) -> dict[str, Any]:
        """Return what is true of presences, whatever reads see yet.

        Keys: ``definitions``, ``sources`` and ``settings`` as the API's models; ``users``: by user's and source's id,
        what was set; ``writes``: how many writes of each kind were acted on.
        """
        state: dict[str, Any] = self._call("GET", "presence")
        return state

    def load_presence(
        self, definitions: Sequence[Mapping[str, Any]] = (), users: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Put definitions and users' presences there at once: seen at once, and not among the ``writes``.

        :param definitions: as the API's model of v2; only ``systemPresence`` and ``languageLabels`` must be there. The
            languages of their labels are the organisation's from then on.
        :param users: by user's id, the id of the definition whose state Genesys Cloud itself has the user in.
        :returns: the definitions, with their ids.
        :raises ValueError: if something is against the rules; nothing is changed then.
        """
        loaded: list[dict[str, Any]] = self._call(
            "POST", "presence", {"definitions": definitions, "users": users or {}}
        )
        return loaded

    def directory(self) -> dict[str, Any]:
        """Return who and what there is to route by.

        Keys: ``users``, ``queues``, ``wrapupcodes``, ``skills`` and ``languages``, as the API's models.
        """
        state: dict[str, Any] = self._call("GET", "directory")
        return state

    def load_directory(self, **entities: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put users, queues, wrap-up codes, skills and languages in the place of those there are.

        :param entities: by the keys of :meth:`directory`; what is left out stays as it is. Users with ``id``, ``name``,
            ``email``, ``employeeId`` and ``extension``, as far as they matter; all else with ``name``, and ``id`` and
            ``state`` if they matter.
        :returns: the same as :meth:`directory`.
        :raises ValueError: if something is against the rules; nothing is changed then.
        """
        state: dict[str, Any] = self._call("POST", "directory", entities)
        return state

    def webchat(self) -> dict[str, Any]:
        """Return what there is of web chat, whatever the API answers.

        Keys: ``settings`` (``None`` for none); ``deployments``; ``widgets``; ``conversations``, each with ``id``,
        ``members``, ``messages`` and ``mediaRequests``.
        """
        state: dict[str, Any] = self._call("GET", "webchat")
        return state

    def load_webchat(
        self,
        settings: Mapping[str, Any] | EllipsisType | None = ...,
        deployments: Sequence[Mapping[str, Any]] | None = None,
        widgets: Sequence[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Put settings and deployments of web chat in the place of those there are.

        :param settings: as the API's model; ``None``: never set; left out: as they are.
        :param deployments: as the API's model, with or without ``id``, and as many as you like; left out: as they are.
        :param widgets: the same of widget deployments.
        :returns: the same as :meth:`webchat`.
        :raises ValueError: if something is against the rules; nothing is changed then.
        """
        load: dict[str, Any] = {} if settings is ... else {"settings": settings}
        load |= {
            name: given for name, given in (("deployments", deployments), ("widgets", widgets)) if given is not None
        }
        state: dict[str, Any] = self._call("POST", "webchat", load)
        return state

    def web_messaging(self) -> dict[str, Any]:
        """Return what there is of web messaging.

        Keys: ``configurations``, each with ``id``, ``versions`` (the published ones, in order) and ``draft`` (or
        ``None``); ``deployments``; ``identityResolutions`` by deployment's id.
        """
        state: dict[str, Any] = self._call("GET", "web-messaging")
        return state

    def load_web_messaging(
        self,
        configurations: Sequence[Mapping[str, Any]] | None = None,
        deployments: Sequence[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Put configurations and deployments of web messaging in the place of those there are.

        Fields that the server sets, such as ``dateModified`` and ``lastModifiedUser``, are taken if given; numbers of
        versions follow from their places.

        :param configurations: each with ``versions``, ``draft`` or both, and an ``id`` if it matters; left out: as
            they are.
        :param deployments: as the API's model, each with a published version as ``configuration``; left out: as they
            are.
        :returns: the same as :meth:`web_messaging`.
        :raises ValueError: if something is against the rules; nothing is changed then.
        """
        load = {"configurations": configurations, "deployments": deployments}
        state: dict[str, Any] = self._call("POST", "web-messaging", load)
        return state

    def vonage(self) -> dict[str, Any]:
        """Return what there is of Vonage Contact Center.

        Keys: ``definitions`` as the API's models; ``users``: by user's id, ``presenceId`` and ``updated``; ``writes``:
        how many presences were set through the API; ``statistics``: what happened, by listing.
        """
        state: dict[str, Any] = self._call("GET", "vonage")
        return state

    def load_vonage(
        self,
        definitions: Sequence[Mapping[str, Any]] = (),
        users: Mapping[str, str | Mapping[str, Any]] | None = None,
        statistics: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """Add definitions and users of Vonage Contact Center, or put them in the place of those with their ids.

        :param definitions: as the API's model; only ``description`` and the category's ``categoryType`` must be there.
        :param users: by user's id, the id of the definition the user is in, or ``{"presenceId": ..., "updated": ...}``.
        :param statistics: what happened, in the API's model, by the path of its listing: ``interactions``,
            ``queue-times``, ``agent-activities``, ``agent-activities/presence`` or ``wfm/agent-states``. Only ``start``
            must be there; an item that is loaded twice comes twice.
        :returns: the same as :meth:`vonage`.
        :raises ValueError: if something is against the rules; nothing is changed then.
        """
        load = {"definitions": definitions, "users": users or {}, "statistics": statistics or {}}
        state: dict[str, Any] = self._call("POST", "vonage", load)
        return state

    def expire_tokens(self) -> None:
        """End the life of all tokens of the client now; guests keep theirs."""
        self._call("POST", "expire-tokens")

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        with self._open(method, path, body) as answer:
            return json.load(answer)

    def _open(self, method: str, path: str, body: Any = None) -> IO[bytes]:
        data = None if body is None else json.dumps(body, default=list).encode()
        request = urllib.request.Request(  # noqa: S310 (the address is this machine's)
            f"{self.base_url}/_simulator/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            answer: IO[bytes] = _NO_PROXIES.open(request, timeout=REQUEST_SECONDS)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"The simulator refuses {path}: {error.read().decode()}") from None
        return answer


@contextmanager
def running_simulator(
    *arguments: str,
    client_id: str = "simulator",
    client_secret: str = "simulator",  # noqa: S107 (made up)
) -> Iterator[SimulatorHandle]:
    """Run a simulator on a free port of this machine, in a process that ends with this one, even if this one is killed.

    :param arguments: further arguments of the command, such as ``"--seed", "7"``. Without ``"--example-data"`` its
        organisation is one in which nobody has done anything yet.
    :param client_id: the client it is to know.
    :param client_secret: that client's secret.
    :raises RuntimeError: if it does not start; the message has what it said.
    """
    client = ("--client-id", client_id, "--client-secret", client_secret)
    command = [
        *(sys.executable, "-m", "airflow_provider_genesys.simulator"),
        *("--port", "0", "--stop-with-stdin", "--no-example-data"),
        *(*client, *arguments),
    ]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 (the command is our own)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
        ) as process,
    ):
        try:
            yield SimulatorHandle(_address(process, complaints), client_id, client_secret)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> str:
    """Return the address that the first line of output ends with."""
    output = process.stdout
    if output and select.select([output], [], [], START_SECONDS)[0]:
        line = output.readline().decode().strip()
        if line:
            return line.rpartition(" ")[2]
    complaints.seek(0)
    raise RuntimeError(f"The simulator did not start: {complaints.read().decode(errors='replace').strip()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
