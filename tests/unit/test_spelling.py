from __future__ import annotations

import pytest

from airflow_provider_genesys.api.operations import operation
from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.presence.vocabulary import normalise_presence
from airflow_provider_genesys.spelling import similar


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("inactive", "active"),
        ("deactivated", "active"),
        ("active", "deactivated"),
        ("activated", "deactivated"),
        ("Unavailable", "Available"),
        ("Not Available", "Available"),
        ("OffQueue", "OnQueue"),
        ("off_queue", "OnQueue"),
        ("Online", "Offline"),
        ("no_verify", "verify"),
        ("skip_verify", "verify"),
        ("noverify", "verify"),
        ("min_wait", "max_wait"),
        ("before", "after"),
        ("putUser", "deleteUser"),
        ("inaktiv", "active"),
        ("desactif", "active"),
        ("Not on queue", "OnQueue"),
        ("Out of queue", "OnQueue"),
    ],
)
def test_no_word_leads_to_its_opposite(text, opposite):
    assert similar(text, [opposite], cutoff=0.01) == []
    assert similar(opposite, [text], cutoff=0.01) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("deactivatd", "deactivated"),
        ("ACTIV", "active"),
        ("Ofline", "Offline"),
        ("Availble", "Available"),
        ("max_wai", "max_wait"),
        ("verfiy", "verify"),
        ("deleteUsr", "deleteUser"),
    ],
)
def test_a_typo_leads_to_the_word(text, word):
    assert similar(text, ["other", word]) == [word]


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        *(
            ("Unavailable", "Available"),
            ("Off Queue", "OnQueue"),
            ("Online", "Offline"),
            ("not_available", "Available"),
        ),
        *(("Ready", "Break"), ("Not on queue", "OnQueue"), ("Out of Queue", "OnQueue"), ("Working", "Training")),
        *(("Interacting", "Meeting"), ("ACW", "Away")),
    ],
)
def test_a_system_presence_is_not_taken_for_its_opposite(text, opposite):
    with pytest.raises(GenesysConfigError) as caught:
        normalise_presence(text)
    suggested = str(caught.value).partition("did you mean")[2]
    assert not {"Available", "OnQueue", opposite} & set(suggested.strip(" ?").split(" or "))


def test_nothing_but_a_deletion_leads_to_one():
    with pytest.raises(GenesysConfigError) as caught:
        operation("patchPresenceDefinition")
    assert "putPresenceDefinition" in str(caught.value)
    assert "delete" not in str(caught.value)
