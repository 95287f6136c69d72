"""How good the judge of questions is, on the half of questions.csv that chose nothing: do the answers that are shown fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from model import data, metrics
from model.analysis import CatalogueEntry
from model.diagnose import Diagnoser
from model.evaluate import raw_answers
from model.notes import Notes
from model.progress import Progress, unwatched
from model.prompts import Turn
from model.relevance import THRESHOLD, topic_said
from model.relevance_fit import Question, questions
from model.speak import QUESTION, Speaker

__all__ = ["check", "figures", "lines", "named_softs"]


def named_softs(
    diagnoser: Diagnoser, photos: Sequence[data.Photo], catalogue: Mapping[str, CatalogueEntry]
) -> list[bytes]:
    """Soft tokens of the first photograph of each condition that is named rightly: what the questions are asked about."""
    found: dict[str, bytes] = {}
    for photo in photos:
        if photo.label in found:
            continue
        said = diagnoser.analyse([data.open_photo(photo.path)], raw_answers(photo.answers), catalogue)
        top = max(said.conditions, key=lambda score: score.probability).code
        if top == photo.label and not said.abstained and said.soft:
            found[photo.label] = said.soft
    return [found[code] for code in diagnoser.codes if code in found]


def check(
    speaker: Speaker,
    softs: Sequence[bytes],
    catalogue: Mapping[str, Notes],
    tell: Progress = unwatched,
    *,
    most: int | None = None,
) -> dict[str, Any]:
    """Figures of the half that did not choose: each question is asked after the description of one of the photographs, in turn.

    softs: of photographs whose condition is named.  most: questions asked, None for all.
    """
    asked = [q for q in questions() if not q.chooses][:most]
    descriptions = speaker.answers(softs)
    tickets = []
    for n, question in enumerate(asked):
        which = n % len(softs)
        turns = [Turn(QUESTION, descriptions[which]), Turn(question.text)]
        tickets.append(speaker.generator.submit(speaker.request(softs[which], turns)))
        while speaker.generator.health()["waiting"]:
            speaker.generator.step()
        tell("questions", n + 1, len(asked))
    while speaker.generator.step():
        pass
    said = [topic_said(ticket.result(0).text, catalogue) for ticket in tickets]
    heard = [speaker.topic_of(question.text) for question in asked]
    return figures(asked, said, heard)


def figures(
    asked: Sequence[Question], said: Sequence[str], heard: Sequence[str], rounds: int = 1000
) -> dict[str, Any]:
    """said: topic of each answer.  heard: topic that the judge gave each question.  Intervals over questions."""
    fits = torch.tensor([bool(s) and s == q.topic for q, s in zip(asked, said, strict=True)])
    shown = torch.tensor([bool(s) and s == h for s, h in zip(said, heard, strict=True)])
    who = tuple(str(n) for n in range(len(asked)))

    def share(hits: Tensor, of: Tensor) -> dict[str, float]:
        def value(r: Tensor) -> float:
            return float(hits[r][of[r]].float().mean()) if bool(of[r].any()) else float("nan")

        return asdict(metrics.bootstrap(value, who, rounds=rounds))

    everything = torch.ones(len(asked), dtype=torch.bool)
    return {
        "questions": len(asked),
        "of_a_topic": sum(bool(q.topic) for q in asked),
        "fit": int(fits.sum()),
        "shown": int(shown.sum()),
        "shown_and_fit": int((shown & fits).sum()),
        "threshold": THRESHOLD,
        "precision_unjudged": share(fits, everything),
        "precision": share(fits, shown),
        "recall": share(shown, fits),
        "shown_of_no_topic": share(shown, torch.tensor([not q.topic for q in asked])),
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """The figures as Markdown."""

    def cell(held: Mapping[str, float]) -> str:
        if held["value"] != held["value"]:
            return "not known"
        return f"{held['value']:.2f} ({held['low']:.2f} to {held['high']:.2f})"

    before, now = found["precision_unjudged"], found["precision"]
    return [
        "## Answers to free questions", "",
        f"{found['questions']} questions that chose nothing, {found['of_a_topic']} of them of a topic that was taught; an answer "
        "fits if it is of its question's topic. Intervals over questions.", "",
        "| figure | value |", "| --- | --- |",
        f"| answers that fit, of all (as they were shown before) | {found['fit']} of {found['questions']}: {cell(before)} |",
        f"| answers that fit, of those shown | {found['shown_and_fit']} of {found['shown']}: {cell(now)} |",
        f"| shown, of the answers that fit | {cell(found['recall'])} |",
        f"| shown, of the answers to questions of no topic | {cell(found['shown_of_no_topic'])} |", "",
    ]  # fmt: skip
