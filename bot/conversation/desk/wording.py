"""Small pieces of a desk's sentences: ages, counts, one line for one case."""

from __future__ import annotations

from bot.conversation import course
from bot.conversation.desk.state import Case
from bot.durations import DAY_S, HOUR_S, MINUTE_S
from bot.messages import Media, Text

__all__ = ["age", "case_and_age", "kept", "line", "recordings", "soon", "soon_known", "stands", "status"]


def age(opened_at: float, at: float) -> Text:
    """How long ago a case was opened, in its largest whole unit."""
    passed = max(0.0, at - opened_at)
    if passed < HOUR_S:
        return Text("desk.age.minutes", {"count": max(1, int(passed // MINUTE_S))})
    if passed < DAY_S:
        return Text("desk.age.hours", {"count": int(passed // HOUR_S)})
    return Text("desk.age.days", {"count": int(passed // DAY_S)})


def case_and_age(case: Case, at: float) -> Text:
    """A button for one case: its code and how old it is."""
    return Text("desk.held.case", {"code": case.code, "age": age(case.opened_at, at)})


def kept(count: int) -> Text:
    """So many messages were put with the case."""
    return Text("desk.kept", {"count": count})


def recordings(ids: tuple[str, ...]) -> tuple[Media, ...]:
    """Voice messages, to be heard before the words; whether they may be is asked when they leave."""
    return tuple(Media("recording", photo_id=one) for one in ids)


def soon(case: Case) -> Text:
    """How soon, in a word or two for a list; not known before the signs of danger were asked."""
    return Text(f"desk.short.{case.reached.value}" if soon_known(case) else "desk.short.unknown")


def soon_known(case: Case) -> bool:
    """True once something is known of how soon: a sign of danger, the result, or a clinician's word."""
    return case.told or case.opinion is not None or case.state.floor is not None


def stands(case: Case) -> Text:
    """What a case waits for."""
    place = course.part(case.state)
    if case.escalated:
        return Text("desk.stands.clinician")
    if place in course.WORKING:
        return Text("desk.stands.findings")
    if case.asks:
        return Text("desk.stands.question")
    return Text(f"desk.stands.{case.progress}") if case.progress else Text("desk.stands.told")


def status(case: Case, at: float) -> Text:
    """The same of one case by itself."""
    return Text("desk.status", {"soon": soon(case), "age": age(case.opened_at, at), "stands": stands(case)})


def line(case: Case, at: float) -> Text:
    """One case in a list."""
    return Text(
        "desk.line",
        {"code": case.code, "soon": soon(case), "age": age(case.opened_at, at), "stands": stands(case)},
    )
