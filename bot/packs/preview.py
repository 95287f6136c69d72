"""The whole conversation of a sample case, as a channel would show it in a language. Made-up; nothing is stored or sent.

A sample is 'talk' (spots with a photograph, every answer of the menu), 'condition.<code>' (the same, with that condition found)
or 'danger.<id>' (a sign of danger that the person speaks of). The library that is held speaks (`locales.holding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import locales
from bot import listening
from bot.channels import LIMITS, Limits
from bot.clinical import conditions, danger_signs
from bot.conversation import ChatState, new_state, saying, step
from bot.conversation.events import (
    Event,
    FetchPhotos,
    FindingsReady,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Said,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Attachment, Condition, Findings, Inbound, Reply, Text, Urgency
from bot.rendering import Rendered, render_reply

__all__ = [
    "CHANNELS",
    "Line",
    "UnknownSample",
    "lines",
    "paired",
    "replies",
    "samples",
    "samples_with",
    "sentences",
]

CHANNELS = tuple(LIMITS)
PHOTOGRAPH = "📷"
# Nobody's number: shown where a deployment would show its own.
EMERGENCY = "112"
_AT = 1_000.0
_MOST_TURNS = 40
# What somebody with nothing alarming answers, the first of these that is offered.
_USUAL = ("yes_go_on", "none", "no", "spot", "adult", "back", "2", "unknown")
_BABY = ("D21", "D22", "D23", "D24")


class UnknownSample(ValueError):
    """No sample of that name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message. who: 'person' or 'ngozi'. choices: labels of the buttons under it."""

    who: Literal["person", "ngozi"]
    text: str
    choices: tuple[str, ...] = ()


def samples() -> tuple[str, ...]:
    """Names of all samples: every condition, every sign of danger, and the ordinary talk first."""
    return (
        "talk",
        *(f"danger.{sign.id}" for sign in danger_signs.all_signs()),
        *(f"condition.{code}" for code in conditions.everything()),
    )


def lines(sample: str, language: str, channel: str) -> list[Line]:
    """The sample as a channel shows it. Raises UnknownSample, UnknownLanguage, KeyError for no channel."""
    limits = LIMITS[channel]
    return [one for said in replies(sample, language, channel) for one in _shown(said, language, limits)]


def replies(sample: str, language: str, channel: str = "webchat") -> Iterator[Reply | str]:
    """What Ngozi says (replies) and what the person does (their words, or the label that they press), in order."""
    if sample not in samples():
        raise UnknownSample(
            f"sample is {sample!r}; expected one of talk, danger.D01 ..., condition.<code> ..."
        )
    kind, _, name = sample.partition(".")
    played = _Played(replace(new_state(language), here=Here(channel)), language, channel)
    if kind == "danger":
        yield from _danger(played, name)
    else:
        yield from _case(played, name)


class _Played:
    """A conversation that is stepped, with what the world answers at once."""

    def __init__(self, state: ChatState, language: str, channel: str) -> None:
        self.state = state
        self.language = language
        self.channel = channel
        self.wants_findings = False
        self.last: Reply | None = None

    def said(self, item: Inbound) -> Iterator[Reply]:
        """The replies to what the person did."""
        event = Said((item,), _AT, Here(self.channel, unreviewed=True, emergency=EMERGENCY))
        yield from self.event(event)

    def event(self, event: Event) -> Iterator[Reply]:
        """The replies to an event and to what follows from it."""
        done = step(self.state, event)
        self.state = done.state
        for reply in done.replies:
            self.last = reply
            yield reply
        for effect in done.effects:
            if isinstance(effect, FetchPhotos):
                kept = tuple(PhotoResult(a, f"id-{a.ref}") for a in effect.attachments)
                yield from self.event(PhotosReady(kept, _AT))
            elif isinstance(effect, WantPlan):
                yield from self.event(PlanReady(effect.case_version, None, _AT))
            elif isinstance(effect, WantFindings):
                self.wants_findings = True

    def press(self, code: str) -> Iterator[Reply | str]:
        """Presses a button that is offered."""
        assert self.last is not None
        label = next(choice.label for choice in self.last.choices if choice.code == code)
        yield locales.render(label, self.language)
        yield from self.said(Inbound("choice", choice=code))


def _case(played: _Played, code: str) -> Iterator[Reply | str]:
    yield PHOTOGRAPH
    yield from played.said(Inbound("message", attachments=(Attachment("p1"),)))
    told: set[str] = set()
    for _ in range(_MOST_TURNS):
        if played.wants_findings:
            played.wants_findings = False
            yield from played.event(FindingsReady(played.state.case_version, _findings(code), _AT))
        offered = [choice.code for choice in played.last.choices] if played.last is not None else []
        menu = [one for one in offered if one.startswith("menu.")]
        left = [one for one in menu if one not in told and one != "menu.new"]
        if not offered or (menu and not left):
            return
        chosen = left[0] if menu else _usual(offered)
        told.add(chosen)
        yield from played.press(chosen)


def _findings(code: str) -> Findings:
    """What the engine finds: the condition of the sample; of the ordinary talk, two that are possible."""
    if code:
        entry = conditions.everything()[code]
        by_rules = code in conditions.community()
        basis: dict[str, str] = {"basis": "rules"} if by_rules else {}
        return Findings((Condition(code, "possible" if by_rules else "likely"),), entry.urgency, **basis)  # type: ignore[arg-type]
    first, second = list(conditions.catalogue())[:2]
    return Findings((Condition(first, "likely"), Condition(second, "possible")), Urgency.WEEK)


def _danger(played: _Played, sign_id: str) -> Iterator[Reply | str]:
    age = "infant" if sign_id in _BABY else "adult"
    answers = {"age": age, f"{sign_id}.own": "ask"}
    played.state = replace(played.state, consent="yes", consent_at=_AT, answers=answers)
    done = saying.say(played.state)
    played.state, played.last = done.state, done.replies[-1] if done.replies else None
    yield from done.replies
    for _ in range(_MOST_TURNS):
        offered = [choice.code for choice in played.last.choices] if played.last is not None else []
        asked = [one for one in offered if one.startswith(sign_id.lower()) and one.endswith(".yes")]
        if not asked:
            return
        yield from played.press(asked[0])


def _usual(offered: list[str]) -> str:
    if "consent.yes" in offered:
        return "consent.yes"
    ranked = {answer: rank for rank, answer in enumerate(_USUAL)}
    return min(offered, key=lambda code: ranked.get(code.partition(".")[2], len(_USUAL)))


@cache
def _where() -> Mapping[str, tuple[str, ...]]:
    """By message id the samples that show it, the shortest first; words that are listened for appear in none."""
    found: dict[str, list[str]] = {}

    def note(sample: str, *texts: Text | None) -> None:
        for text in texts:
            if text is not None:
                found.setdefault(text.id, []).append(sample)
                note(sample, *(value for value in text.args.values() if isinstance(value, Text)))

    for said in replies("talk", "en"):
        if not isinstance(said, str):
            note("talk", *said.paragraphs, *(choice.label for choice in said.choices))
    for sign in danger_signs.all_signs():
        note(f"danger.{sign.id}", sign.question, sign.also, sign.check, sign.aid)
    for code, entry in conditions.everything().items():
        texts = (entry.name, entry.about, entry.contagious, *entry.homes, entry.when, entry.work, entry.lasts)
        note(f"condition.{code}", *texts)
    return {name: tuple(dict.fromkeys(several)) for name, several in found.items()}


def samples_with(message_id: str) -> tuple[str, ...]:
    """Samples in which a message appears; () where none of them shows it."""
    return _where().get(message_id, ())


def paired(sample: str, language: str, channel: str) -> list[tuple[list[Line], list[Line], tuple[Text, ...]]]:
    """The sample message by message: what one side does in the language, the same in English, and as `sentences`."""
    limits = LIMITS[channel]
    played = list(replies(sample, language, channel))
    mine = [_shown(said, language, limits) for said in played]
    return list(zip(mine, _english(sample, channel), map(_aloud, played), strict=False))


def sentences(sample: str, language: str, channel: str) -> list[tuple[Text, ...]]:
    """For each message of `paired` what is read aloud of it, sentence by sentence; nothing of what the person does."""
    return [_aloud(said) for said in replies(sample, language, channel)]


def _aloud(said: Reply | str) -> tuple[Text, ...]:
    return () if isinstance(said, str) else listening.texts_of(said)


@cache
def _english(sample: str, channel: str) -> tuple[list[Line], ...]:
    """The original stays as it is while the process runs."""
    return tuple(_shown(said, "en", LIMITS[channel]) for said in replies(sample, "en", channel))


def _shown(said: Reply | str, language: str, limits: Limits) -> list[Line]:
    if isinstance(said, str):
        return [Line("person", said)]
    shown: Rendered = render_reply(said, language, limits)
    labels = tuple(label for _, label in shown.choices)
    last = len(shown.parts)
    return [Line("ngozi", part, labels if n == last else ()) for n, part in enumerate(shown.parts, start=1)]
