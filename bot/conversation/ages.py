"""An age in typed words, taken for an age group only where nothing is in doubt: whoever is unclear is asked again.

A small baby is never taken for somebody older: some signs are asked of babies alone, and no photograph of one is looked at
(clinical.md 1 and 7.3). So a number of days, weeks or months is never one of years, and a number with words that nobody knows
("under 5 years") is no age.
"""

from __future__ import annotations

import locales
from bot.channels import LIMITS
from bot.conversation import typed
from bot.conversation.numerals import DIGITS, NO_BABY_FROM, with_digits
from bot.messages import Choice, Text

__all__ = ["chosen", "group", "is_numbered", "no_place", "noted"]

_IN_A_YEAR = {"days": 365, "weeks": 52, "months": 12, "years": 1}
# A bare number below is a place of the list, or anything.
_BARE_FROM = 6
# From here on "about" leaves nobody in doubt whether it is a child. Design.
_ABOUT_FROM = 21
# Words that change nothing about an age beside them; the second list is of people who are grown up.
_BESIDE = ("age_beside", "grown_kin")
_GROUPS = (("older", 65), ("middle", 40), ("adult", 18), ("child", 0))


def chosen(offered: tuple[Choice, ...], text: str, language: str, channel: str) -> str:
    """The choice of the question of age that a typed text picks, '' where it picks none or is in doubt.

    offered: the choices as they were shown. A small number is a place of the list only where the list has numbers.
    """
    said = locales.normalise(text)
    bare = said.isascii() and said.isdigit()
    a_place = len(said) == 1 and is_numbered(channel, len(offered))
    code = typed.choice(offered, text, language) if a_place or not bare else ""
    found = "" if code else group(text, language)
    return f"age.{found}" if found else code


def is_numbered(channel: str, choices: int) -> bool:
    """True where so many choices are shown as a list with numbers."""
    limits = LIMITS.get(channel)
    return limits is None or choices > limits.buttons


def no_place(offered: tuple[Choice, ...], text: str, channel: str) -> bool:
    """True where a typed number is no place of the list: none was shown with it."""
    said = locales.normalise(text)
    return said.isascii() and said.isdigit() and not is_numbered(channel, len(offered))


def noted(code: str, text: str, language: str) -> tuple[Text, ...]:
    """What is said of an age that was typed as a number: the group that it was taken for."""
    numbered = DIGITS.search(locales.normalise(text)) or f"age.{group(text, language)}" == code
    return (Text("age.noted", {"age": Text(code)}),) if numbered else ()


def group(text: str, language: str) -> str:
    """The age group of one typed number, of years or with its unit in any language; '' where it is in doubt.

    A number in words counts in the chat's language and English, where all that stands beside it is known.
    """
    typed_ = locales.normalise(text)
    said = with_digits(typed_, language, _may_stand_before(language))
    in_words = said != typed_
    numbers = DIGITS.findall(said)
    if len(numbers) != 1 or len(numbers[0]) > 3:
        return ""
    number = int(numbers[0])
    # In the lists a 2 stands for the number.
    shape = f" {' '.join(DIGITS.sub(' 2 ', said).split())} "
    found = {unit: phrase for unit in _IN_A_YEAR if (phrase := _phrase(unit, shape))}
    if len(found) > 1:
        return ""
    unit, phrase = next(iter(found.items()), ("", " 2 "))
    beside = frozenset(shape.replace(phrase, " ", 1).split())
    about = locales.own_words("words.age_about", language)
    grown = bool(beside & locales.words("words.grown_kin", language or "en"))
    if beside & about and (unit in ("", "years")) and number >= _ABOUT_FROM:
        beside -= about
    if in_words and number >= 18 and unit in ("", "years") and beside & _child(language):
        # "Saath saal ka bachcha" is seven more likely than sixty.
        return ""
    if not unit:
        known = number >= _BARE_FROM and not beside & _baby() and _nothing_more(beside, language)
        return _of_years(number) if known and (number >= 18 or not grown) else ""
    if unit != "years" and number < NO_BABY_FROM[unit]:
        # "Since two months" is no age, "two months now" may be none; of a baby the time may be its age.
        if _lasts(shape, language) and (in_words or not beside & _baby()):
            return ""
        return "infant" if not in_words or _nothing_more(beside - _baby(), language) else ""
    years = number // _IN_A_YEAR[unit]
    if unit == "years" and years >= 18:
        # Words that nobody knows make no baby of an adult; a word for one may, or a month beside the years.
        known = not in_words or (_nothing_more(beside, language) and not _lasts(shape, language))
        return _of_years(years) if known and not beside & (_baby() | _short_units()) else ""
    sure = number >= NO_BABY_FROM[unit] and _nothing_more(beside - _baby(), language)
    return _of_years(years) if sure and not grown else ""


def _lasts(shape: str, language: str) -> bool:
    """True where a phrase stands in the text that makes its number how long something has been there."""
    return any(f" {phrase} " in shape for phrase in locales.own_words("words.age_lasting", language))


def _may_stand_before(language: str) -> frozenset[str]:
    """Words of the chat's language and English that may stand before an age in words."""
    return frozenset().union(*(locales.own_words(f"words.{name}", language) for name in _BESIDE))


def _of_years(years: int) -> str:
    return next(name for name, least in _GROUPS if years >= least) if years <= 120 else ""


def _phrase(unit: str, shape: str) -> str:
    """The longest phrase of a unit, of any language, that stands in the text; '' for none."""
    phrases = (
        f" {phrase} " for code in locales.languages() for phrase in locales.words(f"words.{unit}", code)
    )
    return max((phrase for phrase in phrases if phrase in shape), key=len, default="")


def _nothing_more(beside: frozenset[str], language: str) -> bool:
    """True where all words beside the number change nothing about it, in one language. "Is" is a yes in some."""
    return any(
        beside <= frozenset().union(*(locales.words(f"words.{name}", code) for name in (*_BESIDE, "yes")))
        for code in (language, *locales.languages())
    )


def _short_units() -> frozenset[str]:
    """The words for days, weeks and months, of any language."""
    phrases = (
        locales.words(f"words.{unit}", code)
        for code in locales.languages()
        for unit in ("days", "weeks", "months")
    )
    return frozenset(word for listed in phrases for phrase in listed for word in phrase.split()) - {"2"}


def _baby() -> frozenset[str]:
    """Words of any language that are a small baby by themselves."""
    return frozenset(
        word
        for code in locales.languages()
        for word in locales.words("words.part_baby", code)
        if " " not in word
    )


def _child(language: str) -> frozenset[str]:
    """Words of the chat's language and English for a child."""
    return locales.own_words("words.a_child", language)
