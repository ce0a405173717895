"""``convert``: the account, the files, and one record explained."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.unit.interactions.contacts import FIRST, SECOND, contact
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.shipped import BERLIN, SAMPLES
from tests.unit.interactions.states import SIMPLE, says
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.cli.shell import Shell

GOLF = LINE.replace("c1", "c2").replace("Sales", "Golf")
ARGUMENTS = ("convert", "calls.csv", "--mapping", "m.yaml", "--directory", "d.yaml")


@pytest.fixture
def folder(shell: Shell) -> Path:
    shell.write("m.yaml", CSV)
    names = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    shell.write("d.yaml", json.dumps({"source_id": DIRECTORY.source_id, **names}))
    shell.write("calls.csv", rows(LINE, GOLF, "broken", LINE.replace("c1", "c3")))
    return shell.folder


def test_the_account_is_printed_and_too_many_rejects_are_exit_code_1(shell: Shell, folder: Path) -> None:
    code, output, errors = shell.run(*ARGUMENTS, "--destination", "out")
    files = [str(folder / "out" / name) for name in ("events.jsonl", "rejects.jsonl", "held-back.jsonl")]
    assert (code, output.splitlines()) == (
        1,
        [
            "4 records: 2 converted, 2 rejected; 16 events of 2 conversations.",
            "  1 rejected: queue … is not in the directory, under queues, such as calls.csv, line 3",
            "  1 rejected: has 1 columns, and the header 11, such as calls.csv, line 4",
            *files[:2],
        ],
    )
    assert errors == f"error: 2 of 4 records are rejected: {files[1]}\n"
    code, value = shell.json(*ARGUMENTS, "--destination", "out", "--max-rejected", "50%")
    assert (code, value["converted"], value["held_back_file"]) == (0, 2, files[2])
    assert (value["kind"], [reason["count"] for reason in value["reasons"]]) == ("conversion", [1, 1])
    code, output, _ = shell.run(*ARGUMENTS[:1], "out/rejects.jsonl", *ARGUMENTS[2:], "--destination", "again")
    assert (code, output.splitlines()[0]) == (1, "2 records: 2 rejected; 0 events of 0 conversations.")


def test_a_conversion_does_not_read_the_files_that_it_writes(shell: Shell, folder: Path) -> None:
    shell.run(*ARGUMENTS, "--destination", "out")
    before = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    assert before["events.jsonl"]
    for given in ("out/rejects.jsonl", "./out/rej*.jsonl", "out/events.jsonl"):
        error = shell.fails("convert", given, "calls.csv", *ARGUMENTS[2:], "--destination", "out")
        assert "is one of the files that are written" in error
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == before


@pytest.mark.parametrize("what", [("--destination", "out", "--max-rejected", "100%"), ("--explain", "c1")])
def test_what_holds_records_is_an_error_that_says_what_to_do(shell: Shell, folder: Path, what: tuple[str, ...]) -> None:
    shell.write("m.yaml", JSON)
    shell.write("calls.csv", json.dumps({"Records": [OBJECT]}))
    error = shell.fails(*ARGUMENTS, *what)
    assert "calls.csv, line 1: this object holds records under the key 'Records'" in error
    assert "say reads: {records: Records} in the mapping" in error
    assert not (folder / "out").exists() or not list((folder / "out").iterdir())


def test_mistakes_of_a_presence_map_are_told_with_all_others(shell: Shell, folder: Path) -> None:
    shell.write("m.yaml", SIMPLE.replace("Why", "{colum: Why}").replace("presence: Break", "presense: Break"))
    error = shell.fails(*ARGUMENTS, "--destination", "out")
    assert "the mapping has 2 mistakes:" in error
    assert "m.yaml, line 3: the verb 'colum' is unknown" in error
    assert "m.yaml, line 8: rule 4: the key 'presense' is unknown" in error


def test_a_key_of_the_directory_is_no_option(shell: Shell, folder: Path) -> None:
    shell.write("d.yaml", f"source_idd: {DIRECTORY.source_id}\nusers_by: [nam]\n")
    error = shell.fails(*ARGUMENTS, "--destination", "out")
    assert "line 1: 'source_idd' is unknown; known are source_id, users, " in error
    assert "; did you mean source_id?; d.yaml, line 2: 'nam' under users_by is unknown" in error
    assert "is missing" not in error
    shell.write("m.yaml", SIMPLE.replace("presence_map:", "presence_mapp:"))
    error = shell.fails(*ARGUMENTS, "--destination", "out")
    assert ", state, presence_map; did you mean 'presence_map'?" in error


def test_what_goes_to_a_default_is_explained_by_its_own_name(shell: Shell, folder: Path) -> None:
    names = f"source_id: {DIRECTORY.source_id}\nusers: {{Ann: {DIRECTORY.users['Ann']}}}\n"
    code = DIRECTORY.wrap_up_codes["resolved"]
    ids = f"{{queues: {DIRECTORY.queues['Sales']}, users: {DIRECTORY.users['Ben']}, wrap_up_codes: {code}}}"
    shell.write("d.yaml", f"{names}otherwise: {ids}\n")
    _, output, _ = shell.run(*ARGUMENTS, "--explain", "c2")
    assert "queue     is there, Golf, invited by customer" in output
    assert "agent     rings, Ann, invited by queue" in output


def test_the_first_line_of_another_delimiter_is_told_as_such(shell: Shell, folder: Path) -> None:
    shell.write("m.yaml", CSV.replace('";"', '","'))
    message = "calls.csv, line 1: is one column by the delimiter ',', and 11 by ';': say reads: {delimiter: \";\"}"
    error = shell.fails(*ARGUMENTS, "--destination", "out")
    assert message in error
    assert "there is no column" not in error
    shell.write("calls.csv", rows(LINE).replace(";", "\t"))
    assert "and 11 by '\\t': say reads: {delimiter: tab}" in shell.fails(*ARGUMENTS, "--destination", "out")
    # With other mistakes in the mapping, columns are not guessed at.
    shell.write("m.yaml", CSV.replace('";"', '","').replace("medium", "medum").replace("party: Agent", "prty: Agent"))
    assert "there is no column" not in shell.fails(*ARGUMENTS, "--destination", "out")


@pytest.mark.parametrize(("sign", "more"), [(";", ""), (",", ', and say reads: {delimiter: ","}')])
def test_the_line_that_excel_puts_first_is_told_as_such(shell: Shell, folder: Path, sign: str, more: str) -> None:
    shell.write("calls.csv", f"sep={sign}\r\n" + rows(LINE).replace(";", sign))
    error = shell.fails(*ARGUMENTS, "--destination", "out")
    assert f"line 1: is Excel's sep={sign} and not the columns' names: delete the line{more}\n" in error


def test_a_record_in_words_and_its_events_on_a_time_line(shell: Shell, folder: Path) -> None:
    code, output, errors = shell.run(*ARGUMENTS, "--explain", "c1")
    assert (code, errors) == (0, "")
    assert (
        output
        == f"""\
{folder}/calls.csv, line 2, says
  interaction c1: voice, inbound, began 2026-11-16 08:00:00Z, ended 2026-11-16 08:01:40Z by customer
  customer: +15550100
  leg queue: queue Sales, from 2026-11-16 08:00:00Z, to 2026-11-16 08:00:10Z
  leg agent: agent Ann, from 2026-11-16 08:00:10Z, answered 2026-11-16 08:00:10Z, to the end, wraps up with resolved
  version 1

What becomes of it: 1 converted

Genesys Cloud is told
  2026-11-16 08:00:00Z   +0:00:00  customer  is there from +15550100  (externalEstablished)
  2026-11-16 08:00:00Z   +0:00:00  queue     is there, Sales, invited by customer  (routingEstablished)
  2026-11-16 08:00:10Z   +0:00:10  agent     rings, Ann, invited by queue  (userEstablished)
  2026-11-16 08:00:10Z   +0:00:10  agent     answers  (communicationAnswered)
  2026-11-16 08:00:10Z   +0:00:10  queue     passes on to an agent, and leaves  (communicationEnded)
  2026-11-16 08:01:40Z   +0:01:40  customer  hangs up  (communicationEnded)
  2026-11-16 08:01:40Z   +0:01:40  agent     is left: another one hangs up  (communicationEnded)
  2026-11-16 08:01:40Z   +0:01:40  agent     wraps up with resolved  (communicationDispositionApplied)
"""
    )
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("wanted", "line", "words"),
    [
        ("c2", 3, "What becomes of it: 1 rejected\n  queue 'Golf' is not in the directory, under queues\n"),
        ("3", 3, "What becomes of it: 1 rejected\n  queue 'Golf' is not in the directory, under queues\n"),
        ("calls.csv:4", 4, "nothing that can be read: has 1 columns, and the header 11\n"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_record_that_is_not_told_says_why(shell: Shell, wanted: str, line: int, words: str) -> None:
    code, output, _ = shell.run(*ARGUMENTS, "--explain", wanted)
    assert code == 0
    assert f"calls.csv, line {line}, says\n" in output
    assert words in output
    assert "Genesys Cloud is told" not in output
    code, value = shell.json(*ARGUMENTS, "--explain", wanted)
    assert (code, value["account"]["rejected"], value["events"]) == (0, 1, [])


def test_records_that_belong_together_are_explained_together(shell: Shell, folder: Path) -> None:
    chat = contact("m", "05:00", "06:00", Channel="CHAT", InitialContactId="a")
    # The conversation goes on in a call back, which is one of its own and goes on itself.
    back = contact("r", "20:00", "21:00", InitiationMethod="CALLBACK", InitialContactId="a", NextContactId="z")
    last = SECOND | {"NextContactId": "r"}
    (folder / "contacts.json").write_text("".join(map(json.dumps, [last, chat, FIRST, back, FIRST])))
    arguments = ("convert", "contacts.json", "--mapping", "amazon_connect", "--directory", "d.yaml")
    outputs = [shell.run(*arguments, "--explain", wanted) for wanted in ("b", "a")]
    assert outputs[0] == outputs[1]
    code, output, _ = outputs[0]
    assert code == 0
    assert "What becomes of it: 2 converted, 1 skipped, 1 superseded\n" in output
    assert "leg agent: agent Ann" in output
    assert "goes on in record b" in output
    assert "  agent 2   rings, Ben, invited by agent  (userEstablished)\n" in output
    shell.run(*arguments, "--destination", "out")
    told = [json.loads(line) for line in (folder / "out" / "events.jsonl").read_text().splitlines()]
    _, value = shell.json(*arguments, "--explain", "a")
    assert value["events"] == [
        event for event in told if event["conversationId"] == value["events"][0]["conversationId"]
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (ARGUMENTS, "give --destination, where the files go, or --explain, which writes none"),
        ((*ARGUMENTS, "--destination", "out", "--explain", "c1"), "give --destination"),
        ((*ARGUMENTS, "--destination", "out", "--max-rejected", "some"), "--max-rejected must be a number"),
        ((*ARGUMENTS, "--explain", "c9"), "no record has the id 'c9', and none begins at such a line"),
        (("convert", "none.csv", *ARGUMENTS[2:], "--destination", "out"), "none.csv: there is no such file"),
        ((*ARGUMENTS[:4], "--destination", "out"), "--directory must be given, or --source-id"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_done(shell: Shell, arguments: tuple[str, ...], message: str) -> None:
    assert message in shell.fails(*arguments)


def test_names_may_be_looked_up(shell: Shell, folder: Path) -> None:
    shell.simulator.load_directory(
        users=[{"name": "Ann"}], queues=[{"name": "Sales"}], wrapupcodes=[{"name": "resolved"}]
    )
    code, output, _ = shell.run(*ARGUMENTS[:4], "--directory", "organization", "--explain", "c3")
    assert code == 0
    assert "rings, Ann, invited by queue" in output


def test_a_record_that_goes_on_from_another_is_explained_with_all_of_them(shell: Shell, folder: Path) -> None:
    """Each names the one before it as its master, and not the first."""
    header = (
        "Contact_ID,Master_Contact_ID,Media_Name,Contact_Name,ANI_DIALNUM,Skill_Name,Agent_No,SLA,Start_Date,Start_Time,"
        "PreQueue,InQueue,Agent_Time,PostQueue,Abandon,Disposition_Code"
    )
    contacts = [("1", "1"), ("2", "1"), ("3", "2"), ("9", "9")]
    rest = "Call,Main,+15550100,Sales,Ann,0,11/16/2026"
    lines = [f"{id_},{master},{rest},10:0{id_}:00,1,9,50,0,N,resolved" for id_, master in contacts]
    (folder / "contacts.csv").write_text("\n".join([header, *lines]))
    (folder / "contacts.yaml").write_text("extends: nice_cxone\ntimes: {zone: UTC}\n")
    arguments = ("convert", "contacts.csv", "--mapping", "contacts.yaml", "--directory", "d.yaml", "--explain")
    outputs = {shell.run(*arguments, wanted)[1] for wanted in ("1", "3")}
    assert len(outputs) == 1
    (output,) = outputs
    assert "What becomes of it: 3 converted\n" in output
    assert output.count("(userEstablished)") == 3


def test_states_of_agents_are_two_files(shell: Shell, folder: Path) -> None:
    shell.write("states.yaml", SIMPLE)
    shell.write(
        "states.jsonl", "\n".join(map(json.dumps, [says(0, "Free"), says(1, "Talks"), says(2, "Away", "Golf")]))
    )
    shell.write("rules.yaml", "- {reason: golf, presence: Break, routing_status: OffQueue}\n")
    given = ("convert", "states.jsonl", "--mapping", "states.yaml", "--directory", "d.yaml")
    source = "0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10"
    more = ("--destination", "out", "--presence-map", "rules.yaml", "--source-id", source)
    code, output, errors = shell.run(*given, *more)
    files = [str(folder / "out" / f"{name}.jsonl") for name in ("user_presences", "user_routing_statuses")]
    assert (code, errors) == (0, "")
    assert output.splitlines() == ["3 records: 3 converted; 5 events.", *files]
    presences = [json.loads(line) for line in (folder / "out" / "user_presences.jsonl").read_text().splitlines()]
    assert [(each["presence"], each["sourceId"]) for each in presences] == [("OnQueue", source), ("Break", source)]


STATES = ("convert", "states.jsonl", "--mapping", "states.yaml", "--directory", "d.yaml")


@pytest.fixture
def of_states(shell: Shell, folder: Path) -> Path:
    shell.write("states.yaml", SIMPLE)
    said = [says(0, "Free"), says(7, "Talks"), says(8, "Talks", who="Ben"), says(9, "Away", "Golf"), says(3, "Out")]
    shell.write("states.jsonl", "\n".join(map(json.dumps, said)) + "\nbroken\n")
    return folder / "states.jsonl"


def test_what_becomes_of_a_state_is_said_with_its_events(shell: Shell, of_states: Path) -> None:
    assert shell.run(*STATES, "--explain", "2") == (
        0,
        f"""\
{of_states}, line 2, says
  agent Ann, since 2026-11-16 08:00:07Z: state Talks

What becomes of it: 1 converted

Genesys Cloud is told
  2026-11-16 08:00:07Z   +0:00:00  Ann  presence On Queue
  2026-11-16 08:00:07Z   +0:00:00  Ann  routing status Interacting
""",
        "",
    )
    code, output, _ = shell.run(*STATES, "--explain", "4")
    assert code == 0
    assert "What becomes of it: 1 rejected\n  no rule of the presence map matches the state 'Away'" in output
    code, output, _ = shell.run(*STATES, "--explain", "states.jsonl:6")
    assert (code, "nothing that can be read: is no JSON" in output) == (0, True)
    code, _, errors = shell.run(*STATES, "--explain", "Zoe")
    assert (code, "no record is of an agent 'Zoe'" in errors) == (2, True)


def test_all_of_an_agent_is_explained_on_a_time_line(shell: Shell, of_states: Path) -> None:
    code, value = shell.json(*STATES, "--explain", "Ann")
    assert code == 0
    assert [record["line"] for record in value["records"]] == [1, 2, 4, 5]
    assert (value["account"]["converted"], value["account"]["rejected"]) == (3, 1)
    assert [line.split("Ann  ")[1] for line in value["timeline"]][:2] == ["presence OnQueue", "routing status Idle"]
    shell.run(*STATES, "--destination", "out")
    files = ("user_presences", "user_routing_statuses")
    told = [line for name in files for line in (of_states.parent / "out" / f"{name}.jsonl").read_text().splitlines()]
    ann = DIRECTORY.users["Ann"]
    events = [each for each in map(json.loads, told) if ann in (each.get("userId"), each.get("agentId"))]
    assert value["events"] == sorted(events, key=lambda event: str(event["eventDateTime"]))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("mapping", "sample", "wanted", "said"),
    [
        (
            "twilio_taskrouter",
            "twilio_taskrouter_events.jsonl",
            "16",
            "it is skipped for an event that is not in happenings",
        ),
        ("asterisk_queue_log", "asterisk_queue_log", "asterisk_queue_log:1", "it is skipped by skip"),
        ("asterisk_queue_log", "asterisk_queue_log", "48", "event is empty"),
        ("asterisk_queue_log_states", "asterisk_queue_log", "Cedar Lark", "'Cedar Lark' is not in the directory"),
        ("cxone.yaml", "cxone_detail_comprehensive_with_hold.csv", "5010", "does not exist in Europe/Berlin"),
    ],
)
def test_what_is_skipped_or_rejected_is_explained_as_well(
    shell: Shell, mapping: str, sample: str, wanted: str, said: str
) -> None:
    shell.write("cxone.yaml", f"extends: nice_cxone{BERLIN}\n")
    given = ("convert", str(SAMPLES / sample), "--mapping", mapping, "--directory", "d.yaml")
    code, output, errors = shell.run(*given, "--explain", wanted)
    assert (code, errors) == (0, "")
    assert said in output
    assert "What becomes of it: " in output


def test_runs_know_of_each_other_by_the_state_as_tasks_do(shell: Shell, folder: Path) -> None:
    shell.write("calls.csv", rows(LINE))
    state = ("--state-path", "state.db")
    code, output, _ = shell.run(*ARGUMENTS, *state, "--destination", "one")
    assert (code, output.splitlines()[0]) == (0, "1 records: 1 converted; 8 events of 1 conversations.")
    later = LINE.replace("c1;1;", "c1;2;").replace(";Y", ";N")
    shell.write("calls.csv", rows(LINE, later, LINE.replace("c1", "c4")))
    code, output, _ = shell.run(*ARGUMENTS, *state, "--destination", "two")
    assert output.splitlines()[0] == (
        "3 records: 2 converted, 1 superseded; 1 corrected late; 9 events of 2 conversations."
    )
    first = (folder / "one" / "events.jsonl").read_bytes()
    shell.write("calls.csv", rows(LINE))
    shell.run(*ARGUMENTS, *state, "--destination", "one")
    assert (folder / "one" / "events.jsonl").read_bytes() == first


def test_with_the_right_source_the_same_destination_is_converted_anew_and_another_one_is_refused(
    shell: Shell, folder: Path
) -> None:
    names, wrong = json.loads((folder / "d.yaml").read_text()), "5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d99"
    shell.write("calls.csv", rows(LINE))
    shell.write("d.yaml", json.dumps(names | {"source_id": wrong}))
    arguments = (*ARGUMENTS, "--state-path", "state.db", "--destination")
    assert shell.run(*arguments, "one")[0] == 0
    shell.write("d.yaml", json.dumps(names))
    error = shell.fails(*arguments, "two")
    assert f"is about the source {wrong}, not {DIRECTORY.source_id}" in error
    assert "give another --state-path, or move this one away" in error
    code, output, _ = shell.run(*arguments, "one")
    assert (code, output.splitlines()[0]) == (0, "1 records: 1 converted; 8 events of 1 conversations.")
    assert wrong not in (folder / "one" / "events.jsonl").read_text()
    code, output, _ = shell.run(*arguments, "two")
    assert (code, output.splitlines()[0]) == (0, "1 records: 1 superseded; 0 events of 0 conversations.")


def test_where_too_much_is_rejected_the_state_stays(shell: Shell, folder: Path) -> None:
    assert shell.run(*ARGUMENTS, "--state-path", "state.db", "--destination", "one")[0] == 1
    assert not (folder / "state.db").exists()
    arguments = (*ARGUMENTS, "--state-path", "state.db", "--destination", "one", "--max-rejected", "50%")
    assert shell.run(*arguments)[0] == 0
    assert (folder / "state.db").exists()


def test_younger_than_settle_is_held_back_on_the_command_line_too(shell: Shell, of_states: Path) -> None:
    young = says(0, "Free") | {"At": datetime.now(UTC).isoformat()}
    shell.write("states.jsonl", "\n".join(map(json.dumps, [says(0, "Free"), young])))
    code, output, _ = shell.run(*STATES, "--settle", "2h", "--destination", "out")
    assert (code, output.splitlines()[0]) == (0, "2 records: 1 converted, 1 held back; 2 events.")
    assert output.splitlines()[-1].endswith("/out/held-back.jsonl")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--explain", "1", "--settle", "2h"), "--settle and --state-path go with --destination"),
        (("--destination", "out", "--settle", "soon"), "--settle must be a duration"),
    ],
)
@pytest.mark.usefixtures("of_states")
def test_what_does_not_go_together_is_an_error(shell: Shell, more: tuple[str, ...], message: str) -> None:
    code, _, errors = shell.run(*STATES, *more)
    assert (code, message in errors) == (2, True), errors
