"""The answer for a health worker: how soon, what it may be and why, signs of danger, what to examine by hand, where to."""

from __future__ import annotations

from babel.core import Locale, UnknownLocaleError

from bot.clinical import conditions, examine
from bot.conversation import course, results
from bot.conversation.desk import told_signs
from bot.conversation.desk.events import Around, Nearby
from bot.conversation.desk.state import Case
from bot.messages import Choice, Reply, Text, Urgency

__all__ = ["answer", "emergency", "menu", "unsure", "where"]

# What can be asked about a patient's problem after the answer.
TOPICS = ("what", "contagious", "home")
_ABSTAINED = ("unsure", "out_of_scope", "unusable", "failed")
_UNPROVEN_SKIN = ("5", "6", "albinism", "unknown")


def answer(case: Case, around: Around) -> Reply:
    """All that a worker is told once a case has a result. The action first."""
    state = case.state
    place = course.part(state)
    said: list[Text] = [how_soon(case), *_findings(case)]
    if place != "findings" and place in course.RESULTS:
        said.append(Text(f"desk.why.{place}"))
    said += _danger(case)
    hand = examine.by_hand(place, frozenset(c.code for c in results.named(state)))
    if hand:
        said += [Text("desk.examine"), *(Text("danger.line", {"sign": what}) for what in hand)]
    said += where(case, around)
    said.append(Text("findings.not_diagnosis"))
    if around.clinicians and not case.escalated and unsure(case):
        said.append(Text("desk.escalate.offer"))
    return Reply(tuple(said), menu(case, around), "answer")


def menu(case: Case, around: Around) -> tuple[Choice, ...]:
    """What a worker can do next with the case."""
    names = ["refer", "escalate", "signs", "close"]
    if not around.clinicians or case.escalated:
        names.remove("escalate")
    topics = tuple(Choice(f"menu.{topic}", Text(f"menu.{topic}")) for topic in TOPICS)
    return (*(Choice(f"desk.{name}", Text(f"desk.do.{name}")) for name in names), *topics)


def how_soon(case: Case) -> Text:
    """How soon the patient must be seen; a clinician's own word is marked as such."""
    name = f"desk.soon.{case.urgency.value}"
    return Text("desk.soon.clinician", {"soon": Text(name)}) if case.opinion is not None else Text(name)


def unsure(case: Case) -> bool:
    """True where a clinician should be asked: nothing may be named, or a cancer is suspected."""
    found = case.state.findings
    if course.part(case.state) != "findings" or found is None:
        return course.part(case.state) in ("no_photo", "private")
    known = conditions.catalogue()
    return found.abstained or any(known[c.code].cancer for c in found.conditions if c.code in known)


def emergency(case: Case) -> tuple[Text, ...]:
    """The first lines of 'go now', for whoever stands beside the patient."""
    signs = told_signs.told(case.state).present
    said = [Text("desk.now")]
    if signs:
        said += [Text("desk.signs.yes"), *(Text("danger.line", {"sign": sign}) for sign in signs)]
    return tuple(said)


def where(case: Case, around: Around) -> tuple[Text, ...]:
    """The nearest places of the directory; a request to send a location once, where the worker's is not known."""
    said: list[Text] = []
    for number, near in enumerate(around.places[:2]):
        said.append(Text("desk.where" if not number else "desk.where_else", {"name": near.place.name}))
        said += _about(near, case.state.speaks)
    return tuple(said)


def _about(near: Nearby, speaks: str) -> list[Text]:
    place = near.place
    said: list[Text] = []
    if near.distance_km is not None:
        said.append(Text("desk.where.distance", {"count": max(1, round(near.distance_km))}))
    if place.hours:
        said.append(Text("desk.where.hours", {"hours": place.hours}))
    if place.phone:
        said.append(Text("desk.where.phone", {"phone": place.phone}))
    if place.languages:
        said.append(
            Text(
                "desk.where.languages",
                {"languages": tuple(_language(one, speaks) for one in place.languages)},
            )
        )
    if place.map_link:
        said.append(Text("desk.where.point", {"point": place.map_link}))
    return said


def _language(code: str, speaks: str) -> str:
    """A language's name in the language of the reader; its code where nobody has a name for it."""
    try:
        named = Locale.parse(code, sep="-").get_display_name(speaks.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return code
    return str(named or code)


def _findings(case: Case) -> list[Text]:
    state = case.state
    found = state.findings
    if course.part(state) != "findings" or found is None:
        return []
    known = conditions.catalogue()
    said = [
        Text(f"desk.fits.{c.certainty}", {"name": known[c.code].name})
        for c in results.named(state)
        if c.code in known
    ]
    if not said:
        said.append(Text(f"desk.fits.{found.reason if found.reason in _ABSTAINED else 'unsure'}"))
    if found.unproven_skin or state.answers.get("skin") in _UNPROVEN_SKIN:
        said.append(Text("findings.unproven_skin"))
    if state.answers.get("age") == "child":
        said.append(Text("findings.unproven_child"))
    return said


def _danger(case: Case) -> list[Text]:
    """Signs of danger: those that were told in full, the others counted ('signs' lists them)."""
    told = told_signs.told(case.state)
    said: list[Text] = []
    if told.present:
        said += [Text("desk.signs.yes"), *(Text("danger.line", {"sign": sign}) for sign in told.present)]
    if told.absent:
        said.append(Text("desk.signs.no", {"count": len(told.absent)}))
    if told.unknown:
        said.append(Text("desk.signs.unknown", {"count": len(told.unknown)}))
    if told.not_asked:
        said.append(Text("desk.signs.not_asked", {"count": len(told.not_asked)}))
    return said


def soon_of(urgency: Urgency) -> Text:
    """How soon, in words for a list."""
    return Text(f"desk.short.{urgency.value}")
