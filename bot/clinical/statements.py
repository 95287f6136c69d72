"""What a text states that is no sign of danger: whether it states anything plainly. Pure."""

from __future__ import annotations

from bot.clinical import listed, tongues
from bot.clinical.denial import Denial
from bot.clinical.matching import Matcher, Typed, read

__all__ = ["asks", "hedged", "of_skin"]

# Lists of words (words.part_*) for what can be on a skin.
_ON_SKIN = ("sore", "spots", "mole", "mark", "blisters")


def hedged(text: str, language: str = "") -> bool:
    """True where a negation, a question or an old story stands anywhere in a text: what it speaks of may not be so."""
    return _listened(read(text), language)[1].hedges()


def asks(text: str, language: str = "") -> bool:
    """True where a question stands in a text: by its mark, or by how general ones begin ("what causes")."""
    typed = read(text)
    matcher, _ = _listened(typed, language)
    return bool(typed.asked) or any(
        span.first == 0 for part in listed.alone("general").parts for span in matcher.spans(part)
    )


def of_skin(text: str, language: str = "") -> bool:
    """True where a word for something on the skin stands in a text: a spot, a rash, a sore, a mole."""
    matcher, _ = _listened(read(text), language)
    return any(list(matcher.spans(part)) for name in _ON_SKIN for part in listed.alone(name).parts)


def _listened(typed: Typed, language: str) -> tuple[Matcher, Denial]:
    codes = tongues.tongues(typed.words, language)
    matcher = Matcher(typed, lambda word: tongues.reading(word, codes))
    return matcher, Denial(matcher, codes, tongues.spoken(typed.words, language, codes))
