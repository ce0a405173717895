"""The connection form for Airflow before 3.2, made from the one that ``get_provider_info`` declares."""

from __future__ import annotations

from typing import Any, cast

from airflow_provider_genesys.get_provider_info import get_provider_info


def fields(connection_type: str) -> dict[str, dict[str, Any]]:
    """Return the extra fields of a connection type: label, description and schema by name."""
    declared: dict[str, dict[str, Any]] = _declaration(connection_type)["conn-fields"]
    return declared


def widgets(connection_type: str) -> dict[str, Any]:
    """Return the form fields that ``get_connection_form_widgets`` is to return.

    All are text, which the hook reads whatever it stands for: Airflow 2 takes no drop-downs (it drops the hook that has
    one), and its number fields cannot be left empty.
    """
    # Airflow 2 has both. Airflow 3.0 has the form where wtforms is installed, and draws its fields itself.
    from wtforms import StringField  # type: ignore[import-untyped]  # noqa: PLC0415

    looks: dict[str, Any] = {}
    try:
        from flask_appbuilder.fieldwidgets import BS3TextFieldWidget  # type: ignore[import-not-found]  # noqa: PLC0415

        looks["widget"] = BS3TextFieldWidget()
    except ImportError:
        pass
    return {
        name: StringField(label=field["label"], description=field["description"], **looks)
        for name, field in fields(connection_type).items()
    }


def behaviour(connection_type: str) -> dict[str, Any]:
    """Return what ``get_ui_field_behaviour`` is to return."""
    return {
        name.replace("-", "_"): value for name, value in _declaration(connection_type)["ui-field-behaviour"].items()
    }


def _declaration(connection_type: str) -> dict[str, Any]:
    types = cast("list[dict[str, Any]]", get_provider_info()["connection-types"])
    return next(each for each in types if each["connection-type"] == connection_type)
