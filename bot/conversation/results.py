"""What a case comes to, in words: the findings, or where the person is sent without any.

Every result is at most 1,000 characters in every language (tested), but for the line on where to go. The action comes first.
Facts: clinical.md 3.5, 5.3, 7.4.
"""

from __future__ import annotations

from bot.clinical import conditions, questions, sent_on
from bot.conversation import course, photos, teaching, whereto
from bot.conversation.state import ChatState
from bot.messages import Choice, Condition, Findings, Reply, Text, Urgency

__all__ = [
    "TOPICS",
    "apart",
    "first_aid",
    "how_soon",
    "menu",
    "named",
    "refused",
    "result",
    "spreads",
    "unproven",
]

TOPICS = ("what", "danger", "contagious", "home", "when", "work", "lasts")

_UNPROVEN_SKIN = ("5", "6", "albinism", "unknown")


def result(state: ChatState) -> Reply:
    """The result of the case, with the menu."""
    place = course.part(state)
    found = course.found(state)
    if place == "findings":
        assert found is not None
        said = _findings(state, found)
    else:
        said = (*_first(state), *_sent(place, state))
        if place == "no_photo" and found is not None and named(state):
            said = (
                *_first(state),
                *_named_by_rules(state, found),
                Text("findings.rules.not_diagnosis"),
            )
        if place == "no_photo" and state.answers.get("skin") == "albinism":
            said += sent_on.kinds()["albinism"].say
    said += whereto.under_result(state)
    return Reply(said, menu(state), place)


def refused(state: ChatState) -> Reply:
    """Where to go and how soon, for a person who does not want a photograph looked at."""
    kind = course.sent_kind(state)
    said = (*_first(state), *(_sent(kind, state) if kind else ()))
    if not kind and course.soon(state) is Urgency.ROUTINE:
        said += (Text("sent.no_danger"),)
    if not kind and course.soon(state) is not Urgency.TODAY:
        said += (Text("sent.rash_today" if state.answers.get("shape") == "rash" else "findings.watch"),)
    said += whereto.under_result(state)
    return Reply(said, (Choice("consent.yes", Text("sent.agree_later")),), "refused")


def first_aid(state: ChatState) -> tuple[Text, ...]:
    """What can be done at once for a bite, a burn or another wound; () for anything else."""
    kind = course.wound_kind(state.answers)
    return sent_on.kinds()[kind].say[:1] if kind in ("bite", "burn") else ()


def _sent(kind: str, state: ChatState) -> tuple[Text, ...]:
    """What is said where somebody is sent on. A small baby's bite or burn has its first aid too."""
    said = sent_on.kinds()[kind].say
    wound = course.wound_kind(state.answers) if kind == "infant" else ""
    return (*sent_on.kinds()[wound].say[:-1], *said) if wound else said


def menu(state: ChatState) -> tuple[Choice, ...]:
    """What can be asked after a result."""
    asked = tuple(Choice(f"menu.{topic}", Text(f"menu.{topic}")) for topic in (*TOPICS, "new"))
    return (*asked, *teaching.entry(state))


def how_soon(state: ChatState) -> Text:
    """What to do and how soon. `now` never gets here: it ends in 'go now'."""
    return Text(f"findings.do.{course.soon(state).value}")


def named(state: ChatState) -> tuple[Condition, ...]:
    """The conditions that are named: one likely and one possible, or two possible; a cancer is never left out for another.

    () where nothing may be named.
    """
    found = course.found(state)
    if course.part(state) not in ("findings", "no_photo") or found is None or found.abstained:
        return ()
    known = conditions.everything()
    listed = [c for c in found.conditions if c.code in known]
    shown = sorted(listed, key=lambda c: c.certainty != "likely")[:2]
    if shown and not any(known[c.code].cancer for c in shown):
        cancer = next((c for c in listed if known[c.code].cancer), None)
        shown = [shown[0], cancer] if cancer else shown
    return tuple(shown)


def unproven(state: ChatState, found: Findings) -> bool:
    """Whether the model may not have learned this skin. Of skin that was not asked about (`raising.by_skin`) nobody knows it."""
    unasked = "" if found.basis == "rules" else "unknown"
    return found.unproven_skin or state.answers.get("skin", unasked) in _UNPROVEN_SKIN


def _findings(state: ChatState, found: Findings) -> tuple[Text, ...]:
    shown = named(state)
    said = [*_first(state)]
    if found.basis == "rules":
        return (*said, *_by_rules(state, found))
    if shown:
        said += _names(shown)
        said += _reasons(state, found)
    else:
        said.append(Text(f"findings.{found.reason if found.reason in _REASONS else 'unsure'}"))
        said += (Text("findings.photo_again"),) if _asks_again(state, found) else ()
    if unproven(state, found):
        said.append(Text("findings.unproven_skin"))
    if state.answers.get("age") == "child":
        said.append(Text("findings.unproven_child"))
    if course.soon(state) is not Urgency.TODAY:
        said.append(Text("findings.watch"))
    said.append(Text("findings.not_diagnosis"))
    return tuple(said)


def _asks_again(state: ChatState, found: Findings) -> bool:
    """True where another photograph may show what this one did not: asked once, of a case that has one alone."""
    once = len((*state.photos, *state.earlier_photos)) == 1 and not state.timed
    return once and found.reason in _POOR and photos.may_invite(state)


# Reasons of an abstention that are of the photograph.
_POOR = ("out_of_scope", "unusable")
_REASONS = ("unsure", "out_of_scope", "unusable", "failed")


def _by_rules(state: ChatState, found: Findings) -> list[Text]:
    """What the rules say, after how soon: names with reasons, who examines and what, what to watch for."""
    said = _named_by_rules(state, found) if named(state) else [Text("findings.unsure")]
    if state.photos:
        said.append(Text("findings.photo_kept"))
    if course.soon(state) is not Urgency.TODAY:
        said.append(Text("sent.rash_today" if state.answers.get("shape") == "rash" else "findings.watch"))
    return [*said, Text("findings.rules.not_diagnosis")]


def _named_by_rules(state: ChatState, found: Findings) -> list[Text]:
    shown = named(state)
    names = [conditions.entry(c.code).name for c in shown]
    if len(names) == 2 and shown[0].certainty != "likely":
        said = [Text("findings.rules.possible_two", {"first": names[0], "second": names[1]})]
    else:
        said = [Text(f"findings.rules.{shown[0].certainty}", {"name": names[0]})]
        said += [Text("findings.also", {"name": name}) for name in names[1:]]
    return [*said, *_reasons(state, found)]


def _reasons(state: ChatState, found: Findings) -> list[Text]:
    """Why the rules name something, what whoever examines does by hand, and whether a programme wants to know."""
    of_rules = [c for c in named(state) if c.code in conditions.community()]
    if not of_rules or not found.reasons:
        return []
    said = [Text("findings.because", {"reasons": tuple(Text(reason) for reason in found.reasons)})]
    by_hand = {entry.examine.id: entry.examine for entry in (conditions.entry(c.code) for c in of_rules)}
    said += by_hand.values()
    if any(conditions.entry(c.code).report for c in of_rules):
        said.append(Text("findings.report"))
    return said


def _names(shown: tuple[Condition, ...]) -> list[Text]:
    names = [conditions.entry(c.code).name for c in shown]
    if shown[0].certainty == "likely":
        said = [Text("findings.likely", {"name": names[0]})]
        return said + [Text("findings.also", {"name": name}) for name in names[1:]]
    if len(names) == 1:
        return [Text("findings.possible", {"name": names[0]})]
    return [Text("findings.possible_two", {"first": names[0], "second": names[1]})]


def spreads(entry: conditions.ConditionEntry) -> bool:
    """True where others must be kept from whoever has it, until it has been looked at."""
    return entry.contagious.id == "contagious.easy"


def apart(state: ChatState) -> bool:
    """True where others must be kept away until somebody has looked: by an answer, or by what is named."""
    codes = (*questions.spoken_for(state.answers), *(c.code for c in named(state)))
    return any(spreads(conditions.entry(code)) for code in codes)


def _first(state: ChatState) -> tuple[Text, ...]:
    """What stands first in every result: how soon, why, and to stay apart where it may pass easily."""
    return (how_soon(state), *_why(state), *((Text("findings.apart"),) if apart(state) else ()))


def _why(state: ChatState) -> tuple[Text, ...]:
    return (Text("findings.why_answers"),) if course.floor(state) is Urgency.TODAY else ()
