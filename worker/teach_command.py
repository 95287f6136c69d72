"""`ngozi model train --step`: the two steps of a SkinGPT, and their ablation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from worker import model_commands

if TYPE_CHECKING:
    from model.notes import Notes

__all__ = ["catalogue_notes", "run"]

STEPS = ("1", "2", "both", "ablation")


def catalogue_notes() -> dict[str, Notes]:
    """The catalogue's English sentences by code, as the model is taught to say them."""
    import locales
    from bot.clinical.conditions import catalogue
    from model.notes import Notes
    from model.teaching_data import PAD_NAMES

    return {
        code: Notes(
            code=code,
            name=PAD_NAMES[code],
            plain=locales.render(entry.name, "en"),
            about=locales.render(entry.about, "en"),
            contagious=locales.render(entry.contagious, "en"),
            home=locales.render(entry.home, "en"),
            when=locales.render(entry.when, "en"),
            urgency=entry.urgency.value,
            cancer=entry.cancer,
        )
        for code, entry in catalogue().items()
        if code in PAD_NAMES
    }


def run(data: Path, out: Path, step: str, preset: str | None, config: Path | None, seed: int) -> None:
    """Trains what was asked for and says where it lies; bad input ends the command with one sentence."""
    if step not in STEPS:
        model_commands.refuse(f"--step is {step!r}; expected one of {', '.join(STEPS)}")
    if preset is None:
        model_commands.refuse("--step came without --preset; expected e.g. --preset compact")
    from dataclasses import replace

    from model import presets, teach_config, teach_run, teaching_data

    with model_commands.one_sentence():
        chosen = presets.by_name(preset)
        settings = teach_config.default(chosen)
        if config is not None:
            settings = teach_config.read(config, settings)
        if settings.preset != preset:
            model_commands.refuse(f"--preset is {preset!r}; expected {settings.preset!r} as {config} says")
        settings = teach_config.checked(replace(settings, seed=seed) if seed else settings)
    model_commands.ready()
    said = Console(stderr=True, soft_wrap=True)
    with model_commands.one_sentence(), model_commands.progress() as progress:
        reading = progress.add_task("photographs", total=None, note="")
        found = teaching_data.read(
            data,
            lambda done, total: progress.update(reading, completed=done, total=total),
            both=step in ("both", "ablation"),
        )
        said.print(found.sentence())
        bar = model_commands.Bar(progress)
        text = teach_run.run(settings, found, step, out, catalogue_notes(), bar)
    Console().print(text, soft_wrap=True, markup=False)
