"""Days later: a reminder answered "worse" ends in triage, in every language; WhatsApp's 24 hours are kept.

On a real Redis and a real PostgreSQL. Time is moved by moving due times in the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, select, text, update

import locales
from bot import conversation, reminders
from bot.clock import db_now
from bot.conversation.events import Asking, Remind
from bot.database import transaction
from bot.tables import Chat, Photo, Reminder, ReplyRow
from locales import Text
from locales.placeholders import without_isolates
from tests import servers
from tests.journeys.course import answer_on, begin, to_findings, word
from tests.journeys.person import Heard, Person, drawn_photo, meet
from tests.journeys.town import Town, until
from tests.journeys.town import town as running

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(300)]

DAY_S = 86_400.0
TEMPLATE = "HXapproved-sw"
# What is answered where there is a choice; everything else with 'none of these', 'no', or the first answer.
SAYS = {"consent": "yes", "age": "adult", "shape": "rash", "site": "arm"}


@pytest.fixture(scope="module")
def days_town(
    postgres_url: str, redis_server: servers.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Swahili has a template on WhatsApp, the other languages have none."""
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    with running(
        tmp_path_factory.mktemp("town"),
        postgres_url.rpartition("/")[0] + "/" + name,
        broker_url=redis_server.url,
        env={"NGOZI_WHATSAPP_TEMPLATES": f"sw={TEMPLATE}"},
    ) as made:
        made.twilio.behaviour.window = True
        yield made
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


def last(town: Town, person: Person) -> ReplyRow:
    return town.replies(person.channel, person.address)[-1]


def to_result(town: Town, person: Person, language: str) -> None:
    """Somebody with a rash, who is to be seen within a week."""
    begin(person, language)
    answer_on(person, SAYS)


def days_pass(town: Town, person: Person, days: float) -> None:
    """The person was silent for so long; the next question for later is due."""
    chat = town.chat_id(person.channel, person.address)
    with transaction(town.parts.engine) as connection:
        connection.execute(
            update(Chat).where(Chat.id == chat).values(last_inbound_at=Chat.last_inbound_at - days * DAY_S)
        )
        number = connection.execute(
            select(Reminder.number)
            .where(Reminder.chat_id == chat, Reminder.state == "wanted")
            .order_by(Reminder.number)
            .limit(1)
        ).scalar_one()
        connection.execute(
            update(Reminder)
            .where(Reminder.chat_id == chat, Reminder.number == number, Reminder.state == "wanted")
            .values(due_at=db_now() - 1, kind="better")
        )
    if person.channel == "whatsapp":
        town.twilio.last_inbound[person.address] -= days * DAY_S
    until(lambda: last(town, person).key.startswith("reminder."), "the reminder")


def asked(town: Town, person: Person, state: str) -> ReplyRow:
    until(lambda: last(town, person).state == state, f"the reminder {state}")
    return last(town, person)


def plain(name: str, language: str) -> str:
    return without_isolates(locales.render(Text(name), language)).replace("\u200f", "")


def is_the_question(heard: Heard, language: str) -> bool:
    return plain("later.ask_better", language) in heard.plain


@pytest.mark.parametrize(("channel", "language"), [("telegram", "en"), ("whatsapp", "sw"), ("webchat", "ar")])
def test_a_reminder_answered_worse_ends_in_triage_and_in_a_new_result(
    days_town: Town, channel: str, language: str
) -> None:
    person = meet(days_town, channel)
    to_result(days_town, person, language)
    days_pass(days_town, person, 0.5 if channel == "whatsapp" else 7)
    (question,) = person.heard()
    assert is_the_question(question, language)
    assert plain("later.stop", language) in question.plain or question.buttons[-1][1] == "better.stop"
    (triage,) = person.say(word("worse", language))
    assert last(days_town, person).key.startswith("danger")
    assert plain("later.sorry", language) in triage.plain
    answer_on(person, SAYS)
    keys = [r.key for r in days_town.replies(channel, person.address)]
    assert keys.count("reminder.better") == 1
    # One question of the case is left, and a sign of danger would end even that.
    days_pass(days_town, person, 0.1 if channel == "whatsapp" else 7)
    person.heard()
    person.say(word("better", language))
    assert last(days_town, person).key == "later"
    chat = days_town.chat_id(channel, person.address)
    with days_town.reading() as connection:
        states = connection.execute(select(Reminder.state).where(Reminder.chat_id == chat)).scalars().all()
    assert states.count("asked") == 2
    assert set(states) == {"asked", "dropped"}


def test_worse_leads_to_a_new_photograph_beside_the_first(days_town: Town) -> None:
    person = meet(days_town, "telegram", "en")
    to_findings(person, "en", drawn_photo(1), photo_first=True)
    chat = days_town.chat_id("telegram", person.address)
    assert chat is not None
    with transaction(days_town.parts.engine) as connection:
        # The stand-in finds what needs no reminder.
        wanted = Remind(1, (Asking("better", 1, 7),))
        reminders.write(connection, chat, wanted, days_town.parts.settings.quiet)
    days_pass(days_town, person, 7)
    person.heard()
    person.choose("better.worse")
    while last(days_town, person).key != "photo":
        codes = [choice["code"] for choice in last(days_town, person).texts["choices"]]
        person.choose(next(c for c in codes if c.endswith((".none", ".no"))))
    person.send_photo(drawn_photo(2))
    answer_on(person, SAYS)
    assert [r.key for r in days_town.replies("telegram", person.address)].count("findings") == 2
    with days_town.reading() as connection:
        state = conversation.from_json(
            connection.execute(select(Chat.state).where(Chat.id == chat)).scalar_one() or ""
        )
        kept = set(connection.execute(select(Photo.id).where(Photo.chat_id == chat)).scalars())
    assert len(state.photos) == len(state.earlier_photos) == 1
    assert kept == {*state.photos, *state.earlier_photos}


def test_outside_whatsapps_window_a_template_carries_the_reminder(days_town: Town) -> None:
    person = meet(days_town, "whatsapp")
    to_result(days_town, person, "sw")
    days_pass(days_town, person, 7)
    asked(days_town, person, "sent")
    message = list(days_town.twilio.messages.values())[-1]
    assert (message.to, message.content_sid) == (person.address, TEMPLATE)
    assert plain("later.ask_better", "sw") in without_isolates(message.content_variables)
    person.heard()
    person.say(word("worse", "sw"))
    assert last(days_town, person).key.startswith("danger")


def test_outside_and_without_a_template_it_waits_three_days_and_is_gone(days_town: Town) -> None:
    person = meet(days_town, "whatsapp")
    to_result(days_town, person, "en")
    days_pass(days_town, person, 7)
    row = asked(days_town, person, "parked")
    assert row.expires_at - row.created_at == pytest.approx(3 * DAY_S, abs=1)
    with transaction(days_town.parts.engine) as connection:
        connection.execute(
            update(ReplyRow).where(ReplyRow.id == row.id).values(expires_at=ReplyRow.expires_at - 4 * DAY_S)
        )
    heard = person.say("new")
    assert not any(is_the_question(h, "en") for h in heard)
    with days_town.reading() as connection:
        assert (
            connection.execute(select(ReplyRow.state).where(ReplyRow.id == row.id)).scalar_one() == "dropped"
        )
    assert not any(is_the_question(h, "en") for h in person.everything())


def test_outside_and_without_a_template_who_writes_within_three_days_is_asked(days_town: Town) -> None:
    person = meet(days_town, "whatsapp")
    to_result(days_town, person, "en")
    days_pass(days_town, person, 7)
    asked(days_town, person, "parked")
    person.say("hello")
    assert [is_the_question(h, "en") for h in person.everything()].count(True) == 1
    person.say("2")
    assert last(days_town, person).key == "later"
