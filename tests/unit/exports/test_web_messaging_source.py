"""Which snapshots a migration can be planned from."""

from __future__ import annotations

from typing import Any

import pytest
from webchat_world import a_deployment, a_widget

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.exports.migration.source import read_webchat, read_widgets

SETTINGS = {"requireDeployment": True}


class Held:
    """A snapshot in memory: state and entities by resource."""

    path = "s.json"

    def __init__(self, **resources: tuple[str, list[dict[str, Any]]]) -> None:
        self.resources = resources

    def state(self, resource: str) -> str | None:
        return self.resources[resource][0] if resource in self.resources else None

    def entities(self, resource: str) -> list[dict[str, Any]]:
        return self.resources[resource][1]


def test_settings_and_deployments() -> None:
    held = Held(webchat_settings=("exported", [SETTINGS]), webchat_deployments=("exported", [a_deployment()]))

    assert read_webchat(held) == (SETTINGS, [a_deployment()])


def test_settings_may_never_have_been_set_and_there_may_be_no_deployment() -> None:
    held = Held(webchat_settings=("absent", []), webchat_deployments=("exported", []))

    assert read_webchat(held) == (None, [])


@pytest.mark.parametrize("resource", ["webchat_settings", "webchat_deployments"])
@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("gone", "give one from before"),
        ("forbidden", "grant the permission webchat:deployment:read"),
        ("partial", "not all of it could be read"),
        ("of-tomorrow", "export anew"),
    ],
)
def test_anything_less_is_no_empty_success(resource: str, state: str, advice: str) -> None:
    whole = {"webchat_settings": ("exported", [SETTINGS]), "webchat_deployments": ("exported", [a_deployment()])}

    with pytest.raises(GenesysConfigError, match=f"snapshot s.json has {resource} as {state}: .*{advice}"):
        read_webchat(Held(**{**whole, resource: (state, [a_deployment()])}))


def test_absent_deployments_are_no_empty_list() -> None:
    held = Held(webchat_settings=("absent", []), webchat_deployments=("absent", []))

    with pytest.raises(GenesysConfigError, match="has webchat_deployments as absent"):
        read_webchat(held)


@pytest.mark.parametrize("resource", ["webchat_settings", "webchat_deployments"])
def test_what_was_not_exported_is_asked_for(resource: str) -> None:
    other = {"webchat_settings", "webchat_deployments"} - {resource}

    with pytest.raises(GenesysConfigError, match=f"does not hold {resource}: export both"):
        read_webchat(Held(**{name: ("exported", [a_deployment()]) for name in other}))


def test_widgets_are_read_if_the_snapshot_has_them() -> None:
    assert read_widgets(Held(widget_deployments=("exported", [a_widget()]))) == ([a_widget()], ())


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        (None, "does not hold widget_deployments: export them"),
        ("gone", "give one from before"),
        ("forbidden", "grant widgets:deployment:view"),
        ("of-tomorrow", "export anew"),
    ],
)
def test_a_plan_without_widgets_says_so(state: str | None, advice: str) -> None:
    held = Held(**{"widget_deployments": (state, [])} if state else {})

    widgets, (note,) = read_widgets(held)

    assert widgets == ()
    assert note.startswith("Web chats that live in deployments of widgets are not in this plan: ")
    assert advice in note


def test_some_of_the_widgets_are_no_plan() -> None:
    with pytest.raises(GenesysConfigError, match="has widget_deployments as partial: not all of it could be read"):
        read_widgets(Held(widget_deployments=("partial", [a_widget()])))
