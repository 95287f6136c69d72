"""Teaches a SkinGPT: step 1 what is to be seen (concepts), step 2 what it could be (diagnosis with notes).

What is said in a lesson: model/lessons.py.  Of which photograph: model/taught_photos.py.  What learns: model/taught_parts.py.

All that is drawn at random in a step depends on the seed and the step alone, so that a run that was killed ends as if it had not
been.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model import plots
from model.lessons import Lesson, answer_loss, encode, hold_out, lesson, usable
from model.network import SkinGPT
from model.notes import Notes
from model.progress import Part, unwatched
from model.taught_parts import choose_parts, device_of, groups_of, train_mode
from model.taught_photos import Photographs, Source
from model.teach_config import TeachConfig, TeachError, rate, to_toml
from model.teaching_data import Example
from model.trained import save_trained

__all__ = ["Taught", "teach"]


@dataclass(frozen=True)
class Taught:
    """How a training ended.  held_out: least loss on the patients kept out, None where there were none."""

    folder: Path
    steps: int
    loss: float
    held_out: float | None
    best_step: int
    stopped_early: bool


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
        self.device = device_of(config)
        model.to(self.device)
        self.trained = choose_parts(model, config.parts)
        if config.checkpointing:
            for module in (model.language_model, model.qformer):
                module.activation_checkpointing_enable()
        self.optimiser = torch.optim.AdamW(groups_of(self.trained, config), lr=config.rate)
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
        train_mode(self.model, config)
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
