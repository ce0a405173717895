"""The form of a connection, as each Airflow has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from tests.browser.looking import Look

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.running import RunningAirflow


class ConnectionForm(Protocol):
    """What can be done with connections on Airflow's pages."""

    def add(self, conn_id: str, conn_type: str, values: Mapping[str, str]) -> None:
        """Save a new connection of a type, by the type's name for people, with values by the fields' labels."""

    def change(self, conn_id: str, values: Mapping[str, str]) -> None:
        """Save other values of some fields."""

    def read(self, conn_id: str, labels: Iterable[str]) -> dict[str, str]:
        """Open a connection that was saved and return what fields show, by label."""

    def test(self, conn_id: str, secret: str) -> tuple[bool, str]:
        """Have a connection tested that was saved, with this secret; return whether it works, and what the page says.

        :param secret: Airflow 3 has it from what was saved, and Airflow 2 wants it to be typed in again.
        """


def form(airflow: RunningAirflow, page: Page) -> ConnectionForm:
    """Return the form of an Airflow, on a page."""
    return FormOfAirflow2(airflow, page) if airflow.is_airflow_2 else FormOfAirflow3(airflow, page)


def field(form: Locator, label: str) -> Locator:
    """Return what is typed into, by its label: Airflow does not tie all labels to their fields."""
    return form.locator(
        f"xpath=.//label[starts-with(normalize-space(.), '{label}')]/following::*[self::input or self::textarea][1]"
    )


class FormOfAirflow3:
    """A dialog on the list of connections, whose rows have the button to test."""

    def __init__(self, airflow: RunningAirflow, page: Page) -> None:
        self._airflow, self._page = airflow, page
        self.dialog = page.get_by_role("dialog")

    def add(self, conn_id: str, conn_type: str, values: Mapping[str, str]) -> None:
        self.begin(conn_id, conn_type)
        self.fill(values)
        self._save()

    def begin(self, conn_id: str, conn_type: str) -> None:
        """Open the form of a type."""
        self._open()
        self._page.get_by_role("button", name="Add Connection").click()
        field(self.dialog, "Connection ID").fill(conn_id)
        self._choose("Connection Type", conn_type)

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill in standard fields and then extra ones: only the fields of one kind are shown at a time."""
        for label, value in values.items():
            self._show(label)
            if field(self.dialog, label).get_attribute("role") == "combobox":
                self._choose(label, value)
            else:
                field(self.dialog, label).fill(value)

    def change(self, conn_id: str, values: Mapping[str, str]) -> None:
        self._edit(conn_id)
        self.fill(values)
        self._save()

    def read(self, conn_id: str, labels: Iterable[str]) -> dict[str, str]:
        self._edit(conn_id)
        return {label: self._shown(label) for label in labels}

    def test(self, conn_id: str, secret: str) -> tuple[bool, str]:
        self._open()
        button = self._row(conn_id).get_by_role("button", name="Test Connection")
        with self._page.expect_response("**/connections/test") as answer:
            button.click()
        said = json.loads(answer.value.text())
        button.locator(f"svg[color={'green' if said['status'] else 'red'}]").wait_for()
        if not said["status"]:  # a success is a green button, and nothing else
            self._page.get_by_text(said["message"]).wait_for()
        return said["status"], said["message"]

    def _open(self) -> None:
        self._page.goto(f"{self._airflow.url}/connections")

    def _row(self, conn_id: str) -> Locator:
        return self._page.get_by_role("row").filter(has=self._page.get_by_text(conn_id, exact=True))

    def _edit(self, conn_id: str) -> None:
        self._open()
        self._row(conn_id).get_by_role("button", name="Edit Connection").click()
        field(self.dialog, "Client ID").wait_for()

    def _choose(self, label: str, value: str) -> None:
        choice = field(self.dialog, label)
        choice.fill(value)
        choice.press("Enter")

    def _show(self, label: str) -> None:
        if not field(self.dialog, label).is_visible():
            self.dialog.get_by_role("button", name="Extra Fields", exact=True).click()

    def _shown(self, label: str) -> str:
        self._show(label)
        found = field(self.dialog, label)
        if found.get_attribute("role") == "combobox":
            return found.locator("xpath=following::input[@type='hidden'][1]").input_value()
        return found.input_value()

    def _save(self) -> None:
        self.dialog.get_by_role("button", name="Save").click()
        self.dialog.wait_for(state="hidden")


class FormOfAirflow2:
    """A page of its own, with a button to test what is in the form."""

    def __init__(self, airflow: RunningAirflow, page: Page) -> None:
        self._airflow, self._page = airflow, page
        self._form = page.locator("form:has(#conn_id)")

    def add(self, conn_id: str, conn_type: str, values: Mapping[str, str]) -> None:
        self._page.goto(f"{self._airflow.url}/connection/add")
        field(self._form, "Connection Id").fill(conn_id)
        self._page.locator("#conn_type").select_option(label=conn_type, force=True)
        self._wait_for_fields()
        self._fill(values)
        self._save()

    def change(self, conn_id: str, values: Mapping[str, str]) -> None:
        self._edit(conn_id)
        self._fill(values)
        self._save()

    def read(self, conn_id: str, labels: Iterable[str]) -> dict[str, str]:
        self._edit(conn_id)
        return {label: field(self._form, label).input_value() for label in labels}

    def test(self, conn_id: str, secret: str) -> tuple[bool, str]:
        self._edit(conn_id)
        self._fill({"Client secret": secret})
        with self._page.expect_response("**/connections/test") as answer:
            self._page.get_by_role("button", name="Test").click()
        # This Airflow shows a refusal in the colour of a success.
        status = json.loads(answer.value.text())["status"]
        said = self._page.locator(".alert").filter(has_not_text="Fields that are currently populated")
        said.wait_for()
        return status, said.inner_text().strip()

    def _fill(self, values: Mapping[str, str]) -> None:
        for label, value in values.items():
            field(self._form, label).fill(value)

    def _edit(self, conn_id: str) -> None:
        self._page.goto(f"{self._airflow.url}/connection/list/")
        row = self._page.locator("tr").filter(has=self._page.get_by_text(conn_id, exact=True))
        row.locator("a[href*='/connection/edit/']").click()
        self._wait_for_fields()

    def _wait_for_fields(self) -> None:
        """Wait until the page has taken away the fields of other types, which it comes with, and named ours."""
        Look.expect(field(self._form, "Base URL")).to_have_count(1)
        Look.expect(field(self._form, "Client ID")).to_be_visible()

    def _save(self) -> None:
        with self._page.expect_response(lambda answer: answer.request.method == "POST") as saved:
            self._form.get_by_role("button", name="Save").click()
        # It goes on to whatever page was looked at before; what it refuses it shows again instead.
        assert saved.value.status == 302, self._page.content()
        self._page.wait_for_load_state()
