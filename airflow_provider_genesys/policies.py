"""Airflow's retry policies, from 3.3 on: try again when the server said, and not at all where that cures nothing.

Before 3.3 Airflow has no retry policies, and importing this module is an ``ImportError`` that says so.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysApiError
from airflow_provider_genesys.tasks.failures import causes, is_incurable

try:
    from airflow.providers.common.compat.sdk import RetryDecision, RetryPolicy
except ImportError as error:
    raise ImportError(
        "GenesysRetryPolicy needs Airflow 3.3 or newer, which has retry policies; before that use retry_delay"
    ) from error

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

_LONGEST = 86_400
"""Seconds; whoever asks for more means never."""


class GenesysRetryPolicy(RetryPolicy):
    """Decides by what went wrong whether, and when, a task is tried again; ``retries`` stays the most.

    Where the server said when to come back, as with a rate limit, the task is tried again then. What a retry cannot
    cure, such as refused events, bad credentials, a missing permission or an unsafe plan, fails the task at once: the
    provider's operators do that on all versions, and with this a ``@task`` that calls a hook does too. All else is
    tried again as the task's own ``retry_delay`` says. An error that was raised ``from`` one of these counts as it.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - Airflow's
        max_tries: int,  # noqa: ARG002 - Airflow's
        context: Context | None = None,  # noqa: ARG002 - Airflow's
    ) -> RetryDecision:
        """Decide; called by Airflow in the worker."""
        for error in causes(exception):
            if is_incurable(error):
                return RetryDecision.fail(f"no retry cures this: {type(error).__name__}")
            if isinstance(error, GenesysApiError) and error.retry_after is not None:
                delay = timedelta(seconds=ceil(min(error.retry_after, _LONGEST)))
                return RetryDecision.retry(delay, f"the server said to come back after {delay}")
        return RetryDecision.default()
