"""Of which case is a word that names none? The question that was shown last is answered; where that is in doubt, it is asked.

A list comes by itself with what a worker forwards: who types "none" just then means the list before it, and cannot have seen that
this one asks somebody else for consent.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import ages, saying, typed
from bot.conversation.desk import codes, commands, danger, in_a_row, keeping, waiting
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case, Crossed
from bot.conversation.events import Said
from bot.messages import Choice, Inbound, Text

__all__ = [
    "answered",
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
    if before is None or not before.asks or desk.current == before.code:
        return
    others = tuple(one for one in desk.crossed if one.code not in (before.code, desk.current))
    # What is typed from here on is no part of the row before.
    rows = (*desk.unplaced, ()) if desk.unplaced and desk.unplaced[-1] else desk.unplaced
    sitting.desk = replace(desk, crossed=(*others, Crossed(before.code, sitting.at)), unplaced=rows)


def settled(sitting: Sitting, *, sorting: bool = False) -> None:
    """Typed words or a button were taken: what stands open now was seen. Not while it is asked whose a word is.

    sorting: something was sent, or it was asked whose that is: of words that wait it is asked after it.
    """
    desk = sitting.desk
    if _stands(sitting) or (sorting and (not desk.unplaced or waiting.open_question(desk) or _ask(sitting))):
        return
    _left(sitting)
    sitting.desk = replace(sitting.desk, crossed=())


def asked(sitting: Sitting, item: Inbound) -> bool:
    """Asks whose answer the words are, where they can be to a question before the last one; False where they are not.

    Words of danger are answered before that, and kept: a yes in front of them takes nothing of them away. What is typed while
    it is asked joins the row.
    """
    desk, others, now = sitting.desk, _crossed(sitting), sitting.current()
    if not others or not _is_answer(sitting, item.text):
        return False
    if danger.speaks((item,), desk.language):
        if now is None or not now.asks:
            return False
        waited = tuple(replace(item, text=text) for row in desk.unplaced for text in row)
        sitting.desk = replace(desk, unplaced=())
        waiting.hold(sitting, (*waited, item), also=tuple(case.code for case in others))
        return True
    if _stands(sitting) and in_a_row.number(item.text) is not None:
        # A place in the list of codes, unless it can only be an answer.
        fits = any(_said_to(sitting, case, item.text) for case in others)
        if not fits or ages.is_numbered(desk.here.channel, len(desk.offered)):
            return False
    words = item.text.strip()
    *rows, last = desk.unplaced or ((),)
    row = last if words in last[-1:] else (*last, words)
    # While it is asked, what crossed now stays crossed, and what was too long ago does not come back.
    still = {case.code for case in others}
    crossed = tuple(one for one in desk.crossed if one.code in still)
    sitting.desk = replace(desk, crossed=crossed, unplaced=(*rows, row))
    if _ask(sitting):
        return True
    sitting.desk = desk
    _left(sitting)
    return False


def answered(sitting: Sitting, case: Case, inner: str, event: Said) -> bool:
    """Takes a choice of whose the words are: the case hears them; False where it is none.

    inner: names the question that stood open in the case then. Where another does, the words are kept and answer nothing.
    """
    question, _, key = inner.partition(".")
    if question != _KEY:
        return False
    before = sitting.current()
    row, *more = sitting.desk.unplaced or ((),)
    rows = tuple(more) if any(more) else ()
    sitting.desk = replace(sitting.desk, unplaced=rows, offered=())
    if not row:
        keeping.again(sitting, case)
    elif not case.asks or saying.present(case.state).key != key:
        keeping.put(sitting, case.code, tuple(Inbound("message", text=text) for text in row), event)
    else:
        _hears(sitting, case, row, event)
    if rows:
        # What was asked last is not the last any more.
        noted(sitting, before)
        settled(sitting, sorting=True)
    else:
        sitting.desk = replace(sitting.desk, crossed=())
    return True


def _hears(sitting: Sitting, case: Case, row: tuple[str, ...], event: Said) -> None:
    """The case takes the words as if they had been typed to it in one message."""
    first, *more = row
    choice = _said_to(sitting, case, first) if in_a_row.number(first) is not None else ""
    if choice:
        in_a_row.to_case(sitting, case, Inbound("choice", choice=choice), event)
        case, row = sitting.cases[case.code], tuple(more)
    if row:
        in_a_row.words(sitting, case, Inbound("message", text=", ".join(row)), event)


def _ask(sitting: Sitting) -> bool:
    """Asks whose the words are that wait longest; False where it is nobody's, or of one case alone."""
    row = next((row for row in sitting.desk.unplaced if row), ())
    now = sitting.current()
    first = typed.parts(row[0])[0] if row else ""
    fit = [case for case in _crossed(sitting) if first and _said_to(sitting, case, first)]
    if not fit or len(both := [*fit, *([now] if now is not None and now.asks else [])]) < 2:
        return False
    buttons = [
        Choice(
            codes.wrapped(case.code, f"{_KEY}.{saying.present(case.state).key}"),
            Text("plain.text", {"text": case.code}),
        )
        for case in both
    ]
    sitting.say(Text("desk.whose", {"words": _quoted(row)}), choices=buttons, key=_KEY)
    return True


def _left(sitting: Sitting) -> None:
    """What was typed in a row and is nobody's is let go of, and said; of one word they have gone on by themselves."""
    rows = tuple(row for row in sitting.desk.unplaced if row)
    sitting.desk = replace(sitting.desk, unplaced=())
    if sitting.desk.stopped:
        return
    for row in rows:
        if len(typed.parts(", ".join(row))) > 1:
            sitting.say(Text("desk.whose.left", {"words": _quoted(row)}), key="left")


def _quoted(row: tuple[str, ...]) -> str:
    return ", ".join(row)[: waiting.QUOTED]


def picked(sitting: Sitting, case: Case) -> str:
    """The choice that a code by itself means while it is asked whose a word is; '' otherwise."""
    offered = sitting.desk.offered if _stands(sitting) else ()
    return next((choice for choice in offered if codes.unwrapped(choice)[0] == case.code), "")


def meant(sitting: Sitting, item: Inbound) -> Case | None:
    """The case that words without a code are for: the current one, or where that asks nothing the one it came across."""
    now, others = sitting.current(), _crossed(sitting)
    if others and not (now is not None and now.asks) and _is_answer(sitting, item.text):
        first = typed.parts(item.text)[0]
        return next((c for c in others[::-1] if _said_to(sitting, c, first)), now)
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


def _crossed(sitting: Sitting) -> tuple[Case, ...]:
    """The cases whose question may be answered still, oldest first.

    Where the current case asks nothing, the question of the last of them is the one that was shown last, however long ago.
    """
    desk, now, cases = sitting.desk, sitting.current(), sitting.open_cases()
    if waiting.open_question(desk):
        return ()
    asks = [
        one for one in desk.crossed if one.code in cases and cases[one.code].asks and one.code != desk.current
    ]
    last = asks[-1:] if now is None or not now.asks else []
    fresh = [one for one in asks if desk.unplaced or one in last or sitting.at - one.at <= CROSSING_S]
    return tuple(cases[one.code] for one in fresh)


def _stands(sitting: Sitting) -> bool:
    """True while the last list asks whose a word is."""
    return any(codes.unwrapped(choice)[1].startswith(f"{_KEY}.") for choice in sitting.desk.offered)


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
