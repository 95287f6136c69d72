"""Who talks: drawn from a seed, always the same person for the same seed and number."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import locales
from tests.simulator.labels import Row
from tests.simulator.phrases import Phrase, said_in
from tests.simulator.truths import Truth, draw

__all__ = ["HABITS", "Person", "languages", "person"]

# How people behave. Those of no habit answer what they are asked.
HABITS = (
    "contradicts",  # says now this, now that
    "silent",  # stops writing in the middle
    "stickers",  # stickers, voice messages, locations
    "old_buttons",  # presses what was offered long ago
    "types",  # types where there are buttons
    "unsure",  # "I don't know"
    "switches",  # changes the language
    "photos",  # sends photographs at odd moments
    "commands",  # stop, new, delete in the middle
    "chatty",  # says harmless things instead of answering
)
_CHANNELS = ("telegram", "whatsapp", "webchat")
SAID_SHARE = 0.25
PRESSED_SHARE = 0.10


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone.

    said: a phrase that states a sign of urgency `now`, typed at move `said_at`; None for most. pressed: they have such a sign
    and answer yes when it is asked. harmless: phrases said by the way, with the moves at which they come.
    breaks_at: the move at which a habit of one moment shows itself (silence, a command, another language).
    no_engine: the engine never answers this person.
    """

    number: int
    seed: int
    language: str
    hint: str
    channel: str
    truth: Truth
    habits: frozenset[str]
    said: Phrase | None
    said_at: int
    pressed: bool
    harmless: tuple[tuple[int, Phrase], ...]
    breaks_at: int
    no_engine: bool
    opens_with_photo: bool

    def chance(self, what: str) -> random.Random:
        """Randomness of their own for one purpose."""
        return random.Random(f"{self.seed}/{self.number}/{what}")


def languages() -> tuple[str, ...]:
    """Languages that have a pack and a phrase file; all others are played by the journeys."""
    return tuple(code for code in locales.languages() if said_in(code))


def person(number: int, seed: int, rows: Sequence[Row] = (), language: str = "") -> Person:
    """The person of that number. rows: of the data set, () without it. language: '' draws one."""
    rng = random.Random(f"{seed}/{number}")
    language = language or rng.choice(languages())
    channel = _CHANNELS[number % len(_CHANNELS)]
    draws = rng.random()
    planted = "said" if draws < SAID_SHARE else "pressed" if draws < SAID_SHARE + PRESSED_SHARE else ""
    truth = draw(rng, rows, with_sign=planted == "pressed")
    habits: set[str] = set()
    if rng.random() < 0.6:
        habits |= set(rng.sample(HABITS, rng.choice((1, 1, 1, 2))))
    if planted:
        # Whoever goes silent, or contradicts the sign, before it was told can not be answered.
        habits -= {"silent", "contradicts", "commands"} if planted == "pressed" else {"silent"}
    known = said_in(language)
    statements = [p for p in known if p.states and _fits(p, truth.age)]
    harmless = [p for p in known if not p.states]
    often = 4 if "chatty" in habits else rng.choice((0, 1, 1, 2))
    said_at = 0 if rng.random() < 0.15 else rng.randrange(1, 18)
    return Person(
        number=number,
        seed=seed,
        language=language,
        hint="" if channel == "whatsapp" else rng.choice((language, language, language, "en", "fr", "")),
        channel=channel,
        truth=truth,
        habits=frozenset(habits),
        said=_by_sign(rng, statements) if planted == "said" else None,
        said_at=said_at,
        pressed=planted == "pressed",
        harmless=tuple((rng.randrange(1, 16), rng.choice(harmless)) for _ in range(often)),
        breaks_at=rng.randrange(1, 14),
        no_engine=rng.random() < 0.05,
        opens_with_photo=rng.random() < 0.3,
    )


def _by_sign(rng: random.Random, statements: list[Phrase]) -> Phrase:
    """Every sign as often as any other, however many phrases there are for it."""
    sign = rng.choice(sorted({p.sign for p in statements}))
    return rng.choice([p for p in statements if p.sign == sign])


def _fits(phrase: Phrase, age: str) -> bool:
    """A sign of babies is said of babies, one of children of children."""
    if phrase.sign in ("D21", "D24"):
        return age == "infant"
    return phrase.sign not in ("D01", "D02") or age in ("infant", "child")
