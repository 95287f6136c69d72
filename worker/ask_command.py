"""`ngozi model ask`: one question to any vision-language model, and its raw answer. For research; no chat goes this way."""

from __future__ import annotations

import json as json_format
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from worker import model_commands, model_shell

__all__ = ["RAW", "ask"]

RAW = "Raw output of a model: unguarded and unchecked, not for patients."


@model_commands.app.command()
def ask(
    folder: Annotated[
        Path,
        typer.Argument(
            help="SkinGPT-4 published or converted, model/ of a trained step, or any image-text-to-text model of transformers"
        ),
    ],
    photo: Annotated[Path, typer.Argument(help="a photograph (JPEG, PNG, WebP or HEIC)")],
    question: Annotated[str | None, typer.Argument(help="default: the preset's first question")] = None,
    language: Annotated[
        Path | None,
        typer.Option(help="language model of a trained folder, where it lies elsewhere than in training"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    tokens: Annotated[
        int, typer.Option(min=0, help="most new tokens; 0: as many as the model's style has")
    ] = 0,
    seed: Annotated[int, typer.Option(help="the published style draws its words at random")] = 42,
    json: Annotated[
        bool, typer.Option("--json", help="one JSON object: text, kind, preset, seconds")
    ] = False,
) -> None:
    """Asks any vision-language model about a photograph. Prints its raw answer: unguarded, not for patients."""
    if question is not None and not question.strip():
        model_shell.refuse("the question is empty; expected words, or no question for the preset's first")
    import torch

    from model import data, talkers
    from model.prompts import Turn
    from worker.model_loading import language_cache

    model_shell.ready()
    with model_shell.one_sentence():
        on = talkers.device(device)
        image = data.open_photo(photo)  # before the minutes that a large model takes to load
        opened = talkers.load(folder, cache=language_cache(), on=on, source=language)
        torch.manual_seed(seed)
        began = time.monotonic()
        text = opened.talker.reply(image, [Turn(question or opened.question)], tokens or None)
        seconds = round(time.monotonic() - began, 2)
    if json:
        found = {"text": text, "kind": opened.kind, "preset": opened.preset, "seconds": seconds}
        print(RAW, file=sys.stderr)
        print(json_format.dumps(found, ensure_ascii=False))
    else:
        print(RAW)
        print(text)
