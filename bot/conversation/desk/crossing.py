"""Of which case is a word that names none? The question that was shown last is answered; where that is in doubt, it is asked.

A list comes by itself with what a worker forwards: who types "none" just then means the list before it, and cannot have seen that
this one asks somebody else for consent.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import ages, saying, typed
from bot.conversation.desk import codes, commands, danger, in_a_row, waiting
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.messages import Choice, Inbound, Text

__all__ = [
    "asked",
    "could_be_of_two",
    "meant",
    "noted",
    "of_another_list",
    "picked",
    "settled",
]

# So long after a question came by itself a word may still answer the one before it (s). Design: a slow line, and reading.
CROSSING_S = 180.0
_KEY = "whose"


def noted(sitting: Sitting, before: Case | None) -> None:
    """Keeps which question stood open, where what was sent brought that of another case."""
    desk = sitting.desk
    if before is not None and before.asks and desk.current != before.code:
        sitting.desk = replace(desk, crossed=before.code, crossed_at=sitting.at)


def settled(sitting: Sitting) -> None:
    """Typed words or a button were taken: what stands open now was seen. Not while it is asked whose a word is."""
    if sitting.desk.crossed and not _stands(sitting):
        sitting.desk = replace(sitting.desk, crossed="")


def asked(sitting: Sitting, item: Inbound) -> bool:
    """Asks whose answer the words are, where they can be to the question before the last one; False where they are not.

    Words of danger are answered before that, and kept: a yes in front of them takes nothing of them away.
    """
    other, now = _crossed(sitting), sitting.current()
    if other is None or now is None or not now.asks or not _is_answer(sitting, item.text):
        return False
    if danger.speaks((item,), sitting.desk.language):
        waiting.hold(sitting, (item,), also=other.code)
        return True
    first = typed.parts(item.text)[0]
    to_other = _said_to(sitting, other, first)
    if not to_other:
        return False
    if len(typed.parts(item.text)) > 1:
        picks = {case.code: "desk.open" for case in (other, now)}
    else:
        picks = {other.code: to_other, now.code: _said_to(sitting, now, first) or "desk.open"}
    buttons = [
        Choice(codes.wrapped(code, choice), Text("plain.text", {"text": code}))
        for code, choice in picks.items()
    ]
    sitting.say(Text("desk.whose", {"words": item.text.strip()}), choices=buttons, key=_KEY)
    return True


def picked(sitting: Sitting, case: Case) -> str:
    """The choice that a code by itself means while it is asked whose a word is; '' otherwise."""
    offered = sitting.desk.offered if _stands(sitting) else ()
    return next((choice for choice in offered if codes.unwrapped(choice)[0] == case.code), "")


def meant(sitting: Sitting, item: Inbound) -> Case | None:
    """The case that words without a code are for: the current one, or where that asks nothing the one it came across."""
    now, other = sitting.current(), _crossed(sitting)
    if other is not None and not (now is not None and now.asks) and _is_answer(sitting, item.text):
        return other if in_a_row.answer(other, typed.parts(item.text)[0], sitting.desk.speaks) else now
    return now


def of_another_list(sitting: Sitting, case: Case, text: str) -> bool:
    """True of a bare word where the last list asks something of another case: it answered none of that, and is not for this."""
    asks = [codes.unwrapped(choice) for choice in sitting.desk.offered]
    others = [code for code, inner in asks if code and code != case.code and not inner.startswith("desk.")]
    return bool(others) and case.asks and typed.is_bare(text, sitting.desk.speaks)


def could_be_of_two(sitting: Sitting, case: Case, text: str) -> bool:
    """True of words that answer nothing, where something came for another case since this one was spoken of."""
    if not sitting.in_doubt() or in_a_row.number(text) is not None:
        return False
    parts = typed.parts(text)
    return not (parts and in_a_row.answer(case, parts[0], sitting.desk.speaks))


def _crossed(sitting: Sitting) -> Case | None:
    desk = sitting.desk
    case = sitting.open_cases().get(desk.crossed)
    if case is None or not case.asks or waiting.open_question(desk):
        return None
    return case if sitting.at - desk.crossed_at <= CROSSING_S or _stands(sitting) else None


def _stands(sitting: Sitting) -> bool:
    """True while the last list asks whose a word is."""
    desk = sitting.desk
    of = {codes.unwrapped(choice)[0] for choice in desk.offered}
    return bool(desk.crossed) and of == {desk.crossed, desk.current} and len(of) == 2


def _is_answer(sitting: Sitting, text: str) -> bool:
    """True of words that name no case and are no command."""
    known = frozenset(sitting.cases)
    written = codes.written(text, known)
    if not typed.parts(text) or written.code or written.stops:
        return False
    return not commands.parsed(text, sitting.desk.speaks, known, sitting.desk.role).command


def _said_to(sitting: Sitting, case: Case, text: str) -> str:
    """The choice of the case's open question that the words or the number mean, '' for none."""
    number = in_a_row.number(text)
    offered = saying.present(case.state).choices
    if number is not None and 1 <= number <= len(offered):
        return offered[number - 1].code if ages.is_numbered(sitting.desk.here.channel, len(offered)) else ""
    # A number that is none of the list can be an age.
    return in_a_row.answer(case, text, sitting.desk.speaks)
