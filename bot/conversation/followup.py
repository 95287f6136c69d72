"""Answers to the questions that come after a result: from the catalogue, never made up."""

from __future__ import annotations

from bot.clinical import conditions, sent_on
from bot.conversation import course, others, results, whereto
from bot.conversation.state import ChatState
from bot.messages import Reply, Text, Urgency

__all__ = ["answer"]


def answer(state: ChatState, topics: tuple[str, ...]) -> Reply:
    """The answer to one or two topics of the menu, with the menu. topics: of `results.TOPICS`, or 'where'."""
    said: dict[str, Text] = {}
    for topic in topics:
        for text in _ANSWERS[topic](state):
            said.setdefault(text.id, text)
    return Reply(tuple(said.values()), results.menu(state), f"answer.{topics[0]}")


def _entries(state: ChatState) -> list[conditions.ConditionEntry]:
    return [conditions.entry(c.code) for c in results.named(state)] or [conditions.unknown()]


def _what(state: ChatState) -> list[Text]:
    return [entry.about for entry in _entries(state)]


def _danger(state: ChatState) -> list[Text]:
    if not results.named(state):
        return [Text("menu.danger.unknown"), results.how_soon(state)]
    if any(e.cancer for e in _entries(state)):
        return [Text("menu.danger.cancer"), results.how_soon(state)]
    if course.soon(state) is not Urgency.ROUTINE:
        return [Text("menu.danger.soon"), results.how_soon(state)]
    return [Text("menu.danger.other"), results.how_soon(state)]


def _home(state: ChatState) -> list[Text]:
    if aid := results.first_aid(state):
        return list(aid)
    return others.home(state)


def _work(state: ChatState) -> list[Text]:
    return _with_how_soon(state, others.work(state))


def _lasts(state: ChatState) -> list[Text]:
    return _with_how_soon(state, [entry.lasts for entry in _entries(state)])


def _with_how_soon(state: ChatState, said: list[Text]) -> list[Text]:
    """No answer on time or work makes going later than it is: how soon stands under it."""
    return said if course.soon(state) is Urgency.ROUTINE else [*said, results.how_soon(state)]


def _when(state: ChatState) -> list[Text]:
    soon = course.soon(state)
    place = course.part(state)
    return [*_how_soon_and_what_else(state, soon, place), *whereto.under_result(state)]


def _how_soon_and_what_else(state: ChatState, soon: Urgency, place: course.Part) -> list[Text]:
    said = [results.how_soon(state)]
    if place in ("bite", "burn", "wound"):
        return [*said, *(text for text in sent_on.kinds()[place].say if text.id.startswith("sent.now."))]
    # A condition's own words fit only while nothing has made the case more pressing than the condition is.
    fitting = [entry.when for entry in _entries(state) if entry.urgency is soon]
    if fitting:
        return said + fitting
    if soon is Urgency.TODAY:
        return said
    return [*said, Text("sent.rash_today" if state.answers.get("shape") == "rash" else "findings.watch")]


def _where(state: ChatState) -> list[Text]:
    return _with_how_soon(state, whereto.asked(state))


_ANSWERS = {
    "what": _what,
    "danger": _danger,
    "contagious": others.catching,
    "home": _home,
    "when": _when,
    "where": _where,
    "work": _work,
    "lasts": _lasts,
}
