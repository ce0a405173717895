"""Vonage Contact Center's Insights Stats API: what happened, item by item. All of it is read with one scope.

Which query parameters there are beside those of interactions, and that all answers are paged alike, is unconfirmed. The
API's description has no names for its operations: these are made of their paths.
"""

from __future__ import annotations

from functools import partial

from airflow_provider_genesys.api.operations.row import Operation

_Statistic = partial(
    Operation,
    method="GET",
    listed="items",
    paging="numbered",
    accept="application/vnd.newvoicemedia.v3+json",
    permissions=("stats",),
    repeat="client",
    system="Vonage Contact Center",
)
_WINDOW = ("start", "end", "include", "agentId", "page", "limit")

ROWS = (
    _Statistic(name="getStatsInteractions", path="/stats/interactions", query=_WINDOW, required_query=("start",)),
    _Statistic(name="getStatsInteractionsOngoing", path="/stats/interactions/ongoing", query=("page", "limit")),
    _Statistic(name="getStatsInteraction", path="/stats/interactions/{guid}", paging="none"),
    _Statistic(name="getStatsQueueTimes", path="/stats/queue-times", query=_WINDOW, required_query=("start",)),
    _Statistic(
        name="getStatsAgentActivities", path="/stats/agent-activities", query=_WINDOW, required_query=("start",)
    ),
    _Statistic(
        name="getStatsAgentActivitiesPresence",
        path="/stats/agent-activities/presence",
        query=_WINDOW,
        required_query=("start",),
    ),
    _Statistic(name="getStatsAgentStatus", path="/stats/agent-status", query=("agentId", "page", "limit")),
    _Statistic(name="getStatsWfmAgentStates", path="/stats/wfm/agent-states", query=_WINDOW, required_query=("start",)),
)
