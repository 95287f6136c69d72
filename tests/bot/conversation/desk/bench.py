"""A health worker at a desk: forwards, types, presses; the photo coach answers as told. Made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import locales
from bot.conversation.desk import Around, Case, CaseEvent, DeskState, DeskStep, read_desk, step, write_desk
from bot.conversation.desk.events import DeskEffect, DeskEvent, ForCase, Nearby, Summary
from bot.conversation.events import (
    FetchPhotos,
    FindingsReady,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Said,
    Ticked,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Attachment, Condition, Findings, Inbound, Reply, Urgency
from locales.placeholders import without_isolates
from tests.bot.conversation.talk import rendered

LETTERS = "ACDEFHJKMNPRTWXY"
INVITATION = "ABCDE2-FGHJK3"


@dataclass
class Bench:
    desk: DeskState = field(
        default_factory=lambda: DeskState(language="en", here=Here(channel="telegram"), notice_in="en")
    )
    cases: dict[str, Case] = field(default_factory=dict)
    at: float = 1_000_000.0
    channel: str = "telegram"
    places: tuple[Nearby, ...] = ()
    emergencies: tuple[Nearby, ...] = ()
    members: Mapping[int, str] = field(default_factory=lambda: {7: ""})
    clinicians: bool = True
    coach: str | None = None
    words: str = ""
    crisis_line: str = ""
    violence_line: str = ""
    emergency: str = ""
    effects: list[DeskEffect] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    given: int = 0
    zone: tzinfo = UTC

    def codes(self) -> tuple[str, ...]:
        """Twelve codes that nobody has."""
        every = [
            f"{a}{b}-{c}" for b in range(2, 10) for c in range(22, 100) for a in LETTERS if "0" not in str(c)
        ]
        return tuple(code for code in every if code not in self.cases)[self.given :][:12]

    def event(self, event: DeskEvent) -> DeskStep:
        around = Around(
            self.codes(),
            self.places,
            self.members,
            self.clinicians,
            Summary(3, 1, {"seen": 1}, 2, {"today": 1}, 1, 1),
            zone=self.zone,
            invitation=INVITATION,
            emergencies=self.emergencies,
        )
        result = step(self.desk, event, self.cases, around)
        assert read_desk(write_desk(result.desk)) == result.desk
        self.desk = result.desk
        self.cases.update(result.changed)
        for code in result.gone:
            self.cases.pop(code, None)
        self.effects += result.effects
        self.replies += result.replies
        for reply in result.replies:
            rendered(reply)
        for effect in result.effects:
            if isinstance(effect, ForCase) and isinstance(effect.effect, FetchPhotos):
                results = tuple(
                    PhotoResult(a, f"id-{a.ref}", None, self.coach, self.words if a.kind == "voice" else "")
                    for a in effect.effect.attachments
                )
                self.event(CaseEvent(effect.code, PhotosReady(results, self.at)))
            if isinstance(effect, ForCase) and isinstance(effect.effect, WantPlan):
                # No plan: the fixed order.
                self.event(PlanReady(effect.effect.case_version, None, self.at))
        return result

    def hear(self, *items: Inbound, later_s: float = 10.0) -> list[Reply]:
        """What the worker is told after this."""
        self.at += later_s
        before = len(self.replies)
        said = Said(
            items,
            self.at,
            here=Here(
                channel=self.channel,
                emergency=self.emergency,
                crisis_line=self.crisis_line,
                violence_line=self.violence_line,
            ),
        )
        self.event(said)
        return self.replies[before:]

    def say(self, text: str) -> list[Reply]:
        return self.hear(Inbound("message", text=text))

    def press(self, *codes: str) -> list[Reply]:
        for code in codes:
            replies = self.hear(Inbound("choice", choice=code))
        return replies

    def photo(self, *refs: str, text: str = "", origin: str | None = None) -> list[Reply]:
        """Photographs sent together; origin: None not forwarded, '' forwarded from nobody knows whom."""
        return self.hear(*(photograph(ref, text if n == 0 else "", origin) for n, ref in enumerate(refs)))

    def forward(self, text: str, origin: str = "", later_s: float = 10.0) -> list[Reply]:
        return self.hear(
            Inbound("message", text=text, forwarded=True, forwarded_from=origin), later_s=later_s
        )

    def tick(self, later_s: float) -> list[Reply]:
        self.at += later_s
        before = len(self.replies)
        self.event(Ticked(self.at))
        return self.replies[before:]

    def found(self, code: str, *named: tuple[str, str], urgency: str = "week", **more: object) -> list[Reply]:
        """The engine answers for the present version of the case."""
        conditions = tuple(Condition(c, certainty) for c, certainty in named)  # type: ignore[arg-type]
        findings = Findings(conditions, Urgency(urgency), **more)  # type: ignore[arg-type]
        before = len(self.replies)
        self.event(FindingsReady(self.cases[code].state.case_version, findings, self.at))
        return self.replies[before:]

    def open_codes(self) -> list[str]:
        return [c.code for c in self.cases.values() if c.open]

    def answer(self, code: str, *answers: str) -> list[Reply]:
        return self.press(*(f"{code}~{a}" for a in answers))

    def whole_spot(self, code: str) -> list[Reply]:
        """A case from consent to the engine's being asked."""
        self.answer(code, "consent.yes")
        self.through(code)
        return self.replies[-1:]

    def through(self, code: str) -> None:
        """Answers every question of a spot with what is harmless, until the engine is asked."""
        for _ in range(40):
            case = self.cases[code]
            if not case.asks:
                return
            self.answer(code, harmless(self.replies[-1]))

    def wanted(self) -> list[tuple[str, WantFindings]]:
        return [
            (e.code, e.effect)
            for e in self.effects
            if isinstance(e, ForCase) and isinstance(e.effect, WantFindings)
        ]


def harmless(reply: Reply) -> str:
    """An answer that raises nothing, to a case's question."""
    inner = [c.code.partition("~")[2] for c in reply.choices]
    for wanted in (
        "consent.yes",
        "look.unknown",
        "age.adult",
        "shape.spot",
        "site.arm",
        "skin.2",
        "duration.unknown",
    ):
        if wanted in inner:
            return wanted
    return next(c for c in inner if c.endswith((".none", ".no")))


def photograph(ref: str, text: str = "", origin: str | None = None) -> Inbound:
    return Inbound(
        "message",
        text=text,
        attachments=(Attachment(ref),),
        forwarded=origin is not None,
        forwarded_from=origin or "",
    )


def shown(replies: list[Reply] | Reply, language: str = "en") -> str:
    listed = [replies] if isinstance(replies, Reply) else replies
    return "\n---\n".join(
        "\n".join(without_isolates(locales.render(text, language)) for text in reply.paragraphs)
        for reply in listed
    )


def keys(replies: list[Reply]) -> list[str]:
    return [reply.key for reply in replies]
