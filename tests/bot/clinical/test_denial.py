"""How far a no reaches, and what takes a danger back."""

from __future__ import annotations

import pytest

from bot.clinical import alarms


@pytest.mark.parametrize(
    "text",
    [
        # a no before more words is a no before fewer of them
        "there is no black skin around the wound",
        "hakuna ngozi nyeusi karibu na kidonda",
        "لا يوجد جلد أسود حول الجرح",
        # a part of the body that is well
        "my ankle is swollen and my face is fine",
        "كاحلي متورم والوجه سليم",
        "the newborn has a normal temperature",
        "mtoto mchanga ana joto la kawaida",
        # a negation behind what it denies
        "convulsions absent since the medicine",
        # colour that was put on
        "black nail polish on my toe",
        "nimepaka hina nyeusi kwenye vidole vya mguu",
        "مناكير أسود على أصابع رجلي",
        # nobody is spoken of
        "is a snake bite dangerous?",
        "what causes convulsions",
        "هل لدغة الثعبان خطيرة",
        # a verb's own negative form
        "nyoka hakuniuma",
        "الكلب مبيعضش",
        # a negation before the verb in a language that puts it behind the rest
        "होंठ नहीं सूजे",
        "दौरा कभी नहीं पड़ा",
        "je ne me suis jamais évanoui",
        # right words that look like others
        "he breathes well",
    ],
)
def test_what_is_taken_back_is_not_stated(text: str):
    assert alarms.hear(text).stated == ()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("no fever but black skin around the wound", "D12"),
        ("his face is not fine, his lips are swollen", "D06"),
        ("her face is swollen", "D06"),
        ("is my son dying, he has convulsions?", "D03"),
        ("what is this, he cannot breathe", "D05"),
        ("he painted the fence and a snake bit him", "D25"),
        ("my toe is black", "D31"),
        ("severe pain, the skin looks normal", "D11"),
        ("she is not breathing well", "D05"),
    ],
)
def test_what_only_looks_taken_back_is_stated(text: str, sign: str):
    assert sign in alarms.hear(text).stated


@pytest.mark.parametrize(
    "text",
    ["I saw a snake but it did not bite me", "niliona nyoka lakini hakuniuma", "رأيت ثعبانا لكنه لم يلدغني"],
)
def test_a_snake_that_did_not_bite_is_asked_about(text: str):
    heard = alarms.hear(text)
    assert "D25" not in heard.stated
    assert "D25" in heard.hinted


@pytest.mark.parametrize(
    "text",
    [
        *("I saw a snake", "we killed a snake yesterday", "there are snakes near the river"),
        *(
            "vi una culebra",
            "matei uma cobra no quintal",
            "j'ai vu un serpent",
            "tumeua nyoka jana",
            "شفت ثعبان",
        ),
        *("सांप देखा", "পুকুরে সাপ থাকে", "እባብ አየሁ", "mun ga maciji"),
    ],
)
def test_a_snake_that_was_only_seen_is_asked_about(text: str):
    heard = alarms.hear(text)
    assert heard.stated == ()
    assert heard.hinted == ("D25",)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "I saw a snake. It bit my leg",
            "I killed the snake that bit my brother",
            "a snake got my son",
            "help, a snake",
        ),
        *(
            "I saw a snake, now the foot is swollen",
            "a cobra bit him",
            "una cobra me mordió",
            "foi uma cobra",
            "un serpent !",
        ),
        *("matei a cobra que picou meu pai", "सांप दिखा और पैर में काटा", "እባብ ነደፈኝ"),
    ],
)
def test_a_snake_that_was_seen_and_may_have_bitten_is_stated(text: str):
    assert "D25" in alarms.hear(text).stated


@pytest.mark.parametrize(
    ("text", "language"),
    [("el doctor cobra mucho", "es"), ("me cobra 50 pesos", "es"), ("quanto cobra a clínica?", "pt")],
)
def test_what_is_charged_is_no_cobra(text: str, language: str):
    assert not alarms.hear(text, "adult", language)


def test_a_snake_that_bit_is_stated_whoever_else_was_spared():
    assert "D25" in alarms.hear("a snake bit my son. it did not bite me").stated


@pytest.mark.parametrize("language", ["", "sw", "en"])
def test_a_word_of_the_chats_language_is_no_denial_of_another(language: str):
    # "sana" is "very" in Swahili and "healthy" in Spanish, "na" is "and" and in Bengali "not".
    assert "D21" in alarms.hear("mtoto mchanga mwili una joto sana", language=language).stated
    assert "D15" in alarms.hear("macho yamevimba na yanauma", language=language).stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("She has no energy, trouble breathing or swallowing", "D05"),
        ("no help, snake bite or spider bite", "D25"),
        ("He has no appetite, fits or shaking since morning", "D03"),
        ("no doctor here, heavy bleeding or fainting", "D33"),
        ("Sin mejora, dificultad para respirar o fiebre", "D05"),
        ("sem melhora, falta de ar ou febre", "D05"),
        ("pas de médecin, morsure de serpent ou scorpion", "D25"),
        ("hakuna nafuu, degedege au homa", "D03"),
    ],
)
def test_a_no_before_what_is_no_sign_denies_nothing_of_the_list_behind_it(text: str, stated: str) -> None:
    assert stated in alarms.hear(text).stated


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        ("no hope, want to die or kill myself", "die"),
        ("no fever, want to die or kill myself", "die"),
        ("no money, husband beats me or threatens me", "hurt"),
    ],
)
def test_no_list_takes_back_that_somebody_wants_to_die_or_is_hurt(text: str, harm: str) -> None:
    assert alarms.hear(text).harm == harm


def test_a_list_is_denied_as_one_and_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of hundreds of items took seconds: each item walked through all the others."""
    from bot.clinical.denial import Denial

    looked = []
    item = Denial._item
    monkeypatch.setattr(Denial, "_item", lambda self, clause: looked.append(clause) or item(self, clause))
    assert not alarms.hear("no fever, " + "fits, " * 40 + "cough or fits").stated
    few = len(looked)
    looked.clear()
    alarms.hear("no fever, " + "fits, " * 80 + "cough or fits")
    assert len(looked) < 3 * few


OLD_STORIES = [
    ("my mother had a black toe 10 years ago, it was cut off", "D31", "en"),
    ("a dog bit me when i was a child", "D26", "en"),
    ("i read that fainting is a sign of it", "D07", "en"),
    ("if he gets fits should i come back", "D03", "en"),
    ("my neighbour has a swollen face, not me", "D06", "en"),
    ("mi abuela tuvo el dedo negro hace diez años", "D31", "es"),
    ("mordu par un chien quand j'étais petit", "D26", "fr"),
    ("um cão me mordeu em criança", "D26", "pt"),
    ("niliumwa na mbwa nikiwa mtoto", "D26", "sw"),
    ("kare ya cije ni ina yaro", "D26", "ha"),
    ("عضني كلب وانا صغير", "D26", "ar"),
    ("बचपन में कुत्ते ने काटा था", "D26", "hi"),
    ("ছোটবেলায় খিচুনি ছিল", "D03", "bn"),
    ("ልጅ ሳለሁ ውሻ ነክሶኝ ነበር", "D26", "am"),
]


@pytest.mark.parametrize(("text", "sign", "language"), OLD_STORIES)
def test_an_old_story_or_a_supposition_is_asked_about_and_not_stated(
    text: str, sign: str, language: str
) -> None:
    heard = alarms.hear(text, "adult", language)
    assert sign in heard.hinted
    assert sign not in heard.stated


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        # it may be a snake
        ("it may be a snake that bit him", "D25"),
        # it is so again
        ("he had fits as a child and now again fits", "D03"),
        ("a dog bit me years ago and today a dog bit my son", "D26"),
        # somebody is named between the sign and the story
        ("my son cannot breathe, he had this as a child", "D05"),
        ("my son cannot breathe like he did when he was a child", "D05"),
        # the story stands in another clause
        ("my mother died years ago. my son has fits", "D03"),
    ],
)
def test_what_is_so_now_is_stated_whatever_story_stands_beside_it(text: str, sign: str) -> None:
    assert sign in alarms.hear(text, "adult", "en").stated


def test_who_was_hurt_long_ago_is_handed_over_too() -> None:
    assert alarms.hear("my uncle raped me when i was a child", "adult", "en").harm == "hurt"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("i do not think about hurting myself", "en"),
        ("no pienso en matarme", "es"),
        ("não penso em me matar", "pt"),
        ("siwazi kujiua", "sw"),
        ("مش بفكر انتحر", "ar"),
        ("आत्महत्या का कोई विचार नहीं", "hi"),
    ],
)
def test_who_does_not_think_of_dying_is_not_handed_over(text: str, language: str) -> None:
    assert alarms.hear(text, "adult", language).harm == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no, i think about killing myself", "en"),
        ("i do not sleep, i think about killing myself", "en"),
        ("বাঁচার ইচ্ছা নাই", "bn"),
        ("no tengo ganas de vivir", "es"),
        ("nafikiria kujiua", "sw"),
    ],
)
def test_who_thinks_of_dying_is_handed_over(text: str, language: str) -> None:
    assert alarms.hear(text, "adult", language).harm == "die"


@pytest.mark.parametrize(
    ("text", "language"), [("खून नहीं बह रहा", "hi"), ("ogyan hoy nai", "bn"), ("ma3andish dee2 nafas", "ar")]
)
def test_a_negation_before_a_verb_of_two_words_or_in_other_letters_denies(text: str, language: str) -> None:
    assert alarms.hear(text, "adult", language).stated == ()
