"""The streams of events: which kinds each takes, by which operation, and how much goes into one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic_core import CoreConfig, SchemaValidator

from airflow_provider_genesys.events.kinds import (
    CONVERSATION_KINDS,
    CustomKpiAttribution,
    UserPresence,
    UserRoutingStatus,
)

if TYPE_CHECKING:
    from airflow_provider_genesys.api.operations.names import GenesysCloudOperationName
    from airflow_provider_genesys.events.settings import StreamName

# At most so many events in a request (published model descriptions), and so many bytes (`request.bytes.max` of the
# platform's limits, unconfirmed), both over all arrays of the body.
MAX_EVENTS = 100
MAX_BYTES = 512_000


@dataclass(frozen=True)
class Stream:
    """One of the batch endpoints and what may be sent to it.

    :param name: as in the operator's ``stream``.
    :param operation: the operation that takes its bodies.
    :param key: property that tells what an event is about: one key's events keep their order.
    :param kinds: type of event by name of its kind; a stream with one kind only has no ``type`` in its records.
    """

    name: StreamName
    operation: GenesysCloudOperationName
    key: str
    kinds: Mapping[str, Any]

    @property
    def typed(self) -> bool:
        """Whether a record says by ``type`` of which kind it is."""
        return len(self.kinds) > 1

    @cached_property
    def properties(self) -> frozenset[str]:
        """What a record of any of its kinds may have, as the API takes it or in place of that."""
        models = self.kinds.values()
        names = frozenset[str]().union(*(model.__required_keys__ | model.__optional_keys__ for model in models))
        return names | {"type" if self.typed else "presence"} if self.typed or self.key == "userId" else names

    @cached_property
    def validators(self) -> Mapping[str, Callable[[bytes], dict[str, Any]]]:
        """By kind, what checks an event's JSON text and raises ``pydantic.ValidationError``.

        Built at first use, in 0.1 s.
        """
        # Most values come once, and would push all else out of the caches. A model's own config is not heeded in this.
        config = CoreConfig(cache_strings="keys")
        by_model = {
            id(model): SchemaValidator(TypeAdapter(model).core_schema, config).validate_json
            for model in self.kinds.values()
        }
        return {kind: by_model[id(model)] for kind, model in self.kinds.items()}


def array_of(kind: str) -> str:
    """Return the name of the array that holds events of ``kind`` in a body."""
    return f"{kind}Events"


def overhead_of(kind: str) -> int:
    """Return the bytes that the array of a kind takes in a body beside its events: ``"…Events":[],``."""
    return len(array_of(kind)) + 6


STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream("conversations", "postEventsConversations", "conversationId", CONVERSATION_KINDS),
        Stream("user_presences", "postEventsUsersPresence", "userId", {"userPresence": UserPresence}),
        Stream(
            "user_routing_statuses",
            "postEventsUsersRoutingstatus",
            "agentId",
            {"userRoutingStatus": UserRoutingStatus},
        ),
        Stream(
            "custom_kpi_attributions",
            "postEventsRoutingCustomkpiattributions",
            "conversationId",
            {"customKpiAttribution": CustomKpiAttribution},
        ),
    )
}
