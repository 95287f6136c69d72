"""Danger words at any moment: before consent, inside a case, as the answer to another question, in a caption, after the result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.events import DropPhotos, FetchPhotos, Said, WantFindings
from bot.conversation.here import Here
from bot.messages import Attachment, Inbound, Urgency
from tests.bot.conversation.talk import Talk, ids, shown, waiting


def at_danger() -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    return talk


def before_consent() -> Talk:
    talk = Talk()
    talk.say("hello")
    return talk


def at_site() -> Talk:
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.rash")
    return talk


def told() -> Talk:
    talk = waiting()
    talk.found(("NEV", "likely"))
    return talk


def refused() -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no")
    talk.no_danger()
    return talk


def stopped() -> Talk:
    talk = at_danger()
    talk.say("stop")
    return talk


MOMENTS = [Talk, before_consent, at_danger, at_site, waiting, told, refused, stopped]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "text", ["My child has a rash and cannot breathe well", "mtoto hawezi kupumua", "لا يتنفس"]
)
def test_a_stated_sign_is_answered_with_go_now_within_one_turn(moment: type[Talk], text: str):
    talk = moment()
    reply = talk.say(text)
    assert reply.key == "now"
    assert "now.go" in ids(reply)[:2]
    assert talk.state.floor is Urgency.NOW
    assert talk.state.answers["D05.own"] == "yes"
    assert talk.say("what is it?").key == "now"


def test_a_first_message_in_a_language_that_nobody_told_is_answered_in_it():
    talk = Talk(hint="")
    assert talk.say("mtoto wangu hawezi kupumua").key == "now"
    assert talk.state.language == "sw"


def test_go_now_has_the_first_aid_of_what_was_stated_and_how_to_get_there():
    assert ids(at_danger().say("a dog bit me")) == [
        "now.go",
        "now.call_local",
        "now.aid.d26",
        "now.how",
        "now.later",
    ]
    assert "now.aid.d25" in ids(at_danger().say("ameumwa na nyoka"))
    assert "now.aid.burn" in ids(at_danger().say("acid burn on the arm"))
    assert "now.aid.d33" in ids(at_danger().say("it won't stop bleeding"))
    talk = at_danger()
    talk.say("he cannot breathe")
    assert "now.aid.d25" in ids(talk.say("it was a snake"))


def test_a_caption_that_states_a_sign_is_answered_and_its_photograph_is_not_looked_at():
    talk = at_danger()
    reply = talk.hear(Inbound("message", text="he cannot breathe", attachments=(Attachment("x"),)))
    assert reply.key == "now"
    assert DropPhotos((Attachment("x"),)) in talk.effects
    assert not any(isinstance(e, FetchPhotos) for e in talk.effects)


@pytest.mark.parametrize("moment", [Talk, at_danger, told])
@pytest.mark.parametrize("kind", ["video", "audio", "document", "sticker", "voice", "location", "other"])
def test_a_sign_in_the_words_under_what_cannot_be_used_is_heard(kind: str, moment: type[Talk]):
    talk = moment()
    voice = Attachment("v1", "voice", "audio/ogg") if kind == "voice" else None
    reply = talk.hear(
        Inbound("unusable", text="my child cannot breathe", unusable=kind, recording=voice)  # type: ignore[arg-type]
    )
    assert "now.go" in ids(reply)[:2]
    assert talk.state.floor is Urgency.NOW


@pytest.mark.parametrize("kind", ["sticker", "voice", "video", "document", "location"])
def test_nothing_stands_above_go_now_or_the_hand_over_and_no_photo_is_asked_for(kind: str):
    voice = Attachment("v1", "voice", "audio/ogg") if kind == "voice" else None
    sent = Inbound("unusable", unusable=kind, recording=voice)  # type: ignore[arg-type]
    for words in ("he cannot breathe", "i want to die"):
        talk = before_consent()
        first = talk.say(words)
        assert ids(talk.hear(sent)) == [name for name in ids(first) if name != "notice.unreviewed"]
    talk = refused()
    assert ids(talk.hear(sent))[0] == "unusable.words"
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.rash", "site.private")
    assert not [name for name in ids(talk.hear(sent)) if name == f"unusable.{kind}"]


def test_go_now_names_the_place_where_the_deployment_knows_it():
    talk = at_danger()
    told = Said((Inbound("message", text="he cannot breathe"),), talk.at + 1, place="Mtoni Hospital")
    talk.event(told)
    assert ids(talk.replies[-1])[:2] == ["now.go", "now.place"]
    assert "Mtoni Hospital" in shown(talk.replies[-1])
    # Of several the nearest, once the person has sent where they are; and it stays.
    here = Inbound("unusable", unusable="location", location=(1.0, 1.0))
    talk.event(replace(told, items=(here,), place="", near="Kibo Clinic"))
    talk.event(replace(told, items=(Inbound("message", text="what now"),), place=""))
    assert "Kibo Clinic" in shown(talk.replies[-1])


def test_a_location_before_anything_else_is_answered_with_the_nearest_place():
    talk = at_danger()
    here = Inbound("unusable", unusable="location", location=(1.0, 1.0))
    talk.event(Said((here,), talk.at + 1, near="Kibo Clinic"))
    assert ids(talk.replies[-1])[0] == "where.near"
    assert talk.replies[-1].key == "danger1"
    assert ids(at_danger().hear(here))[0] == "unusable.location"


def test_a_sign_at_the_end_of_the_longest_message_is_heard():
    filling = "we go to the market every day with my brother "
    text = (filling * 100)[:4070] + " and he cannot breathe"
    assert len(text) <= 4096
    assert at_danger().say(text).key == "now"


def test_words_under_a_video_answer_like_any_others_and_its_sentence_is_said():
    talk = at_danger()
    reply = talk.hear(Inbound("unusable", text="none of these", unusable="video"))
    assert ids(reply)[0] == "unusable.video"
    assert reply.key == "danger3"
    assert ids(talk.hear(Inbound("unusable", text="this is it", unusable="video")))[:2] == [
        "unusable.video",
        "danger.any",
    ]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_denied_sign_changes_nothing(moment: type[Talk]):
    one, other = moment(), moment()
    one.say("he has no trouble breathing")
    other.say("cow")
    assert one.state.answers == other.state.answers
    assert one.state.floor == other.state.floor


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_denial_that_no_list_knows_is_asked_about_at_most(moment: type[Talk]):
    one, other = moment(), moment()
    one.say("no fever, he can breathe well")
    other.say("cow")
    assert one.state.floor == other.state.floor
    assert {**one.state.answers, "D05.own": "ask"} == {**other.state.answers, "D05.own": "ask"}


def test_a_sign_of_today_is_asked_and_a_yes_raises_the_case():
    talk = at_site()
    reply = talk.say("and one place is hot swollen and painful")
    assert ids(reply)[0] == "danger.heard"
    assert reply.key == "d14"
    # What was reached a weak body raises, so now it is asked; an ordinary one goes on.
    assert talk.press("d14.yes").key == "health"
    assert talk.press("health.none").key == "site"
    assert talk.state.floor is Urgency.TODAY


def test_the_words_for_the_very_sign_that_is_asked_are_its_yes():
    talk = at_site()
    talk.say("my mole changed")
    assert talk.say("the mole is bigger and darker").key == "health"
    assert talk.state.answers["D42"] == "yes"
    assert talk.state.floor is Urgency.WEEK


def test_fever_alone_asks_for_spots_that_do_not_fade_and_again_when_it_is_said_again():
    talk = at_danger()
    assert talk.say("he has a fever").key == "d08"
    assert talk.say("he has a fever").key == "d08"
    assert talk.press("d08.no").key == "danger1"
    assert talk.say("he has a fever").key == "d08"
    assert talk.press("d08.no").key == "danger1"
    assert talk.say("fever and the spots stay when I press them").key == "now"


def test_a_new_medicine_that_was_denied_is_asked_about_again_and_a_yes_never():
    talk = told()
    for _ in range(2):
        assert talk.say("rash since new medicine").key == "d17"
        talk.press("d17.no")
    talk.say("rash since new medicine")
    talk.press("d17.yes")
    answers = dict(talk.state.answers)
    talk.say("rash since new medicine")
    assert talk.state.answers == answers


def test_a_no_that_was_said_before_does_not_outweigh_own_words():
    talk = at_site()
    talk.say("my lump is growing fast")
    talk.press("d41.no")
    assert talk.say("the lump is growing fast!").key == "d41"
    talk.press("d41.yes")
    assert talk.state.floor is Urgency.WEEK


def test_a_result_is_told_anew_where_a_sign_was_found_after_it():
    talk = told()
    talk.say("my leg is hot, swollen and painful in one place, a hot swollen painful lump")
    talk.press("d14.yes")
    reply = talk.well()
    assert reply.key == "findings"
    assert ids(reply)[:2] == ["findings.do.today", "findings.why_answers"]
    talk = told()
    talk.say("a hot swollen painful lump")
    assert talk.press("d14.no").key == "menu"


def test_findings_that_come_while_a_sign_is_asked_are_told_after_it():
    talk = waiting()
    assert talk.say("a hot swollen painful lump").key == "d14"
    assert talk.found(("NEV", "likely")).key == "silence"
    assert talk.press("d14.no").key == "findings"


def test_a_small_baby_with_a_fever_in_own_words_goes_now():
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.infant")
    assert talk.say("ana homa").key == "now"


def test_a_danger_that_is_no_sign_of_the_table_gets_its_sentence_and_the_question_again():
    reply = at_site().say("I have chest pain")
    assert ids(reply)[0] == "alarm.go"
    assert reply.key == "site"


# Being hurt, wanting to die


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("text", "harm"), [("I want to die", "die"), ("mume wangu ananipiga", "hurt")])
def test_a_person_in_danger_from_themself_or_others_is_handed_over(moment: type[Talk], text: str, harm: str):
    talk = moment()
    reply = talk.say(text)
    assert reply.key == "handover"
    assert ids(reply)[0] == "handover.heard"
    assert "handover.safe" in ids(reply)
    assert ("handover.private" in ids(reply)) == (harm == "hurt")
    assert [c.code for c in reply.choices] == ["safe.yes", "safe.no", "safe.go_on"]
    assert talk.state.handover == harm
    # No skin script until they go on; what they write meanwhile is answered with the hand-over.
    assert talk.say("it is on my back").key == "handover"
    assert talk.press("safe.no").key == "handover"
    assert ids(talk.replies[-1])[0] == "handover.go"
    assert ids(talk.press("safe.yes"))[0] == "handover.here"
    assert talk.press("safe.go_on").key not in ("handover", "silence")
    assert talk.state.handover == ""


def test_the_lines_of_the_deployment_are_said_each_to_whom_it_is_for():
    for text, number in (("I want to die", "116"), ("my husband beats me", "117")):
        talk = at_danger()
        from bot.conversation.events import Said

        said = Said(
            (Inbound("message", text=text),),
            2_000.0,
            here=Here("webchat", emergency="112", crisis_line="116", violence_line="117"),
        )
        talk.event(said)
        numbers = {t.id: t.args["number"] for t in talk.replies[-1].paragraphs if "number" in t.args}
        assert numbers == {"handover.line": number, "handover.emergency": "112"}


def test_nothing_that_was_told_is_said_back():
    talk = at_danger()
    talk.say("my husband beats me")
    for reply in talk.replies[-1:]:
        assert not any("husband" in str(t.args) or "beat" in str(t.args) for t in reply.paragraphs)
        assert [t.id for t in reply.paragraphs if not t.id.startswith("handover.")] == []


def test_a_photograph_under_such_words_is_kept_for_later_and_the_hand_over_is_said():
    talk = at_danger()
    reply = talk.hear(Inbound("message", text="they burned me", attachments=(Attachment("x"),)))
    assert reply.key == "handover"
    assert talk.state.photos == ("id-x",)


def test_one_under_words_for_somebody_waits_until_they_go_on_and_say_whose_it_is():
    talk = at_danger()
    reply = talk.hear(Inbound("message", text="my husband burned me", attachments=(Attachment("x"),)))
    assert reply.key == "handover"
    assert [a.ref for a in talk.state.pending] == ["x"]
    assert not any(isinstance(e, DropPhotos) for e in talk.effects)
    assert talk.press("safe.go_on").key == "which"
    talk.press("which.same")
    assert talk.state.photos == ("id-x",)


def test_findings_wait_for_the_person_to_go_on():
    talk = waiting()
    talk.say("I want to die")
    assert talk.found(("NEV", "likely")).key == "silence"
    talk.press("safe.yes")
    assert talk.press("safe.go_on").key == "findings"


def test_both_dangers_at_once_are_both_answered():
    reply = at_danger().say("he beats me and I cannot breathe")
    assert reply.key == "now"
    assert {"handover.heard", "now.go"} <= set(ids(reply))


def test_a_sign_that_comes_while_a_person_is_handed_over_is_answered_with_go_now_in_the_same_turn():
    talk = at_danger()
    talk.say("my husband beats me")
    reply = talk.say("and I cannot breathe")
    assert reply.key == "now"
    assert {"handover.heard", "now.go"} <= set(ids(reply))
    assert (reply.choices, talk.state.handover) == ((), "")
    told = at_danger()
    told.say("my husband beats me")
    told.press("safe.yes")
    assert ids(told.say("he cannot breathe"))[0] == "handover.here"
    assert told.replies[-1].key == "now"


def test_who_can_help_is_said_once_beside_go_now():
    talk = at_danger()
    talk.say("I want to die")
    reply = talk.say("I want to die and I cannot breathe")
    assert reply.key == "now"
    assert ids(reply).count("handover.heard") == 1
    assert talk.state.handover == ""


def test_findings_that_mean_now_end_a_hand_over_in_go_now():
    talk = waiting()
    talk.say("I want to die")
    talk.found(("MEL", "likely"), urgency=Urgency.NOW)
    assert talk.say("hello").key == "now"
    assert talk.state.handover == ""


def test_a_typed_number_means_the_answer_that_stands_there_in_the_last_message():
    talk = at_danger()
    talk.say("my husband beats me")
    talk.press("safe.no")
    assert talk.state.offered == ("safe.yes", "safe.go_on")
    assert talk.say("2").key != "handover"


def test_stop_and_delete_work_inside_the_hand_over():
    talk = at_danger()
    talk.say("my husband beats me")
    assert talk.say("delete").key == "delete"
    assert talk.say("no").key == "handover"
    assert talk.say("stop").key == "stop"


def test_no_finding_is_asked_for_in_a_hand_over():
    talk = waiting()
    before = len([e for e in talk.effects if isinstance(e, WantFindings)])
    talk.say("I want to die")
    talk.photo("p2")
    assert len([e for e in talk.effects if isinstance(e, WantFindings)]) == before


def test_a_sign_that_was_asked_because_of_their_words_is_not_asked_again_in_its_group():
    talk = at_danger()
    talk.state = replace(talk.state, answers={**talk.state.answers, "D06.own": "ask"})
    talk.say("hello")
    assert talk.replies[-1].key == "d06"
    talk.press("d06.no")
    assert talk.replies[-1].key == "danger1"
    lines = [text for text in talk.replies[-1].paragraphs if text.id == "danger.line"]
    assert "D06" not in shown(talk.replies[-1])
    assert len(lines) == 2
    talk.press("danger1.yes")
    assert [talk.press(f"{key}.no").key for key in ("d04", "d05")] == ["d05", "danger3"]
    assert talk.state.floor is Urgency.TODAY


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_sore_that_hurts_at_night_hands_nobody_over(moment: type[Talk]):
    talk = moment()
    talk.say("it hurts me at night")
    assert talk.state.handover == ""
    talk.say("my husband hurts me at night")
    assert talk.state.handover
