"""How alike two organisations are: by the name that people write in many ways, the number, and the web domain.

Comparing with every organisation would take seconds. Each has a few short keys instead, which stay the same under
other vowels, doubled letters, another order and another legal form; whoever shares a rare one is worth comparing.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from uuid import UUID

from rapidfuzz import fuzz

from services.partners.organisations.keys import fold

#: Words that say what a body is in law, in the countries we meet; they tell two names apart only a little.
LEGAL_FORMS = frozenset({
    "ag", "asbl", "association", "associacao", "asociacion", "bv", "charity", "cic", "cio", "co", "company",
    "corp", "corporation", "ev", "fondation", "foundation", "fundacion", "fundacao", "fund", "gemeinnutzige",
    "ggmbh", "gmbh", "inc", "incorporated", "initiative", "limited", "llc", "ltd", "ngo", "npc", "npo",
    "nonprofit", "ong", "organisation", "organization", "oy", "pbo", "plc", "pty", "sa", "section21", "sarl",
    "society", "stichting", "stiftung", "trust", "trustees", "verein", "vereniging", "vzw",
})  # fmt: skip
SMALL_WORDS = frozenset({
    "a", "al", "and", "das", "de", "del", "der", "des", "di", "die", "do", "dos", "du", "e", "el", "et",
    "for", "fur", "in", "la", "le", "les", "of", "the", "und", "y",
})  # fmt: skip
#: Reasons for taking two for the same, the surest first.
NUMBER, DOMAIN, NAME = "number", "domain", "name"
#: Names at least this much alike are worth asking about, out of 100.
LIKELY = 84
_WORDS_USED = 6
_KEY_LENGTH = 100
_INITIALS = re.compile(r"\b(\w)\.\s?(?=\w\b)")
_APART = re.compile(r"[^\w]+|_+")
_SOUNDLESS = re.compile(r"[aeiouy]+")
_DOUBLED = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Likeness:
    """Another organisation that may be the same: how alike, out of 100, and by what."""

    id: UUID
    name: str
    kind: str
    country: str
    website: str | None
    score: int
    reasons: tuple[str, ...]


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a name that tell it apart, and those of its legal form; the former are never none."""
    words = [word for word in _APART.split(_INITIALS.sub(r"\1", fold(name))) if word]
    telling = tuple(word for word in words if word not in LEGAL_FORMS and word not in SMALL_WORDS)
    legal = tuple(word for word in words if word in LEGAL_FORMS)
    return (telling, legal) if telling else (tuple(words) or (fold(name),), ())


def list_match_keys(name: str) -> list[str]:
    """The keys that an organisation of this name is found by: the whole, pairs of words, single words."""
    words = split_name(name)[0]
    sounds = sorted({_sound(word)[:10] for word in words})
    used = sounds[:_WORDS_USED]
    whole = ["n:" + "+".join(sounds), "j:" + _sound("".join(words))]
    keys = [*whole, *(f"p:{one}+{other}" for one, other in combinations(used, 2))]
    return [key[:_KEY_LENGTH] for key in (*keys, *(f"w:{sound}" for sound in used))]


def compare_names(one: str, other: str) -> float:
    """How alike two names are, out of 100; the legal form counts for a tenth."""
    (words, form), (other_words, other_form) = split_name(one), split_name(other)
    joined, other_joined = " ".join(sorted(words)), " ".join(sorted(other_words))
    # A name that is a part of the other, such as a branch's, is likely but not sure.
    part = fuzz.token_set_ratio(joined, other_joined) * 0.9 if min(len(words), len(other_words)) > 1 else 0.0
    telling = max(fuzz.ratio(joined, other_joined), fuzz.ratio("".join(words), "".join(other_words)), part)
    legal = 100.0 if set(form) == set(other_form) or not form or not other_form else 0.0
    return 0.9 * telling + 0.1 * legal


def judge(
    one: tuple[str, str | None, str | None, str | None], other: tuple[str, str | None, str | None, str | None]
) -> tuple[int, tuple[str, ...]]:
    """Score and reasons for two (name, country, domain, registration key); a score of 0 is not worth asking about."""
    (name, country, domain, number), (other_name, other_country, other_domain, other_number) = one, other
    here = not country or not other_country or country == other_country
    names = compare_names(name, other_name) - (0 if here else 8)
    reasons = tuple(
        reason
        for reason, holds in (
            (NUMBER, number is not None and number == other_number and here),
            (DOMAIN, domain is not None and domain == other_domain),
            (NAME, names >= LIKELY),
        )
        if holds
    )
    sure = {NUMBER: 99.0, DOMAIN: 90.0, NAME: names}
    return round(max((sure[reason] for reason in reasons), default=0.0)), reasons


def _sound(word: str) -> str:
    """A word without what is often written wrongly; short and foreign ones stay as they are."""
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    return _DOUBLED.sub(r"\1", word[0] + _SOUNDLESS.sub("", word[1:]))
