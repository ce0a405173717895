"""The organisation that the example Dags are about, as ``--example-data`` loads it.

It shares no file with the examples, which are not installed with the package; a test holds the two against each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.simulator.definitions import Wanted
from airflow_provider_genesys.simulator.presence_models import SYSTEM_PRESENCES
from airflow_provider_genesys.simulator.vonage.account import CATEGORIES, Definition, Item, Presence, to_text

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.state import World
    from airflow_provider_genesys.simulator.vonage.account import VonageAccount

SOURCE = {"id": "a2ac77fd-36c6-4c2a-b238-f89b35daa570", "name": "Vonage Contact Center"}
# By the agent's id in Vonage, the one in Genesys Cloud. The last one has left the company in Vonage.
AGENTS: Mapping[str, str] = {
    "6513270e-269e-4d37-b2a7-4de452e6b438": "565b8fb4-ee30-4ee3-9b5b-e285678f1f9d",
    "d23f0824-128b-4f33-8c5c-7fd0a6a3a450": "931f33f5-525b-4613-a5a7-d0e28115dd9a",
    "9531985d-5d9d-49f8-9818-e811892f902b": "b006c93f-3057-4f95-8184-9382035e26fb",
    "36f675cc-81e7-4ef5-a8e2-5d940ed90475": "8080af8d-857a-45c4-8296-ab1301adfa28",
    "6b0d549b-6f03-475a-9600-a35a099950d8": "5d343b47-fdd0-4802-930b-eadda0ce37d9",
    "8d116ece-1738-47d9-bd9c-172411e20b8f": "904023d8-3eb6-4079-b062-45c68095682e",
    "90c192cf-d3ac-44af-8f21-ddb66cad4a26": "5b584c94-8fb4-4647-afe6-879085600dbf",
    "a170b338-3926-4059-b28c-105d1fb17c23": "dfdaba17-d518-42a6-81de-c90c8ec32bcf",
    "0fd630f1-f29d-4da9-953f-48f1a09f76b5": "92a25d95-3963-45ef-895f-ea42b4dd37aa",
    "0cb1e29c-658c-4a14-95e6-0af593bd04cf": "a49b9696-751e-4402-a733-3ad46f48a5a0",
    "8e81973e-0bec-47b0-b898-d190f9ebdacc": "e5e8f6be-7753-4041-880b-16d31f61397e",
    "6b4cb242-4a23-4596-a217-beaddbc496cb": "d107033f-3a53-4406-af19-13543470ddb2",
    "92276658-1e27-41c0-8a6a-63ec24ede6a4": "f089a5d3-01b2-4b44-817b-200f94489bbd",
    "ae97ba94-d0ed-482f-8f6d-05584ef8aa38": "b67689b6-7c60-465c-a541-9878368a6ae5",
    "923a7369-94e3-4f91-9a61-dbe22e44158b": "236c9b37-b991-48c2-b14a-340a28638282",
    "18f135d2-5f55-4203-b018-50c5a38fd547": "8c4d3df5-889f-434c-ba1c-22f23fd7cb1b",
    "907a70c3-1012-4037-b64c-e4228c38fb29": "1d7e7a5b-648d-4236-8604-8f5f3c82433a",
    "7f150524-34b9-45df-9e77-69b10f4205b4": "34349d2d-14c6-414b-9771-a7bd2a7c7180",
    "c6f87718-6d76-407e-881e-d162ae2eb154": "a0c53575-7f3d-4ff2-b5a7-bfa873492510",
    "ec66a787-95e7-41d1-b731-af10506bf2ef": "1ea1d7b7-d146-418a-aae1-af8100dd369e",
}
NAMES = (
    *("Amara", "Bence", "Chiara", "Dunja", "Elif", "Farid", "Greta", "Hugo", "Imani", "Jonas"),
    *("Kalina", "Lior", "Mirela", "Nils", "Oyelaran", "Pavla", "Quentin", "Rosa", "Sanna", "Tomasz"),
)
"""What the agents are called, in their order."""
VONAGE_AGENT_IDS = tuple(str(number) for number in range(1501, 1501 + len(AGENTS)))
"""What Vonage's statistics call the agents, in their order."""
QUEUES: Mapping[str, str] = {
    "Billing": "9fa2baa7-a0e4-4bb8-aff7-443feb3e8118",
    "Delivery": "6c5acf4c-a048-4640-8a59-d6d1511153b1",
    "Returns": "638dcaaf-63a6-40d2-be7b-00e0d60b43d6",
    "Technical help": "8d5dfa7c-76d4-4c61-9f07-d096c2a73162",
}
WRAP_UP_CODES: Mapping[str, str] = {
    "resolved": "4d9c12f3-1d48-4a4d-a2ec-e740e455feea",
    "unresolved": "f8aa9567-bc63-447d-a6bc-8c2262ab6050",
}

# As presence_definitions.yaml has them, and one that is in no file.
DEFINITIONS = (
    ("Break", {"en_US": "Smoke", "de": "Raucherpause", "fr": "Pause cigarette"}, True),
    ("Meal", {"en_US": "Canteen", "de": "Kantine"}, True),
    ("Meeting", {"en_US": "Coaching"}, True),
    ("Training", {"en_US": "E-learning", "de": "E-Learning"}, True),
    ("Break", {"en_US": "Yoga"}, False),
    ("Busy", {"en_US": "After-call work"}, True),
)

# What agents are in in Vonage, in turn, by description, with the category. For the last one there is no rule.
VONAGE_PRESENCES = {
    "Ready": "Ready",
    "Logged Out": "LoggedOut",
    "Smoke": "Away",
    "Lunch": "Away",
    "Coaching": "Away",
    "Training": "ExtendedAway",
    "Siesta": "Away",
}
SINCE = "2026-11-16T07:49:48.000Z"
# The calls of that morning, five minutes apart: by the agent's place, how long it rang, and how long they talked and
# wrapped up, in seconds. The first caller has given up, the last of them is called by the agent.
VONAGE_CALLS: tuple[tuple[int | None, int, int, int], ...] = (
    (None, 40, 0, 0),
    *((0, 5, 180, 20), (1, 4, 95, 15), (2, 9, 240, 35), (3, 6, 60, 10), (4, 3, 130, 25)),
    *((5, 7, 310, 40), (6, 5, 45, 5), (0, 8, 150, 20), (7, 4, 200, 30), (8, 6, 75, 10)),
)
FIRST_CALL = datetime(2026, 11, 16, 8, tzinfo=UTC)

WEBCHAT_SETTINGS = {"requireDeployment": True}
WEBCHAT_DEPLOYMENTS: tuple[dict[str, Any], ...] = (
    {"id": "4b1f6f0e-3f70-4a5c-9d0e-6f1f4f3a7c01", "name": "Shop", "allowedDomains": ["shop.example.com"]},
    {
        "id": "4b1f6f0e-3f70-4a5c-9d0e-6f1f4f3a7c02",
        "name": "Help",
        "description": "Help pages",
        "disabled": False,
    },
)


def fill(world: World) -> None:
    """Make an organisation, and its Vonage account, what the example Dags expect."""
    world.change_settings({"users": tuple(AGENTS.values()), "sources": (SOURCE,)})
    agents = [{"id": id_, "name": name} for id_, name in zip(AGENTS.values(), NAMES, strict=True)]
    routing = {"queues": QUEUES, "wrapupcodes": WRAP_UP_CODES}
    world.load_directory(
        [{**agent, "email": f"{agent['name'].lower()}@example.com"} for agent in agents],
        {kind: [{"id": id_, "name": name} for name, id_ in each.items()] for kind, each in routing.items()},
    )
    presences = {presence.v2_name: presence for presence in SYSTEM_PRESENCES}
    world.definitions.load(
        [(None, Wanted(presences[name], labels, deactivated=not active)) for name, labels, active in DEFINITIONS],
        world.settings,
    )
    world.webchat.settings = WEBCHAT_SETTINGS
    world.webchat.load({deployment["id"]: deployment for deployment in WEBCHAT_DEPLOYMENTS})
    _fill_vonage(world.vonage)


def _fill_vonage(account: VonageAccount) -> None:
    there = {definition.description: definition for definition in account.definitions.values()}
    for description, category in VONAGE_PRESENCES.items():
        if description not in there:
            new = Definition(account.new_id(), category, None, description, True, CATEGORIES[category])  # noqa: FBT003
            account.put(new)
            there[description] = new
    presences = cycle(VONAGE_PRESENCES)
    for user_id in list(AGENTS)[:-1]:
        account.users[user_id] = Presence(there[next(presences)].id, SINCE)
    account.items["interactions"] += map(Item.of, _interactions())


def _interactions() -> Iterator[dict[str, Any]]:
    """Yield the calls as the Insights Stats API tells them, and an e-mail, of which the mapping makes nothing."""
    for number, (agent, rings, talks, wraps) in enumerate(VONAGE_CALLS):
        waits = rings if agent is None else rings + 10
        channels = [_channel(number, None, 0, waits + talks, [("Connected", 0, waits + talks)])]
        if agent is not None:
            done = [("Ringing", 0, rings), ("Connected", rings, talks), ("Wrap", rings + talks, wraps)]
            channels.append(_channel(number, agent, 10, rings + talks + wraps, done))
        direction = "Outbound" if number == len(VONAGE_CALLS) - 1 else "Inbound"
        yield _interaction(number, "Phone", direction, waits + talks + wraps, channels)
    yield _interaction(len(VONAGE_CALLS), "Email", "Inbound", 600, [])


def _interaction(
    number: int, medium: str, direction: str, seconds: int, channels: list[dict[str, Any]]
) -> dict[str, Any]:
    start = FIRST_CALL + timedelta(minutes=5 * number)
    return {
        "guid": _guid(f"interaction {number}"),
        "conversationGuid": _guid(f"conversation {number}"),
        "status": "Completed",
        "medium": medium,
        "direction": direction,
        "start": to_text(start),
        "duration": seconds * 1000,
        "categorizedAt": to_text(start + timedelta(seconds=seconds + 30)),
        "serviceName": "Support",
        "connectFrom": f"0155500{number:05}",
        "connectTo": "015550009002",
        "channels": channels,
    }


def _channel(
    number: int, agent: int | None, offset: int, duration: int, events: list[tuple[str, int, int]]
) -> dict[str, Any]:
    party = {"id": None, "role": "External", "touchpoint": f"0155500{number:05}"}
    if agent is not None:
        party = {"id": VONAGE_AGENT_IDS[agent], "role": "Agent", "touchpoint": f"{101 + agent}"}
    return {
        "guid": _guid(f"channel {number} {agent}"),
        "offset": offset * 1000,
        "duration": duration * 1000,
        "endReason": "Released",
        "party": party,
        "events": [
            {"type": type_, "offset": begins * 1000, "duration": lasts * 1000} for type_, begins, lasts in events
        ],
    }


def _guid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
