"""Codes of the trail, of dead letters and of files of places: staff read words, in the language of the page."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import insert, update

import locales
from bot import audit
from bot.channels import Account
from bot.clock import db_now
from bot.database import transaction
from bot.orders import Kind
from bot.packs.life import State
from bot.tables import FindingsJob, InboundRow, Login
from bot.web.console.trail_words import SUBJECTS
from tests.bot.cases.world import a_chat
from tests.console.test_admin_operations import a_reply
from tests.console.world import Browser, World

ROOT = Path(__file__).parents[2]


def calls() -> list[ast.Call]:
    """Every place in the code that adds a row."""
    return [
        node
        for room in ("bot", "worker")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"
    ]


def words_of_code() -> set[str]:
    """Every word that a row's `what` can be."""
    found: set[str] = set()
    for call in calls():
        what = ast.unparse(call.args[1])
        if what == "f'{kind}_ordered'":
            found |= {f"{kind}_ordered" for kind in get_args(Kind)}
        elif what == "f'pack_{state}'":
            found |= {f"pack_{state}" for state in get_args(State)}
        else:
            found |= {
                node.value
                for node in ast.walk(call.args[1])
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return found


def test_every_event_of_the_code_has_words_and_something_that_it_is_about() -> None:
    of_code = words_of_code()
    assert len(of_code) > 50
    template = set(locales.library().template)
    assert set(SUBJECTS) == of_code
    assert {f"console.trail.what_{what}" for what in of_code} <= template
    assert {f"console.trail.of_{kind}" for kind in SUBJECTS.values()} <= template


def test_every_detail_that_the_code_writes_has_a_name() -> None:
    keys: set[str] = set()
    for call in calls():
        for node in ast.walk(call):
            if isinstance(node, ast.Dict):
                keys |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
        keys |= {word.arg for word in call.keywords if word.arg not in (None, "by", "before", "after")}
    # Inside of a hash: message ids, no names of details.
    keys = {key for key in keys if re.fullmatch(r"[a-z_0-9]+", key)}
    assert len(keys) > 30
    assert {f"console.trail.key_{key}" for key in keys} <= set(locales.library().template)


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_words_of_the_trail_and_of_dead_letters_are_translated(language: str) -> None:
    library = locales.library()
    begin = ("console.trail.", "console.letters.", "console.places.", "console.channel.")
    named = [entry for name, entry in library.template.items() if name.startswith(begin)]
    assert len(named) > 150
    assert [one.id for one in named if not all(library.translations(language).of(one))] == []


def a_reader(world: World, language: str, name: str = "asha") -> Browser:
    asha = world.signed_in(name)
    with transaction(world.engine) as connection:
        connection.execute(update(Login).values(language=language))
    return asha


def cells(page: str) -> str:
    """What is read in the rows of a page's tables."""
    body = "".join(re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL))
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_a_row_of_the_trail_is_read_in_words(world: World) -> None:
    asha = a_reader(world, "en")
    with transaction(world.engine) as connection:
        audit.record(connection, "role_changed", 7, by=asha.person_id, before={"role": "chw"}, after={"role": "clinician"})  # fmt: skip
        audit.record(connection, "place_changed", "mtoni", before={"active": True}, after={"active": False}, fields=["hours", "active"])  # fmt: skip
        audit.record(connection, "pack_rolled_back", "sw", before={"version": 5}, after={"version": 4})
        audit.record(connection, "test_message", "webchat:main", after={"chat": 3})
        audit.record(connection, "letter_dropped", 9, before={"state": "parked"}, after={"state": "done"}, kind="message")  # fmt: skip
    page = asha.get("/audit").text
    read = cells(page)
    for words in (
        "role changed person 7 role",
        "place changed place mtoni open or active yes no fields Hours, open or active",
        "language rolled back language Swahili version 5 4",
        "test message sent account Web chat chat 3",
        "dead letter let go letter 9 state given up done kind Messages",
    ):
        assert words in read, words
    assert not re.search(r"\b[a-z]+_[a-z_]+\b|webchat:main|chw", read), "no code"
    assert '<option value="role_changed">role changed</option>' in page
    read = cells(a_reader(world, "sw", "wanjiru").get("/audit").text)
    assert "wajibu ulibadilishwa mtu 7" in read
    assert "lugha ilirudishwa toleo la awali lugha Kiswahili" in read


def test_a_row_of_a_version_that_is_not_ours_is_read_as_it_stands(world: World) -> None:
    asha = a_reader(world, "en")
    with transaction(world.engine) as connection:
        audit.record(connection, "zebra_fed", "z1", before={"hay_left": 3}, after={"hay_left": 2}, whom=[])
    assert "zebra_fed z1 hay_left 3 2 whom –" in cells(asha.get("/audit").text)


def letters_read(world: World, asha: Browser) -> str:
    return cells(asha.get("/letters").text)


def test_a_dead_letter_says_where_and_why_in_words(world: World) -> None:
    asha = a_reader(world, "en")
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "5")
        connection.execute(
            insert(InboundRow).values(
                chat_id=chat, channel="telegram", account="main", external_id="u1", position=0, received_at=db_now(),
                state="parked", error="gave_up",
            )
        )  # fmt: skip
        for error in ("63016", "no_template", "outage"):
            a_reply(connection, chat, error=error)
        connection.execute(
            insert(FindingsJob).values(
                kind="plan", chat_id=chat, case_version=1, photo_ids=[], answers={}, floor="", state="parked",
                created_at=db_now(),
            )
        )  # fmt: skip
    read = letters_read(world, asha)
    assert "Telegram (main) Every try failed." in read, "an account that is not in the settings any more"
    assert "The service did not take it; its code is 63016." in read
    assert "No prepared template fits, and the person has not written for 24 hours." in read
    assert "The service could not be reached." in read
    assert "Which questions to ask Every try failed." in read
    assert not re.search(r"gave_up|no_template|telegram:main|\bplan\b|outage", read)


def test_an_account_is_called_by_its_service_and_by_its_name_only_where_there_are_several(
    world: World,
) -> None:
    asha = a_reader(world, "en")
    channels = world.console.channels
    one = next(iter(channels.values()))
    world.console.channels = {Account("telegram", "main"): one}
    try:
        assert "Telegram" in cells(asha.get("/operations").text)
        assert "main" not in cells(asha.get("/operations").text)
        world.console.channels = {Account("telegram", "main"): one, Account("telegram", "north"): one}
        read = cells(asha.get("/operations").text)
        assert "Telegram (main)" in read
        assert "Telegram (north)" in read
    finally:
        world.console.channels = channels


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "line 2, country: is 'QQ'; expected two large letters of ISO 3166, such as TZ"),
        ("sw", "mstari 2, country: ni 'QQ'; zinatarajiwa herufi kubwa mbili za ISO 3166, kama TZ"),
        ("ar", "السطر 2، country: هو 'QQ'"),
    ],
)
def test_what_is_wrong_with_a_file_of_places_is_said_in_the_language_of_the_page(
    world: World, language: str, said: str
) -> None:
    asha = a_reader(world, language)
    lines = (ROOT / "deploy" / "places.example.csv").read_text("utf-8").splitlines()
    bad = "\n".join([lines[0], lines[1].replace("TZ", "QQ")]).encode()
    page = asha.post("/places/import", {}, files={"file": ("places.csv", bad, "text/csv")})
    assert page.status_code == 400
    faults = re.findall(r"<li>(.*?)</li>", page.text)
    plain = [re.sub("[\u2066-\u2069]", "", one).replace("&#39;", "'") for one in faults]
    assert any(one.startswith(said) for one in plain), plain
    assert not any("expected" in one for one in plain) or language == "en"


def test_of_a_long_cell_a_fault_shows_only_the_beginning(world: World) -> None:
    asha = a_reader(world, "en")
    secret = "see www.example.org and then ask for somebody by name"
    page = asha.post("/places/save", {"new": "1", "id": "a", "name": secret, "kind": "clinic", "country": "TZ", "region": "M"})  # fmt: skip
    assert page.status_code == 400
    (fault,) = re.findall(r"<li>(Name: .*?)</li>", page.text)
    assert "&#39;see www.example.org and then ask for so…&#39; looks like a link" in fault
