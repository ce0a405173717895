"""The mapping file for exports of NICE CXone."""

from __future__ import annotations

from typing import Any

from tests.unit.interactions.shipped import BERLIN, LATE, Told, sample, table

CXONE = "extends: nice_cxone" + BERLIN
CONTACTS = (
    "Contact_ID Master_Contact_ID Media_Name Contact_Name ANI_DIALNUM Skill_Name Agent_No SLA Start_Date Start_Time "
    "PreQueue InQueue Agent_Time PostQueue Abandon Disposition_Code"
)


def contact(id_: str, begin: str, *sums: int, master: str | None = None, **more: Any) -> dict[str, Any]:
    durations = dict(zip(("PreQueue", "InQueue", "Agent_Time", "PostQueue"), sums, strict=True))
    return {
        "Contact_ID": id_,
        "Master_Contact_ID": master or id_,
        "Media_Name": "Call",
        "Contact_Name": "Main number",
        "ANI_DIALNUM": "+15550100",
        "Skill_Name": "Support",
        "Agent_No": "101",
        "SLA": "0",
        "Start_Date": "11/16/2026",
        "Start_Time": begin,
        "Abandon": "N",
        "Disposition_Code": "12",
        **durations,
        **more,
    }


def of_cxone(*rows: dict[str, Any], mapping: str = CXONE) -> Told:
    return Told(mapping, ("contacts.csv", table(CONTACTS, *rows)))


def test_times_are_sums() -> None:
    assert of_cxone(contact("1", "09:00:00", 5, 10, 600, 12)).of("1") == [
        "08:00:00 external external",
        "08:00:05 routing Support, by external",
        "08:00:15 user 101 rings, by Support",
        "08:00:15 101 answered",
        "08:00:15 Support ended TransferUser",
        "08:10:15 101 ended Self",
        "08:10:15 101 dispositionapplied 12",
        "08:10:27 external ended System",
    ]


def test_a_second_transfer_is_of_the_same_conversation() -> None:
    rows = [
        contact("1", "09:00:00", 5, 10, 100, 0),
        contact("2", "09:01:50", 0, 5, 100, 0, master="1", Agent_No="102", SLA="-1"),
        contact("3", "09:03:30", 0, 20, 60, 0, master="2", Agent_No="103", Skill_Name="Billing"),
        contact("4", "09:00:00", 5, 10, 100, 0),
    ]
    told = of_cxone(*rows)
    assert (told.account.converted, told.account.conversations) == (4, 2)
    assert told.of("3") == told.of("1")
    assert told.of("1")[5:] == [
        "08:01:55 user 102 rings, by 101",
        "08:01:55 102 answered",
        "08:01:55 101 ended TransferUser",
        "08:01:55 101 dispositionapplied 12",
        "08:03:30 routing Billing, by 102",
        "08:03:35 102 ended TransferACD",
        "08:03:35 102 dispositionapplied 12",
        "08:03:50 user 103 rings, by Billing",
        "08:03:50 103 answered",
        "08:03:50 Billing ended TransferUser",
        "08:04:50 external ended System",
        "08:04:50 103 ended System",
        "08:04:50 103 dispositionapplied 12",
    ]
    assert of_cxone(*reversed(rows)).events == told.events


def test_a_contact_waits_for_its_master() -> None:
    told = of_cxone(
        contact("3", "09:00:00", 0, 5, 60, 0, master="2"), contact("2", "08:59:00", 0, 5, 60, 0, master="1")
    )
    assert told.account.held_back == 2
    assert {each["reason"] for each in told.held_back} == {"it goes on from record '1', which was not read"}


def test_the_last_of_a_row_that_comes_again_counts() -> None:
    told = of_cxone(
        contact("1", "09:00:00", 5, 10, 60, 0),
        contact("1", "09:00:00", 5, 10, 60, 0),
        contact("1", "09:00:00", 5, 10, 60, 0, Disposition_Code="15"),
    )
    assert (told.account.superseded, told.account.converted) == (2, 1)
    assert told.of("1")[-1] == "08:01:15 101 dispositionapplied 15"


def test_a_contact_given_up_one_of_the_flow_and_one_out() -> None:
    nobody = {"Agent_No": "", "Disposition_Code": ""}
    told = of_cxone(
        contact("1", "09:00:00", 15, 80, 0, 0, Abandon="Y", **nobody),
        contact("2", "10:00:00", 22, 0, 0, 0, SLA="-1", **nobody),
        contact("3", "11:00:00", 0, 0, 138, 0, SLA="-1", Skill_Name="Outbound"),
        contact("4", "12:00:00", 0, 0, 138, 0, Media_Name="Chat"),
    )
    assert told.of("1")[2:] == ["08:01:35 external ended Self", "08:01:35 Support ended Peer"]
    assert told.of("2") == ["09:00:00 external external", "09:00:22 external ended System"]
    assert told.of("3")[:3] == [
        "10:00:00 user 101",
        "10:00:00 external external rings, by 101",
        "10:00:00 external answered",
    ]
    assert told.account.skipped == 1


def test_which_hour_is_meant_is_not_guessed_unless_the_file_says_so() -> None:
    twice = contact("1", "02:30:00", 5, 5, 60, 0, Start_Date="10/25/2026")
    assert "fold says which is meant" in of_cxone(twice).rejects[0]["reason"]
    second = of_cxone(twice, mapping="extends: nice_cxone\ntimes: {zone: Europe/Berlin, fold: second}")
    assert second.of("1")[0] == "01:30:00 external external"
    never = of_cxone(contact("1", "02:30:00", 5, 5, 60, 0, Start_Date="03/28/2027"))
    assert "does not exist in Europe/Berlin" in never.rejects[0]["reason"]


def test_the_sample_of_cxone() -> None:
    told = Told(CXONE, sample("cxone_detail_comprehensive_with_hold.csv"))
    counts = {"records": 15, "converted": 9, "skipped": 1, "superseded": 2, "held_back": 0, "rejected": 3}
    assert told.account.as_dict() == counts | LATE | {"events_written": 56, "conversations": 8}
    assert [each["line"] for each in told.rejects] == [9, 10, 11]
    assert told.of("5001")[-1].endswith("dispositionapplied 15")
    assert told.of("5005") == told.of("5004")
    assert [line for line in told.of("5004") if "ended" in line] == [
        "08:10:30 Support ended TransferUser",
        "08:15:00 102 ended TransferUser",
        "08:18:19 external ended System",
        "08:18:19 103 ended System",
    ]
    over_midnight = told.of("5007")
    assert (over_midnight[0][:8], over_midnight[-1][:8]) == ("22:58:30", "23:23:30")
