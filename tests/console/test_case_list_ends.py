"""Ends of the list of cases: a page that is not there leads to the last one, and the first page of the console says what waits."""

from __future__ import annotations

import pytest

from bot.cases import inbox
from tests.console.desk_world import a_case
from tests.console.test_own_cases import a_worker
from tests.console.world import World


@pytest.mark.parametrize("state", ["waiting", "all"])
def test_a_page_that_is_not_there_leads_to_the_last_one(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 2)
    made = [a_case(world, photos=0, address=f"p{n}") for n in range(3)]
    browser = world.signed_in("one", "clinician")
    sent = browser.get(f"/cases?state={state}&urgency=week&page=999")
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/console/cases?state={state}&urgency=week&page=1",
    )
    assert made[2].code in browser.get(sent.headers["location"].removeprefix("/console")).text


def test_where_nothing_fits_the_first_page_says_so(world: World) -> None:
    browser = world.signed_in("one", "clinician")
    sent = browser.get("/cases?state=closed&page=7")
    assert sent.headers["location"] == "/console/cases?state=closed&page=0"
    assert "No case fits" in browser.get("/cases?state=closed&page=0").text
    worker, _ = a_worker(world, "asha")
    assert worker.get("/own-cases?page=999").headers["location"] == "/console/own-cases?page=0"


def test_the_first_page_says_how_many_cases_wait_and_are_theirs(world: World) -> None:
    cases = [a_case(world, photos=0, address=f"p{n}") for n in range(3)]
    one = world.signed_in("one", "clinician")
    assert 'state=waiting">Waiting <span class="tag">3</span>' in one.get("/").text
    assert "state=mine" not in one.get("/").text
    one.post(f"/cases/{cases[0].code}/claim", {})
    page = one.get("/").text
    assert 'state=waiting">Waiting <span class="tag">2</span>' in page
    assert 'state=mine">Mine <span class="tag">1</span>' in page
    assert "state=waiting" not in world.signed_in("boss", "admin").get("/").text
