"""A person with a photograph gets findings they can read, on every channel and in every language, and can erase it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

import locales
from bot import reply_json
from bot.channels import LIMITS
from bot.rendering import render_reply
from bot.tables import Audit, Chat, FindingsJob, InboundRow, Photo, ReplyRow
from locales import Text
from tests.journeys.course import to_findings, word
from tests.journeys.person import Person, drawn_photo, meet
from tests.journeys.town import Town, until

pytestmark = pytest.mark.timeout(300)

CHANNELS = ("telegram", "whatsapp", "webchat")
LANGUAGES = ("en", "sw", "ar")
_ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}")
_ARABIC = re.compile(r"[\u0621-\u064a]")


def journey(town: Town, channel: str, language: str) -> Person:
    """Everything that one person does; fails where they would be left alone."""
    # Half of them come with a photograph, half say hello; the platforms guess wrongly for most.
    photo_first = (CHANNELS.index(channel) + LANGUAGES.index(language)) % 2 == 0
    person = meet(town, channel, {"telegram": "en", "webchat": "fr-FR"}.get(channel, ""))
    last = to_findings(person, language, drawn_photo(person.number), photo_first=photo_first)
    rows = {r.key: r for r in town.replies(channel, person.address)}
    assert "findings" in rows
    findings = last[-1]
    assert len(findings.text) <= 1000 or channel == "whatsapp", len(findings.text)
    assert all(len(p) <= 1000 for p in _body(rows["findings"], language))
    assert _plain("findings.not_diagnosis", language) in findings.plain
    assert "%" not in findings.plain
    answer = person.say(word("ask_contagious", language))
    assert town.replies(channel, person.address)[-1].key == "answer.contagious"
    assert len(answer) == 1
    _words_are_of_the_pack(town, person, language)
    return person


def erase(town: Town, person: Person, language: str) -> None:
    """They delete their data, which is asked once."""
    person.say(word("delete", language))
    assert town.replies(person.channel, person.address)[-1].key == "delete"
    last = person.choose("delete.yes")
    assert _plain("delete.done", language) in last[-1].plain
    assert _plain(f"delete.remains.{person.channel}", language) in last[-1].plain


def _body(row: ReplyRow, language: str) -> list[str]:
    reply = reply_json.reply_from_json(row.texts)
    without_choices = type(reply)(reply.paragraphs, (), reply.key)
    return list(render_reply(without_choices, language, LIMITS["telegram"]).parts)


def _plain(name: str, language: str) -> str:
    return locales.placeholders.without_isolates(locales.render(Text(name), language)).replace("\u200f", "")


def _words_are_of_the_pack(town: Town, person: Person, language: str) -> None:
    """What the phone shows is what the pack says, reply by reply, and in no other language once one was chosen."""
    rows = town.replies(person.channel, person.address)
    shown: list[str] = []
    for row in rows:
        shown += render_reply(
            reply_json.reply_from_json(row.texts, row.key), row.language, LIMITS[person.channel]
        ).parts
    assert [h.text for h in person.everything()] == shown
    chosen = next(i for i, row in enumerate(rows) if row.language == language and row.key == "consent")
    for row in rows[chosen:]:
        assert row.language == language, row.key
        reply = reply_json.reply_from_json(row.texts)
        for text in reply.paragraphs:
            sentence = locales.render(text, language, strict=True)
            if language == "ar":
                assert _ARABIC.search(sentence), (text.id, sentence)
                assert not _ENGLISH.search(sentence), (text.id, sentence)
            else:
                assert not _ARABIC.search(sentence), (text.id, sentence)
            if language != "en":
                assert sentence != locales.render(text, "en"), text.id


def _left_of(town: Town, person: Person) -> dict[str, int]:
    with town.reading() as connection:
        chat = connection.execute(
            select(Chat.id).where(Chat.channel == person.channel, Chat.address == person.address)
        ).scalar_one()

        def count(table: type, *where: object) -> int:
            return int(
                connection.execute(
                    select(func.count()).select_from(table).where(table.chat_id == chat, *where)  # type: ignore[attr-defined, arg-type]
                ).scalar_one()
            )

        return {
            "photos": count(Photo),
            "findings": count(FindingsJob),
            "replies": count(ReplyRow, ReplyRow.key != "deleted"),
            "texts": count(InboundRow, InboundRow.payload.is_not(None)),
        }


Talks = dict[tuple[str, str], "Future[Person]"]


@pytest.fixture(scope="module")
def talks(town: Town) -> Iterator[Talks]:
    """Four of the nine talk at once."""
    with ThreadPoolExecutor(4) as pool:
        yield {(c, lang): pool.submit(journey, town, c, lang) for c in CHANNELS for lang in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_patient_gets_findings_in_their_language_and_erases_them(
    town: Town, talks: Talks, channel: str, language: str
) -> None:
    person = talks[(channel, language)].result()
    erase(town, person, language)
    assert _left_of(town, person) == {"photos": 0, "findings": 0, "replies": 0, "texts": 0}
    with town.reading() as connection:
        assert connection.execute(select(func.count()).where(Audit.what == "chat_erased")).scalar_one() >= 1
    if channel == "webchat":
        until(lambda: len(person.everything()) >= 1, "the page")
    if channel == "telegram":
        until(
            lambda: any(
                r["event"] == "deleteMessage" and r["chat"] == person.address for r in town.telegram.api.log
            ),
            "Telegram's copy of the photograph deleted",
        )
    if channel == "whatsapp":
        theirs = [m for m in town.twilio.messages.values() if m.from_ == person.address]
        assert any(m.sid.startswith("MM") for m in theirs)
        until(lambda: not any(m.media for m in theirs), "Twilio's copy of the photograph deleted")
        # Ours too, but for the last: what says that all is erased was sent after it.
        ours = [m for m in town.twilio.messages.values() if m.to == person.address][:-1]
        until(lambda: not any(m.body for m in theirs + ours), "the texts at Twilio redacted")
        assert town.twilio.leaks == []
