"""Cases at the clinic's desk, for the tests of its pages: made-up people, made pictures."""

from __future__ import annotations

import io
from dataclasses import replace

from sqlalchemy import insert, update

from bot.cases import clinic, notes, store
from bot.clock import db_now
from bot.conversation import planning
from bot.conversation.state import ChatState, new_state
from bot.database import transaction
from bot.media.drawn import draw
from bot.messages import Condition, Findings, Urgency
from bot.place import Place
from bot.places import put
from bot.tables import CaseRow, Photo
from tests.bot.cases.world import a_chat
from tests.console.world import World

__all__ = ["PLACE", "a_case", "a_photo", "a_place", "a_voice", "told"]

PLACE = Place("kisumu-1", "Kisumu made-up hospital", "hospital", "KE", "Kisumu", phone="+254 700 000 000")


def told(language: str = "sw", **more: object) -> ChatState:
    """The conversation of a patient with a spot on the arm, with the model's findings."""
    answers = {"age": "adult", "health": "none", "shape": "spot", "site": "arm", "skin": "3", "group1": "none", "group2": "none",
               "group3": "none", "group4": "none", "grown": "yes", "bleed": "no"}  # fmt: skip
    found = Findings(
        (Condition("MEL", "possible"), Condition("NEV", "possible")),
        Urgency.WEEK,
        model="compact-1",
        basis="model",
    )
    state = replace(
        new_state(language),
        consent="yes",
        answers=answers,
        findings=found,
        requested=1,
        told=1,
        planned=1,
        unplanned=1,
    )
    state = replace(state, **more)  # type: ignore[arg-type]
    while key := planning.question(state):
        state = replace(state, answers={**state.answers, key: "no"})
    return state


def a_photo(world: World, chat: int, seed: int = 3, at: float = 0.0) -> str:
    """The id of a made picture that is kept. at: seconds ago."""
    data = io.BytesIO()
    draw(5, "NEV", 320, seed=seed).save(data, "JPEG", quality=85)
    return _kept(world, chat, "photo", data.getvalue(), 320, at)


def a_voice(world: World, chat: int, data: bytes) -> str:
    """The id of a voice message that is kept."""
    return _kept(world, chat, "voice", data, 0, 0.0)


def _kept(world: World, chat: int, kind: str, data: bytes, side_px: int, at: float) -> str:
    stored = world.console.vault.put(data)
    with transaction(world.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id=stored.name,
                kind=kind,
                chat_id=chat,
                name=stored.name,
                wrapped_key=stored.wrapped_key,
                master_key_id=stored.master_key_id,
                size_bytes=stored.size_bytes,
                width_px=side_px,
                height_px=side_px,
                origin_ref="",
                origin_message="",
                created_at=db_now() - at,
                expires_at=db_now() + 1e6,
            )
        )
    return stored.name


def a_place(world: World) -> None:
    with transaction(world.engine) as connection:
        put(connection, [PLACE])


def a_case(
    world: World, *, language: str = "sw", photos: int = 2, floor: Urgency | None = None, address: str = "p1"
) -> store.Case:
    """A patient's own case that waits for a clinician, with photographs and a note."""
    with transaction(world.engine) as connection:
        chat = a_chat(connection, address, "webchat")
    ids = [a_photo(world, chat, seed=n + 1, at=86_400.0 * 7 * (photos - 1 - n)) for n in range(photos)]
    with transaction(world.engine) as connection:
        state = told(language, photos=tuple(ids[-1:]), earlier_photos=tuple(ids[:-1]), floor=floor)
        case = store.open_case(connection, chat, state)
        case = store.save(connection, replace(case, found_urgency=floor or Urgency.WEEK))
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(told_at=db_now()))
        clinic.escalate(connection, case.id, "unsure")
        notes.add(connection, world.console.sealer, case.id, "patient", "It <b>itches</b> at night")
        found = store.by_id(connection, case.id)
        assert found is not None
        return found
