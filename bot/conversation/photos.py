"""Photographs: kept back before consent, coached, counted, and which case they belong to.

The rule for a photograph that comes at some other moment: while a case is open it belongs to it, up to `MOST`; while findings are
being made they are asked for again with it; after a result the person says whether it is of the same problem (where none could
be sent before, it completes that one; of a rash or a wound it is kept with the case and not judged); after 'go now' it is not
looked at. Beside words for somebody else the person says whose it is first (`whose`).
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import another, course, ruled
from bot.conversation.events import DropPhotos, Effect, FetchPhotos, PhotosReady
from bot.conversation.state import ChatState
from bot.messages import Attachment, Choice, Reply, Text

__all__ = [
    "AGE_BEFORE",
    "GOT",
    "MOST",
    "NOT_NOW",
    "SAID_PRIVATE",
    "arrived",
    "ask",
    "asks_which",
    "may_invite",
    "never_kept",
    "new_case",
    "not_taken",
    "of_new",
    "of_same",
    "ready",
    "unkept",
    "use_spare",
]

# Photographs of one case, and references kept before consent.
MOST = 6
# Of a child no photograph from an arm's length is asked for of these: it would be one without clothes.
_UNDER_CLOTHES = ("trunk", "back")
NOT_NOW = "photo.not_now"
# Keys of answers: private parts were spoken of after a result; the age that was told before words spoke of a small baby.
SAID_PRIVATE = "site.own"
AGE_BEFORE = "age.before"
# Says how many photographs came.
GOT = "photo.got"
# After so many that the coach sent back, the next one is taken. Source: clinical.md 4.3 [Design].
_REJECTIONS = 2


def ask(state: ChatState) -> Reply:
    """How to take the photographs. Source: clinical.md 4.1, 4.3; of a child never undressed: 5.3."""
    buttons = [Choice("photo.none", Text("photo.none"))]
    if state.spare:
        buttons.insert(0, Choice("photo.use", Text("photo.use")))
    dressed = state.answers.get("age") == "child" and state.answers.get("site") in _UNDER_CLOTHES
    how = Text("photo.ask_child" if dressed else "photo.ask")
    return Reply((how, Text("photo.privacy")), tuple(buttons), "photo")


def new_case(state: ChatState) -> ChatState:
    """The state at the start of another case; what was agreed and the language stay, and what the last one leaves."""
    return replace(
        another.leaving(state, other=True),
        case_version=state.case_version + 1,
        photos=(),
        spare=(),
        earlier_photos=(),
        recordings=(),
        reminders_asked=0,
        ahead="",
        owed="",
        today_told=False,
        rejections=0,
        answers={},
        edits=(),
        floor=None,
        opinion=None,
        findings=None,
        description=(),
        plan=None,
        choosing=False,
        chosen=(),
        meanwhile="",
        overlay="",
        handover="",
        handover_told=False,
        whose=(),
        whose_now=(),
        unclaimed=(),
        carry=tuple(name for name in state.carry if name != GOT),
    )


def arrived(
    state: ChatState, sent: tuple[Attachment, ...], at: float
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """What becomes of photographs that were just sent: kept back, fetched or dropped, and what is said at once.

    Where they are fetched nothing is said: `ready` answers, within the same turn.
    """
    place = course.part(state)
    if place == "now":
        return state, (Text(NOT_NOW),), (DropPhotos(sent),)
    if not_taken(state) and not (place in course.RESULTS and never_kept(state)):
        return state, (Text("sent.photo_deleted"),), (DropPhotos(sent),)
    if state.consent != "yes":
        return _kept_back(state, sent, at)
    carry: tuple[str, ...] = ()
    if place == "no_photo":
        answers = {key: said for key, said in state.answers.items() if key != "photo"}
        state = another.leaving(state, other=False)
        state = replace(state, answers=answers, case_version=state.case_version + 1)
    elif place == "findings" and ruled.applies(state.answers):
        # Of a rash or a wound: it belongs to this case, and is not judged.
        carry = () if state.photos else ("findings.photo_kept",)
    elif asks_which(state):
        return another.held(state, sent, at, MOST)
    return _fetched(state, sent, carry)


def asks_which(state: ChatState) -> bool:
    """True where of every photograph it is asked whether it is of the same problem: after a result that looked at some."""
    place = course.part(state)
    if place == "no_photo" or (place == "findings" and ruled.applies(state.answers)):
        return False
    return place in course.RESULTS and state.told == state.case_version != state.photo_asked


def of_same(
    state: ChatState, sent: tuple[Attachment, ...]
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """What becomes of photographs of the same problem, after its result: another look with them, or they are kept beside it."""
    place = course.part(state)
    if not_taken(state):
        return state, (Text("sent.photo_deleted"),), (DropPhotos(sent),)
    return _fetched(state, sent, ("findings.photo_kept",) if place in ("bite", "burn", "wound") else ())


def of_new(
    state: ChatState, sent: tuple[Attachment, ...]
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """What becomes of photographs of another problem: a case of their own."""
    state = new_case(state)
    said = ("photo.new_case", *another.still(state), "photo.new_case_why", "which.agree")
    return _fetched(state, sent, said)


def _fetched(
    state: ChatState, sent: tuple[Attachment, ...], carry: tuple[str, ...]
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """Fetches what the case has room for, drops the rest. carry: what is said with it."""
    room = max(0, MOST - len(state.photos))
    taken, left = sent[:room], sent[room:]
    effects: tuple[Effect, ...] = (DropPhotos(left),) if left else ()
    if not taken:
        return state, (Text("photo.enough"),), effects
    carry += ("photo.enough",) if left else ()
    return replace(state, carry=state.carry + carry), (), (*effects, FetchPhotos(taken))


def _kept_back(
    state: ChatState, sent: tuple[Attachment, ...], at: float
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    spoken = tuple(a for a in state.pending if a.kind == "voice")
    before = tuple(a for a in state.pending if a.kind == "photo")
    known = before + tuple(a for a in dict.fromkeys(sent) if a not in before)
    kept, left = known[:MOST], known[MOST:]
    # A photograph after a no asks for consent again: it is the only way to use it.
    state = replace(state, consent="", pending=kept + spoken, pending_since=state.pending_since or at)
    return state, (), (DropPhotos(left),) if left else ()


def ready(state: ChatState, event: PhotosReady) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """The state with the photographs that are good enough, and one sentence about them."""
    stored = tuple(r.photo_id for r in event.results if r.photo_id and r.refused is None)
    if state.consent != "yes" or course.part(state) == "now":
        return state, (), (DropPhotos(photo_ids=stored),) if stored else ()
    good = tuple(r.photo_id for r in event.results if r.photo_id and r.refused is None and r.coach is None)
    poor = tuple(r for r in event.results if r.photo_id and r.refused is None and r.coach is not None)
    if good:
        return _taken(state, good, tuple(r.photo_id for r in poor), Text(GOT, {"count": len(good)}))
    if poor:
        ids = tuple(r.photo_id for r in poor)
        if state.photos:
            return state, (Text(f"photo.coach.{poor[0].coach}"),), (DropPhotos(photo_ids=ids),)
        if state.rejections >= _REJECTIONS:
            return _taken(state, ids, (), Text("photo.coach.anyway"))
        dropped = _replaced(state.spare, ids)
        state = replace(state, rejections=state.rejections + 1, spare=ids)
        return state, (Text(f"photo.coach.{poor[0].coach}"),), dropped
    reason = next((r.refused for r in event.results if r.refused), "unfetchable")
    return state, (Text(f"photo.refused.{reason}"),), ()


def may_invite(state: ChatState) -> bool:
    """True where a sentence may ask for a photograph: not of who refused, of a small baby or of private parts."""
    return state.consent != "no" and not not_taken(state)


def never_kept(state: ChatState) -> bool:
    """True for a case of a small baby or of private parts: no photograph of it is kept, fetched or looked at."""
    return state.answers.get("age") == "infant" or state.answers.get("site") == "private"


def unkept(state: ChatState) -> tuple[str, ...]:
    """The photographs of such a case, which go. What was sent before it came to private parts is not of them, and stays."""
    if not never_kept(state):
        return ()
    of_others = state.answers.get("age") != "infant" and SAID_PRIVATE in state.answers
    return state.photos + state.spare + (() if of_others else state.earlier_photos)


def not_taken(state: ChatState) -> bool:
    """True where a photograph that comes now is dropped: of such a case, or of one in which words spoke of either.

    Whose age is being asked again may be a small baby; of a case that had its result already its own photographs stay.
    """
    told = state.answers
    return never_kept(state) or SAID_PRIVATE in told or (AGE_BEFORE in told and "age" not in told)


def use_spare(state: ChatState) -> ChatState:
    """The state after 'use the photo I sent'."""
    return replace(state, photos=state.photos + state.spare, spare=())


def _taken(
    state: ChatState, ids: tuple[str, ...], poor: tuple[str, ...], said: Text
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    known = tuple(dict.fromkeys(state.photos + ids))
    unused = tuple(dict.fromkeys(i for i in state.spare + poor + known[MOST:] if i not in known[:MOST]))
    if state.told == state.case_version == state.photo_asked:
        # A clinician asked for it and looks at it beside the others: the result that was told stays.
        earlier = state.earlier_photos + state.photos
        state = replace(state, photo_asked=0, earlier_photos=earlier, photos=ids[:MOST], spare=())
        unused = tuple(dict.fromkeys((*poor, *ids[MOST:])))
        return state, (said,), (DropPhotos(photo_ids=unused),) if unused else ()
    # What was already asked of the engine is asked again with the new photograph; the older answer is dropped.
    # So are findings that came and were not told yet, because something was asked before them.
    # After a told result only a photograph of the same problem gets here.
    if state.requested == state.case_version:
        reached = None
        if state.told == state.case_version:
            reached = course.urgency(state)
        elif state.findings is not None and not state.findings.abstained:
            reached = state.findings.urgency
        state = another.anew(state, reached)
    came = tuple(i for i in ids if i in known[:MOST])
    state = replace(state, photos=known[:MOST], spare=(), unclaimed=came)
    return state, (said,), (DropPhotos(photo_ids=unused),) if unused else ()


def _replaced(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[Effect, ...]:
    unused = tuple(i for i in before if i not in now)
    return (DropPhotos(photo_ids=unused),) if unused else ()
