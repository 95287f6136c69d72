"""Typed numbers and words, matched to the choices on offer, to commands and to topics."""

from __future__ import annotations

import locales
from bot.clinical import statements
from bot.conversation import body, unseen_words
from bot.conversation.numerals import DIGITS, is_more, number, with_digits
from bot.conversation.splitting import parts
from bot.messages import Choice

__all__ = [
    "BARE",
    "COMMANDS",
    "choice",
    "command",
    "is_bare",
    "is_foreign",
    "is_word",
    "mentions",
    "number",
    "parts",
    "stands",
    "topics",
    "without",
]

# What by itself answers nearly every question.
BARE = ("yes", "no", "none", "unknown")
COMMANDS = ("stop", "delete", "help", "language", "new", "teaching")
_SLASH = {
    **{name: name for name in COMMANDS},
    "lang": "language",
    "start": "hello",
    "erase": "delete",
    "teach": "teaching",
}

# Answers of a choice that can be said by a word of the pack, whatever the question.
_SAID_AS = {
    "yes": ("yes", "it_is"),
    "no": ("no", "none"),
    "none": ("none", "no"),
    "unknown": ("unknown",),
} | {
    "better": ("better", "good"),
    "same": ("same",),
    "worse": ("worse", "bad"),
    "not_yet": ("not_yet", "no"),
    "stop": ("stop_asking",),
}
# Questions of which a yes is an agreement, or cannot be taken back.
_AGREED = ("consent", "teaching", "teach", "delete", "erase", "leave")
# Those that ask "do you agree?": "none" answers a list of signs that was on its way, and refuses nothing.
_CONSENT = ("consent", "teaching", "teach")
# Questions whose answers can be picked out of a longer text: a wrong pick is seen at once and does no harm.
_LOOSE = ("age", "shape", "wound_kind", "site", "look", "skin", "language")
_PRIVATE = "site.private"
# How many days a unit has, roughly, and from how many days on each duration is (bot/clinical/questions.yaml).
_UNIT_DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}
_FROM_DAYS = (("years", 366), ("months", 29), ("weeks", 7), ("days", 0))
# From here on numbers are put together from several words.
_TEN = 10
_TOPICS = ("what", "danger", "contagious", "home", "when", "where", "work", "lasts")


def command(text: str, language: str) -> str:
    """The command that the whole text is, in any language or as /command; 'hello' for /start, '' for none."""
    slash = text.strip()
    if slash.startswith("/") and slash[1:]:
        return _SLASH.get(slash[1:].split()[0].partition("@")[0].casefold() if slash[1:].split() else "", "")
    said = locales.normalise(text)
    return next((name for name in COMMANDS if is_word(name, said, language)), "")


def is_word(name: str, text: str, language: str) -> bool:
    """True where the whole text means `words.<name>` in the chat's language, or in another one and nothing in the chat's.

    "acha" is stop in Swahili and yes in Bengali: what a chat's own language knows is never another one's word there.
    """
    said = locales.normalise(text)
    if not said or said in locales.words(f"words.{name}", language or "en"):
        return bool(said)
    return is_foreign(text, language) and any(
        said in locales.words(f"words.{name}", code) for code in _order(language)
    )


def is_foreign(text: str, language: str) -> bool:
    """True where the whole text is no word of any list of the chat's language, and no /command."""
    said = locales.normalise(text)
    return not text.strip().startswith("/") and said not in locales.typed_words(language or "en")


def is_bare(text: str, language: str) -> bool:
    """True where the whole text is a word that answers nearly every question, so that it does not say which."""
    return any(is_word(name, text, language) for name in BARE)


def mentions(name: str, text: str, language: str) -> bool:
    """True where a phrase of `words.<name>` stands somewhere in the text, in any language."""
    said = f" {locales.normalise(text)} "
    return any(_found(said, f"words.{name}", code) >= 0 for code in _order(language))


def stands(name: str, text: str, language: str) -> bool:
    """As `mentions`, of the chat's language and English alone."""
    said = f" {locales.normalise(text)} "
    return any(f" {phrase} " in said for phrase in locales.own_words(f"words.{name}", language))


def without(name: str, text: str, language: str) -> str:
    """The text, normalised, without the phrases of `words.<name>` of any language: what else stands in it."""
    said = f" {locales.normalise(text)} "
    phrases = {phrase for code in _order(language) for phrase in locales.words(f"words.{name}", code)}
    for phrase in sorted(phrases, key=len, reverse=True):
        said = said.replace(f" {phrase} ", "  ")
    return " ".join(said.split())


def choice(offered: tuple[Choice, ...], text: str, language: str) -> str:
    """The code of the choice that a typed text picks, '' for none.

    By number (its place, from 1, in any script's digits), by its label in any language, by yes / no / don't know / none, and,
    for questions where no harm is in it, by a word of its label; private parts by any word for one; how long something has
    been there also as "3 weeks".
    """
    said = locales.normalise(text)
    if not said or not offered:
        return ""
    if said.isascii() and said.isdigit():
        place = int(said) if len(said) < 4 else 0
        return offered[place - 1].code if 1 <= place <= len(offered) else ""
    for code in _order(language):
        labels = {c.code: locales.normalise(locales.render(c.label, code)) for c in offered}
        equal = [c for c, label in labels.items() if label == said]
        if len(equal) == 1:
            return equal[0]
    private = _PRIVATE in {c.code for c in offered} and (
        mentions("private_part", text, language) or unseen_words.of_private_parts(text, language)
    )
    if private:
        # Whatever else stands with it: no photograph is asked for.
        return _PRIVATE
    of_the_body = body.named(offered, text, language)
    if of_the_body is not None:
        return of_the_body
    return (
        _by_word(offered, said, language)
        or _denied(offered, said, language)
        or _loosely(offered, text, language)
        or _how_long(offered, said, language)
    )


def topics(text: str, language: str) -> tuple[str, ...]:
    """What of the menu a text asks for, at most two, in the order in which it is asked."""
    said = f" {locales.normalise(text)} "
    found: dict[str, int] = {}
    for code in _order(language):
        for topic in _TOPICS:
            at = _found(said, f"words.ask_{topic}", code)
            if at >= 0:
                found[topic] = at
        if found:
            break
    return tuple(sorted(found, key=lambda topic: found[topic])[:2])


def _found(said: str, name: str, code: str) -> int:
    """Where the first phrase of a list stands in a normalised text with spaces around it; -1 where none does."""
    places = []
    for phrase in locales.words(name, code):
        # A single long word may be part of another one ("catching", a word with its article written on).
        needle = phrase if " " not in phrase and len(phrase) >= 5 else f" {phrase} "
        places.append(said.find(needle))
    return min((at for at in places if at >= 0), default=-1)


def _how_long(offered: tuple[Choice, ...], said: str, language: str) -> str:
    """The duration that one number with a unit means ('3 weeks', 'three weeks'); '' where it is not asked, or the text says
    something else. Of two of them none: "one month and ten days" is no ten days.
    """
    if not any(c.code.startswith("duration.") for c in offered):
        return ""
    typed_ = said
    said = with_digits(typed_, language, locales.own_words("words.before_number", language))
    numbers = DIGITS.findall(said)
    if len(numbers) != 1 or len(numbers[0]) > 3:
        return ""
    if int(numbers[0]) >= _TEN and not DIGITS.search(typed_) and is_more(said, language):
        # "Two or ten weeks": below ten it stands as it was written.
        return ""
    # In the lists a 2 stands for the number.
    shape = f" {' '.join(DIGITS.sub(' 2 ', said).split())} "
    for code in _order(language):
        units = {unit for unit in _UNIT_DAYS if _found(shape, f"words.{unit}", code) >= 0}
        if len(units) == 1:
            unit = units.pop()
            if _after_longer(shape, unit, code):
                return ""
            days = int(numbers[0]) * _UNIT_DAYS[unit]
            return f"duration.{next(key for key, least in _FROM_DAYS if days >= least)}"
    return ""


def _after_longer(shape: str, unit: str, language: str) -> bool:
    """True where the word for a longer unit stands before the number: "a month and 10 days"."""
    before = set(shape.partition(" 2 ")[0].split())
    longer = {
        phrase.replace("2", "").strip()
        for other, days in _UNIT_DAYS.items()
        for phrase in (locales.words(f"words.{other}", language) if days > _UNIT_DAYS[unit] else ())
    }
    return bool(before & (longer - {""}) - _words_of(unit, language))


def _words_of(unit: str, language: str) -> set[str]:
    return {word for phrase in locales.words(f"words.{unit}", language) for word in phrase.split()}


def _order(language: str) -> tuple[str, ...]:
    """The chat's language first, then the others."""
    return tuple(dict.fromkeys((language or "en", *locales.languages())))


def _by_word(offered: tuple[Choice, ...], said: str, language: str) -> str:
    """The choice that a word for yes, no, better ... means: the chat's own word, else what every other language says it is.

    "Aye" is no in Amharic letters and yes in English: in a third language's chat it is asked again.
    """
    found: list[str] = []
    own = language or "en"
    if said in locales.words("words.not_there", own) | locales.words("words.none", own):
        # "Nai" says in Bengali that nothing is there, and refuses in Hindi.
        offered = tuple(one for one in offered if one.code.partition(".")[0] not in _CONSENT)
    for code in _order(language):
        found += [one.code for one in offered if _means(said, one.code, code)][:1]
        if found and code == own:
            break
    return found[0] if len(set(found)) == 1 else ""


def _means(said: str, choice_code: str, language: str) -> bool:
    """True where the words are this answer to this question, in one language."""
    question, _, answer = choice_code.partition(".")
    if question in _CONSENT and answer == "no":
        return said in locales.words("words.no", language) - locales.words("words.not_there", language)
    names = _SAID_AS.get(answer, ())
    if question in _AGREED:
        # "It is so" says that something is there; it agrees to nothing.
        names = tuple(name for name in names if name != "it_is")
    if question in _CONSENT and answer == "yes":
        names += ("agrees",)
    return any(said in locales.words(f"words.{name}", language) for name in names)


def _denied(offered: tuple[Choice, ...], said: str, language: str) -> str:
    """The no or none of a question that several words for it mean together ("no, none of them, thanks")."""
    found = [
        one.code
        for one in offered
        if one.code.partition(".")[0] not in _AGREED and one.code.partition(".")[2] in ("no", "none")
    ]
    if len(found) != 1:
        return ""
    no = locales.words("words.no", language or "en") | locales.words("words.none", language or "en")
    return found[0] if _is_made_of(said, no | locales.words("words.thanks", language or "en"), no) else ""


def _is_made_of(said: str, phrases: frozenset[str], one_of: frozenset[str]) -> bool:
    """True where a text is phrases one behind the other and nothing else, one of the last set among them."""
    words = said.split()
    # For each place that phrases reach to: whether one of the set is among them.
    reached: dict[int, bool] = {0: False}
    for begin in range(len(words)):
        for end in range(begin + 1, len(words) + 1) if begin in reached else ():
            phrase = " ".join(words[begin:end])
            if phrase in phrases:
                reached[end] = reached.get(end, False) or reached[begin] or phrase in one_of
    return reached.get(len(words), False)


def _loosely(offered: tuple[Choice, ...], text: str, language: str) -> str:
    """The choice of which a label stands in the text, or the text in the label; "not a burn, a rash" is no burn."""
    words = set(locales.normalise(text).split())
    for code in _order(language):
        inside, around = [], []
        for one in offered:
            if one.code.partition(".")[0] not in _LOOSE:
                continue
            label = set(locales.normalise(locales.render(one.label, code)).split())
            if words <= label and max(map(len, words), default=0) > 2:
                inside.append(one.code)
            if label <= words:
                around.append(one.code)
        if len(inside) == 1:
            return inside[0]
        if len(around) == 1:
            denied = statements.hedged(text, language) and not _hedged_itself(offered, around[0], code)
            return _undenied(offered, text, language) if denied else around[0]
    return ""


def _hedged_itself(offered: tuple[Choice, ...], code: str, language: str) -> bool:
    """True where the label has a negation of its own: "Chest (not the breasts) or belly"."""
    label = next(one.label for one in offered if one.code == code)
    return statements.hedged(locales.render(label, language), language)


def _undenied(offered: tuple[Choice, ...], text: str, language: str) -> str:
    """The one choice that the parts without a negation or a doubt pick, '' where they pick none or several."""
    plain = [part for part in parts(text) if not statements.hedged(part, language)]
    found = {code for part in plain if (code := _loosely(offered, part, language))}
    return found.pop() if len(found) == 1 else ""
