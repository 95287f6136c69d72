"""`ngozi model bench`, run as a person at a terminal would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from worker import convert_command, model_bench_command, model_commands  # noqa: F401  (in the order of cli.mount: README lists them so)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    held = torch.get_num_threads()
    yield
    torch.set_num_threads(held)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model_commands.app, ["bench", *(str(a) for a in arguments)])


def test_it_measures_on_any_machine_and_writes_what_it_prints(tmp_path: Path) -> None:
    out = tmp_path / "new" / "bench.json"
    found = run(
        "--preset", "tiny", "--random-weights", "--batch", "1,2", "--rounds", "1", "--tokens", "4", "--photos", "1", "--device", "cpu",
        "--out", out,
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    report = json.loads(out.read_text())
    assert [row["batch"] for row in report["batches"]] == [1, 2]
    assert report["findings"]["p50_s"] > 0
    assert report["findings"]["model"].startswith("ngozi-compact")
    assert report["machine"] in found.stdout
    assert "| 2 |" in found.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--batch", "1,x"), "--batch is '1,x'; expected numbers with commas between"),
        (("--batch", "0"), "batch is (0,); expected numbers from 1 to 256"),
        (("--quant", "int3"), "--quant is 'int3'; expected one of none, int8, nf4"),
        (("--device", "tpu"), "--device is 'tpu'; expected auto, cpu or cuda"),
        (("--preset", "tiny"), "preset tiny names no language model"),
    ],
)
def test_bad_input_is_one_sentence(given: tuple[str, ...], said: str) -> None:
    found = run(*given)
    assert found.exit_code == 2
    assert said in found.stderr


def test_what_is_timed_is_the_coach_and_the_findings() -> None:
    from worker.bench.talks import drawn_photos

    seeing, name = model_bench_command.look(None)
    verdict, analyses = seeing(drawn_photos()[0])  # type: ignore[misc]
    assert verdict.ok in (True, False)
    assert analyses.model == name
