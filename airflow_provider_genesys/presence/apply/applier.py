"""Applying a plan: never a stale one, never half of it twice, and not done before a read has shown it.

There is no journal. Each write makes a definition what the plan says it shall be, so what is left to do can be read
off the organisation at any time: a killed apply is simply started again. Two things need care. Labels are not unique in
the API, so a definition created twice is two; and reads lag behind writes (Terraform's provider waits up to 30 s), so
that a definition just created may not be there to be seen. What a plan creates was not there when it was made. So, of
several active definitions that are alike to one it creates, every apply keeps the one with the smallest id and
deactivates all others it sees, whoever made them: killed applies, one at work beside it, or a person, whose twin the
next plan would deactivate as well. The smallest of all is given up by none, whatever part of them an apply sees. The
same goes for what shows up while it is at work, and is alike to one that was there: a killed apply may have made it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.api.answers import object_of
from airflow_provider_genesys.api.retry import is_passing, not_acted_on
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.presence.apply import progress, twins
from airflow_provider_genesys.presence.apply.in_use import InUseGuard
from airflow_provider_genesys.presence.plan.changes import KINDS, Change
from airflow_provider_genesys.presence.state import Definition, read_definitions

if TYPE_CHECKING:
    from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
    from airflow_provider_genesys.presence.plan.plan import Plan
    from airflow_provider_genesys.presence.plan.planner import Basis

log = logging.getLogger(__name__)

_READ_AGAIN_AFTER = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0)
"""Seconds between the reads that verify; about a minute in all, twice as long as Terraform's provider waits."""
_BELIEVE_STALE_AFTER = (1.0, 3.0)
"""Seconds between the reads that have to agree that a plan is stale: one may fall between another task's writes."""
_LOST_AFTER = 7.0
"""Seconds after which a definition that nobody can see, and whose creation nobody answered, is created again."""
_SETTLE_AFTER = (0.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0)
"""Seconds between the reads that look for twins when the cap is reached, or a write has failed for good; in all more
than Terraform's provider waits."""
_SETTLED_AFTER = 30.0
"""Seconds after which what an earlier try created just before it was killed should be seen: as long as Terraform's
provider waits."""
_TOO_MANY = "presenceservice.organizationpresence.toomanyorganizationpresences"


def nothing_applied() -> dict[str, Any]:
    """Return what :attr:`Applier.summary` would of a plan that there is not."""
    counts = dict.fromkeys([*(f"{kind}s" for kind in KINDS), "already", "unchanged", "twins", "requests"], 0)
    return {"checksum": None, **counts}


class Applier:
    """Makes the organisation's definitions what a plan says.

    :param client: the client. It waits, between tries and before reading again, as its view says, and counts likewise.
    :param plan: the plan.
    :param settle: whether an earlier try may just have been killed. If so, no success is told before the definitions
        have been read once more half a minute after this: what that try created may be hidden until then.
    """

    def __init__(self, client: GenesysCloudClient, plan: Plan, *, settle: bool = False) -> None:
        self._client = client
        self._plan = plan
        self._requests_before = client.meter.requests
        self._already = 0  # changes that an earlier apply wrote
        self._written: dict[int, str | None] = {}  # by the change's number: id of the definition, None where unknown
        self._lost: dict[int, float] = {}  # creations not answered, and not seen: how long had been waited by then
        self._failure: GenesysError | None = None  # of the last of those
        self._own: set[str] = set()  # ids of the definitions that this apply created
        self._given_up: set[str] = set()  # ids of the twins that it deactivated
        self._in_use = InUseGuard(client, plan)
        self._known: frozenset[str] = frozenset()  # ids of the definitions that were there at the beginning
        self._settled_at = monotonic() + _SETTLED_AFTER if settle else None
        self._waited = 0.0

    @property
    def summary(self) -> dict[str, Any]:
        """What was done so far.

        ``checksum`` of the plan; ``creates``, ``updates``, ``reactivates`` and ``deactivates``, the changes this apply
        wrote; ``already``, those that another apply of the plan had written; ``unchanged`` definitions; ``twins``
        that came to be since the plan was made and that this apply deactivated; ``requests`` sent.
        """
        done = Counter(self._plan.changes[number].kind for number in self._written if number not in self._lost)
        return {
            "checksum": self._plan.checksum,
            **{f"{kind}s": done[kind] for kind in KINDS},
            "already": self._already,
            "unchanged": self._plan.unchanged,
            "twins": len(self._given_up),
            "requests": self._client.meter.requests - self._requests_before,
        }

    def apply(self, *, force_checksum: str | None = None, basis: Basis | None = None) -> dict[str, Any]:
        """Write what is not yet as planned, in the plan's order, and read until all of it is seen.

        Two requests read what there is, then come the writes, then two or more requests that see them. Where nothing
        is left to write it is the first two. A plan that names its organisation costs one more. Where something is
        deactivated or moved, and the plan was made with ``in_use="refuse"`` or it is a twin, the users' presences are
        read once more before the first write, and again before a write that comes, or is tried, more than some seconds
        later.

        :param force_checksum: checksum of the plan, to apply it though it is unsafe; that of another plan is refused,
            but for a safe one that was just made.
        :param basis: what this client just read and the plan was made from; spares reading the definitions and the
            organisation's id again; its look at the users counts as one, by the time at which it ended.
        :return: :attr:`summary`.
        :raises GenesysUnsafePlanError: the plan is unsafe and not forced, or another one is, or it changes what must
            not change; users are in a twin, or have with ``in_use="refuse"`` entered meanwhile what it deactivates.
        :raises GenesysConfigError: the plan is for another organisation, or the client may not read for which.
        :raises GenesysStalePlanError: the organisation's definitions are neither those the plan was made from, nor
            those with some of its changes.
        :raises GenesysError: a write is still not seen after a minute; and all that ``client.call`` raises. In these
            cases, apply it again.
        """
        progress.refuse_unsafe(self._plan, force_checksum, just_made=basis is not None)
        if basis is None:
            self._refuse_other_organization()
        state = self._first_reading(None if basis is None else basis.definitions)
        if progress.may_be_hidden(self._plan, self._missing(state)):
            self._pause(_LOST_AFTER, "what a killed apply of this plan created may not yet be seen")
            state = self._first_reading(None)
        self._known = frozenset(definition.id for definition in state)
        missing = self._missing(state)
        self._already = len(self._plan.changes) - len(missing)
        if basis is not None:
            self._in_use.trust(basis.usage)
        self._in_use.check([self._plan.changes[number] for number in missing])
        if self._is_single(state) and not missing:
            return self._done()
        try:
            for number in missing:
                self._write(number)
        except GenesysError:
            self._clean_up()
            raise
        return self._verify()

    def _refuse_other_organization(self) -> None:
        planned = self._plan.organization_id
        if planned is None:
            return
        try:
            found = object_of("getOrganizationsMe", self._client.call("getOrganizationsMe")).get("id")
        except GenesysPermissionError as error:
            message = f"the plan is for organisation {planned}, but the client may not read its own: {error}"
            raise GenesysConfigError(message) from error
        if found != planned:
            raise GenesysConfigError(f"the plan is for organisation {planned}, but the client belongs to {found}")

    def _first_reading(self, existing: Sequence[Definition] | None) -> Sequence[Definition]:
        """Return the definitions there are, if they are those the plan was made from or on the way to what it says."""
        state = self._read() if existing is None else existing
        for delay in _BELIEVE_STALE_AFTER:
            if progress.fits(self._plan, state):
                return state
            self._client.wait(delay, "the presence definitions are not those of the plan; reading them again")
            state = self._read()
        if progress.fits(self._plan, state):
            return state
        raise progress.stale(self._plan, state)

    def _verify(self) -> dict[str, Any]:
        """Read until all is seen, and see to what went wrong meanwhile."""
        began = self._waited
        delays = iter(_READ_AGAIN_AFTER)
        missing: list[int] = []
        while (delay := next(delays, None)) is not None:
            self._pause(delay, "the presence definitions are not yet seen as written")
            state = self._read()
            missing = self._missing(state)
            self._lost = {number: since for number, since in self._lost.items() if number in missing}
            given_up = len(self._given_up)
            if self._is_single(state) and not missing:
                return self._done()
            if len(self._given_up) > given_up:
                delays = iter(_READ_AGAIN_AFTER)
            self._repeat_lost()
        raise self._unseen(missing, self._waited - began)

    def _done(self) -> dict[str, Any]:
        """Return the summary; where an earlier try may have been killed, not before reads must show what it did."""
        settled_at, self._settled_at = self._settled_at, None
        if settled_at is None or monotonic() >= settled_at:
            return self.summary
        self._pause(settled_at - monotonic(), "what an earlier try created before it was killed may not yet be seen")
        return self._verify()

    def _clean_up(self) -> None:
        """Give up twins although the apply has failed: the next try may be another plan, which knows nothing of them.

        Waits for what was created to be seen, so that such a plan finds it.
        """
        try:
            for delay in _SETTLE_AFTER if self._own else ():
                self._pause(delay, "a write failed; what was created before it is not yet seen, or is there twice")
                state = self._read()
                if self._is_single(state) and self._own <= {definition.id for definition in state}:
                    return
        except GenesysError as error:
            log.warning("whether something was created twice could not be seen: %s", error)

    def _write(self, number: int) -> None:
        """Write a change. Where there is no room, another apply's twins may be in it: look until one gives way."""
        change = self._plan.changes[number]
        for delay in _SETTLE_AFTER:
            try:
                return self._write_once(number, change)
            except GenesysApiError as error:
                if error.code != _TOO_MANY:
                    raise
            self._pause(delay, "there is no room for another definition; twins of what is created may give way")
            state = self._read()
            self._is_single(state)
            if number not in self._missing(state):
                self._already += 1
                return None
        return self._write_once(number, change)

    def _write_once(self, number: int, change: Change) -> None:
        if change.id is None:
            self._create(number, change)
        else:
            self._replace(change)
            self._written[number] = change.id
        log.info("%s %s (%s)", change.kind, change.label, self._written[number] or "not answered")

    def _replace(self, change: Change) -> None:
        """Write a change of what is there; who has entered it meanwhile is looked for after each wait too."""
        self._in_use.check([change])
        client = self._in_use.watching(change)
        path_params = {"definitionId": change.id}
        if change.before is not None and change.after == replace(change.before, deactivated=True):
            client.call("deletePresenceDefinition", path_params=path_params)
        else:
            client.call("putPresenceDefinition", path_params=path_params, body=change.after.body())

    def _create(self, number: int, change: Change) -> None:
        """Create a definition. While there is no answer, it may be there or not; the reads that verify will tell."""
        try:
            answer = self._client.call("postPresenceDefinitions", body=change.after.body())
        except GenesysError as error:
            if not is_passing(error) or not_acted_on(error):
                raise
            log.warning("whether %s was created is unknown: %s", change.label, error)
            self._failure = error
            self._written[number] = None
            self._lost[number] = self._waited
        else:
            own = (answer or {}).get("id")
            self._written[number] = own
            self._lost.pop(number, None)
            if own is not None:
                self._own.add(own)

    def _repeat_lost(self) -> None:
        for number, since in list(self._lost.items()):
            if self._waited - since >= _LOST_AFTER:
                self._write(number)

    def _is_single(self, state: Sequence[Definition]) -> bool:
        """Tell whether nothing is seen active twice that the plan creates or that has come since; give up all but one.

        One that users are in is left, whatever ``in_use`` is, and told of when the others are given up.
        """
        of_creations = progress.twins_of_creations(self._plan, state)
        of_newcomers = twins.of_newcomers(state, self._known, self._plan)
        refusal = None
        for twin in [*of_creations, *of_newcomers]:
            try:
                self._give_up(twin)
            except GenesysUnsafePlanError as error:
                refusal = error
        if refusal is not None:
            raise refusal
        return not of_creations and not of_newcomers

    def _give_up(self, twin: Change) -> None:
        if twin.id is None or twin.id in self._given_up:
            return
        twins.refuse_planned(twin, self._plan)
        try:
            self._replace(twin)
        except GenesysNotFoundError:  # another apply was first; whether the API says so is unconfirmed
            log.info("%s (%s) is no longer there", twin.label, twin.id)
        else:
            log.warning("%s was there twice; %s (%s) is deactivated", twin.after.name, twin.id, twin.reason)
        self._given_up.add(twin.id)

    def _unseen(self, missing: Sequence[int], waited: float) -> GenesysError:
        if self._failure is not None and self._lost:
            return self._failure
        names = ", ".join(self._plan.changes[number].label for number in missing) or "the deactivation of twins"
        return GenesysError(f"written, but not seen after {waited:.0f} s: {names}; apply the plan again")

    def _missing(self, state: Iterable[Definition]) -> list[int]:
        return progress.missing(self._plan, state, self._written)

    def _pause(self, seconds: float, reason: str) -> None:
        if seconds:
            self._client.wait(seconds, reason)
            self._waited += seconds

    def _read(self) -> list[Definition]:
        return read_definitions(self._client)
