"""A photograph that a worker put into the wrong case can be taken out again, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import course
from bot.conversation.desk.events import ForCase
from bot.conversation.events import DropPhotos
from bot.messages import Text, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, shown


def gone(bench: Bench) -> list[str]:
    """References and photographs that were dropped."""
    drops = [e.effect for e in bench.effects if isinstance(e, ForCase) and isinstance(e.effect, DropPhotos)]
    return [a.ref for d in drops for a in d.attachments] + [i for d in drops for i in d.photo_ids]


def agreed(bench: Bench, *refs: str) -> str:
    bench.photo(*refs, origin="amina")
    code = bench.desk.current
    bench.answer(code, "consent.yes")
    return code


def test_the_last_one_goes_and_the_first_stays() -> None:
    bench = Bench()
    code = agreed(bench, "right")
    bench.photo("wrong", origin="amina")
    (reply,) = bench.say(f"{code} wrong photo")
    assert "The last photo of this case is deleted" in shown(reply)
    assert reply.choices, "what is asked stands under it"
    assert bench.cases[code].state.photos == ("id-right",)
    assert gone(bench) == ["id-wrong"]


def test_before_the_patients_yes_too() -> None:
    bench = Bench()
    bench.photo("right", "wrong", origin="amina")
    code = bench.desk.current
    bench.say("wrong photo")
    assert [a.ref for a in bench.cases[code].state.pending] == ["right"]
    assert gone(bench) == ["wrong"]
    assert bench.cases[code].state.consent == ""


def test_the_engine_is_asked_again_without_it_and_how_soon_never_falls() -> None:
    bench = Bench()
    code = agreed(bench, "right", "wrong")
    bench.through(code)
    before = bench.cases[code].state.case_version
    bench.found(code, ("MEL", "possible"), urgency="week")
    bench.say(f"{code} wrong photo")
    code_, wanted = bench.wanted()[-1]
    assert code_ == code
    assert wanted.photo_ids == ("id-right",)
    assert bench.cases[code].state.case_version == before + 1
    bench.found(code, ("NEV", "likely"), urgency="routine")
    assert bench.cases[code].reached is Urgency.WEEK


def test_without_any_photograph_left_another_is_asked_for() -> None:
    bench = Bench()
    code = agreed(bench, "wrong")
    bench.through(code)
    (reply,) = bench.say(f"{code} wrong photo")
    assert course.part(bench.cases[code].state) == "photo"
    assert reply.key == "photo"
    bench.photo("right")
    assert bench.cases[code].state.photos == ("id-right",)
    bench.say(f"{code} wrong photo")
    assert "no photo" in shown(bench.say(f"{code} wrong photo"))


def test_it_is_asked_which_case_while_two_could_be_meant() -> None:
    bench = Bench()
    first = agreed(bench, "a1")
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    bench.answer(second, "consent.yes", "age.adult")
    bench.forward("it started last week", "amina")
    assert keys(bench.say("wrong photo")) == ["which"]
    assert not gone(bench)
    assert (bench.cases[first].state.photos, bench.cases[second].state.photos) == (("id-a1",), ("id-j1",))


@pytest.mark.parametrize("language", locales.languages())
def test_the_words_of_the_help_do_it(language: str) -> None:
    bench = Bench()
    code = agreed(bench, "wrong")
    said = locales.normalise(locales.render(Text("desk.help.wrong"), language))
    (word, *_) = sorted((w for w in locales.words("words.wrong_photo", language) if w in said), key=len)[::-1]
    bench.desk = replace(bench.desk, language=language)
    bench.say(f"{code} {word}")
    assert gone(bench) == ["id-wrong"]
