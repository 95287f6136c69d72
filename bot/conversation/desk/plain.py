"""What a worker types that is of no case: help, lists, the week, NEW, language, STOP, DELETE, leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.conversation import language
from bot.conversation.commands import danger_text, erased_texts
from bot.conversation.desk import keeping, lists, waiting
from bot.conversation.desk.events import Weekly
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import DeskState
from bot.conversation.events import DropPhotos, EraseChat, Said
from bot.messages import Choice, Text

__all__ = ["PLAIN", "erase_all", "help_"]


def help_(sitting: Sitting) -> None:
    """What can be done here."""
    said = [Text(f"desk.help.{name}") for name in ("forward", "code", "row", "words", "wrong")]
    sitting.say(*said, danger_text(sitting.desk.here), key="help")


def _help(sitting: Sitting, event: Said) -> None:
    help_(sitting)


def _stop(sitting: Sitting, event: Said) -> None:
    sitting.say(Text("stop.done"), key="stop")
    sitting.desk = replace(sitting.desk, stopped=True, offered=())


def _delete(sitting: Sitting, event: Said) -> None:
    buttons = (Choice("delete.yes", Text("delete.yes")), Choice("delete.no", Text("delete.no")))
    sitting.say(Text("desk.delete.all", {"count": len(sitting.cases)}), choices=buttons, key="delete")


def erase_all(sitting: Sitting) -> None:
    """Everything of this chat goes, who works here too; the shell makes it a patient's."""
    desk = sitting.desk
    references = tuple(a for h in desk.held for a in h.item.references)
    references += tuple(a for c in sitting.cases.values() for a in c.state.pending)
    if references:
        sitting.effects.append(DropPhotos(references))
    for code in list(sitting.cases):
        sitting.erase(code)
    sitting.effects.append(EraseChat())
    sitting.desk = DeskState(
        role=desk.role,
        language=desk.language,
        notice_in=desk.notice_in,
        here=desk.here,
        groups=desk.groups,
    )
    sitting.say(*erased_texts(desk.here), key="deleted")


def _language(sitting: Sitting, event: Said) -> None:
    question = language.ask(sitting.desk.here.unreviewed)
    sitting.say(*question.paragraphs, choices=question.choices, key="language")


def _new(sitting: Sitting, event: Said) -> None:
    """A new case, by the word for it; items that wait for 'same patient or new?' are its first."""
    question = waiting.open_question(sitting.desk)
    if question and waiting.answered(sitting, f"{question}.new", event):
        return
    case = sitting.begin()
    keeping.again(sitting, case, Text("desk.new"))


def _leave(sitting: Sitting, event: Said) -> None:
    """No worker any more: only with no case open, so that no patient is left behind."""
    left = sitting.open_cases()
    if left:
        sitting.say(Text("desk.leave.open", {"count": len(left)}), key="leave")
        return
    buttons = (Choice("leave.yes", Text("desk.leave.yes")), Choice("leave.no", Text("desk.leave.no")))
    sitting.say(Text("desk.leave.ask"), choices=buttons, key="leave")


def _list(sitting: Sitting, event: Said) -> None:
    lists.everything(sitting)


def _today(sitting: Sitting, event: Said) -> None:
    lists.today(sitting)


def _week(sitting: Sitting, event: Said) -> None:
    lists.week(sitting)


def _week_off(sitting: Sitting, event: Said) -> None:
    sitting.effects.append(Weekly(wanted=False))
    sitting.say(Text("desk.week.off"), key="week_off")


def _week_on(sitting: Sitting, event: Said) -> None:
    sitting.effects.append(Weekly(wanted=True))
    sitting.say(Text("desk.week.on"), key="week_on")


PLAIN: dict[str, Callable[[Sitting, Said], None]] = {
    "help": _help,
    "hello": _help,
    "stop": _stop,
    "delete": _delete,
    "language": _language,
    "new": _new,
    "leave": _leave,
    "list": _list,
    "today": _today,
    "week": _week,
    "weekoff": _week_off,
    "weekon": _week_on,
}
