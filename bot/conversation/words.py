"""Words: an answer to the open question, else a topic, else a kind sentence and the question again; danger was heard before."""

from __future__ import annotations

from dataclasses import replace

import locales
from bot.conversation import (
    ages,
    answers,
    consent,
    course,
    edits,
    elsewhere,
    followup,
    health,
    later,
    picking,
    questions,
    recordings,
    reminding,
    results,
    saying,
    screening,
    talk,
    typed,
    unseen,
    visits,
)
from bot.conversation.events import Step
from bot.conversation.state import ChatState
from bot.messages import Inbound, Reply, Text

__all__ = ["as_offered", "edited", "heard", "not_usable"]


def heard(state: ChatState, text: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """Free text: an answer to the open question, else a topic, else a kind sentence and the question again."""
    open_question = as_offered(saying.present(state), state.offered)
    place = course.part(state)
    of_age = place == "age" and not state.overlay
    # "I have chest pain", "chest pain for 3 days" tells of a danger, and not where the skin is ill, nor for how long.
    alarmed = screening.ALARM in welcome
    if of_age:
        code = ages.chosen(open_question.choices, text, state.speaks, state.here.channel)
        if code == "age.infant" and alarmed:
            # "Swallowed bleach, 2 days": of a baby it is asked once more.
            code = ""
    elif open_question.key.startswith("danger") and ages.no_place(
        open_question.choices, text, state.here.channel
    ):
        # Beside buttons a 1 may be the first sign of the list, and no "none of these".
        code = ""
    else:
        code = typed.choice(open_question.choices, text, state.speaks)
        if alarmed and code.startswith(("site.", "duration.")):
            code = ""
    if not code and place == "symptoms" and not state.overlay:
        code = picking.typed(open_question.choices, text, state.speaks)
    if not code and place == "health" and not state.overlay and "health.none" in state.offered:
        code = health.answer(text, state.speaks)
    if not code and place == "danger" and not state.overlay:
        code = _begins_with_yes(open_question, text, state.speaks)
    if not code and not of_age:
        code = _in_words(open_question, text, state)
    code = code or reminding.late(state, text) or reminding.looked(state, text) or visits.told(state, text)
    if code:
        key = edits.key_of(state, code)
        if of_age and course.part(questions.answered(state, code)) != "now":
            welcome = (*welcome, *ages.noted(code, text, state.speaks))
        step = answers.answered(state, code, at, welcome)
        return step if state.overlay else replace(step, state=edits.kept(step.state, key))
    if state.overlay == "which":
        if elsewhere.got_worse(state, text):
            return answers.worse_of_which(state, at, welcome)
        asked = typed.topics(text, state.speaks)
        if asked:
            return answers.beside_which(state, asked, welcome)
        known = _greets(text, state.speaks) or _of_health(state, text, welcome)
        return saying.say(state, *welcome, *(() if known else (Text("typed.unclear"),)))
    if state.overlay:
        step = heard(replace(state, overlay=""), text, at, welcome)
        return reminding.asked_again(state, text, step, welcome) if state.overlay in later.QUESTIONS else step
    if state.handover:
        return saying.say(state, *welcome)
    if not state.timed and reminding.in_doubt(state, text):
        return saying.say(replace(state, overlay="better"), *welcome)
    if visits.in_doubt(state, text):
        return saying.say(replace(state, overlay="visit"), *welcome)
    if place in course.RESULTS:
        return _free_text(state, text, at, welcome)
    if place in course.WORKING:
        asked = typed.topics(text, state.speaks)
        return saying.say(replace(state, meanwhile=asked[0] if asked else state.meanwhile), *welcome)
    if place == "consent" and typed.mentions("ask_privacy", text, state.speaks):
        # Where it has not been asked yet, the question says it itself.
        again = consent.who_sees(state) if "consent.yes" in state.offered else ()
        return saying.say(state, *welcome, *again)
    known = place == "now" or not state.offered or _greets(text, state.speaks) or _is_answered(welcome)
    known = (
        known
        or _of_health(state, text, welcome)
        or (place == "health" and "health.none" not in state.offered)
    )
    return saying.say(state, *welcome, *(() if known else (Text("typed.unclear"),)))


def edited(state: ChatState, item: Inbound, at: float, welcome: tuple[Text, ...]) -> Step:
    """Another answer to the question that the message answered; one that answered nothing yet is taken as said now."""
    keys = edits.questions_of(state, item.ref)
    place = course.part(state)
    if not keys and item.ref and item.ref == state.last_ref:
        return heard(state, item.text, at, welcome)
    if place == "now" or state.handover:
        return saying.say(state, *welcome)
    if not keys and place in course.RESULTS and not state.overlay:
        return _free_text(state, item.text, at, welcome)
    anew = edits.answered(state, keys[0], item.text) if len(keys) == 1 else None
    if anew is None:
        return saying.say(state, *welcome, Text("edit.not_taken"))
    return saying.say(anew, *welcome, *(() if anew.answers == state.answers else (Text("edit.taken"),)))


def as_offered(question: Reply, offered: tuple[str, ...]) -> Reply:
    """The question with the choices that the person was shown, in that order: a typed 2 or "yes" means one of those.

    offered: codes of the last message. A question that the chat has come to since, by findings or by a new version of this
    program, was not read by anybody, and is asked before it is answered.
    """
    known = {choice.code: choice for choice in question.choices}
    return replace(question, choices=tuple(known[code] for code in offered if code in known))


def _in_words(question: Reply, text: str, state: ChatState) -> str:
    """The choice of which the number is typed in words ("two"), where the choices were shown with numbers."""
    if not ages.is_numbered(state.here.channel, len(question.choices)):
        return ""
    place = typed.number(text, state.speaks)
    return question.choices[place - 1].code if 1 <= place <= len(question.choices) else ""


def _begins_with_yes(question: Reply, text: str, code: str) -> str:
    """The yes of a question about danger where a longer text begins with a word for yes: the safe side of a doubt."""
    first = locales.normalise(text).split()[:1]
    # "Ya no", "right arm": a word that says yes only by itself is none at the head of something else.
    plain = locales.own_words("words.yes_begins", code)
    if not first or first[0] not in plain:
        return ""
    return next((c.code for c in question.choices if c.code.endswith(".yes")), "")


def _free_text(state: ChatState, text: str, at: float, welcome: tuple[Text, ...]) -> Step:
    """Free text after a result: what the catalogue answers, then the language model. Danger was screened before."""
    asked = typed.topics(text, state.speaks)
    if state.told != state.case_version:
        return saying.say(replace(state, meanwhile=asked[0] if asked else ""), *welcome)
    if screening.ALARM in welcome:
        return saying.say_only(state, Reply(welcome, results.menu(state), "alarm"))
    if asked:
        reply = followup.answer(state, asked)
        return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))
    if typed.is_word("thanks", text, state.speaks):
        return saying.say(state, *welcome, Text("menu.thanks"))
    if _greets(text, state.speaks):
        return saying.say(state, *welcome)
    if not unseen.IDS.isdisjoint(t.id for t in welcome) or _of_health(state, text, welcome):
        return saying.say(state, *welcome)
    wanted = talk.wanted(state, text)
    if wanted is not None:
        # Nothing is said yet: the answer comes in seconds, or the sentence of `talk.unclear` does.
        return saying.awaiting(replace(state, asked=state.case_version, asked_at=at), welcome, (wanted,))
    reply = talk.unclear(state)
    return saying.say_only(state, replace(reply, paragraphs=(*welcome, *reply.paragraphs)))


def not_usable(state: ChatState, item: Inbound) -> tuple[Text, ...]:
    """What is said of something that cannot be read; of a location the nearest place, where one is known."""
    if item.location is not None and state.near and course.part(state) != "now" and not state.handover:
        return (Text("where.near", {"name": state.near}),)
    return recordings.not_understood(state, item.unusable or "other")


def _is_answered(welcome: tuple[Text, ...]) -> bool:
    """True where it is said already that something cannot be used, or what the words are of: no more need be said of them."""
    return any(text.id.startswith("unusable.") or text.id in unseen.IDS for text in welcome)


def _of_health(state: ChatState, text: str, welcome: tuple[Text, ...]) -> bool:
    """True where what a text says of health was noted, and nothing more need be said of it."""
    return any(t.id == health.NOTED for t in welcome) and health.only_this(text, state.speaks)


def _greets(text: str, code: str) -> bool:
    return typed.command(text, code) == "hello" or any(
        typed.is_word(w, text, code) for w in ("hello", "thanks")
    )
