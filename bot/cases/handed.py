"""Who gets cases from the console or the command line is told in their own chat, as whoever gets one from a colleague's chat is.

In the transaction that gives them: a case that is given once is told once. Such a reply has no choices, so that it changes
nothing of what they are at (bot.telling).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot import people, telling
from bot.cases.at_desk import at_desk
from bot.cases.store import Case
from bot.clock import now
from bot.conversation.desk import voice, wording
from bot.messages import Reply, Text
from bot.queue import Wakes

__all__ = ["LINES", "lock", "tell_clinician", "tell_worker"]

# Cases that are told with how soon; of the others the codes.
LINES = 8


def lock(connection: Connection, person_id: int) -> None:
    """The chat that is told something is locked before the cases, in the order of locks everywhere."""
    chat_id = people.chat_of(connection, person_id)
    if chat_id is not None:
        telling.lock(connection, {chat_id})


def tell_worker(connection: Connection, cases: Sequence[Case]) -> None:
    """Queues what a health worker is told of the cases that were just given to them, as they are stored; the sweep sends it."""
    if not cases:
        return
    at = now()
    ordered = sorted(map(at_desk, cases), key=lambda c: (c.reached.rank, c.opened_at, c.code))
    if len(cases) == 1:
        said = [
            voice.address(cases[0].code),
            Text("desk.given.one"),
            wording.status(ordered[0], at),
            Text("desk.open_it", {"code": cases[0].code}),
        ]
    else:
        said = [Text("desk.given.some", {"count": len(cases)})]
        said += [Text("danger.line", {"sign": wording.line(case, at)}) for case in ordered[:LINES]]
        if others := tuple(case.code for case in ordered[LINES:]):
            said.append(Text("desk.given.others", {"codes": others}))
        said.append(Text("desk.given.open"))
    case_id = cases[0].id if len(cases) == 1 else None
    telling.tell(connection, cases[0].chat_id, telling.NO_TURN, Reply(tuple(said), (), "came"), case_id)


def tell_clinician(connection: Connection, person_id: int, case: Case) -> Wakes:
    """Queues what a clinician is told of a case that a colleague passed to them; what to wake. Nothing for who has no chat."""
    chat_id = people.chat_of(connection, person_id)
    if chat_id is None or people.role_of(connection, chat_id) != "clinician":
        return []
    said = (
        voice.address(case.code),
        Text("clinic.passed", {"soon": wording.soon(at_desk(case))}),
        Text("clinic.take_it", {"code": case.code}),
    )
    return telling.tell(connection, chat_id, telling.NO_TURN, Reply(said, (), "queued"), case.id)
