"""A rash and other wounds are asked about and answered by the rules, without a photograph and without a model."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

import locales
from bot.clinical import conditions, questions, weighing
from bot.conversation import course, reminding, results, saying
from bot.conversation.events import DropPhotos, WantAnswer, WantFindings
from bot.messages import Condition, Findings, Reply, Urgency, worst
from tests.bot.conversation.talk import Talk, ids, shown

LANGUAGES = locales.languages()
ITCHY = {"look": "itchy", "itch_night": "yes", "home_itch": "yes", "webs": "yes"}


def longest(language: str) -> int:
    """Characters of the longest reply. Some languages run a quarter longer than English; WhatsApp takes 1600."""
    return 1000 if language in ("en", "sw", "ar") else 1300


def begun(language: str = "en", age: str = "adult", photo: bool = False) -> Talk:
    """A talk that has come to the kind of problem."""
    talk = Talk()
    if photo:
        talk.photo()
    else:
        talk.say("hello")
    if language != "en":
        talk.press(f"language.{language}")
    talk.press("consent.yes")
    talk.no_danger(age)
    return talk


def through(talk: Talk, truth: Mapping[str, str]) -> Reply:
    """Answers what the rules ask; no, and for the look don't know, where nothing is said."""
    asked = 0
    while course.part(talk.state) == "rule":
        key = course.rule_question(talk.state)
        offered = saying.present(talk.state)
        assert f"{key}.{truth.get(key, 'unknown')}" in [c.code for c in offered.choices]
        talk.press(f"{key}.{truth.get(key, 'unknown' if key == questions.LOOK else 'no')}")
        asked += 1
        assert asked <= 4
    return talk.well()


def read_aloud(talk: Talk, language: str) -> None:
    """Every reply is whole in the language, and no reply is longer than a phone shows."""
    for reply in talk.replies:
        for text in (*reply.paragraphs, *(c.label for c in reply.choices)):
            assert locales.render(text, language, strict=True)
        assert len(shown(reply, language)) <= longest(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_itchy_rash_leads_to_suspected_scabies_with_its_reasons(language: str) -> None:
    talk = begun(language, photo=True)
    talk.kind("rash", "many")
    reply = through(talk, ITCHY)
    assert reply.key == "findings"
    assert ids(reply)[0] == "findings.do.week"
    assert "findings.because" in ids(reply)
    assert ids(reply).count("findings.photo_kept") == 1
    assert {"examine.scabies", "findings.report", "findings.rules.not_diagnosis"} <= set(ids(reply))
    found = talk.state.findings
    assert found is not None
    assert found.basis == "rules"
    assert found.conditions == (Condition("SCABIES", "likely"),)
    assert "because.home_itch" in found.reasons
    assert not any(isinstance(e, WantFindings | DropPhotos) for e in talk.effects)
    assert talk.state.photos == ("id-p1",)
    for topic, said in (
        ("what", "condition.scabies.about"),
        ("contagious", "contagious.close"),
        ("home", "home.scabies"),
        ("work", "work.treated_day"),
        ("lasts", "lasts.scabies"),
        ("danger", "menu.danger.soon"),
        ("when", "sooner.kidney"),
    ):
        assert said in ids(talk.press(f"menu.{topic}"))
    read_aloud(talk, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_numb_patch_leads_to_suspected_leprosy_and_where_to_be_examined(language: str) -> None:
    talk = begun(language, age="middle")
    talk.press("shape.rash", "site.arm", "danger4.yes")
    while course.part(talk.state) == "danger":
        question = talk.replies[-1].key
        talk.press(f"{question}.{'yes' if question == 'd44' else 'no'}")
    assert talk.well().key == questions.LOOK
    reply = through(talk, {"look": "patch", "itch": "no"})
    assert {"findings.because", "examine.leprosy", "findings.report"} <= set(ids(reply))
    found = talk.state.findings
    assert found is not None
    assert [c.code for c in found.conditions] == ["LEPROSY"]
    assert found.reasons[0] == "because.numb"
    assert course.urgency(talk.state) is Urgency.WEEK
    assert ids(talk.press("menu.contagious")) == ["contagious.leprosy"]
    read_aloud(talk, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_baby_with_a_rash_is_seen_today_and_the_rules_do_not_guess(language: str) -> None:
    talk = begun(language, age="infant", photo=True)
    reply = talk.press("shape.rash", "danger4.none")
    assert reply.key == "infant"
    assert ids(reply)[0] == "findings.do.today"
    assert talk.state.findings is None
    assert DropPhotos(photo_ids=("id-p1",)) in talk.effects
    read_aloud(talk, language)


def test_a_child_with_crusts_hears_of_an_infection_that_can_pass_on() -> None:
    talk = begun(age="child")
    talk.kind("rash", "face")
    reply = through(talk, {"look": "crust"})
    assert "findings.because" in ids(reply)
    assert "IMPETIGO" in [c.code for c in talk.state.findings.conditions]  # type: ignore[union-attr]
    assert "work.crust" in ids(talk.say("may she go to school?"))


def test_where_nothing_stands_out_a_trained_person_looks_within_a_week() -> None:
    talk = begun()
    talk.kind("rash", "many")
    reply = through(talk, {})
    assert ids(reply) == [
        "findings.do.week",
        "findings.unsure",
        "sent.rash_today",
        "findings.rules.not_diagnosis",
    ]
    assert ids(talk.press("menu.what")) == ["condition.unknown.about"]


def test_a_wound_that_is_neither_bite_nor_burn_is_asked_about_like_a_rash() -> None:
    talk = begun(age="child")
    talk.kind("wound", "leg_foot", "other")
    reply = through(talk, {"opened": "yes", "hurt": "no", "still_water": "yes"})
    assert reply.key == "findings"
    assert "BURULI" in [c.code for c in talk.state.findings.conditions]  # type: ignore[union-attr]
    assert "examine.buruli" in ids(reply)


def test_a_sign_of_danger_that_the_rules_ask_raises_the_floor_like_any() -> None:
    talk = begun()
    talk.kind("rash", "many")
    while course.part(talk.state) == "rule" and course.rule_question(talk.state) != "hot_swollen":
        key = course.rule_question(talk.state)
        talk.press(f"{key}.{'swelling' if key == 'look' else 'no'}")
    assert course.rule_question(talk.state) == "hot_swollen"
    assert talk.press("hot_swollen.yes").key == "health"
    talk.well()
    assert talk.state.answers["D14"] == "yes"
    assert talk.state.floor is Urgency.TODAY
    through(talk, {})
    assert ids(talk.replies[-1])[0] == "findings.do.today"


def test_answers_are_typed_too_in_any_language() -> None:
    talk = begun()
    talk.kind("rash", "many")
    assert talk.say("small bumps that itch").key != "look"
    assert talk.state.answers["look"] == "itchy"
    key = course.rule_question(talk.state)
    talk.say("ndiyo")
    assert talk.state.answers[key] == "yes"


def test_a_photograph_after_the_result_of_a_rash_stays_with_the_case_and_is_not_judged() -> None:
    talk = begun()
    talk.kind("rash", "many")
    through(talk, ITCHY)
    version = talk.state.case_version
    reply = talk.photo("late")
    assert "findings.photo_kept" in ids(reply)
    assert talk.state.case_version == version
    assert talk.state.photos == ("id-late",)
    assert "findings.photo_kept" not in ids(talk.photo("later"))
    assert not any(isinstance(e, WantFindings) for e in talk.effects)


def test_what_rules_found_is_not_asked_of_the_language_model() -> None:
    talk = begun()
    talk.kind("rash", "many")
    through(talk, ITCHY)
    assert ids(talk.say("can I swim with it in the sea?")) == ["menu.unclear"]
    assert not any(isinstance(e, WantAnswer) for e in talk.effects)


# A single spot: the rules join what the model found


def spot_with(talk: Talk, *, d44: str = "no", **photo: str) -> Reply:
    """A spot with its signs asked one by one, to the question before the findings."""
    reply = talk.press("shape.spot", "site.arm", "danger4.yes")
    while course.part(talk.state) == "danger":
        question = talk.replies[-1].key
        reply = talk.press(f"{question}.{d44 if question == 'd44' else 'no'}")
    reply = talk.well(reply)
    while course.part(talk.state) == "question":
        reply = talk.press(f"{reply.key}.no")
    return reply


def test_a_numb_spot_joins_the_models_findings_with_its_reason() -> None:
    talk = begun(photo=True)
    assert spot_with(talk, d44="yes").key == "silence"
    reply = talk.found(("NEV", "likely"), ("SEK", "possible"), urgency="routine")
    assert [c.code for c in results.named(talk.state)] == ["NEV", "LEPROSY"]
    assert ids(reply)[0] != "findings.do.routine"
    assert {"findings.likely", "findings.also", "findings.because", "examine.leprosy"} <= set(ids(reply))


def test_a_cancer_that_the_model_found_is_never_displaced() -> None:
    talk = begun(photo=True)
    spot_with(talk, d44="yes")
    talk.found(("BCC", "possible"), ("MEL", "possible"), urgency="week")
    assert [c.code for c in results.named(talk.state)] == ["BCC", "MEL"]


def test_where_the_model_abstains_the_rules_may_name_what_answers_raise() -> None:
    talk = begun(photo=True)
    spot_with(talk, d44="yes")
    reply = talk.found(abstained=True, reason="unsure", urgency="week")
    assert [c.code for c in results.named(talk.state)] == ["LEPROSY"]
    assert talk.state.findings is not None
    assert talk.state.findings.basis == "rules"
    assert "findings.rules.possible" in ids(reply)


def test_a_spot_without_such_an_answer_keeps_the_models_findings_as_they_are() -> None:
    talk = begun(photo=True)
    spot_with(talk)
    talk.found(("NEV", "likely"), urgency="routine", basis="model")
    assert talk.state.findings == Findings((Condition("NEV", "likely"),), Urgency.ROUTINE, basis="model")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_of_the_rules_fits_a_phone(language: str) -> None:
    """Any two conditions, with the three longest reasons that the two have."""
    start = begun(photo=True)
    start.kind("rash", "many")
    through(start, ITCHY)
    labels = "\n".join(locales.render(c.label, language) for c in results.menu(start.state))
    every = {
        code: sorted(
            weighing.reasons(
                weighing.Case(
                    "", "", "", "", dict.fromkeys([*questions.questions(), *questions.looks()], "yes")
                ),
                (code,),
                most=20,
            ),
            key=lambda name: -len(locales.render(locales.Text(name), language)),
        )
        for code in conditions.community()
    }
    for first, second in itertools.permutations(conditions.community(), 2):
        for certainty in ("likely", "possible"):
            why = sorted(
                {*every[first], *every[second]},
                key=lambda name: -len(locales.render(locales.Text(name), language)),
            )
            found = Findings(
                (Condition(first, certainty), Condition(second, "possible")),  # type: ignore[arg-type]
                worst(Urgency.WEEK, *(conditions.entry(code).urgency for code in (first, second))),  # type: ignore[arg-type]
                reasons=tuple(why[:3]),
                basis="rules",
            )
            object.__setattr__(start.state, "findings", found)
            length = len(shown(results.result(start.state), language)) + len(labels) + 40
            assert length <= longest(language), (first, second, length)


def test_a_rash_that_got_worse_is_asked_about_anew() -> None:
    talk = begun()
    talk.kind("rash", "many")
    through(talk, ITCHY)
    talk.state = reminding.reopened(talk.state)
    assert not {questions.LOOK, *questions.questions()} & set(talk.state.answers)
    talk.press("danger1.none", "danger3.none", "danger4.none")
    assert course.rule_question(talk.state) == questions.LOOK
    assert through(talk, {"look": "crust"}).key == "findings"


@pytest.mark.parametrize("look", ["swelling", "lumps", "crust", "unknown"])
def test_a_hot_swollen_leg_that_was_called_a_rash_is_seen_today(look: str) -> None:
    """D14 has no line in the message of a rash: the rules ask it first of what can look like it."""
    talk = begun()
    talk.press("shape.rash", "site.leg_foot", "danger4.none")
    reply = talk.press(f"look.{look}")
    assert (reply.key, ids(reply)) == ("hot_swollen", ["danger.sign.d14"])
    talk.press("hot_swollen.yes")
    assert talk.state.floor is Urgency.TODAY
    through(talk, {})
    assert course.urgency(talk.state) is Urgency.TODAY


def test_a_sign_that_had_no_line_is_asked_of_a_rash_that_looks_like_it_and_no_other_twice() -> None:
    child = begun(age="child")
    child.press("shape.rash", "site.many", "danger4.none")
    assert child.press("look.blisters").key == "mpox_contact"
    assert child.press("mpox_contact.yes").key != "mpox_contact"
    assert child.state.floor is Urgency.TODAY
    numb = begun(age="child")
    numb.press("shape.rash", "site.many", "danger4.none")
    assert numb.press("look.patch").key == "numb"
    assert numb.press("numb.no").key == "purple"
    # Of an adult it stood in the message.
    adult = begun()
    adult.press("shape.rash", "site.back", "danger4.none", "look.blisters")
    assert adult.replies[-1].key != "mpox_contact"


@pytest.mark.parametrize(
    ("shape", "place"), [("spot", "leg_foot"), ("spot", "back"), ("rash", "face"), ("rash", "trunk")]
)
def test_purple_painless_patches_are_asked_where_the_problem_fits_and_seen_within_a_week(
    shape: str, place: str
) -> None:
    talk = begun()
    talk.press(f"shape.{shape}")
    group = talk.press(f"site.{place}")
    assert "danger.sign.d49" in str(group.paragraphs)
    talk.press("danger4.yes")
    for _ in range(12):
        if (key := talk.replies[-1].key) == "d49":
            break
        talk.press(f"{key}.no")
    talk.press("d49.yes")
    assert talk.state.floor is Urgency.WEEK
    assert talk.replies[-1].key == "health", "what raises a sign raises this one"
    talk.press("health.weak_immunity")
    assert talk.state.floor is Urgency.TODAY


def test_a_patch_on_the_leg_is_asked_for_purple_by_the_rules_and_nothing_is_named_for_it() -> None:
    talk = begun()
    group = talk.press("shape.rash", "site.leg_foot")
    assert "danger.sign.d49" not in str(group.paragraphs), "the message is full"
    talk.press("danger4.none", "look.lumps", "hot_swollen.no")
    assert ids(talk.replies[-1]) == ["danger.sign.d49"]
    talk.press("purple.yes")
    assert (talk.state.answers["D49"], talk.state.floor) == ("yes", Urgency.WEEK)
    through(talk, {})
    assert "because.purple" not in str(talk.replies)


def test_a_burned_baby_is_go_now_with_the_first_aid_of_a_burn_and_nothing_is_asked() -> None:
    talk = begun(age="infant")
    reply = talk.press("shape.burn")
    assert reply.key == "now"
    assert "now.aid.burn" in ids(reply)


@pytest.mark.parametrize(
    ("health", "key"), [("pregnant", "now"), ("diabetes", "danger4"), ("none", "danger4")]
)
def test_a_burn_of_somebody_who_said_before_that_she_is_pregnant_is_go_now(health: str, key: str) -> None:
    talk = begun()
    talk.state = replace(talk.state, answers={**talk.state.answers, "health": health})
    assert talk.press("shape.burn").key == key


def test_who_denied_the_signs_of_a_burn_is_not_asked_about_health_for_them() -> None:
    talk = begun()
    assert "sent.now.burn" in ids(talk.press("shape.burn", "danger4.none"))


@pytest.mark.parametrize(
    ("wound", "when"), [("burn", ["sent.now.burn"]), ("bite", ["sent.now.bite", "sent.now.blood"])]
)
def test_a_burn_is_not_told_what_a_bite_is_told(wound: str, when: list[str]) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("wound", wound=wound)
    told = ids(talk.replies[-1])
    assert [one for one in told if one.startswith("sent.now.")] == when
    assert ids(talk.press("menu.when")) == ["findings.do.today", *when]


def test_a_burn_of_a_small_child_of_pregnancy_or_with_smoke_is_go_now() -> None:
    talk = begun(age="child")
    talk.press("shape.burn", "danger4.yes", "d02.no", "d03.no", "d28.no", "d29.no", "d30.no")
    assert ids(talk.replies[-1]) == ["danger.sign.d46"]
    assert talk.press("d46.yes").key == "now"
    assert "now.aid.burn" in ids(talk.replies[-1])


@pytest.mark.parametrize("site", ["lip", "ear"])
def test_any_spot_on_a_lip_or_an_ear_is_seen_within_a_week(site: str) -> None:
    talk = begun()
    talk.press("shape.spot", f"site.{site}", "danger4.none", "photo.none")
    assert course.urgency(talk.state) is Urgency.WEEK
    # Of a rash there the rules decide.
    assert course.symptoms.raised_by({"shape": "rash", "site": site}) is None


def asked_of_crusts() -> Talk:
    """The rules ask of a crusted rash whether the skin is hot, swollen and painful (D14)."""
    talk = begun()
    talk.kind("rash", "arm")
    talk.press("look.crust")
    assert course.rule_question(talk.state) == "hot_swollen"
    return talk


def test_who_does_not_know_a_sign_that_the_rules_ask_is_asked_again_and_then_seen_today() -> None:
    talk = asked_of_crusts()
    reply = talk.press("hot_swollen.unknown")
    assert reply.key == "d14again"
    assert ids(reply)[0] == "danger.again"
    talk.press("d14again.unknown")
    reply = through(talk, {})
    assert ids(reply)[0] == "findings.do.today"


@pytest.mark.parametrize(("answer", "soon"), [("no", "week"), ("yes", "today")])
def test_what_is_answered_the_second_time_counts(answer: str, soon: str) -> None:
    talk = asked_of_crusts()
    talk.press("hot_swollen.unknown", f"d14again.{answer}")
    assert questions.known(talk.state.answers).get("hot_swollen") == answer
    talk.well()
    assert ids(through(talk, {}))[0] == f"findings.do.{soon}"


def test_what_is_seen_today_already_is_not_asked_again() -> None:
    talk = begun()
    talk.press("shape.rash", "site.arm", "danger4.yes")
    while talk.replies[-1].key.startswith("d"):
        key = talk.replies[-1].key
        talk.press(f"{key}.{'yes' if key == 'd34' else 'no'}")
    talk.well()
    talk.press("look.crust")
    assert talk.state.floor is Urgency.TODAY
    if course.rule_question(talk.state) == "hot_swollen":
        assert talk.press("hot_swollen.unknown").key != "d14again"
