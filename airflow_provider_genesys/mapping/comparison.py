"""What has changed: presences as they are, set against what was published last."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from airflow_provider_genesys.exceptions import GenesysLedgerError
from airflow_provider_genesys.mapping.rules import CONDITIONS, Presence, Rule, first_match, same_presence
from airflow_provider_genesys.mapping.watermarks import Watermark, Watermarks, just_after, key_of, timestamp
from airflow_provider_genesys.text import first_of

log = logging.getLogger(__name__)

# In a line of the log.
_MOST_KINDS = 5
_MOST_IDS = 20


@dataclass
class Comparison:
    """What a transfer has to do; each user of the map is among the first four.

    :param presences: events of users whose presence, or what it is mapped to, has changed.
    :param unchanged: how many users are in the presence that was published last, whatever of their routing status.
    :param unmapped: users in a presence that no rule matches.
    :param missing: users of whom Vonage tells nothing, or nothing that is understood.
    :param routing_statuses: events of users of the first two whose routing status, as the rules have it, has changed.
    :param watermarks: what holds when the events are published, of users who have any.
    :param stale: how many of the unchanged are told to be in an older presence than the one published last.
    """

    presences: list[dict[str, str]] = field(default_factory=list)
    unchanged: int = 0
    unmapped: list[dict[str, str | None]] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)
    routing_statuses: list[dict[str, str]] = field(default_factory=list)
    watermarks: Watermarks = field(default_factory=dict)
    stale: int = 0

    def log_what_is_left(self) -> None:
        """Warn of users for whom nothing is published."""
        if self.unmapped:
            kinds = Counter(tuple(row[name] or "-" for name in CONDITIONS[:3]) for row in self.unmapped)
            log.warning(
                "Users in a presence that no rule of the presence map matches: %d. Nothing is published for them until "
                "one does. The commonest, as category/sub-category/description: %s",
                len(self.unmapped),
                "; ".join(f"{'/'.join(kind)} ({count})" for kind, count in kinds.most_common(_MOST_KINDS)),
            )
        if self.missing:
            ids = [row["vonage_user_id"] for row in self.missing]
            log.warning(
                "Users of the user map of whom Vonage tells nothing: %d. There are none, its credentials may not see "
                "them, or what it tells is not understood: %s",
                *(len(ids), ", ".join(first_of(ids, _MOST_IDS))),
            )
        if self.stale:
            log.warning("Users told to be in an older presence than was published last: %d; ignored.", self.stale)


def compare(
    users: Mapping[str, str],
    rules: Sequence[Rule],
    presences: Iterable[tuple[str, Presence | None]],
    watermarks: Mapping[str, Watermark],
    *,
    source_id: str,
    read: str,
) -> Comparison:
    """Sort users by what there is to do for them.

    An event has no ``eventId``: the publisher derives it from the event, which is made of nothing but the user, the
    presence's time, what the rule says, and the source. So whoever makes it again makes the same.

    :param users: Genesys user by Vonage user.
    :param rules: the presence map.
    :param presences: Vonage users, as in ``users``, with their presence, or ``None`` of whom Vonage tells nothing that
        is understood.
    :param watermarks: what was published last.
    :param source_id: the presence source to publish to.
    :param read: when Vonage was asked.
    """
    result = Comparison()
    left = dict(users)
    for vonage_user, presence in presences:
        genesys_user = left.pop(vonage_user, None)
        if genesys_user is None:
            raise GenesysLedgerError(f"Vonage's user {vonage_user} was read, and not asked for; a bug of the provider")
        ids = {"vonage_user_id": vonage_user, "genesys_user_id": genesys_user}
        if presence is None:
            result.missing.append(ids)
        elif (rule := first_match(rules, presence)) is None:
            said = {name: getattr(presence, name) for name in CONDITIONS}
            result.unmapped.append({**ids, "updated": timestamp(presence.updated), **said})
        else:
            key, updated = key_of(vonage_user, genesys_user), timestamp(presence.updated)
            last = watermarks.get(key)
            news = _news(updated, rule, last)
            about = {"eventDateTime": updated, "sourceId": source_id}
            if news.presence:
                result.presences.append({"userId": genesys_user, **about, **rule.target})
            else:
                result.unchanged += 1
                result.stale += last is not None and updated < last.updated
            if news.routing_status is not None:
                result.routing_statuses.append({"agentId": genesys_user, **about, "status": news.routing_status})
            if any(news):
                result.watermarks[key] = _mark(updated, rule, last, read)
    result.missing += [{"vonage_user_id": one, "genesys_user_id": other} for one, other in left.items()]
    return result


class _News(NamedTuple):
    """What there is to publish of a user.

    :param presence: whether its presence is.
    :param routing_status: the one that is, if any.
    """

    presence: bool
    routing_status: str | None


def _news(updated: str, rule: Rule, last: Watermark | None) -> _News:
    """Set what a user is in since ``updated`` against what was published last, each stream by itself."""
    if last is None or updated > last.updated:
        return _News(presence=True, routing_status=rule.routing_status)
    if updated < last.updated:
        return _News(presence=False, routing_status=None)
    return _News(
        presence=not same_presence(rule.presence, last.presence),
        routing_status=None if rule.routing_status == last.routing_status else rule.routing_status,
    )


def _mark(updated: str, rule: Rule, last: Watermark | None, read: str) -> Watermark:
    """Return a user's watermark, later than the one it replaces also where the clock has gone back since."""
    if last is None:
        return Watermark(updated, rule.presence, rule.routing_status, read)
    published = last.routing_status if updated == last.updated else None
    return Watermark(updated, rule.presence, rule.routing_status or published, max(read, just_after(last.read)))
