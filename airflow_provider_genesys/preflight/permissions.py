"""Whether the client has the permissions that operations need.

Genesys Cloud lets a client ask for its own roles. What these do not tell is tried, where trying is a read; a write is
never tried, and stays unproven.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_genesys.api.operations import Operation, operation
from airflow_provider_genesys.arguments import TEXTS, read
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysConfigError,
    GenesysGoneError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
)
from airflow_provider_genesys.preflight.findings import Finding, ReadOnlyClient

NAME = "permissions"
_PARTS = 3  # domain:entity:action


def rows(names: Any) -> list[Operation]:
    """Return the operations of these names, each once.

    :param names: a list of names or aliases.
    :raises GenesysConfigError: it is no list, or some are unknown; the message names all of these.
    """
    names = read("operations", names, TEXTS)
    found: dict[str, Operation] = {}
    mistakes = []
    for name in names:
        try:
            row = operation(name)
        except GenesysConfigError as error:
            mistakes.append(str(error))
            continue
        if row.system == "Genesys Cloud":
            found[row.name] = row
        else:
            mistakes.append(f"{row.name} is an operation of {row.system}, whose permissions cannot be asked for")
    if mistakes:
        raise GenesysConfigError(f"operations: {'; '.join(mistakes)}")
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Grants:
    """What the client's roles grant.

    :param policies: domain, entity, actions, and whether there is a condition on them; ``*`` stands for all.
    :param complete: whether these are all: a role whose policies are not shown may grant anything.
    """

    policies: Sequence[tuple[str, str, frozenset[str], bool]]
    complete: bool

    @classmethod
    def from_answer(cls, answer: Any) -> Grants:
        """Make it of an ``AuthzSubject``; one of another form tells nothing."""
        try:
            roles = [grant["role"] for grant in answer["grants"]]
            policies = [
                (
                    policy["domain"].lower(),
                    policy["entityName"].lower(),
                    frozenset(action.lower() for action in policy["actions"]),
                    bool(policy.get("condition")),
                )
                for role in roles
                for policy in role.get("policies") or ()
            ]
        except (AttributeError, KeyError, TypeError):
            return cls((), complete=False)
        return cls(policies, complete=bool(roles) and all(role.get("policies") for role in roles))

    def has(self, permission: str) -> bool | None:
        """Tell whether a permission such as ``presence:source:view`` is granted, in whichever divisions.

        ``None`` where that cannot be told: it is granted under a condition only, or not all is known, or it is no
        permission of Genesys Cloud's.
        """
        parts = permission.lower().split(":")
        if len(parts) != _PARTS:
            return None
        domain, entity, action = parts
        conditions = {
            conditional
            for of_domain, of_entity, actions, conditional in self.policies
            if of_domain in {domain, "*"} and of_entity in {entity, "*"} and actions & {action, "*"}
        }
        if False in conditions:
            return True
        return None if conditions or not self.complete else False


class Permissions:
    """Looks at the permissions of each operation.

    :param ask: asks the API.
    :param operations: the operations.
    """

    name = NAME

    def __init__(self, ask: ReadOnlyClient, operations: Sequence[Operation]) -> None:
        self._ask = ask
        self._operations = operations

    def look(self) -> Iterator[Finding]:
        """Yield a finding for each operation, by its name."""
        if not self._operations:
            yield Finding(NAME, "skipped", "no operations are named")
            return
        grants = self._grants()
        for row in self._operations:
            yield self._one(row, grants)

    def _grants(self) -> Grants:
        try:
            return Grants.from_answer(self._ask("getAuthorizationSubjectsMe", includeFullRoles=True))
        except (GenesysServerError, GenesysRateLimitError):
            raise
        except GenesysApiError:
            return Grants((), complete=False)  # it may not ask

    def _one(self, row: Operation, grants: Grants) -> Finding:
        name = f"{NAME}.{row.name}"
        if row.authentication != "bearer":
            return Finding(name, "skipped", "is called without the client's token")
        joiner = " or " if row.any_permission else " and "
        answers = {permission: grants.has(permission) for permission in row.permissions}
        granted = _overall(row, answers)
        if granted is True:
            return Finding(name, "ok", f"granted: {joiner.join(each for each, has in answers.items() if has)}")
        if granted is False:
            missing = joiner.join(each for each, has in answers.items() if has is False)
            return _failed(name, f"{row.name}: no role of the client has the permission {missing}")
        if not row.writes and "{" not in row.path:
            return self._try(name, row)
        needed = joiner.join(row.permissions) or "a permission that is not published"
        return Finding(name, "unproven", f"cannot be asked; it needs {needed}")

    def _try(self, name: str, row: Operation) -> Finding:
        query = {"pageSize": 1} if "pageSize" in row.query else {}
        try:
            self._ask(row, **query)
        except (GenesysPermissionError, GenesysGoneError) as error:
            return _failed(name, str(error))
        except (GenesysServerError, GenesysRateLimitError):
            raise
        except (GenesysApiError, GenesysConfigError) as error:
            return Finding(name, "unproven", f"tried, which proves nothing: {error}")
        return Finding(name, "ok", "tried")


def _overall(row: Operation, answers: Mapping[str, bool | None]) -> bool | None:
    """Tell whether the permissions suffice, ``None`` where it cannot be told: none is published, for example."""
    deciding = row.any_permission  # one that is granted decides where one is enough, else one that is missing
    if deciding in answers.values():
        return deciding
    return None if not answers or None in answers.values() else not deciding


def _failed(name: str, reason: str) -> Finding:
    return Finding(name, "failed", reason, (reason,))
