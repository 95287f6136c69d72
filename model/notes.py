"""What the language model is taught to say: concepts, diagnosis with notes, and the answers to follow-up questions.

Step 1 and step 2 sentences are the authors' own forms (skingpt4.md section 2, wording from issue 11 of their repository);
notes and follow-up answers are put together from the condition catalogue that the caller hands in, in varied order and wording,
so that the model learns the facts of a condition and not one paragraph by heart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "CONCEPT_QUESTIONS", "DIAGNOSIS_QUESTIONS", "FOLLOW_UPS", "Notes", "concept_turn", "concept_words", "diagnosis_turn",
    "follow_up_sentences", "follow_up_turn", "heard", "named", "topics",
]  # fmt: skip

CONCEPT_QUESTIONS = (
    "Could you describe the medical concepts of skin disease in this image for me?",
    "Could you please describe the skin disease image?",
    "What can be seen on the skin in this image?",
)
DIAGNOSIS_QUESTIONS = (
    "Could you describe the skin disease in this image for me?",
    "What's wrong with my skin?",
    "What is wrong with my skin?",
    "What could this be?",
)
CONCEPT_START = "This is a skin disease image with the following medical features (clinical concepts): "
DIAGNOSIS_START = "This could be a skin disease image of "
CANNOT_TELL = "I cannot tell from this image what it is."

FOLLOW_UPS: Mapping[str, tuple[str, ...]] = {
    "about": ("What is it?", "Can you tell me more about it?", "What does that mean?"),
    "danger": ("Is it dangerous?", "Should I be worried?", "Is this serious?", "Could it be cancer?"),
    "contagious": ("Can others catch it?", "Is it contagious?", "Can my children get it from me?"),
    "home": ("What can I do at home?", "How should I care for it?", "What should I not do?"),
    "when": ("When must I go to a clinic?", "How soon should I be seen?", "What should I watch for?"),
}
"""Topic -> questions a person may ask after the findings."""

_WORDS = {
    ("raised", "yes"): ("raised", "standing above the skin"),
    ("raised", "no"): ("flat", "level with the skin"),
    ("bleeding", "yes"): ("bleeding", "has bled"),
    ("bleeding", "no"): (),
    ("colour", "black"): ("black",),
    ("colour", "dark_brown"): ("dark brown",),
    ("colour", "brown"): ("brown",),
    ("colour", "red"): ("red",),
    ("colour", "pink"): ("pink",),
    ("colour", "pale"): ("paler than the skin",),
    ("colour", "yellow"): ("yellow",),
    ("colour", "skin"): ("skin-coloured",),
    ("colours", "one"): (),
    ("colours", "several"): ("of several colours",),
    ("border", "even"): ("even border",),
    ("border", "uneven"): ("uneven border",),
    ("edge", "clear"): ("clear edge",),
    ("edge", "fading"): ("edge that fades into the skin",),
    ("shape", "round"): ("round",),
    ("shape", "long"): ("longer than wide",),
}


@dataclass(frozen=True)
class Notes:
    """What may be said of one condition, English sentences of the catalogue.

    name: the term of medicine, fits after 'skin disease image of'. plain: everyday words, fits after 'could be'.
    """

    code: str
    name: str
    plain: str
    about: str
    contagious: str
    home: str
    when: str
    urgency: str
    cancer: bool


def concept_words(known: Mapping[str, str], rng: random.Random | None = None) -> list[str]:
    """The concepts in words, in a fixed order, or shuffled and varied by `rng`.  Raises KeyError for an unknown value."""
    words = []
    for name, value in known.items():
        choice = _WORDS[name, value]
        if choice:
            words.append(choice[0] if rng is None else rng.choice(choice))
    if rng is not None:
        rng.shuffle(words)
    return words


def heard(text: str) -> dict[str, str]:
    """The concepts that a description names, read back from its words: concept -> value, the first of each.

    Only the list behind CONCEPT_START is read, up to its full stop.
    """
    begin = text.find(CONCEPT_START)
    if begin < 0:
        return {}
    said = [part.strip() for part in text[begin + len(CONCEPT_START) :].partition(".")[0].split(",")]
    known = {word: key for key, words in _WORDS.items() for word in words}
    found: dict[str, str] = {}
    for word in said:
        if word in known:
            name, value = known[word]
            found.setdefault(name, value)
    return found


def named(text: str, names: Mapping[str, str]) -> str:
    """The code whose name stands behind DIAGNOSIS_START, "" for none.  names: code -> name as it was taught."""
    begin = text.find(DIAGNOSIS_START)
    said = text[begin + len(DIAGNOSIS_START) :] if begin >= 0 else ""
    return next((code for code, name in names.items() if said.startswith(name)), "")


def concept_turn(words: Sequence[str], rng: random.Random) -> tuple[str, str]:
    """Step 1: what is seen.  words: the concepts in words (concept_words, or SKINCON's own names)."""
    said = (
        CONCEPT_START + ", ".join(words) + "."
        if words
        else "No clear feature stands out from the skin in this image."
    )
    return rng.choice(CONCEPT_QUESTIONS), said


def diagnosis_turn(
    words: Sequence[str],
    named: Notes | str | None,
    rng: random.Random,
    fits: Callable[[str], bool] = lambda answer: True,
) -> tuple[str, str]:
    """Step 2: what is seen, what it could be, and notes.

    words: the concepts in words.  named: the condition with its notes, its name alone, or None: that it cannot be told.
    fits: whether an answer is short enough to be learned whole; sentences about the condition are left out until it is, and
    then what is seen, never the advice.
    """
    question = rng.choice(DIAGNOSIS_QUESTIONS)
    seen = CONCEPT_START + ", ".join(words) + "." if words else ""
    if named is None:
        return question, _joined(seen, CANNOT_TELL, rng.choice(_LOOK))
    if isinstance(named, str):
        return question, _joined(seen, DIAGNOSIS_START + named + ".")
    could_be = DIAGNOSIS_START + f"{named.name}, in plain words {named.plain}."
    sentences = _sentences(named.about)
    advice = _advice(named, rng)
    wanted = rng.randint(1, len(sentences)) if sentences else 0
    for count in range(wanted, -1, -1):
        answer = _joined(seen, could_be, *sentences[:count], advice)
        if fits(answer):
            return question, answer
    return question, _joined(could_be, advice)


def follow_up_turn(notes: Notes, topic: str, rng: random.Random) -> tuple[str, str]:
    """A question of one topic of FOLLOW_UPS and its answer."""
    answer = {
        "about": f"It could be {notes.name}, {notes.plain}. {notes.about}",
        "danger": _danger(notes),
        "contagious": notes.contagious,
        "home": notes.home,
        "when": f"{_advice(notes, rng)} {notes.when}",
    }[topic]
    return rng.choice(FOLLOW_UPS[topic]), answer


def follow_up_sentences(notes: Notes, topic: str) -> tuple[frozenset[str], frozenset[str]]:
    """(all sentences that an answer of follow_up_turn may hold, those of which it holds at least one)."""
    advice = {"This is no diagnosis.", _HOW_SOON[notes.urgency]}
    own = {
        "about": (f"It could be {notes.name}, {notes.plain}.", *_sentences(notes.about)),
        "danger": _sentences(_danger(notes)),
        "contagious": _sentences(notes.contagious),
        "home": _sentences(notes.home),
        "when": _sentences(notes.when),
    }[topic]
    marks = frozenset(own) - advice
    return (marks | advice if topic in ("when", "danger") else marks), marks


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.?!])\s+", text) if part.strip()]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


_HOW_SOON = {
    "now": "Please go to a clinic now.",
    "today": "Please be seen today.",
    "week": "Please have it looked at within a week.",
    "routine": "Please show it at your next visit to a clinic.",
}
_LOOK = (
    "A trained person should look at it within a week.",
    "Please show it to a trained person within a week.",
)


def _advice(notes: Notes, rng: random.Random) -> str:
    return (
        _HOW_SOON[notes.urgency]
        if rng.random() < 0.8
        else "This is no diagnosis. " + _HOW_SOON[notes.urgency]
    )


def _danger(notes: Notes) -> str:
    if notes.cancer:
        return f"It could be {notes.plain}, so it should be taken seriously. {_HOW_SOON[notes.urgency]}"
    return f"It looks like {notes.plain}, which is seldom dangerous, but I cannot be sure. {_HOW_SOON[notes.urgency]}"


def topics(rng: random.Random, count: int) -> Sequence[str]:
    """So many different topics, in random order."""
    return rng.sample(sorted(FOLLOW_UPS), count)
