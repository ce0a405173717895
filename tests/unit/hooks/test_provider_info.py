from __future__ import annotations

import json
import subprocess
import sys
import types
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files

import jsonschema
import pytest
from airflow.providers.common.compat.sdk import BaseHook
from airflow.providers_manager import ProvidersManager as Server
from packaging.version import Version

from airflow_provider_genesys.api.regions import REGIONS, VONAGE_REGIONS
from airflow_provider_genesys.get_provider_info import get_provider_info

try:
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime as ProvidersManager
except ImportError:  # Airflow 2
    from airflow.providers_manager import ProvidersManager

INFO = get_provider_info()
CONNECTION_TYPES = {each["connection-type"]: each for each in INFO["connection-types"]}

AIRFLOW = Version(version("apache-airflow"))


def schema(name):
    return json.loads((files("airflow") / name).read_text())


def imported(path):
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def test_airflow_accepts_the_info():
    jsonschema.validate(INFO, schema("provider_info.schema.json"))


@pytest.mark.parametrize("kind", ["hooks", "operators", "sensors", "transfers", "triggers"])
def test_each_module_of_a_floor_is_one_that_airflow_is_told_of(kind):
    told = {name for part in INFO[kind] for name in part.get("python-modules", [part.get("python-module")])}
    there = {
        f"airflow_provider_genesys.{kind}.{name.stem}"
        for name in files(f"airflow_provider_genesys.{kind}").glob("*.py")
    }
    assert there - {f"airflow_provider_genesys.{kind}.__init__"} == told


def test_airflow_accepts_the_connection_form():
    properties = schema("provider.yaml.schema.json")["properties"]
    if "conn-fields" not in json.dumps(properties["connection-types"]):
        pytest.skip("this Airflow has no declared connection forms")
    jsonschema.validate(INFO["connection-types"], properties["connection-types"])


def test_every_module_named_imports():
    for kind in ("operators", "sensors", "hooks", "triggers"):
        for each in INFO.get(kind, ()):
            assert each["integration-name"] in {known["integration-name"] for known in INFO["integrations"]}
            for module in each["python-modules"]:
                import_module(module)
    known = {each["integration-name"] for each in INFO["integrations"]}
    for each in INFO["transfers"]:
        assert {each["source-integration-name"], each["target-integration-name"]} <= known
        import_module(each["python-module"])


def test_the_info_imports_nothing():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules);"
        "import airflow_provider_genesys.get_provider_info as module; module.get_provider_info();"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    command = [sys.executable, "-S", "-c", code, str(files("airflow_provider_genesys").parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    imported = set(done.stdout.split())
    assert "airflow_provider_genesys" in imported
    assert imported - {"airflow_provider_genesys"} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_the_hook_is_the_one_declared(name):
    declared = CONNECTION_TYPES[name]
    hook = imported(declared["hook-class-name"])
    assert issubclass(hook, BaseHook)
    assert hook.conn_type == name
    assert hook.hook_name == declared["hook-name"]
    assert hook.default_conn_name == f"{name}_default"
    assert getattr(hook(), hook.conn_name_attr) == hook.default_conn_name


@dataclass
class StringField:
    """Stands for the form field of wtforms, which Airflow 3 does not install."""

    label: str
    description: str
    widget: object = None


@pytest.fixture
def _airflow_2(monkeypatch):
    for name, members in {
        "wtforms": {"StringField": StringField},
        "flask_appbuilder": {},
        "flask_appbuilder.fieldwidgets": {"BS3TextFieldWidget": type("BS3TextFieldWidget", (), {})},
    }.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("_airflow_2")
def test_airflow_3_0_needs_no_app_builder_for_the_form(monkeypatch):
    monkeypatch.setitem(sys.modules, "flask_appbuilder.fieldwidgets", None)
    for declared in CONNECTION_TYPES.values():
        form = imported(declared["hook-class-name"]).get_connection_form_widgets()
        assert {name: field.label for name, field in form.items()} == {
            name: field["label"] for name, field in declared["conn-fields"].items()
        }
        assert all(field.widget is None for field in form.values())


@pytest.mark.usefixtures("_airflow_2")
@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_both_ways_show_the_same_fields(name):
    declared = CONNECTION_TYPES[name]["conn-fields"]
    form = imported(CONNECTION_TYPES[name]["hook-class-name"]).get_connection_form_widgets()
    assert list(form) == list(declared)
    for field, shown in form.items():
        assert isinstance(shown, StringField)
        assert shown.widget is not None
        assert (shown.label, shown.description) == (declared[field]["label"], declared[field]["description"])


@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_both_ways_behave_the_same(name):
    declared = CONNECTION_TYPES[name]["ui-field-behaviour"]
    behaviour = imported(CONNECTION_TYPES[name]["hook-class-name"]).get_ui_field_behaviour()
    assert {key.replace("_", "-"): value for key, value in behaviour.items()} == declared
    jsonschema.validate(behaviour, schema("customized_form_field_behaviours.schema.json"))
    fields = {"login", "password", "port", *CONNECTION_TYPES[name]["conn-fields"]}
    assert behaviour["placeholders"].keys() <= fields
    assert behaviour["relabeling"].keys() <= fields


def test_the_drop_downs_offer_every_region():
    choices = CONNECTION_TYPES["genesys_cloud"]["conn-fields"]["region"]["schema"]["enum"]
    assert sorted(choices) == sorted(each.domain for each in REGIONS)
    choices = CONNECTION_TYPES["vonage_contact_center"]["conn-fields"]["region"]["schema"]["enum"]
    assert choices == [each.name for each in VONAGE_REGIONS]


def test_every_field_may_be_left_empty():
    for declared in CONNECTION_TYPES.values():
        for field in declared["conn-fields"].values():
            assert "null" in field["schema"]["type"]


@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_airflow_finds_the_provider_and_its_hooks(name):
    hook = ProvidersManager().hooks[name]
    assert (hook.hook_name, hook.package_name) == (CONNECTION_TYPES[name]["hook-name"], "airflow-provider-genesys")
    assert hook.connection_id_attribute_name == f"{name}_conn_id"


@pytest.mark.filterwarnings("error:.*(get_connection_form_widgets|get_ui_field_behaviour)")
@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_airflows_connection_form_has_what_is_declared(name):
    declared = CONNECTION_TYPES[name]
    if Version("3.0") <= AIRFLOW < Version("3.2"):
        check_what_the_server_of_airflow_3_0_and_3_1_shows(name, declared)
        return
    manager = Server()

    hook = ProvidersManager().hooks[name]
    assert (hook.hook_name, hook.connection_testable) == (declared["hook-name"], True)

    prefix = f"extra__{name}__"
    form = {key: each for key, each in manager.connection_form_widgets.items() if key.startswith(prefix)}
    assert list(form) == [prefix + field for field in declared["conn-fields"]]
    for key, shown in form.items():
        field = declared["conn-fields"][key.removeprefix(prefix)]
        assert (shown.field_name, shown.package_name) == (key.removeprefix(prefix), "airflow-provider-genesys")
        assert label_and_description(shown.field) == (field["label"], field["description"])

    behaviour, wanted = manager.field_behaviours[name], declared["ui-field-behaviour"]
    assert behaviour["hidden_fields"] == wanted["hidden-fields"]
    assert behaviour["relabeling"] == wanted["relabeling"]
    standard = {"login", "password", "port"}
    assert behaviour["placeholders"] == {
        field if field in standard else prefix + field: text for field, text in wanted["placeholders"].items()
    }


FORM = """
import json, sys
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
shown = next(each for each in HookMetaService.hook_meta_data() if each.connection_type == sys.argv[1])
print(json.dumps([shown.hook_name, shown.extra_fields, shown.model_dump()["standard_fields"]]))
"""


def check_what_the_server_of_airflow_3_0_and_3_1_shows(name, declared):
    """It has the form made where ``wtforms`` and ``flask_appbuilder`` are mere stand-ins; once in each process."""
    ran = subprocess.run([sys.executable, "-c", FORM, name], capture_output=True, text=True, timeout=60, check=True)
    hook_name, extra_fields, standard_fields = json.loads(ran.stdout.splitlines()[-1])
    assert hook_name == declared["hook-name"]
    if Version("3.1") > AIRFLOW:  # has no form of a provider's where wtforms is not installed
        return
    titles = {field: each["schema"]["title"] for field, each in extra_fields.items()}
    assert titles == {field: each["label"] for field, each in declared["conn-fields"].items()}
    assert standard_fields["login"]["title"] == "Client ID"
    assert (standard_fields["host"]["hidden"], standard_fields["url_schema"]["hidden"]) == (True, True)


def label_and_description(field):
    """Read a field of the form: data since Airflow 3.2, before it one of wtforms, which is not bound to a form yet."""
    if isinstance(field, dict):
        return field["schema"]["title"], field["description"]
    return field.kwargs["label"], field.kwargs["description"]


def test_the_option_is_declared():
    option = INFO["config"]["genesys"]["options"]["artifacts_path"]
    assert (option["type"], option["default"]) == ("string", None)
