"""The tables of the community rules: nothing refers to what is not there, and every condition can be suspected."""

from __future__ import annotations

import copy

import pytest

import locales
from bot.clinical import (
    asking,
    community,
    conditions,
    danger_signs,
    follow_up,
    modifiers,
    questions,
    rows,
    weighing,
)
from bot.messages import Urgency

RULES = community.rules()
# The conditions of clinical.md section 2 that answers can speak for.
FACTS = {
    *(
        "SCABIES",
        "IMPETIGO",
        "CELLULITIS",
        "ABSCESS",
        "ULCER",
        "LEPROSY",
        "BURULI",
        "YAWS",
        "LEISH",
        "PKDL",
        "MYCETOMA",
    ),
    *(
        "LYMPH",
        "ONCHO",
        "TUNGIASIS",
        "MPOX",
        "TINEA_BODY",
        "TINEA_SCALP",
        "TINEA_FOOT",
        "ECZEMA",
        "PSORIASIS",
        "ACNE",
    ),
    *(
        "VITILIGO",
        "CONTACT",
        "URTICARIA",
        "ZOSTER",
        "CHICKENPOX",
        "WARTS",
        "MOLLUSCUM",
        "VERSICOLOR",
        "HEAT_RASH",
    ),
    *("BITES", "KELOID", "ALBINISM_SUN", "MEASLES"),
}


def test_the_conditions_are_those_of_the_facts() -> None:
    assert set(RULES) == FACTS == set(conditions.community())
    assert not set(conditions.catalogue()) & FACTS
    assert set(conditions.everything()) == FACTS | set(conditions.catalogue())
    assert conditions.entry("") is conditions.unknown()


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_refers_to_existing_questions_places_and_modifiers(rule: community.Rule) -> None:
    asked = {**questions.questions(), **questions.looks()}
    clues = (*rule.raises, *rule.lowers)
    assert {c.ask for c in clues} <= asked.keys()
    assert not rule.needs or rule.needs in asked
    for clue in rule.raises:
        if clue.says == "no":
            # A no that raises is told as a reason too.
            assert questions.questions()[clue.ask].because_no is not None, clue
    places = {s for sign in danger_signs.all_signs() for s in sign.sites} | {"nose", "lip", "ear", "arm"}
    assert rule.sites <= places
    held = {m.key for m in modifiers.modifiers()}
    for sooner in rule.sooner:
        assert sooner.by != "ask" or sooner.value in asked
        assert sooner.by != "health" or sooner.value in held
        assert sooner.urgency.rank < conditions.entry(rule.code).urgency.rank
    assert set(rule.sources) >= {"raise"}


def test_every_question_is_of_use_short_and_fits_a_kind() -> None:
    used = {c.ask for r in RULES.values() for c in (*r.raises, *r.lowers)}
    used |= {s.value for r in RULES.values() for s in r.sooner if s.by == "ask"}
    used |= {r.needs for r in RULES.values() if r.needs}
    # A look asks for signs of danger by which no condition is named.
    used |= {key for look in questions.looks().values() for key in look.asks}
    assert set(questions.questions()) <= used
    for one in questions.questions().values():
        text = locales.render(one.question, "en")
        assert len(text.split()) <= 12, text
        assert one.kinds <= set(asking.KINDS)
        assert one.kinds
        assert not one.sign or danger_signs.sign(one.sign).question == one.question
        assert not one.implies or one.implies in questions.questions()
    assert len(questions.looks()) + 1 <= 12


@pytest.mark.parametrize("language", locales.languages())
def test_every_row_speaks_through_the_catalogue(language: str) -> None:
    texts = [t for q in questions.questions().values() for t in (q.question, q.because, q.because_no) if t]
    texts += [t for look in questions.looks().values() for t in (look.label, look.because)]
    for entry in conditions.everything().values():
        texts += [
            entry.examine,
            entry.work,
            entry.lasts,
            entry.name,
            entry.about,
            entry.contagious,
            entry.home,
        ]
        texts.append(entry.when)
    for text in texts:
        assert locales.render(text, language, strict=True)


def test_every_field_names_its_source_and_no_row_is_signed_yet() -> None:
    parts = {"name", "about", "contagious", "home", "when", "examine", "work", "lasts"}
    parts |= {"urgency", "report"}
    for entry in conditions.everything().values():
        assert set(entry.sources) == parts
        assert all(source and tag in rows.TAGS for source, tag in entry.sources.values())
        assert entry.status == "unreviewed"
    for row in (*questions.questions().values(), *questions.looks().values()):
        assert row.source
        assert row.status == "unreviewed"


def test_home_care_never_says_what_the_never_list_forbids() -> None:
    never = (
        "antibiotic",
        "steroid",
        "ivermectin",
        "bleach",
        "battery",
        "urine",
        "hot oil",
        "permethrin",
        "tablet",
    )
    for entry in conditions.community().values():
        said = locales.render(entry.home, "en").lower()
        if entry.code != "PKDL":  # says what not to put on it
            assert not any(word in said for word in never), said
        for word in ("acid", "dung", "squeeze", "cut it", "aspirin", "lighter", "dig"):
            if word in said:
                assert any(no in said for no in ("not ", "no ", "stop ")), said


def _case(kind: str, age: str, site: str, said: dict[str, str]) -> weighing.Case:
    return weighing.Case(kind, age, site, "none", said)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_each_condition_is_named_by_some_answers(rule: community.Rule) -> None:
    looks = questions.looks()
    yes_no = {c.ask: c.says for c in rule.raises if c.ask not in looks}
    age = next(iter(sorted(rule.ages)), "adult")
    site = next(iter(sorted(rule.sites)), "many")
    chosen = [c.ask for c in rule.raises if c.ask in looks] or [""]
    found = [
        weighing.verdict(_case(kind, age, site, {**yes_no, **({look: "yes"} if look else {})}))
        for kind in sorted(rule.kinds)
        for look in chosen
    ]
    assert any(rule.code in [c.code for c in v.named] for v in found)


def test_a_strong_sign_that_few_have_makes_a_condition_possible_by_itself() -> None:
    for rule in RULES.values():
        strong = [c for c in rule.raises if c.strength == "strong" and c.says == "yes"]
        asked = questions.questions()
        seldom = [c for c in strong if c.ask not in asked or asked[c.ask].background != "often"]
        assert seldom, rule.code
        for clue in seldom:
            kind = "rash" if "rash" in rule.kinds else "other"
            sums = weighing.weighed(_case(kind, "", "", {clue.ask: clue.says}))
            n = next(i for i, r in enumerate(weighing.sheet(kind).rules) if r.code == rule.code)
            assert sums[n] >= weighing.POSSIBLE, (rule.code, clue)


@pytest.mark.parametrize(
    ("said", "urgency"),
    [
        ({"numb": "yes"}, Urgency.WEEK),
        ({"numb": "yes", "weak": "yes"}, Urgency.TODAY),
        ({"crust": "yes"}, Urgency.TODAY),  # in many places
        ({"crust": "yes", "fever": "yes"}, Urgency.TODAY),
        ({"glands": "yes", "look_blisters": "yes"}, Urgency.TODAY),
        ({}, Urgency.WEEK),
        ({"look_patch": "yes", "milk_white": "yes"}, Urgency.ROUTINE),
        # A thing that is only possible is no reason to come later.
        ({"dimple": "yes"}, Urgency.WEEK),
    ],
)
def test_how_soon_follows_from_what_is_possible(said: dict[str, str], urgency: Urgency) -> None:
    assert weighing.verdict(_case("rash", "adult", "many", said)).urgency is urgency


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kinds", ["swelling"]),
        ("ages", ["old"]),
        ("raise", {"source": "x", "tag": "read", "very": ["itch"]}),
        ("raise", {"tag": "read", "strong": ["itch"]}),
        ("sooner", [{"ask": "fever", "health": "frail", "urgency": "today", "source": "x", "tag": "read"}]),
        ("uncleared", ["nothing"]),
    ],
)
def test_a_rule_that_its_schema_does_not_allow_is_refused(key: str, value: object) -> None:
    document = copy.deepcopy(dict(rows.document("community.yaml")))
    document["conditions"]["SCABIES"][key] = value  # type: ignore[index]
    with pytest.raises(rows.BadRow):
        community.parse(document)


def test_an_answer_that_both_raises_and_lowers_is_refused() -> None:
    document = copy.deepcopy(dict(rows.document("community.yaml")))
    document["conditions"]["SCABIES"]["lower"]["some"].append("itch")  # type: ignore[index]
    with pytest.raises(rows.BadRow):
        community.parse(document)


def test_every_reminder_is_of_a_condition_that_may_be_found() -> None:
    listed = set(follow_up.table().by_code)
    assert listed <= {code.lower() for code in conditions.everything()}
    reportable = {c.code.lower() for c in conditions.community().values() if c.report}
    # Who is to go today is asked the day after, whatever it is.
    assert reportable - listed == {"mpox", "measles"}


def test_an_answer_to_a_sign_of_danger_answers_its_question() -> None:
    base = {"age": "adult", "shape": "rash", "health": "none", "site": "arm"}
    assert questions.known({**base, "D44": "yes"})["numb"] == "yes"
    assert questions.known({**base, "D44": "unknown", "D44.again": "no"})["numb"] == "no"
    assert "numb" not in questions.known({**base, "D44": "unknown", "D44.again": "unknown"})
    assert questions.known({**base, "D44.own": "yes"})["numb"] == "yes"
    shown = {s.id for s in danger_signs.fitting("adult", "rash", "arm")}
    assert ("numb" in questions.known({**base, "group4": "none"})) == ("D44" in shown)
    assert questions.known({**base, "look": "crust"})["crust"] == "yes"
    assert questions.known({**base, "itch_night": "yes"})["itch"] == "yes"
    assert questions.known({**base, "itch_night": "no"}).get("itch") is None


@pytest.mark.parametrize(("site", "urgency"), [("arm", Urgency.WEEK), ("many", Urgency.TODAY)])
def test_crusted_sores_in_many_places_are_seen_today(site: str, urgency: Urgency) -> None:
    verdict = weighing.verdict(_case("rash", "child", site, {"look_crust": "yes", "crust": "yes"}))
    assert verdict.named[0].code == "IMPETIGO"
    assert verdict.urgency is urgency


@pytest.mark.parametrize(("walks", "urgency"), [("no", Urgency.WEEK), ("yes", Urgency.TODAY)])
def test_who_cannot_walk_for_fleas_in_the_feet_is_seen_today(walks: str, urgency: Urgency) -> None:
    told = {"shape": "rash", "age": "child", "site": "leg_foot", "group4": "none", "look": "bumps"}
    told |= {"mpox_contact": "no", "dark_point": "yes"}
    assert asking.following(told) == "no_walk"
    case = weighing.case_of({**told, "no_walk": walks})
    assert "TUNGIASIS" in [c.code for c in weighing.verdict(case).named]
    assert weighing.verdict(case).urgency is urgency
