"""A photograph that a worker put into the wrong case can be taken out again, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import course
from bot.conversation.desk.events import ForCase
from bot.conversation.events import DropPhotos
from bot.messages import Choice, Text, Urgency
from locales.placeholders import without_isolates
from tests.bot.conversation.desk.bench import Bench, keys, shown


def gone(bench: Bench) -> list[str]:
    """References and photographs that were dropped."""
    drops = [e.effect for e in bench.effects if isinstance(e, ForCase) and isinstance(e.effect, DropPhotos)]
    return [a.ref for d in drops for a in d.attachments] + [i for d in drops for i in d.photo_ids]


def shown_label(choice: Choice) -> str:
    return without_isolates(locales.render(choice.label, "en"))


def agreed(bench: Bench, *refs: str) -> str:
    bench.photo(*refs, origin="amina")
    code = bench.desk.current
    bench.answer(code, "consent.yes")
    return code


def test_the_last_one_goes_and_the_first_stays() -> None:
    bench = Bench()
    code = agreed(bench, "right")
    bench.photo("wrong", origin="amina")
    (which,) = bench.say(f"{code} wrong photo")
    assert not gone(bench), "it is gone for good: of several it is asked which"
    assert [shown_label(c) for c in which.choices] == ["Photo 1", "2 (the last)"]
    (reply,) = bench.say("2")
    assert "The photo is deleted" in shown(reply)
    assert reply.choices, "what is asked stands under it"
    assert bench.cases[code].state.photos == ("id-right",)
    assert gone(bench) == ["id-wrong"]


def test_before_the_patients_yes_too() -> None:
    bench = Bench()
    bench.photo("right", "wrong", origin="amina")
    code = bench.desk.current
    bench.press(bench.say("wrong photo")[-1].choices[1].code)
    assert [a.ref for a in bench.cases[code].state.pending] == ["right"]
    assert gone(bench) == ["wrong"]
    assert bench.cases[code].state.consent == ""


def test_the_engine_is_asked_again_without_it_and_how_soon_never_falls() -> None:
    bench = Bench()
    code = agreed(bench, "right", "wrong")
    bench.through(code)
    before = bench.cases[code].state.case_version
    bench.found(code, ("MEL", "possible"), urgency="week")
    bench.say(f"{code} wrong photo 2")
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


def three() -> tuple[Bench, str]:
    bench = Bench()
    code = agreed(bench, "p1")
    bench.photo("p2", origin="amina")
    bench.photo("p3", origin="amina")
    return bench, code


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("how", ["behind the words", "typed", "button"])
def test_any_of_several_can_be_taken_out(number: int, how: str) -> None:
    bench, code = three()
    if how == "behind the words":
        bench.say(f"{code} wrong photo {number}")
    else:
        (which,) = bench.say(f"{code} wrong photo")
        assert "Photo 1 came first" in shown(which)
        bench.say(str(number)) if how == "typed" else bench.press(which.choices[number - 1].code)
    assert gone(bench) == [f"id-p{number}"]
    left = [f"id-p{n}" for n in (1, 2, 3) if n != number]
    assert list(bench.cases[code].state.photos) == left
    assert not bench.cases[code].notes


def test_an_old_button_never_means_another_photograph() -> None:
    bench, code = three()
    (which,) = bench.say(f"{code} wrong photo")
    bench.press(which.choices[1].code)
    bench.photo("p4", origin="amina")
    bench.press(which.choices[1].code)
    assert gone(bench) == ["id-p2"]
    assert bench.cases[code].state.photos == ("id-p1", "id-p3", "id-p4")
    bench.press(which.choices[2].code)
    assert gone(bench) == ["id-p2", "id-p3"]


def test_the_first_of_those_that_wait_for_the_patients_yes_too() -> None:
    bench = Bench()
    bench.photo("wrong", "right", origin="amina")
    code = bench.desk.current
    bench.say(f"{code} wrong photo 1")
    assert [a.ref for a in bench.cases[code].state.pending] == ["right"]
    assert gone(bench) == ["wrong"]


def test_a_number_that_no_photograph_has_is_asked_about_and_words_are_kept() -> None:
    bench, code = three()
    assert keys(bench.say(f"{code} wrong photo 7")) == ["wrong"]
    assert keys(bench.say(f"{code} wrong photo, it is of juma")) == ["wrong"]
    assert not gone(bench)
    assert [note.text for note in bench.cases[code].notes] == ["it is of juma"]
