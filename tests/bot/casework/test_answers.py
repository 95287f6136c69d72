"""A clinician's answer: prepared sentences and own words, kept and told; never less than the signs of danger in our words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from bot.casework import answers
from bot.casework.answers import Answer
from bot.clinical import rows
from bot.clinical.clinic_says import GROUPS, parse, says
from bot.conversation.desk.clinic import PREPARED
from bot.messages import Urgency

names = st.lists(st.sampled_from(sorted(says())), unique=True, max_size=6).map(tuple)


@given(names, st.text(max_size=50))
def test_an_answer_comes_back_from_its_note(said: tuple[str, ...], own: str) -> None:
    answer = Answer(said, own, ("Clinic", "North"), "danger.d01")
    back = answers.from_note(answers.to_note(answer))
    assert answers.texts(back) == answers.texts(answer)
    assert answers.asks_for(back) == answers.asks_for(answer)


@given(st.text(max_size=60))
def test_words_typed_in_a_chat_are_told_as_they_are(words: str) -> None:
    told = answers.texts(answers.from_note(words))
    name = words.removeprefix("[[").removesuffix("]]")
    if words != f"[[{name}]]" and not words.startswith("[[1]]"):
        assert [t.args for t in told] == [{"text": words}]


@pytest.mark.parametrize("name", PREPARED)
def test_a_button_of_a_chat_is_one_of_the_sentences(name: str) -> None:
    assert answers.texts(answers.from_note(f"[[{name}]]"))[0].id == says()[name].text


@pytest.mark.parametrize(
    "text", ["[[1]]{", "[[1]]{}", '[[1]]{"said":["gone"],"own":"","place":[],"question":""}', "[[x]]"]
)
def test_a_note_that_is_none_of_ours_is_told_as_plain_words(text: str) -> None:
    assert [t.args for t in answers.texts(answers.from_note(text))] == [{"text": text}]


@pytest.mark.parametrize("language", locales.languages())
def test_every_sentence_exists_in_every_pack(language: str) -> None:
    for say in says().values():
        needs = {"place": {"name": "A", "region": "B"}, "question": {"question": "C?"}}.get(say.needs, {})
        shown = locales.render(locales.Text(say.text, needs), language, strict=True)
        assert shown
        if language != "en":
            assert shown != locales.render(locales.Text(say.text, needs), "en"), say.text


def test_no_sentence_promises_or_names() -> None:
    for say in says().values():
        english = locales.library().template[say.text].source[0].lower()
        for word in ("safe", "cancer", "certain", "cure", "mg", "tablet", "cream twice", "diagnos"):
            assert word not in english, say.text


def test_prepared_words_never_say_less_than_the_signs_of_danger() -> None:
    soons = {say.name: say.soon for say in says().values() if say.soon is not None}
    for reached in Urgency:
        for name, soon in soons.items():
            lower = soon.rank > reached.rank
            answer = Answer((name,))
            assert (answers.fault(answer, None, reached) == "own_words") is lower
            # Own words beside do not make somebody else's sentence the clinician's.
            assert (answers.fault(Answer((name,), "mine"), None, reached) == "own_words") is lower
            assert answers.lowers(answer, None, reached) is lower
    assert answers.fault(Answer(("calm",)), None, None) == ""


def test_less_than_the_signs_of_danger_needs_the_clinicians_own_words() -> None:
    assert answers.fault(Answer(("clean",)), Urgency.ROUTINE, Urgency.TODAY) == "own_words"
    assert answers.fault(Answer(("clean",), "It is an old scar."), Urgency.ROUTINE, Urgency.TODAY) == ""
    assert answers.fault(Answer(("clean",)), Urgency.NOW, Urgency.TODAY) == ""


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(), "empty"),
        (Answer(own="  "), "empty"),
        (Answer(("gone",)), "unknown"),
        (Answer(("clean", "clean")), "unknown"),
        (Answer(("clean", "sun", "bring", "worker", "examine", "photo", "worse")), "many"),
        (Answer(own="x" * 1501), "long"),
        (Answer(("refer_to",)), "place"),
        (Answer(("ask",), question="consent.ask"), "question"),
        (Answer(("ask",), question="danger.d01"), ""),
    ],
)
def test_what_cannot_be_sent_says_why(answer: Answer, fault: str) -> None:
    assert answers.fault(answer, None, None, ["danger.d01"]) == fault


def test_a_row_that_the_schema_does_not_allow_is_refused() -> None:
    good = {
        "text": "clinic.say.same",
        "group": GROUPS[0],
        "source": "x",
        "tag": "design",
        "status": "unreviewed",
    }
    assert parse({"says": {"a": good}})["a"].needs == ""
    for bad in (
        {"group": "x"},
        {"soon": "soon"},
        {"needs": "money"},
        {"text": "Hello"},
        {"more": 1},
        {"tag": "x"},
    ):
        with pytest.raises(rows.BadRow):
            parse({"says": {"a": {**good, **bad}}})
    with pytest.raises(rows.BadRow):
        parse({"says": {}})


@pytest.mark.parametrize(
    ("said", "opinion", "clash"),
    [
        (("now", "calm"), None, ("now", "calm")),
        (("clean", "today", "week"), None, ("today", "week")),
        (("now", "watch"), None, ("now", "watch")),
        (("now",), Urgency.ROUTINE, ("now", Urgency.ROUTINE)),
        (("calm",), Urgency.NOW, ("calm", Urgency.NOW)),
        (("watch",), Urgency.TODAY, ("watch", Urgency.TODAY)),
        (("calm", "watch"), Urgency.ROUTINE, None),
        (("week", "watch"), Urgency.WEEK, None),
        (("watch",), Urgency.ROUTINE, None),
        (("now", "clean"), Urgency.NOW, None),
        (("clean", "same"), Urgency.NOW, None),
        (("now",), None, None),
    ],
)
def test_one_answer_says_one_thing_of_how_soon(
    said: tuple[str, ...], opinion: Urgency | None, clash: object
) -> None:
    answer = Answer(said, "My own words do not mend it")
    assert answers.clash(answer, opinion) == clash
    assert (answers.fault(answer, opinion, None) == "against") is (clash is not None)


@given(names, st.sampled_from([None, *Urgency]))
def test_what_is_sent_never_names_two_times(said: tuple[str, ...], opinion: Urgency | None) -> None:
    answer = Answer(said, "x", ("Clinic", "North"), "danger.d01")
    if answers.fault(answer, opinion, None, ["danger.d01"]) == "":
        times = {one for name in said if (one := says()[name].soon) and name != "watch"} | (
            {opinion} - {None}
        )
        assert len(times) <= 1


def test_a_sentence_that_is_more_pressing_raises_what_stands_and_none_lowers_it() -> None:
    assert answers.raised_to(Answer(("now", "clean")), Urgency.WEEK) is Urgency.NOW
    assert answers.raised_to(Answer(("week",)), Urgency.ROUTINE) is Urgency.WEEK
    assert answers.raised_to(Answer(("calm",)), Urgency.WEEK) is None
    assert answers.raised_to(Answer(("clean",)), Urgency.ROUTINE) is None
    # Looking again at home in a week sends nobody to a person sooner.
    assert answers.raised_to(Answer(("watch",)), Urgency.ROUTINE) is None


def test_a_place_or_a_question_without_its_sentence_is_not_left_out_in_silence() -> None:
    place = ("Clinic", "North")
    assert answers.fault(Answer(("clean",), place=place), None, None) == "place_alone"
    assert answers.fault(Answer(place=place), None, None) == "place_alone"
    assert answers.fault(Answer(("clean",), question="danger.d01"), None, None) == "question_alone"
    assert answers.fault(Answer(("refer_to",), place=place), None, None) == ""
