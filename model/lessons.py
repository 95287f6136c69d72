"""What a SkinGPT is taught, piece by piece: which photographs say something, what is asked and answered, as ids, and how far the
network is from saying it.

As published (skingpt4.md sections 1 and 2): BOS + template with the image + caption + end sign, the pieces tokenised by
themselves, loss on caption and end sign only.  The scores are computed where an answer stands and nowhere else: Gemma knows
262 144 words.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from model import notes, prompts
from model.network import SkinGPT
from model.notes import Notes
from model.prompts import Turn
from model.teach_config import TeachConfig
from model.teaching_data import Example

__all__ = ["IGNORED", "Lesson", "answer_loss", "encode", "hold_out", "lesson", "usable"]

IGNORED = -100


@dataclass(frozen=True)
class Lesson:
    """One thing to be said: the prompt in two pieces around the image, and the answer with its end sign.  (1, T) int64 each."""

    before: Tensor
    after: Tensor
    answer: Tensor


def usable(examples: Sequence[Example], step: int) -> list[Example]:
    """Those that say something for a step: concepts, or a diagnosis; a raw caption serves the step that is asked for."""
    return [
        e for e in examples if e.step in (None, step) and (e.caption or (e.words if step == 1 else e.label))
    ]


def hold_out(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """(to learn from, kept out); a patient is wholly in one of them.  Who is not known is a patient of his own picture.

    The kept ones are the patients whose hash is smallest, so that they are the same in both steps and in each run of a seed.
    """

    def key(example: Example) -> str:
        who = example.file.name if example.patient is None else example.patient
        return hashlib.sha256(f"{seed}:{who}".encode()).hexdigest()

    # A threshold and no count: then a patient's side does not hang on who else is in a step.
    limit = int(share * 2**64)
    kept = [int(key(e)[:16], 16) < limit for e in examples]
    return (
        [e for e, out in zip(examples, kept, strict=True) if not out],
        [e for e, out in zip(examples, kept, strict=True) if out],
    )


def lesson(
    example: Example,
    step: int,
    rng: random.Random,
    config: TeachConfig,
    style: prompts.PromptStyle,
    catalogue: Mapping[str, Notes],
    tokens: Callable[[str], int] = len,
) -> tuple[list[Turn], str]:
    """(turns up to an open question, the answer to it).  tokens: how many an answer has, its end sign included."""
    said = catalogue.get(example.code or "")

    most = config.answer_tokens or min(style.max_text_tokens, style.generation.max_new_tokens)

    def fits(answer: str) -> bool:
        return tokens(answer) <= most

    if example.caption is not None:
        questions = notes.CONCEPT_QUESTIONS if step == 1 else notes.DIAGNOSIS_QUESTIONS
        question, answer = rng.choice(questions), example.caption
    elif step == 1:
        question, answer = notes.concept_turn(example.words, rng)
    else:
        question, answer = notes.diagnosis_turn(example.words, said or example.label, rng, fits)
    turns = [Turn(question)]
    if step == 2 and said and example.caption is None and rng.random() < config.follow_up_share:
        asked, told = notes.follow_up_turn(said, notes.topics(rng, 1)[0], rng)
        if fits(told):
            turns, answer = [Turn(question, answer), Turn(asked)], told
    return turns, answer


def encode(
    tokenizer: Any, turns: Sequence[Turn], answer: str, step: int, style: prompts.PromptStyle, config: TeachConfig,
    rng: random.Random,
) -> Lesson:  # fmt: skip
    """A lesson as ids.  In the published form the question is one of the style's own, and stands alone."""
    if config.prompt == "published":
        questions = style.questions_concept if step == 1 else style.questions_skin
        prompt = prompts.training_prompt(style, rng.choice(questions))
        said = answer if prompt.endswith(" ") else " " + answer
    else:
        prompt, said = prompts.chat_prompt(style, turns), " " + answer
    before, after = prompts.pieces(tokenizer, prompt)
    return Lesson(before, after, prompts.caption_ids(tokenizer, style, said))


def answer_loss(model: SkinGPT, image: Tensor, lessons: Sequence[Lesson]) -> tuple[Tensor, int]:
    """(sum of the cross-entropies of every answer's tokens, how many tokens).

    image: (B, Q, D) soft tokens.  Rows are padded on the right, where causal attention does not look.
    """
    device = image.device
    rows, lengths = [], []
    for n, one in enumerate(lessons):
        # What is learned but the last token goes in; the last is only asked for.
        after = torch.cat([one.after, one.answer[:, :-1]], dim=1).to(device)
        rows.append(model.embed(one.before.to(device), image[n : n + 1], after)[0])  # (T, D)
        lengths.append(rows[-1].shape[0])
    longest = max(lengths)
    embeds = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)  # (B, T, D)
    mask = torch.arange(longest, device=device) < torch.tensor(lengths, device=device)[:, None]
    targets = torch.full((len(rows), longest), IGNORED, device=device)
    for n, one in enumerate(lessons):
        count = one.answer.shape[1]
        targets[n, lengths[n] - count : lengths[n]] = one.answer[0].to(device)
    # From the first position where any row's answer is asked for, to the end: question lengths differ by a few tokens.
    keep = longest - int((targets != IGNORED).any(dim=0).int().argmax())
    # Positions as a tensor, not as a count: a count gives a slice, for which torch multiplies row by row and lays out all words'
    # weights anew each time (three quarters of a step with Gemma's 262 144; LOG.md, 2026-11-24).
    asked_for = torch.arange(longest - keep, longest, device=device)
    logits = model.language_model(
        inputs_embeds=embeds, attention_mask=mask.long(), use_cache=False, logits_to_keep=asked_for
    ).logits  # (B, keep, V)
    asked = targets[:, -keep:]
    wanted = asked != IGNORED
    return F.cross_entropy(logits[wanted].float(), asked[wanted], reduction="sum"), int(wanted.sum())
