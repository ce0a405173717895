"""The words of presence: the ten system presences, the languages of labels, and when two spellings are the same.

Sources: the enum of ``OrganizationPresenceDefinition.systemPresence`` in the published description of the API; the ids
from a captured organisation, they are the same in every organisation and region; the locales from the Terraform
provider's list (the API's ``localeCode`` query knows 24 of them, without ``en``, ``hi`` and ``pt``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.spelling import similar
from airflow_provider_genesys.text import is_uuid

SYSTEM_PRESENCES: Mapping[str, str] = MappingProxyType(
    {
        "Available": "6a3af858-942f-489d-9700-5f9bcdcdae9b",
        "Away": "5e5c5c66-ea97-4e7f-ac41-6424784829f2",
        "Busy": "31fe3bac-dea6-44b7-bed7-47f91660a1a0",
        "Offline": "ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5",
        "Idle": "7ffa01cd-7866-4ad7-8faa-31e11b42f51f",
        "OnQueue": "e08eaf1b-ee47-4fa9-a231-1200e284798f",
        "Meal": "3fd96123-badb-4f69-bc03-1b1ccc6d8014",
        "Training": "d2390a99-8546-bad9-8f0a-219548e8aeb0",
        "Meeting": "bbdff279-7ae1-48ea-bade-7831d7234c64",
        "Break": "227b37e2-f1d0-4dd0-8f50-badd7cf6d158",
    }
)
"""Id of the System definition of each system presence, in the spelling of the API's version 2."""

# fmt: off
LOCALES = (
    "ar", "cs", "da", "de", "en", "en_US", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "nl", "no", "pl", "pt",
    "pt_BR", "pt_PT", "ru", "sv", "th", "tr", "uk", "zh_CN", "zh_TW",
)
# fmt: on
"""The languages a label is known to be possible in; an organisation may have others, such as ``fr_CA``."""

ALL_DIVISIONS = "*"

_BY_FOLDED = {name.casefold(): name for name in SYSTEM_PRESENCES}
# What other systems call them. For "ready" or "unavailable" there are several.
_OTHER_WORDS = {
    **dict.fromkeys(("lunch", "dinner"), "Meal"),
    **dict.fromkeys(("loggedout", "loggedoff", "logout", "logoff", "signedout"), "Offline"),
    "pause": "Break",
}
_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FIRST_LANGUAGES = ("en_US", "en")
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?")
# A locale in another spelling: of the web (en-GB), of a machine's settings (en_GB.UTF-8), or run together (enGB).
_LIKE_A_LOCALE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_. ]+(?P<script>[A-Za-z]{4}))?"
    r"(?:(?:[-_. ]+|(?<=\b[a-z]{2})(?=[A-Z]))(?P<place>[A-Za-z]{2}|[0-9]{3}))?(?:\.(?i:utf-?8)|@.*)?"
)
# Countries that stand for their languages, and the language codes of old.
# fmt: off
_MEANT = {
    "cn": "zh_CN", "cz": "cs", "dk": "da", "gb": "en_GB", "il": "he", "iw": "he", "jp": "ja", "kr": "ko", "nb": "no",
    "nn": "no", "se": "sv", "tw": "zh_TW", "ua": "uk", "uk_UK": "uk", "us": "en_US",
}
# fmt: on


def normalise_presence(text: str) -> str:
    """Return a system presence in the spelling of the API's version 2: ``OnQueue`` for ``On Queue`` or ``ON_QUEUE``.

    :param text: as version 1 (``On Queue``), version 2 (``OnQueue``) or user presences (``ON_QUEUE``) spell it, in
        capitals or not.
    :raises GenesysConfigError: there is no such system presence; the message suggests one or names all.
    """
    folded = text.casefold().replace(" ", "").replace("_", "")
    found = _BY_FOLDED.get(folded)
    if found is None:
        meant = _OTHER_WORDS.get(folded.replace("-", ""))
        advice = f"; did you mean {meant}?" if meant else did_you_mean(text, SYSTEM_PRESENCES, cutoff=0.65)
        raise GenesysConfigError(f"{text!r} is no system presence{advice}")
    return found


@lru_cache(maxsize=10_000)
def normalise_label(text: str) -> str:
    """Return what two labels that people would take for the same have in common.

    Characters that nobody sees, such as a zero-width space or a soft hyphen, make no difference, nor do those that
    choose between a coloured and a plain picture.
    """
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    visible = _VARIATION_SELECTORS.sub("", visible)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return " ".join(folded.split())


def normalise_id(text: str) -> str:
    """Return an id as the API spells it: a UUID in small letters; anything else as it is."""
    text = text.strip()
    return text.lower() if is_uuid(text) else text


def is_like_a_locale(text: str) -> bool:
    """Tell whether a text is spelt as the API spells locales: ``fr_CA`` or ``zh_Hant_TW``, not ``fr-ca``."""
    return _LOCALE.fullmatch(text) is not None


def locale_advice(text: str, known: Iterable[str] = LOCALES) -> str:
    """Return the end of a message about a locale that is misspelt or unknown: what to write in its place.

    The same one as the API spells it, also where that one is unknown; else those of its language, else all.

    :param known: the locales that the organisation is known to take.
    """
    meant = _respelt(text)
    if meant is not None and meant != text:
        return f"; did you mean {meant}?"
    language = text.partition("_")[0]
    same = sorted(each for each in {*known} if each.partition("_")[0] == language)
    if same:
        return f"; of this language it is known to take {', '.join(same)}"
    return f"; known are {', '.join(sorted(known))}"


def _respelt(text: str) -> str | None:
    """Return a locale as the API spells it; ``None`` if it is none in any spelling."""
    like = _LIKE_A_LOCALE.fullmatch(text.strip())
    if like is None:
        return None
    language, place = like["language"].lower(), (like["place"] or "").upper()
    if place == "UK" and language != "uk":
        place = "GB"  # the country's code, which many do not know; as a language, uk is Ukrainian
    spelt = "_".join(filter(None, (language, (like["script"] or "").title(), place)))
    return _MEANT.get(spelt, spelt)


def in_order(labels: Mapping[str, str]) -> list[str]:
    """Return the languages of some labels, the most telling first: ``en_US``, ``en``, then the others by name."""
    return [*(name for name in _FIRST_LANGUAGES if name in labels), *sorted(set(labels) - set(_FIRST_LANGUAGES))]


def same_name(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Tell whether two definitions go by the same name: their labels agree in the first language both have.

    Labels with no language in common are different names.
    """
    shared = in_order({locale: "" for locale in some if locale in others})
    return bool(shared) and normalise_label(some[shared[0]]) == normalise_label(others[shared[0]])


def shared_label(some: Mapping[str, str], others: Mapping[str, str]) -> str | None:
    """Return the first language in which two definitions have the same label, ``None`` if there is none."""
    for locale in in_order(some):
        if locale in others and normalise_label(some[locale]) == normalise_label(others[locale]):
            return locale
    return None


def label_keys(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what two definitions with the same label in any language have in common, to look them up by.

    Those that go by the same name have one of these in common, too.
    """
    return [(locale, normalise_label(text)) for locale, text in labels.items()]


def display_name(system_presence: str, labels: Mapping[str, str]) -> str:
    """Return the name of a definition for people: ``Break/Smoke``, with the label of the first language."""
    return f"{system_presence}/{labels[in_order(labels)[0]] if labels else ''}"


def did_you_mean(text: str, known: Mapping[str, object] | tuple[str, ...], *, cutoff: float = 0.5) -> str:
    """Return the end of a message about an unknown word: those like it, or else all there are.

    :param cutoff: how much alike they must be, from 0 to 1.
    """
    meant = similar(text, known, most=2, cutoff=cutoff)
    return f"; did you mean {' or '.join(meant)}?" if meant else f"; known are {', '.join(known)}"
