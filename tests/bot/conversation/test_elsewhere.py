"""Words after a result that may be of another spot, another problem or another person: it is asked which, and nothing of the
finding is told of them.
"""

from __future__ import annotations

import copy

import pytest

from bot.conversation import course
from bot.conversation.events import ReminderDue, Ticked, WantAnswer
from bot.messages import Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, shown, waiting

DAY_S = 86_400.0

# Of somebody else, and of another spot: the one that was looked at is on the back.
SAID = {
    "en": (
        "now my daughter has it too",
        "my brother has a sore that does not heal",
        "my wife has the same, is it dangerous?",
        "there is another one on my arm",
        "i have a new spot on my leg",
        "now i have a sore on my foot",
    ),
    "fr": ("maintenant ma fille l'a aussi", "mon frère a une plaie", "il y en a un autre sur mon bras"),
    "es": ("ahora mi hija también lo tiene", "mi hermano tiene una llaga", "tengo otro lunar en el brazo"),
    "pt": ("agora a minha filha também tem", "o meu irmão tem uma ferida", "tenho outra mancha no braço"),
    "sw": ("sasa binti yangu pia anayo", "kaka yangu ana kidonda", "kuna kingine mkononi"),
    "ar": ("ابنتي عندها نفس الشيء", "أخي عنده قرحة", "في واحدة ثانية على ذراعي"),
    "hi": ("मेरी बेटी को भी हो गया", "मेरे भाई को घाव है", "हाथ पर एक और है"),
    "bn": ("আমার মেয়ের একই রকম", "আমার ভাইয়ের ঘা আছে", "হাতে আরেকটা আছে"),
    "am": ("ልጄ ደግሞ አላት", "ወንድሜ ቁስል አለው", "ክንዴ ላይ ሌላ አለ"),
    "ha": ("yata ma tana da shi", "ƙanena yana da gyambo", "akwai wani a hannuna"),
}


def told(language: str = "en") -> Talk:
    """A spot on the back that was told: a mole, to be seen within a week."""
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 2 * DAY_S
    if language != "en":
        talk.say("language")
        talk.press(f"language.{language}")
        talk.hint = language
    assert talk.state.told == talk.state.case_version
    return talk


def answers(talk: Talk) -> list[WantAnswer]:
    return [effect for effect in talk.effects if isinstance(effect, WantAnswer)]


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, said in SAID.items() for text in said])
def test_it_is_asked_whether_it_is_the_same_problem_and_nothing_is_told_of_the_finding(
    language: str, text: str
):
    talk = told(language)
    before = talk.state
    reply = talk.say(text)
    assert reply.key == "which", (ids(reply), shown(reply, language))
    assert ids(reply)[-1] == "which.ask_words"
    assert not [name for name in ids(reply) if name.startswith(("answer.", "menu."))]
    assert answers(talk) == []
    assert (talk.state.case_version, talk.state.findings) == (before.case_version, before.findings)
    reply = talk.press("which.new")
    assert ids(reply)[:4] == ["new.start", "left.first", "findings.do.week", "which.agree"]
    assert reply.key == "age"
    assert talk.state.photos == ()


@pytest.mark.parametrize(
    "text",
    [
        "can my daughter catch it?",
        "is it dangerous?",
        "my sister is a nurse",
        "should i show it to my husband",
        "it itches on my back",
        "the spot on my back is brown",
        "what can i do at home",
        "thank you",
    ],
)
def test_what_is_of_the_finding_is_answered_as_before(text: str):
    talk = told()
    assert talk.say(text).key != "which"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "i have another question"),
        ("fr", "j'ai une autre question"),
        ("es", "tengo otra pregunta"),
        ("pt", "tenho outra pergunta"),
        ("sw", "nina swali lingine"),
        ("ar", "عندي سؤال آخر"),
        ("hi", "एक और सवाल है"),
        ("bn", "আরেকটা প্রশ্ন আছে"),
        ("am", "ሌላ ጥያቄ አለኝ"),
        ("ha", "ina da wata tambaya"),
    ],
)
def test_another_question_is_no_other_problem(language: str, text: str):
    assert told(language).say(text).key != "which"


def test_what_answers_a_reminder_is_of_the_case():
    talk = told()
    talk.event(ReminderDue(talk.state.case_version, "better", 1, talk.at))
    assert talk.say("my daughter is the same").key != "which"


def test_who_was_written_of_from_the_start_is_the_person_of_the_case():
    talk = Talk()
    talk.say("my daughter has a spot")
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger("child")
    talk.spot()
    talk.found(("NEV", "likely"), urgency="routine")
    assert talk.say("my daughter has it still").key != "which"
    assert talk.say("my son has it too").key == "which"
    talk.press("which.same")
    assert talk.say("now i have it too").key == "which"


def test_the_same_one_leads_to_how_it_is():
    talk = told()
    talk.say("there is another one on my arm")
    reply = talk.press("which.same")
    assert reply.key == "reminder.better"
    assert talk.press("better.worse").key == "danger1"
    assert talk.state.case_version == 2


@pytest.mark.parametrize(
    "text", ["my daughter has it too and she cannot breathe", "another one, i cannot breathe"]
)
def test_a_sign_of_now_comes_first(text: str):
    assert told().say(text).key == "now"


def test_a_sign_that_is_asked_goes_with_the_new_case():
    talk = told()
    reply = talk.say("my wife has it too, her leg is hot and swollen")
    assert ids(reply) == ["danger.heard", "which.ask_words"]
    spoken = {key for key, said in talk.state.answers.items() if key.endswith(".own") and said == "ask"}
    assert spoken
    talk.press("which.new")
    assert spoken <= set(talk.state.answers)
    assert talk.state.whose == ("wife",)
    assert f"{talk.press('age.adult').key.upper()}.own" in spoken


def test_and_of_the_same_person_it_is_asked_at_once():
    talk = told()
    talk.say("another one, my leg is hot and swollen")
    assert talk.state.overlay == "which"
    assert talk.press("which.same").key.startswith("d")
    assert course.urgency(talk.state) is Urgency.WEEK


def test_what_is_said_of_the_health_of_somebody_else_is_not_of_the_case():
    talk = told()
    talk.say("my wife has it too and she is pregnant")
    assert "health" not in talk.state.answers


def test_worse_with_another_one_opens_the_case_again():
    talk = told()
    assert talk.say("it is getting worse, there is another one").key == "danger1"


def test_a_photograph_that_comes_instead_of_the_answer_waits_for_it():
    talk = told()
    talk.say("my daughter has it too")
    assert talk.photo("p2").key == "which"
    assert ids(talk.replies[-1])[-1] == "which.ask"
    talk.press("which.new")
    assert talk.state.photos == ("id-p2",)
    assert talk.state.whose == ("daughter",)


def test_what_is_unclear_is_asked_again_and_after_a_day_no_more():
    talk = told()
    talk.say("my daughter has it too")
    assert talk.say("hm well you know").key == "which"
    talk.event(Ticked(talk.at + DAY_S))
    assert talk.state.overlay == ""
    assert talk.say("is it dangerous?").key == "answer.danger"
    assert "which.not_kept" not in ids(talk.replies[-1])


def test_who_refused_is_asked_to_agree_for_the_new_one():
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no")
    talk.no_danger()
    talk.kind("spot")
    assert talk.replies[-1].key == "refused"
    assert talk.say("now my daughter has it too").key == "which"
    assert talk.press("which.new").key == "consent"


def test_the_question_of_a_reminder_waits():
    talk = told()
    talk.event(ReminderDue(talk.state.case_version, "better", 1, talk.at))
    assert talk.state.overlay == "better"
    assert talk.say("my daughter has it too").key == "which"
    assert isinstance(talk.replies[-1], Reply)
    assert talk.state.owed


# Right after a photograph without words, of a case whose age was told.
WHOSE = {
    "en": ("this is my wife", "it is my son's", "sorry, that was a photo of my daughter"),
    "fr": ("c'est ma femme", "voici mon fils"),
    "es": ("es de mi hija", "esta es mi esposa"),
    "pt": ("é do meu filho", "esta é a minha esposa"),
    "sw": ("huyu ni mke wangu", "hii ni picha ya binti yangu"),
    "ar": ("هذه زوجتي", "هذا ابني", "صورة ابنتي"),
    "hi": ("यह मेरी पत्नी है", "यह मेरे बेटे की फोटो है"),
    "bn": ("এটা আমার মেয়ের ছবি", "এটা আমার স্ত্রী"),
    "am": ("ይህ የልጄ ፎቶ ነው", "ይህች ሚስቴ ናት"),
    "ha": ("wannan matata ce", "hoton yata ne"),
}


def sent(language: str = "en") -> Talk:
    """A case at its questions about danger, to which a photograph came without words."""
    talk = Talk(hint=language)
    talk.say("hello" if language == "en" else "/start")
    talk.press("consent.yes", "age.adult")
    talk.photo("p1")
    assert talk.state.photos == ("id-p1",)
    return talk


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, said in WHOSE.items() for text in said]
)
def test_the_words_after_a_photograph_that_say_whose_it_is_are_asked_about_once(language: str, text: str):
    talk = sent(language)
    assert talk.state.language == language
    assert ids(talk.say(text)) == ["which.ask"]
    reply = talk.press("which.new")
    assert ids(reply)[0] == "photo.new_case"
    assert "which.agree" in ids(reply)
    assert (reply.key, talk.state.photos, talk.state.case_version) == ("age", ("id-p1",), 2)
    talk.press("age.adult")
    assert talk.say(text).key != "which"


def test_of_the_same_person_the_photograph_stays_and_nothing_is_asked_twice():
    talk = sent()
    talk.say("it is my son's")
    assert talk.press("which.same").key == "danger1"
    assert (talk.state.photos, talk.state.case_version) == (("id-p1",), 1)
    assert talk.say("it is my son's").key == "danger1"


def test_only_the_photographs_that_came_last_go_with_the_new_case():
    talk = sent()
    talk.photo("p2", "p3")
    talk.say("this is my wife")
    talk.press("which.new")
    assert talk.state.photos == ("id-p2", "id-p3")


@pytest.mark.parametrize(
    "text", ["my wife says it is new", "my sister is a nurse", "is it my son's?", "none"]
)
def test_other_words_after_a_photograph_do_not_say_whose_it_is(text: str):
    assert sent().say(text).key != "which"


def test_words_that_come_later_are_not_of_the_photograph():
    talk = sent()
    talk.say("hello")
    assert talk.say("this is my wife").key == "danger1"


def test_behind_a_result_or_a_button_no_word_is_of_the_photograph():
    talk = waiting()
    talk.found(("NEV", "likely"), urgency="routine")
    for text in ("this is my wife", "my friend, thank you", "mama, it itches", "my son, he touched it"):
        assert "which.ask" not in ids(talk.say(text)), text
    talk = sent()
    talk.press("danger1.none")
    assert talk.say("this is my wife").key != "which"


@pytest.mark.parametrize("text", ["my wife", "my son", "my children"])
def test_who_itches_at_home_is_no_word_of_the_photograph(text: str):
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger()
    reply = talk.kind("rash")
    for _ in range(30):
        if "home_itch.yes" in [choice.code for choice in reply.choices]:
            break
        codes = [choice.code for choice in reply.choices]
        wanted = next((c for c in codes if c.endswith((".none", ".no", ".arm", ".weeks"))), codes[0])
        reply = talk.press(wanted)
    assert "home_itch.yes" in [choice.code for choice in reply.choices]
    told_first = copy.deepcopy(talk)
    assert told_first.say(text).key != "which"
    talk.photo("p2")
    assert talk.state.unclaimed
    assert talk.say(text).key != "which"


WORSE = [
    ("en", "brother, the sore is getting worse"),
    ("en", "my friend, it is worse"),
    ("en", "sister the rash is worse"),
    ("sw", "dada kidonda kimezidi"),
    ("ar", "أخي الجرح أصبح أسوأ"),
    ("hi", "भैया घाव और बढ़ गया है"),
]


@pytest.mark.parametrize(("language", "text"), WORSE)
def test_worse_is_heard_first_also_where_a_word_for_kin_speaks_to_the_helper(language: str, text: str):
    talk = told(language)
    talk.at += DAY_S
    reply = talk.say(text)
    assert (ids(reply)[0], reply.key, talk.state.case_version) == ("later.sorry", "danger1", 2)
    at_once = waiting()
    at_once.found(("MEL", "possible"), urgency="week")
    assert at_once.say("brother, the sore is getting worse").key == "reminder.better"


def test_worse_while_it_is_open_which_is_of_the_same_and_worse():
    talk = told()
    talk.say("my daughter has it too")
    assert talk.say("my son has it too").key == "which"
    reply = talk.say("it is getting worse")
    assert (ids(reply)[0], reply.key, talk.state.case_version) == ("later.sorry", "danger1", 2)
    talk = told()
    talk.say("my daughter has it too")
    talk.photo("p2")
    reply = talk.say("it is worse")
    assert (ids(reply)[0], reply.key, talk.state.photos) == ("later.sorry", "danger1", ("id-p2",))


FOLLOW_UP = [
    ("en", "can it spread somewhere else"),
    ("en", "will it come to another place"),
    ("en", "do i have to go to a different place"),
    ("en", "no other problem"),
    ("en", "I do not have another spot"),
    ("en", "is another spot dangerous"),
    ("en", "the doctor sent me to another place"),
    ("en", "can I sleep next to my baby with this rash"),
    ("en", "my mom says it is just a rash"),
    ("en", "my daughter put honey on my wound"),
    ("en", "my husband saw the sore, i take chemo"),
    ("en", "my wife also got worried"),
    ("fr", "je peux aller à un autre endroit ?"),
    ("fr", "est-ce que c'est aussi sur mon dos ?"),
    ("fr", "ma mère a le même médecin"),
    ("es", "puedo ir en otro lugar"),
    ("sw", "naweza kwenda mahali pengine"),
    ("sw", "sina kidonda kingine"),
    ("ar", "هل ينتقل إلى مكان آخر"),
    ("ar", "زوجي عنده نفس الرأي"),
    ("hi", "क्या बेटी को भी हो सकता है"),
    ("hi", "माँ को भी हो सकता है क्या"),
    ("hi", "शरीर में भी है दर्द"),
]


@pytest.mark.parametrize(("language", "text"), FOLLOW_UP)
def test_an_ordinary_question_behind_a_result_is_not_asked_which(language: str, text: str):
    assert told(language).say(text).key != "which"


def test_another_one_that_does_not_heal_or_is_asked_about_is_another_one_all_the_same():
    for text in (
        "i have a new spot that does not heal",
        "there is another spot on my leg, is it dangerous?",
        "my wife also got it",
        "my sister has a sore",
    ):
        assert told().say(text).key == "which", text


def test_health_said_of_oneself_beside_somebody_else_is_heard():
    for text in ("my wife has it too, i have diabetes", "my daughter has the same. i have diabetes"):
        talk = told()
        assert talk.say(text).key == "which"
        assert talk.state.answers["health"] == "diabetes", text
    talk = told()
    talk.say("my wife has it too, she is pregnant")
    assert "health" not in talk.state.answers


def test_a_sign_of_now_beside_it_comes_first():
    assert sent().say("this is my wife, she cannot breathe").key == "now"


def test_new_while_a_sign_is_asked_after_a_result_leaves_its_urgency():
    talk = told()
    assert talk.say("my leg is hot and swollen").key.startswith("d")
    assert "left.first" in ids(talk.say("new"))
    assert talk.state.left_soon is Urgency.WEEK
