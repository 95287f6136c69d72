"""What is said to a SkinGPT, token by token, and how its answer is read.

The published texts (facts, skingpt4.md section 1, "Prompts, exact"; the SkinGPT-4 repository's evaluation yaml, prompts/*.txt and
conversation.py) stand here to the letter, blanks and grammar included: the weights were trained on them. Our own style for the
compact preset stands beside them.

`<Img>`, `</Img>` and `<ImageHere>` are plain text, not added tokens. A prompt is cut at `<ImageHere>`, each piece is tokenised by
itself, and the image's embeddings go between. That differs from tokenising the whole: a sentencepiece tokenizer puts a blank
before each piece, so that the text after the image begins with a piece of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import StoppingCriteria

__all__ = [
    "ALIGNMENT_CONCEPT",
    "ALIGNMENT_SKIN",
    "COMPACT",
    "IMAGE",
    "PUBLISHED",
    "Generation",
    "PromptStyle",
    "StopAtSequence",
    "Turn",
    "caption_ids",
    "chat_prompt",
    "kept",
    "pieces",
    "read_answer",
    "stop_sequences",
    "training_prompt",
]

IMAGE = "<ImageHere>"
"""Where the image's embeddings go.  Source: skingpt4.md section 1; the repository's Chat.get_context_emb."""

ALIGNMENT_SKIN = (
    "<Img><ImageHere></Img> What's wrong with my skin?",
    "<Img><ImageHere></Img> Could you describe the skin disease in this image for me?",
)
"""Questions of training step 2.  Source: prompts/alignment_skin.txt."""

ALIGNMENT_CONCEPT = (
    "<Img><ImageHere></Img> Could you describe the medical concepts of skin disease in this image for me?",
)
"""Questions of training step 1.  Source: prompts/alignment_concept.txt."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How the next token is chosen.

    The defaults are those of the published demo: skingpt4.md section 1, "Generation defaults" (the repository's Chat.answer
    and demo.py). It draws at random without a seed, so the published system's answers vary; `greedy` does not.
    context_tokens: most embeddings of prompt and answer together; what is older is cut from the front.
    """

    max_new_tokens: int = 300
    num_beams: int = 1
    do_sample: bool = True
    top_p: float = 0.9
    temperature: float = 1.0
    repetition_penalty: float = 1.0
    length_penalty: float = 1.0
    min_length: int = 1
    context_tokens: int = 2000

    def for_transformers(self) -> dict[str, Any]:
        """Keyword arguments of GenerationMixin.generate."""
        chosen: dict[str, Any] = {
            "max_new_tokens": self.max_new_tokens,
            "num_beams": self.num_beams,
            "do_sample": self.do_sample,
            "repetition_penalty": self.repetition_penalty,
            # With embeddings in place of ids nothing of the prompt counts, so this is the answer's least length, as published.
            "min_new_tokens": self.min_length,
        }
        if self.do_sample:
            chosen |= {"top_p": self.top_p, "temperature": self.temperature}
        if self.num_beams > 1:
            chosen["length_penalty"] = self.length_penalty
        return chosen


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; the answer of the last turn is not there yet."""

    question: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """The words around questions and answers.

    template: training prompt around an alignment question, with {} for it.  system: opens a chat; stands once.
    stop_ids: token sequences that end an answer in the vocabulary the style was published for; others are found by tokenising
    `stop` (stop_sequences).  max_text_tokens: longest caption in training, its end sign included.
    """

    template: str
    system: str
    roles: tuple[str, str]
    separator: str
    stop: str
    image: str
    generation: Generation
    questions_concept: tuple[str, ...]
    questions_skin: tuple[str, ...]
    stop_ids: tuple[tuple[int, ...], ...] = ()
    max_text_tokens: int = 160
    dropped_first_ids: tuple[int, ...] = field(default=())


PUBLISHED = PromptStyle(
    template="###Human: {} ###Assistant: ",
    system=(
        "Give the following image: <Img>ImageContent</Img>. "
        "You will be able to see the image once I provide it to you. Please answer my questions."
    ),
    roles=("Human", "Assistant"),
    separator="###",
    stop="###",
    image="<Img><ImageHere></Img>",
    generation=Generation(),
    questions_concept=ALIGNMENT_CONCEPT,
    questions_skin=ALIGNMENT_SKIN,
    stop_ids=((835,), (2277, 29937)),
    dropped_first_ids=(0, 1),
)
"""Template and max_txt_len: the evaluation yaml of the Llama-2 release. System text, roles, separator: CONV_VISION. Stop ids and
the dropped first ids (<unk>, <s>): Chat.answer.  All in skingpt4.md section 1.  The paper prints another template
(### Instruction), which is that of the Falcon era; the released Llama-2 weights use this one, and never [INST]."""

COMPACT = PromptStyle(
    template="###Human: {} ###Assistant:",
    system="A photograph of skin is shown. Answer in short plain sentences.",
    roles=("Human", "Assistant"),
    separator="###",
    stop="###",
    image="<Img><ImageHere></Img>",
    generation=Generation(max_new_tokens=120, do_sample=False, context_tokens=512),
    questions_concept=ALIGNMENT_CONCEPT,
    questions_skin=ALIGNMENT_SKIN,
)
"""Ours: the published shape with a short system text, no blank at the end (a caption begins with its own), greedy, and a context
within the sliding window of 512 of Gemma 3 (serving.md section 1, "KV reuse")."""


def training_prompt(style: PromptStyle, question: str) -> str:
    """The prompt before a caption; BOS goes before it and the caption after it.

    question: one of the style's questions, with IMAGE in it.  Raises ValueError if IMAGE does not stand in it once.
    Source: MiniGPT-4's prompt_list, prompt_wrap.
    """
    if question.count(IMAGE) != 1:
        raise ValueError(f"question is {question!r}; expected {IMAGE} in it once")
    return style.template.format(question)


def chat_prompt(style: PromptStyle, turns: Sequence[Turn]) -> str:
    """The whole chat so far, ending where the next answer begins; the image stands before the first question.

    Raises ValueError if an answer before the last turn is missing, or a text holds IMAGE.
    Source: Conversation.get_prompt (SeparatorStyle.SINGLE) with CONV_VISION.
    """
    if not turns or turns[-1].answer is not None or any(turn.answer is None for turn in turns[:-1]):
        raise ValueError(
            "turns hold no open question at their end alone; expected answered turns and then one without"
        )
    if any(IMAGE in turn.question or IMAGE in (turn.answer or "") for turn in turns):
        raise ValueError(
            f"a question or an answer holds {IMAGE}; expected it in the prompt's own words alone"
        )
    human, assistant = style.roles
    said = style.system + style.separator
    for index, turn in enumerate(turns):
        question = f"{style.image} {turn.question}" if index == 0 else turn.question
        said += f"{human}: {question}{style.separator}"
        # As published: an answer of no letters is left out together with its ": ".
        said += f"{assistant}: {turn.answer}{style.separator}" if turn.answer else f"{assistant}:"
    return said


def pieces(tokenizer: Any, prompt: str) -> list[Tensor]:
    """Token ids of each piece of a prompt, cut at IMAGE: one more than images.

    Each (1, T) int64, tokenised by itself and without special tokens; the network puts BOS before the first.
    Source: Chat.get_context_emb (add_special_tokens only for the first piece, which for Llama is BOS alone).
    """
    return [_ids(tokenizer, piece) for piece in prompt.split(IMAGE)]


def caption_ids(tokenizer: Any, style: PromptStyle, caption: str) -> Tensor:
    """Ids of what is to be learnt: the caption and the end sign, at most max_text_tokens.  (1, T) int64.

    The cut is the published one, at the end, and takes the end sign with it.  Source: MiniGPT-4's forward (end_sym, max_txt_len).
    """
    return _ids(tokenizer, caption + style.stop)[:, : style.max_text_tokens]


def _ids(tokenizer: Any, text: str) -> Tensor:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return torch.tensor([ids], dtype=torch.int64)


def stop_sequences(tokenizer: Any, style: PromptStyle) -> tuple[tuple[int, ...], ...]:
    """Token sequences that end an answer.

    The published ids where they spell the stop sign in this vocabulary; otherwise the sign's forms at a start, after a blank, a
    line's end and a full stop. A vocabulary may have more: read_answer cuts at the sign's text in any case.
    """
    if style.stop_ids and all(_spells(tokenizer, ids, style.stop) for ids in style.stop_ids):
        return style.stop_ids
    found: dict[tuple[int, ...], None] = {}
    for before in ("", " ", "\n", "."):
        ids = _ids(tokenizer, before + style.stop)[0].tolist()
        lead = _ids(tokenizer, before)[0].tolist() if before.strip(" ") else []
        if ids[: len(lead)] == lead and _spells(tokenizer, ids[len(lead) :], style.stop):
            found[tuple(ids[len(lead) :])] = None
    return tuple(found)


def _spells(tokenizer: Any, ids: Sequence[int], text: str) -> bool:
    return len(ids) > 0 and max(ids) < len(tokenizer) and str(tokenizer.decode(list(ids))).strip() == text


class StopAtSequence(StoppingCriteria):  # type: ignore[misc]
    """A row is done when its last ids are one of the sequences.  Source: StoppingCriteriaSub of the published demo."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self.sequences = [torch.tensor(ids, dtype=torch.int64) for ids in sequences]

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        """input_ids: (B, T) int64.  Returns (B,) bool."""
        done = torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
        for ids in self.sequences:
            if input_ids.shape[1] >= len(ids):
                done |= (input_ids[:, -len(ids) :] == ids.to(input_ids.device)).all(dim=1)
        return done


def read_answer(tokenizer: Any, style: PromptStyle, ids: Sequence[int]) -> str:
    """The words of an answer.

    As published: a first id 0 is dropped, then a first id 1; the text is cut at the stop sign; what follows the last "Assistant:"
    counts.  Source: Chat.answer; skingpt4.md section 1, "Post".
    """
    kept_ids = list(ids)
    for dropped in style.dropped_first_ids:
        if kept_ids and kept_ids[0] == dropped:
            kept_ids = kept_ids[1:]
    # Special tokens stay, as published, but for those that end or pad a row.
    ends = {tokenizer.eos_token_id, tokenizer.pad_token_id} - {None}
    while kept_ids and kept_ids[-1] in ends:
        kept_ids.pop()
    text = str(tokenizer.decode(kept_ids))
    return text.split(style.stop)[0].split(f"{style.roles[1]}:")[-1].strip()


def kept(embeds: Tensor, generation: Generation) -> Tensor:
    """The newest embeddings that leave room for an answer within the context.  (1, T, D) -> (1, <= T, D).

    Source: Chat.answer (max_length 2000, cut from the front).
    """
    return embeds[:, max(0, embeds.shape[1] + generation.max_new_tokens - generation.context_tokens) :]
