"""Whether an answer is to the question: both must be of the same topic, and the question of one that was taught.

A small language model that was taught five topics answers any question with one of them, and is as sure of it as of the right
ones: how likely it finds its answer, with the question or against a blank one, tells nothing (LOG.md, 2026-11-26).  What tells is
the topic of the question, read from what the language model makes of its words alone, by a linear judge that was fitted to
questions written for it (relevance_fit.py); and the topic of the answer, read from its sentences, all of which must be the
catalogue's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model import notes, trained
from model.notes import FOLLOW_UPS, Notes
from model.prompts import PromptStyle

__all__ = ["FILE", "THRESHOLD", "TOPICS", "TopicJudge", "read_question", "topic_said"]

FILE = "relevance.safetensors"
TOPICS = tuple(FOLLOW_UPS)
NONE = len(TOPICS)
THRESHOLD = 0.4
"""Least probability of a question's topic: chosen on one half of the questions, so that nine in ten of the answers shown fit."""
LAYER_SHARE = 5 / 6
"""Of the language model's layers, after which its words are read."""


def read_question(language_model: Any, tokenizer: Any, style: PromptStyle, questions: list[str]) -> Tensor:
    """What the language model makes of questions by themselves, without a picture.  Returns (N, D) float32.

    Each is computed alone: who else asks changes nothing.
    """
    human, assistant = style.roles
    found = []
    for question in questions:
        text = f"{style.separator}{human}: {question}{style.separator}{assistant}:"
        ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
        if (begin := language_model.config.bos_token_id) is not None:
            ids.insert(0, begin)
        given = torch.tensor([ids], device=language_model.get_input_embeddings().weight.device)
        with torch.no_grad():
            hidden = language_model.base_model(
                input_ids=given, output_hidden_states=True, use_cache=False
            ).hidden_states
        layer = max(1, round(LAYER_SHARE * (len(hidden) - 1)))
        found.append(hidden[layer][0, -1].float().cpu())
    return torch.stack(found)


@dataclass(frozen=True)
class TopicJudge:
    """middle, spread: (D,), of what was fitted to; weight: (D, topics + 1); bias: (topics + 1,)."""

    middle: Tensor
    spread: Tensor
    weight: Tensor
    bias: Tensor

    def probabilities(self, hidden: Tensor) -> Tensor:
        """Of each topic, and at the end of none.  (N, D) -> (N, topics + 1)."""
        x = (hidden - self.middle) / self.spread
        return (x @ self.weight + self.bias).softmax(dim=-1)

    def topic(self, hidden: Tensor) -> str:
        """The topic of one question, "" where it is of none or that is not sure enough.  (D,)"""
        p = self.probabilities(hidden[None])[0]
        best = int(p[:NONE].argmax())
        return TOPICS[best] if float(p[best]) >= THRESHOLD else ""

    def save(self, folder: Path) -> None:
        """Beside the words of `folder`, to which it belongs."""
        of = str(trained.read_trained_manifest(folder)["weights_sha256"])
        tensors = {"middle": self.middle, "spread": self.spread, "weight": self.weight, "bias": self.bias}
        save_file(
            {name: value.float().contiguous() for name, value in tensors.items()},
            str(folder / FILE),
            metadata={"of": of, "topics": ",".join(TOPICS)},
        )

    @classmethod
    def load(cls, folder: Path) -> TopicJudge | None:
        """The judge of a folder's words, None where it has none.  Raises TrainedError for one of other words."""
        path = folder / FILE
        if not path.is_file():
            return None
        of = str(trained.read_trained_manifest(folder)["weights_sha256"])
        try:
            with safe_open(str(path), framework="pt") as held:
                known = held.metadata() or {}
                tensors = {name: held.get_tensor(name) for name in ("middle", "spread", "weight", "bias")}
        except (OSError, SafetensorError) as error:
            raise trained.TrainedError(
                f"{path} cannot be read ({type(error).__name__}); expected a judge of questions"
            ) from error
        if known.get("of") != of or known.get("topics") != ",".join(TOPICS):
            raise trained.TrainedError(
                f"{path} belongs to words {known.get('of', '')[:12]}...; expected {of[:12]}... as the manifest beside it says"
            )
        return cls(**tensors)


def topic_said(text: str, catalogue: Mapping[str, Notes]) -> str:
    """The topic of which all sentences of an answer are, of one condition; "" where they are not.

    What is made up ("It could be Kenya.") is of none.
    """
    said = {_bare(s) for s in re.split(r"(?<=[.?!])\s+", text) if s.strip()}
    if not said:
        return ""
    for topic in TOPICS:
        for known in catalogue.values():
            all_of_it, one_at_least = notes.follow_up_sentences(known, topic)
            if said <= {_bare(s) for s in all_of_it} and said & {_bare(s) for s in one_at_least}:
                return topic
    return ""


def _bare(sentence: str) -> str:
    return re.sub(r"\s+", " ", sentence).strip().lower()
