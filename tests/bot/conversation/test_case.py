from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.channels import LIMITS
from bot.clinical import conditions
from bot.conversation import course, photos, results, typed
from bot.conversation.events import (
    DropPhotos,
    EraseChat,
    FetchPhotos,
    PlanReady,
    Ticked,
    TurnParked,
    WantFindings,
)
from bot.messages import Attachment, Condition, Findings, Inbound, Urgency
from tests.bot.conversation.talk import Talk, ids, shown, waiting


def test_a_photo_first_leads_to_findings():
    talk = Talk()
    assert talk.photo().key == "consent"
    assert not any(isinstance(e, FetchPhotos) for e in talk.effects)
    assert talk.press("consent.yes").key == "age"
    assert talk.no_danger().key == "shape"
    assert talk.spot("nose", "yes").key == "silence"
    wanted = talk.wanted()
    assert wanted.photo_ids == ("id-p1",)
    assert wanted.floor == "week"
    assert wanted.answers == {
        "age": "29",
        "age_group": "adult",
        "site": "nose",
        "changed": "yes",
    }
    reply = talk.found(("BCC", "likely"), ("ACK", "possible"))
    assert reply.key == "findings"
    assert ids(reply)[0] == "findings.do.week"
    assert "findings.not_diagnosis" in ids(reply)


def test_hello_first_asks_for_the_photo_only_after_danger_and_place():
    talk = Talk()
    assert talk.say("hello").key == "consent"
    assert talk.press("consent.yes").key == "age"
    assert talk.no_danger().key == "shape"
    assert talk.press("shape.spot").key == "site"
    assert talk.press("site.back").key == "danger4"
    assert talk.press("danger4.none").key == "photo"
    reply = talk.photo()
    assert reply.key == "changed"
    # That it came is said with the next question.
    assert ids(reply) == ["photo.got", "question.changed"]


WHOLE = {"consent.who", "consent.keep", "consent.may_refuse", "consent.ask"}


def test_what_is_agreed_to_is_not_told_a_second_time_under_what_was_not_understood():
    talk = Talk()
    assert set(ids(talk.say("hello"))) >= WHOLE
    offered = talk.state.offered
    for reply in (talk.say("zzz qqq"), talk.hear(Inbound("unusable", unusable="sticker")), talk.say("help")):
        assert reply.key == "consent"
        assert set(ids(reply)) & WHOLE == {"consent.ask"}
        assert talk.state.offered == offered
    reply = talk.photo("p1")
    assert ids(reply)[-2:] == ["consent.photo_waits", "consent.ask"]
    assert set(ids(talk.photo("p2"))) & WHOLE == {"consent.ask"}
    assert talk.press("consent.yes").key == "age"


def test_what_is_agreed_to_is_told_whole_in_each_language_to_who_comes_back_and_after_another_question():
    talk = Talk()
    talk.say("hello")
    assert set(ids(talk.press("language.sw"))) >= WHOLE
    assert set(ids(talk.say("habari"))) >= WHOLE
    talk.say("futa")
    assert set(ids(talk.press("delete.no"))) >= WHOLE, "before it nobody may have read anything"
    talk.say("simama" if "simama" in locales.words("words.stop", "sw") else "stop")
    assert set(ids(talk.say("habari"))) >= WHOLE


def test_without_a_hint_the_language_is_asked_in_each_script():
    talk = Talk(hint="")
    reply = talk.say("?")
    assert reply.key == "language"
    assert len(reply.paragraphs) == 1 + len(locales.languages())
    assert talk.say("Kiswahili").key == "consent"
    assert talk.state.language == "sw"


def test_the_first_words_tell_the_language():
    talk = Talk(hint="")
    word = sorted(locales.words("words.hello", "ar") - locales.words("words.hello", "en"))[0]
    assert talk.say(word).key == "consent"
    assert talk.state.language == "ar"


def test_the_first_message_says_that_texts_are_unreviewed():
    talk = Talk()
    assert ids(talk.say("hello"))[0] == "notice.unreviewed"
    assert "notice.unreviewed" not in ids(talk.say("hello"))
    reply = Talk().hear(Inbound("message", text="hello", language_hint="en"), unreviewed=False)
    assert "notice.unreviewed" not in ids(reply)


def test_a_refused_photo_is_dropped_and_danger_is_still_asked():
    talk = Talk()
    talk.photo("p1", "p2")
    assert talk.press("consent.no").key == "age"
    assert [len(e.attachments) for e in talk.effects if isinstance(e, DropPhotos)] == [2]
    talk.no_danger()
    assert talk.kind("spot").key == "refused"
    assert talk.press("consent.yes").key == "photo"
    assert not any(isinstance(e, FetchPhotos) for e in talk.effects)


def test_danger_is_answered_also_where_consent_was_refused():
    talk = Talk()
    talk.photo()
    talk.press("consent.no", "age.adult", "danger1.yes")
    assert talk.press("d04.yes").key == "now"


def test_a_now_ends_the_case_and_late_findings_are_dropped():
    talk = Talk()
    talk.photo()
    talk.press("consent.yes", "age.adult", "danger1.none", "danger3.yes")
    talk.press("d08.no", "d11.no", "d12.no", "d13.no", "d15.no")
    reply = talk.press("d17.yes")
    assert ids(reply) == ["now.go", "now.call_local", "now.aid.d17", "now.how", "now.later"]
    assert reply.choices == ()
    assert talk.found(("NEV", "likely")).key == "silence"
    assert talk.say("what is it").key == "now"
    fetched = len([e for e in talk.effects if isinstance(e, FetchPhotos)])
    assert talk.photo("p9").key == "now"
    assert len([e for e in talk.effects if isinstance(e, FetchPhotos)]) == fetched
    assert talk.say("new photo").key == "age"


def test_who_does_not_know_a_whole_group_is_told_how_to_look_and_asked_each_sign_once():
    talk = waiting_for_danger()
    talk.press("danger1.none")
    talk.press("danger3.unknown", "d08.no", "d11.no", "d12.no")
    reply = talk.replies[-1]
    assert ids(reply) == ["danger.check.d13", "danger.sign.d13"]
    assert talk.press("d13.unknown").key == "d15"
    assert talk.state.floor is Urgency.TODAY


def test_dont_know_is_asked_once_more_and_then_means_today():
    talk = waiting_for_danger()
    assert talk.press("danger1.yes").key == "d04"
    assert talk.press("d04.unknown").key == "d04again"
    # A second tap on the first button is not the second answer.
    assert "button.old" in ids(talk.press("d04.unknown"))
    assert talk.press("d04again.unknown").key == "d05"
    talk.press("d05.no", "d06.no", "danger3.none")
    talk.spot()
    assert talk.wanted().floor == "today"
    reply = talk.found(("NEV", "likely"), urgency="routine")
    assert ids(reply)[:2] == ["findings.do.today", "findings.why_answers"]


def test_dont_know_of_a_small_baby_means_now():
    talk = waiting_for_danger()
    talk.state = Talk().state
    talk.say("hi")
    talk.press("consent.yes", "age.infant", "danger1.unknown")
    assert talk.press("d01.unknown").key == "now"


def test_a_small_baby_is_sent_on_today_and_its_photo_is_erased():
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger("infant")
    reply = talk.press("shape.rash", "danger4.none")
    assert reply.key == "infant"
    assert ids(reply)[0] == "findings.do.today"
    assert DropPhotos(photo_ids=("id-p1",)) in talk.effects


@pytest.mark.parametrize("answers", [("danger1.yes", "d01.yes"), ("danger1.none",)])
def test_no_photo_of_a_small_baby_stays_whatever_the_case_comes_to(answers: tuple[str, ...]):
    talk = Talk()
    talk.photo("p1", "p2")
    reply = talk.press("consent.yes", "age.infant")
    assert DropPhotos(photo_ids=("id-p1", "id-p2")) in talk.effects
    assert ids(reply)[0] == "sent.photo_deleted"
    talk.press(*answers)
    talk.photo("p3")
    assert talk.state.photos == talk.state.spare == talk.state.earlier_photos == ()
    assert DropPhotos((Attachment("p3"),)) in talk.effects
    assert not any(isinstance(e, FetchPhotos) and Attachment("p3") in e.attachments for e in talk.effects)


def test_what_deletes_the_photo_stands_under_go_now():
    talk = Talk()
    talk.photo("p1")
    talk.press("consent.yes")
    # A state of before 2026-11-27, in which the photograph stayed.
    talk.state = replace(talk.state, answers={"age": "infant"})
    reply = talk.say("he cannot breathe")
    assert (reply.key, ids(reply)[-1]) == ("now", "sent.photo_deleted")
    assert talk.state.photos == ()


def waiting_for_danger() -> Talk:
    talk = Talk()
    talk.photo()
    talk.press("consent.yes", "age.adult")
    return talk


def test_private_parts_are_never_kept_or_judged():
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger()
    reply = talk.kind("spot", "private")
    assert reply.key == "private"
    assert DropPhotos(photo_ids=("id-p1",)) in talk.effects
    assert "sent.photo_deleted" in [name for said in talk.replies for name in ids(said)]
    assert not any(isinstance(e, WantFindings) for e in talk.effects)


@pytest.mark.parametrize(
    ("shape", "wound", "soon"),
    [("wound", kind, "today") for kind in ("bite", "burn")],
)
def test_bites_and_burns_end_in_first_aid_and_where_to_go(shape: str, wound: str, soon: str):
    talk = waiting_for_danger()
    talk.press("danger1.none", "danger3.none")
    reply = talk.kind(shape, wound=wound)
    assert ids(reply)[0] == f"findings.do.{soon}"
    aid = {"bite": "home.bites", "burn": "now.aid.burn"}[wound]
    assert ids(reply)[1] == aid
    assert ids(talk.press("menu.home")) == [aid]
    assert not any(isinstance(e, WantFindings) for e in talk.effects)


def test_the_coach_gives_up_after_two_photos():
    talk = Talk(coach="blurred")
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("spot")
    assert ids(talk.photo("a"))[0] == "photo.coach.blurred"
    assert talk.photo("b").key == "photo"
    assert DropPhotos(photo_ids=("id-a",)) in talk.effects
    talk.photo("c")
    assert ids(talk.replies[-2]) == ["photo.coach.anyway"]
    assert talk.replies[-1].key == "changed"
    assert talk.state.photos == ("id-c",)


def test_an_unclear_photo_may_be_used_on_request():
    talk = Talk(coach="dark")
    talk.photo()
    talk.press("consent.yes")
    talk.no_danger()
    assert talk.kind("spot").choices[0].code == "photo.use"
    assert talk.press("photo.use").key == "changed"
    assert talk.state.photos == ("id-p1",)


@pytest.mark.parametrize(
    "reason", ["format", "truncated", "too_many_pixels", "too_big", "empty", "unfetchable"]
)
def test_a_refused_file_gets_its_sentence(reason: str):
    talk = Talk(refused=reason)
    talk.photo()
    assert ids(talk.press("consent.yes"))[0] == f"photo.refused.{reason}"


def test_without_a_photo_the_answers_decide():
    talk = waiting_for_danger()
    talk.state = Talk().state
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("spot")
    talk.press("photo.none", "changed.no")
    assert talk.press("bleed.yes").key == "health"
    reply = talk.press("health.none")
    assert reply.key == "no_photo"
    assert ids(reply)[0] == "findings.do.week"
    # What was answered stands, and the findings say that it came.
    assert talk.photo().key == "silence"
    reply = talk.found(("NEV", "likely"))
    assert (reply.key, "photo.got" in ids(reply)) == ("findings", False)


def test_a_photo_while_findings_are_made_asks_again_and_the_older_answer_is_dropped():
    talk = waiting()
    first = talk.wanted()
    talk.photo("p2")
    assert talk.wanted().case_version == first.case_version + 1
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")
    assert talk.found(("NEV", "likely"), version=first.case_version).key == "silence"
    assert talk.found(("NEV", "likely")).key == "findings"


def test_a_photo_of_a_new_problem_after_findings_begins_a_new_case():
    talk = waiting()
    talk.found(("NEV", "likely"))
    assert talk.photo("p2").key == "which"
    reply = talk.press("which.new")
    assert reply.key == "age"
    assert talk.state.photos == ("id-p2",)
    assert talk.state.answers == {}


def test_more_photos_than_a_case_takes_are_dropped():
    talk = waiting_for_danger()
    talk.photo(*(f"q{n}" for n in range(9)))
    assert len(talk.state.photos) == 6
    assert sum(len(e.attachments) for e in talk.effects if isinstance(e, DropPhotos)) == 4
    assert ids(talk.photo("z"))[0] == "photo.enough"


def test_a_question_while_findings_are_made_is_answered_after_them():
    talk = waiting()
    assert ids(talk.say("is it dangerous?")) == ["findings.still_looking"]
    talk.found(("SEK", "likely"), urgency="routine")
    assert [r.key for r in talk.replies[-2:]] == ["findings", "answer.danger"]


def test_stop_is_silent_until_they_write_and_then_findings_are_told():
    talk = waiting()
    assert talk.say("stop").key == "stop"
    assert talk.found(("NEV", "likely")).key == "silence"
    talk.say("what is it")
    assert [r.key for r in talk.replies[-2:]] == ["findings", "answer.what"]
    assert ids(talk.replies[-2])[0] == "resume.hello"


def test_deleting_asks_once_and_says_what_remains():
    talk = waiting()
    talk.channel = "telegram"
    old = talk.state.case_version
    assert talk.say("DELETE").key == "delete"
    assert talk.press("delete.no").key == "looking"
    assert not any(isinstance(e, EraseChat) for e in talk.effects)
    talk.say("/delete")
    reply = talk.say("yes")
    assert ids(reply) == ["delete.done", "delete.remains.telegram"]
    assert isinstance(talk.effects[-1], EraseChat)
    assert talk.state.consent == ""
    assert talk.state.case_version > old
    assert talk.found(("NEV", "likely"), version=old).key == "silence"


def test_the_language_changes_at_any_time():
    talk = waiting()
    talk.found(("NEV", "likely"))
    assert talk.say("/language").key == "language"
    reply = talk.say("Kiswahili")
    assert talk.state.language == "sw"
    assert reply.key == "findings"
    talk.press("language.en")
    assert talk.state.language == "en"


def test_numbers_words_and_labels_answer_a_choice():
    talk = Talk(channel="whatsapp")
    talk.say("hello")
    talk.say("yes")
    talk.say("٤")
    assert talk.state.answers["age"] == "middle"
    talk.say("None of these")
    assert talk.say("no, but it is on my back").key == "danger3"
    assert talk.say("yes, it is so").key == "d08"
    talk.press("d08.no", "d11.no", "d12.no", "d13.no", "d15.no", "d17.no", "d18.no", "d19.no", "shape.spot")
    talk.say("it is on my back")
    assert talk.state.answers["site"] == "back"


def test_an_age_in_years_is_understood():
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.say("he is 71 years old")
    assert talk.state.answers["age"] == "older"


@pytest.mark.parametrize(
    "kind",
    [
        "sticker",
        "voice",
        "audio",
        "video",
        "document",
        "location",
        "contact",
        "poll",
        "other",
        "empty",
    ],
)
def test_everything_unusable_gets_a_kind_sentence_and_the_question(kind: str):
    talk = waiting_for_danger()
    reply = talk.hear(Inbound("unusable", unusable=kind))  # type: ignore[arg-type]
    assert ids(reply)[0] == f"unusable.{kind}"
    assert reply.key == "danger1"


def test_a_group_hears_one_sentence():
    talk = Talk()
    assert talk.hear(Inbound("group", text="hi")).key == "group"
    assert talk.hear(Inbound("group", text="hi")).key == "silence"


def test_a_parked_turn_is_told_and_the_talk_goes_on():
    talk = waiting_for_danger()
    talk.event(TurnParked(talk.at))
    assert ids(talk.replies[-1])[0] == "error.parked"
    assert talk.replies[-1].key == "danger1"


def test_a_photo_without_consent_is_forgotten_after_a_day_and_all_after_thirty():
    talk = Talk()
    talk.photo()
    due = talk.state.wake_at
    assert due == talk.at + 24 * 3600
    talk.event(Ticked(due - 1))
    assert talk.state.pending
    talk.event(Ticked(due))
    assert not talk.state.pending
    assert isinstance(talk.effects[-1], DropPhotos)
    talk = waiting()
    version = talk.state.case_version
    replies = len(talk.replies)
    assert talk.state.last_at is not None
    talk.event(Ticked(talk.state.last_at + 30 * 24 * 3600))
    assert talk.state.consent == ""
    assert talk.state.case_version > version
    assert talk.state.wake_at is None
    assert len(talk.replies) == replies
    assert DropPhotos(photo_ids=("id-p1",)) in talk.effects


def test_findings_that_take_a_minute_are_said_to_once_and_later_ones_again():
    talk = waiting()
    asked, replies = talk.at, len(talk.replies)
    assert talk.state.wake_at == asked + 60
    talk.event(Ticked(asked + 59))
    assert len(talk.replies) == replies
    talk.event(Ticked(asked + 60))
    assert ids(talk.replies[-1]) == ["findings.takes_longer"]
    for seconds in (61, 600, 6000):
        talk.event(Ticked(asked + seconds))
    assert len(talk.replies) == replies + 1
    assert talk.state.wake_at == asked + 30 * 24 * 3600
    assert talk.found(("NEV", "likely")).key == "findings"
    # Another problem is another case, with a wait of its own.
    talk.photo("p2")
    talk.press("which.new")
    talk.no_danger()
    talk.spot()
    talk.event(Ticked(talk.at + 60))
    assert ids(talk.replies[-1]) == ["findings.takes_longer"]


def test_whoever_writes_meanwhile_does_not_put_the_word_on_a_long_wait_off():
    talk = waiting()
    asked = talk.at
    talk.say("hello?")
    assert talk.state.wake_at == asked + 60


def test_quick_findings_leave_no_word_on_a_long_wait():
    talk = waiting()
    due = talk.state.wake_at
    assert talk.found(("NEV", "likely")).key == "findings"
    assert due is not None
    assert talk.state.wake_at is not None
    assert talk.state.wake_at > due
    replies = len(talk.replies)
    talk.event(Ticked(due))
    assert len(talk.replies) == replies


@pytest.mark.parametrize("said", ["delete my data", "stop"])
def test_a_long_wait_is_not_spoken_of_over_an_open_question_or_after_stop(said: str):
    talk = waiting()
    asked = talk.at
    talk.say(said)
    offered, replies = talk.state.offered, len(talk.replies)
    talk.event(Ticked(asked + 60))
    assert len(talk.replies) == replies
    assert talk.state.offered == offered
    assert talk.state.wake_at is not None
    assert talk.state.wake_at > asked + 60


def test_a_photo_under_the_word_new_begins_a_new_case_with_it():
    talk = waiting()
    talk.found(("NEV", "likely"))
    reply = talk.hear(Inbound("message", text="new photo", attachments=(Attachment("n"),)))
    assert reply.key == "age"
    assert talk.state.photos == ("id-n",)


@pytest.mark.parametrize("language", locales.languages())
def test_every_result_has_at_most_a_thousand_characters(language: str):
    codes = list(conditions.catalogue())
    pairs = [(a, b) for a in codes for b in codes if a != b]
    for first, second in pairs:
        for certainty in ("likely", "possible"):
            talk = waiting(age="child")
            reply = talk.found((first, certainty), (second, "possible"), unproven_skin=True, skin="6")
            labels = "\n".join(locales.render(c.label, language) for c in reply.choices)
            assert len(shown(reply, language)) + len(labels) + 40 <= 1000, (first, second)
    for reason in ("unsure", "out_of_scope", "unusable", "failed"):
        reply = waiting(age="child").found(skin="6", abstained=True, reason=reason)
        assert ids(reply)[1] == f"findings.{reason}"
        assert len(shown(reply, language)) <= 1000


def test_the_menu_fits_on_the_buttons_of_every_channel_that_has_some():
    most = min(limit.buttons for limit in LIMITS.values() if limit.buttons)
    talk = waiting()
    talk.found(("MEL", "likely"))
    assert "menu.teaching" in {choice.code for choice in results.menu(talk.state)}
    assert len(results.menu(talk.state)) <= most


def test_an_abstaining_engine_names_nothing():
    talk = waiting()
    reply = talk.found(("MEL", "likely"), abstained=True, reason="unsure")
    assert "findings.unsure" in ids(reply)
    assert "findings.likely" not in ids(reply)
    assert ids(talk.press("menu.what")) == ["condition.unknown.about"]


@pytest.mark.parametrize("skin", ["2", "5", "6", "albinism", "unknown"])
def test_unproven_skin_is_said_and_albinism_is_seen_within_a_week(skin: str):
    talk = waiting()
    assert talk.found(("NEV", "likely"), urgency="routine", skin="").key == "skin"
    reply = talk.press(f"skin.{skin}")
    assert reply.key == "findings"
    assert ("findings.unproven_skin" in ids(reply)) == (skin != "2")
    assert ids(reply)[0] == ("findings.do.week" if skin == "albinism" else "findings.do.routine")


def test_the_skin_is_not_asked_about_where_a_health_worker_looks_anyway():
    reply = waiting().found(("BCC", "likely"), urgency="week", skin="")
    assert reply.key == "findings"
    # Nobody knows whether the model has learned this skin.
    assert "findings.unproven_skin" in ids(reply)


def test_without_a_photo_albinism_is_asked_about_where_nothing_else_sends_to_a_health_worker():
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("spot")
    talk.press("photo.none", "changed.no", "bleed.no")
    assert talk.press("elevation.no").key == "skin"
    reply = talk.press("skin.albinism")
    assert (reply.key, ids(reply)[0]) == ("no_photo", "findings.do.week")


def test_a_photo_that_comes_before_the_findings_are_told_is_looked_at_with_the_others():
    talk = waiting()
    talk.plans = False
    assert talk.found(("NEV", "likely"), urgency="routine", skin="").key == "skin"
    first = talk.wanted()
    assert talk.photo("p2").key == "silence"
    assert talk.state.findings is None
    assert talk.state.case_version == first.case_version + 1
    assert talk.found(("BCC", "likely"), version=first.case_version).key == "silence"


def test_no_cancer_is_left_out_for_something_harmless():
    reply = waiting().found(("NEV", "likely"), ("SEK", "possible"), ("MEL", "possible"))
    text = shown(reply)
    assert "serious skin cancer" in text


@pytest.mark.parametrize("topic", results.TOPICS)
@pytest.mark.parametrize("code", list(conditions.everything()))
def test_every_topic_of_every_condition_is_answered(code: str, topic: str):
    talk = waiting()
    talk.found((code, "likely"))
    reply = talk.press(f"menu.{topic}")
    assert reply.key == f"answer.{topic}"
    assert shown(reply)


def test_free_text_is_matched_to_topics_and_the_rest_is_kindly_refused():
    talk = waiting()
    talk.found(("NEV", "likely"))
    assert talk.say("can my children catch it?").key == "answer.contagious"
    assert talk.say("What can I put on it").key == "answer.home"
    assert talk.say("may he go to school?").key == "answer.work"
    assert talk.say("how long does it last").key == "answer.lasts"
    assert ids(talk.say("cow!")) == ["menu.unclear"]
    assert ids(talk.say("thanks"))[0] == "menu.thanks"


def test_the_same_answers_give_the_same_text():
    one, two = waiting(), waiting()
    assert shown(one.found(("BCC", "likely"))) == shown(two.found(("BCC", "likely")))


@pytest.mark.parametrize("language", locales.languages())
def test_no_command_word_is_an_answer_word(language: str):
    commands = set().union(
        *(locales.words(f"words.{n}", language) for n in ("stop", "delete", "new", "help"))
    )
    for name in ("yes", "no", "none", "unknown"):
        assert not commands & locales.words(f"words.{name}", language)


def test_a_command_of_another_language_is_understood():
    word = sorted(locales.words("words.stop", "sw") - locales.words("words.stop", "en"))[0]
    assert waiting().say(word).key == "stop"


def test_a_word_of_the_chats_own_language_is_no_command_of_another():
    # Yes in Bengali, stop in Swahili.
    talk = Talk(hint="bn")
    talk.say("hello")
    talk.press("language.bn", "consent.yes", "age.adult", "danger1.yes")
    assert talk.replies[-1].key == "d04"
    assert talk.say("acha").key == "now"
    assert not talk.state.stopped
    talk = Talk(hint="sw")
    talk.say("habari")
    assert talk.say("acha").key == "stop"


def test_a_command_of_another_language_that_answers_the_open_question_is_the_answer():
    talk = waiting_for_danger()
    talk.press("danger1.yes")
    assert talk.say("acha").key == "now"
    # Where nothing that stands open is answered by it, it is the command.
    assert waiting().say("acha").key == "stop"


@pytest.mark.parametrize("language", locales.languages())
def test_no_word_of_a_pack_is_taken_for_a_command_of_another(language: str):
    own = {name: locales.words(f"words.{name}", language) for name in typed.COMMANDS}
    for word in locales.typed_words(language):
        meant = typed.command(word, language)
        assert not meant or word in own[meant], word


def _asked_again_as_before() -> Talk:
    """A chat of before 2026-11-26: inside an unsure group its first sign was asked a second time."""
    talk = Talk()
    talk.photo()
    talk.press("consent.yes")
    talk.say("29")
    assert talk.press("danger1.unknown").key == "d04"
    offered = ("d04again.yes", "d04again.no", "d04again.unknown")
    talk.state = replace(talk.state, answers={**talk.state.answers, "D04": "unknown"}, offered=offered)
    return talk


def test_a_sign_that_stood_open_for_a_second_time_before_an_upgrade_keeps_its_answer():
    assert _asked_again_as_before().press("d04again.yes").key == "now"
    assert _asked_again_as_before().say("yes").key == "now"
    talk = _asked_again_as_before()
    assert talk.say("no").key == "d05"
    assert (talk.state.answers["D04.again"], "D05" in talk.state.answers) == ("no", False)
    talk = _asked_again_as_before()
    assert talk.press("d04again.unknown").key == "d05"
    assert talk.state.floor is Urgency.TODAY


@pytest.mark.parametrize("text", ["yes", "1", "Yes"])
def test_a_typed_answer_never_goes_to_a_question_that_nobody_was_shown(text: str):
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult", "danger1.yes")
    assert talk.replies[-1].key == "d04"
    # Before an upgrade another question stood here.
    talk.state = replace(talk.state, offered=("d99.yes", "d99.no", "d99.unknown"))
    before = talk.state.answers
    reply = talk.say(text)
    assert (reply.key, talk.state.answers) == ("d04", before)
    assert ids(reply)[0] == "typed.unclear"
    talk.say(text)
    assert talk.state.answers["D04"] == "yes"


def test_findings_that_were_not_told_yet_leave_their_urgency_when_another_photograph_comes():
    talk = waiting()
    seen = Findings((Condition("BCC", "likely"),), Urgency.WEEK)
    # A sign that the person spoke of is asked about before what was found is told.
    talk.state = replace(talk.state, findings=seen, answers={**talk.state.answers, "D14.own": "ask"})
    assert talk.photo("p2").key == "d14"
    assert talk.press("d14.no").key == "silence"
    assert (talk.state.findings, talk.wanted().photo_ids) == (None, ("id-p1", "id-p2"))
    assert talk.wanted().floor == "week"


def test_that_a_photograph_came_is_not_said_in_the_case_after_it():
    state = replace(waiting().state, carry=(photos.GOT, "other"))
    assert photos.new_case(state).carry == ("other",)


def _unsure_spot(plans: bool = True) -> Talk:
    """A spot with an unsure group of signs that fit, each denied, and a photograph."""
    talk = Talk(plans=plans)
    talk.say("hello")
    talk.press("consent.yes", "age.adult", "danger1.none", "danger3.none")
    talk.press("shape.spot", "site.back", "danger4.unknown")
    while talk.replies[-1].key.startswith("d"):
        talk.press(f"{talk.replies[-1].key}.no")
    talk.photo()
    return talk


def _before_its_signs(talk: Talk) -> None:
    """As a version left it that did not ask all of today's signs."""
    answers = {key: said for key, said in talk.state.answers.items() if key != "D48"}
    talk.state = replace(talk.state, answers=answers)


def test_findings_that_meet_a_sign_nobody_was_asked_ask_it_and_are_told_after_it():
    talk = _unsure_spot()
    while course.part(talk.state) == "question":
        talk.press(f"{talk.replies[-1].key}.no")
    assert course.part(talk.state) == "waiting"
    _before_its_signs(talk)
    assert talk.found(("MEL", "likely"), urgency="today").key == "d48"
    assert talk.press("d48.no").key == "findings"


def test_a_plan_that_meets_a_sign_nobody_was_asked_asks_it():
    talk = _unsure_spot(plans=False)
    assert course.part(talk.state) == "planning"
    _before_its_signs(talk)
    before = len(talk.replies)
    talk.event(PlanReady(talk.state.case_version, None, talk.at))
    assert [reply.key for reply in talk.replies[before:]] == ["d48"]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("it is a burn", "wound"),
        ("not a burn, a rash", "rash"),
        ("no, a burn", "wound"),
        ("it is not a burn", None),
        ("pas une brûlure", None),
        ("ليس حرق", None),
    ],
)
def test_a_kind_of_problem_that_is_denied_is_not_taken(text: str, shape: str | None) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    reply = talk.say(text)
    assert talk.state.answers.get("shape") == shape
    assert shape or (reply.key, "typed.unclear" in ids(reply)) == ("shape", True)
