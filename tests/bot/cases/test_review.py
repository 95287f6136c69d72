"""Blinded review: what is sampled, what is shown of it and to whom, and the numbers that come of it."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, insert, select, update

import locales
from bot.cases import blinded, clinic, deeds, forgotten, raters, review, seen, store
from bot.casework.answers import Answer
from bot.clinical import conditions
from bot.clock import db_now
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.messages import Condition, Findings, Urgency
from bot.sealing import Sealer
from bot.tables import Audit, CaseRow, Photo, ReviewItem, ReviewScore
from tests.bot.cases.world import KEYS, a_chat, a_member
from tests.console.desk_world import told

SEALER = Sealer(KEYS)


def cases(connection: Connection, count: int) -> list[store.Case]:
    made = []
    for n in range(count):
        chat = a_chat(connection, f"p{n}", "webchat")
        case = store.open_case(connection, chat, told("en", photos=("f" * 32,)))
        clinic.escalate(connection, case.id, "unsure")
        made.append(case)
    connection.execute(update(CaseRow).values(told_at=db_now()))
    return made


def doctor(connection: Connection, name: str) -> int:
    return a_member(connection, name, "clinician")[0]


def start(connection: Connection, by: int, size: int) -> int:
    return review.start(connection, review.draw(connection, SEALER, size), by)


def test_a_case_that_was_erased_after_the_draw_is_left_out_of_the_round(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss = doctor(connection, "boss")
        gone, *_ = cases(connection, 3)
    with reading(engine) as connection:
        drawn = review.draw(connection, SEALER, 10)
    with transaction(engine) as connection:
        forgotten.forget(connection, [gone.id])
    with transaction(engine) as connection:
        assert len(drawn) == 3
        assert review.start(connection, drawn, boss) == 2
        assert review.start(connection, [one for one in drawn if one.case_id == gone.id], boss) == 0
        assert gone.id not in connection.execute(select(ReviewItem.case_id)).scalars().all()


def test_a_round_is_of_cases_with_a_result_and_as_large_as_asked(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss = doctor(connection, "boss")
        assert start(connection, boss, 10) == 0, "there are none"
        cases(connection, 12)
        assert start(connection, boss, 10) == 10
        items = connection.execute(select(ReviewItem)).all()
        assert len({item.case_id for item in items}) == 10
        assert {item.source for item in items} == {"computer"}, "no clinician has answered"
        with pytest.raises(NgoziError, match="size"):
            start(connection, boss, 11)


def test_nobody_scores_a_case_that_they_opened_answered_or_have_an_opinion_of(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, rater = doctor(connection, "boss"), doctor(connection, "rater")
        made = cases(connection, 4)
        start(connection, boss, 10)
        assert len(review.left(connection, rater)) == 4
        seen.saw(connection, made[0].id, rater)
        deeds.opine(connection, made[1].id, rater, "NEV", Urgency.WEEK)
        deeds.take(connection, made[2].id, rater)
        deeds.answer(connection, SEALER, made[2].id, rater, Answer(("clean",)), None)
        (left,) = review.left(connection, rater)
        assert (
            connection.execute(select(ReviewItem.case_id).where(ReviewItem.id == left)).scalar_one()
            == made[3].id
        )
        assert len(review.left(connection, boss)) == 4


@pytest.mark.parametrize("source", ["computer", "clinician"])
def test_an_answer_has_one_form_and_nothing_of_it_tells_who_gave_it(
    engine: Engine, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.1 if source == "clinician" else 0.9)
    with transaction(engine) as connection:
        boss, one = doctor(connection, "boss"), doctor(connection, "one")
        (case,) = cases(connection, 1)
        deeds.take(connection, case.id, one)
        deeds.answer(
            connection, SEALER, case.id, one, Answer(("worse",), "Come on Monday"), Urgency.WEEK, "MEL"
        )
        start(connection, boss, 10)
        (item,) = connection.execute(select(ReviewItem.id)).scalars()
        assert connection.execute(select(ReviewItem.source)).scalar_one() == source
        shown = blinded.shown(connection, SEALER, item)
        assert shown is not None
        text = " ".join(locales.render(one, "en") for one in (*shown.named, *shown.said)).lower()
        for word in ("computer", "clinician", "own words", "not translated", "photo cannot", "model"):
            assert word not in text, text
        assert shown.soon is Urgency.WEEK
        assert len(shown.named) == (2 if source == "computer" else 1)
        assert ("come on monday" in text) is (source == "clinician")
        assert any(one.id == "findings.watch" for one in shown.said)


def test_an_answer_that_speaks_of_the_computer_is_not_sampled(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, one = doctor(connection, "boss"), doctor(connection, "one")
        for case in cases(connection, 10):
            deeds.take(connection, case.id, one)
            deeds.answer(connection, SEALER, case.id, one, Answer(("same",)), None)
        start(connection, boss, 10)
        assert set(connection.execute(select(ReviewItem.source)).scalars()) == {"computer"}


def test_scores_are_given_once_by_who_began_and_stay(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, rater, other = (doctor(connection, name) for name in ("boss", "rater", "other"))
        cases(connection, 2)
        start(connection, boss, 10)
        item = review.begin(connection, rater)
        assert item is not None
        assert review.begin(connection, rater) == item, "what was begun comes first"
        assert review.begun(connection, item, rater)
        assert not review.begun(connection, item, other)
        for bad in ([1] * 6, [0] * 7, [6] * 7):
            with pytest.raises(NgoziError, match="scores"):
                review.score(connection, item, rater, bad)
        with pytest.raises(NgoziError, match="begun"):
            review.score(connection, item, other, [3] * 7)
        review.score(connection, item, rater, [5, 4, 3, 2, 1, 5, 4])
        with pytest.raises(NgoziError, match="scored"):
            review.score(connection, item, rater, [1] * 7)
        assert review.begin(connection, rater) not in (None, item)
    with transaction(engine) as connection:
        trail = connection.execute(select(Audit.what, Audit.details).order_by(Audit.id)).all()
        assert [row.what for row in trail] == [
            "review_started",
            "review_seen",
            "review_scored",
            "review_seen",
        ]
        assert "5" not in str([row.details for row in trail if row.what == "review_scored"])
        (found,) = review.rounds(connection)
        assert (found.size, found.raters) == (2, 1)
        assert [rows for rows in found.answers["computer"].values() if rows] == [[[5, 4, 3, 2, 1, 5, 4]]]


def test_of_an_erased_case_the_scores_stay_and_nothing_leads_to_it(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, rater = doctor(connection, "boss"), doctor(connection, "rater")
        (case,) = cases(connection, 1)
        start(connection, boss, 10)
        item = review.begin(connection, rater)
        assert item is not None
        review.score(connection, item, rater, [4] * 7)
        forgotten.forget(connection, [case.id])
        assert blinded.shown(connection, SEALER, item) is None
        assert review.left(connection, boss) == []
        left = select(ReviewItem.case_id, ReviewItem.soon, ReviewItem.thought, ReviewItem.looks)
        assert tuple(connection.execute(left).one()) == (None, "", "", "")
        assert connection.execute(select(ReviewScore.scores)).scalar_one() == [4] * 7


def test_alpha_is_krippendorffs_own_example() -> None:
    # Four observers, twelve units (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011): 0.849 for intervals.
    rows = {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    units = [[row[n] for row in rows.values() if row[n] is not None] for n in range(12)]
    assert raters.alpha(units) == pytest.approx(0.849, abs=5e-4)
    assert raters.alpha([[1, 1], [2, 2], [5, 5]]) == pytest.approx(1.0)
    assert raters.alpha([[3, 3], [3, 3]]) is None
    assert raters.alpha([[1], [2]]) is None


def test_of_fewer_than_five_answers_no_number_is_given_and_the_interval_holds_the_share() -> None:
    scored = {n: [[4 + n % 2] * 7, [3 + n % 3] * 7] for n in range(20)}
    assert raters.summed({n: scored[n] for n in range(4)}) is None
    found = raters.summed({**scored, 99: []})
    assert found is not None
    assert len(found) == len(raters.QUESTIONS) == 7
    for question in found:
        assert question.scores == 40
        assert question.agree.low is not None
        assert question.agree.high is not None
        assert question.agree.low < question.agree.value < question.agree.high
        assert question.between is not None


def test_intervals_of_all_questions_at_once_are_those_of_resampling_answer_by_answer() -> None:
    chance = random.Random(4)
    scored = {
        n: [[chance.randrange(1, 6) for _ in range(7)] for _ in range(chance.randrange(1, 4))]
        for n in range(12)
    }
    found = raters.summed(scored)
    assert found is not None
    rows = list(scored.values())
    draws = np.random.default_rng(raters.SEED).integers(0, 12, size=(raters.RESAMPLES, 12))
    for index, question in enumerate(found):
        of_answer = [[float(row[index]) for row in one] for one in rows]
        flat = [score for one in of_answer for score in one]
        assert (question.scores, question.mean) == (len(flat), pytest.approx(sum(flat) / len(flat)))
        shares = [
            np.mean([score >= raters.AGREES for at in draw for score in of_answer[at]]) for draw in draws
        ]
        alphas = [raters.alpha([of_answer[at] for at in draw]) for draw in draws[:300]]
        expected = np.percentile(shares, [2.5, 97.5])
        assert (question.agree.low, question.agree.high) == pytest.approx(tuple(expected))
        assert question.between is not None
        assert question.between.value == pytest.approx(raters.alpha(of_answer))
        there = [one for one in alphas if one is not None]
        assert question.between.low is not None
        assert question.between.low == pytest.approx(np.percentile(there, 2.5), abs=0.15)


def test_a_case_that_has_no_result_yet_is_not_sampled(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss = doctor(connection, "boss")
        chat = a_chat(connection, "p", "webchat")
        store.open_case(connection, chat, replace(told("en"), findings=None, told=0))
        assert start(connection, boss, 10) == 0


def changed(connection: Connection, case: store.Case) -> None:
    """Other findings than those that were there."""
    known = store.by_id(connection, case.id)
    assert known is not None
    found = Findings((Condition("NEV", "likely"),), Urgency.ROUTINE, model="compact-1", basis="model")
    store.save(connection, replace(known, state=replace(known.state, findings=found)))


def test_what_one_rater_has_seen_is_never_another_thing_for_the_next(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, first, second = (doctor(connection, name) for name in ("boss", "first", "second"))
        moved, _ = cases(connection, 2)
        start(connection, boss, 10)
        of_moved = select(ReviewItem.id).where(ReviewItem.case_id == moved.id)
        item = connection.execute(of_moved).scalar_one()
        (other,) = {*connection.execute(select(ReviewItem.id)).scalars()} - {item}
        for _ in range(2):
            begun = review.begin(connection, first)
            assert begun is not None
            if begun == item:
                seen_then = blinded.shown(connection, SEALER, item)
                assert seen_then is not None
                assert seen_then.soon is Urgency.WEEK
            review.score(connection, begun, first, [4] * 7)
        assert review.begin(connection, second) is not None
        changed(connection, moved)
        assert blinded.shown(connection, SEALER, item) is None, "and nobody is shown what it is now"
        assert [review.begin(connection, second), review.begin(connection, second)] == [other, other]
        review.score(connection, other, second, [4] * 7)
        assert review.begin(connection, second) is None
        assert review.left(connection, second) == []


def test_an_answer_whose_case_changed_under_the_rater_is_not_scored(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, rater = doctor(connection, "boss"), doctor(connection, "rater")
        (case,) = cases(connection, 1)
        start(connection, boss, 10)
        item = review.begin(connection, rater)
        assert item is not None
        changed(connection, case)
        with pytest.raises(review.MovedMeanwhile):
            review.score(connection, item, rater, [4] * 7)
        assert review.begin(connection, rater) is None


def test_another_photograph_is_another_thing_to_look_at(engine: Engine) -> None:
    with transaction(engine) as connection:
        boss, rater = doctor(connection, "boss"), doctor(connection, "rater")
        (case,) = cases(connection, 1)
        start(connection, boss, 10)
        kept = {"id": "e" * 32, "kind": "photo", "chat_id": case.chat_id, "case_id": case.id, "name": "e", "wrapped_key": b"k",
                "master_key_id": 1, "size_bytes": 1, "width_px": 1, "height_px": 1, "origin_ref": "", "origin_message": "",
                "created_at": db_now(), "expires_at": db_now() + 60}  # fmt: skip
        connection.execute(insert(Photo).values(kept))
        assert review.begin(connection, rater) is None


def test_of_a_clinicians_answer_all_raters_see_that_clinicians_own_word(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.1)
    with transaction(engine) as connection:
        boss, one, two, rater = (doctor(connection, name) for name in ("boss", "one", "two", "rater"))
        (case,) = cases(connection, 1)
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("watch",)), Urgency.ROUTINE, "NEV")
        connection.execute(update(CaseRow).values(answer_told_at=db_now()))
        start(connection, boss, 10)
        deeds.take(connection, case.id, two)
        deeds.answer(connection, SEALER, case.id, two, Answer(("now",)), Urgency.NOW, "MEL")
        deeds.opine(connection, case.id, one, "MEL", Urgency.NOW)
        item = review.begin(connection, rater)
        assert item is not None
        shown = blinded.shown(connection, SEALER, item)
        assert shown is not None
        assert (shown.soon, shown.named) == (Urgency.ROUTINE, [conditions.entry("NEV").name])


def test_an_answer_that_another_followed_is_shown_as_it_was_given(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.1)
    with transaction(engine) as connection:
        boss, one, two = (doctor(connection, name) for name in ("boss", "one", "two"))
        (case,) = cases(connection, 1)
        deeds.take(connection, case.id, one)
        deeds.answer(connection, SEALER, case.id, one, Answer(("watch",)), Urgency.ROUTINE, "NEV")
        connection.execute(update(CaseRow).values(answer_told_at=db_now()))
        deeds.take(connection, case.id, two)
        # Speaks of the computer, and is never sampled.
        deeds.answer(connection, SEALER, case.id, two, Answer(("same",)), Urgency.NOW)
        start(connection, boss, 10)
        shown = blinded.shown(connection, SEALER, connection.execute(select(ReviewItem.id)).scalar_one())
        assert shown is not None
        assert shown.soon is Urgency.ROUTINE
