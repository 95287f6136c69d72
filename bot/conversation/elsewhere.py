"""Words that may be of another problem or another person than the case they are written in, without a photograph beside them.

After a result: "now my daughter has it too", "there is another one on my back". What was found is no answer to them: it is asked
whether they are of the same problem, and on "a new one" a case begins. In an open case: whose a photograph is that came just
before ("this is my wife"). Design: rather a question too many than the findings of one person told of another.
"""

from __future__ import annotations

import re
from dataclasses import replace

import locales
from bot.clinical import statements
from bot.conversation import another, body, course, later, photos, questions, reminding, saying, typed, whose
from bot.conversation.events import Step
from bot.conversation.state import ChatState
from bot.messages import Inbound, Text

__all__ = ["answered", "ask", "claimed", "found", "got_worse", "of_somebody", "own_words", "pressed"]

# Questions of whether somebody else has it: who is named there answers them.
_OF_OTHERS = ("home_itch",)

# Where a sentence or a part of one ends.
_MARKS = r",;.!?\n\u2026\u060c\u061b\u061f\u1362-\u1367\u0964"
_PARTS = re.compile(rf"[^{_MARKS}]+[{_MARKS}]*")


def found(state: ChatState, items: tuple[Inbound, ...]) -> bool:
    """True where what was written after a result may be of another problem or of another person. state: after `whose.heard`."""
    text = _written(items)
    if not text or not _has_result(state) or typed.command(text, state.speaks):
        return False
    if state.overlay and reminding.late(state, text):
        return False
    parts = _parts(text)
    worse = reminding.worse(state, text) or reminding.in_doubt(state, text)
    if worse and not typed.stands("has_it", text, state.speaks):
        # How it is comes first, and all is asked anew: "brother, it is worse" speaks to somebody, not of them.
        return False
    if any(_of_somebody_ill(state, part) for part in parts):
        return True
    if worse:
        return False
    if any(_of_another_one(state, part) for part in parts):
        return True
    if typed.topics(text, state.speaks) or statements.asks(text, state.language):
        return False
    return any(statements.of_skin(part, state.language) and _of_another_place(state, part) for part in parts)


def of_somebody(state: ChatState) -> bool:
    """True where the words are of somebody else: what they say of health is not of the person of the case."""
    return bool(state.whose_now)


def claimed(state: ChatState, items: tuple[Inbound, ...]) -> bool:
    """True where the first words after a photograph say that it is of somebody else than the case ("this is my wife")."""
    text = _written(items)
    if not text or not state.whose_now or not state.unclaimed or state.timed or state.handover:
        return False
    place = course.part(state)
    if state.overlay not in ("", *later.QUESTIONS) or place == "now" or place in course.WORKING:
        return False
    if not set(state.unclaimed) <= set(state.photos):
        return False
    if place in course.RESULTS or saying.present(state).key in _OF_OTHERS:
        return False
    if statements.asks(text, state.language) or reminding.worse(state, text):
        return False
    parts = _parts(text)
    whole = all(_says_whose(state, part) or _says_nothing(state, part) for part in parts)
    return whole and any(_says_whose(state, part) for part in parts)


def pressed(state: ChatState, items: tuple[Inbound, ...]) -> ChatState:
    """The state after buttons: words behind an answer to a question are not of the photograph that came before it."""
    codes = [item.choice for item in items if item.choice]
    own = ("consent.", "which.", "photo.")
    return state if all(code.startswith(own) for code in codes) else replace(state, unclaimed=())


def own_words(state: ChatState, items: tuple[Inbound, ...]) -> tuple[Inbound, ...]:
    """The items without what is said of somebody else: what they begin with "I have", and name nobody in, is of themself."""
    return tuple(
        replace(item, text=" ".join(part for part in _parts(item.text) if _of_themself(state, part)))
        for item in items
    )


def got_worse(state: ChatState, text: str) -> bool:
    """True where it is open which problem is meant, and a text says of what was told that it is worse: of the same one then."""
    told = replace(state, overlay="")
    return (
        state.overlay == "which"
        and reminding.worse(told, text)
        and not typed.stands("has_it", text, state.speaks)
    )


def ask(state: ChatState, at: float, welcome: tuple[Text, ...], *, of_photo: bool) -> Step:
    """Asks which; the question of a reminder that stood open waits. What was written is not kept."""
    state = replace(reminding.unheard(state), overlay="which", pending_since=at)
    return saying.say(state if of_photo else replace(state, unclaimed=()), *welcome)


def answered(before: ChatState, state: ChatState, answer: str, welcome: tuple[Text, ...]) -> Step:
    """What follows from the answer. before: the case as it was asked; state: the same without the question."""
    moved = tuple(i for i in before.unclaimed if i in before.photos)
    if answer == "same":
        state = replace(whose.of_same(state), unclaimed=())
        if not moved and later.may_say_worse(state):
            # Something is told of it: how it is.
            state = replace(state, overlay="better")
        return saying.say(state, *welcome)
    state = whose.begun(before, photos.new_case(state))
    if state.consent == "no":
        return saying.say(replace(state, consent=""), *welcome)
    left = (Text(name) for name in another.still(state))
    why = (Text("photo.new_case_why"),) if moved else ()
    first = Text("photo.new_case" if moved else "new.start")
    return saying.say(replace(state, photos=moved), *welcome, first, *left, *why, Text("which.agree"))


def _written(items: tuple[Inbound, ...]) -> str:
    """The text of messages with nothing beside it; '' for anything else."""
    if any(item.kind != "message" or item.attachments for item in items):
        return ""
    return "\n".join(item.text for item in items if item.text.strip())


def _has_result(state: ChatState) -> bool:
    """True where a result was told, or how soon somebody is to be seen who refused, and no other question stands open."""
    if state.timed or state.handover or state.overlay not in ("", *later.QUESTIONS):
        return False
    place = course.part(state)
    return place == "refused" or (place in course.RESULTS and state.told == state.case_version)


def _of_themself(state: ChatState, part: str) -> bool:
    return typed.stands("i_have", part, state.speaks) and not whose.others(state, [part])


def _of_another_one(state: ChatState, part: str) -> bool:
    """True where a part of a text tells of another one: no question of the result, and no denial."""
    said = f" {locales.normalise(part)} "
    found = [p for p in locales.own_words("words.another_one", state.speaks) if f" {p} " in said]
    if not found or statements.asks(part, state.language):
        return False
    if all(statements.hedged(_until(said, phrase), state.language) for phrase in found):
        return False
    return typed.stands("i_have", part, state.speaks) or not typed.topics(part, state.speaks)


def _until(said: str, phrase: str) -> str:
    """What is said up to a phrase, and one word behind it, where some languages deny."""
    before, _, after = said.partition(f" {phrase} ")
    return " ".join((before, phrase, *after.split()[:1]))


def _of_somebody_ill(state: ChatState, part: str) -> bool:
    """True where a part of a text says of somebody else that they have it, or something else of the skin."""
    if not whose.others(state, [part]):
        return False
    if typed.stands("has_it", part, state.speaks):
        return True
    if typed.stands("no_illness", part, state.speaks):
        return False
    asks = statements.asks(part, state.language) or typed.topics(part, state.speaks)
    return not asks and statements.of_skin(part, state.language)


def _of_another_place(state: ChatState, part: str) -> bool:
    place = state.answers.get("site", "")
    named = body.named(questions.ask_site(state).choices, part, state.speaks)
    if not named or place in ("", "many", "private"):
        return False
    return named != "site.many" and not body.same(place, named.partition(".")[2])


def _says_whose(state: ChatState, part: str) -> bool:
    """True where a part of a text names somebody else and says no more of them: "it is my son's", not "my son is ill"."""
    names = whose.others(state, [part])
    said = f" {locales.normalise(part)} "
    for name in sorted(names, key=len, reverse=True):
        said = said.replace(f" {name} ", " ")
    return bool(names) and _says_nothing(state, said)


def _says_nothing(state: ChatState, part: str) -> bool:
    """True where only small words stand in it, as beside a photograph: "sorry", "this is of"."""
    small = (locales.own_words(f"words.{listed}", state.speaks) for listed in ("whose_photo", "age_beside"))
    return set(locales.normalise(part).split()) <= frozenset().union(*small)


def _parts(text: str) -> list[str]:
    """The sentences and parts of sentences of a text, each with the mark behind it: it may make a question of it."""
    return [part for part in _PARTS.findall(text) if part.strip()]
