"""The same script with the models of Genesys' Python SDK; :mod:`benchmarks.cpu` gives it an environment of its own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import PureCloudPlatformClientV2 as sdk  # type: ignore[import-not-found]  # noqa: N813 - the name is long

from benchmarks.cost import counted

sdk.configuration.live_reload_config = False


def main(stream: str, warm_up: str, source: str, url: str) -> None:
    """Send every line of a file, after those of another one."""
    post = poster(stream, url)

    def send(path: str) -> int:
        events = 0
        for request, ids in bodies(stream, path):
            post(request)
            events += len(ids)
        return events

    send(warm_up)
    with counted() as found:
        events = send(source)
    print(json.dumps({"events": events, **found}))


def poster(stream: str, url: str, token: str = "benchmark") -> Callable[[Any], Any]:
    """Return the SDK's method that posts a request of a stream."""
    sdk.configuration.host = url
    sdk.configuration.access_token = token
    api = sdk.EventsApi()
    post: Callable[[Any], Any] = (
        api.post_events_users_presence if stream == "user_presences" else api.post_events_conversations
    )
    return post


def bodies(stream: str, path: str) -> Iterator[tuple[Any, list[str]]]:
    """Yield requests of 100 events in the order of the file, each with the ids of its events."""
    make = sdk.BatchUserPresenceEventRequest if stream == "user_presences" else sdk.BatchConversationEventRequest
    request, ids = make(), []
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123 - as one would write it
        for line in lines:
            event = json.loads(line)
            kind = event.pop("type", "userPresence")
            array = _snake(f"{kind}Events")
            if getattr(request, array) is None:
                setattr(request, array, [])
            getattr(request, array).append(_model(f"{kind[0].upper()}{kind[1:]}Event", event))
            ids.append(event["eventId"])
            if len(ids) == 100:
                yield request, ids
                request, ids = make(), []
    if ids:
        yield request, ids


def _model(name: str, values: dict[str, Any]) -> Any:
    """Make a model of the SDK, and those inside it."""
    make, attributes = _shape(name)
    model = make()
    for key, value in values.items():
        attribute, inner = attributes[key]
        setattr(model, attribute, _model(inner, value) if inner else value)
    return model


@cache
def _shape(name: str) -> tuple[type, dict[str, tuple[str, str | None]]]:
    """Return a model and, by key in JSON, its attributes with the model each holds, if it holds one."""
    make = getattr(sdk, name)
    blank = make()
    return make, {
        key: (attribute, inner if hasattr(sdk, inner := blank.swagger_types[attribute]) else None)
        for attribute, key in blank.attribute_map.items()
    }


@cache
def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


if __name__ == "__main__":
    main(*sys.argv[1:])
