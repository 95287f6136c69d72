"""Teaches a SkinGPT: step 1 what is to be seen (concepts), step 2 what it could be (diagnosis with notes).

As published (skingpt4.md sections 1 and 2): BOS + template with the image + caption + end sign, the pieces tokenised by
themselves, loss on caption and end sign only.  The scores are computed where an answer stands and nowhere else: Gemma knows
262 144 words.

All that is drawn at random in a step depends on the seed and the step alone, so that a run that was killed ends as if it had not
been.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model import augment, data, notes, pixels, plots, prompts
from model.language import is_lora
from model.network import SkinGPT
from model.notes import Notes
from model.presets import EvaSize
from model.progress import Part, unwatched
from model.prompts import Turn
from model.talk import network_input
from model.teach_config import TeachConfig, rate, to_toml
from model.teaching_data import Example
from model.trained import save_trained

__all__ = [
    "Lesson", "Photographs", "Source", "Taught", "TeachError", "answer_loss", "encode", "hold_out", "lesson", "teach", "usable",
]  # fmt: skip

IGNORED = -100


class TeachError(ValueError):
    """A training that cannot be run; says what, the value, and what was expected."""


@dataclass(frozen=True)
class Lesson:
    """One thing to be said: the prompt in two pieces around the image, and the answer with its end sign.  (1, T) int64 each."""

    before: Tensor
    after: Tensor
    answer: Tensor


@dataclass(frozen=True)
class Taught:
    """How a training ended.  held_out: least loss on the patients kept out, None where there were none."""

    folder: Path
    steps: int
    loss: float
    held_out: float | None
    best_step: int
    stopped_early: bool


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


class Source(Protocol):
    """Where the photographs of a training come from: looked at anew in each step, or as they were kept."""

    def draw(self, example: Example, seed: int | None) -> tuple[Example, Any]:
        """(what is taught of an example this time, what `soft` needs of it).  seed: of what is drawn; None: as it stands."""
        ...

    def soft(self, drawn: Sequence[Any]) -> Tensor:
        """The photographs as soft tokens, with gradients.  Returns (B, Q, D)."""
        ...

    def mark(self) -> str:
        """Changes when the photographs would, beyond their names."""
        ...


class Photographs(Source):
    """Pictures from their files, taken as another hand would have."""

    def __init__(self, model: SkinGPT) -> None:
        self._model = model

    def draw(self, example: Example, seed: int | None) -> tuple[Example, Tensor]:
        return example, picture(self._model, example.file, seed)

    def soft(self, drawn: Sequence[Tensor]) -> Tensor:
        return self._model.encode_image(torch.cat(list(drawn)).to(self._model.projection.weight.device))

    def mark(self) -> str:
        return ""


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


def teach(
    model: SkinGPT,
    tokenizer: Any,
    examples: Sequence[Example],
    step: int,
    config: TeachConfig,
    out: Path,
    tell: Part = unwatched,
    *,
    catalogue: Mapping[str, Notes] | None = None,
    about: Mapping[str, Any] | None = None,
    source: Source | None = None,
    store: bool = True,
) -> Taught:
    """Trains one step in place and writes out/model, out/config.toml, out/losses.csv, out/losses.png; taken up where it stopped.

    examples: of the training part; some patients are kept out for the early stop.  The model ends as it was where their loss was
    least.  catalogue: notes of a condition's code.  about: more for the manifest.  source: of the photographs, their files by
    default.  store: whether out/model is written; who keeps the weights otherwise does without.  Raises TeachError.
    """
    source = source or Photographs(model)
    return _Run(
        model, tokenizer, examples, step, config, out, catalogue or {}, dict(about or {}), source, store
    ).run(tell)


class _Run:
    """One training: what it has, and where it stands."""

    def __init__(
        self, model: SkinGPT, tokenizer: Any, examples: Sequence[Example], step: int, config: TeachConfig, out: Path,
        catalogue: Mapping[str, Notes], about: dict[str, Any], source: Source, store: bool,
    ) -> None:  # fmt: skip
        if step not in (1, 2):
            raise TeachError(f"step is {step}; expected 1 or 2")
        self.learn, kept = hold_out(usable(examples, step), config.held_out_share, config.seed)
        self.kept = kept[: config.held_out_most]
        if not self.learn:
            raise TeachError(
                f"step {step} has no photograph to learn from; expected some with what it teaches"
            )
        self.model, self.tokenizer, self.step, self.config, self.out = model, tokenizer, step, config, out
        self.catalogue, self.about, self.source, self.store = catalogue, about, source, store
        self.style = model.preset.style
        self.device = _device(config)
        model.to(self.device)
        self.trained = choose_parts(model, config.parts)
        if config.checkpointing:
            for module in (model.language_model, model.qformer):
                module.activation_checkpointing_enable()
        self.optimiser = torch.optim.AdamW(_groups(self.trained, config), lr=config.rate)
        self.done = 0
        self.rows: list[tuple[int, float, float, float | None]] = []
        self.best: dict[str, Tensor] | None = None
        self.best_loss, self.best_step, self.worse = float("inf"), 0, 0
        self.ended = False

    def run(self, tell: Part) -> Taught:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "config.toml").write_text(to_toml(self.config), encoding="utf-8")
        self._take_up()
        while self.done < self.config.steps and not self.ended:
            loss, used = self._one_step(self.done)
            self.done += 1
            held = self._check() if self.kept and self._is_check() else None
            self.rows.append((self.done, loss, used, held))
            if self.done % self.config.save_every == 0 or self.done == self.config.steps or self.ended:
                self._save()
            tell(self.done, self.config.steps, loss)
        return self._finish()

    def _is_check(self) -> bool:
        return self.done % self.config.check_every == 0 or self.done == self.config.steps

    def _one_step(self, at: int) -> tuple[float, float]:
        """Changes the weights once; returns (mean loss a token, learning rate)."""
        config = self.config
        _train_mode(self.model, config)
        torch.manual_seed(_drawn(config.seed, self.step, at))  # dropout
        used = rate(config, at)
        for group in self.optimiser.param_groups:
            group["lr"] = used * group["share"]
        micro = [self._micro(at * config.accumulate + n) for n in range(config.accumulate)]
        # The mean over all tokens of the step, however they fall into micro-batches: accumulation changes nothing.
        tokens = sum(one.answer.shape[1] for _, lessons in micro for one in lessons)
        total = 0.0
        for drawn, lessons in micro:
            with self._amp():
                loss, _ = answer_loss(self.model, self.source.soft(drawn), lessons)
            loss = loss / tokens
            loss.backward()
            total += float(loss.detach())
        if not total < float("inf"):
            raise TeachError(
                f"the loss is {total} at step {at + 1}; expected a number: a smaller rate, or amp = false"
            )
        if config.clip:
            nn.utils.clip_grad_norm_(self.trained.values(), config.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return total, used

    def _micro(self, number: int) -> tuple[list[Any], list[Lesson]]:
        """The photographs of a micro-batch, as their source gives them, and what each is taught."""
        count, config = len(self.learn), self.config
        drawn, lessons = [], []
        for at in range(number * config.batch, (number + 1) * config.batch):
            example = self.learn[_order(count, config.seed, self.step, at // count)[at % count]]
            seed = _drawn(config.seed, self.step, 10**9 + at) if config.augment else None
            example, one = self.source.draw(example, seed)
            drawn.append(one)
            lessons.append(self._lesson(example, random.Random(f"{config.seed}:{self.step}:{at}")))
        return drawn, lessons

    def _lesson(self, example: Example, rng: random.Random) -> Lesson:
        def tokens(answer: str) -> int:
            return len(self.tokenizer(" " + answer + self.style.stop, add_special_tokens=False)["input_ids"])

        turns, answer = lesson(example, self.step, rng, self.config, self.style, self.catalogue, tokens)
        if self.config.prompt == "published" and len(turns) > 1:
            turns, answer = turns[:1], turns[0].answer or ""
        return encode(self.tokenizer, turns, answer, self.step, self.style, self.config, rng)

    @torch.no_grad()
    def _check(self) -> float:
        """Mean loss a token on the patients kept out; keeps the weights if none was less, and says when it is enough."""
        held = self.loss_of(self.kept)
        if held < self.best_loss:
            self.best_loss, self.best_step, self.worse = held, self.done, 0
            self.best = {name: p.detach().cpu().clone() for name, p in self.trained.items()}
        else:
            self.worse += 1
            self.ended = self.worse >= self.config.patience
        return held

    @torch.no_grad()
    def loss_of(self, examples: Sequence[Example]) -> float:
        """Mean loss a token, each example asked the same way each time."""
        self.model.eval()
        total, tokens = 0.0, 0
        for start in range(0, len(examples), self.config.batch):
            part = [self.source.draw(e, None) for e in examples[start : start + self.config.batch]]
            lessons = [self._lesson(e, random.Random(f"{self.config.seed}:{e.file.name}")) for e, _ in part]
            with self._amp():
                loss, count = answer_loss(self.model, self.source.soft([drawn for _, drawn in part]), lessons)
            total, tokens = total + float(loss), tokens + count
        return total / max(1, tokens)

    def _amp(self) -> AbstractContextManager[object]:
        if not self.config.amp:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _mark(self) -> str:
        """A short hash that changes when settings, examples or the weights at the start do."""
        if not hasattr(self, "_marked"):
            settings = [asdict(self.config), self.step, self.source.mark()]
            digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
            for e in (*self.learn, None, *self.kept):
                known = [] if e is None else [e.file.name, e.words, e.label, e.caption]
                digest.update(json.dumps(known).encode())
            for name, p in self.trained.items():
                # Not a sum: with another number of threads that is another number.
                digest.update(
                    name.encode() + p.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
                )
            self._marked = digest.hexdigest()[:16]
        return self._marked

    def _take_up(self) -> None:
        mark = self._mark()
        path = self.out / "state.pt"
        if path.is_file():
            held = torch.load(path, map_location="cpu", weights_only=True)
            if held["mark"] != mark:
                raise TeachError(
                    f"{path} is of another training (other settings, photographs or weights); expected the same, or another --out"
                )
            with torch.no_grad():
                for name, p in self.trained.items():
                    p.copy_(held["weights"][name])
            self.optimiser.load_state_dict(held["optimiser"])
            self.done, self.ended, self.worse = held["done"], held["ended"], held["worse"]
            self.best, self.best_loss, self.best_step = held["best"], held["best_loss"], held["best_step"]
            self.rows = [tuple(row) for row in held["rows"]]
        self._write_losses()

    def _save(self) -> None:
        """The state, whole or not at all."""
        weights = {name: p.detach().cpu() for name, p in self.trained.items()}
        state = {
            "mark": self._mark(), "done": self.done, "ended": self.ended, "worse": self.worse, "weights": weights,
            "optimiser": self.optimiser.state_dict(), "best": self.best, "best_loss": self.best_loss,
            "best_step": self.best_step, "rows": [list(row) for row in self.rows],
        }  # fmt: skip
        half = self.out / "state.part"
        torch.save(state, half)
        os.replace(half, self.out / "state.pt")
        self._write_losses()

    def _write_losses(self) -> None:
        with (self.out / "losses.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("step", "loss", "rate", "held_out_loss"))
            writer.writerows(
                (n, f"{a:.6f}", f"{r:.3e}", "" if h is None else f"{h:.6f}") for n, a, r, h in self.rows
            )

    def _finish(self) -> Taught:
        if self.best is not None:
            with torch.no_grad():
                for name, p in self.trained.items():
                    p.copy_(self.best[name])
        self.model.eval()
        if self.config.checkpointing:
            for module in (self.model.language_model, self.model.qformer):
                module.activation_checkpointing_disable()
        plots.losses(self.rows, self.out / "losses.png")
        held = None if self.best is None else self.best_loss
        folder = self.out / "model"
        known = {
            "step": self.step, "seed": self.config.seed, "steps": self.done, "held_out_loss": held, "best_step": self.best_step,
            "learned_from": len(self.learn), "kept_out": len(self.kept), "trained": list(self.config.parts),
        }  # fmt: skip
        if self.store:
            save_trained(self.model, folder, {**self.about, **known})
            (folder / "config.toml").write_text(to_toml(self.config), encoding="utf-8")
        last = self.rows[-1][1] if self.rows else float("nan")
        return Taught(folder, self.done, last, held, self.best_step, self.ended)


def _groups(trained: Mapping[str, nn.Parameter], config: TeachConfig) -> list[dict[str, Any]]:
    """The optimiser's groups: matrices decay, vectors do not; LoRA has its share of the rate."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, p in trained.items():
        groups.setdefault((p.ndim >= 2, is_lora(name)), []).append(p)
    return [
        {
            "params": parameters,
            "weight_decay": config.weight_decay if matrix else 0.0,
            "share": config.lora_rate_share if lora else 1.0,
        }
        for (matrix, lora), parameters in groups.items()
    ]


def choose_parts(model: SkinGPT, parts: Sequence[str]) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name; all others want no gradient.  Raises TeachError for a part the model lacks."""
    prefixes = {
        "tower": ("tower.",), "ln_vision": ("ln_vision.",), "qformer": ("qformer.", "query_tokens"),
        "projection": ("projection.",), "findings": ("findings.",), "lora": ("language_model.",),
    }  # fmt: skip
    found: dict[str, nn.Parameter] = {}
    model.requires_grad_(False)
    for part in parts:
        before = len(found)
        for name, p in model.named_parameters():
            if name.startswith(prefixes[part]) and (part != "lora" or is_lora(name)):
                p.requires_grad_(True)
                found[name] = p
        if len(found) == before:
            raise TeachError(f"parts holds {part}, which this network does not have; expected what it has")
    return found


def picture(model: SkinGPT, file: Path, seed: int | None) -> Tensor:
    """A photograph as the tower wants it, as another hand would have taken it if a seed is given.  (1, 3, S, S) float32."""
    image = data.open_photo(file)
    if seed is None:
        return network_input(model, image)
    vision = model.sizes.vision
    if isinstance(vision, EvaSize):
        # LAVIS' blip2_image_train: RandomResizedCrop of scale 0.5 to 1, ratio 3/4 to 4/3.
        rng = random.Random(seed)
        share, ratio = rng.uniform(0.5, 1.0), rng.uniform(0.75, 4 / 3)
        area = share * image.width * image.height
        width = min(image.width, max(1, round((area * ratio) ** 0.5)))
        height = min(image.height, max(1, round((area / ratio) ** 0.5)))
        left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
        return pixels.published(image.crop((left, top, left + width, top + height)), vision.image_px)[None]
    torch_rng = torch.Generator().manual_seed(seed)
    x = augment.moved(pixels.square(image)[None].float(), vision.image_px, torch_rng)
    return pixels.scaled(augment.softened(augment.relit(x, torch_rng), torch_rng))


def _train_mode(model: SkinGPT, config: TeachConfig) -> None:
    """Dropout where something is learned, nowhere else; the tower's batch statistics stay as they are."""
    model.eval()
    if "qformer" in config.parts or config.checkpointing:
        model.qformer.train("qformer" in config.parts)
    if "lora" in config.parts or config.checkpointing:
        model.language_model.train()  # transformers computes again on the way back only in this mode


def _device(config: TeachConfig) -> torch.device:
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.device == "cuda" and not torch.cuda.is_available():
        raise TeachError("device is 'cuda' and there is none; expected auto or cpu")
    return torch.device(config.device)


def _drawn(seed: int, step: int, at: int) -> int:
    return int(hashlib.sha256(f"{seed}:{step}:{at}".encode()).hexdigest()[:12], 16)


_orders: dict[tuple[int, int, int, int], list[int]] = {}


def _order(count: int, seed: int, step: int, epoch: int) -> list[int]:
    """The order of the examples in one round through them all."""
    key = (count, seed, step, epoch)
    if key not in _orders:
        _orders.clear()
        order = list(range(count))
        random.Random(f"{seed}:{step}:{epoch}").shuffle(order)
        _orders[key] = order
    return _orders[key]
