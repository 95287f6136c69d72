"""What a clinician does with a case at the console: each deed is checked, done and put into the audit trail, in one transaction.

The trail holds numbers, codes and names of prepared sentences, never a word that somebody wrote. Each deed raises CaseMoved
where the case is not (any more) what it must be: somebody else was first.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select, update

from bot import audit, places
from bot.cases import clinic, closing, handed, keepers, notes, opinions, store
from bot.cases.claims import MAY_ANSWER
from bot.casework import answers
from bot.casework.answers import Answer
from bot.clock import db_now
from bot.messages import Urgency
from bot.place import Place
from bot.queue import Wakes
from bot.sealing import Sealer
from bot.tables import CaseRow, Person

__all__ = [
    "LONGEST_NOTE",
    "MAY_ANSWER",
    "answer",
    "close",
    "close_own",
    "colleagues",
    "go_on",
    "holds",
    "note_answer",
    "note_claim",
    "opine",
    "pass_on",
    "place_of",
    "release",
    "second",
    "second_back",
    "take",
    "take_over",
]

LONGEST_NOTE = 1500


def holds(case: store.Case, person_id: int, at: float) -> bool:
    """True where the case is this person's to answer now. at: epoch s."""
    return case.is_open and case.claimed_by == person_id and (case.claimed_until or 0.0) > at


def take(connection: Connection, case_id: int, person_id: int) -> None:
    """Claims the case, or renews the claim. One that does not wait goes on as it was: only what is done with it (an answer, a
    hand-over) puts it into the queue. Whoever looks and gives it back has not made an answered case wait again.
    """
    # Of two at the same moment the second sees what the first has done.
    connection.execute(select(CaseRow.id).where(CaseRow.id == case_id).with_for_update())
    case = _open(connection, case_id)
    if not clinic.claim(connection, case_id, person_id, waiting=False):
        raise store.CaseMoved(f"case {case_id} is another clinician's")
    note_claim(connection, case, person_id)


def take_over(connection: Connection, case_id: int, person_id: int) -> None:
    """Takes the case from whoever is answering it: their answer is not sent any more, and their words stay on their page."""
    case = _open(connection, case_id)
    if not clinic.take_over(connection, case_id, person_id):
        raise store.CaseMoved(f"case {case_id} waits for another's second opinion than person {person_id}'s")
    note_claim(connection, case, person_id)


def _wait_again(connection: Connection, case_id: int, person_id: int) -> None:
    """What is this person's to answer and does not wait is put into the queue, as what follows asks for; the claim stays."""
    case = _open(connection, case_id)
    if not case.waits and case.claimed_by == person_id:
        clinic.escalate(connection, case_id, "desk")


def go_on(connection: Connection, case_id: int, person_id: int) -> bool:
    """Renews a claim that was this person's last, lapsed or not; False where it is another's by now, given back or answered."""
    case = _there(connection, case_id)
    return (
        case.is_open
        and case.claimed_by == person_id
        and clinic.claim(connection, case_id, person_id, waiting=False)
    )


def note_claim(connection: Connection, case: store.Case, person_id: int) -> None:
    """Puts a claim into the trail, unless it only goes on. case: before it."""
    if case.claimed_by != person_id:
        before = {"claimed_by": case.claimed_by}
        audit.record(
            connection, "case_claimed", case.id, by=person_id, before=before, after={"claimed_by": person_id}
        )


def release(connection: Connection, case_id: int, person_id: int) -> None:
    """Gives it back to the queue."""
    if not clinic.release(connection, case_id, person_id):
        raise store.CaseMoved(f"case {case_id} is not claimed by person {person_id}")
    before, after = {"claimed_by": person_id}, {"claimed_by": None}
    audit.record(connection, "case_released", case_id, by=person_id, before=before, after=after)


def pass_on(
    connection: Connection, sealer: Sealer, case_id: int, person_id: int, words: str, to: int | None
) -> Wakes:
    """Hands it over to another clinician, or to any, with a note for them; what to wake, after the commit.

    Whoever it goes to is told in their chat, where they have one.
    """
    if to is not None and to not in dict(colleagues(connection)):
        raise store.CaseMoved(f"person is {to}; expected an active one who answers cases")
    if to is not None:
        handed.lock(connection, to)
    _wait_again(connection, case_id, person_id)
    clinic.pass_on(connection, case_id, person_id, to)
    before: dict[str, int | None] = {"claimed_by": person_id}
    after = {"claimed_by": to}
    if (note_id := _note(connection, sealer, case_id, person_id, words)) is not None:
        after["note"] = note_id
    audit.record(connection, "case_passed_on", case_id, by=person_id, before=before, after=after)
    return [] if to is None else handed.tell_clinician(connection, to, _there(connection, case_id))


def second(connection: Connection, sealer: Sealer, case_id: int, person_id: int, words: str) -> None:
    """Puts it before the other clinicians again, for a second opinion, with a note for them."""
    _wait_again(connection, case_id, person_id)
    clinic.pass_on(connection, case_id, person_id, None, reason="second")
    before: dict[str, int | None] = {"claimed_by": person_id}
    after: dict[str, int | None] = {"claimed_by": None}
    if (note_id := _note(connection, sealer, case_id, person_id, words)) is not None:
        after["note"] = note_id
    audit.record(connection, "case_second_opinion", case_id, by=person_id, before=before, after=after)


def second_back(connection: Connection, case_id: int, person_id: int) -> None:
    """Takes back that one asked for a second opinion: the case waits for any clinician again, oneself too."""
    if not clinic.second_back(connection, case_id, person_id):
        raise store.CaseMoved(f"case {case_id} waits for no second opinion that person {person_id} asked for")
    before, after = {"second_by": person_id}, {"second_by": None}
    audit.record(connection, "case_second_back", case_id, by=person_id, before=before, after=after)


def opine(connection: Connection, case_id: int, person_id: int, condition: str, urgency: Urgency) -> None:
    """Keeps what the clinician thinks it is. Nobody is told; see bot.cases.opinions."""
    case = _there(connection, case_id)
    if opinions.just_given(connection, case_id, person_id, condition, urgency):
        return
    mine = [one.id for one in opinions.of_case(connection, case_id) if one.person_id == person_id]
    opinion_id = opinions.add(connection, case, person_id, condition, urgency)
    before = {"opinion": mine[0] if mine else None}
    # By its number: what it says goes with the case, and the trail stays.
    audit.record(
        connection, "case_opinion", case_id, by=person_id, before=before, after={"opinion": opinion_id}
    )


def answer(
    connection: Connection,
    sealer: Sealer,
    case_id: int,
    person_id: int,
    said: Answer,
    urgency: Urgency | None,
    condition: str | None = None,
    place: Place | None = None,
) -> int:
    """The number of the chat that is due to be told, after the commit. said: without `fault`.

    urgency: how soon, in the clinician's word; None leaves what was told, or what a sentence of theirs says where that is sooner.
    condition: their opinion of what it is (kept where an
    urgency is given too), None for no opinion. place: where the patient is sent.
    """
    # The chats first, as a turn of theirs does: it may be at this case.
    closing.lock(connection, _open(connection, case_id))
    case = _open(connection, case_id)
    _wait_again(connection, case_id, person_id)
    weighed = urgency or answers.raised_to(said, case.reached)
    note_id = clinic.answer(connection, sealer, case_id, person_id, answers.to_note(said), weighed)
    if place is not None:
        connection.execute(update(CaseRow).where(CaseRow.id == case_id).values(place_id=place.id))
    opinion_id = None
    if condition is not None and urgency is not None:
        opinion_id = opinions.add(connection, case, person_id, condition, urgency)
    note_answer(connection, case, person_id, said, weighed, note_id, opinion_id=opinion_id)
    return case.chat_id


def note_answer(
    connection: Connection,
    case: store.Case,
    person_id: int,
    said: Answer,
    urgency: Urgency | None,
    note_id: int,
    *,
    opinion_id: int | None = None,
    where: Literal["console", "chat"] = "console",
) -> None:
    """Puts an answer into the trail: by the numbers of note and opinion, which hold what was said and go with the case.

    lowers: it makes the case less pressing than its signs of danger. case: before the answer. where: it was given.
    """
    audit.record(
        connection,
        "case_answered",
        case.id,
        by=person_id,
        before={"answered": case.answered_at is not None},
        after={"answered": True, "note": note_id, "opinion": opinion_id},
        own_words=bool(said.own or said.plain),
        lowers=answers.lowers(said, urgency, case.state.floor),
        where=where,
    )


def close(connection: Connection, case_id: int, person_id: int, outcome: store.Ending) -> Wakes:
    """Closes it with what became of the patient; not while another clinician is answering it.

    Whoever looks after the case and the patient are told so (bot.cases.closing): what to wake, after the commit.
    """
    case = _open(connection, case_id)
    closing.lock(connection, case)
    held = connection.execute(
        select(CaseRow.id).where(
            CaseRow.id == case_id, CaseRow.claimed_by != person_id, CaseRow.claimed_until > db_now()
        )
    ).first()
    if held is not None:
        raise store.CaseMoved(f"case {case_id} is another clinician's")
    store.close(connection, case, outcome)
    woken = closing.tell(connection, case, outcome)
    _note_closing(connection, case_id, person_id, told=len(woken))
    return woken


def close_own(connection: Connection, case_id: int, person_id: int, outcome: store.Ending) -> None:
    """Closes a case that the person's chats look after, as they can in the chat; whoever is answering it, stops.

    Raises CaseMoved where it is another's by now, or closed.
    """
    case = _open(connection, case_id)
    mine = select(CaseRow.id).where(CaseRow.id == case_id, keepers.kept_by(person_id))
    if connection.execute(mine).first() is None:
        raise store.CaseMoved(f"case {case_id} is not looked after by person {person_id}")
    store.close(connection, case, outcome)
    _note_closing(connection, case_id, person_id)


def _note_closing(connection: Connection, case_id: int, person_id: int, **details: int) -> None:
    """What became of the patient stands in the case, and not in the trail."""
    before, after = {"open": True}, {"open": False}
    audit.record(connection, "case_closed", case_id, by=person_id, before=before, after=after, **details)


def colleagues(connection: Connection) -> list[tuple[int, str]]:
    """Who answers cases: number and role, by number."""
    rows = connection.execute(
        select(Person.id, Person.role).where(Person.role.in_(MAY_ANSWER), Person.active).order_by(Person.id)
    ).all()
    return [(row.id, row.role) for row in rows]


def place_of(connection: Connection, place_id: str) -> Place | None:
    """An active place of the directory; None where there is none of that id."""
    place = places.named(connection, place_id)
    return place if place is not None and place.active else None


def _note(connection: Connection, sealer: Sealer, case_id: int, person_id: int, words: str) -> int | None:
    """The id of the note; None where nothing was written."""
    if not words.strip():
        return None
    return notes.add(connection, sealer, case_id, "staff", words.strip()[:LONGEST_NOTE], person_id)


def _there(connection: Connection, case_id: int) -> store.Case:
    case = store.by_id(connection, case_id)
    if case is None:
        raise store.CaseMoved(f"case {case_id} is gone")
    return case


def _open(connection: Connection, case_id: int) -> store.Case:
    case = _there(connection, case_id)
    if not case.is_open:
        raise store.CaseMoved(f"case {case_id} is closed")
    return case
