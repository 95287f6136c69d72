"""Lists of cases: all open ones, those due today, and counts of the week, asked for or by itself."""

from __future__ import annotations

from bot import local_day
from bot.conversation import later
from bot.conversation.desk import codes, commands, wording
from bot.conversation.desk.events import Summary
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case, DeskState
from bot.conversation.events import Said
from bot.durations import DAY_S
from bot.messages import Choice, Text, Urgency

__all__ = ["WEEK_S", "asked_for_week", "everything", "today", "week", "weekly"]

# Buttons under a list; every case is reached by its code.
BUTTONS = 9
WEEK_S = 7 * DAY_S


def everything(sitting: Sitting) -> None:
    """Every open case, the most pressing first."""
    _listed(sitting, list(sitting.open_cases().values()), "desk.list", "desk.list.none", "list")


def today(sitting: Sitting) -> None:
    """Open cases that the worker should look after on this day of the calendar, and those that were due before."""
    until = local_day.ends(sitting.at, sitting.around.zone)
    due = [c for c in sitting.open_cases().values() if c.due_at is not None and c.due_at < until]
    _listed(sitting, due, "desk.today", "desk.today.none", "today")


def week(sitting: Sitting) -> None:
    """Counts of the last seven days, and of what is open; no case is named."""
    if (numbers := sitting.around.week) is not None:
        _counted(sitting, numbers)


def weekly(sitting: Sitting) -> None:
    """The same by itself, with how to stop it; nothing of a week without a case, and nothing in a chat that was stopped."""
    numbers = sitting.around.week
    if numbers is None or sitting.desk.stopped:
        return
    if numbers.open or numbers.opened or numbers.closed:
        _counted(sitting, numbers, Text("desk.week.by_itself"))


def _counted(sitting: Sitting, numbers: Summary, *more: Text) -> None:
    pressing = sum(numbers.urgencies.get(u.value, 0) for u in (Urgency.NOW, Urgency.TODAY))
    said = [
        Text("desk.week", {"count": numbers.opened}),
        Text("desk.week.open", {"count": numbers.open}),
        Text("desk.week.pressing", {"count": pressing}),
        Text("desk.week.due", {"count": numbers.overdue}),
        Text("desk.week.waiting", {"count": numbers.waiting}),
        Text("desk.week.closed", {"count": numbers.closed}),
    ]
    said += [
        Text("desk.week.ended", {"outcome": Text(f"desk.close.{name}"), "number": str(number)})
        for name in commands.OUTCOMES
        if (number := numbers.outcomes.get(name, 0))
    ]
    # Good as long as a reminder: one that waits for WhatsApp's window is not said a second time, and never when it is old.
    sitting.say(*said, *more, key="week", good_for_s=later.GOOD_FOR_S)


def asked_for_week(desk: DeskState, event: Said) -> bool:
    """True where the numbers of the week are wanted, so that whoever can count knows."""
    return any(
        commands.parsed(item.text, desk.speaks, frozenset(), desk.role).command == "week"
        for item in event.items
        if item.text
    )


def _listed(sitting: Sitting, cases: list[Case], heading: str, nothing: str, key: str) -> None:
    if not cases:
        sitting.say(Text(nothing), key=key)
        return
    ordered = sorted(cases, key=lambda c: (c.reached.rank, c.opened_at, c.code))
    lines = [Text("danger.line", {"sign": wording.line(c, sitting.at)}) for c in ordered]
    buttons = tuple(
        Choice(codes.wrapped(c.code, "desk.open"), Text("plain.text", {"text": c.code}))
        for c in ordered[:BUTTONS]
    )
    sitting.say(Text(heading, {"count": len(cases)}), *lines, choices=buttons, key=key)
