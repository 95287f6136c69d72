"""Danger words: what is stated is heard, what is denied and what is ordinary is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import locales
from bot.clinical import alarms
from bot.clinical.danger_signs import all_signs, sign
from bot.clinical.phrases import parse
from bot.conversation import questions, results
from bot.messages import Urgency
from tests.bot.clinical.said import ASKED, HARMED, STATED
from tests.bot.clinical.unsaid import DENIED, HARMLESS

# These are asked and have no words of their own.
UNHEARD = {"D49", "D50", "D51"}
NOW = [s.id for s in all_signs() if s.urgency is Urgency.NOW and s.id not in {"D45"} | UNHEARD]


def test_the_lists_are_long_enough_to_mean_something():
    assert len(STATED) >= 150
    assert len(DENIED) >= 60
    assert len(HARMLESS) >= 100
    assert {s for s, _ in STATED} == {s.id for s in all_signs()} - {"D45"} - UNHEARD


@pytest.mark.parametrize(("name", "text"), STATED)
def test_a_stated_sign_is_heard(name: str, text: str):
    assert name in alarms.hear(text).stated


@pytest.mark.parametrize(("name", "text"), ASKED)
def test_a_sign_that_is_only_spoken_of_is_not_taken_as_stated(name: str, text: str):
    heard = alarms.hear(text)
    assert heard.stated == ()
    assert name in heard.hinted


@pytest.mark.parametrize(("harm", "text"), HARMED)
def test_being_hurt_and_wanting_to_die_are_heard(harm: str, text: str):
    assert alarms.hear(text).harm == harm


@pytest.mark.parametrize("text", [*DENIED, *HARMLESS])
def test_plain_negations_and_ordinary_texts_state_nothing(text: str):
    heard = alarms.hear(text)
    assert (heard.stated, heard.harm, heard.other) == ((), "", False)
    assert not alarms.reading(text).heard


def test_of_plain_negations_and_ordinary_texts_one_in_ten_is_asked_about():
    texts = [*DENIED, *HARMLESS]
    assert sum(bool(alarms.hear(text)) for text in texts) <= len(texts) / 10


@pytest.mark.parametrize(
    ("sign", "language", "text"),
    [
        ("D46", "en", "my 3 year old was scalded with tea"),
        ("D46", "en", "I am six months pregnant and burned my hand"),
        ("D46", "en", "the house burned and he inhaled smoke"),
        ("D46", "es", "mujer embarazada quemada con agua"),
        ("D46", "fr", "mon fils de 2 ans est brûlé"),
        ("D46", "pt", "grávida queimada com óleo"),
        ("D46", "sw", "mtoto wa miaka miwili ameungua na uji"),
        ("D46", "ha", "mai juna biyu ta kone"),
        ("D46", "ar", "حامل واحترقت يدها"),
        ("D46", "hi", "2 साल की बच्ची जल गई"),
        ("D46", "bn", "২ বছরের মেয়ে পুড়ে গেছে"),
        ("D46", "am", "የ2 ዓመት ልጅ ተቃጠለ"),
        ("D47", "en", "a dark line under my thumbnail"),
        ("D47", "en", "a mole on the sole of my foot"),
        ("D47", "es", "un lunar en la planta del pie"),
        ("D47", "fr", "une tache noire sous l'ongle"),
        ("D47", "pt", "uma mancha escura na palma da mão"),
        ("D47", "sw", "doa jeusi chini ya kucha"),
        ("D47", "ha", "bakin tabo a tafin kafa"),
        ("D47", "ar", "خط اسود تحت الظفر"),
        ("D47", "hi", "हथेली पर काला तिल"),
        ("D47", "bn", "নখের নিচে কালো দাগ"),
        ("D47", "am", "በጥፍሬ ላይ ጥቁር መስመር"),
        ("D48", "en", "a sore in my old burn scar"),
        ("D48", "es", "una llaga en la cicatriz de una quemadura"),
        ("D48", "fr", "une plaie sur une vieille cicatrice"),
        ("D48", "pt", "uma ferida na cicatriz antiga"),
        ("D48", "sw", "kidonda kwenye kovu la zamani"),
        ("D48", "ha", "gyambo a kan tsohon tabo"),
        ("D48", "ar", "قرحة على ندبة قديمة"),
        ("D48", "hi", "पुराने निशान पर घाव"),
        ("D48", "bn", "পুরান দাগে ঘা"),
        ("D48", "am", "የቆየ ጠባሳ ላይ ቁስል"),
    ],
)
def test_burns_of_children_dark_nails_and_sores_in_scars_are_heard(
    sign: str, language: str, text: str
) -> None:
    assert sign in alarms.hear(text, "adult", language).stated


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my old burn scar itches"),
        ("en", "a wart on my sole"),
        ("en", "i hit my nail with a hammer and it is black under the nail"),
        ("en", "i am pregnant and have heartburn"),
        ("en", "nobody is pregnant, no burn, no smoke"),
        ("es", "embarazada, me arde al orinar"),
        ("sw", "mjamzito, hakuna kuungua"),
    ],
)
def test_what_only_sounds_like_these_is_not_stated(language: str, text: str) -> None:
    assert not {"D46", "D47", "D48"} & {*alarms.hear(text, "adult", language).stated}


@pytest.mark.parametrize("code", locales.languages())
def test_every_list_of_a_sign_has_at_least_twelve_phrasings(code: str):
    for one in (s for s in all_signs() if s.id not in UNHEARD):
        names = [n for n in locales.library().template if n.startswith(f"words.sign_{one.id.lower()}")]
        assert names, one.id
        for name in names:
            ways = 0
            for phrase in locales.phrases(name, code):
                found = parse(
                    phrase,
                    lambda part: (
                        tuple((code, p) for p in locales.phrases(f"words.part_{part}", code))
                        or ((code, "x"),)
                    ),
                )
                count = 1
                for part in found.parts:
                    for group in part:
                        count *= sum(max(1, sum(len(s.words) for s in q)) for q in group.sequences)
                ways += count
            assert ways >= 12, (name, code, ways)


@pytest.mark.parametrize("code", locales.languages())
def test_no_button_and_no_topic_word_of_ours_is_taken_for_a_danger(code: str):
    labels = [f"site.{s}" for s in (*questions.SITE_REGION, "many")]
    labels += [f"age.{a}" for a in questions.AGE_YEARS] + list(questions.SHAPES.values())
    labels += [f"health.{h}" for h in ("none", "pregnant", "diabetes", "weak_immunity", "frail")]
    labels += [f"menu.{t}" for t in (*results.TOPICS, "new")]
    labels += [f"skin.{s}" for s in questions.SKINS] + ["consent.yes", "consent.no", "photo.none"]
    for name in labels:
        text = locales.render(locales.Text(name), code)
        assert not alarms.hear(text), text
    for topic in (*results.TOPICS,):
        for word in locales.words(f"words.ask_{topic}", code):
            assert not alarms.hear(word), word
    for name in ("yes", "no", "none", "unknown", "help", "stop", "delete", "new", "hello", "thanks"):
        for word in locales.words(f"words.{name}", code):
            assert not alarms.hear(word), word


def test_a_fever_of_a_small_baby_is_a_sign_and_of_an_older_child_it_is_asked_about():
    assert alarms.hear("she has a fever", "infant").stated == ("D21",)
    assert alarms.hear("no fever", "infant").stated == ()
    assert "D21" in alarms.hear("my newborn has a fever").stated
    assert alarms.hear("my baby has a fever", "child").stated == ()
    assert alarms.hear("my baby has a fever", "child").hinted == ("D08",)


def test_a_combination_needs_its_parts():
    assert "D08" in alarms.hear("fever. the spots stay when I press").stated
    assert "D08" not in alarms.hear("no fever. the spots stay when I press").stated
    assert "D17" not in alarms.hear("blisters on my foot from new shoes").stated


@pytest.mark.parametrize(
    "text", ["hana homa. hawezi kupumua", "no fever, he cannot breathe", "ليس عنده حمى. لا يتنفس"]
)
def test_a_negation_ends_with_its_clause(text: str):
    assert alarms.hear(text).stated == ("D05",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("he cannot breathe", "en"),
        ("mtoto hawezi kupumua vizuri", "sw"),
        ("ابني لا يستطيع التنفس", "ar"),
        ("?", ""),
    ],
)
def test_the_language_of_a_text_is_the_pack_that_knows_most_of_it(text: str, code: str):
    assert alarms.language_of(text) == code


STATEMENTS = st.sampled_from([(s, t) for s, t in STATED if s in NOW])


@settings(deadline=None)
@given(STATEMENTS, st.sampled_from(HARMLESS), st.sampled_from(HARMLESS))
def test_ordinary_words_around_a_statement_do_not_hide_it(stated: tuple[str, str], before: str, after: str):
    name, text = stated
    assert name in alarms.hear(f"{before}. {text}. {after}").stated


@settings(deadline=None)
@given(STATEMENTS, st.integers(0, 40))
def test_a_doubled_letter_hides_nothing(stated: tuple[str, str], at: int):
    name, text = stated
    at = min(at, len(text) - 1)
    if text[at].isalpha():
        assert name in alarms.hear(text[: at + 1] + text[at:]).stated
        assert name in alarms.hear(text.upper()).stated


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_screening(text: str):
    heard = alarms.hear(text)
    assert all(sign(s) for s in (*heard.stated, *heard.hinted))
