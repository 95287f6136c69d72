"""What is said to one case: short answers in a row, one answer, or words that are kept with it."""

from __future__ import annotations

from dataclasses import replace

import locales
from bot.conversation import ages, picking, saying, typed, unseen
from bot.conversation.desk import keeping, wording
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.messages import Inbound, Reply, Text

__all__ = ["answer", "number", "to_case", "words"]

# What the patient's conversation says where it has no use for free text; here the text is kept with the case.
_NOT_UNDERSTOOD = ("typed.unclear", "menu.unclear")


def number(text: str) -> int | None:
    """The number that a whole text is, in any digits, up to six of them; None of every other text."""
    digits = locales.normalise(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None


def words(sitting: Sitting, case: Case, item: Inbound, event: Said) -> None:
    """Typed words for a case: short answers in a row, one answer, or a note that is kept with it."""
    parts = typed.parts(item.text)
    rest = item.text
    if len(parts) > 1:
        taken = _in_a_row(sitting, case, parts, event)
        if taken:
            case = sitting.cases[case.code]
            if taken == len(parts):
                return
            rest = ", ".join(parts[taken:])
    to_case(sitting, case, replace(item, text=rest), event)


def _in_a_row(sitting: Sitting, case: Case, parts: list[str], event: Said) -> int:
    """How many of the parts were answers, each to the question that stood open then; only the last reply is said."""
    replies: tuple[Reply, ...] = ()
    taken = 0
    while taken < len(parts):
        question = saying.present(sitting.cases[case.code].state)
        if question.key == picking.GROUP and (
            code := picking.typed(question.choices, ", ".join(parts[taken:]), sitting.desk.speaks)
        ):
            # All that is left are symptoms of the list: together they are its answer.
            taken = len(parts) - 1
        else:
            code = answer(sitting.cases[case.code], parts[taken], sitting.desk.speaks)
        if not code:
            break
        _, replies = sitting.converse(case.code, replace(event, items=(Inbound("choice", choice=code),)))
        taken += 1
    if taken == len(parts):
        for reply in replies:
            sitting.speak(sitting.cases[case.code], reply)
    return taken


def answer(case: Case, text: str, code: str) -> str:
    """The choice of the case's open question that the words mean; numbers mean the list that was shown, and are none here."""
    if not case.asks:
        return ""
    question = saying.present(case.state)
    if question.key == "age" and number(text) is None:
        return ages.chosen(question.choices, text, code, case.state.here.channel)
    if question.key == "age" and (group := ages.group(text, code)):
        return f"age.{group}"
    return "" if number(text) is not None else typed.choice(question.choices, text, code)


def to_case(sitting: Sitting, case: Case, item: Inbound, event: Said) -> None:
    """One thing said to a case. Words that answer nothing are kept with it instead of being refused."""
    if not case.open:
        sitting.say(Text("desk.closed", {"code": case.code}), about=case.code, key="closed")
        return
    stray = item.text and not item.choice and number(item.text) is not None
    several = saying.present(case.state).key == picking.GROUP and picking.are_numbers(item.text)
    of_age = saying.present(case.state).key == "age" and ages.group(item.text, sitting.desk.speaks)
    if (stray or several) and not of_age:
        # No number of the list that was shown: it could mean anything.
        keeping.again(sitting, case, Text("typed.unclear"))
        return
    case, replies = sitting.converse(case.code, replace(event, items=(item,)))
    for reply in replies:
        if item.text and any(t.id in _NOT_UNDERSTOOD for t in reply.paragraphs):
            case = keeping.noted(sitting, case, (item,))
            told = tuple(wording.kept(1) if t.id in _NOT_UNDERSTOOD else t for t in reply.paragraphs)
            reply = replace(reply, paragraphs=told)
        elif item.text and any(t.id in unseen.IDS for t in reply.paragraphs):
            # What answers nothing by itself is kept like any other words.
            case = keeping.noted(sitting, case, (item,))
        sitting.speak(case, reply)
