"""May a worker's case teach the model? Asked of the patient, who hears it read out; and taken back by their word.

Of a closed case it can be taken back only. `state.teaching` of a case at a desk says whether a consent stands now, whoever took
one back and wherever (worker.desk).
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import teaching
from bot.conversation.desk import codes
from bot.conversation.desk.events import ForCase
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Teach
from bot.messages import Choice, Text

__all__ = ["answered", "ask", "label"]


def ask(sitting: Sitting, case: Case) -> None:
    """What is to be read out, with a yes and a no; of a case that was agreed to, the way back."""
    sitting.turn(case)
    if case.state.teaching:
        _say(sitting, case, (Text("desk.teach.given"),), ("back", "keep"))
    elif not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
    elif not teaching.may(case.state):
        sitting.say(Text("desk.teach.early"), about=case.code, key="teach")
    else:
        read = [Text(f"teaching.{name}") for name in ("what", "how", "choice")]
        said = (Text("desk.consent.read"), *read, Text("desk.teach.way_back"))
        _say(sitting, case, said, ("yes", "no"))


def answered(sitting: Sitting, case: Case, answer: str) -> None:
    """What the patient said. A yes counts only for an open case that may be used still."""
    if answer == "yes" and not (case.open and teaching.may(case.state)):
        ask(sitting, case)
        return
    if answer == "keep":
        # The patient may have taken it back meanwhile.
        now = "desk.teach.given" if case.state.teaching else "desk.teach.refused"
        sitting.say(Text(now), about=case.code, key="teach")
        return
    agreed = answer == "yes"
    version = case.state.case_version
    if case.open:
        sitting.put(replace(case, state=replace(case.state, teaching=version if agreed else 0)))
    sitting.effects.append(ForCase(case.code, Teach(version, agreed)))
    sitting.say(Text("desk.teach.thanks" if agreed else "desk.teach.refused"), about=case.code, key="teach")


def label(answer: str) -> Text:
    """The words on a button."""
    return Text(f"desk.consent.{answer}" if answer in ("yes", "no") else f"teaching.{answer}")


def _say(sitting: Sitting, case: Case, said: tuple[Text, ...], answers: tuple[str, str]) -> None:
    buttons = [Choice(codes.wrapped(case.code, f"teach.{one}"), label(one)) for one in answers]
    sitting.say(*said, choices=buttons, about=case.code, key="teach")
