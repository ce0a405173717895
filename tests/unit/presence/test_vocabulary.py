from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.vocabulary import (
    LOCALES,
    SYSTEM_PRESENCES,
    display_name,
    in_order,
    is_like_a_locale,
    locale_advice,
    normalise_id,
    normalise_label,
    normalise_presence,
    same_name,
    shared_label,
)


def test_there_are_ten_system_presences_and_27_locales() -> None:
    assert len(set(SYSTEM_PRESENCES.values())) == len(SYSTEM_PRESENCES) == 10
    assert len(set(LOCALES)) == 27


@pytest.mark.parametrize("spelling", ["On Queue", "OnQueue", "ON_QUEUE", "on queue", "onqueue"])
def test_all_spellings_of_a_system_presence_are_one(spelling: str) -> None:
    assert normalise_presence(spelling) == "OnQueue"


@pytest.mark.parametrize("name", SYSTEM_PRESENCES)
def test_the_spelling_of_version_2_stays(name: str) -> None:
    assert normalise_presence(name) == normalise_presence(name.upper()) == name


def test_an_unknown_system_presence_is_refused_with_advice() -> None:
    with pytest.raises(GenesysConfigError, match="did you mean Meeting"):
        normalise_presence("Meetings")
    for word, meant in (("Lunch", "Meal"), ("pause", "Break"), ("Logged-Out", "Offline")):
        with pytest.raises(GenesysConfigError, match=f"did you mean {meant}"):
            normalise_presence(word)
    with pytest.raises(GenesysConfigError, match="known are Available, Away"):
        normalise_presence("zzz")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("en-GB", "en_GB"),
        ("fr-CA", "fr_CA"),
        ("EN_us", "en_US"),
        ("en us", "en_US"),
        ("enUS", "en_US"),
        ("en_US.UTF-8", "en_US"),
        ("de_DE@euro", "de_DE"),
        ("en_UK", "en_GB"),
        ("en-uk", "en_GB"),
        ("uk_UK", "uk"),
        ("PT-br", "pt_BR"),
        ("zh-hant-tw", "zh_Hant_TW"),
        ("es-419", "es_419"),
        ("DE", "de"),
        ("jp", "ja"),
        ("cz", "cs"),
    ],
)
def test_a_misspelt_locale_gets_its_own_spelling(written: str, meant: str) -> None:
    assert locale_advice(written) == f"; did you mean {meant}?"
    assert is_like_a_locale(meant)


@pytest.mark.parametrize("locale", ["fr_CA", "en_GB", "ja_JP", "nb_NO", *LOCALES])
def test_a_locale_that_is_spelt_right_gets_no_other_in_its_place(locale: str) -> None:
    assert "did you mean" not in locale_advice(locale)


def test_of_an_unknown_locale_those_of_its_language_are_named_else_all() -> None:
    assert locale_advice("en_GB", {*LOCALES, "en_AU"}) == "; of this language it is known to take en, en_AU, en_US"
    for none in ("english", "dutch", "thai", "kk_KZ", "x9"):
        assert locale_advice(none) == f"; known are {', '.join(LOCALES)}"


@pytest.mark.parametrize(
    ("some", "other"),
    [
        ("Smoke", " smoke "),
        ("Kaffee  Pause", "kaffee\npause"),
        ("Straße", "STRASSE"),
        ("\uff21", "a"),
        ("ﬁt", "FIT"),
        ("Smo\u200bke", "Smoke"),
        ("Rau\u00adcher", "\ufeffraucher\u200e"),
        ("\u200b \u2060", ""),
    ],
)
def test_labels_that_people_take_for_the_same_are_the_same(some: str, other: str) -> None:
    assert normalise_label(some) == normalise_label(other)


@pytest.mark.parametrize("selector", ["\ufe0e", "\ufe0f", "\U000e0100"])
def test_how_a_picture_is_shown_makes_no_difference(selector: str) -> None:
    assert normalise_label(f"\N{HOT BEVERAGE}{selector} Coffee") == normalise_label("\N{HOT BEVERAGE} coffee")
    assert not normalise_label(selector)


@pytest.mark.parametrize(("some", "other"), [("Smoke", "Smoking"), ("Cafe", "Café"), ("A B", "AB")])
def test_other_labels_are_not(some: str, other: str) -> None:
    assert normalise_label(some) != normalise_label(other)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise_label(normalise_label(text)) == normalise_label(text)


def test_a_uuid_is_one_in_capitals_too_and_another_id_is_left_alone() -> None:
    key = "3d8a2a0e-7d1a-4f0e-9c55-9f0a1f6c3c11"

    assert normalise_id(f" {key.upper()} ") == key
    assert [normalise_id(text) for text in ("*", "Home", f"{key}A")] == ["*", "Home", f"{key}A"]


def test_the_first_language_is_english_then_by_name() -> None:
    assert in_order({"fr": "", "en": "", "de": "", "en_US": ""}) == ["en_US", "en", "de", "fr"]
    assert display_name("Break", {"fr": "Fumer", "de": "Rauchen"}) == "Break/Rauchen"


def test_only_the_first_common_language_makes_a_name() -> None:
    assert same_name({"en_US": "Smoke", "de": "Pause"}, {"en_US": "smoke", "de": "Rauchen"})
    assert not same_name({"en_US": "Smoke", "de": "Pause"}, {"en_US": "Short", "de": "Pause"})
    assert same_name({"en_US": "Smoke", "de": "Pause"}, {"de": "pause"})
    assert not same_name({"en_US": "Smoke"}, {"de": "Smoke"})


def test_a_shared_label_may_be_in_any_language() -> None:
    assert shared_label({"en_US": "Smoke", "de": "Pause"}, {"en_US": "Short", "de": "Pause"}) == "de"
    assert shared_label({"en_US": "Smoke"}, {"en_US": "Short", "de": "Smoke"}) is None
