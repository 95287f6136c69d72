"""Danger words in free text: which signs a text states, which it only speaks of, and what a negation takes back.

The words are in the packs; several are tried, because people mix languages (`tongues`). Rather a false alarm than a miss:
what a negation takes back is decided by `denial`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bot.clinical import listed, tongues
from bot.clinical.danger_signs import DangerSign, all_signs
from bot.clinical.denial import Denial
from bot.clinical.matching import Matcher, Typed, read
from bot.clinical.phrases import Phrase

__all__ = ["Heard", "hear", "language_of"]

# Signs of the very young: not heard of somebody who is known to be older.
_OF_BABIES = ("D21", "D22", "D23", "D24")

# Lists of parts that are a sign by themselves where the baby is known: nobody need name it again.
_OF_INFANTS = (("fever", "D21"), ("limp", "D24"))


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says of danger. stated: ids of signs, most pressing first. hinted: signs to ask about, not stated.

    harm: 'die' where the person wants to die or hurts themself, 'hurt' where somebody hurts them, else ''. other: a danger
    that is no sign of the table.
    """

    stated: tuple[str, ...] = ()
    hinted: tuple[str, ...] = ()
    harm: str = ""
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.stated or self.hinted or self.harm or self.other)


def hear(text: str, age: str = "", language: str = "") -> Heard:
    """What of danger a text states. age: the age group, '' where not told. language: of the chat, '' where not known."""
    typed = read(text)
    if not typed.words:
        return Heard()
    codes = tongues.tongues(typed.words, language)
    listening = _Listening(typed, codes, tongues.spoken(typed.words, language, codes))
    names = listening.lists()
    found = {name.removeprefix("words.sign_") for name in names if name.startswith("words.sign_")}
    harm = "die" if "d45_die" in found else "hurt" if "d45_hurt" in found else ""
    young = age in ("", "infant")
    signs = _by_urgency()
    stated = tuple(s.id for s in signs if s.id.lower() in found and (young or s.id not in _OF_BABIES))
    hints = {name.removeprefix("words.hint_") for name in names if name.startswith("words.hint_")}
    hinted = tuple(s.id for s in signs if s.id.lower() in hints and s.id not in stated)
    if age == "infant":
        more = (sign for part, sign in _OF_INFANTS if sign not in stated and listening.states_part(part))
        stated = (*more, *stated)
    return Heard(stated, hinted, harm, "other" in hints)


@cache
def _by_urgency() -> tuple[DangerSign, ...]:
    return tuple(sorted((s for s in all_signs() if s.id != "D45"), key=lambda s: s.urgency.rank))


def language_of(text: str) -> str:
    """The pack that knows most of the words of a text, '' where two know as many."""
    return tongues.language_of(read(text).words)


class _Listening:
    """One text, heard with the words of some packs."""

    def __init__(self, typed: Typed, codes: tuple[str, ...], told: tuple[str, ...]) -> None:
        self._codes = codes
        self._matcher = Matcher(typed, lambda word: tongues.reading(word, codes))
        self._denial = Denial(self._matcher, codes, told)

    def lists(self) -> tuple[str, ...]:
        """Ids of the lists of which a phrase is stated."""
        fitting: dict[str, dict[Phrase, None]] = {}
        for code in self._codes:
            beginning = listed.by_beginning(code)
            for word in self._matcher.here & beginning.keys():
                for name, phrase in beginning[word]:
                    if self._matcher.may_hold(phrase):
                        fitting.setdefault(name, {})[phrase] = None
        return tuple(
            name
            for name in listed.names()
            if name in fitting
            and self._state(tuple(fitting[name]), in_list=not name.startswith("words.sign_d45"))
            and not any(self._without(phrase) for phrase in listed.unless(name))
        )

    def states_part(self, name: str) -> bool:
        """True where a list of parts is stated by itself."""
        return self._state((listed.alone(name),))

    def _state(self, phrases: tuple[Phrase, ...], *, in_list: bool = True) -> bool:
        """True where every part of one of the phrases of a list is in the text and not denied."""
        found = [[tuple(self._matcher.spans(part)) for part in phrase.parts] for phrase in phrases]
        spans = dict.fromkeys(span for parts in found for part in parts for span in part)
        open_ = {span for span in spans if not self._denial.denies(span, in_list=in_list)}
        # What is denied in more words is denied in fewer: "no black skin around the wound".
        wide = [set(span.at) for span in spans if span not in open_ and self._denial.around(span)]
        stated = {
            span for span in open_ if self._denial.own(span) or not any(at.issuperset(span.at) for at in wide)
        }
        return any(
            all(any(span in stated for span in part) for part in parts) and not self._without(phrase)
            for phrase, parts in zip(phrases, found, strict=True)
        )

    def _without(self, phrase: Phrase) -> bool:
        return any(True for part in phrase.without for _ in self._matcher.spans(part))
