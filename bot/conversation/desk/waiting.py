"""What waits, held by reference, until the worker has said whose it is: asked about, answered, and let go of after a day."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.desk import codes, danger, keeping, wording
from bot.conversation.desk.gather import Ask, Into, gather, origin_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.desk.state import DeskState, Held
from bot.conversation.events import DropPhotos, Said
from bot.messages import Choice, Inbound, Text

__all__ = [
    "QUOTED",
    "UNSORTED_S",
    "answered",
    "ask",
    "asked_again",
    "before_language",
    "forget_old",
    "forgotten_at",
    "hold",
    "is_question",
    "open_question",
    "released",
    "same",
]

# References that nobody sorted go after a day, as photographs do that nobody agreed to; then the worker is told.
UNSORTED_S = 24 * 3600.0
# Of a message that is named, so many characters.
QUOTED = 300
# Choices that were shown are stored by this name.
_QUESTION = "gather"


def hold(sitting: Sitting, items: tuple[Inbound, ...], *notes: Text, also: tuple[str, ...] = ()) -> None:
    """Keeps the items back and asks once for all that may be one patient's. notes: said before the question. also: as in `ask`.

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
    if waited and open_question(sitting.desk) and not alarm:
        # The question stands open already, of these or of others: nobody who sends is left without a reply.
        sitting.say(*notes, Text("desk.held.more", {"count": len(sitting.desk.held)}), key="held")
        return
    ask(sitting, also, notes)


def before_language(sitting: Sitting, items: tuple[Inbound, ...]) -> tuple[Held, ...]:
    """Items that came before the language was known, until they are `released`."""
    return tuple(Held(item, sitting.at, 0) for item in items)


def released(sitting: Sitting) -> tuple[Inbound, ...]:
    """What waited for the language; it waits no more."""
    early = tuple(h.item for h in sitting.desk.held if h.group == 0)
    sitting.desk = replace(sitting.desk, held=tuple(h for h in sitting.desk.held if h.group != 0))
    return early


def ask(sitting: Sitting, also: tuple[str, ...] = (), notes: tuple[Text, ...] = ()) -> None:
    """Same patient or new? for the items that have waited longest. also: codes of cases to offer first."""
    if not sitting.desk.held:
        return
    group = sitting.desk.held[0].group
    members = [h for h in sitting.desk.held if h.group == group]
    cases = sitting.to_sort()
    place = gather(members[0].item, sitting.at, cases, current=sitting.desk.current)
    likely = place.likely if isinstance(place, Ask) else ()
    if isinstance(place, Into):
        likely = (place.code,)
    if sitting.in_doubt() and not members[0].item.forwarded:
        likely = (sitting.desk.current, sitting.desk.beside)
    likely = tuple(dict.fromkeys((*also, *likely)))
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
    if not is_question(question) or not number.isdecimal():
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
    code = answer
    if answer == "new":
        for case in sitting.open_cases().values():
            if case.state.whose_now:
                # Who was spoken of has a case now.
                sitting.put(replace(case, state=replace(case.state, whose_now=())))
        code = sitting.begin().code
    keeping.put(sitting, code, tuple(h.item for h in members), event)
    ask(sitting)
    return True


def asked_again(sitting: Sitting) -> bool:
    """Says what stands open once more, where it is of one patient or of whom something is."""
    of = [*{codes.unwrapped(choice)[0] for choice in sitting.desk.offered}]
    if open_question(sitting.desk):
        ask(sitting)
    elif len(of) == 1 and (case := sitting.cases.get(of[0])) is not None:
        keeping.again(sitting, case)
    else:
        return False
    return True


def same(sitting: Sitting, event: Said) -> None:
    """'The same', typed to 'same patient or new?': where one case is offered it is that one, else it is asked again."""
    open_ = sitting.open_cases()
    cases = [choice for choice in sitting.desk.offered if choice.partition(".")[2] in open_]
    if len(cases) == 1:
        answered(sitting, cases[0], event)
    else:
        ask(sitting)


def open_question(desk: DeskState) -> str:
    """The name of the question 'same patient or new?' that stands open, '' where none does: 'name.answer' is its choice."""
    asked = next((choice for choice in desk.offered if is_question(choice)), "")
    return asked.partition(".")[0]


def is_question(choice: str) -> bool:
    """True of a choice of 'same patient or new?', and of its question's name."""
    return choice.startswith(_QUESTION)


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
    offered = () if open_question(sitting.desk) else sitting.desk.offered
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
