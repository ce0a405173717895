"""Who is in what a plan takes from users, looked at as late as can be.

The API has no condition on a write, and no question for the users of a definition: all users have to be read, 50 with a
request. So there is always a while between a look and the write that follows it, and a user who enters within it is not
noticed. It is as long as the reading takes, and :data:`_FRESH_FOR` more.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from time import monotonic
from typing import TYPE_CHECKING

from airflow_provider_genesys.exceptions import GenesysError, GenesysPermissionError, GenesysUnsafePlanError
from airflow_provider_genesys.presence.plan import guards
from airflow_provider_genesys.presence.users import Usage, read_usage

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.presence.plan.changes import Change
    from airflow_provider_genesys.presence.plan.plan import Plan

_FRESH_FOR = 5.0
"""Seconds after a look for which it is not repeated."""
_MOST_LOOKS = 3
"""Looks during the tries of one write: each takes from the rate limit for which the write may be waiting."""


class InUseGuard:
    """Refuses to take from users what they are in, unless the plan's own reasons, which somebody forced, say so.

    Without ``in_use="refuse"`` only twins are looked at.

    :param client: the client.
    :param plan: the plan.
    """

    def __init__(self, client: GenesysCloudClient, plan: Plan) -> None:
        self._client = client
        self._is_wanted = plan.settings.get("in_use") == "refuse"
        self._known = frozenset(plan.reasons)
        self._last: Usage | None = None
        self._looks = 0

    def trust(self, look: Usage | None) -> None:
        """Take the look that the plan was made from for one of its own, as old as it is."""
        self._last = look

    def check(self, changes: Sequence[Change]) -> None:
        """Look again who is in what, if the last look is some seconds old, and changes take something from users.

        :param changes: what is to be written next.
        :raises GenesysUnsafePlanError: users are in what one of them takes, and the plan does not say so; or one is of
            a twin, and the plan does not say that nobody may read whether users are in it.
        """
        changes = [change for change in changes if self._concerns(change)]
        if not changes:
            return
        seen = self._seen(changes)
        objections = guards.twins_unseen(changes, seen) if seen is None else guards.somebody_is_in(changes, seen)
        if reasons := sorted({*objections} - self._known):
            twins = any(change.is_of_a_twin for change in changes)
            raise GenesysUnsafePlanError(
                f"since the plan was made it has become unsafe: {'; '.join(reasons)}. This and what comes after it in "
                "the plan was not done, and forcing this plan does not do it: make a new plan, which "
                f"{'keeps the one of the twins that users are in, or ' if twins else ''}says it"
            )

    def watching(self, change: Change) -> GenesysCloudClient:
        """Return the client to write a change by: it checks the change once more whenever it has waited to send it.

        It raises :class:`GenesysError` where the write has been put off so long that one look more would be needed than
        are allowed for it: nothing is written unseen.
        """
        looks = self._looks

        def wait(seconds: float, reason: str) -> None:
            self._client.wait(seconds, reason)
            if self._looks - looks >= _MOST_LOOKS and self._concerns(change) and not self._is_fresh():
                raise GenesysError(
                    f"{change.label} ({change.id}) was not written: that was put off again and again, the last time by "
                    f"{seconds:.0f} s ({reason}), and {_MOST_LOOKS} times it was looked whether users had entered it "
                    "meanwhile; apply the plan again"
                )
            self.check([change])

        return self._client.view(wait=wait)

    def _concerns(self, change: Change) -> bool:
        """Tell whether a change is to be looked at: it takes something from users, and the plan asks, or nobody did."""
        return guards.withdraws(change) and (self._is_wanted or change.is_of_a_twin)

    def _seen(self, changes: Sequence[Change]) -> AbstractSet[str] | None:
        """Return what users are in; ``None`` where that may not be read, and the changes are of twins only."""
        if self._last is not None and self._is_fresh():
            return self._last.in_use
        try:
            self._last = read_usage(self._client)
        except GenesysPermissionError:
            if all(change.is_of_a_twin for change in changes):
                return None
            raise
        self._looks += 1
        return self._last.in_use

    def _is_fresh(self) -> bool:
        return self._last is not None and monotonic() - self._last.ended <= _FRESH_FOR
