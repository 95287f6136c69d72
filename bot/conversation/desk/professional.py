"""The answer for a health worker: how soon, what it may be and why, signs of danger, what to examine by hand, where to."""

from __future__ import annotations

from babel.core import Locale, UnknownLocaleError

from bot.clinical import conditions, examine, sent_on
from bot.conversation import course, results, teaching
from bot.conversation.desk import told_signs
from bot.conversation.desk.events import Around, Nearby
from bot.conversation.desk.state import Case
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text

__all__ = ["LOCATE", "MOST_PLACES", "answer", "emergency", "kind_of", "menu", "unsure", "where"]

# What can be asked about a patient's problem after the answer.
TOPICS = ("what", "contagious", "home", "work", "lasts")
# Places that are named where nobody knows which is the nearest; and what is asked then.
MOST_PLACES = 3
LOCATE = Text("desk.where.ask")
# Results without findings; each says why there are none.
_SENT_ON = ("wound", "bite", "burn", "private", "infant", "no_photo")
_ABSTAINED = ("unsure", "out_of_scope", "unusable", "failed")


def answer(case: Case, around: Around) -> Reply:
    """All that a worker is told once a case has a result. The action first."""
    state = case.state
    place, found = course.part(state), course.found(case.state)
    said: list[Text] = [how_soon(case)]
    if results.apart(state):
        said.append(Text("desk.apart"))
    said += _findings(case)
    if place in _SENT_ON:
        said.append(Text(f"desk.why.{place}"))
    if place in ("bite", "burn", "wound"):
        said += sent_on.kinds()[place].say
    said += _danger(case)
    said += _by_hand(case)
    said += where(case, around)
    by_rules = found is not None and found.basis == "rules"
    said.append(Text("findings.rules.not_diagnosis" if by_rules else "findings.not_diagnosis"))
    if around.clinicians and not case.escalated and unsure(case):
        said.append(Text("desk.escalate.offer"))
    return Reply(tuple(said), menu(case, around), "answer")


def menu(case: Case, around: Around) -> tuple[Choice, ...]:
    """What a worker can do next with the case."""
    names = ["refer", "escalate", "signs", *(["hear"] if case.state.recordings else []), "close"]
    if around.members:
        names.insert(-1, "hand")
    if teaching.may(case.state):
        names.append("teach")
    if not around.clinicians or case.escalated:
        names.remove("escalate")
    topics = tuple(Choice(f"menu.{topic}", Text(f"menu.{topic}")) for topic in TOPICS)
    return (*(Choice(f"desk.{name}", Text(f"desk.do.{name}")) for name in names), *topics)


def how_soon(case: Case) -> Text:
    """How soon the patient must be seen; a clinician's own word is marked as such."""
    name = f"desk.soon.{case.reached.value}"
    return Text("desk.soon.clinician", {"soon": Text(name)}) if case.by_clinician else Text(name)


def unsure(case: Case) -> bool:
    """True where a clinician should be asked: nothing may be named, or a cancer is suspected."""
    found = course.found(case.state)
    if course.part(case.state) != "findings" or found is None:
        return course.part(case.state) in ("no_photo", "private")
    known = conditions.everything()
    return found.abstained or any(known[c.code].cancer for c in found.conditions if c.code in known)


def emergency(case: Case) -> tuple[Text, ...]:
    """The first lines of 'go now', for whoever stands beside the patient."""
    signs = told_signs.told(case.state).present
    said = [Text("desk.now")]
    if signs:
        said += [Text("desk.signs.yes"), *(Text("danger.line", {"sign": sign}) for sign in signs)]
    return tuple(said)


def where(case: Case, around: Around) -> tuple[Text, ...]:
    """The nearest places of the directory, or the few that there are, of an emergency those that take one; and a wish for the
    worker's location, where that would tell which is nearest.
    """
    said: list[Text] = []
    for number, near in enumerate(around.places_for(case.reached)[:MOST_PLACES]):
        said.append(Text("desk.where" if not number else "desk.where_else", {"name": near.place.name}))
        if around.place_for(case.reached) is not None:
            said += _about(near, case.state.speaks)
        elif near.place.phone:
            said.append(Text("desk.where.phone", {"phone": near.place.phone}))
    return (*said, LOCATE) if around.locate else tuple(said)


def _about(near: Nearby, speaks: str) -> list[Text]:
    place = near.place
    said: list[Text] = []
    if near.distance_km is not None:
        said.append(Text("desk.where.distance", {"count": max(1, round(near.distance_km))}))
    if place.hours:
        said.append(Text("desk.where.hours", {"hours": place.hours}))
    if place.directions:
        said.append(Text("desk.where.directions", {"directions": place.directions}))
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
    found = course.found(state)
    if course.part(state) not in ("findings", "no_photo") or found is None:
        return []
    said = [
        Text(f"desk.fits.{c.certainty}", {"name": conditions.entry(c.code).name})
        for c in results.named(state)
    ]
    if said and said[0].id == "desk.fits.possible":
        # Nothing was named before it: 'also' would have nothing to stand beside.
        said[0] = Text("desk.fits.only_possible", said[0].args)
    if said and found.reasons:
        said.append(Text("findings.because", {"reasons": tuple(Text(one) for one in found.reasons)}))
    if found.basis == "rules":
        said += [] if said else [Text("desk.fits.unsure")]
        return said
    if not said:
        said.append(Text(f"desk.fits.{found.reason if found.reason in _ABSTAINED else 'unsure'}"))
    if results.unproven(state, found):
        said.append(Text("findings.unproven_skin"))
    if state.answers.get("age") == "child":
        said.append(Text("findings.unproven_child"))
    return said


def _by_hand(case: Case) -> list[Text]:
    """What no photograph shows: the general rows, and what the named conditions ask for; whether a programme wants to know."""
    named = results.named(case.state)
    general = examine.by_hand(kind_of(case.state), frozenset(c.code for c in named))
    of_rules = [conditions.entry(c.code) for c in named if c.code in conditions.community()]
    said: list[Text] = []
    if general:
        said += [Text("desk.examine"), *(Text("danger.line", {"sign": what}) for what in general)]
    if of_rules:
        # Written for the patient, who hands it on; here it is the same examination in the same words.
        said.append(Text("desk.examine.also"))
        said += {entry.examine.id: entry.examine for entry in of_rules}.values()
    if any(entry.report for entry in of_rules):
        said.append(Text("desk.report"))
    return said


def kind_of(state: ChatState) -> str:
    """Which rows of what to examine fit: the result, or the kind of problem that the rules judged or that was refused."""
    place = course.part(state)
    shape = state.answers.get("shape", "")
    if place == "refused":
        return course.sent_kind(state) or (shape if shape == "rash" else "no_photo")
    return shape if place == "findings" and shape in ("rash", "wound") else place


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
