"""Whether others can catch it, work and home: an answer comes before a name, and the most careful name before the others."""

from __future__ import annotations

import itertools

import pytest

from bot.clinical import conditions, questions
from bot.conversation import course, followup, others, results
from bot.conversation.desk import professional
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Condition, Findings, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids

FREE = {"contagious.unlikely", "contagious.leprosy", "contagious.insects", "contagious.ground", "work.may"}


def through(talk: Talk, look: str, **answers: str) -> Reply:
    """The rash to its end: these answers, and no to the rest."""
    for _ in range(25):
        reply = talk.replies[-1]
        if course.part(talk.state) in (*course.RESULTS, "refused", "now"):
            return reply
        if reply.key == "health":
            talk.press("health.none")
        elif reply.key == questions.LOOK:
            talk.press(f"look.{look}")
        else:
            talk.press(f"{reply.key}.{answers.get(reply.key, 'no')}")
    raise AssertionError(talk.replies[-1])


def rash(age: str, consent: str = "yes") -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press(f"consent.{consent}")
    talk.no_danger(age)
    talk.press("shape.rash", "site.trunk")
    return talk


def about(talk: Talk, topic: str) -> list[str]:
    return ids(followup.answer(talk.state, (topic,)))


@pytest.mark.parametrize("look", ["weals", "dry", "patch", "bumps", "unknown"])
@pytest.mark.parametrize(
    ("sign", "age", "home"), [("d36", "adult", "home.apart"), ("d37", "child", "home.rest")]
)
def test_contact_with_mpox_and_signs_of_measles_decide_whatever_is_named(
    sign: str, age: str, home: str, look: str
) -> None:
    talk = rash(age)
    talk.press("danger4.yes")
    reply = through(talk, look, **{sign: "yes"})
    assert ids(reply).index("findings.apart") <= 2
    assert about(talk, "contagious") == ["contagious.easy"]
    assert about(talk, "work")[0] == "work.apart"
    assert not FREE & set(about(talk, "work"))
    assert home in about(talk, "home")
    assert {"home.leprosy", "home.weals", "home.scale"}.isdisjoint(about(talk, "home"))


def test_shingles_told_by_a_sign_are_kept_covered_until_they_are_dry() -> None:
    talk = rash("adult")
    talk.press("danger4.yes")
    through(talk, "dry", d35="yes")
    assert about(talk, "contagious")[0] == "contagious.zoster"
    assert about(talk, "work")[0] == "work.crusts"
    assert "home.zoster" in about(talk, "home")


def test_crops_of_blisters_are_kept_from_others() -> None:
    talk = rash("child")
    talk.press("danger4.none")
    object.__setattr__(talk.state, "answers", {**talk.state.answers, "crops": "yes"})
    assert others.catching(talk.state)[0].id == "contagious.easy"
    assert others.work(talk.state)[0].id == "work.crusts"
    assert results.apart(talk.state)


def test_who_says_no_to_photographs_hears_it_too() -> None:
    talk = rash("adult", consent="no")
    talk.press("danger4.yes")
    reply = through(talk, "weals", d36="yes")
    assert reply.key == "refused"
    assert "findings.apart" in ids(reply)


def test_a_rash_without_such_an_answer_keeps_nobody_apart() -> None:
    talk = rash("adult")
    talk.press("danger4.none")
    reply = through(talk, "weals")
    assert "findings.apart" not in ids(reply)
    assert about(talk, "contagious") == ["contagious.unlikely"]


def test_a_health_worker_is_told_to_keep_the_patient_apart() -> None:
    talk = rash("adult")
    talk.press("danger4.yes")
    through(talk, "weals", d36="yes")
    case = Case("K7-42", talk.state, opened_at=0.0, touched_at=0.0)
    assert ids(professional.answer(case, Around(())))[1] == "desk.apart"


def test_of_two_names_no_two_opposite_answers_are_said() -> None:
    talk = rash("adult")
    talk.press("danger4.none")
    through(talk, "weals")
    for first, second in itertools.permutations(conditions.community(), 2):
        named = (Condition(first, "possible"), Condition(second, "possible"))
        object.__setattr__(talk.state, "findings", Findings(named, Urgency.WEEK, basis="rules"))
        for topic in ("contagious", "work"):
            said = {name for name in about(talk, topic) if name.startswith(f"{topic}.")}
            assert len(said) == 1 or not FREE & said or said == {"contagious.insects", "contagious.ground"}
        if "home.apart" in about(talk, "home"):
            assert "home.leprosy" not in about(talk, "home")


@pytest.mark.parametrize(
    ("names", "catching", "work"),
    [
        (("ACNE", "MPOX"), ["contagious.easy"], "work.apart"),
        (("BITES", "ZOSTER"), ["contagious.zoster"], "work.crusts"),
        (("CELLULITIS", "LYMPH"), ["contagious.insects"], "work.rest"),
        (("IMPETIGO", "CONTACT"), ["contagious.touch"], "work.crust"),
        (("SCABIES", "IMPETIGO"), ["contagious.close", "contagious.touch"], "work.crust"),
    ],
)
def test_the_more_careful_of_two_is_said_alone(
    names: tuple[str, str], catching: list[str], work: str
) -> None:
    talk = rash("adult")
    talk.press("danger4.none")
    through(talk, "weals")
    named = tuple(Condition(name, "possible") for name in names)
    object.__setattr__(talk.state, "findings", Findings(named, Urgency.WEEK, basis="rules"))
    assert about(talk, "contagious") == catching
    assert about(talk, "work")[0] == work


def test_every_answer_of_the_rows_has_a_place_in_the_order() -> None:
    for entry in conditions.everything().values():
        assert any(entry.contagious.id in level for level in others._CATCHING)
        assert any(entry.work.id in level for level in others._WORK)
    assert {one.speaks_for for one in questions.questions().values()} - {""} <= set(conditions.community())
