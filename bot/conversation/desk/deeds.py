"""What a worker does with cases: list, today, open, refer, hand over, close, escalate, link, signs; and what any chat can do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bot.conversation import course, language, later, reminding, typed
from bot.conversation.desk import (
    codes,
    commands,
    consented,
    danger,
    handing,
    letter,
    lists,
    professional,
    sorting,
    told_signs,
    voice,
    wording,
)
from bot.conversation.desk.events import Escalate, ForCase, LeaveDesk, LinkPatient, Weekly
from bot.conversation.desk.sitting import DUE_AFTER_S, Sitting
from bot.conversation.desk.state import Case, DeskState
from bot.conversation.events import DropPhotos, EraseChat, Said
from bot.conversation.state import ChatState
from bot.messages import Choice, Inbound, Reply, Text, Urgency

__all__ = ["answered", "command", "help_", "label_of", "located", "of_danger", "open_", "pressed"]

Act = Callable[[Sitting, Case, str, Said], None]

# Closing a case that must be seen soon, and of which nobody has said that it was, is asked once more: 'closing_better'.
_CLOSING = "closing_"
_CLOSING_LABELS = {"yes": Text("desk.close.anyway"), "no": Text("desk.close.keep")}
_SAY_NOTHING_OF_A_VISIT = ("better", "other")


# --- buttons ------------------------------------------------------------------------------------------------


def pressed(sitting: Sitting, case: Case, inner: str, event: Said) -> bool:
    """A button of the desk under a case; False where the case's own conversation must hear it."""
    question, _, answer = inner.partition(".")
    if question == "desk" and answer in _ACTS:
        _ACTS[answer](sitting, case, "", event)
        return True
    if question == "close" and answer in commands.OUTCOMES:
        _closed(sitting, case, answer)
        return True
    if question.startswith(_CLOSING) and answer in ("yes", "no"):
        _closed_all_the_same(sitting, case, question.removeprefix(_CLOSING), answer)
        return True
    if question == "hand":
        return handing.pressed(sitting, case, answer)
    if question == "teach" and answer in ("yes", "no", "back", "keep"):
        consented.answered(sitting, case, answer)
        return True
    if question == "erase":
        if answer == "yes":
            _erase_case(sitting, case)
        else:
            sitting.say(Text("delete.kept"), about=case.code, key="kept")
        return True
    return False


def answered(sitting: Sitting, choice: str, event: Said) -> bool:
    """An answer to a question of the desk about itself."""
    match choice:
        case "delete.yes":
            _erase_all(sitting)
        case "delete.no":
            sitting.say(Text("delete.kept"), key="kept")
        case "leave.yes":
            sitting.effects.append(LeaveDesk())
            sitting.say(Text("desk.leave.done"), key="left")
        case "leave.no":
            help_(sitting)
        case _:
            return False
    return True


def label_of(sitting: Sitting, choice: str) -> Text | None:
    """The words on a button of the desk's own, by its code; None for a question of a case."""
    code, inner = codes.unwrapped(choice)
    question, _, answer = inner.partition(".")
    if question == "hand":
        return handing.label(sitting.around.members, answer)
    if question == "close":
        return Text(f"desk.close.{answer}")
    if question.startswith(_CLOSING):
        return _CLOSING_LABELS.get(answer)
    if question in ("delete", "erase", "leave"):
        return Text(f"delete.{answer}" if question != "leave" else f"desk.leave.{answer}")
    if question.startswith("gather") and answer == "me":
        return Text("desk.own.me")
    if question.startswith("gather") and answer in ("new", "split"):
        return Text(f"desk.held.{answer}")
    if question == "safe" and inner in voice.SAFE:
        return voice.SAFE[inner]
    if question == "desk" and code == sitting.desk.current and answer != "open":
        return Text(f"desk.do.{answer}")
    if question == "teach" and answer in ("yes", "no", "back", "keep"):
        return consented.label(answer)
    if question == "language" and answer in (c.code.partition(".")[2] for c in _languages(sitting)):
        return next(c.label for c in _languages(sitting) if c.code == choice)
    return None


def _languages(sitting: Sitting) -> tuple[Choice, ...]:
    return language.ask(ChatState(unreviewed=sitting.desk.unreviewed)).choices


# --- typed commands -----------------------------------------------------------------------------------------


def command(sitting: Sitting, told: commands.Typed, event: Said) -> None:
    """A typed command, with the case it names or the current one."""
    name = told.command
    if name in _PLAIN and not (name == "delete" and told.code):
        _PLAIN[name](sitting, event)
        return
    case = sitting.cases.get(told.code) if told.code else sitting.current()
    if case is None:
        sitting.say(Text("desk.which"), key="which")
    elif name == "delete":
        _ask_erase(sitting, case)
    else:
        if told.rest.strip() and name not in _USE_WORDS:
            case = sorting.note(sitting, case, told.rest)
        _ACTS[name](sitting, case, told.rest, event)


def of_danger(sitting: Sitting, case: Case, told: commands.Typed, event: Said) -> bool:
    """Words behind a command that speak of danger: they are kept and answered before it, and end it; False where they do not.

    What asks for more is done all the same: a clinician is asked, and 'worse' asks about every sign again.
    """
    words = (Inbound("message", text=told.rest),)
    asked = case
    if told.command == "worse" and course.part(case.state) != "now":
        asked = replace(case, progress="worse", state=reminding.reopened(case.state))
    found = danger.in_case(sitting, asked, words)
    if not found.said:
        return False
    case = sorting.noted(sitting, sitting.opened(sitting.put(replace(found.case, outcome=""))), words)
    sorting.again(sitting, case, *found.said)
    if told.command == "escalate":
        _escalate(sitting, case, "", event)
    return True


def help_(sitting: Sitting) -> None:
    """What can be done here."""
    said = [Text(f"desk.help.{name}") for name in ("forward", "code", "row", "words")]
    sitting.say(*said, _danger(sitting.desk), key="help")


def _danger(desk: DeskState) -> Text:
    return Text("help.danger", {"number": desk.emergency}) if desk.emergency else Text("help.danger_local")


def _help(sitting: Sitting, event: Said) -> None:
    help_(sitting)


def _hello(sitting: Sitting, event: Said) -> None:
    help_(sitting)


def _stop(sitting: Sitting, event: Said) -> None:
    sitting.say(Text("stop.done"), key="stop")
    sitting.desk = replace(sitting.desk, stopped=True, offered=())


def _delete(sitting: Sitting, event: Said) -> None:
    buttons = (Choice("delete.yes", Text("delete.yes")), Choice("delete.no", Text("delete.no")))
    sitting.say(Text("desk.delete.all", {"count": len(sitting.cases)}), choices=buttons, key="delete")


def _erase_all(sitting: Sitting) -> None:
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
        channel=desk.channel,
        unreviewed=desk.unreviewed,
        emergency=desk.emergency,
        crisis_line=desk.crisis_line,
        violence_line=desk.violence_line,
        photo_days=desk.photo_days,
        groups=desk.groups,
    )
    said = [Text("delete.done")]
    if desk.channel in ("telegram", "whatsapp", "webchat"):
        said.append(Text(f"delete.remains.{desk.channel}"))
    sitting.say(*said, key="deleted")


def _language(sitting: Sitting, event: Said) -> None:
    question = language.ask(ChatState(unreviewed=sitting.desk.unreviewed))
    sitting.say(*question.paragraphs, choices=question.choices, key="language")


def _new(sitting: Sitting, event: Said) -> None:
    """A new case, by the word for it; items that wait for 'same patient or new?' are its first."""
    held = next((c for c in sitting.desk.offered if c.startswith("gather")), "")
    if held and sorting.answered(sitting, f"{held.partition('.')[0]}.new", event):
        return
    case = sitting.begin()
    sorting.again(sitting, case, Text("desk.new"))


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


_PLAIN: dict[str, Callable[[Sitting, Said], None]] = {
    "help": _help,
    "hello": _hello,
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


# --- with one case ------------------------------------------------------------------------------------------


def open_(sitting: Sitting, case: Case) -> None:
    """Goes on with a case: where it stands, and its open question or its answer. One that was closed is open again."""
    case = sitting.opened(case)
    notes = [wording.status(case, sitting.at)]
    if case.state.recordings:
        notes.append(Text("desk.voices", {"count": len(case.state.recordings)}))
    if course.part(case.state) in course.RESULTS:
        # `speak` puts the professional's answer in place of the result.
        sitting.speak(case, Reply((), (), course.part(case.state)))
        return
    sorting.again(sitting, case, *notes)


def _open(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    open_(sitting, case)


def _refer(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """The referral letter, to show or print."""
    if not case.told:
        sorting.again(sitting, case, Text("desk.refer.early"))
        return
    sitting.desk = replace(sitting.desk, current=case.code)
    sitting.say(
        *letter.letter(case, sitting.around, sitting.at, sitting.desk.speaks), about=case.code, key="letter"
    )


def _hand(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Gives the case to another health worker."""
    if rest.strip() and not handing.names(sitting, rest):
        case = sorting.note(sitting, case, rest)
    handing.hand_over(sitting, case, rest)


def _close(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Asks how it ended, unless the words behind the command say so."""
    buttons = tuple(
        Choice(codes.wrapped(case.code, f"close.{name}"), Text(f"desk.close.{name}"))
        for name in commands.OUTCOMES
    )
    outcome = _outcome(sitting, buttons, rest) if rest.strip() else ""
    if outcome:
        _closed(sitting, case, outcome)
        return
    if rest.strip():
        sorting.note(sitting, case, rest)
    sitting.say(Text("desk.close.ask"), choices=buttons, about=case.code, key="close")


def _outcome(sitting: Sitting, buttons: tuple[Choice, ...], words: str) -> str:
    """Which outcome the words mean, '' for none."""
    lists = {"better": "better", "seen": "desk_seen"}
    said = next((n for n, listed in lists.items() if typed.is_word(listed, words, sitting.desk.speaks)), "")
    return said or codes.unwrapped(typed.choice(buttons, words, sitting.desk.speaks))[1].partition(".")[2]


def _closed(sitting: Sitting, case: Case, outcome: str, *, sure: bool = False) -> None:
    pressing = case.open and wording.soon_known(case) and case.urgency.rank <= Urgency.TODAY.rank
    if pressing and not sure and outcome in _SAY_NOTHING_OF_A_VISIT and later.unseen(case.state):
        buttons = tuple(
            Choice(codes.wrapped(case.code, f"{_CLOSING}{outcome}.{said}"), label)
            for said, label in _CLOSING_LABELS.items()
        )
        said = (professional.how_soon(case), Text("desk.close.unseen"))
        sitting.say(*said, choices=buttons, about=case.code, key="close_unseen")
        return
    sitting.put(replace(case, outcome=outcome, due_at=None, touched_at=sitting.at))
    sitting.desk = replace(sitting.desk, current="", offered=())
    sitting.say(Text("desk.close.done"), about=case.code, key="closed")


def _closed_all_the_same(sitting: Sitting, case: Case, outcome: str, answer: str) -> None:
    if answer == "yes" and outcome in commands.OUTCOMES:
        _closed(sitting, case, outcome, sure=True)
        return
    sitting.desk = replace(sitting.desk, current=case.code, offered=())
    sitting.say(Text("desk.went.stays"), professional.how_soon(case), about=case.code, key="kept_open")


def _escalate(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Asks a clinician."""
    if not sitting.around.clinicians:
        sitting.say(Text("desk.escalate.nobody"), about=case.code, key="escalate")
        return
    case = sitting.opened(case)
    reason = "unsure" if professional.unsure(case) else "asked"
    sitting.put(replace(case, escalated=True, touched_at=sitting.at))
    sitting.effects.append(Escalate(case.code, reason, case.urgency))
    offer = Text("desk.link.offer", {"code": case.code})
    sitting.say(Text("desk.escalate.done"), offer, about=case.code, key="escalated")


def _link(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """A code by which the patient is told in their own chat what a clinician answers: to be read out, or forwarded."""
    invitation = sitting.around.invitation
    if not case.open or not invitation:
        sitting.say(Text("desk.link.closed"), about=case.code, key="link")
        return
    sitting.effects.append(LinkPatient(case.code, invitation))
    said = (Text("desk.link.read"), Text("plain.text", {"text": invitation}), Text("desk.link.once"))
    sitting.say(*said, about=case.code, key="link")


def _signs(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """All signs of danger, with what was told of each."""
    sitting.say(*told_signs.listed(case.state), about=case.code, key="signs")


def _hear(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """The voice messages of the case, to be heard."""
    ids = case.state.recordings
    sitting.desk = replace(sitting.desk, current=case.code)
    media = wording.recordings(ids)
    sitting.say(Text("desk.voices", {"count": len(ids)}), about=case.code, key="voices", media=media)


def _teach(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Whether the case may teach the model: to be read out to the patient."""
    consented.ask(sitting, case)


def _progress(name: str) -> Act:
    def act(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
        _went(sitting, case, name, rest)

    return act


def _went(sitting: Sitting, case: Case, progress: str, rest: str) -> None:
    """Better, same, worse, seen: told of one case by its code. 'Worse' asks about danger again; nothing lowers an urgency."""
    case = replace(case, progress=progress, touched_at=sitting.at, outcome="")
    if progress == "worse":
        case = sitting.put(case)
        if course.part(case.state) != "now":
            case = sorting.reopened(sitting, case)
        sorting.again(sitting, case, Text("desk.went.worse"))
        return
    if progress == "seen":
        case = replace(case, state=replace(case.state, answers={**case.state.answers, "later.visit": "yes"}))
    # Whom nobody has seen is not put off: the case stays on the list by when its urgency wanted it.
    waits = later.unseen(case.state) and wording.soon_known(case) and case.urgency is not Urgency.ROUTINE
    if progress == "same" and not waits:
        case = replace(case, due_at=sitting.at + DUE_AFTER_S[Urgency.WEEK])
    case = sitting.put(case)
    sitting.desk = replace(sitting.desk, current=case.code)
    choices = (
        tuple(
            Choice(codes.wrapped(case.code, f"desk.{name}"), Text(f"desk.do.{name}"))
            for name in ("close", "refer")
        )
        if progress != "same"
        else ()
    )
    said = Text("desk.went.stays" if waits and progress == "same" else f"desk.went.{progress}")
    soon = (professional.how_soon(case),) if waits else ()
    sitting.say(said, *soon, choices=choices, about=case.code, key=progress)


def _ask_erase(sitting: Sitting, case: Case) -> None:
    buttons = tuple(
        Choice(codes.wrapped(case.code, f"erase.{name}"), Text(f"delete.{name}")) for name in ("yes", "no")
    )
    sitting.say(Text("desk.delete.one"), choices=buttons, about=case.code, key="delete")


def _erase_case(sitting: Sitting, case: Case) -> None:
    state = case.state
    ids = tuple(dict.fromkeys(state.photos + state.spare + state.recordings))
    if state.pending or ids:
        sitting.effects.append(ForCase(case.code, DropPhotos(state.pending, ids)))
    sitting.erase(case.code)
    sitting.say(Text("desk.delete.done"), about=case.code, key="erased")


# What stands behind these says how it ended, or to whom the case goes; what does not is kept by them.
_USE_WORDS = ("close", "hand")
_ACTS: dict[str, Act] = {
    "open": _open,
    "refer": _refer,
    "hand": _hand,
    "close": _close,
    "escalate": _escalate,
    "link": _link,
    "signs": _signs,
    "hear": _hear,
    "teach": _teach,
    "better": _progress("better"),
    "same": _progress("same"),
    "worse": _progress("worse"),
    "seen": _progress("seen"),
}


# --- where the worker works ---------------------------------------------------------------------------------


def located(sitting: Sitting, location: tuple[float, float]) -> None:
    """Keeps where the worker works, to about a kilometre, for finding the nearest place."""
    latitude, longitude = location
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return
    sitting.desk = replace(sitting.desk, latitude=round(latitude, 2), longitude=round(longitude, 2))
    sitting.say(Text("desk.where.kept"), key="location")
