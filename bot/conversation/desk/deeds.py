"""What a worker does with a case: open, refer, hand over, close, escalate, link, signs; and which button or word does what."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bot.conversation import course, language, later, reminding
from bot.conversation.desk import (
    closing,
    codes,
    commands,
    consented,
    danger,
    handing,
    keeping,
    letter,
    mistaken,
    plain,
    professional,
    told_signs,
    voice,
    waiting,
    wording,
    worse,
)
from bot.conversation.desk.events import Escalate, ForCase, LeaveDesk, LinkPatient
from bot.conversation.desk.sitting import DUE_AFTER_S, Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import DropPhotos, Said
from bot.messages import Choice, Inbound, Reply, Text, Urgency

__all__ = ["answered", "command", "label_of", "located", "of_danger", "open_", "pressed"]

Act = Callable[[Sitting, Case, str, Said], None]


def pressed(sitting: Sitting, case: Case, inner: str, event: Said) -> bool:
    """A button of the desk under a case; False where the case's own conversation must hear it."""
    question, _, answer = inner.partition(".")
    if question == "desk" and answer in _ACTS:
        _ACTS[answer](sitting, case, "", event)
        return True
    if question == "close" and answer in commands.OUTCOMES:
        closing.closed(sitting, case, answer)
        return True
    if question.startswith(closing.CLOSING) and answer in ("yes", "no"):
        closing.all_the_same(sitting, case, question.removeprefix(closing.CLOSING), answer)
        return True
    if question == "hand":
        return handing.pressed(sitting, case, answer)
    if question == "teach" and answer in ("yes", "no", "back", "keep"):
        consented.answered(sitting, case, answer)
        return True
    if question == "wrong":
        mistaken.pressed(sitting, case, answer)
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
            plain.erase_all(sitting)
        case "delete.no":
            sitting.say(Text("delete.kept"), key="kept")
        case "leave.yes":
            sitting.effects.append(LeaveDesk())
            sitting.say(Text("desk.leave.done"), key="left")
        case "leave.no":
            plain.help_(sitting)
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
    if question.startswith(closing.CLOSING):
        return closing.LABELS.get(answer)
    if question in ("delete", "erase", "leave"):
        return Text(f"delete.{answer}" if question != "leave" else f"desk.leave.{answer}")
    if waiting.is_question(question) and answer == "me":
        return Text("desk.own.me")
    if waiting.is_question(question) and answer in ("new", "split"):
        return Text(f"desk.held.{answer}")
    if question == "safe" and inner in voice.SAFE:
        return voice.SAFE[inner]
    if question == "desk" and code and answer != "open":
        return Text(f"desk.do.{answer}")
    if question == "teach" and answer in ("yes", "no", "back", "keep"):
        return consented.label(answer)
    if question == "language" and answer in (c.code.partition(".")[2] for c in _languages(sitting)):
        return next(c.label for c in _languages(sitting) if c.code == choice)
    return None


def _languages(sitting: Sitting) -> tuple[Choice, ...]:
    return language.ask(sitting.desk.here.unreviewed).choices


def command(sitting: Sitting, told: commands.Typed, event: Said) -> None:
    """A typed command, with the case it names or the current one."""
    name = told.command
    if name in plain.PLAIN and not (name == "delete" and told.code):
        plain.PLAIN[name](sitting, event)
        return
    case = sitting.cases.get(told.code) if told.code else sitting.current()
    if case is None or (not told.code and sitting.in_doubt()):
        sitting.say(Text("desk.which"), key="which")
    elif name == "delete":
        _ask_erase(sitting, case)
    else:
        if told.rest.strip() and name not in _USE_WORDS:
            case = keeping.note(sitting, case, told.rest)
        _ACTS[name](sitting, case, told.rest, event)
        now = sitting.current()
        if told.code in sitting.open_cases() and now is not None and now.code != told.code:
            # Words that follow could be of the one that was named.
            sitting.desk = replace(sitting.desk, beside=told.code)


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
    before = case.state
    case = keeping.noted(sitting, sitting.opened(sitting.put(replace(found.case, outcome=""))), words)
    if told.command == "worse":
        worse.told(sitting, case, before, words, event, *found.said)
    else:
        keeping.again(sitting, case, *found.said)
    if told.command == "escalate":
        _escalate(sitting, case, "", event)
    return True


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
    keeping.again(sitting, case, *notes)


def _open(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    open_(sitting, case)


def _refer(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """The referral letter, to show or print."""
    if not case.told:
        keeping.again(sitting, case, Text("desk.refer.early"))
        return
    sitting.turn(case)
    sitting.say(
        *letter.letter(case, sitting.around, sitting.at, sitting.desk.speaks), about=case.code, key="letter"
    )


def _hand(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Gives the case to another health worker."""
    if rest.strip() and not handing.names(sitting, rest):
        case = keeping.note(sitting, case, rest)
    handing.hand_over(sitting, case, rest)


def _escalate(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Asks a clinician."""
    if not sitting.around.clinicians:
        sitting.say(Text("desk.escalate.nobody"), about=case.code, key="escalate")
        return
    case = sitting.opened(case)
    reason = "unsure" if professional.unsure(case) else "asked"
    sitting.put(replace(case, escalated=True, touched_at=sitting.at))
    sitting.effects.append(Escalate(case.code, reason, case.reached))
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
    media, said = wording.recordings(ids), Text("desk.voices", {"count": len(ids)})
    if case.open and case.asks:
        keeping.again(sitting, case, said, media=media)
        return
    sitting.turn(case)
    sitting.say(said, about=case.code, key="voices", media=media)


def _teach(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
    """Whether the case may teach the model: to be read out to the patient."""
    consented.ask(sitting, case)


def _progress(name: str) -> Act:
    def act(sitting: Sitting, case: Case, rest: str, event: Said) -> None:
        _went(sitting, case, name, rest, event)

    return act


def _went(sitting: Sitting, case: Case, progress: str, rest: str, event: Said) -> None:
    """Better, same, worse, seen: told of one case by its code. 'Worse' asks about danger again; nothing lowers an urgency."""
    case = replace(case, progress=progress, touched_at=sitting.at, outcome="")
    if progress == "worse":
        before = case.state
        case = sitting.put(case)
        if course.part(before) != "now":
            case = keeping.reopened(sitting, case)
        beside = (Inbound("message", text=rest),)
        worse.told(sitting, case, before, beside, event, Text("desk.went.worse"))
        return
    if progress == "seen":
        case = replace(case, state=replace(case.state, answers={**case.state.answers, "later.visit": "yes"}))
    # Whom nobody has seen is not put off: the case stays on the list by when its urgency wanted it.
    waits = later.unseen(case.state) and wording.soon_known(case) and case.reached is not Urgency.ROUTINE
    if progress == "same" and not waits:
        case = replace(case, due_at=sitting.at + DUE_AFTER_S[Urgency.WEEK])
    case = sitting.put(case)
    said = Text("desk.went.stays" if waits and progress == "same" else f"desk.went.{progress}")
    soon = (professional.how_soon(case),) if waits else ()
    if case.asks:
        keeping.again(sitting, case, said, *soon)
        return
    sitting.turn(case)
    choices = (
        tuple(
            Choice(codes.wrapped(case.code, f"desk.{name}"), Text(f"desk.do.{name}"))
            for name in ("close", "refer")
        )
        if progress != "same"
        else ()
    )
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


# What stands behind these says how it ended, to whom the case goes, or which photograph; what does not is kept by them.
_USE_WORDS = ("close", "hand", "wrong")


_ACTS: dict[str, Act] = {
    "open": _open,
    "refer": _refer,
    "hand": _hand,
    "close": closing.close,
    "escalate": _escalate,
    "link": _link,
    "signs": _signs,
    "hear": _hear,
    "wrong": mistaken.take_out,
    "teach": _teach,
    "better": _progress("better"),
    "same": _progress("same"),
    "worse": _progress("worse"),
    "seen": _progress("seen"),
}


def located(sitting: Sitting, location: tuple[float, float]) -> None:
    """Keeps where the worker works, to about a kilometre, for finding the nearest place."""
    latitude, longitude = location
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return
    sitting.desk = replace(sitting.desk, latitude=round(latitude, 2), longitude=round(longitude, 2))
    sitting.say(Text("desk.where.kept"), key="location")
