"""How often a page asks the database does not depend on how many cases there are. How long it takes: `ngozi bench --pages`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette

import locales
from bot.database import connect
from bot.packs import watch
from bot.web.console import furnish
from bot.web.console.frame import Console
from tests.conftest import KEYS
from tests.console.world import settings_for
from worker.bench import clinic, pages

FEW, MANY = 10, 200
# Who looks: somebody signed in is sent on from the door; an answer that another clinician scores is not theirs to see. Of so few
# cases the fourth page is not there: it leads to the last.
NOT_A_PAGE = {
    ("/sign-in", 303),
    ("/cases?page=3", 303),
    ("/review/{item:number}", 404),
    ("/review/{item:number}/media/{media}", 404),
}


def counted(cases: int, packs_sqlite: Path, folder: Path) -> dict[pages.Asked, tuple[int, int]]:
    """By page and role: status and statements, at so many cases."""
    folder.mkdir()
    shutil.copyfile(packs_sqlite, folder / "ngozi.sqlite3")
    engine = connect(f"sqlite:///{folder / 'ngozi.sqlite3'}", keys=KEYS)
    console = furnish(Console(settings_for(folder), engine))
    made = clinic.open_clinic(engine, console.vault, KEYS, cases)
    watch.look(engine, at_once=True)
    # Without bot.web.spoken_packs, which looks once a second whether other packs speak, whatever page is asked for.
    app = Starlette(routes=console.routes())
    visitor = pages.Visitor(app, made)
    found = {}

    async def walk() -> None:
        for one in pages.asked(console.entries, made):
            # The first look of a day at a case is written down, and counts apart.
            await visitor.get(one)
            with pages.statements(engine) as so_far:
                status = (await visitor.get(one)).status
                found[pages.Asked(one.role, one.route, "")] = (status, so_far())

    try:
        asyncio.run(walk())
    finally:
        locales.use(None)
        engine.dispose()
    return found


@pytest.mark.timeout(600)
def test_every_page_asks_the_database_as_often_at_200_cases_as_at_10(
    packs_sqlite: Path, tmp_path: Path
) -> None:
    few = counted(FEW, packs_sqlite, tmp_path / "few")
    many = counted(MANY, packs_sqlite, tmp_path / "many")
    assert len(few) > 80
    for one, (status, _) in many.items():
        assert status == 200 or (one.route, status) in NOT_A_PAGE, one
    more = {(one.role, one.route): (few[one][1], many[one][1]) for one in few if few[one][1] != many[one][1]}
    assert more == {}, "statements at 10 and at 200 cases"
    assert max(count for _, count in many.values()) <= 25
