"""What a text says of private parts, and of a baby of days or weeks (clinical.md 5.3, 7.3: of neither is a photograph looked at).

Only what is stated counts: not what is denied ("not on the private parts"), nor feeding at the breast, nor how long something has
been there ("for 3 weeks"). Rather a question too many than a photograph that should not be. Pure.
"""

from __future__ import annotations

import re

import locales
from bot.clinical import listed, tongues, windows
from bot.clinical.denial import Denial
from bot.clinical.matching import Matcher, Span, read
from bot.clinical.spelling import plain, typed_forms
from bot.conversation.numerals import NO_BABY_FROM
from locales import kept_of_pack

__all__ = ["of_a_small_baby", "of_private_parts"]

_DIGITS = re.compile(r"(\d+)")
# Where a number in words stands before the unit ("three weeks"), months may be any age of a child.
_SHORT_UNITS = ("days", "weeks")
_WHOLE_WORD = 4
_UNITS = (*_SHORT_UNITS, "months")


class _Text:
    """One text with the words of the packs that are tried in it."""

    def __init__(self, text: str, language: str) -> None:
        # "የ3", "2months": a number that is written on to a word is one.
        self.typed = read(_DIGITS.sub(r" \1 ", text))
        self.codes = tongues.tongues(self.typed.words, language)
        # As it is typed: "ingles" is a language, and no misspelling of a groin.
        self._matcher = Matcher(self.typed, lambda word: tongues.exactly(word, self.codes))
        self._denial = Denial(
            self._matcher, self.codes, tongues.spoken(self.typed.words, language, self.codes)
        )

    def spans(self, name: str) -> list[Span]:
        return [span for part in listed.alone(name).parts for span in self._matcher.spans(part)]

    def states(self, span: Span) -> bool:
        return not self._denial.denies(span) and not self._denial.doubts(span)

    def denies_anything(self) -> bool:
        return self._denial.anywhere()

    def clause(self, n: int) -> range:
        """The places of the words of the clause in which a word stands."""
        inside = [m for m, clause in enumerate(self.typed.clause) if clause == self.typed.clause[n]]
        return range(inside[0], inside[-1] + 1)


def of_private_parts(text: str, language: str, *, of_signs: bool = False) -> bool:
    """True where a text of any length says that something is on private parts or a breast.

    of_signs: signs of danger are being asked, some of private parts: where anything is denied it may be that one.
    """
    said = (_Text(piece, language) for piece in windows.pieces(text))
    return any(_private_parts(one) for one in said if not (of_signs and one.denies_anything()))


def of_a_small_baby(text: str, language: str) -> bool:
    """True where a text of any length speaks of a child as newborn, or with an age under 3 months."""
    return any(_small_baby(_Text(piece, language)) for piece in windows.pieces(text))


def _private_parts(said: _Text) -> bool:
    found = said.spans("unseen")
    nursed = {said.typed.clause[span.first] for span in said.spans("nursing")}
    # What is denied in more words is denied in fewer: "स्तन पर नहीं".
    denied = [set(span.at) for span in found if not said.states(span)]
    return any(
        said.typed.clause[span.first] not in nursed and not any(at.issuperset(span.at) for at in denied)
        for span in found
    )


def _small_baby(said: _Text) -> bool:
    if any(said.states(span) for span in said.spans("newborn")):
        return True
    little = {n for span in said.spans("little") for n in span.at}
    return bool(little) and any(_of_age(said, little, *age) for age in _young_ages(said))


def _young_ages(said: _Text) -> list[tuple[int, int, bool]]:
    """Where an age that only a small baby has may stand: its first word, its last, and whether its number is in digits."""
    found = []
    for n, word in enumerate(said.typed.words):
        unit = next((u for u in _UNITS if any(_is_in(word, _unit_words(code, u)) for code in said.codes)), "")
        if not unit:
            continue
        clause = said.clause(n)
        if n + 1 in clause and any(said.typed.words[n + 1] in _lasting(code) for code in said.codes):
            # "३ दिन से", "৩ দিন ধরে": since then.
            continue
        numbers = [m for m in (n - 1, n + 1) if m in clause and said.typed.words[m].isdigit()]
        # "siku 3", "3 days": what stands before goes first.
        for m in numbers[:1]:
            if int(said.typed.words[m]) < NO_BABY_FROM[unit]:
                found.append((min(m, n), max(m, n), True))
        # "Sem" is half a word for weeks, and "without".
        if not numbers and unit in _SHORT_UNITS and len(word) >= _WHOLE_WORD:
            found.append((n, n, False))
    return found


def _of_age(said: _Text, little: set[int], first: int, last: int, digits: bool) -> bool:
    """True where nothing stands between an age and a child but small words: "my baby is 3 weeks old", "a 2 months old baby".

    "She has had it for 3 weeks" has more, and is no age. A number in words is any one word beside the unit.
    """
    clause = said.clause(first)
    small = frozenset[str]().union(*(_beside(code) for code in said.codes))

    def reaches(places: range, skips: int) -> bool:
        for n in places:
            if n in little:
                return True
            if _is_in(said.typed.words[n], small):
                continue
            if not skips:
                return False
            skips -= 1
        return False

    # "My daughter, 2 weeks".
    listed_before = first == clause.start and first and said.typed.clause[first - 1] in said.typed.listed
    before = range(first - 1, first - 2 if listed_before else clause.start - 1, -1)
    behind = range(last + 1, clause.stop)
    return reaches(before, 0 if digits else 1) or reaches(behind, 0)


def _is_in(word: str, listed_words: frozenset[str]) -> bool:
    return word in listed_words or any(form in listed_words for form in typed_forms(word))


@kept_of_pack(0)
def _unit_words(code: str, unit: str) -> frozenset[str]:
    """The words of a unit that stand beside a number, as they are read. In the lists a 2 stands for the number."""
    phrases = (plain(phrase).split() for phrase in locales.words(f"words.{unit}", code))
    return frozenset(word for phrase in phrases if len(phrase) == 2 for word in phrase if not word.isdigit())


@kept_of_pack(0)
def _lasting(code: str) -> frozenset[str]:
    """Words behind a number and a unit that make them a time since when."""
    phrases = (plain(said).split() for unit in _UNITS for said in locales.words(f"words.{unit}", code))
    return frozenset(phrase[2] for phrase in phrases if len(phrase) == 3)


@kept_of_pack(0)
def _beside(code: str) -> frozenset[str]:
    """Small words that may stand between a child and an age."""
    return frozenset(word for said in locales.words("words.age_beside", code) for word in plain(said).split())
