"""Private parts and small babies that a worker or a patient's forwarded words speak of (clinical.md 5.3, 7.3)."""

from __future__ import annotations

import pytest

from bot.conversation import course
from bot.conversation.desk.events import ForCase
from bot.conversation.events import DropPhotos, FetchPhotos
from bot.messages import Attachment, Inbound
from tests.bot.conversation.desk.bench import Bench, photograph
from tests.bot.conversation.desk.test_desk import told


def at_the_photo(age: str = "child") -> tuple[Bench, str]:
    """A spot on the chest of a patient; a photograph is asked for."""
    at = Bench()
    at.say("new")
    (code,) = at.open_codes()
    at.answer(code, "consent.yes", f"age.{age}", "danger1.none", "danger3.none")
    at.answer(code, "shape.spot", "site.trunk", "duration.weeks", "danger4.none")
    state = at.cases[code].state
    while course.part(state) != "photo":
        choices = [c.code for c in at.replies[-1].choices]
        at.press(next(c for c in choices if c.endswith((".none", ".no", ".unknown"))))
        state = at.cases[code].state
    return at, code


def of(at: Bench, kind: type[DropPhotos] | type[FetchPhotos]) -> set[str]:
    inner = [e.effect for e in at.effects if isinstance(e, ForCase)]
    return {a.ref for e in inner if isinstance(e, kind) for a in e.attachments}


@pytest.mark.parametrize("origin", [None, "patient"])
def test_a_photograph_with_a_caption_of_private_parts_is_not_fetched(origin: str | None) -> None:
    at, code = at_the_photo()
    at.hear(photograph("p1", f"{code} penis", origin))
    assert (of(at, DropPhotos), of(at, FetchPhotos)) == ({"p1"}, set())
    assert at.cases[code].state.answers["site"] == "private"
    assert [note.text for note in at.cases[code].notes] == ["penis"]
    at.photo("p2", text=code)
    assert "p2" not in of(at, FetchPhotos)


def test_a_caption_before_the_consent_of_the_patient_drops_it_too() -> None:
    at = Bench()
    at.photo("p1", text="spot on the penis")
    (code,) = at.open_codes()
    assert of(at, DropPhotos) == {"p1"}
    assert at.cases[code].state.pending == ()
    at.answer(code, "consent.yes")
    assert not of(at, FetchPhotos)


def test_a_caption_of_a_small_baby_has_the_age_asked_once_more() -> None:
    at, code = at_the_photo()
    at.hear(photograph("p1", f"{code} baby 2 weeks old", None))
    assert (of(at, DropPhotos), of(at, FetchPhotos)) == ({"p1"}, set())
    assert "age" not in at.cases[code].state.answers
    reply = at.press(f"{code}~age.infant")[-1]
    assert reply.key == "danger1"


def test_words_of_a_worker_and_forwarded_ones_count() -> None:
    for forwarded in (False, True):
        at, code = at_the_photo()
        words = f"{code} it is on the breast"
        reply = at.forward(words, "patient")[-1] if forwarded else at.say("it is on the breast")[-1]
        assert at.cases[code].state.answers["site"] == "private"
        assert course.part(at.cases[code].state) != "photo"
        assert reply.choices or reply.key
        assert [note.text for note in at.cases[code].notes] == ["it is on the breast"]


def test_what_is_denied_is_a_note_and_its_photograph_is_fetched() -> None:
    at, code = at_the_photo()
    at.hear(photograph("p1", f"{code} not on the private parts", None))
    assert at.cases[code].state.answers["site"] == "trunk"
    assert of(at, FetchPhotos) == {"p1"}


def test_danger_in_the_same_caption_comes_first() -> None:
    at, code = at_the_photo()
    at.hear(Inbound("message", text=f"{code} spot on the penis, he cannot breathe"))
    assert at.cases[code].state.at_once
    at.hear(photograph("p1", f"{code} penis", None))
    assert not of(at, FetchPhotos)


def test_a_voice_beside_it_is_kept() -> None:
    at, code = at_the_photo()
    voice = Inbound("unusable", unusable="voice", recording=Attachment("v1", "voice", "audio/ogg"))
    at.hear(photograph("p1", f"{code} penis", None), voice)
    assert of(at, DropPhotos) == {"p1"}
    assert of(at, FetchPhotos) == {"v1"}


def told_rash() -> tuple[Bench, str]:
    at = Bench()
    code = told(at)
    at.at += 3 * 86_400
    return at, code


@pytest.mark.parametrize("words", ["{} worse on the breast now", "{} it is worse and on the breast now"])
def test_worse_on_private_parts_is_not_photographed(words: str) -> None:
    at, code = told_rash()
    (reply,) = at.say(words.format(code))
    assert (reply.key, at.cases[code].state.answers["site"]) == ("danger1", "private")
    assert at.cases[code].progress == "worse"
    at.photo("p9", text=code)
    assert ("p9" in of(at, DropPhotos), "p9" in of(at, FetchPhotos)) == (True, False)


def test_worse_of_a_small_baby_asks_the_age_and_then_every_sign() -> None:
    at, code = told_rash()
    (reply,) = at.say(f"{code} worse. the baby is 3 weeks old")
    assert (reply.key, at.cases[code].progress) == ("age", "worse")
    assert at.answer(code, "age.adult")[-1].key == "danger1"


def test_worse_with_a_sign_and_private_parts_is_both() -> None:
    at, code = told_rash()
    (reply,) = at.say(f"{code} worse, rash since new medicine, on the penis now")
    assert (reply.key, at.cases[code].state.answers["site"]) == ("d17", "private")
