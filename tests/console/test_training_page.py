"""The page of training sets: counts and reasons, nobody's case; the order that a worker carries out."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import locales
from bot import orders
from bot.cases import opinions, store, teaching
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.queue import SWEEP
from bot.tables import Audit, Order, TeachingConsent
from locales import Text
from tests.console.desk_world import a_case
from tests.console.world import World


def agreed(world: World, address: str, *, consent: bool = True, condition: str = "NEV") -> store.Case:
    """A case with a clinician's opinion, whose patient agreed."""
    case = a_case(world, address=address)
    clinician = world.person(f"dr-{address}", "clinician")
    with transaction(world.engine) as connection:
        if consent:
            teaching.agree(connection, "sw 1", case.state.case_version, chat_id=case.chat_id)
        opinions.add(connection, case, clinician, condition, Urgency.WEEK)
    return case


def facts(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


def test_what_a_set_would_hold_and_why_others_are_left_out(world: World) -> None:
    cases = [
        agreed(world, "p1"),
        agreed(world, "p2", consent=False),
        agreed(world, "p3", condition=opinions.NONE),
    ]
    with transaction(world.engine) as connection:
        side = connection.execute(select(TeachingConsent.side).order_by(TeachingConsent.id)).scalars().first()
    page = world.signed_in("asha").get("/training").text
    told = facts(page)
    assert (told["Cases"], told["Patients"], told["Photos"]) == ("1", "1", "2")
    assert (told["Cases to learn from"], told["Cases to test with"]) == (
        ("1", "0") if side == "train" else ("0", "1")
    )
    for reason in ("no_consent", "no_condition"):
        words = locales.render(Text(f"console.training.left_{reason}"), "en")
        assert f"<td>{words}</td><td>1</td>" in page
    for case in cases:
        assert case.code not in page


@pytest.mark.parametrize("role", ["admin", "supervisor"])
def test_a_set_is_ordered_once_and_its_end_is_shown(world: World, role: str) -> None:
    woken: list[str] = []
    world.console.wake = lambda task, row_id, after_s=0.0: woken.append(task)
    agreed(world, "p1")
    boss = world.signed_in("asha", role)
    for _ in range(2):
        assert boss.post("/training/order", {}).status_code == 303
    assert woken == [SWEEP, SWEEP]
    with transaction(world.engine) as connection:
        (row,) = connection.execute(select(Order)).all()
        assert (row.kind, row.state, row.by_person) == ("training_set", "wanted", boss.person_id)
        whats = list(connection.execute(select(Audit.what)).scalars())
        assert whats.count("training_set_ordered") == 1
        taken = orders.take(connection)
        assert taken is not None
        done = {"name": "training-1", "photographs": 2, "patients": 1, "left_out": {}}
        orders.finish(connection, taken, "done", done)
    page = boss.get("/training").text
    assert "<bdi>training-1</bdi> · 2 photos, 1 patients" in page


@pytest.mark.parametrize(
    ("state", "details", "said"),
    [
        ("done", {"name": "", "photographs": 0, "patients": 0, "left_out": {}}, "No case could be used"),
        ("failed", {"reason": "disk"}, "The disk refused"),
        ("failed", {"reason": "storage"}, "The storage of photos did not answer"),
    ],
)
def test_an_order_that_made_no_set_says_why(
    world: World, state: str, details: dict[str, object], said: str
) -> None:
    boss = world.signed_in("asha")
    boss.post("/training/order", {})
    with transaction(world.engine) as connection:
        taken = orders.take(connection)
        assert taken is not None
        orders.finish(connection, taken, state, details)  # type: ignore[arg-type]
    assert said in boss.get("/training").text


@pytest.mark.parametrize("role", ["clinician", "chw"])
def test_who_treats_does_not_take_cases_out(world: World, role: str) -> None:
    someone = world.signed_in("asha", role)
    assert someone.get("/training").status_code == 403
    assert someone.post("/training/order", {}).status_code == 403
    with reading(world.engine) as connection:
        assert connection.execute(select(Order)).all() == []


def test_the_words_of_the_consent_stand_there_in_the_readers_language(world: World) -> None:
    page = world.signed_in("asha", language="ar").get("/training").text
    assert 'dir="rtl"' in page
    for name in ("what", "how", "choice"):
        assert locales.render(Text(f"teaching.{name}"), "ar") in page
