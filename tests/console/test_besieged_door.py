"""Whoever besieges the door keeps nobody waiting who is signed in."""

from __future__ import annotations

import threading
from collections import Counter

import anyio
import anyio.to_thread
import httpx
import pytest

from bot.console import logins
from bot.web.console import frame
from bot.web.console.frame import COOKIE
from tests.console.world import World

BESIEGERS = 40


def test_forty_sign_ins_at_once_leave_the_pages_of_staff_as_they_are_and_the_last_hear_at_once_that_it_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = world.signed_in("asha").client.cookies[COOKIE]
    stranger = world.browser()
    form = {
        "csrf": stranger.token("/sign-in"),
        "name": "nobody",
        "password": "nine wet goats sang",
        "code": "",
    }
    door = dict(stranger.client.cookies)
    hold, held = threading.Event(), threading.Semaphore(0)

    def slow(*_: object) -> bool:
        held.release()
        hold.wait(20)
        return False

    monkeypatch.setattr(logins, "check", slow)
    statuses: Counter[int] = Counter()

    async def guess(number: int) -> None:
        wire = httpx.ASGITransport(app=world.app, client=(f"192.0.2.{number}", 1))
        async with httpx.AsyncClient(
            transport=wire, verify=False, base_url=world.base, cookies=door
        ) as client:
            statuses[
                (await client.post("/console/sign-in", data=form | {"name": f"n{number}"})).status_code
            ] += 1

    async def siege() -> float:
        wire = httpx.ASGITransport(app=world.app)
        async with (
            httpx.AsyncClient(
                transport=wire, verify=False, base_url=world.base, cookies={COOKIE: cookie}
            ) as client,
            anyio.create_task_group() as besiegers,
        ):
            for number in range(BESIEGERS):
                besiegers.start_soon(guess, number)
            for _ in range(2):
                assert await anyio.to_thread.run_sync(held.acquire, True, 10)
            with anyio.move_on_after(10):
                while statuses[503] < refused:
                    await anyio.sleep(0.05)
            begun = anyio.current_time()
            try:
                assert statuses[503] >= refused, "while all of the others wait"
                assert (await client.get("/console/account")).status_code == 200
                return anyio.current_time() - begun
            finally:
                hold.set()

    # Who asks before the queue is seen to be full stands in it too.
    refused = BESIEGERS - frame.DOOR_THREADS - 2 * frame.DOOR_WAITING
    waited = anyio.run(siege)
    # In a queue behind them it would be the time that each of them waits for a check of its password.
    assert waited < 4.0
    assert statuses[401] >= frame.DOOR_THREADS
    assert sum(statuses.values()) == BESIEGERS
