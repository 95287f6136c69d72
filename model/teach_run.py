"""A whole training of a SkinGPT: the network to begin with, step 1, step 2, both, or the paper's ablation of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from model import data, language, presets, prompts, teach, trained
from model.checkpoint import load_skingpt4
from model.convert import load_native
from model.language import Lora
from model.lessons import hold_out, usable
from model.network import GridTower, SkinGPT
from model.notes import CONCEPT_QUESTIONS, DIAGNOSIS_QUESTIONS, Notes
from model.presets import EvaSize
from model.progress import Progress, part
from model.talk import network_input
from model.teach_config import TeachConfig, TeachError
from model.teaching_data import Example, Read
from model.vision import LiteTower, load_imagenet

__all__ = ["ARMS", "begin", "run"]

"""(what is trained, step done, steps in all, loss)"""

ARMS = {"step 1 only": ("step1",), "step 2 only": ("step2",), "both": ("step1", "both")}
"""Arm of the ablation -> its folders in the order of training; step 1 is trained once for two arms."""
MOST_SAID = 100
"""Most photographs of patients kept out that are asked about for the table: an answer takes seconds on a small machine."""


def begin(config: TeachConfig, cache: Path) -> tuple[SkinGPT, Any]:
    """(the network before its training, its tokenizer).  cache: folder for converted language models.

    Raises ValueError (LanguageError, CheckpointError, TrainedError, TeachError) that says what is wrong with which folder.
    """
    preset = presets.by_name(config.preset)
    torch.manual_seed(config.seed)
    dtype = torch.bfloat16 if config.amp else torch.float32
    lora = Lora(config.lora_rank, config.lora_alpha, config.lora_dropout) if "lora" in config.parts else None
    quant: Any = config.quant
    start = Path(config.start)
    published = isinstance(preset.sizes.vision, EvaSize)
    source = config.language or preset.language
    if config.start and any((start / name).is_file() for name in ("eva_vit.pth", "eva_vit_g.pth")):
        return _of(
            preset, load_skingpt4(start, dtype=dtype, quant=quant, lora=lora)
        ), language.load_tokenizer(start / "llm")
    if config.start and (start / "llm").is_dir():
        return _of(preset, load_native(start, dtype=dtype, quant=quant, lora=lora)), language.load_tokenizer(
            start / "llm"
        )
    if published and not config.start:
        raise TeachError(
            f"start is not set; expected a folder of weights, for {preset.name} trains on top of the published ones"
        )
    if not source:
        raise TeachError(
            f"language is not set; expected a folder or hub: for {preset.name}, which names none"
        )
    made = language.load(source, dtype=dtype, quant=quant, lora=lora, gradients=True, cache=cache)
    tokenizer = language.load_tokenizer(source, cache=cache)
    if config.start:
        return _of(preset, trained.load_trained(start, made)), tokenizer
    model = SkinGPT(preset, made)
    if isinstance(model.tower, GridTower):
        for lite in model.tower.lites:
            assert isinstance(lite, LiteTower)
            load_imagenet(lite)
    return model, tokenizer


def _of(preset: presets.Preset, model: SkinGPT) -> SkinGPT:
    if model.preset.name != preset.name:
        raise TeachError(f"start holds {model.preset.name}; expected {preset.name}")
    return model


def run(
    config: TeachConfig, found: Read, step: str, out: Path, catalogue: Mapping[str, Notes], tell: Progress
) -> str:
    """Trains step "1", "2", "both" or the "ablation" below out, and says in a few lines what came of it.  Raises ValueError."""
    steps = (1, 2) if step in ("both", "ablation") else (int(step),)
    for number in steps:
        if not usable(found.examples, number):
            raise TeachError(f"no photograph has what step {number} teaches; expected {_NEEDS[number]}")
    model, tokenizer = begin(config, out / "language")
    about = {
        "data": found.layout, "photographs": len(found.examples), "dropped": dict(found.dropped),
        "licences": list(model.preset.licences),
    }  # fmt: skip

    def taught(number: int, folder: str) -> teach.Taught:
        return teach.teach(
            model, tokenizer, found.examples, number, config, out / folder,
            part(tell, folder), catalogue=catalogue, about=about,
        )  # fmt: skip

    if step != "ablation":
        ends = [taught(n, f"step{n}") for n in steps]
        return "\n".join(_sentence(end) for end in ends)
    first = {name: value.detach().cpu().clone() for name, value in trained.ours(model).items()}
    kept = hold_out(found.examples, config.held_out_share, config.seed)[1]
    if not kept:
        raise TeachError(
            f"held_out_share is {config.held_out_share} and keeps no patient out; expected more: the ablation compares on them"
        )
    if not any(e.label or e.words for e in kept):
        raise TeachError(
            f"the {len(kept)} photographs kept out have captions alone; expected labels or concepts: the ablation compares them"
        )
    rows = []
    for arm, folders in ARMS.items():
        model.load_state_dict(first, strict=False)
        for folder in folders:
            # Step 1 of the third arm is that of the first: its finished state is taken up.
            taught(1 if folder == "step1" else 2, folder)
        rows.append({"arm": arm, **judge(model, tokenizer, kept, config)})
    (out / "ablation.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    text = table(rows)
    (out / "ablation.md").write_text(text, encoding="utf-8")
    return text


_NEEDS = {1: "concepts or captions", 2: "labels or captions"}


def _sentence(end: teach.Taught) -> str:
    held = (
        ""
        if end.held_out is None
        else f", on the patients kept out {end.held_out:.3f} (step {end.best_step})"
    )
    early = ", stopped early" if end.stopped_early else ""
    return f"{end.folder}: {end.steps} steps{early}, loss {end.loss:.3f}{held}"


def judge(model: SkinGPT, tokenizer: Any, kept: Sequence[Example], config: TeachConfig) -> dict[str, Any]:
    """What a network says of patients whom it has not seen, greedily.

    named and right: of the photographs with a label, how many answers name one of the labels, and how many the right one alone.
    concepts: of the concepts of the photographs with some, how many are said (found), and of those said, how many are true.
    """
    labels = sorted({e.label for e in kept if e.label})
    vocabulary = sorted({w for e in kept for w in e.words})
    counts = dict.fromkeys(("asked", "named", "right", "described", "true", "said", "found"), 0)
    for example in kept[:MOST_SAID]:
        if example.label:
            answer = _said(model, tokenizer, example, 2, config)
            heard = {label for label in labels if label.lower() in answer.lower()}
            counts["asked"] += 1
            counts["named"] += bool(heard)
            counts["right"] += heard == {example.label}
        if example.words:
            answer = _said(model, tokenizer, example, 1, config).lower()
            # As whole items of the list: "brown" is not said by "dark brown".
            items = {item.strip(" .") for item in answer.split(":")[-1].split(",")}
            spoken = {word for word in vocabulary if word.lower() in items}
            counts["described"] += 1
            counts["true"] += len(set(example.words))
            counts["said"] += len(spoken)
            counts["found"] += len(spoken & set(example.words))
    return counts


@torch.no_grad()
def _said(model: SkinGPT, tokenizer: Any, example: Example, step: int, config: TeachConfig) -> str:
    """The greedy answer to the question of a step, in the form of prompt that was trained."""
    style = model.preset.style
    if config.prompt == "published":
        questions = style.questions_concept if step == 1 else style.questions_skin
        prompt = prompts.training_prompt(style, questions[0])
    else:
        question = (CONCEPT_QUESTIONS if step == 1 else DIAGNOSIS_QUESTIONS)[0]
        prompt = prompts.chat_prompt(style, [prompts.Turn(question)])
    device = next(model.projection.parameters()).device
    before, after = (piece.to(device) for piece in prompts.pieces(tokenizer, prompt))
    x = network_input(model, data.open_photo(example.file)).to(device)
    greedy = replace(
        style.generation, do_sample=False, max_new_tokens=min(160, style.generation.max_new_tokens)
    )
    embeds = model.embed(before, model.encode_image(x), after)
    ids = model.generate(embeds, greedy, prompts.stop_sequences(tokenizer, style))[0]
    return prompts.read_answer(tokenizer, style, ids)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The ablation as Markdown."""
    lines = [
        "| trained on | names a condition | the right one | concepts found | concepts said that are true |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in rows:
        lines.append(
            f"| {r['arm']} | {r['named']}/{r['asked']} | {r['right']}/{r['asked']} "
            f"| {r['found']}/{r['true']} | {r['found']}/{r['said']} |"
        )
    return "\n".join(lines) + "\n"
