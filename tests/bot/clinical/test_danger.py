from __future__ import annotations

import csv
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import locales
from bot.clinical import danger_signs, modifiers, questions
from bot.clinical.danger import assess, group_signs
from bot.clinical.danger_signs import AGES, GROUPS, KINDS, all_signs, fitting, sign
from bot.conversation.questions import PLACES, SITE_REGION
from bot.messages import Urgency, worst

SITES = (*dict.fromkeys((*SITE_REGION, *PLACES)), "")
HEALTH = ("none", "unknown", *modifiers.asked())
PROBLEM = st.fixed_dictionaries(
    {
        "health": st.sampled_from(HEALTH),
        "shape": st.sampled_from(["spot", "rash", "wound"]),
        "wound_kind": st.sampled_from(["bite", "burn", "other"]),
        "site": st.sampled_from([s for s in SITES if s]),
    }
)
KEYS = [
    *(f"group{n}" for n in GROUPS),
    *(s.id + more for s in all_signs() for more in ("", ".again", ".also", ".own")),
]
SAID = st.sampled_from(["yes", "no", "unknown", "none", "ask"])
ANSWERS = st.builds(
    lambda problem, told: problem | told,
    st.one_of(st.just({}), PROBLEM),
    st.dictionaries(st.sampled_from(KEYS), SAID),
)


@given(st.sampled_from(AGES), ANSWERS, st.sampled_from(KEYS), SAID)
def test_one_answer_more_never_lowers_an_urgency(age: str, answers: dict[str, str], key: str, said: str):
    before = assess(age, answers).urgency
    after = assess(age, {key: said, **answers}).urgency
    assert worst(before, after) == after


@given(st.sampled_from(AGES), ANSWERS, st.sampled_from(KEYS))
def test_a_no_reaches_nothing_by_itself_and_takes_nothing_away(age: str, answers: dict[str, str], key: str):
    others = {k: v for k, v in answers.items() if k != key and not k.startswith("group")}
    assert assess(age, {**others, key: "no"}).urgency == assess(age, others).urgency


@given(st.sampled_from(AGES), ANSWERS)
def test_a_sign_that_is_yes_reaches_at_least_its_urgency_in_any_company(age: str, answers: dict[str, str]):
    reached = assess(age, answers).urgency
    held = {age} & {"infant", "older"} | ({answers.get("health", "")} - {"", "none", "unknown"})
    for one in all_signs():
        if (answers.get(one.id) == "yes" and one.also is None) or answers.get(f"{one.id}.own") == "yes":
            least = Urgency(one.urgency)
            if held - one.counts:
                least = {"week": Urgency.TODAY, "today": Urgency.NOW, "now": Urgency.NOW}[least.value]
            assert reached is not None
            assert reached.rank <= least.rank, one.id


@given(st.sampled_from(AGES), ANSWERS, st.sets(st.sampled_from([m.key for m in modifiers.modifiers()])))
def test_modifiers_raise_what_was_reached_by_at_most_one_step_and_nothing_else(
    age: str, answers: dict[str, str], held: set[str]
):
    plain = {**answers, "health": "none"} if "health" in answers else answers
    before = assess(age, plain, known=False).urgency
    after = assess(age, plain, frozenset(held), known=False).urgency
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert 0 <= before.rank - after.rank <= 1


@pytest.mark.parametrize("key", [m.key for m in modifiers.modifiers()])
def test_each_modifier_raises_today_to_now_and_week_to_today(key: str):
    for one in all_signs():
        left_out = one.urgency is Urgency.NOW or one.when == "heard" or key in ("infant", "older")
        if left_out or key in one.counts:
            continue
        answers = {"health": key, one.id: "yes"}
        assert assess("adult", {**answers, "health": "none"}).urgency is one.urgency
        raised = assess("adult", answers).urgency
        assert raised is (Urgency.NOW if one.urgency is Urgency.TODAY else Urgency.TODAY)
    by_age = {"infant": "infant", "older": "older"}
    if key in by_age:
        assert assess(by_age[key], {"D14": "yes"}).urgency is Urgency.NOW


def _asked(age: str, replies: dict[str, str], problem: dict[str, str] | None = None):
    """Answers what is asked until nothing is; 'no' and 'none' unless `replies` says otherwise."""
    told: dict[str, str] = dict(problem or {})
    order = []
    while (following := assess(age, told).next) is not None:
        assert len(order) < 100
        if following.kind == "group":
            key = f"group{following.group}"
        else:
            assert following.sign
            key = following.sign.id + ("" if following.kind == "sign" else f".{following.kind}")
        order.append(key)
        told[key] = replies.get(key, "none" if following.kind == "group" else "no")
    return assess(age, told).urgency, order


TRUTHS = st.fixed_dictionaries(
    {
        **{f"group{n}": st.sampled_from(["none", "yes", "unknown"]) for n in GROUPS},
        **{
            s.id + more: st.sampled_from(["yes", "no", "unknown"])
            for s in all_signs()
            for more in ("", ".again", ".also")
        },
    }
)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(AGES),
    PROBLEM,
    TRUTHS,
    st.dictionaries(st.sampled_from([f"{s.id}.own" for s in all_signs()]), st.sampled_from(["yes", "ask"])),
)
def test_a_question_that_is_spared_would_have_changed_nothing(
    age: str, problem: dict[str, str], truth: dict[str, str], own: dict[str, str]
):
    """Whoever is asked what is left of the opened groups too and answers yes or no reaches the same, with any modifier.

    A "don't know" to what was spared is never heard: beside a sign that was found it would have made a week a day (rule 3).
    """
    told = {**problem, **own}
    while (following := assess(age, told).next) is not None:
        key = f"group{following.group}" if following.kind == "group" else ""
        if following.sign is not None:
            key = following.sign.id + ("" if following.kind == "sign" else f".{following.kind}")
        told[key] = truth[key]
    reached = assess(age, told).urgency
    if reached is Urgency.NOW:
        return
    more = dict(told)
    for group in (g for g in GROUPS if told.get(f"group{g}") in ("yes", "unknown")):
        # Inside an unsure group nothing is asked a second time.
        parts = ("", ".also", ".again") if told[f"group{group}"] == "yes" else ("", ".also")
        for one in (s for s in group_signs(age, group, told) if s.id not in told):
            more |= {one.id + part: truth[one.id + part].replace("unknown", "no") for part in parts}
    for held in (frozenset[str](), frozenset({"diabetes"})):
        assert assess(age, more, held).urgency is assess(age, told, held).urgency


def test_an_unsure_group_asks_nothing_that_is_less_pressing_than_what_was_reached():
    spot = {"health": "none", "shape": "spot", "site": "back"}
    unsure = {"group4": "unknown", "D14": "unknown"}
    assert _asked("adult", unsure, spot) == (
        Urgency.TODAY,
        ["group1", "group3", "group4", "D14", "D36"],
    )
    assert "D41" in _asked("adult", {**unsure, "D14": "no"}, spot)[1]


def test_an_adult_without_signs_is_asked_three_messages_and_a_fourth_where_the_problem_is_known():
    assert _asked("adult", {}) == (None, ["group1", "group3"])
    spot = {"health": "none", "shape": "spot", "site": "back"}
    assert _asked("adult", {}, spot) == (None, ["group1", "group3", "group4"])


def _problems():
    for kind, site in itertools.product(KINDS, SITES):
        wound = kind in ("bite", "burn", "other")
        shape = {"shape": "wound", "wound_kind": kind} if wound else {"shape": kind}
        yield kind, site, {"health": "none", **shape, **({"site": site} if site else {})}


@pytest.mark.parametrize("kind", ["burn", "bite"])
@pytest.mark.parametrize(("age", "health"), [("infant", ""), ("adult", "pregnant"), ("child", "pregnant")])
def test_a_burn_of_a_baby_or_in_pregnancy_is_now_whatever_was_denied(age: str, health: str, kind: str):
    told = {"shape": "wound", "wound_kind": kind, "health": health, "group4": "none", "D46": "no"}
    found = assess(age, told)
    assert [s.id for s in found.found] == (["D46"] if kind == "burn" else [])
    assert (found.urgency is Urgency.NOW) == (kind == "burn")


def test_every_sign_but_those_only_heard_is_asked_of_somebody_and_ends_in_its_urgency():
    reached_by: dict[str, set[Urgency | None]] = {}
    for age in AGES:
        for _, _, problem in _problems():
            asked = [s for g in GROUPS for s in group_signs(age, g, problem)]
            assert len({s.id for s in asked}) == len(asked)
            if assess(age, problem).urgency is Urgency.NOW:
                # A burned baby: it is known before anything fits.
                assert (age, problem.get("wound_kind")) == ("infant", "burn")
                continue
            for one in asked:
                reached, order = _asked(
                    age, {f"group{one.group}": "yes", one.id: "yes", f"{one.id}.also": "yes"}, problem
                )
                assert {one.id, f"{one.id}.also"} & set(order)
                if age not in ("infant", "older"):
                    reached_by.setdefault(one.id, set()).add(reached)
                if one.urgency is Urgency.NOW:
                    assert order[-1] in (one.id, f"{one.id}.also")
    of_babies = {"D21", "D22", "D23", "D24"}
    heard = {s.id for s in all_signs() if s.when == "heard"}
    assert heard == {"D42", "D45"}
    assert set(reached_by) == {s.id for s in all_signs()} - heard - of_babies
    assert all(urgencies == {sign(name).urgency} for name, urgencies in reached_by.items())


# What is asked of a single spot where its message has a line left.
FILLING = {"D36", "D39"}


def _fit_to(age: str, kind: str, site: str) -> set[str]:
    return {
        s.id
        for s in all_signs()
        if s.when == "fit"
        and age in s.ages
        and (not s.kinds or kind in s.kinds)
        and (not s.sites or site in s.sites)
    }


def test_a_message_has_nine_lines_at_most_and_what_it_leaves_out_is_asked_of_a_rash_that_looks_like_it():
    looked_for = {questions.questions()[key].sign for look in questions.looks().values() for key in look.asks}
    # D07 is in no message of a rash: it is asked of raised marks alone (2.12, urticaria).
    assert looked_for == {"D07", "D14", "D36", "D44", "D49"}
    longest = 0
    for age, (kind, site, _) in itertools.product(AGES, _problems()):
        shown = {s.id for s in fitting(age, kind, site)}
        if age == "infant":
            # Nothing is asked later of a small baby.
            assert shown >= _fit_to(age, kind, site)
            assert shown - _fit_to(age, kind, site) <= FILLING
            continue
        longest = max(longest, len(shown))
        left = _fit_to(age, kind, site) - shown
        assert not shown - _fit_to(age, kind, site) - (FILLING if kind == "spot" else set())
        assert left <= looked_for, (age, kind, site)
        assert kind == "rash" or not left
        assert all(len([s for s in danger_signs.signs_for(age) if s.group == g]) <= 8 for g in (1, 3))
    assert longest == 9


# A copy of what the table of the facts says of each sign (danger_signs.csv, columns id, who, urgency).
TABLE = """
D01,child,now D02,child,now D03,child,now D04,all,now D05,all,now D06,all,now D07,all,now D08,all,now D09,all,now
D10,all,now D11,all,now D12,all,now D13,all,now D14,all,today D15,all,now D16,all,today D17,all,now D18,all,now
D19,all,now D20,all,now D21,infant,now D22,infant,today D23,infant,today D24,infant,now D25,all,now D26,all,now
D27,all,today D28,all,now D29,all,now D30,all,now D31,all,now D32,adult,today D33,all,now D34,all,today D35,all,today
D36,all,today D37,child,today D38,all,today D39,all,today D40,all,now D41,all,week D42,all,week D43,all,week
D44,all,week D45,all,now
"""
# What its notes and section 3.4 name besides.
BEYOND = "D46,all,now D47,all,week D48,all,week D49,all,week D50,all,week D51,all,week"


def test_the_rows_are_the_forty_five_of_the_table_and_six_more_of_its_sources():
    table = list(csv.reader(io.StringIO("\n".join(f"{TABLE} {BEYOND}".split()))))
    assert [[s.id, s.who, s.urgency.value] for s in all_signs()] == table


def test_dont_know_means_now_for_a_small_baby_and_today_for_others():
    said = {"group1": "yes", "D04": "unknown", "D04.again": "unknown"}
    assert _asked("infant", said)[0] is Urgency.NOW
    assert _asked("adult", said)[0] is Urgency.TODAY
    alone = {"D04.own": "ask"}
    assert _asked("adult", {"D04": "unknown", "D04.again": "no"}, alone)[0] is None
    assert _asked("adult", {"D04": "unknown", "D04.again": "unknown"}, alone)[0] is Urgency.TODAY
    assert _asked("adult", {**said, "D04.again": "yes"})[0] is Urgency.NOW


def test_a_sign_of_a_group_that_was_answered_with_dont_know_is_asked_once_and_not_again():
    """Rule 3: "repeat once, then route today". The group was the first question about the sign, the sign alone the repetition."""
    urgency, order = _asked("adult", {"group1": "unknown", "D04": "unknown"})
    assert urgency is Urgency.TODAY
    assert order == ["group1", "D04", "D05", "D06", "group3"]
    assert _asked("adult", {"group1": "unknown", "D04": "yes"})[0] is Urgency.NOW
    assert _asked("infant", {"group1": "unknown", "D04": "unknown"})[0] is Urgency.NOW


def test_yes_to_a_group_and_no_to_each_sign_counts_as_dont_know():
    assert _asked("adult", {"group3": "yes"})[0] is Urgency.TODAY
    assert _asked("infant", {"group3": "yes"})[0] is Urgency.NOW
    assert _asked("adult", {"group3": "unknown"})[0] is None


def test_a_diabetic_foot_sore_means_today_because_the_sign_counts_the_diabetes_itself():
    for health in ("none", "diabetes"):
        assert assess("adult", {"D32": "yes", "health": health}).urgency is Urgency.TODAY
    assert assess("adult", {"D32": "yes", "health": "pregnant"}).urgency is Urgency.NOW
    assert assess("older", {"D32": "yes", "health": "diabetes"}).urgency is Urgency.NOW
    # Another sign of today is raised by the diabetes as before.
    assert assess("adult", {"D32": "yes", "D14": "yes", "health": "diabetes"}).urgency is Urgency.NOW


def test_mouth_sores_alone_mean_today_and_old_age_raises_that():
    said = {"group3": "yes", "D18": "yes"}
    assert _asked("adult", said)[0] is Urgency.TODAY
    assert _asked("older", said)[0] is Urgency.NOW
    assert assess("adult", {**said, "D18.also": "no"}, frozenset({"diabetes"})).urgency is Urgency.NOW


def test_a_red_eye_means_now_together_with_sores_of_the_mouth():
    assert assess("adult", {"D16": "yes"}).urgency is Urgency.TODAY
    assert assess("adult", {"D16": "yes", "D18": "yes", "D18.also": "no"}).urgency is Urgency.NOW


def test_a_sign_that_own_words_spoke_of_is_asked_before_the_groups():
    following = assess("adult", {"D14.own": "ask"}).next
    assert following is not None
    assert (following.kind, following.group) == ("sign", 0)
    assert following.sign is sign("D14")
    again = assess("adult", {"D14.own": "ask", "D14": "unknown"}).next
    assert again is not None
    assert again.kind == "again"
    after = assess("adult", {"D14.own": "ask", "D14": "yes"})
    assert after.urgency is Urgency.TODAY
    assert after.next is not None
    assert after.next.kind == "group"


def test_what_own_words_stated_counts_at_every_age_without_being_asked():
    for age in (*AGES, ""):
        assert assess(age, {"D03.own": "yes"}).urgency is Urgency.NOW
        assert [s.id for s in assess(age, {"D03.own": "yes"}).found] == ["D03"]


@pytest.mark.parametrize("health", ["pregnant", "weak_immunity", "none"])
@pytest.mark.parametrize("age", ["adult", "older"])
def test_shingles_mean_today_without_fail_and_no_emergency_by_age_pregnancy_or_defences(
    age: str, health: str
):
    assert assess(age, {"D35": "yes", "health": health}).urgency is Urgency.TODAY
    assert assess(age, {"D35": "yes", "health": "diabetes"}).urgency is Urgency.NOW


@pytest.mark.parametrize("kind", ["rash", "spot", "other"])
def test_known_leprosy_is_asked_of_whatever_a_reaction_may_be_called(kind: str):
    assert "D39" in {s.id for s in fitting("child", kind, "back")}
    assert "D36" in {s.id for s in fitting("adult", kind, "back")} or kind == "other"


@pytest.mark.parametrize("site", ["hand", "leg_foot", "private", "back"])
@pytest.mark.parametrize("age", ["child", "adult"])
def test_a_numb_spot_of_known_leprosy_is_asked_about_where_its_message_was_full(age: str, site: str):
    problem = {"health": "none", "shape": "spot", "site": site}
    assert len(fitting(age, "spot", site)) <= danger_signs.MOST_LINES
    reached, order = _asked(age, {"group4": "yes", "D44": "yes", "D39": "yes"}, problem)
    assert "D39" in order
    assert reached is Urgency.TODAY
    assert "D39" not in _asked(age, {}, problem)[1]
    # Nobody hears it twice.
    assert order.count("D39") == 1


def test_one_of_the_three_beside_a_wide_spot_is_enough_in_the_words_of_every_language():
    words = {
        "en": "or",
        "fr": "ou",
        "es": "o",
        "pt": "ou",
        "sw": "au",
        "ar": "أو",
        "hi": "या",
        "bn": "বা",
        "am": "ወይም",
        "ha": "ko",
    }
    for language in locales.languages():
        said = locales.render(sign("D51").question, language).split()
        assert words[language] in said[-4:], language
    assert "electricity" in locales.render(locales.Text("sent.now.burn"), "en")
