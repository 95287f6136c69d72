"""An itchy rash, through the whole town: webhook in, findings of the rules out, no engine asked, in three languages."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

import locales
from bot.conversation import from_json
from bot.messages import Condition
from bot.tables import Chat, FindingsJob, Photo
from locales import Text
from tests.journeys.course import begin, word
from tests.journeys.person import drawn_photo, meet
from tests.journeys.town import Town

pytestmark = pytest.mark.timeout(300)

BEFORE = (
    *("consent.yes", "age.adult", "danger1.none", "danger3.none"),
    *("shape.rash", "site.many", "danger4.none", "look.itchy"),
)
TRUE = {"itch_night", "home_itch", "webs"}


@pytest.mark.parametrize(("channel", "language"), [("telegram", "en"), ("whatsapp", "sw"), ("webchat", "ar")])
def test_an_itchy_rash_is_answered_by_the_rules_and_its_photograph_is_kept(
    town: Town, channel: str, language: str
) -> None:
    person = meet(town, channel, "")
    begin(person, language, drawn_photo(person.number))
    for code in BEFORE:
        heard = person.choose(code)
    for _ in range(4):
        key = town.replies(channel, person.address)[-1].key
        if key == "findings":
            break
        # Scabies of somebody frail is more pressing, so health is asked before the result.
        heard = person.choose(f"{key}.{'none' if key == 'health' else 'yes' if key in TRUE else 'no'}")
    assert town.replies(channel, person.address)[-1].key == "findings"
    said = heard[-1].plain

    def plain(name: str) -> str:
        text = locales.render(Text(name), language)
        return locales.placeholders.without_isolates(text).replace("\u200f", "")

    name = plain("condition.scabies.name")
    for expected in (
        name,
        plain("because.home_itch"),
        plain("examine.scabies"),
        plain("findings.photo_kept"),
    ):
        assert expected in said
    assert plain("findings.do.week") in said
    with town.reading() as connection:
        chat = connection.execute(
            select(Chat).where(Chat.channel == channel, Chat.address == person.address)
        ).one()
        jobs = select(func.count()).select_from(FindingsJob).where(FindingsJob.chat_id == chat.id)
        assert connection.execute(jobs).scalar_one() == 0
        kept = select(func.count()).select_from(Photo).where(Photo.chat_id == chat.id)
        assert connection.execute(kept).scalar_one() == 1
        state = from_json(chat.state)
    assert state.findings is not None
    assert state.findings.basis == "rules"
    assert state.findings.conditions[0] == Condition("SCABIES", "likely")
    person.say(word("ask_work", language))
    last = town.replies(channel, person.address)[-1]
    assert last.key == "answer.work"
    assert plain("work.treated_day") in person.everything()[-1].plain
