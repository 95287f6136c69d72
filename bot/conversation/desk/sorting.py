"""Items are put into cases; what could be two patients' waits, held by reference, until the worker has said whose it is."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, recordings, reminding, saying, screening
from bot.conversation.desk import codes, wording
from bot.conversation.desk.events import ForCase
from bot.conversation.desk.gather import Ask, Into, New, gather, origin_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case, Held, Note
from bot.conversation.events import DropPhotos, PhotosReady, Said
from bot.messages import Choice, Inbound, Text

__all__ = [
    "UNSORTED_S",
    "again",
    "answered",
    "ask",
    "forget_old",
    "hold",
    "listened",
    "note",
    "noted",
    "put",
    "reopened",
    "resume",
    "sort",
    "waiting",
]

# References that nobody sorted go after a day, as photographs do that nobody agreed to; then the worker is told.
UNSORTED_S = 24 * 3600.0
_QUESTION = "gather"


def sort(sitting: Sitting, items: tuple[Inbound, ...], event: Said) -> None:
    """Puts what came together into its cases: an album stays together, unless codes or origins part it.

    Whatever is unsure is held, and asked about once.
    """
    coded = {codes.found(i.text, frozenset(sitting.open_cases()))[0] for i in items} - {""}
    only = next(iter(coded)) if len(coded) == 1 else ""
    groups: dict[tuple[str, str, bool], list[Inbound]] = {}
    for item in items:
        code = codes.found(item.text, frozenset(sitting.open_cases()))[0] or only
        groups.setdefault((code, "" if code else origin_of(item), item.forwarded), []).append(item)
    for (code, origin, _), members in groups.items():
        waiting = bool(origin) and any(origin_of(h.item) == origin for h in sitting.desk.held)
        current = sitting.current()
        place = (
            Into(code)
            if code
            else Ask(())
            if waiting
            else gather(
                _telling(members),
                sitting.at,
                sitting.to_sort(),
                current=sitting.desk.current,
                question_open=current is not None and current.asks,
            )
        )
        match place:
            case Into(code=into):
                put(sitting, into, tuple(members), event)
            case New():
                put(sitting, sitting.begin(origin).code, tuple(members), event)
            case Ask():
                hold(sitting, tuple(members))


def _telling(members: list[Inbound]) -> Inbound:
    """Of items that stay together, the one by which they are sorted: a photograph where there is one."""
    return next((i for i in members if i.attachments), members[0])


def put(sitting: Sitting, code: str, items: tuple[Inbound, ...], event: Said) -> None:
    """The items become part of the case, each once; the case answers, or says that it keeps them."""
    case = sitting.cases[code]
    origin = next((o for o in map(origin_of, items) if o), "")
    if origin:
        case = sitting.put(replace(case, origin=origin, origin_at=sitting.at))
    case, heard = _screened(sitting, noted(sitting, case, items), items)
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
    if unusable:
        _converse(sitting, case, unusable[:1], event)
    elif heard:
        again(sitting, case, wording.kept(len(items)), *heard)
    elif course.part(case.state) == "consent" and not case.state.offered:
        # A case that begins with words: the first question is the patient's consent.
        again(sitting, case, wording.kept(len(items)))
    else:
        sitting.desk = replace(sitting.desk, current=code)
        sitting.say(wording.kept(len(items)), about=code, key="kept")


def _screened(sitting: Sitting, case: Case, items: tuple[Inbound, ...]) -> tuple[Case, tuple[Text, ...]]:
    """The case after what the words speak of danger; what is to be said of it, () where there was nothing.

    A forwarded 'no' answers nothing, but a danger that a patient tells of counts as if the worker had been told.
    """
    words = tuple(
        replace(i, text=codes.found(i.text, frozenset({case.code}))[1]) for i in items if i.text.strip()
    )
    found = screening.screened(sitting.dressed(case.state), words) if words else None
    unchanged = found is not None and found.state.answers == case.state.answers
    if found is None or (unchanged and not found.notes and not found.harm):
        return case, ()
    sitting.effects += (ForCase(case.code, effect) for effect in found.effects)
    case = sitting.put(replace(case, state=found.state))
    return case, (Text("desk.alarm"), *found.notes)


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
    for reply in replies:
        told = tuple(
            wording.kept(kept) if held and t == recordings.NOT_UNDERSTOOD else t for t in reply.paragraphs
        )
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
    case, alarms = _screened(sitting, noted(sitting, case, items), items)
    if alarms:
        again(sitting, case, *heard, *alarms)
        return
    # Who looks after the case is told that it is kept, not that a health worker will hear it.
    kept = heard or (Text("desk.voices", {"count": len(case.state.recordings)}),)
    for reply in replies:
        told = (kept if t == recordings.KEPT else (t,) for t in reply.paragraphs)
        sitting.speak(case, replace(reply, paragraphs=tuple(t for ts in told for t in ts)))


def again(sitting: Sitting, case: Case, *notes: Text) -> None:
    """Says the notes, and the question of the case that stands open."""
    reply = saying.present(case.state)
    sitting.speak(case, replace(reply, paragraphs=(*notes, *reply.paragraphs)))


def reopened(sitting: Sitting, case: Case) -> Case:
    """The case asked anew about danger: what does not change is kept, and so is the urgency that was reached."""
    return sitting.put(replace(case, state=reminding.reopened(case.state)))


# --- what waits ---------------------------------------------------------------------------------------------


def hold(sitting: Sitting, items: tuple[Inbound, ...]) -> None:
    """Keeps the items back and asks once for all that may be one patient's."""
    origin, forwarded = origin_of(items[0]), items[0].forwarded
    desk = sitting.desk
    group = next(
        (
            h.group
            for h in desk.held
            if origin_of(h.item) == origin and (bool(origin) or h.item.forwarded == forwarded)
        ),
        desk.groups + 1,
    )
    waited = bool(desk.held)
    held = (*desk.held, *(Held(item, sitting.at, group) for item in items))
    sitting.desk = replace(desk, held=held, groups=max(desk.groups, group))
    if waited and _asked(sitting):
        # The question stands open already, of these or of others: nobody who sends is left without a reply.
        sitting.say(Text("desk.held.more", {"count": len(sitting.desk.held)}), key="held")
        return
    ask(sitting)


def waiting(sitting: Sitting, items: tuple[Inbound, ...]) -> tuple[Held, ...]:
    """Items that came before the language was known, to be sorted by `resume`."""
    return tuple(Held(item, sitting.at, 0) for item in items)


def resume(sitting: Sitting, event: Said) -> None:
    """Sorts what waited for the language."""
    early = tuple(h.item for h in sitting.desk.held if h.group == 0)
    sitting.desk = replace(sitting.desk, held=tuple(h for h in sitting.desk.held if h.group != 0))
    if early:
        sort(sitting, early, event)


def _asked(sitting: Sitting) -> bool:
    return any(code.startswith(_QUESTION) for code in sitting.desk.offered)


def ask(sitting: Sitting, also: str = "") -> None:
    """Same patient or new? for the items that have waited longest. also: the code of a case to offer first."""
    if not sitting.desk.held:
        return
    group = sitting.desk.held[0].group
    members = [h for h in sitting.desk.held if h.group == group]
    cases = sitting.to_sort()
    place = gather(members[0].item, sitting.at, cases, current=sitting.desk.current)
    likely = place.likely if isinstance(place, Ask) else ()
    if isinstance(place, Into):
        likely = (place.code,)
    likely = tuple(dict.fromkeys((also, *likely) if also else likely))
    buttons = [
        Choice(f"{_QUESTION}{group}.{code}", wording.case_and_age(sitting.cases[code], sitting.at))
        for code in likely
    ]
    buttons.append(Choice(f"{_QUESTION}{group}.new", Text("desk.held.new")))
    if len(members) > 1:
        buttons.append(Choice(f"{_QUESTION}{group}.split", Text("desk.held.split")))
    sitting.say(Text("desk.held.ask", {"count": len(members)}), choices=buttons, key="held")


def answered(sitting: Sitting, choice: str, event: Said) -> bool:
    """Takes an answer to 'same patient or new?'; False where it is none, or its items were sorted before."""
    question, _, answer = choice.partition(".")
    number = question.removeprefix(_QUESTION)
    if not question.startswith(_QUESTION) or not number.isdecimal():
        return False
    group = int(number)
    members = [h for h in sitting.desk.held if h.group == group]
    if not members or (answer not in ("new", "split") and answer not in sitting.open_cases()):
        return False
    rest = tuple(h for h in sitting.desk.held if h.group != group)
    sitting.desk = replace(sitting.desk, offered=())
    if answer == "split":
        apart = tuple(replace(h, group=sitting.desk.groups + 1 + n) for n, h in enumerate(members))
        sitting.desk = replace(sitting.desk, held=(*apart, *rest), groups=sitting.desk.groups + len(members))
        ask(sitting)
        return True
    sitting.desk = replace(sitting.desk, held=rest)
    code = sitting.begin().code if answer == "new" else answer
    put(sitting, code, tuple(h.item for h in members), event)
    ask(sitting)
    return True


def forget_old(sitting: Sitting) -> None:
    """Lets go of what waited a day without being sorted, and says so."""
    old = tuple(h for h in sitting.desk.held if sitting.at >= h.at + UNSORTED_S)
    if not old:
        return
    gone = set(map(id, old))
    left = tuple(h for h in sitting.desk.held if id(h) not in gone)
    offered = () if _asked(sitting) else sitting.desk.offered
    sitting.desk = replace(sitting.desk, held=left, offered=offered)
    references = tuple(a for h in old for a in h.item.references)
    if references:
        sitting.effects.append(DropPhotos(references))
    if not sitting.desk.stopped:
        sitting.say(Text("desk.held.forgotten", {"count": len(old)}), key="forgotten")
    ask(sitting)
