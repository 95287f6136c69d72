"""People of each kind, from the webhook to the platform's request, on a real Redis and a real PostgreSQL.

A mole, an itchy rash, a sign of danger, a numb patch, a small baby: each in English, Swahili and Arabic, and one in each other
language.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import create_engine, func, select, text

import locales
from bot import reply_json
from bot.channels import LIMITS
from bot.conversation import from_json
from bot.messages import Urgency
from bot.rendering import render_reply
from bot.tables import Chat, FindingsJob, Photo, ReplyRow
from locales import Text
from locales.placeholders import without_isolates
from tests import servers
from tests.journeys.course import answer_on, begin
from tests.journeys.person import Person, drawn_photo, meet
from tests.journeys.town import Town
from tests.journeys.town import town as running

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(600)]

CHANNELS = ("telegram", "whatsapp", "webchat")
EVERYWHERE = ("en", "sw", "ar")


@dataclass(frozen=True)
class Kind:
    """What somebody answers and must hear. ids: messages of the last reply. condition: the first that is named, '' for none.

    photo: sent first of all. kept: photographs that are there at the end. jobs: whether an engine is asked.
    """

    says: Mapping[str, str]
    key: str
    urgency: Urgency
    ids: tuple[str, ...]
    condition: str = ""
    photo: bool = True
    kept: int = 0
    jobs: bool = False
    never: tuple[str, ...] = field(default=())


KINDS = {
    "mole": Kind(
        {"consent": "yes", "age": "middle", "shape": "spot", "site": "back", "skin": "3"},
        "findings", Urgency.ROUTINE, ("findings.not_diagnosis",), kept=1, jobs=True,
    ),
    "rash": Kind(
        {"consent": "yes", "age": "adult", "shape": "rash", "site": "many", "look": "itchy", "itch_night": "yes",
         "home_itch": "yes", "webs": "yes"},
        "findings", Urgency.WEEK, ("findings.do.week", "because.home_itch", "examine.scabies"), "SCABIES", kept=1,
    ),
    "danger": Kind(
        {"consent": "yes", "age": "adult", "danger1": "yes", "d05": "yes"},
        "now", Urgency.NOW, ("now.go", "now.how"), kept=1, never=("findings", "photo"),
    ),
    "numb": Kind(
        {"consent": "yes", "age": "middle", "shape": "rash", "site": "arm", "danger4": "yes", "d44": "yes", "look": "patch"},
        "findings", Urgency.WEEK, ("findings.do.week", "because.numb", "examine.leprosy", "findings.report"), "LEPROSY",
        photo=False,
    ),
    "baby": Kind(
        {"consent": "yes", "age": "infant", "shape": "rash"},
        "infant", Urgency.TODAY, ("findings.do.today", "sent.infant"), never=("findings", "photo"),
    ),
}  # fmt: skip

OTHERS = tuple(code for code in locales.languages(allow_unreviewed=True) if code not in EVERYWHERE)
JOURNEYS = [
    *((kind, language) for kind in KINDS for language in EVERYWHERE),
    *((list(KINDS)[n % len(KINDS)], language) for n, language in enumerate(OTHERS)),
]


@pytest.fixture(scope="module")
def real_town(
    postgres_url: str, redis_server: servers.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    url = postgres_url.rpartition("/")[0] + "/" + name
    with running(tmp_path_factory.mktemp("town"), url, broker_url=redis_server.url) as made:
        yield made
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


def journey(town: Town, number: int) -> Person:
    kind, language = JOURNEYS[number]
    wanted = KINDS[kind]
    person = meet(town, CHANNELS[number % 3])
    begin(person, language, drawn_photo(person.number) if wanted.photo else None)
    answer_on(person, wanted.says)
    return person


@pytest.fixture(scope="module")
def talks(real_town: Town) -> Iterator[list[Future[Person]]]:
    """Three at once."""
    with ThreadPoolExecutor(3) as pool:
        yield [pool.submit(journey, real_town, number) for number in range(len(JOURNEYS))]


@pytest.mark.parametrize("number", range(len(JOURNEYS)), ids=["-".join(one) for one in JOURNEYS])
def test_everybody_hears_how_soon_and_where_to_go(
    real_town: Town, talks: list[Future[Person]], number: int
) -> None:
    kind, language = JOURNEYS[number]
    wanted, person = KINDS[kind], talks[number].result()
    rows = real_town.replies(person.channel, person.address)
    assert rows[-1].key == wanted.key
    assert not {row.key for row in rows} & set(wanted.never)
    shown = without_isolates("\n".join(h.text for h in person.everything()[-3:])).replace("\u200f", "")
    for name in wanted.ids:
        assert without_isolates(locales.render(Text(name), language)).replace("\u200f", "") in shown, name
    with real_town.reading() as connection:
        chat = connection.execute(
            select(Chat).where(Chat.channel == person.channel, Chat.address == person.address)
        ).one()

        def count(table: type) -> int:
            where = select(func.count()).select_from(table).where(table.chat_id == chat.id)  # type: ignore[attr-defined]
            return int(connection.execute(where).scalar_one())

        assert count(Photo) == wanted.kept
        assert bool(count(FindingsJob)) == wanted.jobs
    state = from_json(chat.state)
    assert state.language == language
    if wanted.key == "now":
        assert state.floor is Urgency.NOW
    named = [c.code for c in state.findings.conditions] if state.findings else []
    if wanted.condition:
        assert named[0] == wanted.condition
    if wanted.key != "findings":
        assert named == []
    _of_the_pack(person, rows, language)


def _of_the_pack(person: Person, rows: list[ReplyRow], language: str) -> None:
    """From consent on every sentence is one of the language's own, and none is cut by the channel."""
    first = next(n for n, row in enumerate(rows) if row.key == "consent" and row.language == language)
    for row in rows[first:]:
        assert row.language == language
        reply = reply_json.reply_from_json(row.texts, row.key)
        for paragraph in reply.paragraphs:
            assert locales.render(paragraph, language, strict=True)
        for part in render_reply(reply, language, LIMITS[person.channel]).parts:
            assert part in [h.text for h in person.everything()]
