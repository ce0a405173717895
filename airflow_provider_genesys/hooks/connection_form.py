"""The connection form for Airflow before 3.2, made from the one that ``get_provider_info`` declares."""

from __future__ import annotations

from typing import Any

from airflow_provider_genesys.get_provider_info import get_provider_info


def fields(connection_type: str) -> dict[str, dict[str, Any]]:
    """Return the extra fields of a connection type: label, description and schema by name."""
    declared: dict[str, dict[str, Any]] = _declaration(connection_type)["conn-fields"]
    return declared


def widgets(connection_type: str) -> dict[str, Any]:
    """Return the form fields that ``get_connection_form_widgets`` is to return.

    Numbers and objects are text here, as empty ones would not pass the form's own check; the hook reads them from text.
    """
    # Airflow 2 only: neither is installed with Airflow 3.
    from flask_appbuilder.fieldwidgets import (  # type: ignore[import-not-found]  # noqa: PLC0415
        BS3TextFieldWidget,
        Select2Widget,
    )
    from wtforms import SelectField, StringField  # type: ignore[import-untyped]  # noqa: PLC0415

    form: dict[str, Any] = {}
    for name, field in fields(connection_type).items():
        texts = {"label": field["label"], "description": field["description"]}
        choices = field["schema"].get("enum")
        if choices is None:
            form[name] = StringField(**texts, widget=BS3TextFieldWidget())
        else:
            # Not validated, so that a name that is no choice (of an AWS region) survives being edited.
            form[name] = SelectField(**texts, choices=["", *choices], validate_choice=False, widget=Select2Widget())
    return form


def behaviour(connection_type: str) -> dict[str, Any]:
    """Return what ``get_ui_field_behaviour`` is to return."""
    return {
        name.replace("-", "_"): value for name, value in _declaration(connection_type)["ui-field-behaviour"].items()
    }


def _declaration(connection_type: str) -> dict[str, Any]:
    types: list[dict[str, Any]] = get_provider_info()["connection-types"]
    return next(each for each in types if each["connection-type"] == connection_type)
