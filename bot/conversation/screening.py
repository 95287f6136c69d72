"""Free text of any moment, screened for danger before anything else is done with it (facts, rule 1; `bot.clinical.alarms`).

A sign that means now is a yes by own words: the case ends in "go now" at once. Of another sign the chat asks; it re-opens
triage. Being hurt or wanting to die leads to the fixed hand-over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clinical import alarms, windows
from bot.clinical.danger_signs import sign
from bot.conversation import course, handover
from bot.conversation.events import Effect, HandOver
from bot.conversation.state import ChatState
from bot.messages import Inbound, Text, Urgency, worst

__all__ = ["ALARM", "Screened", "screened"]

ALARM = Text("alarm.go")
# One text re-opens triage for so many signs at most.
_MOST_ASKED = 2


@dataclass(frozen=True, slots=True)
class Screened:
    """What became of a text. answered: it was about danger and about nothing else; what stands open now is said.

    harm: the person is handed over to people for it.
    """

    state: ChatState
    notes: tuple[Text, ...] = ()
    answered: bool = False
    harm: handover.Harm | None = None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Whoever is on duty hears of who is handed over, whatever else the message is."""
        return (HandOver(self.harm),) if self.harm else ()


def screened(state: ChatState, items: tuple[Inbound, ...]) -> Screened:
    """The state after what the items say of danger in free text: captions too, whatever they stand under."""
    text = "\n".join(item.text for item in items if item.kind != "choice" and item.text.strip())
    heard = windows.hear(text, state.answers.get("age", ""), state.language) if text else alarms.Heard()
    if not heard:
        return Screened(state)
    if not state.language:
        state = replace(state, language=alarms.language_of(text) if text else "")
    pressing = heard.pressing
    if pressing:
        own = {f"{s}.own": "yes" for s in pressing}
        state = replace(state, answers={**state.answers, **own}, floor=Urgency.NOW, overlay="")
    if heard.harm:
        return _handed_over(state, heard.harm)
    if state.at_once:
        return Screened(state, (), bool(pressing))
    return _asked(state, heard)


def _handed_over(state: ChatState, harm: str) -> Screened:
    said: handover.Harm = "hurt" if harm == "hurt" else "die"
    state = handover.begun(state, said)
    if state.at_once:
        # Both at once: where to go stands under who can help, and nothing is asked.
        texts = handover.texts(replace(state, handover=said))
        state = replace(state, handover="", handover_told=False)
        return Screened(state, texts, answered=True, harm=said)
    state = replace(state, handover=said, handover_told=False, overlay="")
    return Screened(state, (), answered=True, harm=said)


def _asked(state: ChatState, heard: alarms.Heard) -> Screened:
    """Signs of today and this week, and signs that were only spoken of, are asked."""
    notes = (ALARM,) if heard.other else ()
    following = course.assessment(state).next if course.part(state) == "danger" else None
    if (
        following is not None
        and following.sign is not None
        and following.kind != "also"
        and following.sign.id in heard.stated
    ):
        # The very sign that is being asked: their words are the yes, though not to its second question.
        key = following.sign.id + ("" if following.kind == "sign" else f".{following.kind}")
        state = replace(state, answers={**state.answers, key: "yes"})
        return Screened(
            replace(state, floor=worst(state.floor, course.assessment(state).urgency)), notes, True
        )
    told = state.answers
    again = [s for s in heard.stated if told.get(s) != "yes" and told.get(f"{s}.again") != "yes"]
    # What was denied is asked again when it is said again: these change in hours. What stands open is not asked twice.
    hinted = [s for s in heard.hinted if told.get(s) != "yes" and told.get(f"{s}.again") != "yes"]
    new = [s for s in hinted if s in told or f"{s}.own" not in told]
    wanted = [*again, *new][:_MOST_ASKED]
    if not wanted:
        return Screened(state, notes)
    stale = {s + more for s in wanted for more in ("", ".again", ".also")}
    answers = {key: said for key, said in told.items() if key not in stale}
    # Of a sign with a second question their words are the yes to the first.
    yes = {s: "yes" for s in wanted if s in heard.stated and sign(s).also is not None}
    asks = replace(state, answers={**answers, **yes, **{f"{s}.own": "ask" for s in wanted}}, overlay="")
    if course.part(asks) != "danger":
        return Screened(asks, notes)
    return Screened(course.as_told(state, asks), (*notes, Text("danger.heard")), answered=True)
