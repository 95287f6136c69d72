"""Fits the judge of questions on one half of questions.csv; the other half says how good it is (relevance_check.py).

questions.csv holds questions that a person may ask after findings, written by the authors, each with the topic of FOLLOW_UPS that
answers it, or none; those that the chat's own words for its topics catch are left out, for the language model never hears them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model import data
from model.notes import FOLLOW_UPS
from model.prompts import PromptStyle
from model.relevance import NONE, TOPICS, TopicJudge, read_question

__all__ = ["Question", "fit", "fitted", "questions"]

TABLE = Path(__file__).parent / "questions.csv"
RIDGE = 3e-4


@dataclass(frozen=True)
class Question:
    """topic: of TOPICS, "" for none.  chooses: it is of the half that the judge is fitted to."""

    text: str
    topic: str
    chooses: bool


def questions() -> list[Question]:
    """All of them.  Raises TableError for a topic that is none."""
    found = []
    for row in data.rows(TABLE, ("question", "topic")):
        topic = "" if row["topic"] == "none" else row["topic"]
        if topic and topic not in TOPICS:
            raise data.TableError(f"{TABLE}: topic is {topic!r}; expected one of {', '.join(TOPICS)} or none")
        chooses = int(hashlib.sha256(row["question"].encode()).hexdigest()[:8], 16) % 2 == 0
        found.append(Question(row["question"], topic, chooses))
    return found


def fit(language_model: Any, tokenizer: Any, style: PromptStyle) -> TopicJudge:
    """The judge of a language model's words, from the half that chooses and the questions that were taught."""
    asked = [q for q in questions() if q.chooses]
    asked += [Question(text, topic, True) for topic, texts in FOLLOW_UPS.items() for text in texts]
    hidden = read_question(language_model, tokenizer, style, [q.text for q in asked])
    return fitted(hidden, torch.tensor([TOPICS.index(q.topic) if q.topic else NONE for q in asked]))


def fitted(hidden: Tensor, topics: Tensor) -> TopicJudge:
    """Multinomial regression with a ridge.  hidden: (N, D) float32; topics: (N,) int64."""
    middle, spread = hidden.mean(dim=0), hidden.std(dim=0) + 1e-6
    scale = hidden.shape[1] ** 0.5  # so that the ridge means the same for another width
    x = (hidden - middle) / spread / scale
    weight = torch.zeros(x.shape[1], NONE + 1, requires_grad=True)
    bias = torch.zeros(NONE + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.cross_entropy(x @ weight + bias, topics) + RIDGE * (weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    return TopicJudge(middle, spread * scale, weight.detach(), bias.detach())
