"""Whether an answer is to its question: topics of both, the judge that is shipped, and what it is fitted to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from model import bundle, notes, presets, relevance_fit
from model.notes import FOLLOW_UPS
from model.relevance import NONE, TOPICS, TopicJudge, read_question, topic_said
from model.relevance_check import figures, lines
from model.relevance_fit import Question, fitted, questions
from tests.model.test_teach import language_model
from tests.model.tokenizers_made import of_bytes
from worker.taught_notes import catalogue_notes


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_taught_of_a_topic_is_said_of_it(topic: str) -> None:
    catalogue = catalogue_notes()
    for seed, one in enumerate(catalogue.values()):
        _, answer = notes.follow_up_turn(one, topic, random.Random(seed))
        assert topic_said(answer, catalogue) == topic


@pytest.mark.parametrize(
    "made_up",
    [
        "It could be Kenya. This is no diagnosis. Please have it looked at within a week.",
        "If it is what I think, nobody can heal it.",
        "This is no diagnosis. Please have it looked at within a week.",
        "If it is what I think, nobody can catch it from you. Leave it alone.",
        "",
    ],
)
def test_what_is_made_up_or_says_nothing_is_of_no_topic(made_up: str) -> None:
    assert topic_said(made_up, catalogue_notes()) == ""


def test_sentences_of_two_conditions_are_of_no_topic() -> None:
    catalogue = catalogue_notes()
    both = f"{catalogue['NEV'].about} {catalogue['BCC'].about}"
    assert topic_said(both, catalogue) == ""


def test_the_questions_are_of_taught_topics_and_halve_into_choosing_and_reporting() -> None:
    found = questions()
    assert len({q.text for q in found}) == len(found) >= 150
    taught = {text for texts in FOLLOW_UPS.values() for text in texts}
    assert taught.isdisjoint(q.text for q in found)
    for half in (True, False):
        part = [q for q in found if q.chooses == half]
        assert len(part) > 70
        assert {q.topic for q in part} == {*TOPICS, ""}


def test_the_judge_tells_apart_what_lies_apart_and_is_silent_where_it_is_not_sure() -> None:
    rng = torch.Generator().manual_seed(1)
    middles = 3 * torch.randn(NONE + 1, 32, generator=rng)
    topics = torch.arange(NONE + 1).repeat(20)
    judge = fitted(middles[topics] + torch.randn(len(topics), 32, generator=rng), topics)
    assert [judge.topic(middle) for middle in middles] == [*TOPICS, ""]
    assert judge.topic(middles.mean(dim=0)) == ""
    assert judge.probabilities(middles).sum(dim=1) == pytest.approx(torch.ones(NONE + 1))


def test_a_question_is_read_the_same_alone_and_among_others() -> None:
    lm = language_model("gemma3", lora=False)
    style = presets.COMPACT.style
    together = read_question(lm, of_bytes(), style, ["Is it bad?", "May I wash it with soap and water?"])
    assert together.shape == (2, 64)
    assert torch.equal(read_question(lm, of_bytes(), style, ["Is it bad?"])[0], together[0])
    assert not torch.equal(together[0], together[1])


def test_the_shipped_words_have_their_judge() -> None:
    judge = TopicJudge.load(bundle.SHIPPED / bundle.SKINGPT)
    assert judge is not None
    assert judge.weight.shape == (640, NONE + 1)


def test_figures_count_what_is_shown_and_what_fits() -> None:
    asked = [
        Question("a", "home", False),
        Question("b", "home", False),
        Question("c", "", False),
        Question("d", "when", False),
    ]
    found = figures(asked, ["home", "home", "danger", "home"], ["home", "", "danger", "when"], rounds=50)
    assert (found["fit"], found["shown"], found["shown_and_fit"]) == (2, 2, 1)
    assert (found["precision"]["value"], found["recall"]["value"]) == (0.5, 0.5)
    assert found["shown_of_no_topic"]["value"] == 1.0
    assert "1 of 2: 0.50" in "\n".join(lines(found))
    nothing = figures(asked, [""] * 4, [""] * 4, rounds=5)
    assert "not known" in "\n".join(lines(nothing))


def test_a_topic_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "q.csv").write_text("question,topic\nWhy?,whim\n")
    monkeypatch.setattr(relevance_fit, "TABLE", tmp_path / "q.csv")
    with pytest.raises(ValueError, match="topic is 'whim'; expected one of about, danger"):
        questions()
