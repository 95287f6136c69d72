"""A case is closed, with how it ended."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import later, typed
from bot.conversation.desk import codes, commands, keeping, professional, wording
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import Said
from bot.messages import Choice, Text, Urgency

__all__ = ["CLOSING", "LABELS", "all_the_same", "close", "closed"]

# Closing a case that must be seen soon, and of which nobody has said that it was, is asked once more: 'closing_better'.
CLOSING = "closing_"
LABELS = {"yes": Text("desk.close.anyway"), "no": Text("desk.close.keep")}
_SAY_NOTHING_OF_A_VISIT = ("better", "other")


def close(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Asks how it ended, unless the words behind the command say so."""
    buttons = tuple(
        Choice(codes.wrapped(case.code, f"close.{name}"), Text(f"desk.close.{name}"))
        for name in commands.OUTCOMES
    )
    outcome = _outcome(sitting, buttons, rest) if rest.strip() else ""
    if outcome:
        closed(sitting, case, outcome)
        return
    if rest.strip():
        keeping.note(sitting, case, rest)
    sitting.say(Text("desk.close.ask"), choices=buttons, about=case.code, key="close")


def _outcome(sitting: Sitting, buttons: tuple[Choice, ...], words: str) -> str:
    """Which outcome the words mean, '' for none."""
    lists = {"better": "better", "seen": "desk_seen"}
    said = next((n for n, listed in lists.items() if typed.is_word(listed, words, sitting.desk.speaks)), "")
    return said or codes.unwrapped(typed.choice(buttons, words, sitting.desk.speaks))[1].partition(".")[2]


def closed(sitting: Sitting, case: Case, outcome: str, *, sure: bool = False) -> None:
    pressing = case.open and wording.soon_known(case) and case.reached.rank <= Urgency.TODAY.rank
    if pressing and not sure and outcome in _SAY_NOTHING_OF_A_VISIT and later.unseen(case.state):
        buttons = tuple(
            Choice(codes.wrapped(case.code, f"{CLOSING}{outcome}.{said}"), label)
            for said, label in LABELS.items()
        )
        said = (professional.how_soon(case), Text("desk.close.unseen"))
        sitting.say(*said, choices=buttons, about=case.code, key="close_unseen")
        return
    sitting.put(replace(case, outcome=outcome, due_at=None, touched_at=sitting.at))
    sitting.leave(case.code)
    sitting.say(Text("desk.close.done"), about=case.code, key="closed")


def all_the_same(sitting: Sitting, case: Case, outcome: str, answer: str) -> None:
    if answer == "yes" and outcome in commands.OUTCOMES:
        closed(sitting, case, outcome, sure=True)
        return
    sitting.desk = replace(sitting.desk, offered=())
    sitting.turn(case)
    sitting.say(Text("desk.went.stays"), professional.how_soon(case), about=case.code, key="kept_open")
