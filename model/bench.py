"""How fast a SkinGPT answers, against plain `generate` and against what the device's memory allows; by `ngozi model bench`.

Within a round all arms run one right after the other, and their order turns round each time, so that what else runs on the
machine falls on all; the memory's own speed is measured in each round too.  Prompts are random ids: what they say does not matter
to their speed, and every answer has the same number of tokens, for no stop rule is given.
"""

from __future__ import annotations

import io
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import StoppingCriteria, StoppingCriteriaList

from model.bench_models import weight_bytes
from model.bench_report import middle, percentile, ratio
from model.generate import Generator
from model.network import SkinGPT
from model.progress import Progress, unwatched
from model.requests import Request, Result
from model.talk import network_input

__all__ = ["Asked", "Bench", "measure", "stream"]

PROMPT_TOKENS = (120, 97, 150, 133, 88, 141, 110, 125)
QUESTION_TOKENS = 17
ALONE = 2
"""Prompts that the one-at-a-time arm answers in a round: its rate does not depend on how many wait."""
ARMS = ("plain", "padded", "exact")
STREAM_BYTES = {"cpu": 2**28, "cuda": 2**31}

"""(what is measured, done, in all)"""


@dataclass(frozen=True)
class Asked:
    """What is to be measured.  tokens: of an answer; text_tokens: of the first description; photos: looked at for findings."""

    batches: tuple[int, ...] = (1, 4, 8, 16, 32)
    tokens: int = 32
    rounds: int = 5
    text_tokens: int = 72
    photos: int = 20

    def __post_init__(self) -> None:
        if not self.batches or min(self.batches) < 1 or max(self.batches) > 256:
            raise ValueError(f"batch is {self.batches}; expected numbers from 1 to 256")
        for name, least in (("tokens", 4), ("rounds", 1), ("text_tokens", 2), ("photos", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; expected {least} or more")


@dataclass(frozen=True)
class Answered:
    """One arm's round.  rate: tokens a second, prompts included.  steps: decode steps a second while all rows were there."""

    rate: float
    steps: float
    first_s: float


class _Clock(StoppingCriteria):  # type: ignore[misc]
    """Never stops; notes when each token came."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now, self.times = now, list[float]()

    def __call__(self, input_ids: Tensor, scores: Tensor, **given: Any) -> Tensor:
        self.times.append(self.now())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


class Bench:
    """A network, prompts, and the ways to answer them.  exact: rows of one exact forward (1 for int8, see Generator)."""

    def __init__(self, network: SkinGPT, tokens: int, own_width: int = 8) -> None:
        self.network, self.lm, self.tokens, self.own_width = (
            network,
            network.language_model,
            tokens,
            own_width,
        )
        self.device = self.lm.get_input_embeddings().weight.device
        self._made = torch.Generator().manual_seed(1)
        self.prompts = [self.embedded(n) for n in PROMPT_TOKENS]
        self.question = self.embedded(QUESTION_TOKENS)

    @torch.no_grad()
    def embedded(self, length: int) -> Tensor:
        """Random words, (length, D)."""
        return self.lm.get_input_embeddings()(self.ids(length))[0]  # type: ignore[no-any-return]

    def ids(self, length: int) -> Tensor:
        """(1, length) int64."""
        most = self.lm.config.get_text_config().vocab_size
        return torch.randint(10, most, (1, length), generator=self._made).to(self.device)

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def length(self, rows: int) -> int:
        """Tokens of an answer where so many are answered at once, in every arm: rows enter a few at a time, and `tokens` steps
        have all of them."""
        return self.tokens + rows // 2

    def generator(self, rows: int = 8) -> Generator:
        return Generator(self.lm, str, rows=rows, waiting=max(64, rows), own_width=self.own_width)

    @torch.inference_mode()
    def plain(self, prompts: Sequence[Tensor], tokens: int | None = None) -> Answered:
        """One at a time through transformers' own generate."""
        tokens = tokens or self.tokens
        begin, firsts, steps = self.now(), [], []
        for embeds in prompts:
            clock, asked = _Clock(self.now), self.now()
            ids = self.lm.generate(
                inputs_embeds=embeds[None],
                attention_mask=torch.ones(1, embeds.shape[0], dtype=torch.int64, device=self.device),
                do_sample=False,
                min_new_tokens=tokens,
                max_new_tokens=tokens,
                stopping_criteria=StoppingCriteriaList([clock]),
            )
            assert ids.shape[1] == tokens == len(clock.times)
            firsts.append(clock.times[0] - asked)
            if tokens > 1:
                steps.append((tokens - 1) / (clock.times[-1] - clock.times[0]))
        whole = self.now() - begin
        return Answered(
            len(prompts) * tokens / whole,
            sum(steps) / len(steps) if steps else 0.0,
            sum(firsts) / len(firsts),
        )

    def together(self, prompts: Sequence[Tensor], exact: bool) -> Answered:
        """All of them at once through our generator."""
        generator = self.generator(len(prompts))
        tokens = self.length(len(prompts))
        begin = self.now()
        tickets = [generator.submit(Request(e, tokens, exact=exact)) for e in prompts]
        generator.step()
        first = self.now() - begin
        while generator.health()["waiting"]:
            generator.step()
        full, steps = self.now(), 0
        while not any(ticket.future.done() for ticket in tickets):
            generator.step()
            steps += 1
        all_there = self.now() - full
        drain(generator)
        whole = self.now() - begin
        results = [ticket.result(0) for ticket in tickets]
        for result in results:
            _must_be_whole(result, tokens)
        said = sum(len(result.ids) for result in results)
        return Answered(said / whole, steps / all_there, first)

    def row_bytes(self, length: float) -> float:
        """Keys and values that a decode step reads of a row, in bytes; sliding windows are longer than what is asked here."""
        c = self.lm.config.get_text_config()
        size = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
        return float(2 * c.num_hidden_layers * c.num_key_value_heads * size * 2 * length)


def drain(generator: Generator) -> None:
    while generator.step():
        pass


def stream(
    device: torch.device, bytes_: int, now: Callable[[], float], buffers: Sequence[Tensor] = ()
) -> float:
    """Bytes a second that the device's memory gives: the faster of reading (a sum) and copying (read and written)."""
    x, y = buffers or stream_buffers(device, bytes_)
    best = 0.0
    for work, moved in ((lambda: x.sum(), 1), (lambda: y.copy_(x), 2)):
        for _ in range(3):
            begin = now()
            work()
            best = max(best, moved * x.numel() * x.element_size() / (now() - begin))
    return best


def stream_buffers(device: torch.device, bytes_: int) -> tuple[Tensor, Tensor]:
    x = torch.ones(bytes_ // 4, device=device)
    return x, torch.ones_like(x)


def measure(
    network: SkinGPT,
    asked: Asked,
    photos: Sequence[bytes],
    look: Callable[[bytes], object] | None = None,
    tell: Progress = unwatched,
    *,
    about: dict[str, Any] | None = None,
    own_width: int = 8,
) -> dict[str, Any]:
    """The report, ready for JSON and for bench_report.markdown.

    photos: JPEG files.  look: from one of them to findings, coach included; None leaves that out.  about: weights, quant and the
    findings' model.  own_width: rows of an exact forward, 1 for int8.  Raises RuntimeError where an answer was not whole.
    """
    bench = Bench(network, asked.tokens, own_width)
    device = bench.device
    given = dict(about or {})
    total = len(asked.batches) * asked.rounds + 2 * asked.rounds + asked.photos + asked.rounds
    done = 0

    def tick(what: str) -> None:
        nonlocal done
        done += 1
        tell(what, done, total)

    loaded = _memory(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    bench.plain(bench.prompts[:1])
    bench.together(bench.prompts[:1], exact=False)
    streams: list[float] = []
    batches = []
    for count in asked.batches:
        row_done = partial(tick, f"batch of {count}")
        batches.append(_batch(bench, count, asked.rounds, streams, row_done))
    report: dict[str, Any] = {
        "setup": {
            "preset": network.preset.name, "weights": given.get("weights", "given"), "quant": given.get("quant", "none"),
            "language_model": type(bench.lm).__name__,
            "dtype": str(bench.lm.get_input_embeddings().weight.dtype).removeprefix("torch."),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu", "threads": torch.get_num_threads(),
            "torch": torch.__version__, "tokens": asked.tokens, "rounds": asked.rounds, "weight_bytes": weight_bytes(bench.lm),
        },
        "stream": middle(streams).as_dict(),
        "batches": batches,
        "first_token": _first_tokens(bench, asked.rounds, min(7, max(asked.batches) - 1), lambda: tick("first token")),
        "follow_up": _follow_up(bench, asked.rounds, lambda: tick("follow-up")),
    }  # fmt: skip
    if look is not None:
        report["findings"] = {
            **_findings(look, photos, asked.photos, lambda: tick("photograph to findings")),
            "model": given.get("findings", ""),
        }
    report["text"] = _text(bench, photos, asked, lambda: tick("photograph to text"))
    peak = (
        torch.cuda.max_memory_allocated(device)
        if device.type == "cuda"
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )
    of = "device" if device.type == "cuda" else "process, loading included"
    report["memory"] = {"loaded": loaded, "peak": peak, "of": of}
    return report


def _batch(bench: Bench, count: int, rounds: int, streams: list[float], tick: Callable[[], None]) -> dict[str, Any]:  # fmt: skip
    prompts = [bench.prompts[i % len(bench.prompts)] for i in range(count)]
    few = prompts[:ALONE]
    heard: dict[str, list[Answered]] = {arm: [] for arm in ARMS}
    size = STREAM_BYTES[bench.device.type]
    buffers = stream_buffers(bench.device, size)
    here: list[float] = []
    for number in range(rounds):
        here.append(stream(bench.device, size, bench.now, buffers))
        for arm in ARMS if number % 2 == 0 else reversed(ARMS):
            if arm == "plain":
                heard[arm].append(bench.plain(few, bench.length(count)))
            else:
                heard[arm].append(bench.together(prompts, arm == "exact"))
        tick()
    streams += here
    length = sum(p.shape[0] for p in prompts) / count + bench.length(count) / 2

    def share(arm: str) -> dict[str, Any]:
        """Of the steps a second that the memory allows: weights once, and the keys and values of every row."""
        read = weight_bytes(bench.lm) + (1 if arm == "plain" else count) * bench.row_bytes(length)
        return middle([a.steps * read / s for a, s in zip(heard[arm], here, strict=True)]).as_dict()

    alone = [a.rate for a in heard["plain"]]
    return {
        "batch": count,
        "rates": {arm: middle([a.rate for a in heard[arm]]).as_dict() for arm in ARMS},
        "steps": {arm: middle([a.steps for a in heard[arm]]).as_dict() for arm in ARMS},
        "ratios": {arm: ratio([a.rate for a in heard[arm]], alone).as_dict() for arm in ARMS[1:]},
        "of_limit": {arm: share(arm) for arm in ARMS},
    }


def _first_tokens(bench: Bench, rounds: int, company: int, tick: Callable[[], None]) -> dict[str, Any]:
    """A newcomer's first token: by plain generate, by ours alone, and beside running rows."""
    times: dict[str, list[float]] = {"plain": [], "alone": [], "beside": []}
    for number in range(rounds):
        for arm in times if number % 2 == 0 else reversed(list(times)):
            if arm == "plain":
                times[arm].append(bench.plain(bench.prompts[:1], 1).first_s)
            else:
                times[arm].append(_newcomer(bench, company if arm == "beside" else 0))
        tick()
    return {
        "prompt_tokens": bench.prompts[0].shape[0],
        "company": company,
        **{arm: middle(values).as_dict() for arm, values in times.items()},
        "ratio": ratio(times["plain"], times["alone"]).as_dict(),
    }


def _newcomer(bench: Bench, company: int) -> float:
    generator = bench.generator(company + 1)
    for embeds in bench.prompts[1 : 1 + company]:
        generator.submit(Request(embeds, 10_000))
    while generator.health()["waiting"]:
        generator.step()
    told: list[float] = []
    begin = bench.now()
    generator.submit(Request(bench.prompts[0], 10_000, on_token=lambda *_: told.append(bench.now())))
    while not told:
        generator.step()
    generator.close()
    return told[0] - begin


def _follow_up(bench: Bench, rounds: int, tick: Callable[[], None]) -> dict[str, Any]:
    """First token of a second turn with and without the row that the first one left."""
    generator = bench.generator()
    first = bench.prompts[0]
    asked = generator.submit(Request(first, bench.tokens, chat="warm"))
    drain(generator)
    ids = torch.tensor(asked.result(0).ids, device=bench.device)
    with torch.no_grad():
        whole = torch.cat([first, bench.lm.get_input_embeddings()(ids), bench.question])
    results: dict[str, Result] = {}
    times: dict[str, list[float]] = {"without": [], "with": []}

    def ask(arm: str, embeds: Tensor, tokens: int) -> float:
        ticket = generator.submit(Request(embeds, tokens, chat="warm" if arm == "with" else None))
        begin = bench.now()
        drain(generator)
        took = bench.now() - begin
        results[arm] = ticket.result(0)
        _must_be_whole(results[arm], tokens)
        return took

    for number in range(rounds):
        for arm in times if number % 2 == 0 else reversed(list(times)):
            if arm == "with":
                # As the first turn left it: each second turn keeps its own row.
                generator.kept.clear()
                ask("with", first, bench.tokens)
            times[arm].append(ask(arm, whole, 1))
        tick()
    return {
        "prompt_tokens": whole.shape[0],
        "computed_without": results["without"].computed,
        "computed_with": results["with"].computed,
        **{arm: middle(values).as_dict() for arm, values in times.items()},
        "ratio": ratio(times["without"], times["with"]).as_dict(),
    }


def _findings(
    look: Callable[[bytes], object], photos: Sequence[bytes], count: int, tick: Callable[[], None]
) -> dict[str, Any]:
    look(photos[0])
    times = []
    for number in range(count):
        begin = time.perf_counter()
        look(photos[number % len(photos)])
        times.append(time.perf_counter() - begin)
        tick()
    return {"photos": count, "p50_s": percentile(times, 50), "p95_s": percentile(times, 95)}


def _text(bench: Bench, photos: Sequence[bytes], asked: Asked, tick: Callable[[], None]) -> dict[str, Any]:
    """From a JPEG to the whole description, alone, computed as a patient's is: exact."""
    network, queries = bench.network, bench.network.sizes.qformer.queries
    before, after = bench.ids(20), bench.ids(PROMPT_TOKENS[0] - 20 - queries)
    images, firsts, wholes, length = [], [], [], 0
    for number in range(-1, asked.rounds):
        told: list[float] = []
        generator = bench.generator()
        begin = bench.now()
        with torch.inference_mode(), Image.open(io.BytesIO(photos[number % len(photos)])) as image:
            soft = network.encode_image(network_input(network, image.convert("RGB")).to(bench.device))
            seen = bench.now()
            embeds = network.embed(before, soft, after)[0]
        request = Request(
            embeds, asked.text_tokens, exact=True, on_token=lambda *_, t=told: t.append(bench.now())
        )
        ticket = generator.submit(request)
        drain(generator)
        whole = bench.now() - begin
        _must_be_whole(ticket.result(0), asked.text_tokens)
        length = embeds.shape[0]
        if number < 0:
            continue  # the first warms up
        images.append(seen - begin)
        firsts.append(told[0] - begin)
        wholes.append(whole)
        tick()
    return {
        "prompt_tokens": length,
        "tokens": asked.text_tokens,
        "image": middle(images).as_dict(),
        "first": middle(firsts).as_dict(),
        "p50_s": percentile(wholes, 50),
        "p95_s": percentile(wholes, 95),
    }


def _must_be_whole(result: Result, tokens: int) -> None:
    if len(result.ids) != tokens:
        raise RuntimeError(
            f"an answer has {len(result.ids)} tokens ({result.why}: {result.reason}); expected {tokens}"
        )


def _memory(device: torch.device) -> int:
    """Bytes in use now: of the device, or resident of this process."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
