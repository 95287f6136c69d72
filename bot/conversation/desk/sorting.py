"""Items are put into cases; what could be two patients' waits, held by reference, until the worker has said whose it is."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, recordings, reminding, saying, unseen
from bot.conversation.desk import codes, danger, wording
from bot.conversation.desk.gather import Ask, Into, New, gather, origin_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import Case, DeskState, Held, Note
from bot.conversation.events import DropPhotos, PhotosReady, Said
from bot.messages import Choice, Inbound, Text

__all__ = [
    "UNSORTED_S",
    "again",
    "answered",
    "ask",
    "forget_old",
    "forgotten_at",
    "hold",
    "listened",
    "not_whose",
    "note",
    "noted",
    "put",
    "raised",
    "released",
    "reopened",
    "sort",
    "unseen_told",
    "waiting",
]

# References that nobody sorted go after a day, as photographs do that nobody agreed to; then the worker is told.
UNSORTED_S = 24 * 3600.0
# Of a message that is named, so many characters.
QUOTED = 300
_QUESTION = "gather"


def sort(sitting: Sitting, items: tuple[Inbound, ...], event: Said) -> None:
    """Puts what came together into its cases: an album stays together, unless codes or origins part it.

    Whatever is unsure is held, and asked about once.
    """
    known = frozenset(sitting.cases)
    named = [replace(codes.written(item.text, known), rest="") for item in items]
    coded = {one for one in named if one.code or one.stops}
    only = next(iter(coded)) if len(coded) == 1 else codes.Written()
    groups: dict[tuple[codes.Written, str, bool], list[Inbound]] = {}
    for item, one in zip(items, named, strict=True):
        whose = one if one in coded else only
        groups.setdefault((whose, "" if whose.names else origin_of(item), item.forwarded), []).append(item)
    for (whose, origin, _), members in groups.items():
        if whose.stops:
            hold(sitting, tuple(members), not_whose(whose))
            continue
        code = whose.names
        waiting = bool(origin) and any(origin_of(h.item) == origin for h in sitting.desk.held)
        # Beside things of several cases: of which of them it is, nobody knows.
        waiting = waiting or len(coded) > 1
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


def not_whose(named: codes.Written) -> Text:
    """Why nothing is put into the case that a text names."""
    if named.also:
        return Text("desk.two_codes", {"first": named.code or named.strange, "second": named.also})
    return Text("desk.no_case", {"code": named.strange})


def _telling(members: list[Inbound]) -> Inbound:
    """Of items that stay together, the one by which they are sorted: a photograph where there is one."""
    return next((i for i in members if i.attachments), members[0])


def put(sitting: Sitting, code: str, items: tuple[Inbound, ...], event: Said) -> None:
    """The items become part of the case, each once; the case answers, or says that it keeps them."""
    case = sitting.opened(sitting.cases[code])
    origin = next((o for o in map(origin_of, items) if o), "")
    if origin:
        case = sitting.put(replace(case, origin=origin, origin_at=sitting.at))
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
        sitting.desk = replace(sitting.desk, current=code)
        sitting.say(wording.kept(len(items)), about=code, key="kept")


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
    for reply in replies:
        told = tuple(
            wording.kept(kept) if held and t in recordings.not_understood(case.state) else t
            for t in reply.paragraphs
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
    case, alarms = raised(sitting, noted(sitting, case, items), items)
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
    # Typed words answer what was shown: the case must know of it.
    shown = replace(case.state, offered=tuple(choice.code for choice in reply.choices))
    case = sitting.put(replace(case, state=shown))
    sitting.speak(case, replace(reply, paragraphs=(*notes, *reply.paragraphs)))


def reopened(sitting: Sitting, case: Case) -> Case:
    """The case asked anew about danger: what does not change is kept, and so is the urgency that was reached."""
    return sitting.put(replace(case, state=reminding.reopened(case.state)))


# --- what waits ---------------------------------------------------------------------------------------------


def hold(sitting: Sitting, items: tuple[Inbound, ...], *notes: Text) -> None:
    """Keeps the items back and asks once for all that may be one patient's. notes: said before the question.

    Where they speak of danger it is said first where to go; then whose they are, before what has waited longer.
    """
    own = len(items) == 1 and danger.of_oneself(sitting, items[0])
    if own:
        danger.tell_oneself(sitting, items[0])
    alarm = own or danger.unplaced(sitting, items)
    origin, forwarded = origin_of(items[0]), items[0].forwarded
    desk = sitting.desk
    group = next(
        (
            h.group
            for h in desk.held
            if not own
            and origin_of(h.item) == origin
            and (bool(origin) or (h.item.forwarded == forwarded and not danger.of_oneself(sitting, h.item)))
        ),
        desk.groups + 1,
    )
    waited = bool(desk.held)
    held = (*desk.held, *(Held(item, sitting.at, group) for item in items))
    if alarm:
        held = tuple(sorted(held, key=lambda h: h.group != group))
    sitting.desk = replace(sitting.desk, held=held, groups=max(desk.groups, group))
    if waited and _asked(sitting) and not alarm:
        # The question stands open already, of these or of others: nobody who sends is left without a reply.
        sitting.say(*notes, Text("desk.held.more", {"count": len(sitting.desk.held)}), key="held")
        return
    ask(sitting, notes=notes)


def waiting(sitting: Sitting, items: tuple[Inbound, ...]) -> tuple[Held, ...]:
    """Items that came before the language was known, until they are `released`."""
    return tuple(Held(item, sitting.at, 0) for item in items)


def released(sitting: Sitting) -> tuple[Inbound, ...]:
    """What waited for the language; it waits no more."""
    early = tuple(h.item for h in sitting.desk.held if h.group == 0)
    sitting.desk = replace(sitting.desk, held=tuple(h for h in sitting.desk.held if h.group != 0))
    return early


def _asked(sitting: Sitting) -> bool:
    return any(code.startswith(_QUESTION) for code in sitting.desk.offered)


def ask(sitting: Sitting, also: str = "", notes: tuple[Text, ...] = ()) -> None:
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
    if danger.of_oneself(sitting, members[0].item):
        buttons.insert(0, Choice(f"{_QUESTION}{group}.me", Text("desk.own.me")))
        sitting.say(*notes, Text("desk.own.whose"), choices=buttons, key="held")
        return
    if len(members) > 1:
        buttons.append(Choice(f"{_QUESTION}{group}.split", Text("desk.held.split")))
    sitting.say(*notes, Text("desk.held.ask", {"count": len(members)}), choices=buttons, key="held")


def answered(sitting: Sitting, choice: str, event: Said) -> bool:
    """Takes an answer to 'same patient or new?'; False where it is none, or its items were sorted before."""
    question, _, answer = choice.partition(".")
    number = question.removeprefix(_QUESTION)
    if not question.startswith(_QUESTION) or not number.isdecimal():
        return False
    group = int(number)
    members = [h for h in sitting.desk.held if h.group == group]
    if not members or (answer not in ("new", "split", "me") and answer not in sitting.open_cases()):
        return False
    rest = tuple(h for h in sitting.desk.held if h.group != group)
    sitting.desk = replace(sitting.desk, offered=())
    if answer == "split":
        apart = tuple(replace(h, group=sitting.desk.groups + 1 + n) for n, h in enumerate(members))
        sitting.desk = replace(sitting.desk, held=(*apart, *rest), groups=sitting.desk.groups + len(members))
        ask(sitting)
        return True
    sitting.desk = replace(sitting.desk, held=rest)
    if answer == "me":
        danger.go_to_people(sitting, members[0].item)
        ask(sitting)
        return True
    code = sitting.begin().code if answer == "new" else answer
    put(sitting, code, tuple(h.item for h in members), event)
    ask(sitting)
    return True


def forgotten_at(desk: DeskState) -> tuple[float, ...]:
    """When what is held is let go of (epoch s)."""
    return tuple(h.at + UNSORTED_S for h in desk.held if not _must_be_named(h, desk))


def _must_be_named(held: Held, desk: DeskState) -> bool:
    """True of what speaks of danger in a chat in which nothing may be said."""
    return desk.stopped and danger.speaks((held.item,), desk.language)


def forget_old(sitting: Sitting) -> None:
    """Lets go of what waited a day without being sorted, and says so; what speaks of danger is named.

    In a stopped chat that waits until the worker is back.
    """
    desk = sitting.desk
    old = tuple(h for h in desk.held if sitting.at >= h.at + UNSORTED_S and not _must_be_named(h, desk))
    if not old:
        return
    gone = set(map(id, old))
    left = tuple(h for h in sitting.desk.held if id(h) not in gone)
    offered = () if _asked(sitting) else sitting.desk.offered
    sitting.desk = replace(sitting.desk, held=left, offered=offered)
    references = tuple(a for h in old for a in h.item.references)
    if references:
        sitting.effects.append(DropPhotos(references))
    if not desk.stopped:
        # What may be of the worker themself is gone without a word: others may read this.
        told = tuple(h for h in old if not danger.of_oneself(sitting, h.item))
        named = tuple(h for h in told if danger.speaks((h.item,), desk.language))
        said = [Text("desk.held.danger_forgotten", {"words": h.item.text[:QUOTED]}) for h in named]
        if others := len(told) - len(named):
            said.append(Text("desk.held.forgotten", {"count": others}))
        if said:
            sitting.say(*said, key="forgotten")
    ask(sitting)
