"""Every text that enters a desk is screened here for danger, before anything else is done with it (facts, rule 1).

What follows goes by whose the words are:
  of a case      the case rises, asks, or hands its patient over (`in_case`), before a command that stands with the words
  of nobody yet  where to go is said at once (`unplaced`); whose they are is asked after it, and then that case rises
  their own      whoever works here wants to die, or is hurt: people for themselves (`of_oneself`), and no case; the clinicians
                 are told to talk with them, not what was written
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.clinical import windows
from bot.conversation import handover, saying, screening, signs
from bot.conversation.desk import codes, voice
from bot.conversation.desk.events import ForCase, MemberInDanger
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case
from bot.conversation.state import ChatState, new_state
from bot.messages import Inbound, Reply, Text, Urgency

__all__ = ["Found", "go_to_people", "in_case", "of_oneself", "speaks", "tell_oneself", "unplaced"]

_ALARM = Text("desk.alarm")
# Not said where no case is: they ask of one, or name its code.
_OF_A_CASE = ("handover.private", "handover.safe", "now.later", "danger.heard")
# Words of it come in several messages: those on duty hear of them once. Who writes again later is not better. Design.
_ALARM_AGAIN_S = 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """What words mean for a case. case: after them. said: what is to be said of it, () where they speak of no danger.

    answered: they were about danger and nothing else; what stands open in the case now is said with it.
    """

    case: Case
    said: tuple[Text, ...] = ()
    answered: bool = False


def in_case(sitting: Sitting, case: Case, items: tuple[Inbound, ...]) -> Found:
    """What the words of the items, captions included, mean for their case, which is not kept here; those on duty are told.

    A forwarded 'no' answers nothing, but a danger that a patient tells of counts as if the worker had been told.
    """
    words = tuple(
        replace(i, text=codes.found(i.text, frozenset({case.code}))[1]) for i in items if i.text.strip()
    )
    if not words:
        return Found(case)
    found = screening.screened(sitting.dressed(case.state), words)
    if found.state.answers == case.state.answers and not found.notes and not found.answered:
        return Found(case)
    sitting.effects += (ForCase(case.code, effect) for effect in found.effects)
    return Found(replace(case, state=found.state), (_ALARM, *found.notes), found.answered)


def speaks(items: Iterable[Inbound], language: str) -> bool:
    """True where the words can speak of danger, of whomever. language: of the desk."""
    return any(item.text.strip() and windows.hear(item.text, "", language) for item in items)


def of_oneself(sitting: Sitting, item: Inbound) -> bool:
    """True of typed words without a code that speak of wanting to die or of being hurt: they may be of who typed them."""
    if item.forwarded or not item.text.strip() or codes.written(item.text, frozenset(sitting.cases)).code:
        return False
    return bool(windows.hear(item.text, "", sitting.desk.language).harm)


def tell_oneself(sitting: Sitting, item: Inbound) -> None:
    """The hand-over for whoever works here, in words to themselves; where to go too, if what they write is an emergency."""
    found = _as_of_anybody(sitting, (item,))
    said = handover.texts(replace(found.state, handover=found.harm or "die"))
    if found.state.floor is Urgency.NOW:
        said = (*said, *signs.go_now(found.state).paragraphs)
    sitting.say(*_without_case(said), *_alarmed(sitting), key="handover")


def go_to_people(sitting: Sitting, item: Inbound) -> None:
    """They say that it is about themself: to people, now. Nothing of it is kept here."""
    harm = _as_of_anybody(sitting, (item,)).harm or "die"
    state = replace(sitting.dressed(new_state()), handover=harm)
    sitting.say(*handover.not_safe(state).paragraphs, *_alarmed(sitting), key="handover")


def _alarmed(sitting: Sitting) -> tuple[Text, ...]:
    """Has those on duty told, where there are any, and says so to whom it is about.

    At the first words, before it is known whether they are about a patient: who wants to die may not answer that any more.
    """
    last = sitting.desk.alarmed_at
    if not sitting.around.on_duty or (last is not None and sitting.at < last + _ALARM_AGAIN_S):
        return ()
    sitting.desk = replace(sitting.desk, alarmed_at=sitting.at)
    sitting.effects.append(MemberInDanger())
    return (Text("desk.own.told"),)


def unplaced(sitting: Sitting, items: tuple[Inbound, ...]) -> bool:
    """Says what words of danger ask for, while nobody knows whose they are. False where they speak of none."""
    if not speaks(items, sitting.desk.language):
        return False
    found = _as_of_anybody(sitting, items)
    reply = Reply((_ALARM, *found.notes), (), "alarm")
    if found.state.floor is Urgency.NOW or found.state.handover:
        open_ = saying.present(found.state)
        reply = replace(open_, paragraphs=(*reply.paragraphs, *open_.paragraphs))
    nobody = Case("", replace(found.state, offered=()), sitting.at, sitting.at)
    told = voice.said(nobody, replace(reply, paragraphs=_without_case(reply.paragraphs)), sitting.around)
    sitting.say(*told.paragraphs[1:], key=told.key)
    return True


def _as_of_anybody(sitting: Sitting, items: tuple[Inbound, ...]) -> screening.Screened:
    state: ChatState = sitting.dressed(new_state())
    return screening.screened(state, tuple(i for i in items if i.text.strip()))


def _without_case(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple(t for t in texts if t.id not in _OF_A_CASE)
