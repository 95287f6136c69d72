"""`ngozi model convert`: weights of others into one folder of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker import model_commands, model_shell

__all__ = ["convert"]


@model_commands.app.command()
def convert(
    folder: Annotated[
        Path,
        typer.Argument(help="the published files: eva_vit.pth, blip2_pretrained.pth, skingpt4.pth, llm/"),
    ],
    out: Annotated[Path, typer.Option(help="new folder for the converted network")],
    source: Annotated[str, typer.Option("--from", help="whose layout it is: skingpt4")] = "skingpt4",
    preset: Annotated[
        str | None, typer.Option(help="what it is, where sizes do not tell, e.g. skingpt4-vicuna-13b")
    ] = None,
) -> None:
    """Converts the published SkinGPT-4 files into one folder of safetensors with a manifest."""
    if source != "skingpt4":
        model_shell.refuse(f"--from is {source!r}; expected skingpt4")
    from model import convert

    with model_shell.one_sentence():
        manifest = convert.convert(folder, out, preset, lambda step: Console(stderr=True).print(step))
    size = sum(file["bytes"] for file in manifest["files"].values())
    console = Console(soft_wrap=True)
    console.print(
        f"{manifest['preset']} is in {out} ({len(manifest['files'])} files, {size / 2**20:.1f} MiB)"
    )
    for licence in manifest["licences"]:
        console.print(f"licence: {licence}")
