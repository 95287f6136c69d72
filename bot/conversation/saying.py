"""The reply that an event leads to: notes, then the present question or result; and what it asks of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.conversation import (
    another,
    commands,
    consent,
    course,
    followup,
    handover,
    language,
    photos,
    picking,
    planning,
    questions,
    results,
    signs,
)
from bot.conversation.events import DropPhotos, Effect, Step
from bot.conversation.state import ChatState
from bot.messages import Reply, Text, Urgency

__all__ = ["NOT_LOOKED_AT", "awaiting", "engaged", "present", "say", "say_only"]

# Said where a photograph waited in vain for "same or new?".
NOT_LOOKED_AT = "which.not_kept"
# Whatever these say, it stands under "go now".
_UNDER_NOW = (photos.NOT_NOW, "language.set", "resume.hello")

_ASK: dict[course.Part, Callable[[ChatState], Reply]] = {
    "language": lambda state: language.ask(state.here.unreviewed),
    "consent": consent.ask,
    "age": questions.ask_age,
    "now": signs.go_now,
    "danger": signs.ask,
    "refused": results.refused,
    "health": questions.ask_health,
    "shape": questions.ask_shape,
    "wound_kind": questions.ask_wound_kind,
    "site": questions.ask_site,
    "duration": questions.ask_duration,
    "photo": photos.ask,
    "skin": questions.ask_skin,
    "question": questions.ask_symptom,
    "rule": questions.ask_rule,
    "symptoms": picking.ask,
}


def present(state: ChatState) -> Reply:
    """What stands open: the present question, the wait, or the menu of a result."""
    if state.overlay:
        return commands.overlay(state)
    if state.handover:
        return handover.ask(state)
    place = course.part(state)
    if place in course.RESULTS:
        return Reply((Text("menu.more"),), results.menu(state), "menu")
    if place in course.WORKING:
        return Reply((Text("findings.still_looking"),), (), "looking")
    return _ASK[place](state)


def say(
    state: ChatState,
    *notes: Text,
    effects: tuple[Effect, ...] = (),
    again: bool = False,
) -> Step:
    """One reply: the notes, then what stands open now. A result is told whole once, and where `again` is true.

    A case that has all it needs asks the engine here, and says no more than the notes: the answer comes within a second, and
    with it that the photographs came.
    Photographs that may not be kept are dropped here.
    """
    came = tuple(name for name in state.carry if name != NOT_LOOKED_AT)
    state = replace(state, carry=tuple(name for name in state.carry if name == NOT_LOOKED_AT))
    state, gone, dropped = _not_kept(state)
    state, wanted = engaged(state)
    effects = (*effects, *dropped, *wanted)
    place = course.part(state)
    if _held(state, place) and not state.overlay and not state.handover:
        # Something else came between: whose the photograph is stands open still. Nothing is asked beside who can help.
        state = replace(state, overlay="which")
    if state.handover and place == "now":
        # Both at once: where to go stands under who can help.
        state, helping = handover.beside_go_now(state)
        notes = (*helping, *notes)
    # What was found, and "go now", say by themselves that the photograph came.
    ends = place in course.RESULTS or place == "now"
    carried = tuple(_carried(state, name) for name in came if not (ends and name == photos.GOT))
    if state.overlay or state.handover:
        reply = present(state)
    elif wanted and {t.id for t in (*carried, *notes)} <= {photos.GOT}:
        # That the photograph came is said with what is asked or found next, in seconds.
        put_off = (photos.GOT,) if (carried or notes) else ()
        return Step(replace(state, offered=(), carry=(*state.carry, *put_off)), (), effects)
    elif wanted:
        reply = Reply((), (), "looking")
    elif place in course.RESULTS and (again or state.told != state.case_version):
        # What the rules found by themselves is kept with the case, like what the engine found.
        kept = course.found(state) if place == "findings" else state.findings
        state = replace(state, told=state.case_version, told_at=state.last_at, findings=kept)
        reply = results.result(state)
        reply, gone = replace(reply, paragraphs=(*reply.paragraphs, *gone)), ()
    elif place == "consent" and (notes or state.pending) and not again and "consent.yes" in state.offered:
        # Something was said beside it: nobody reads it all a second time, and with every photograph of an album.
        reply = consent.ask(state, told=True)
    else:
        reply = present(state)
    state, first = _today_first(state, place)
    under = tuple(t for t in (*carried, *notes) if place == "now" and t.id in _UNDER_NOW)
    above = tuple(t for t in (*carried, *notes) if t not in under)
    said = (*first, *above, *reply.paragraphs, *under)
    # Nothing stands above "go now" or a hand-over.
    said = (*said, *gone) if place == "now" or state.handover else (*gone, *said)
    step = say_only(state, replace(reply, paragraphs=said), effects)
    step = _asked_meanwhile(step, place)
    if _held(step.state, place) and not step.state.overlay and not step.state.handover:
        # Their result comes before whose the photograph is that came meanwhile.
        reply = another.ask(step.state)
        asking = replace(step.state, overlay="which", offered=tuple(choice.code for choice in reply.choices))
        step = replace(step, state=asking, replies=(*step.replies, reply))
    return step


def _held(state: ChatState, place: course.Part) -> bool:
    """True where it is to be asked whose the photographs are that wait; not before a result that is being made is told."""
    if not state.pending or state.consent != "yes":
        return False
    if not state.whose_now:
        return place in course.RESULTS
    if place in course.RESULTS:
        return state.told == state.case_version
    return place != "now" and not another.result_first(state)


def _today_first(state: ChatState, place: course.Part) -> tuple[ChatState, tuple[Text, ...]]:
    """That the person must be seen today, once, at the head of the message after the answer that said it.

    Whoever stops answering, or has no data for photographs, has heard it all the same.
    """
    if state.today_told or state.overlay or state.handover or place == "now":
        return state, ()
    if course.soon(state) is not Urgency.TODAY:
        return state, ()
    state = replace(state, today_told=True)
    if place in course.RESULTS or place == "refused":
        # They say it by themselves, and so does the menu that stands under one that was told.
        return state, ()
    return state, (Text("findings.do.today"), Text("today.goes_on"))


def _carried(state: ChatState, name: str) -> Text:
    """What was put off, as it is now: photographs that came one by one are counted together."""
    return Text(name, {"count": max(1, len(state.photos))} if name == photos.GOT else {})


def engaged(state: ChatState) -> tuple[ChatState, tuple[Effect, ...]]:
    """The state of a case that has all the engine needs, and what it is asked: a plan of questions, or findings.

    Nothing while a person is handed over: what hurts them comes before their skin.
    """
    place = course.part(state)
    if state.handover:
        return state, ()
    if place == "plan":
        state = planning.wanting(state)
        return state, (questions.request_plan(state),)
    if place == "request":
        state = replace(state, requested=state.case_version, requested_at=state.last_at)
        return state, (questions.request(state),)
    return state, ()


def awaiting(state: ChatState, notes: tuple[Text, ...], effects: tuple[Effect, ...]) -> Step:
    """Nothing yet: what the effects ask for answers, within seconds, and the notes are said with it.

    They are carried by their ids alone. Where one has more to say than its id ("Noted: diabetes"), they are said now.
    """
    if any(note.args for note in notes):
        return say_only(state, Reply(notes, (), "heard"), effects)
    return Step(replace(state, carry=tuple(note.id for note in notes) + state.carry), (), effects)


def say_only(state: ChatState, reply: Reply, effects: tuple[Effect, ...] = ()) -> Step:
    """This reply and nothing after it; the first of a chat says where texts were not reviewed."""
    if state.here.unreviewed and (
        not state.notice_in or (reply.key == "consent" and state.notice_in != state.speaks)
    ):
        notice = (Text("notice.unreviewed"),)
        urgent = reply.key in ("now", "handover")
        said = (*reply.paragraphs, *notice) if urgent else (*notice, *reply.paragraphs)
        reply = replace(reply, paragraphs=said)
        state = replace(state, notice_in=state.speaks)
    if NOT_LOOKED_AT in state.carry:
        said = (Text(NOT_LOOKED_AT), *reply.paragraphs)
        said = (*said[1:], said[0]) if reply.key in ("now", "handover") else said
        reply = replace(reply, paragraphs=said)
        state = replace(state, carry=tuple(name for name in state.carry if name != NOT_LOOKED_AT))
    state = replace(state, offered=tuple(choice.code for choice in reply.choices))
    return Step(state, (reply,), effects)


def _asked_meanwhile(step: Step, place: course.Part) -> Step:
    """What was asked while findings were being made is answered after them."""
    if place != "findings" or not step.state.meanwhile:
        return step
    state = step.state
    reply = followup.answer(state, (state.meanwhile,))
    return replace(step, state=replace(state, meanwhile=""), replies=(*step.replies, reply))


def _not_kept(state: ChatState) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """Photographs of private parts and of small babies are neither kept nor looked at (clinical.md 5.3, 7.3), however the case
    goes on from the answer that says it: to its end or to "go now".
    """
    ids = photos.unkept(state)
    if not ids:
        return state, (), ()
    earlier = tuple(i for i in state.earlier_photos if i not in ids)
    state = replace(state, photos=(), spare=(), earlier_photos=earlier)
    return state, (Text("sent.photo_deleted"),), (DropPhotos(photo_ids=ids),)
