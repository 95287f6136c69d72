"""An edited message: its own question is answered anew, the one that stands open now is not, and no urgency falls."""

from __future__ import annotations

import pytest

import locales
from bot.conversation import course
from bot.messages import Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting


def say(talk: Talk, text: str, ref: str) -> Reply:
    return talk.hear(Inbound("message", text=text, ref=ref))


def edit(talk: Talk, text: str, ref: str) -> Reply:
    return talk.hear(Inbound("edit", text=text, ref=ref))


def asked() -> Talk:
    """The age was typed, the first group of danger stands open."""
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    say(talk, "29", "1")
    return talk


def test_an_edit_answers_its_own_question_anew_and_not_the_open_one():
    talk = asked()
    say(talk, "none", "2")
    reply = edit(talk, "yes", "2")
    assert ids(reply)[0] == "edit.taken"
    assert reply.key == "d04"
    assert (talk.state.answers["group1"], "group3" in talk.state.answers) == ("yes", False)


def test_a_message_that_answered_nothing_is_taken_as_said_now():
    talk = asked()
    assert ids(say(talk, "nome", "2"))[0] == "typed.unclear"
    assert edit(talk, "none", "2").key == "danger3"
    assert talk.state.answers["group1"] == "none"


def test_a_message_that_was_put_right_before_it_was_answered_counts_as_it_stands_then():
    talk = asked()
    talk.hear(Inbound("message", text="nome", ref="2"), Inbound("edit", text="none", ref="2"))
    assert talk.state.answers["group1"] == "none"
    assert edit(talk, "yes", "2").key == "d04"


@pytest.mark.parametrize("ref", ["", "99", "2"])
def test_the_open_question_gets_no_answer_by_an_edit_of_something_else(ref: str):
    talk = asked()
    say(talk, "nome", "2")
    talk.press("danger1.none")
    before = dict(talk.state.answers)
    reply = edit(talk, "yes", ref)
    assert ids(reply)[0] == "edit.not_taken"
    assert reply.key == "danger3"
    assert talk.state.answers == before


def test_an_edit_that_says_no_lowers_nothing():
    talk = asked()
    say(talk, "yes", "2")
    for ref in ("3", "4"):
        say(talk, "no", ref)
    while talk.replies[-1].key.startswith("d0") or talk.replies[-1].key.startswith("d1"):
        talk.press(f"{talk.replies[-1].key}.no")
    assert talk.state.floor is Urgency.TODAY
    edit(talk, "none", "2")
    assert talk.state.floor is Urgency.TODAY
    assert talk.state.answers["group1"] == "none"


def test_a_yes_by_an_edit_ends_in_go_now_and_no_edit_undoes_it():
    talk = asked()
    say(talk, "yes", "2")
    assert talk.replies[-1].key == "d04"
    say(talk, "no", "3")
    assert edit(talk, "yes", "3").key == "now"
    assert edit(talk, "no", "3").key == "now"
    assert talk.state.floor is Urgency.NOW


def test_an_edit_that_speaks_of_danger_is_heard_whatever_it_answered():
    talk = asked()
    say(talk, "none", "2")
    assert edit(talk, "he cannot breathe", "2").key == "now"


def test_the_age_is_changed_by_an_edit_and_its_questions_are_asked():
    talk = asked()
    say(talk, "none", "2")
    edit(talk, "7", "1")
    assert talk.state.answers["age"] == "child"


def test_after_a_result_danger_is_answered_anew():
    talk = asked()
    for n in range(2, 5):
        say(talk, "none", str(n))
    say(talk, "rash", "7")
    talk.press("site.back")
    while talk.replies[-1].key not in ("findings", "menu"):
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(c for c in codes if c.endswith((".none", ".no", ".unknown"))))
    assert edit(talk, "yes", "2").key == "d04"


def test_a_question_about_the_result_may_be_edited():
    talk = waiting()
    talk.found(("NEV", "likely"))
    say(talk, "is it dangrous", "40")
    assert edit(talk, "is it dangerous?", "40").key == "answer.danger"
    assert edit(talk, "is it dangerous?", "39").key == "answer.danger"


def kind(shape: str, site: str = "") -> Talk:
    """Age, kind and place were typed, and nothing of danger was found."""
    talk = asked()
    for n in (2, 3, 4):
        say(talk, "none", str(n))
    say(talk, shape, "5")
    if site:
        say(talk, site, "6")
    say(talk, "none", "7")
    return talk


def test_who_turns_out_to_be_a_baby_is_asked_what_is_asked_of_babies():
    talk = asked()
    for n in (2, 3, 4):
        say(talk, "none", str(n))
    reply = edit(talk, "10 days", "1")
    assert ids(reply)[0] == "edit.taken"
    assert reply.key == "danger1"
    assert {"danger.sign.d01", "danger.sign.d21", "danger.sign.d24"} <= {
        t.args["sign"].id for t in reply.paragraphs if "sign" in t.args
    }
    # What is asked of all was answered.
    assert talk.press("danger1.none").key == "shape"


def test_an_age_with_the_same_signs_asks_nothing_again():
    talk = asked()
    for n in (2, 3, 4):
        say(talk, "none", str(n))
    assert edit(talk, "50", "1").key == "shape"


@pytest.mark.parametrize(
    ("shape", "site", "ref", "words", "sign"),
    [
        ("one spot, lump, or sore", "back", "5", "a burn", "d28"),
        ("another wound", "hand", "5", "a bite or sting", "d25"),
        ("one spot, lump, or sore", "back", "6", "private parts", "d40"),
        ("rash", "back", "6", "leg or foot", "d38"),
    ],
)
def test_an_edit_of_kind_or_place_has_its_signs_asked(
    shape: str, site: str, ref: str, words: str, sign: str
) -> None:
    talk = kind(shape, site)
    before = talk.state.floor
    reply = edit(talk, words, ref)
    assert ids(reply)[0] == "edit.taken"
    assert reply.key == "danger4"
    assert f"danger.sign.{sign}" in {t.args["sign"].id for t in reply.paragraphs if "sign" in t.args}
    assert talk.state.floor is before


def test_a_place_that_another_kind_has_not_is_asked_again_and_then_its_signs():
    talk = kind("rash", "many places")
    assert edit(talk, "one spot, lump, or sore", "5").key == "site"
    assert talk.press("site.hand").key == "danger4"


def answer_no(talk: Talk) -> None:
    """No to all that is asked of the spot, up to the engine."""
    while talk.replies[-1].choices and course.part(talk.state) not in course.WORKING:
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(c for c in codes if c.endswith((".none", ".no", ".unknown"))))


def told(shape: str = "rash", site: str = "back") -> Talk:
    """The result of a case in which age, kind and place were typed."""
    talk = kind(shape, site)
    while course.part(talk.state) not in course.RESULTS:
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(c for c in codes if c.endswith((".none", ".no", ".unknown"))))
    return talk


def test_an_edited_age_after_the_result_has_the_signs_of_a_small_baby_asked():
    talk = told()
    version, soon = talk.state.case_version, course.soon(talk.state)
    reply = edit(talk, "baby under 3 months", "1")
    assert (ids(reply)[0], reply.key) == ("edit.taken", "danger1")
    assert {"danger.sign.d21", "danger.sign.d24"} <= {
        t.args["sign"].id for t in reply.paragraphs if "sign" in t.args
    }
    assert talk.state.case_version > version
    while talk.replies[-1].key.startswith("danger"):
        talk.press(f"{talk.replies[-1].key}.none")
    assert course.part(talk.state) == "infant"
    assert course.soon(talk.state).rank <= soon.rank


def test_an_edited_place_after_the_result_is_looked_at_anew_and_no_photograph_of_it_is_kept():
    talk = kind("one spot, lump, or sore", "back")
    talk.photo()
    answer_no(talk)
    talk.found(("MEL", "possible"), urgency="week")
    assert talk.state.photos
    soon = course.soon(talk.state)
    reply = edit(talk, "private parts", "6")
    assert "edit.taken" in ids(reply)
    while talk.replies[-1].key.startswith("danger"):
        talk.press(f"{talk.replies[-1].key}.none")
    assert course.part(talk.state) == "private"
    assert (talk.state.photos, talk.state.earlier_photos) == ((), ())
    assert course.soon(talk.state).rank <= soon.rank


def test_an_edited_place_soon_after_the_result_is_judged_with_the_same_photograph():
    talk = kind("one spot, lump, or sore", "back")
    talk.photo()
    answer_no(talk)
    talk.found(("MEL", "possible"), urgency="week")
    version, photos = talk.state.case_version, talk.state.photos
    edit(talk, "upper arm", "6")
    while talk.replies[-1].key.startswith("danger"):
        talk.press(f"{talk.replies[-1].key}.none")
    assert talk.wanted().case_version == talk.state.case_version > version
    assert talk.state.photos == photos
    assert course.soon(talk.state) is Urgency.WEEK


def test_days_after_the_result_danger_is_asked_first():
    talk = told()
    talk.at += 3 * 86_400.0
    assert edit(talk, "leg or foot", "6").key == "danger1"


def test_an_edit_to_the_same_answer_after_the_result_changes_nothing():
    talk = told()
    before = talk.state.case_version
    reply = edit(talk, "29 years", "1")
    assert (reply.key, talk.state.case_version) == ("menu", before)
    assert "edit.taken" not in ids(reply)


def test_an_edited_age_while_findings_are_made_is_taken():
    talk = kind("one spot, lump, or sore", "back")
    talk.photo()
    answer_no(talk)
    version = talk.state.case_version
    assert edit(talk, "baby under 3 months", "1").key == "danger1"
    assert talk.found(("NEV", "likely"), version=version).key == "silence"


def test_an_edit_that_cannot_be_used_says_what_to_do():
    talk = told()
    reply = edit(talk, "nonsense of all kinds", "1")
    assert ids(reply)[0] == "edit.not_taken"
    assert "NEW" in locales.render(reply.paragraphs[0], "en")


@pytest.mark.parametrize(
    ("ref", "text", "place"), [("1", "child", "private"), ("6", "leg or foot", "leg_foot")]
)
def test_private_parts_that_were_spoken_of_since_stay_the_place_unless_it_is_told_anew(
    ref: str, text: str, place: str
) -> None:
    talk = kind("one spot, lump, or sore", "back")
    talk.photo()
    answer_no(talk)
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 3 * 86_400.0
    talk.say("it is on my penis now")
    assert edit(talk, text, ref).key == "danger1"
    assert talk.state.answers["site"] == place
