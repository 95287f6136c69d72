"""What the providers' logs say of one person, against what the same code tells without any fault. Pure.

A double is one reply accepted twice. Twilio's log names the reply (it stands in the callback address), so there a double is
known for certain. Telegram's does not: there the same text twice running counts as one, which may also be a turn of its
own that said the same (an album that came apart), so that its count is an upper bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import locales
from locales import Text
from locales.placeholders import without_isolates

__all__ = ["Told", "Verdict", "judge", "matched", "once_each"]

# Photographs of an album that came late make at most so many turns more.
LATE_TURNS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One message as the provider accepted it. reply: which of our replies it is, '' where the provider cannot tell."""

    text: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one person. once: replies in their place. split: their album came apart; waits: told that it takes longer."""

    once: int = 0
    doubles: int = 0
    missing: int = 0
    wrong: int = 0
    out_of_order: bool = False
    split: bool = False
    waits: int = 0
    photos_lost: int = 0
    difference: str = ""


def judge(
    told: Sequence[Told],
    should: Sequence[str],
    *,
    album: bool = False,
    sent_photos: Collection[str] = (),
    kept_photos: Collection[str] = (),
) -> Verdict:
    """What became of one person's replies and photographs. should: every text of theirs, in order.

    album: they sent photographs that belong together. sent_photos, kept_photos: names of those that they sent, and of
    those that the provider gave out (Telegram) or was asked to delete because ours is stored (Twilio).
    """
    single = once_each(told)
    texts, waits = _without_waits(single)
    lost = len(set(sent_photos) - set(kept_photos))
    right = sum(a == b for a, b in zip(texts, should, strict=False))
    verdict = Verdict(once=right, doubles=len(told) - len(single), waits=waits, photos_lost=lost)
    if texts == list(should):
        return verdict
    if album and _came_apart(texts, should):
        return Verdict(len(should), verdict.doubles, split=True, waits=waits, photos_lost=lost)
    missing = (Counter(should) - Counter(texts)).total()
    wrong = (Counter(texts) - Counter(should)).total()
    at = next(
        (i for i, (a, b) in enumerate(zip(texts, should, strict=False)) if a != b),
        min(len(texts), len(should)),
    )
    difference = (
        f"{len(texts)} of {len(should)} replies; first difference at {at}: told {_at(texts, at)!r}, "
        f"expected {_at(should, at)!r}"
    )
    return Verdict(
        right,
        verdict.doubles,
        missing,
        wrong,
        out_of_order=not (missing or wrong),
        waits=waits,
        photos_lost=lost,
        difference=difference,
    )


def matched(told: Sequence[Told], should: Sequence[str]) -> int:
    """How many of `should`, from its beginning, were told in this order so far, whatever was said between."""
    done = 0
    for one in once_each(told):
        if done < len(should) and one.text == should[done]:
            done += 1
    return done


def once_each(told: Sequence[Told]) -> list[Told]:
    """Every reply once. No script is told one text twice running, so on Telegram a repeat is a double."""
    single: list[Told] = []
    seen: set[str] = set()
    for one in told:
        if (
            one.reply in seen
            if one.reply
            else (single and not single[-1].reply and single[-1].text == one.text)
        ):
            continue
        seen.add(one.reply)
        single.append(one)
    return single


def _without_waits(told: Sequence[Told]) -> tuple[list[str], int]:
    """The texts less the word on a long wait: it may be said once after the last question, and nowhere else."""
    texts: list[str] = []
    waits, before = 0, ""
    for one in told:
        if one.text == _plain("findings.takes_longer") and _plain("question.elevation") in before:
            waits += 1
        else:
            texts.append(one.text)
        before = one.text
    return texts, waits


def _came_apart(texts: Sequence[str], should: Sequence[str]) -> bool:
    """The web process died in the middle of an album and the platform brought the rest after the settling time.

    Nothing may be missing or out of order, and every message that is too many must ask again what is open just then.
    """
    too_many = 0
    done = 0
    for i, text in enumerate(texts):
        if done < len(should) and text == should[done]:
            done += 1
            continue
        too_many += 1
        if i == 0 or _asks(text) != _asks(texts[i - 1]):
            return False
    return done == len(should) and too_many <= LATE_TURNS


def _asks(text: str) -> tuple[str, ...]:
    """The end of a message: its question, with the numbered answers where they are written out."""
    paragraphs = text.split("\n\n")
    listed = paragraphs[-1] == _plain("choices.answer_with_number")
    return tuple(paragraphs[-3:] if listed else paragraphs[-1:])


def _plain(name: str) -> str:
    return without_isolates(locales.render(Text(name), "en"))


def _at(texts: Sequence[str], index: int) -> str | None:
    return texts[index][:60] if index < len(texts) else None
