"""Whoever can answer no more holds no case; who goes on answering does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, select

from bot import people
from bot.cases import clinic, deeds
from bot.console import logins, staff
from bot.database import transaction
from bot.tables import CaseRow, Chat
from tests.bot.cases.test_deeds import doctors, trail, waiting
from tests.console.world import PASSWORD

HASH = logins.hashed(PASSWORD)


def _left(connection: Connection, person_id: int) -> None:
    (chat,) = connection.execute(select(Chat.id).where(Chat.person_id == person_id)).scalars()
    people.leave(connection, chat)


GONE: list[Callable[[Connection, int, int], object]] = [
    lambda c, who, admin: staff.remove(c, who, admin),
    lambda c, who, admin: people.remove(c, who),
    lambda c, who, admin: staff.change_role(c, who, "admin", admin),
    lambda c, who, admin: logins.add(c, "ana", HASH, "chw", by=admin, person_id=who),
    lambda c, who, admin: _left(c, who),
]
STAYS: list[Callable[[Connection, int, int], object]] = [
    lambda c, who, admin: staff.change_role(c, who, "supervisor", admin),
    lambda c, who, admin: logins.add(c, "ana", HASH, "clinician", by=admin, person_id=who),
]


@pytest.mark.parametrize(
    ("deed", "stays"), [*((deed, False) for deed in GONE), *((deed, True) for deed in STAYS)]
)
def test_a_case_is_free_at_once_when_whoever_answers_it_can_do_so_no_more(
    engine: Engine, deed: Callable[[Connection, int, int], object], stays: bool
) -> None:
    with transaction(engine) as connection:
        admin = logins.add(connection, "adm", HASH, "admin")
        one, two = doctors(connection, "d1", "d2")
        case, other = waiting(connection), waiting(connection)
        deeds.take(connection, case.id, one)
        deeds.take(connection, other.id, two)
    with transaction(engine) as connection:
        deed(connection, one, admin)
    with transaction(engine) as connection:
        rows = dict(connection.execute(select(CaseRow.id, CaseRow.claimed_by)).all())  # type: ignore[arg-type]
        assert rows == {case.id: one if stays else None, other.id: two}
        assert clinic.claim(connection, case.id, two) is not stays
        back = [row for row in trail(connection) if row.what == "case_released"]
        assert [(row.subject, row.before, row.after) for row in back] == (
            [] if stays else [(str(case.id), {"claimed_by": one}, {"claimed_by": None})]
        )
