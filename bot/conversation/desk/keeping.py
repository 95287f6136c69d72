"""What becomes part of a case: pictures, voices and words that came for it, and what the case says of them."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, recordings, reminding, saying, unseen, whose
from bot.conversation.desk import codes, danger, wording
from bot.conversation.desk.gather import origin_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case, Note
from bot.conversation.events import PhotosReady, Said
from bot.messages import Inbound, Media, Text

__all__ = [
    "again",
    "listened",
    "note",
    "noted",
    "put",
    "raised",
    "reopened",
    "unseen_told",
]


def put(sitting: Sitting, code: str, items: tuple[Inbound, ...], event: Said) -> None:
    """The items become part of the case, each once; the case answers, or says that it keeps them."""
    case = sitting.opened(sitting.cases[code])
    origin = next((o for o in map(origin_of, items) if o), "")
    if origin:
        case = sitting.put(replace(case, origin=origin, origin_at=sitting.at))
    if "age" not in case.state.answers or any(i.attachments for i in items):
        # Whomever the words are of, it is the person of this case.
        state = whose.of_this(whose.of_same(sitting.dressed(case.state)), items)
        case = sitting.put(replace(case, state=replace(case.state, whose=state.whose, whose_now=())))
    case, heard = raised(sitting, noted(sitting, case, items), items)
    seen = unseen.heard(sitting.dressed(case.state), items)
    if seen.found:
        unseen_told(sitting, case, seen, heard, event)
        return
    spoken = tuple(i for i in items if i.recording is not None)
    pictures = tuple(replace(i, text="") for i in items if i.attachments)
    if pictures:
        if case.told and course.part(case.state) not in ("now", "refused"):
            case = reopened(sitting, case)
        _converse(sitting, case, (*pictures, *spoken), event)
        return
    if spoken:
        _converse(sitting, case, spoken, event, kept=len(spoken))
        return
    unusable = tuple(i for i in items if i.kind == "unusable")
    if heard:
        again(sitting, case, wording.kept(len(items)), *heard)
    elif unusable:
        _converse(sitting, case, tuple(replace(i, text="") for i in unusable[:1]), event)
    elif course.part(case.state) == "consent" and not case.state.offered:
        # A case that begins with words: the first question is the patient's consent.
        again(sitting, case, wording.kept(len(items)))
    else:
        _kept(sitting, case, len(items))


def _kept(sitting: Sitting, case: Case, count: int) -> None:
    """Says that so many items are kept. What the case asked once is asked again where the case is turned to by it."""
    now = sitting.current()
    if case.asks and not (now is not None and (now.asks or now.code == case.code)):
        again(sitting, case, wording.kept(count))
        return
    sitting.turn(case)
    sitting.say(wording.kept(count), about=case.code, key="kept")


def unseen_told(
    sitting: Sitting, case: Case, seen: unseen.Heard, heard: tuple[Text, ...], event: Said
) -> None:
    """What is said of items that speak of private parts or of a small baby; their photographs are not taken, voices are."""
    step = unseen.told(seen, heard)
    spoken = tuple(replace(i, text="") for i in seen.items if i.recording is not None)
    case, replies = sitting.stepped(case.code, step)
    sitting.desk = replace(sitting.desk, current=case.code)
    if spoken:
        case, more = sitting.converse(case.code, replace(event, items=spoken))
        replies = replies or more
    for reply in replies:
        sitting.speak(case, reply)


def raised(sitting: Sitting, case: Case, items: tuple[Inbound, ...]) -> tuple[Case, tuple[Text, ...]]:
    """The case after what the words speak of danger; what is to be said of it, () where there was nothing."""
    found = danger.in_case(sitting, case, items)
    return (sitting.put(found.case) if found.said else case), found.said


def noted(sitting: Sitting, case: Case, items: tuple[Inbound, ...]) -> Case:
    """The case with the words of the items, as they were written; a code that stood with them is left out."""
    notes = []
    for item in items:
        _, words = codes.found(item.text, frozenset({case.code}))
        if words.strip():
            notes.append(Note(item.sent_at or sitting.at, words.strip(), item.forwarded))
    if not notes:
        return sitting.put(replace(case, touched_at=sitting.at))
    return sitting.put(replace(case, notes=(*case.notes, *notes), touched_at=sitting.at))


def note(sitting: Sitting, case: Case, words: str) -> Case:
    """The case with a note that was typed beside a command."""
    return noted(sitting, case, (Inbound("message", text=words),))


def _converse(
    sitting: Sitting, case: Case, items: tuple[Inbound, ...], event: Said, *, kept: int = 0
) -> None:
    """kept: so many voice messages wait in the case for the patient's yes; a worker hears that, not how to write instead."""
    case, replies = sitting.converse(case.code, replace(event, items=items))
    sitting.desk = replace(sitting.desk, current=case.code)
    held = kept and any(a.kind == "voice" for a in case.state.pending)
    # What waits is said once, whatever else the patient would have been told of it.
    first, *others = (held and recordings.not_understood(case.state)) or (None,)
    for reply in replies:
        told = tuple(wording.kept(kept) if t == first else t for t in reply.paragraphs if t not in others)
        sitting.speak(case, replace(reply, paragraphs=told))


def listened(sitting: Sitting, code: str, event: PhotosReady) -> None:
    """What was sent to a case has come. Words of a voice message are kept with it as a note, and screened for danger.

    They answer nothing: a 'no' that a patient spoke is not the worker's, and nobody has told the machine whose voice it is.
    """
    silent = replace(event, results=tuple(replace(r, text="") for r in event.results))
    case, replies = sitting.converse(code, silent)
    words = [r for r in event.results if r.text.strip() and r.photo_id in case.state.recordings]
    items = tuple(Inbound("message", text=r.text, forwarded=r.attachment.forwarded) for r in words)
    heard = tuple(Text("voice.heard", {"text": r.text}) for r in words)
    case, alarms = raised(sitting, noted(sitting, case, items), items)
    if alarms:
        again(sitting, case, *heard, *alarms)
        return
    # Who looks after the case is told that it is kept, not that a health worker will hear it.
    kept = heard or (Text("desk.voices", {"count": len(case.state.recordings)}),)
    for reply in replies:
        told = (kept if t == recordings.KEPT else (t,) for t in reply.paragraphs)
        sitting.speak(case, replace(reply, paragraphs=tuple(t for ts in told for t in ts)))


def again(sitting: Sitting, case: Case, *notes: Text, media: tuple[Media, ...] = ()) -> None:
    """Says the notes, and the question of the case that stands open."""
    reply = saying.present(case.state)
    # Typed words answer what was shown: the case must know of it.
    shown = replace(case.state, offered=tuple(choice.code for choice in reply.choices))
    case = sitting.put(replace(case, state=shown))
    sitting.speak(case, replace(reply, paragraphs=(*notes, *reply.paragraphs), media=media or reply.media))


def reopened(sitting: Sitting, case: Case) -> Case:
    """The case asked anew about danger: what does not change is kept, and so is the urgency that was reached."""
    return sitting.put(replace(case, state=reminding.reopened(case.state)))
