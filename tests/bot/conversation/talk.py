"""A small talk: a person types, presses and sends photographs; the engine and the photo coach answer as told.

Plans come at once: `plan`, where it is None the fixed order; none at all where `plans` is False.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import locales
from bot.conversation import ChatState, from_json, new_state, step, to_json
from bot.conversation.events import (
    Effect,
    Event,
    FetchPhotos,
    FindingsReady,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Said,
    Step,
    TalkReady,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Attachment, Condition, Findings, Inbound, Plan, Reply, Urgency


@dataclass
class Talk:
    state: ChatState = field(default_factory=new_state)
    hint: str = "en"
    channel: str = "webchat"
    at: float = 1_000.0
    coach: str | None = None
    refused: str | None = None
    words: str = ""
    plan: Plan | None = None
    plans: bool = True
    effects: list[Effect] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def event(self, event: Event) -> Step:
        result = step(self.state, event)
        assert from_json(to_json(result.state)) == result.state
        self.state = result.state
        self.effects += result.effects
        self.replies += result.replies
        for reply in result.replies:
            rendered(reply)
        for effect in result.effects:
            if isinstance(effect, FetchPhotos):
                results = tuple(
                    PhotoResult(
                        a,
                        "" if self.refused else f"id-{a.ref}",
                        self.refused,
                        self.coach if a.kind == "photo" else None,
                        self.words if a.kind == "voice" else "",
                    )
                    for a in effect.attachments
                )
                return self.event(PhotosReady(results, self.at))
            if isinstance(effect, WantPlan) and self.plans:
                return self.event(PlanReady(effect.case_version, self.plan, self.at))
        return result

    def hear(self, *items: Inbound, unreviewed: bool = True) -> Reply:
        self.at += 10
        before = len(self.replies)
        self.event(Said(items, self.at, here=Here(channel=self.channel, unreviewed=unreviewed)))
        return self.replies[-1] if len(self.replies) > before else Reply((), (), "silence")

    def say(self, text: str) -> Reply:
        return self.hear(Inbound("message", text=text, language_hint=self.hint))

    def press(self, *codes: str) -> Reply:
        for code in codes:
            reply = self.hear(Inbound("choice", choice=code))
        return reply

    def photo(self, *refs: str) -> Reply:
        sent = tuple(Attachment(ref) for ref in refs or ("p1",))
        return self.hear(*(Inbound("message", attachments=(a,), language_hint=self.hint) for a in sent))

    def speak(self, *refs: str) -> Reply:
        """Voice messages, sent at once."""
        sent = tuple(Attachment(ref, "voice", "audio/ogg") for ref in refs or ("v1",))
        return self.hear(
            *(Inbound("unusable", unusable="voice", recording=a, language_hint=self.hint) for a in sent)
        )

    def found(
        self,
        *named: tuple[str, str],
        urgency: str = "week",
        version: int | None = None,
        skin: str = "2",
        **more: object,
    ) -> Reply:
        """What the engine found reaches the chat. skin: what is answered where the skin's colour is asked then, '' for nothing."""
        conditions = tuple(Condition(code, certainty) for code, certainty in named)  # type: ignore[arg-type]
        findings = Findings(conditions, Urgency(urgency), **more)  # type: ignore[arg-type]
        before = len(self.replies)
        self.event(FindingsReady(version or self.state.case_version, findings, self.at))
        if skin and self.replies[before:] and self.replies[-1].key == "skin":
            self.press(f"skin.{skin}")
        return self.replies[-1] if len(self.replies) > before else Reply((), (), "silence")

    def told(self, kind: str, text: str, *features: str, version: int | None = None) -> Reply:
        """What the language model said reaches the chat."""
        event = TalkReady(version or self.state.case_version, kind, text, features=features, at=self.at)  # type: ignore[arg-type]
        before = len(self.replies)
        self.event(event)
        return self.replies[-1] if len(self.replies) > before else Reply((), (), "silence")

    def questions(self) -> list[WantAnswer]:
        return [e for e in self.effects if isinstance(e, WantAnswer)]

    def wanted(self) -> WantFindings:
        return [e for e in self.effects if isinstance(e, WantFindings)][-1]

    def no_danger(self, age: str = "adult") -> Reply:
        return self.press(f"age.{age}", "danger1.none", "danger3.none")

    def kind(self, shape: str, site: str = "back", wound: str = "") -> Reply:
        """Which kind of problem, where, and nothing of the signs that fit. wound: 'bite', 'burn' or 'other'."""
        self.press(f"shape.{wound or shape}")
        if wound not in ("bite", "burn"):
            self.press(f"site.{site}")
        return self.press("danger4.none")

    def spot(self, site: str = "back", *answers: str) -> Reply:
        """All of a spot, up to the engine."""
        reply = self.kind("spot", site)
        for said in answers or ("no", "no", "no"):
            reply = self.press(f"{self.well(reply).key}.{said}")
        return self.well(reply)

    def well(self, reply: Reply | None = None) -> Reply:
        """Nothing of health, where it is asked. reply: the last one, if it was not silence."""
        reply = reply or self.replies[-1]
        return self.press("health.none") if reply.key == "health" else reply


def waiting(age: str = "adult") -> Talk:
    """A talk in which the engine was just asked."""
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger(age)
    talk.spot()
    return talk


def rendered(reply: Reply) -> None:
    """Raises where the reply cannot be said: a sentence without the argument that it needs."""
    for text in (*reply.paragraphs, *(choice.label for choice in reply.choices)):
        locales.render(text, "en")


def shown(reply: Reply, language: str = "en") -> str:
    return "\n\n".join(locales.render(text, language) for text in reply.paragraphs)


def ids(reply: Reply) -> list[str]:
    return [text.id for text in reply.paragraphs]
