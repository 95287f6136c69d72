"""A clinician's chat: which cases wait, one taken, its summary, and the answer in their own or in prepared words.

An answer is read back before it is sent, with how soon the patient should be seen: that may raise what the rules say, and may
lower it only as the clinician's own word, which is marked as such wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import locales
from bot.casework import due
from bot.conversation import handover, typed
from bot.conversation.desk import codes, commands, danger, deeds, facts, professional, told_signs, wording
from bot.conversation.desk.events import AnswerCase, ReleaseCase, TakeCase, Taken, Waiting
from bot.conversation.desk.prepared import refused, told, words_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Held
from bot.conversation.events import Said
from bot.messages import Choice, Inbound, Media, Text, Urgency

__all__ = ["PREPARED", "any_button", "said", "told", "words_of"]

# Sentences that can be sent by a button, in the reader's language. Nothing clinical is decided by them.
PREPARED = ("same", "examine", "photo", "refer", "watch")
# Notes shown of a case, the newest; buttons under the queue.
MOST_NOTES = 8
# Photographs shown of a case, the newest, in the order in which they came.
MOST_PHOTOS = 6
BUTTONS = 9
_MARK = "[[%s]]"
# Of what is held here: 0 waits for the language.
_OWN_GROUP = 1
_SOON = ("now", "today", "week", "routine", "as_before")


def said(sitting: Sitting, item: Inbound, event: Said) -> None:
    """What a clinician wrote: a command, a number of the list, or words for the case they have taken."""
    desk = sitting.desk
    number = locales.normalise(item.text)
    if number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= len(desk.offered):
        any_button(sitting, desk.offered[int(number) - 1], event)
        return
    known = frozenset(w.case.code for w in (*sitting.around.queue, *sitting.around.taken))
    order = commands.parsed(item.text, desk.speaks, known, "clinician")
    if not order.code and danger.of_oneself(sitting, item):
        _own(sitting, item)
    elif order.command in _COMMANDS:
        _COMMANDS[order.command](sitting, order.code)
    elif order.command:
        deeds.command(sitting, order, event)
    elif strange := codes.unknown(item.text) if not order.code else "":
        sitting.say(Text("clinic.gone", {"code": strange}), key="gone")
    elif order.code and not order.rest:
        _take(sitting, order.code)
    elif not item.text.strip() or typed.is_word("hello", item.text, desk.speaks):
        _help(sitting, "")
    else:
        _draft(sitting, order.code or desk.current, order.rest)


def _pressed(sitting: Sitting, choice: str, event: Said) -> bool:
    """A clinician's button; False where it is none of theirs."""
    code, inner = codes.unwrapped(choice)
    question, _, answer = inner.partition(".")
    if question == "take":
        _take(sitting, code)
    elif question == "say" and answer in PREPARED:
        _draft(sitting, code, _MARK % answer)
    elif (question, answer) in (("say", "held"), ("own", "me")):
        return _own_answered(sitting, code)
    elif question == "send" and answer in (*_SOON, "no"):
        _send(sitting, code, answer)
    elif question == "case" and answer in ("signs", "release"):
        (_signs if answer == "signs" else _release)(sitting, code)
    else:
        return False
    return True


def any_button(sitting: Sitting, choice: str, event: Said) -> None:
    """A button of any kind in a clinician's chat."""
    if not _pressed(sitting, choice, event) and not deeds.answered(sitting, choice, event):
        sitting.say(Text("button.old"), key="old")


def _own(sitting: Sitting, item: Inbound) -> None:
    """Words of wanting to die or of being hurt: people who can help first. An answer for a patient only if they say so."""
    danger.tell_oneself(sitting, item)
    if (found := _mine(sitting, sitting.desk.current)) is None:
        return
    code = found.case.code
    sitting.desk = replace(sitting.desk, held=(Held(item, sitting.at, _OWN_GROUP),))
    label = Text("plain.text", {"text": code})
    buttons = (Choice("own.me", Text("desk.own.me")), Choice(codes.wrapped(code, "say.held"), label))
    sitting.say(Text("desk.own.whose"), choices=buttons, key="own")


def _own_answered(sitting: Sitting, code: str) -> bool:
    """What `_own` kept becomes an answer for the case of this code; with no code it is let go of. False where nothing is kept."""
    held = [h for h in sitting.desk.held if h.group == _OWN_GROUP]
    sitting.desk = replace(sitting.desk, held=())
    if not held:
        return False
    if code:
        _draft(sitting, code, held[0].item.text)
    else:
        danger.go_to_people(sitting, held[0].item)
    return True


def _mine(sitting: Sitting, code: str) -> Waiting | None:
    return next((w for w in sitting.around.taken if w.case.code == code), None)


def _help(sitting: Sitting, code: str) -> None:
    sitting.say(Text("clinic.help"), Text("clinic.help_answer"), key="help")


def _queue(sitting: Sitting, code: str) -> None:
    """The cases that wait, the most pressing first, and those that are being answered here."""
    waiting = sitting.around.queue
    mine = sitting.around.taken
    if not waiting and not mine:
        sitting.say(Text("clinic.queue.none"), key="queue")
        return
    said: list[Text] = []
    if mine:
        said += [Text("clinic.queue.mine"), *_lines(sitting, mine)]
    if waiting:
        said += [Text("clinic.queue", {"count": len(waiting)}), *_lines(sitting, waiting)]
    buttons = tuple(
        Choice(codes.wrapped(w.case.code, "take.yes"), Text("plain.text", {"text": w.case.code}))
        for w in (*mine, *waiting)[:BUTTONS]
    )
    sitting.say(*said, choices=buttons, key="queue")


def _lines(sitting: Sitting, waiting: tuple[Waiting, ...]) -> list[Text]:
    return [Text("danger.line", {"sign": _line(sitting, one)}) for one in waiting]


def _line(sitting: Sitting, one: Waiting) -> Text:
    """A waiting case: how soon, since when, and by when an answer is due, where it is known how soon."""
    case = one.case
    soon = Text("desk.short.now") if one.of_harm else wording.soon(case)
    line = Text("clinic.line", {"code": case.code, "soon": soon, "age": wording.age(one.since, sitting.at)})
    if not one.of_harm and not wording.soon_known(case):
        return line
    return Text("clinic.line_due", {"line": line, "due": _due(sitting, one)})


def _due(sitting: Sitting, one: Waiting) -> Text:
    if one.of_harm:
        return Text("clinic.due.now")
    zone = sitting.around.zone
    by = due.answer(one.case.reached, one.since, sitting.at, zone)
    day = (
        {"day": locales.day(by.ends - 1.0, sitting.desk.speaks, zone)} if by.stands in ("over", "by") else {}
    )
    return Text(f"clinic.due.{by.stands}", day)


def _take(sitting: Sitting, code: str) -> None:
    """Takes the case, or shows it again; nobody else can answer it meanwhile."""
    code = code or sitting.desk.current
    found = _mine(sitting, code) or _in_queue(sitting, code)
    if found is None:
        sitting.say(Text("clinic.gone", {"code": code}) if code else Text("desk.which"), key="gone")
        return
    sitting.effects.append(TakeCase(code))
    sitting.desk = replace(sitting.desk, current=code, draft="")
    _show(sitting, found)


def _show(sitting: Sitting, found: Waiting) -> None:
    """All that is known of the case, for whoever answers it."""
    case = found.case
    result = professional.answer(case, sitting.around).paragraphs
    paragraphs = [
        *handover.to_clinicians(case.state),
        *facts.about(case.state),
        *(result if _soon_known(found) else result[1:]),
        *facts.answers(case.state),
    ]
    for note in found.notes[-MOST_NOTES:]:
        kind = "staff" if note.staff else "patient" if note.forwarded else "worker"
        paragraphs.append(Text(f"clinic.note.{kind}", {"words": note.text}))
    if found.photos:
        paragraphs.append(Text("clinic.photos", {"count": len(found.photos)}))
    if found.recordings:
        paragraphs.append(Text("desk.voices", {"count": len(found.recordings)}))
    paragraphs.append(Text("clinic.answer"))
    buttons = [Choice(codes.wrapped(case.code, f"say.{n}"), Text(f"clinic.do.{n}")) for n in PREPARED]
    buttons += [
        Choice(codes.wrapped(case.code, f"case.{n}"), Text(f"clinic.do.{n}")) for n in ("signs", "release")
    ]
    sitting.say(
        *paragraphs,
        choices=buttons,
        about=case.code,
        key="taken",
        media=(*_shown(case.code, found.photos), *wording.recordings(found.recordings)),
    )


def _soon_known(found: Waiting) -> bool:
    """False of somebody who is in danger and was asked nothing yet: that no sign was found means nothing."""
    return not found.of_harm or wording.soon_known(found.case)


def _shown(code: str, photos: tuple[Taken, ...]) -> tuple[Media, ...]:
    """The newest photographs, earlier ones first, so that what changed is seen. Whether they may be is asked when they leave."""
    of = len(photos)
    said = [
        Text("clinic.photo", {"code": code, "number": str(n), "of": str(of), "day": p.day})
        for n, p in enumerate(photos, 1)
    ]
    shown = [Media("photo", photo_id=p.photo_id, caption=text) for p, text in zip(photos, said, strict=True)]
    return tuple(shown[-MOST_PHOTOS:])


def _draft(sitting: Sitting, code: str, words: str) -> None:
    """Reads the answer back and asks how soon; nothing is sent yet."""
    found = _answering(sitting, code)
    if found is None:
        danger.unplaced(sitting, (Inbound("message", text=words),))
        if code and code == sitting.desk.current:
            _lost(sitting, code)
        else:
            sitting.say(Text("clinic.take_first"), key="take_first")
        return
    if (fault := refused(words.strip(), None, found)) is not None:
        sitting.desk = replace(sitting.desk, current=code, draft="")
        sitting.say(fault, about=code, key="less")
        return
    sitting.desk = replace(sitting.desk, current=code, draft=words.strip())
    said = [
        Text("clinic.read_back", {"words": words_of(words.strip())}),
        *((professional.how_soon(found.case),) if _soon_known(found) else ()),
        Text("clinic.how_soon"),
    ]
    sitting.say(*said, choices=_to_send(code), about=code, key="draft")


def _to_send(code: str) -> list[Choice]:
    return [Choice(codes.wrapped(code, f"send.{n}"), Text(f"clinic.send.{n}")) for n in (*_SOON, "no")]


def _in_queue(sitting: Sitting, code: str) -> Waiting | None:
    return next((w for w in sitting.around.queue if w.case.code == code), None)


def _answering(sitting: Sitting, code: str) -> Waiting | None:
    """The case they have taken. The one last worked on is taken again where its time ran out and it waits: no word is lost."""
    mine = _mine(sitting, code)
    if mine is not None or not code or code != sitting.desk.current:
        return mine
    found = _in_queue(sitting, code)
    if found is not None:
        sitting.effects.append(TakeCase(code))
    return found


def _lost(sitting: Sitting, code: str) -> None:
    """The case they were answering does not wait any more: nothing was sent."""
    sitting.desk = replace(sitting.desk, current="", draft="", offered=())
    sitting.say(Text("clinic.lost", {"code": code}), key="gone")


def _send(sitting: Sitting, code: str, soon: str) -> None:
    desk = sitting.desk
    if code and desk.current == code and _mine(sitting, code) is None and _in_queue(sitting, code) is None:
        # Erased, with the answer to it that was begun; or another's by now.
        _lost(sitting, code)
        return
    if desk.current != code or not desk.draft:
        sitting.say(Text("button.old"), key="old")
        return
    if soon == "no":
        sitting.desk = replace(desk, draft="", offered=())
        sitting.say(Text("clinic.not_sent"), about=code, key="not_sent")
        return
    found = _answering(sitting, code)
    if found is None:
        _lost(sitting, code)
        return
    words = desk.draft
    opinion = Urgency(soon) if soon in tuple(Urgency) else None
    if (fault := refused(words, opinion, found)) is not None:
        # It stays as it was read back: another time can be chosen for it, or other words written.
        sitting.say(fault, choices=_to_send(code), about=code, key="draft")
        return
    sitting.effects.append(AnswerCase(code, words, opinion))
    sitting.desk = replace(desk, current="", draft="", offered=())
    sitting.say(Text("clinic.sent"), about=code, key="sent")


def _release(sitting: Sitting, code: str) -> None:
    code = code or sitting.desk.current
    if _mine(sitting, code) is None:
        sitting.say(Text("desk.which"), key="which")
        return
    sitting.effects.append(ReleaseCase(code))
    sitting.desk = replace(sitting.desk, current="", draft="", offered=())
    sitting.say(Text("clinic.released"), about=code, key="released")


def _signs(sitting: Sitting, code: str) -> None:
    found = _mine(sitting, code or sitting.desk.current)
    if found is None:
        sitting.say(Text("desk.which"), key="which")
        return
    sitting.say(*told_signs.listed(found.case.state), about=found.case.code, key="signs")


def _photo(sitting: Sitting, code: str) -> None:
    _draft(sitting, code or sitting.desk.current, _MARK % "photo")


_COMMANDS: dict[str, Callable[[Sitting, str], None]] = {
    "queue": _queue,
    "take": _take,
    "open": _take,
    "release": _release,
    "photo": _photo,
    "signs": _signs,
    "help": _help,
    "hello": _help,
}
