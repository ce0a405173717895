"""What somebody may have meant by a word that is unknown: never its opposite, which would be worse than no advice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# What makes a word the opposite of another one, blanks and the like left out: inactive, deactivated, skip_verify.
_NEGATED = re.compile(
    r"(des?|in)a[ck]ti[vf]|disabl|unavail|unpublish|insecur|exclu|delet|remov|hidden"
    r"|(no|not|non|skip|without|ignore)(?=verif|avail|a[ck]ti[vf]|ready|prox|expect)"
    r"|(no|not|non|off|outof)(?=(the)?(on)?queue)"
)
_PAIRS = (
    ("min", "max"),
    ("before", "after"),
    ("first", "last"),
    ("start", "end"),
    ("online", "off"),
    ("onqueue", "off"),
)
_SEPARATORS = re.compile(r"[-_ ]")


def similar(text: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return known words that are spelt like a text, the likeliest first, whatever the case.

    :param text: the text.
    :param known: the words.
    :param most: how many to return at most.
    :param cutoff: how much alike they must be, from 0 to 1.
    """
    folded = {word.casefold(): word for word in known}
    candidates = [word for word in folded if not _opposite(text.casefold(), word)]
    return [folded[word] for word in difflib.get_close_matches(text.casefold(), candidates, n=most, cutoff=cutoff)]


def _opposite(text: str, word: str) -> bool:
    """Tell whether one of two words denies the other, or they are the two ends of something."""
    text, word = _SEPARATORS.sub("", text), _SEPARATORS.sub("", word)
    if bool(_NEGATED.search(text)) != bool(_NEGATED.search(word)):
        return True
    return any((one in text and other in word) or (other in text and one in word) for one, other in _PAIRS)
