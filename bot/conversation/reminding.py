"""Asking how it is some days later: when, and what follows from the answer.

'Better' closes the case, 'the same' leaves the second question, 'worse' opens the case again at the signs of danger. No answer
here lowers how soon the person is to be seen, and until somebody has looked each says it again; of a case that has come to "go
now" by a clinician's word meanwhile, that is all that is said.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

import locales
from bot.clinical import questions as rule_questions
from bot.clinical import statements, symptoms
from bot.clinical.follow_up import Kind
from bot.conversation import another, course, later, photos, picking, results, saying, typed
from bot.conversation.events import Asking, Remind, ReminderDue, Step, WantAnswer
from bot.conversation.state import ChatState
from bot.messages import Reply, Text, Urgency, worst

__all__ = [
    "answered",
    "asked_again",
    "due",
    "got_worse",
    "in_doubt",
    "late",
    "looked",
    "owed",
    "reopened",
    "scheduled",
    "unheard",
    "with_health",
    "worse",
]

# So soon after a result a longer text with "worse" may describe what it told of ("worse at night"): then it is asked. Design.
_JUST_TOLD_S = 3600.0

# Keys of answers about signs of danger: 'group1', 'D04', 'D04.again'.
_DANGER = re.compile(r"(?:group\d+|D\d{2})(?:\.\w+)?")

# Lists of typed words (words.*) that say something of a case without a question before them.
_WORDS = {
    "better": "better.better",
    "same": "better.same",
    "worse": "better.worse",
    "not_yet": "visit.not_yet",
    "stop_asking": "better.stop",
}


def scheduled(step: Step) -> Step:
    """The step, and where it told a result: what is to be asked later. A case that has come to 'go now' is not asked."""
    state = step.state
    version = state.case_version
    place = course.part(state)
    if place == "now" and (state.reminded == version or state.ahead):
        return _with_reminders(replace(step, state=replace(state, reminded=0, ahead="")))
    if place in course.RESULTS and state.told == version and state.reminded != version:
        state = replace(state, reminded=version)
        asks = later.planned(state)
        step = replace(step, state=state)
        return replace(step, effects=(*step.effects, Remind(version, asks))) if asks else step
    return _ahead(step)


def _ahead(step: Step) -> Step:
    """The step, and where the case has come to an urgency without a result: what is to be asked if it never gets one."""
    state = step.state
    reached = another.untold(state)
    basis = f"{state.case_version}.{reached.value}" if reached is not None else ""
    if state.timed or not basis or state.ahead == basis:
        return step
    asks = later.planned(state)
    step = replace(step, state=replace(state, ahead=basis))
    return replace(step, effects=(*step.effects, Remind(state.case_version, asks))) if asks else step


def due(state: ChatState, event: ReminderDue) -> Step:
    """The question; nothing where it does not fit any more."""
    if not later.may_ask(state, event):
        return Step(state)
    asked = state.reminders_asked + 1
    return saying.say(replace(state, overlay=event.kind, reminders_asked=asked, owed=""))


def unheard(state: ChatState) -> ChatState:
    """The state without the question of a reminder that nobody has read, or that something graver takes the place of.

    What they write answers what they read last; the question is asked again (`owed`).
    """
    if state.overlay not in later.QUESTIONS:
        return state
    owed = f"{_asked_of(state)}.{state.overlay}"
    state = replace(state, overlay="", reminders_asked=max(0, state.reminders_asked - 1), owed=owed)
    return replace(state, offered=tuple(choice.code for choice in saying.present(state).choices))


def owed(step: Step) -> Step:
    """The step, and under what it says the question of a reminder that never arrived; beside an open question it waits.

    So does one that stood open when the person was handed over to people.
    """
    state = step.state
    if not state.owed or not step.replies or state.handover:
        return step
    version, _, kind = state.owed.partition(".")
    event = ReminderDue(int(version), cast(Kind, kind), state.reminders_asked + 1, state.last_at or 0.0)
    if not (later.may_ask(state, event) or later.waits(state, event)):
        return replace(step, state=replace(state, owed=""))
    if state.overlay or course.part(state) not in course.RESULTS:
        return step
    asked = due(state, event)
    return replace(step, state=asked.state, replies=(*step.replies, *asked.replies))


def late(state: ChatState, text: str) -> str:
    """The code of the answer that a text gives to a reminder though other things were said since, '' where it gives none.

    By words of its own alone: a number, a yes or a no belong to what was said last. While the question stands open 'worse' and
    'the same' are understood inside a longer text that says nothing else; 'better' never: "is not any better" has that word too,
    and it would end the case. 'Worse' is understood though nobody has asked yet (`worse`).
    """
    if later.may_answer(state):
        for word, code in _WORDS.items():
            if typed.is_word(word, text, state.speaks):
                return code
        said = _mentioned(state, text) if state.overlay in later.QUESTIONS else []
        if len(said) == 1 and said[0] != "better":
            return _WORDS[said[0]]
    return _WORDS["worse"] if worse(state, text) else ""


def worse(state: ChatState, text: str) -> bool:
    """True where a text says of what was told that it has got worse: the whole text, or plainly inside a longer one."""
    if not later.may_say_worse(state):
        return False
    if any(typed.is_word(word, text, state.speaks) for word in ("worse", "bad")):
        return True
    told, at = state.told_at, state.last_at
    just_told = not state.timed and told is not None and at is not None and at < told + _JUST_TOLD_S
    plain = _mentioned(state, text) == ["worse"] and not statements.hedged(text, state.language)
    return plain and not just_told and not _of_a_topic(state, text)


def in_doubt(state: ChatState, text: str) -> bool:
    """True where a text speaks of worse beside something else, and asks nothing: how it is is asked then."""
    if not later.may_say_worse(state) or worse(state, text) or "worse" not in _mentioned(state, text):
        return False
    return not statements.asks(text, state.language) and not _of_a_topic(state, text)


def _of_a_topic(state: ChatState, text: str) -> bool:
    """True where the menu answers what is said beside worse: "mbaya" alone asks whether it is dangerous."""
    return bool(typed.topics(typed.without("worse", text, state.speaks), state.speaks))


def looked(state: ChatState, text: str) -> str:
    """The yes to whether somebody has looked, where the question stands open and a longer text says so and denies nothing."""
    if state.overlay != "visit":
        return ""
    # That they went is an answer by itself; with more behind it, it may be told why nobody looked.
    more = typed.without("went", text, state.speaks)
    if more != locales.normalise(text) and (not more or typed.is_word("yes", more, state.speaks)):
        return "visit.yes"
    if not any(typed.mentions(name, text, state.speaks) for name in ("looked", "desk_seen")):
        return ""
    if _mentioned(state, text) or statements.hedged(text, state.language):
        return ""
    return "visit.yes"


def answered(state: ChatState, code: str, welcome: tuple[Text, ...]) -> Step:
    """What follows from an answer. code: of a choice of `later.ask`."""
    question, _, said = code.partition(".")
    state = replace(state, overlay="")
    if (
        another.untold(state)
        and not state.left_version
        and code in ("visit.yes", "visit.stop", "better.stop")
    ):
        # Of a case that has no result yet: it is not asked about again with its result.
        state = _noted(state, *(("later.stop", "yes") if said == "stop" else ("later.visit", "yes")))
    if state.told != state.case_version and not state.at_once:
        return _of_left(state, question, said, welcome)
    state = _noted(state, "later.stop", "yes") if said == "stop" else _noted(state, f"later.{question}", said)
    if state.at_once:
        return saying.say(state, *welcome)
    if said == "stop":
        return _with_reminders(_closing(state, welcome, Text("later.stopped"), *_still(state)))
    if question == "visit":
        if said == "yes":
            return _closing(another.nothing_left(state), welcome, Text("later.seen"))
        return _closing(state, welcome, Text("later.hard"), _how_soon(state), Text("later.who"))
    if said == "worse":
        return saying.say(reopened(state), *welcome, Text("later.sorry"))
    if said == "same":
        more = Text("later.still_seen") if later.unseen(state) else Text("later.go_back")
        return _closing(state, welcome, Text("later.noted"), *(_still(state) or (more,)))
    return _asks_the_visit(_closing(state, welcome, Text("later.glad"), *_still(state)))


def _of_left(state: ChatState, question: str, said: str, welcome: tuple[Text, ...]) -> Step:
    """What follows from an answer about the result that the present case, which has none yet, left behind."""
    soon = state.left_soon if state.left_version else another.untold(state)
    urgent = soon is not None and soon is not Urgency.ROUTINE
    still = (Text("later.still_seen"), _how_soon(state)) if urgent else ()
    if said == "stop":
        return _with_reminders(
            saying.say(another.nothing_left(state), *welcome, Text("later.stopped"), *still)
        )
    if question == "visit" and said == "yes":
        return saying.say(another.nothing_left(state), *welcome, Text("later.seen"))
    if question == "visit":
        return saying.say(state, *welcome, Text("later.hard"), _how_soon(state), Text("later.who"))
    if said == "worse":
        return saying.say(_left_again(state), *welcome, Text("later.sorry"))
    if said == "same":
        return saying.say(state, *welcome, Text("later.noted"), *(still or (Text("later.go_back"),)))
    if later.to_be_seen(state):
        return _asks_the_visit(saying.say(state, *welcome, Text("later.glad"), *still))
    return _with_reminders(saying.say(another.nothing_left(state), *welcome, Text("later.glad"), *still))


def _left_again(state: ChatState) -> ChatState:
    """The problem of the result that was left behind, looked at anew in place of the present case. Its urgency stays reached."""
    if not state.left_other:
        return reopened(state)
    kept = {key: said for key, said in state.answers.items() if key in ("age", "health")}
    floor = state.left_soon if state.left_soon is not Urgency.ROUTINE else None
    left = replace(photos.new_case(state), left_other=False)
    return replace(left, answers=kept, floor=worst(state.floor, floor))


def _still(state: ChatState) -> tuple[Text, ...]:
    """That it must still be seen, and how soon; nothing where it was, or where it may wait."""
    if not later.unseen(state) or another.reached(state) is Urgency.ROUTINE:
        return ()
    return Text("later.still_seen"), _how_soon(state)


def _how_soon(state: ChatState) -> Text:
    """How soon, as it stands when it is asked later: of the week that was told most is over, and no second one begins."""
    reached = another.reached(state)
    late = {Urgency.NOW: "now.go", Urgency.WEEK: "later.in_days"}
    return Text(late.get(reached, f"findings.do.{reached.value}"))


def asked_again(state: ChatState, text: str, step: Step, welcome: tuple[Text, ...]) -> Step:
    """What follows from a text that was no clear answer to the reminder: `step`, or the question once more.

    It is asked once more where `step` says nothing, and where the text speaks of how it is: that is no question for a model.
    """
    said = {paragraph.id for reply in step.replies for paragraph in reply.paragraphs}
    silent = bool(step.replies) and step.replies[-1].key == "menu" and "menu.thanks" not in said
    for_a_model = any(isinstance(effect, WantAnswer) for effect in step.effects)
    spoken = _mentioned(state, text) or _of_a_visit(state, text)
    if not silent and not (for_a_model and spoken):
        return step
    unclear = for_a_model or "menu.unclear" in said
    return saying.say(state, *welcome, *((Text("typed.unclear"),) if unclear else ()))


def got_worse(state: ChatState) -> ChatState:
    """The state in which what was told is looked at anew, as after 'worse': of this case, or of the one it left behind."""
    return reopened(state) if state.told == state.case_version else _left_again(state)


def with_health(opened: ChatState, told: ChatState) -> ChatState:
    """The case that is looked at anew, with what was said of health beside 'worse'. told: the case as it was, after those words.

    What they made more pressing stays reached; what they had asked again is asked of the new look.
    """
    answers = {key: said for key, said in opened.answers.items() if key != "health"}
    if "health" in told.answers:
        answers["health"] = told.answers["health"]
    reached = course.urgency(told)
    floor = opened.floor if reached is Urgency.ROUTINE else worst(opened.floor, reached)
    return replace(opened, answers=answers, floor=floor)


def reopened(state: ChatState) -> ChatState:
    """The same case, looked at anew: danger and what is felt are asked again, then a photograph, beside the earlier ones.

    How soon the person must be seen stays reached. The version moves on: what was wanted for the old one is dropped.
    Where private parts were spoken of since, it may be on them by now: no more photographs are asked for (clinical.md 5.3).
    """
    reached = course.urgency(state)
    by_rules = (rule_questions.LOOK, rule_questions.DURATION, *rule_questions.questions(), picking.GROUP)
    # Who looked at it saw it before it got worse, and it is not better now.
    again = (*symptoms.symptoms(), *by_rules, "photo", "later.visit", "later.better")
    kept = {
        key: said for key, said in state.answers.items() if key not in again and not _DANGER.fullmatch(key)
    }
    if photos.SAID_PRIVATE in state.answers:
        kept["site"] = "private"
    return replace(
        another.leaving(state, other=False),
        case_version=state.case_version + 1,
        floor=state.floor if reached is Urgency.ROUTINE else worst(state.floor, reached),
        answers=kept,
        edits=(),
        earlier_photos=state.earlier_photos + state.photos + state.spare,
        photos=(),
        unclaimed=(),
        spare=(),
        rejections=0,
        findings=None,
        plan=None,
        choosing=False,
        chosen=(),
        meanwhile="",
        overlay="",
    )


def _mentioned(state: ChatState, text: str) -> list[str]:
    return [name for name in ("better", "same", "worse") if typed.mentions(name, text, state.speaks)]


def _of_a_visit(state: ChatState, text: str) -> bool:
    """True where a text speaks of somebody who looked, or of going there, and that is what was asked."""
    said = any(typed.mentions(name, text, state.speaks) for name in ("looked", "went", "desk_seen"))
    return state.overlay == "visit" and said


def _closing(state: ChatState, welcome: tuple[Text, ...], *said: Text) -> Step:
    return saying.say_only(state, Reply((*welcome, *said), results.menu(state), "later"))


def _with_reminders(step: Step) -> Step:
    """The step, and nothing more is asked of the case."""
    return replace(step, effects=(*step.effects, Remind(step.state.case_version)))


def _asks_the_visit(step: Step) -> Step:
    """The step of somebody who is better: how it is is not asked any more. Whether somebody has looked is, where somebody must.

    An answer never clears what may be a cancer (clinical.md 3.2, section 6).
    """
    state = step.state
    days = later.next_days(state)
    if not later.to_be_seen(state) or not days:
        return _with_reminders(step)
    visit = Asking("visit", state.reminders_asked + 1, days)
    return replace(step, effects=(*step.effects, Remind(_asked_of(state), (visit,))))


def _asked_of(state: ChatState) -> int:
    """The case version that a question of a reminder is about: of the result that was left behind, where it is the only one."""
    own = state.told == state.case_version or another.untold(state) is not None
    return state.case_version if own or not state.left_version else state.left_version


def _noted(state: ChatState, key: str, said: str) -> ChatState:
    return replace(state, answers={**state.answers, key: said})
