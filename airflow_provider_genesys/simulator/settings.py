"""What can be set: at the start, and at any time through the control API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.faults import FaultRule


class Organization(BaseModel):
    """The organisation the client belongs to."""

    model_config = ConfigDict(extra="forbid")

    id: str = "5d0b1b6e-8f0c-4b3a-9a57-2f6f6f1f3c01"
    name: str = "Simulated Organization"


class Source(BaseModel):
    """A source of presences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
    name: str = "External platform"
    description: str = ""
    deactivated: bool = False


class Settings(BaseModel):
    """What can be set from outside at any time.

    :param requests_per_minute: allowed in a window of the rate limit.
    :param rate_limit_window_seconds: length of that window; a minute, as in reality, unless a test is in a hurry.
    :param rate_limit_headers: whether answers carry ``inin-ratelimit-*``.
    :param latency_ms: how long each request takes.
    :param token_seconds: how long a token is valid, for tokens given out from then on.
    :param permissions: what the client may; ``None`` for everything.
    :param sources: the registered sources of presences, which those that requests make come to; setting this anew
        replaces all of them.
    :param require_known_sources: refuse events whose ``sourceId`` is no active source, each with an error inside the
        200.
    :param users: how many users the organisation has, or a list of their ids.
    :param user_states: state by id of those users who are not active.
    :param divisions: ids of the divisions that definitions may belong to, besides ``*``.
    :param locales: languages that labels of definitions may have besides the usual ones, such as ``fr_CA``, and those
        of definitions that were loaded.
    :param consistency_delay_ms: how long reads do not see what was written to definitions and sources.
    :param definition_created_status: how ``POST /api/v2/presence/definitions`` answers; the description gives both.
    :param system_presence_change: what becomes of a ``PUT`` that would give a definition another system presence.
    :param unknown_users: whether a bulk request that names an unknown user is refused, or the user is left out.
    :param allow_on_queue: whether a ``PATCH`` may set a user on queue.
    :param webchat: whether there still is web chat; ``gone`` is answered 410, ``not_found`` as any unknown path.
    :param vonage_requests_per_minute: allowed in a window of Vonage Contact Center's rate limit.
    :param vonage_token_seconds: how long a token of its is valid, for tokens given out from then on.
    :param vonage_page_size: how many items a page of its statistics has, unless a request says so.
    :param vonage_scopes: which scopes its credentials may ask for; ``None`` for all.
    :param shuffle_keys: whether the keys of each answer's objects come in another order every time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests_per_minute: int = Field(default=300, ge=1)
    rate_limit_window_seconds: float = Field(default=60.0, gt=0)
    rate_limit_headers: bool = True
    latency_ms: float = Field(default=0, ge=0)
    token_seconds: int = Field(default=86_400, ge=0)
    permissions: frozenset[str] | None = None
    require_known_sources: bool = False
    organization: Organization = Organization()
    sources: tuple[Source, ...] = (Source(),)
    users: Annotated[int, Field(ge=0)] | tuple[str, ...] = 30
    user_states: dict[str, Literal["inactive", "deleted"]] = {}
    divisions: frozenset[str] = frozenset({"f2a4c6d8-1b3e-4f5a-8c7d-9e0b1a2c3d4e"})
    locales: frozenset[str] = frozenset()
    consistency_delay_ms: float = Field(default=0, ge=0)
    definition_created_status: Literal[200, 201] = 200
    system_presence_change: Literal["ignore", "refuse"] = "ignore"
    unknown_users: Literal["refuse", "omit"] = "refuse"
    allow_on_queue: bool = True
    webchat: Literal["present", "gone", "not_found"] = "present"
    vonage_requests_per_minute: int = Field(default=300, ge=1)
    vonage_token_seconds: int = Field(default=7_200, ge=0)
    vonage_page_size: int = Field(default=100, ge=1)
    vonage_scopes: frozenset[str] | None = None
    shuffle_keys: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """How the simulator was started, which is what a reset returns to.

    ``example_data`` fills the organisation with what the example Dags are about.
    """

    seed: int = 0
    client_id: str = "simulator"
    client_secret: str = field(default="simulator", repr=False)
    settings: Settings = field(default_factory=Settings)
    faults: tuple[FaultRule, ...] = ()
    example_data: bool = False
