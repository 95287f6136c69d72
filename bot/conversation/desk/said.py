"""What a worker said, sorted and answered: commands and codes first, then open questions, then items for cases."""

from __future__ import annotations

from dataclasses import replace

import locales
from bot.clinical import alarms
from bot.conversation import ages, language, too_early, typed
from bot.conversation.desk import (
    clinic,
    codes,
    commands,
    crossing,
    danger,
    deeds,
    handing,
    in_a_row,
    keeping,
    offered,
    plain,
    sorting,
    typed_danger,
    waiting,
    worse,
)
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.events import DropPhotos, Said
from bot.messages import Inbound, Text

__all__ = ["said"]


def said(sitting: Sitting, event: Said) -> None:
    """What follows from what the worker said."""
    items = tuple(i for i in event.items if i.kind not in ("noise", "migrated"))
    if not items:
        return
    desk = replace(
        sitting.desk,
        here=event.here,
        last_at=event.at,
    )
    sitting.desk = desk
    if any(i.kind == "stopped" for i in items):
        sitting.desk = replace(desk, stopped=True, overlay="")
        return
    if all(i.kind == "group" for i in items):
        if not desk.group_told:
            sitting.desk = replace(desk, group_told=True)
            sitting.say(Text("group.private"), key="group")
        return
    items = tuple(i for i in items if i.kind != "group")
    if desk.stopped:
        sitting.desk = replace(sitting.desk, stopped=False)
        sitting.say(Text("desk.resumed"), key="resumed")
    if not sitting.desk.language and not _language_known(sitting, items):
        return
    event = replace(event, items=items)
    if not _bare(items):
        # Something else came: a number that is typed after it is no colleague's.
        sitting.desk = replace(sitting.desk, overlay="")
    if sitting.desk.language:
        _resume(sitting, event)
    _heard(sitting, items, event)


def _heard(sitting: Sitting, items: tuple[Inbound, ...], event: Said) -> None:
    if sitting.desk.role == "clinician":
        _clinicians(sitting, items[-1], event)
    elif _alone(items):
        sorting_ = bool(waiting.open_question(sitting.desk))
        _one(sitting, items[0], event)
        crossing.settled(sitting, sorting=sorting_)
    else:
        _several(sitting, items, event)
        crossing.settled(sitting, sorting=True)


def _resume(sitting: Sitting, event: Said) -> None:
    """What waited for the language is heard now, as it came: typed words one by one, the rest together."""
    early = waiting.released(sitting)
    together = tuple(i for i in early if not _alone((i,)))
    for items in (*((i,) for i in early if i not in together), *((together,) if together else ())):
        _heard(sitting, items, replace(event, items=items))


def _alone(items: tuple[Inbound, ...]) -> bool:
    """True for one thing that the worker did by themselves, without a picture."""
    return len(items) == 1 and not items[0].attachments and not items[0].forwarded


def _bare(items: tuple[Inbound, ...]) -> bool:
    """True for typed words or one button, and nothing with them: what can answer a question of the desk."""
    return _alone(items) and items[0].kind in ("message", "edit", "choice") and items[0].location is None


def _language_known(sitting: Sitting, items: tuple[Inbound, ...]) -> bool:
    """True once a language is guessed, or is being chosen from the list. Items that come before wait.

    Words of danger do not: they tell the language, or are answered in English before it is asked.
    """
    unreviewed = sitting.desk.here.unreviewed
    sitting.desk = replace(sitting.desk, language=language.guessed(items, unreviewed))
    if sitting.desk.language or any(i.choice.startswith("language.") for i in items):
        return True
    if danger.speaks(items, ""):
        told = alarms.language_of("\n".join(i.text for i in items))
        if language.known(told, unreviewed):
            sitting.desk = replace(sitting.desk, language=told)
            return True
        danger.unplaced(sitting, items)
    kept = tuple(i for i in items if i.references or i.forwarded or i.text.strip() or i.location)
    sitting.desk = replace(sitting.desk, held=(*sitting.desk.held, *waiting.before_language(sitting, kept)))
    question = language.ask(unreviewed)
    sitting.say(*question.paragraphs, choices=question.choices, key="language")
    return False


def _clinicians(sitting: Sitting, item: Inbound, event: Said) -> None:
    """A clinician answers in words and buttons; pictures are not taken here."""
    if item.choice.startswith("language."):
        _set_language(sitting, item.choice.partition(".")[2], event)
    elif item.choice:
        clinic.any_button(sitting, item.choice, event)
    elif item.attachments or item.kind == "unusable":
        references = tuple(a for i in event.items for a in i.references)
        if references:
            sitting.effects.append(DropPhotos(references))
        sitting.say(Text("clinic.words_only"), key="words_only")
    else:
        clinic.said(sitting, item, event)


def _several(sitting: Sitting, items: tuple[Inbound, ...], event: Said) -> None:
    """Photographs, albums and forwards. A caption 'new' begins a case with what it stands under."""
    captions = [i for i in items if i.text and not i.forwarded]
    if any(typed.command(i.text, sitting.desk.speaks) == "new" for i in captions):
        known = frozenset(sitting.cases)
        named = [codes.written(i.text, known) for i in items]
        of_others = tuple(i for i, w in zip(items, named, strict=True) if w.code or w.stops)
        bare = tuple(i if i.forwarded else replace(i, text="") for i in items if i not in of_others)
        keeping.put(sitting, sitting.begin().code, bare, event)
        if of_others:
            sorting.sort(sitting, of_others, event)
        return
    sorting.sort(sitting, items, event)


def _one(sitting: Sitting, item: Inbound, event: Said) -> None:
    if item.choice:
        _pressed(sitting, item.choice, event)
    elif item.location is not None:
        deeds.located(sitting, item.location)
    elif item.kind == "unusable":
        _unusable(sitting, item, event)
    elif item.kind == "edit" and _edited(sitting, item, event):
        return
    else:
        _text(sitting, item, event)


def _unusable(sitting: Sitting, item: Inbound, event: Said) -> None:
    """Of a sticker nothing can be kept: where it could be of several cases, nobody need say of which."""
    unsure = sitting.current() is None or sitting.in_doubt() or bool(waiting.open_question(sitting.desk))
    if item.text.strip() or not (unsure and sitting.open_cases()):
        sorting.sort(sitting, (item,), event)
        return
    sitting.say(Text(f"unusable.{item.unusable or 'other'}"), key="unusable")
    waiting.asked_again(sitting)


def _edited(sitting: Sitting, item: Inbound, event: Said) -> bool:
    """An edit answers no question that stands open now: its words are screened and kept with the case. False for a command."""
    told = commands.parsed(item.text, sitting.desk.speaks, frozenset(sitting.cases), sitting.desk.role)
    case = sitting.cases.get(told.code) if told.code else sitting.current()
    if told.command or case is None or not case.open or not told.rest:
        return False
    keeping.put(sitting, case.code, (item,), event)
    return True


def _pressed(sitting: Sitting, choice: str, event: Said) -> None:
    """A button, or the number that was typed for it: it goes to its case, whichever is current."""
    code, inner = codes.unwrapped(choice)
    sitting.desk = replace(sitting.desk, overlay="")
    if code:
        case = sitting.cases.get(code)
        if case is None:
            sitting.say(Text("desk.no_case", {"code": code}), key="no_case")
        elif not (
            crossing.answered(sitting, case, inner, event) or deeds.pressed(sitting, case, inner, event)
        ):
            in_a_row.to_case(sitting, case, Inbound("choice", choice=inner), event)
        return
    if waiting.answered(sitting, choice, event) or deeds.answered(sitting, choice, event):
        return
    if choice.startswith("language."):
        _set_language(sitting, choice.partition(".")[2], event)
        return
    sitting.say(Text("button.old"), key="old")


def _set_language(sitting: Sitting, code: str, event: Said) -> None:
    unreviewed = sitting.desk.here.unreviewed
    if not language.known(code, unreviewed):
        question = language.ask(unreviewed)
        sitting.say(*question.paragraphs, choices=question.choices, key="language")
        return
    sitting.desk = replace(sitting.desk, language=code, offered=())
    sitting.say(Text("language.set", {"language": locales.pack(code).name}), key="language_set")
    before = len(sitting.replies)
    _resume(sitting, event)
    current = sitting.current()
    if len(sitting.replies) > before:
        return
    if current is not None:
        # The list of the old language is gone: what stands open is asked in the new one.
        deeds.open_(sitting, current)
    elif not sitting.cases and not sitting.desk.held and sitting.desk.role == "chw":
        plain.help_(sitting)


def _text(sitting: Sitting, item: Inbound, event: Said) -> None:
    """Typed words: a number of the last list, a command, a code, an answer, or a note for a case."""
    if crossing.asked(sitting, item):
        return
    text, desk = item.text, sitting.desk
    if event.too_early and too_early.fits_any(text, desk.speaks) and waiting.asked_again(sitting):
        return
    number = in_a_row.number(text)
    if number is None:
        number = offered.in_words(desk, text)
    if number is not None and 1 <= number <= len(desk.offered):
        choice = desk.offered[number - 1]
        code, inner = codes.unwrapped(choice)
        if (
            inner.startswith(("age.", "danger"))
            and code in sitting.cases
            and not ages.is_numbered(desk.here.channel, len(desk.offered))
        ):
            # Beside buttons a 3 is no third one: of a child it could be years, of a baby weeks, of signs of danger the third.
            keeping.again(sitting, sitting.cases[code], Text("typed.unclear"))
            return
        if not handing.doubted(sitting, choice, number):
            _pressed(sitting, choice, event)
        return
    if offered.several(sitting, text, event):
        return
    if (code := handing.awaited(desk.overlay)) and (number is not None or handing.named(sitting, text)):
        handing.hand_over(sitting, sitting.cases.get(code), text)
        return
    sitting.desk = desk = replace(desk, overlay="")
    named = codes.written(text, frozenset(sitting.cases))
    told = worse.meant(sitting, commands.parsed(text, desk.speaks, frozenset(sitting.cases), desk.role))
    if typed_danger.answered(sitting, item, named, told, event):
        return
    if named.stops:
        sitting.say(sorting.not_whose(named), key="no_case")
        return
    if choice := offered.by_words(sitting, text):
        _pressed(sitting, choice, event)
        return
    if told.command:
        deeds.command(sitting, told, event)
        return
    case = sitting.cases.get(told.code) if told.code else None
    if case is not None and not told.rest:
        _only_a_code(sitting, case, event)
        return
    if case is not None:
        in_a_row.words(sitting, sitting.opened(case), replace(item, text=told.rest), event)
        return
    current = crossing.meant(sitting, item)
    if waiting.open_question(sitting.desk) and typed.is_word("same", text, desk.speaks):
        waiting.same(sitting, event)
    elif waiting.open_question(sitting.desk) and typed.is_bare(text, desk.speaks):
        waiting.ask(sitting)
    elif current is not None and crossing.of_another_list(sitting, current, text):
        keeping.again(sitting, current, Text("typed.unclear"))
    elif current is not None and crossing.could_be_of_two(sitting, current, text):
        waiting.hold(sitting, (item,))
    elif current is not None:
        in_a_row.words(sitting, current, item, event)
    elif not item.text.strip() or typed.is_word("hello", text, desk.speaks):
        plain.help_(sitting)
    else:
        sorting.sort(sitting, (item,), event)


def _only_a_code(sitting: Sitting, case: Case, event: Said) -> None:
    """A code by itself: the answer that was offered, else the case is opened.

    While another question stands it could mean either. What waits is then put nowhere: it is asked again with that case.
    """
    question = waiting.open_question(sitting.desk)
    if choice := crossing.picked(sitting, case):
        _pressed(sitting, choice, event)
        return
    if question and f"{question}.{case.code}" in sitting.desk.offered:
        waiting.answered(sitting, f"{question}.{case.code}", event)
    elif question and case.open:
        waiting.ask(sitting, also=(case.code,))
    else:
        deeds.open_(sitting, case)
