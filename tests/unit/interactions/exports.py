"""Every mapping file that comes with the provider, with the samples that it reads, converted and explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.interactions.converting import convert
from airflow_provider_genesys.interactions.converting_states import convert_states
from airflow_provider_genesys.interactions.directory import Directory
from airflow_provider_genesys.interactions.explaining import Explanation, explain
from airflow_provider_genesys.interactions.explaining_states import explain_states
from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.tasks.presence_rules import presence_rules
from airflow_provider_genesys.text import is_uuid4
from tests.unit.interactions.shipped import BERLIN, Everybody, sample
from tests.unit.interactions.world import add_up, mapping_of

if TYPE_CHECKING:
    from airflow_provider_genesys.interactions.converting import Inputs

EXPORTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "amazon_connect": ("", ("connect_contact_records.jsonl",)),
    "amazon_connect, objects": ("", ("connect_contact_records_concatenated.json.gz",)),
    "amazon_connect_agent_events": ("", ("connect_agent_events.jsonl",)),
    "asterisk_cdr": (BERLIN, ("asterisk_cdr_master.csv",)),
    "asterisk_queue_log": ("", ("asterisk_queue_log",)),
    "asterisk_queue_log_states": ("", ("asterisk_queue_log",)),
    "cisco_uccx": ("", ("uccx_contact_call_detail.csv", "uccx_agent_connection_detail.csv")),
    "cisco_uccx_agent_states": ("", ("uccx_agent_state_detail.csv",)),
    "nice_cxone": (BERLIN, ("cxone_detail_comprehensive_with_hold.csv",)),
    "twilio_taskrouter": ("", ("twilio_taskrouter_events.jsonl",)),
    "vonage_interactions": ("", ("vonage_interactions.json",)),
    "vonage_wfm_agent_states": ("", ("vonage_wfm_agent_states.json",)),
}
"""What is said beside ``extends``, and the samples' files."""


class Without(Everybody):
    """A directory's section that knows each name but some."""

    def __init__(self, *lacking: str) -> None:
        super().__init__()
        self.lacking = lacking

    def get(self, name: str, default: Any = None) -> Any:
        if is_uuid4(name):
            return default  # what is an id already stands for itself
        found = self[name]
        return default if name in self.lacking else found


class Gave(NamedTuple):
    """What a conversion gave."""

    account: dict[str, int]
    events: list[dict[str, Any]]
    rejects: bytes


class Export:
    """A platform's records, and the mapping that comes with the provider for them."""

    def __init__(self, name: str, *lacking: str) -> None:
        more, files = EXPORTS[name]
        self.inputs: Inputs = [sample(file) for file in files]
        self.mapping = mapping_of(f"extends: {name.partition(',')[0]}{more}", "own.yaml")
        self.rules = presence_rules(self.mapping)
        self.sections = [Without(*lacking) for _ in range(3)]
        users, queues, codes = self.sections
        self.directory = Directory(source_id=stable_id("source"), users=users, queues=queues, wrap_up_codes=codes)

    def names(self) -> list[str]:
        """Return the names that a conversion asks the directory for."""
        self.convert()
        return sorted({name for section in self.sections for name in section.asked})

    def convert(self, *more: bytes, inputs: Inputs | None = None) -> Gave:
        """Convert the samples, or other inputs, and rejects or what was held back beside them."""
        given = [*(self.inputs if inputs is None else inputs), *((f"again {n}", each) for n, each in enumerate(more))]
        files = [BytesIO() for _ in range(4)]
        one, other, rejects, held_back = files
        if self.rules is None:
            account = convert(
                given, self.mapping, self.directory, events=one, rejects=rejects, held_back=held_back
            ).as_dict()
        else:
            account = convert_states(
                given,
                self.mapping,
                self.directory,
                self.rules,
                user_presences=one,
                user_routing_statuses=other,
                rejects=rejects,
                held_back=held_back,
            ).as_dict()
        events = [json.loads(line) for file in (one, other) for line in file.getvalue().splitlines()]
        assert len(rejects.getvalue().splitlines()) == account["rejected"]
        add_up(account)
        return Gave(account, events, rejects.getvalue())

    def explain(self, wanted: str, inputs: Inputs | None = None) -> Explanation:
        """Explain one record."""
        given = self.inputs if inputs is None else inputs
        if self.rules is None:
            return explain(given, self.mapping, self.directory, wanted)
        return explain_states(given, self.mapping, self.directory, self.rules, wanted)
