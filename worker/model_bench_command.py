"""`ngozi model bench`: how fast the vision-language model answers on this machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from worker import model_commands, model_shell

if TYPE_CHECKING:
    import torch

__all__ = ["bench"]


def look(model: Path | None) -> tuple[Callable[[bytes], object], str]:
    """(from a JPEG as it arrives to the findings of a case, coach included; the model's name).  Raises bundle.BundleError."""
    import io

    from PIL import Image

    from bot.media.coach import judge_bytes
    from bot.media.intake import accept
    from model.analysis import CatalogueEntry
    from model.diagnose import Diagnoser

    diagnoser = Diagnoser.load(model)
    codes = dict.fromkeys(diagnoser.codes)
    catalogue = {c: CatalogueEntry(c, "routine", False) for c in codes}

    def whole(jpeg: bytes) -> object:
        photograph = accept(jpeg)
        verdict = judge_bytes(photograph.jpeg)
        with Image.open(io.BytesIO(photograph.jpeg)) as image:
            return verdict, diagnoser.analyse([image.convert("RGB")], {}, catalogue)

    return whole, diagnoser.name


def batches_of(text: str) -> tuple[int, ...]:
    """(1, 4, 8) of '1,4,8'.  Raises ValueError."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--batch is {text!r}; expected numbers with commas between, e.g. 1,4,8") from None


def device_of(name: str) -> torch.device:
    """Raises ValueError for what is not there."""
    import torch

    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"--device is {name!r}; expected auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device is 'cuda' and there is none; expected auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def _weights(preset: str, random_weights: bool, folder: Path | None) -> str:
    """Whose weights are measured, in a word for the report."""
    from model.bench_models import bundle_of

    if random_weights:
        return "random"
    return "real" if folder is not None or bundle_of(None, preset) is None else "shipped"


@model_commands.app.command()
def bench(
    preset: Annotated[str, typer.Option(help="size of SkinGPT, e.g. skingpt4-llama2-13b")] = "compact",
    random_weights: Annotated[
        bool, typer.Option("--random-weights", help="of the same shapes, where nobody has the language model's files")
    ] = False,
    quant: Annotated[str, typer.Option(
        help="none (bfloat16), int8 or nf4 (bitsandbytes), w8a8 (int8 for a CPU); default: as the service would, w8a8 or none"
    )] = "",
    batch: Annotated[str, typer.Option(help="answers at once")] = "1,4,8,16,32",
    out: Annotated[Path | None, typer.Option(help="file for the report as JSON")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="rounds of all arms in turn")] = 5,
    tokens: Annotated[int, typer.Option(min=4, max=2048, help="tokens of an answer")] = 32,
    photos: Annotated[int, typer.Option(min=1, max=10000, help="photographs looked at for findings")] = 20,
    weights: Annotated[Path | None, typer.Option(
        help="folder that `ngozi model train` wrote, with --step or without (default: the shipped one if it is of the preset)"
    )] = None,
    cache: Annotated[
        Path | None, typer.Option(help="folder for a converted language model (default: made anew each time)")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    model: Annotated[Path | None, typer.Option(help=model_shell.MODEL_HELP)] = None,
) -> None:  # fmt: skip
    """Measures how fast the vision-language model answers, against plain generate and the memory's own speed."""
    from model import bench, bench_models, bench_report, w8a8
    from worker.bench import machine
    from worker.bench.talks import drawn_photos

    with model_shell.one_sentence():
        asked = bench.Asked(batches_of(batch), tokens, rounds, photos=photos)
        place = device_of(device)
        quant = quant or (w8a8.NAME if w8a8.supported(place) else "none")
        if quant not in bench_models.QUANTS:
            raise ValueError(f"--quant is {quant!r}; expected one of {', '.join(bench_models.QUANTS)}")
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
    model_shell.ready()
    about = machine.describe()
    with (
        model_shell.one_sentence(),
        tempfile.TemporaryDirectory(prefix="ngozi-bench-") as work,
        model_shell.progress() as bars,
    ):
        task = bars.add_task("loading", total=None, note="")
        network = bench_models.build(
            preset,
            random_weights=random_weights,
            quant=quant,
            device=place,
            folder=weights,
            cache=cache or Path(work),
        )
        seeing, name = look(model)
        report = bench.measure(
            network, asked, drawn_photos(), seeing,
            lambda what, done, total, loss=None: bars.update(task, description=what, completed=done, total=total),
            about={"weights": _weights(preset, random_weights, weights), "quant": quant, "findings": name},
            own_width=1 if quant == "int8" else 8,
        )  # fmt: skip
    report = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": machine.commit(),
        "machine": f"{about['cores']} cores ({about['cpu']}), {about['memory_gib']:g} GiB, Python {about['python']}; "
        f"load before it began {about['load']:g}, when it ended {machine.describe()['load']:g}.",
        **report,
    }
    if out is not None:
        with model_shell.one_sentence():
            out.write_text(
                json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
            )
    Console().print(bench_report.markdown(report), soft_wrap=True, markup=False, highlight=False)
    if out is not None:
        Console(stderr=True, soft_wrap=True).print(f"written: {out}", highlight=False)
