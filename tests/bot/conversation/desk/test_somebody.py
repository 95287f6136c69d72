"""A photograph beside a worker's own words for somebody else is asked about, as in the patient's own chat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages import Inbound
from tests.bot.conversation.desk.bench import Bench, keys, photograph, shown

ASKED = [("consent.yes",), ("consent.yes", "age.adult"), ("consent.yes", "age.adult", "danger1.none")]


def one_case(*answers: str, language: str = "en", caption: str = "") -> tuple[Bench, str]:
    bench = Bench()
    bench.desk = replace(bench.desk, language=language, notice_in=language)
    bench.photo("a1", text=caption, origin="amina")
    code = bench.desk.current
    bench.answer(code, *answers)
    return bench, code


def photos(bench: Bench, code: str) -> list[str]:
    state = bench.cases[code].state
    return [*(i.removeprefix("id-") for i in state.photos), *(a.ref for a in state.pending)]


@pytest.mark.parametrize("answers", ASKED)
@pytest.mark.parametrize("origin", [None, "amina"])
@pytest.mark.parametrize("words", ["her sister", "this is the sister's arm", "this is another child"])
def test_a_caption_of_somebody_else_is_asked_about(
    answers: tuple[str, ...], origin: str | None, words: str
) -> None:
    bench, code = one_case(*answers)
    (reply,) = bench.photo("a2", text=words, origin=origin)
    assert reply.key == "held"
    assert [c.code.partition(".")[2] for c in reply.choices] == [code, "new"]
    assert photos(bench, code) == ["a1"]
    bench.press(reply.choices[1].code)
    new = bench.desk.current
    assert new != code
    assert photos(bench, new) == ["a2"]
    assert [note.text for note in bench.cases[new].notes] == [words]
    assert not bench.cases[code].notes


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "her sister"),
        ("fr", "le bras de sa sœur"),
        ("es", "es su hermana"),
        ("pt", "a irmã dela"),
        ("sw", "huyu ni dada yake"),
        ("ar", "هذه أختها"),
        ("hi", "उसकी बहन"),
        ("bn", "তার বোন"),
        ("am", "እህቷ"),
        ("ha", "'yar'uwarta"),
    ],
)
def test_it_is_heard_in_every_language(language: str, words: str) -> None:
    bench, _code = one_case("consent.yes", "age.adult", language=language)
    assert keys(bench.photo("a2", text=words)) == ["held"]


def test_who_was_said_to_be_the_same_is_not_asked_of_again() -> None:
    bench, code = one_case("consent.yes", "age.adult")
    (reply,) = bench.photo("a2", text="her sister's arm")
    bench.press(reply.choices[0].code)
    assert photos(bench, code) == ["a1", "a2"]
    assert keys(bench.photo("a3", text="the sister's back")) != ["held"]
    assert photos(bench, code) == ["a1", "a2", "a3"]


def test_of_whom_the_case_is_from_the_start_nothing_is_asked() -> None:
    bench, code = one_case("consent.yes", "age.child", caption="my daughter has spots")
    bench.photo("a2", text="her daughter's arm")
    assert photos(bench, code) == ["a1", "a2"]


@pytest.mark.parametrize("origin", [None, "amina"])
def test_words_just_before_a_photograph_count_too(origin: str | None) -> None:
    bench, code = one_case("consent.yes", "age.adult")
    bench.say("her sister has it too")
    (reply,) = bench.photo("a2", origin=origin)
    assert reply.key == "held", "and not same problem or new one of the same patient"
    bench.press(next(c.code for c in reply.choices if c.code.endswith(".new")))
    assert photos(bench, code) == ["a1"]
    assert not bench.cases[code].state.whose_now, "it is asked of one photograph"


@pytest.mark.parametrize("origin", [None, "amina"])
def test_words_sent_together_with_a_photograph_count_too(origin: str | None) -> None:
    bench, code = one_case("consent.yes", "age.adult")
    replies = bench.hear(Inbound("message", text="her sister"), photograph("a2", "", origin))
    assert replies[-1].key == "held"
    assert photos(bench, code) == ["a1"]


def test_a_code_in_the_caption_leaves_no_doubt() -> None:
    bench, code = one_case("consent.yes", "age.adult")
    bench.say("her sister has it too")
    bench.photo("a2", text=f"{code} her sister's photo of her")
    assert photos(bench, code) == ["a1", "a2"]
    assert "Whose is it" not in shown(bench.photo("a3"))


def test_words_of_somebody_without_a_photograph_are_a_note() -> None:
    bench, code = one_case("consent.yes", "age.adult")
    bench.say("her sister has it too")
    bench.answer(code, "danger1.none")
    assert not bench.desk.held
    assert [note.text for note in bench.cases[code].notes] == ["her sister has it too"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "mother says it started two weeks ago"),
        ("en", "the mother also says that it itches"),
        ("en", "mother holds the arm"),
        ("en", "lives far, father brought her"),
        ("fr", "la mère dit que ça a commencé il y a deux semaines"),
        ("es", "la madre dice que empezó hace dos semanas"),
        ("pt", "a mãe diz que começou há duas semanas"),
        ("sw", "mama anasema ilianza wiki mbili zilizopita"),
        ("ar", "أمها تقول بدأ منذ أسبوعين"),
        ("hi", "माँ ने बताया दो हफ़्ते पहले शुरू हुआ"),
        ("bn", "মা বলেন দুই সপ্তাহ আগে শুরু হয়েছে"),
        ("am", "እናቷ ትላለች ከሁለት ሳምንት በፊት ጀመረ"),
        ("ha", "mamata ta ce ya fara sati biyu"),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_who_only_tells_of_the_patient_is_no_other_one(language: str, words: str, beside: bool) -> None:
    bench, code = one_case("consent.yes", "age.child", language=language)
    if beside:
        bench.photo("a2", text=words, origin="amina")
    else:
        bench.say(words)
        bench.photo("a2", origin="amina")
    assert not bench.desk.held
    assert photos(bench, code) == ["a1", "a2"]


@pytest.mark.parametrize(
    "words",
    [
        "mother says her sister has it too",
        "her sister says she has it too",
        "mother says this is the sister",
        "mother, sister says",
        "another child",
        "the other boy's arm",
        "the child's arm, a different one",
        "neighbour's child",
        "the second girl",
    ],
)
def test_of_whom_else_they_tell_and_another_child_is_asked(words: str) -> None:
    bench, code = one_case("consent.yes", "age.child")
    assert keys(bench.photo("a2", text=words, origin="amina")) == ["held"]
    assert photos(bench, code) == ["a1"]


@pytest.mark.parametrize("age", ["child", "infant"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "child's arm"),
        ("en", "the girl's back"),
        ("fr", "le bras de l'enfant"),
        ("es", "brazo del niño"),
        ("pt", "o braço da criança"),
        ("sw", "mkono wa mtoto"),
        ("ar", "ذراع الطفل"),
        ("hi", "बच्चे का हाथ"),
        ("bn", "বাচ্চার হাত"),
        ("am", "የልጁ እጅ"),
        ("ha", "hannun yaro"),
    ],
)
def test_the_child_of_a_child_s_case_is_its_patient(language: str, words: str, age: str) -> None:
    bench, _code = one_case("consent.yes", f"age.{age}", language=language)
    bench.photo("a2", text=words, origin="amina")
    assert not bench.desk.held


def test_a_child_is_another_patient_than_an_adult() -> None:
    bench, _code = one_case("consent.yes", "age.adult")
    assert keys(bench.photo("a2", text="child's arm", origin="amina")) == ["held"]


def test_what_was_written_before_a_button_counts_no_longer() -> None:
    bench, code = one_case("consent.yes", "age.adult")
    bench.say("father has the same")
    bench.answer(code, "danger1.none")
    bench.photo("a2", origin="amina")
    assert not bench.desk.held
    assert photos(bench, code) == ["a1", "a2"]
