"""`ngozi model train --step`: the two steps of a SkinGPT, and their ablation."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from worker import model_shell
from worker.taught_notes import catalogue_notes

__all__ = ["ablation_of_words", "run"]

STEPS = ("1", "2", "both", "ablation")


def ablation_of_words(data: Path, work: Path | None, out: Path, length: float, most: int) -> None:
    """The ablation for `compact` over towers and Q-Former of the first fold in `work`, or the shipped ones.

    length: of the shipped training, 1 for all of it.  most: photographs that are asked about; 0: all.
    """
    if not 0 < length <= 1:
        model_shell.refuse(f"--length is {length:g}; expected above 0, at most 1")
    from model import bundle, machine, words_ablation

    photos = model_shell.photographs(data, "train")
    held = [] if work is not None else model_shell.photographs(data, "val")
    model_shell.ready()
    with model_shell.one_sentence(), model_shell.progress() as progress:
        bar = model_shell.Bar(progress)
        out.mkdir(parents=True, exist_ok=True)
        if work is not None:
            found = words_ablation.of_fold(photos, work, bar)
        else:
            found = words_ablation.of_bundle(bundle.SHIPPED, photos, held, out, bar)
        plan = words_ablation.plan(out / "language", length, machine.quick_dtype())
        rows = words_ablation.ablate(found, plan, out, bar, most=most or None)
    Console().print(words_ablation.table(rows), soft_wrap=True, markup=False)


def run(data: Path, out: Path, step: str, preset: str | None, config: Path | None, seed: int) -> None:
    """Trains what was asked for and says where it lies; bad input ends the command with one sentence."""
    if step not in STEPS:
        model_shell.refuse(f"--step is {step!r}; expected one of {', '.join(STEPS)}")
    if preset is None:
        model_shell.refuse("--step came without --preset; expected e.g. --preset compact")
    from dataclasses import replace

    from model import presets, teach_config, teach_run, teaching_data

    with model_shell.one_sentence():
        chosen = presets.by_name(preset)
        settings = teach_config.default(chosen)
        if config is not None:
            settings = teach_config.read(config, settings)
        if settings.preset != preset:
            model_shell.refuse(f"--preset is {preset!r}; expected {settings.preset!r} as {config} says")
        settings = teach_config.checked(replace(settings, seed=seed) if seed else settings)
    model_shell.ready()
    said = Console(stderr=True, soft_wrap=True)
    with model_shell.one_sentence(), model_shell.progress() as progress:
        reading = progress.add_task("photographs", total=None, note="")
        found = teaching_data.read(
            data,
            lambda done, total: progress.update(reading, completed=done, total=total),
            both=step in ("both", "ablation"),
        )
        said.print(found.sentence())
        bar = model_shell.Bar(progress)
        text = teach_run.run(settings, found, step, out, catalogue_notes(), bar)
    Console().print(text, soft_wrap=True, markup=False)
