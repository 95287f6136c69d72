"""Teaches the compact model's language model to say what the Q-Former found: projection, the findings' token, and LoRA.

What is said must be what the numbers say.  So the model is shown, beside the photograph, the probabilities as one more soft
token, and is taught to name their first: those of the photograph alone, those that the answers have moved (both out of fold, so
that they are wrong as often as in service), and drawn ones, which part word and picture so that the token is learned to be read.
In the other examples the token is blank and the condition is the true one: then the words come from the photograph alone.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import concepts, data, language, look, presets, teach
from model.language import Lora
from model.lessons import encode, lesson
from model.network import Eyes, SkinGPT
from model.notes import Notes, concept_words
from model.progress import Part, Progress, part
from model.taught_photos import Source
from model.teach_config import TeachConfig, default
from model.teaching_data import PAD_NAMES, Example
from model.vision import LesionNet

__all__ = [
    "CONFIG",
    "LORA",
    "Lessons",
    "Plan",
    "TaughtWords",
    "beginning",
    "kept_looks",
    "plan",
    "taught_ids",
    "teach_step",
    "teach_words",
]

LORA = Lora(rank=8, alpha=16.0, dropout=0.0, targets=(
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
))  # fmt: skip
STEPS = {1: 120, 2: 450}
CONFIG = replace(
    default(presets.COMPACT), parts=("projection", "findings", "lora"), warmup_steps=20, rate=1e-3, least_rate=5e-5,
    warmup_rate=5e-5, lora_rate_share=0.5, weight_decay=0.01, clip=1.0, batch=4, accumulate=2, follow_up_share=0.2,
    answer_tokens=72, held_out_share=0.08, check_every=150, patience=100, save_every=25,
)  # fmt: skip
"""What both steps share; STEPS says how long each is."""
TOLD = (("blank", 0.4), ("alone", 0.2), ("fused", 0.2), ("drawn", 0.2))
"""What the findings' token holds in step 2, and of how many examples.  In step 1 it is blank."""

DRAWS = 6000
"""Lessons that are drawn to learn which tokens are taught; after some 4,000 no new one comes."""


@dataclass(frozen=True)
class Lessons:
    """One photograph and what is known of it.  alone, fused: (C,) out-of-fold probabilities without and with the answers."""

    file: Path
    patient: str
    code: str
    words: tuple[str, ...]
    alone: Tensor
    fused: Tensor


@dataclass(frozen=True)
class Plan:
    """language_model, tokenizer: with LoRA in it (LORA).  catalogue: notes by code.  steps: step -> how long, in its order.

    told: what the findings' token holds in step 2.
    """

    language_model: Any
    tokenizer: Any
    catalogue: Mapping[str, Notes]
    source: str
    steps: Mapping[int, int]
    config: TeachConfig = CONFIG
    told: tuple[tuple[str, float], ...] = TOLD


@dataclass(frozen=True)
class TaughtWords:
    """model: the whole network, trained.  about: for the manifest."""

    model: SkinGPT
    about: dict[str, Any]


@torch.no_grad()
def kept_looks(
    networks: Sequence[LesionNet], eyes: Eyes, squares: Tensor, count: int, seed: int, tell: Progress
) -> Tensor:
    """What the queries find in each take of each photograph.  squares: (N, 3, S, S) uint8.  Returns (count, N, Q, H) float32."""
    views = look.taught_views(networks, squares, count, seed, part(tell, "final grids, for words"))
    return torch.stack(
        [torch.cat([eyes.query(eyes.ln_vision(b.float())) for b in view.split(64)]) for view in views]
    )


def plan(catalogue: Mapping[str, Notes], cache: Path, dtype: torch.dtype = torch.bfloat16) -> Plan:
    """The shipped model's plan.  cache: folder for the converted language model.  Raises LanguageError."""
    source = presets.COMPACT.language
    torch.manual_seed(
        CONFIG.seed
    )  # LoRA begins at random, and a training is taken up only from the same beginning
    lm = language.load(source, dtype=dtype, lora=LORA, cache=cache)
    return Plan(lm, language.load_tokenizer(source, cache=cache), catalogue, source, STEPS)


def teach_words(
    eyes: Eyes, looks: Tensor, lessons: Sequence[Lessons], wanted: Plan, out: Path, tell: Progress
) -> TaughtWords:
    """Teaches the steps of a plan one after the other, each taken up where it stopped.

    looks: (V, N, Q, H) of kept_looks, one column a lesson.  Raises TeachError.
    """
    model = beginning(eyes, looks, wanted)
    ends = {
        step: teach_step(
            model, step, looks, lessons, wanted, out / f"step{step}", part(tell, f"words, step {step}")
        )
        for step in wanted.steps
    }
    about = {
        "language": wanted.source, "lessons": len(lessons), "word_ids": taught_ids(wanted),
        "words": {str(n): {"steps": e.steps, "loss": e.loss, "held_out_loss": e.held_out} for n, e in ends.items()},
    }  # fmt: skip
    return TaughtWords(model, about)


def taught_ids(wanted: Plan, draws: int = DRAWS) -> list[int]:
    """The tokens of the answers that such a training teaches, sorted; word_head.narrow keeps a last layer over them.

    draws: lessons of made-up photographs, each of any condition and with any concepts; the seed is fixed.
    """
    tokenizer, style = wanted.tokenizer, presets.COMPACT.style
    rng = random.Random(1)
    ids: set[int] = set()

    def length(text: str) -> int:
        return len(tokenizer(" " + text + style.stop, add_special_tokens=False)["input_ids"])

    for n in range(draws):
        code, step = rng.choice(list(PAD_NAMES)), rng.choice((1, 2, 2))
        seen = {name: rng.choice(values) for name, values in concepts.CONCEPTS.items() if rng.random() < 0.8}
        example = Example(Path(str(n)), tuple(concept_words(seen)), PAD_NAMES[code], code, None, "", "train")
        if step == 1 and not example.words:
            continue
        turns, answer = lesson(example, step, rng, wanted.config, style, wanted.catalogue, length)
        taught = encode(tokenizer, turns, answer, step, style, wanted.config, rng).answer[0].tolist()
        ids.update(taught)
    return sorted(ids)


def beginning(eyes: Eyes, looks: Tensor, wanted: Plan) -> SkinGPT:
    """The network before its words are taught: what the eyes learned, and a projection at random of the right length."""
    torch.manual_seed(wanted.config.seed)
    model = SkinGPT(replace(presets.COMPACT, sizes=eyes.sizes), wanted.language_model)
    model.load_state_dict(
        {n: v for n, v in eyes.state_dict().items() if not n.startswith("tower.")}, strict=False
    )
    begin_like_words(model, looks[0])
    return model


def teach_step(
    model: SkinGPT,
    step: int,
    looks: Tensor,
    lessons: Sequence[Lessons],
    wanted: Plan,
    out: Path,
    tell: Part,
) -> teach.Taught:
    """Teaches one step of a plan in place, taken up where it stopped.  Raises TeachError."""
    examples = [
        Example(one.file, one.words, PAD_NAMES[one.code], one.code, None, one.patient, "train")
        for one in lessons
    ]
    config = replace(wanted.config, epochs=1, steps_per_epoch=wanted.steps[step])
    return teach.teach(
        model, wanted.tokenizer, examples, step, config, out, tell, catalogue=wanted.catalogue,
        source=KeptLooks(model, looks, lessons, step, wanted.told), store=False,
    )  # fmt: skip


@torch.no_grad()
def begin_like_words(model: SkinGPT, queries: Tensor) -> None:
    """Scales projection and findings so that soft tokens begin as long as the embeddings of words.

    Gemma multiplies its embeddings by the root of their width (26 long in all); a soft token of length 1 is drowned out, and the
    projection needs hundreds of steps to grow.  queries: (N, Q, H), some of what will be projected.
    """
    table = model.language_model.get_input_embeddings()
    some = torch.arange(0, table.num_embeddings, max(1, table.num_embeddings // 512))
    length = float(table(some).float().norm(dim=1).mean())
    factor = length / float(model.project(queries[:50].to(model.projection.weight.dtype)).norm(dim=-1).mean())
    model.projection.weight.mul_(factor)
    model.projection.bias.mul_(factor)
    findings = model.findings
    findings.weight.normal_().mul_(length / findings.weight.norm(dim=0).mean())
    findings.bias.normal_().mul_(0.3 * length / findings.bias.norm())


class KeptLooks(Source):
    """Photographs as they were looked at once, and what is told of them this time."""

    def __init__(
        self,
        model: SkinGPT,
        looks: Tensor,
        lessons: Sequence[Lessons],
        step: int,
        told: Sequence[tuple[str, float]] = TOLD,
    ) -> None:
        self._model, self._looks, self._lessons, self._step = model, looks, lessons, step
        self._told = dict(told) if step == 2 else {"blank": 1.0}
        self._row = {one.file: n for n, one in enumerate(lessons)}

    def draw(self, example: Example, seed: int | None) -> tuple[Example, tuple[Tensor, Tensor]]:
        row = self._row[example.file]
        one = self._lessons[row]
        blank = torch.zeros_like(one.alone)
        rng = random.Random(seed)
        view = 0 if seed is None else rng.randrange(len(self._looks))
        kind = rng.choices(list(self._told), list(self._told.values()))[0]
        if seed is None:
            kind = "fused" if "fused" in self._told else "blank"
        if kind == "drawn":
            # Dirichlet(0.5): often nearly sure, sometimes torn, as the numbers are.
            drawn = torch.tensor([rng.gammavariate(0.5, 1.0) + 1e-6 for _ in data.CODES])
            told = drawn / drawn.sum()
        else:
            told = {"blank": blank, "alone": one.alone, "fused": one.fused}[kind]
        code = one.code if kind == "blank" else data.CODES[int(told.argmax())]
        said = replace(example, code=code, label=PAD_NAMES[code])
        return said, (self._looks[view, row], told)

    def soft(self, drawn: Sequence[Any]) -> Tensor:
        device = self._model.projection.weight.device
        queries, told = (torch.stack([d[n] for d in drawn]).to(device) for n in (0, 1))
        return self._model.soft_tokens(queries, told)

    def mark(self) -> str:
        # Of what the shipped words were taught with; another share of what is told is another training.
        other = "" if self._step == 1 or tuple(self._told.items()) == TOLD else repr(self._told)
        digest = hashlib.sha256(other.encode())
        digest.update(self._looks.contiguous().numpy().tobytes())
        for one in self._lessons:
            digest.update(torch.stack([one.alone, one.fused]).numpy().tobytes())
        return digest.hexdigest()
