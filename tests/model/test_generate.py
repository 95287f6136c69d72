"""Batches of answers: the same as one by one, whoever joins, leaves, fails or comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch

from model.generate import Generator
from model.requests import Closed, QueueFull, Request, Result, Why
from tests.model.tiny_lm import KINDS, WINDOW, decode, language_model, plain, prompt

LENGTHS = (5, 12, 7, 20, 9, 30, 6, 15)


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest) -> Any:
    torch.set_num_threads(1)
    return language_model(request.param)


def drain(generator: Generator, most: int = 1000) -> None:
    for _ in range(most):
        if not generator.step():
            return
    raise AssertionError(f"not done after {most} steps")


def answers(model: Any, requests: list[Request], **options: Any) -> list[Result]:
    generator = Generator(model, decode, **options)
    tickets = [generator.submit(request) for request in requests]
    drain(generator)
    return [ticket.result(0) for ticket in tickets]


@pytest.mark.parametrize("exact", [False, True])
def test_rows_of_a_batch_say_what_they_say_alone(model: Any, exact: bool) -> None:
    """Different lengths, joining two a step and leaving at different times; some cross the sliding window."""
    tokens = [20, 8, 30, 5, 17, 12, 1, 25]
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS)]
    expected = [plain(model, embeds, n) for embeds, n in zip(prompts, tokens, strict=True)]
    assert len({tuple(ids[:5]) for ids in expected}) >= 7, "the model says the same whatever it is shown"
    found = answers(model, [Request(e, n, exact=exact) for e, n in zip(prompts, tokens, strict=True)], rows=5)
    assert [list(result.ids) for result in found] == expected
    assert {result.why for result in found} == {Why.length}
    assert all(result.text == decode(list(result.ids)) for result in found)


def test_padded_and_exact_rows_live_side_by_side(model: Any) -> None:
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS)]
    found = answers(model, [Request(e, 12, exact=i % 2 == 0) for i, e in enumerate(prompts)])
    assert [list(result.ids) for result in found] == [plain(model, e, 12) for e in prompts]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_exact_rows_are_the_same_bits_alone_and_in_company(kind: str, dtype: torch.dtype) -> None:
    """Ten times, in ever other company and places; the logits themselves, not only their greatest."""
    model = language_model(kind, dtype)
    seen: list[torch.Tensor] = []
    watched = watch(model, seen)
    mine = prompt(model, 13, 99)
    alone = Generator(watched, decode)
    first = alone.submit(Request(mine, 20, exact=True))
    drain(alone)
    expected = first.result(0).ids
    bits = [logits[0] for logits in seen]
    for repeat in range(10):
        others = [prompt(model, 4 + (repeat * 5 + i * 3) % 23, 100 * repeat + i) for i in range(7)]
        place = repeat % 8
        requests = [Request(e, 20, exact=True) for e in [*others[:place], mine, *others[place:]]]
        seen.clear()
        generator = Generator(watched, decode, prefills=8)
        tickets = [generator.submit(request) for request in requests]
        drain(generator)
        assert tickets[place].result(0).ids == expected, f"repeat {repeat}, place {place}"
        prefill, *steps = seen[place], *seen[8:]
        same = [
            torch.equal(prefill[0], bits[0]),
            *(torch.equal(s[place], b) for s, b in zip(steps, bits[1:], strict=True)),
        ]
        assert all(same), f"repeat {repeat}, place {place}: {same}"


def watch(model: Any, seen: list[torch.Tensor]) -> Any:
    """The model, noting the last logits of each forward.  (B, V) each."""

    class Watched:
        config = model.config

        def __call__(self, **inputs: Any) -> Any:
            out = model(**inputs)
            seen.append(out.logits[:, -1].clone())
            return out

        def __getattr__(self, name: str) -> Any:
            return getattr(model, name)

    return Watched()


@pytest.mark.parametrize("kind", KINDS)
def test_padded_rows_move_no_more_than_padding_moves_them_in_bfloat16(kind: str) -> None:
    """Greedy ids may part only where the two greatest logits are closer than the padding's error (0.5, serving.md section 3)."""
    model = language_model(kind, torch.bfloat16)
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS)]
    together = answers(model, [Request(e, 15) for e in prompts])
    parted = 0
    for embeds, result in zip(prompts, together, strict=True):
        alone = plain(model, embeds, 15)
        at = next((i for i, (a, b) in enumerate(zip(alone, result.ids, strict=True)) if a != b), None)
        if at is None:
            continue
        parted += 1
        said = model.get_input_embeddings()(torch.tensor(alone[:at], dtype=torch.int64))
        with torch.inference_mode():
            logits = model(inputs_embeds=torch.cat([embeds, said])[None]).logits[0, -1].float()
        top = logits.topk(2).values
        assert top[0] - top[1] <= 0.5, f"parted at token {at} with a margin of {top[0] - top[1]:.2f}"
    assert parted <= 3, f"{parted} of 8 rows parted"


def test_an_answer_ends_with_a_stop_sequence_or_a_text(model: Any) -> None:
    embeds = prompt(model, 9, 3)
    said = plain(model, embeds, 30)
    pair = (said[7], said[8])
    at = next(i for i in range(1, 30) if (said[i - 1], said[i]) == pair)
    by_ids, by_text, by_one = answers(
        model,
        [
            Request(embeds, 30, stop_ids=(pair,)),
            Request(embeds, 30, stop_texts=(decode(said[7:9]),)),
            Request(embeds, 30, stop_ids=((said[4],), (100, 100, 100))),
        ],
    )
    assert (by_ids.why, list(by_ids.ids), by_ids.text) == (Why.stop, said[: at + 1], decode(said[: at - 1]))
    assert by_text.why is Why.stop
    assert by_text.text == decode(said)[: decode(said).index(decode(said[7:9]))]
    assert by_one.ids == tuple(said[: said.index(said[4]) + 1])
    assert by_one.finished


def test_tokens_are_told_as_they_come_and_make_up_the_text(model: Any) -> None:
    told: list[tuple[int, str]] = []
    embeds = prompt(model, 9, 3)
    stop = decode(plain(model, embeds, 12)[9:12])
    result = answers(
        model, [Request(embeds, 30, stop_texts=(stop,), on_token=lambda i, t: told.append((i, t)))]
    )[0]
    assert tuple(i for i, _ in told) == result.ids
    assert "".join(t for _, t in told) == result.text


def test_who_raises_fails_alone(model: Any) -> None:
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS[:4])]

    def raises(token: int, text: str) -> None:
        if len(heard) >= 3:
            raise ConnectionError("gone")
        heard.append(token)

    heard: list[int] = []
    broken = prompt(model, 8, 50)
    broken[3, 5] = float("nan")
    requests = [Request(e, 10, chat=f"c{i}") for i, e in enumerate(prompts)]
    requests[1] = Request(prompts[1], 10, on_token=raises, chat="bad")
    generator = Generator(model, decode)
    tickets = [generator.submit(r) for r in [*requests, Request(broken, 10), Request(broken, 10, exact=True)]]
    drain(generator)
    found = [ticket.result(0) for ticket in tickets]
    assert [r.why for r in found] == [Why.length, Why.failed, Why.length, Why.length, Why.failed, Why.failed]
    for i in (0, 2, 3):
        assert list(found[i].ids) == plain(model, prompts[i], 10)
    assert (found[1].reason, type(found[1].error)) == ("on_token or decode raised", ConnectionError)
    assert found[4].reason == "the model's numbers are not finite"
    assert "gone" not in str(generator.health())
    # The last has grown beyond Gemma's window, and such a row is of no use to a follow-up.
    assert [r.kept for r in found] == [True, False, True, model.config.model_type == "llama", False, False]


def test_embeddings_of_another_width_are_refused(model: Any) -> None:
    generator = Generator(model, decode)
    with pytest.raises(ValueError, match="embeds are 31 wide; expected 32"):
        generator.submit(Request(torch.zeros(4, 31)))
    with pytest.raises(ValueError, match="expected floating"):
        Request(torch.zeros(2, 4, 32))
    with pytest.raises(ValueError, match="max_new_tokens is 0"):
        Request(torch.zeros(4, 32), 0)


def test_the_line_is_bounded_and_says_so(model: Any) -> None:
    generator = Generator(model, decode, waiting=2)
    embeds = prompt(model, 5, 0)
    generator.submit(Request(embeds, 2))
    generator.submit(Request(embeds, 2))
    with pytest.raises(QueueFull, match="2 requests wait; expected fewer than 2"):
        generator.submit(Request(embeds, 2))
    drain(generator)
    generator.submit(Request(embeds, 2))
    generator.close()
    with pytest.raises(Closed):
        generator.submit(Request(embeds, 2))


@pytest.mark.parametrize("exact", [False, True])
def test_cancel_and_deadline_end_a_row_between_steps_and_spare_the_others(model: Any, exact: bool) -> None:
    now = [0.0]
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS[:4])]
    generator = Generator(model, decode, rows=3, prefills=3, clock=lambda: now[0])
    tickets = [
        generator.submit(Request(e, 20, deadline_s=d, exact=exact, chat=str(i)))
        for i, (e, d) in enumerate(zip(prompts, (None, 5.0, None, 4.0), strict=True))
    ]
    for _ in range(4):
        generator.step()
    tickets[0].cancel()
    now[0] = 5.0
    drain(generator)
    cancelled, late, whole, never = [ticket.result(0) for ticket in tickets]
    assert (cancelled.why, late.why, whole.why, never.why) == (
        Why.cancelled,
        Why.deadline,
        Why.length,
        Why.deadline,
    )
    assert len(cancelled.ids) == len(late.ids) == 5
    assert never.ids == ()
    assert list(whole.ids) == plain(model, prompts[2], 20)
    assert cancelled.kept
    assert not cancelled.finished


def follow_up(model: Any, embeds: torch.Tensor, ids: tuple[int, ...], new: torch.Tensor) -> torch.Tensor:
    said = model.get_input_embeddings()(torch.tensor(ids)).detach()
    return torch.cat([embeds, said, new])


@pytest.mark.parametrize("company", [False, True])
def test_a_follow_up_computes_only_what_is_new(model: Any, company: bool) -> None:
    first, new = prompt(model, 9, 1), prompt(model, 3, 2)
    generator = Generator(model, decode)
    others = [generator.submit(Request(prompt(model, 14, 7), 25)) for _ in range(company)]
    ticket = generator.submit(Request(first, 6, chat="a"))
    while not ticket.future.done():
        generator.step()
    answer = ticket.result(0)
    whole = follow_up(model, first, answer.ids, new)
    again = generator.submit(Request(whole, 5, chat="a"))
    drain(generator)
    result = again.result(0)
    # In the row are 9 + 6 - 1 tokens: the last of the answer is computed with the new ones.
    assert (result.reused, result.computed) == (14, 4)
    assert list(result.ids) == plain(model, whole, 5)
    assert [list(o.result(0).ids) for o in others] == [plain(model, prompt(model, 14, 7), 25)] * company


def test_a_follow_up_that_says_otherwise_reuses_what_is_equal(model: Any) -> None:
    """The chat showed another text than the model's: the image and the question before it are still the same."""
    first = prompt(model, 9, 1)
    generator = Generator(model, decode)
    ticket = generator.submit(Request(first, 6, chat="a"))
    drain(generator)
    assert ticket.result(0).kept
    whole = torch.cat([first, prompt(model, 8, 5)])
    again, other, exact = (
        generator.submit(Request(whole, 5, chat="a")),
        generator.submit(Request(whole, 5, chat="b")),
        generator.submit(Request(whole, 5, chat="a", exact=True)),
    )
    drain(generator)
    assert [t.result(0).reused for t in (again, other, exact)] == [9, 0, 0]
    assert [list(t.result(0).ids) for t in (again, other, exact)] == [plain(model, whole, 5)] * 3


def test_beyond_the_sliding_window_all_is_computed_anew() -> None:
    model = language_model("gemma3")
    first = prompt(model, 12, 1)
    generator = Generator(model, decode)
    answer = generator.submit(Request(first, 8, chat="a"))
    drain(generator)
    assert answer.result(0).kept
    whole = follow_up(model, first, answer.result(0).ids, prompt(model, 6, 2))
    assert whole.shape[0] >= WINDOW
    again = generator.submit(Request(whole, 10, chat="a"))
    drain(generator)
    assert (again.result(0).reused, again.result(0).kept) == (0, False)
    assert list(again.result(0).ids) == plain(model, whole, 10)


class OutOfMemoryAt:
    """The model, out of memory whenever `when` says so of a forward's inputs."""

    def __init__(
        self,
        model: Any,
        when: Callable[[dict[str, Any]], bool],
        error: type[Exception] = torch.OutOfMemoryError,
    ):
        self.model, self.when, self.error, self.raised = model, when, error, 0
        self.config = model.config
        # In the middle of the layers, so that some have taken the token and some have not.
        self.middle = model.model.layers[1]
        self.inputs: dict[str, Any] = {}

    def __call__(self, **inputs: Any) -> Any:
        if not self.when(inputs):
            return self.model(**inputs)
        self.raised += 1

        def raises(*_: Any) -> None:
            raise self.error("simulated")

        hook = self.middle.register_forward_pre_hook(raises)
        try:
            return self.model(**inputs)
        finally:
            hook.remove()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


@pytest.mark.parametrize("exact", [False, True])
def test_out_of_memory_halves_the_batch_and_all_rows_are_answered(model: Any, exact: bool) -> None:
    """Steps of more than two rows do not fit. (An exact forward is always 8 wide; what counts is its rows.)"""

    def too_many(inputs: dict[str, Any]) -> bool:
        if "input_ids" not in inputs:
            return False
        side = inputs["past_key_values"]
        return len(getattr(side, "rows", inputs["input_ids"])) > 2

    told: list[int] = []
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS)]
    small = OutOfMemoryAt(model, too_many)
    generator = Generator(small, decode, rows=8, prefills=4)
    tickets = [
        generator.submit(
            Request(e, 12, exact=exact, on_token=(lambda i, _: told.append(i)) if n == 0 else None)
        )
        for n, e in enumerate(prompts)
    ]
    drain(generator)
    assert [list(t.result(0).ids) for t in tickets] == [plain(model, e, 12) for e in prompts]
    assert told == list(tickets[0].result(0).ids), "a token was told twice or not at all"
    assert small.raised >= 1
    assert generator.health()["row_limit"] == 2
    assert generator.health()["last_error"] == "OutOfMemoryError"


@pytest.mark.parametrize("exact", [False, True])
def test_a_prompt_that_never_fits_fails_and_the_others_go_on(model: Any, exact: bool) -> None:
    def huge(inputs: dict[str, Any]) -> bool:
        return "inputs_embeds" in inputs and inputs["inputs_embeds"].shape[1] == 20

    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS[:5])]
    found = answers(OutOfMemoryAt(model, huge), [Request(e, 10, exact=exact) for e in prompts])
    assert [r.why for r in found] == [Why.length] * 3 + [Why.failed, Why.length]
    assert found[3].reason == "out of memory"
    assert list(found[4].ids) == plain(model, prompts[4], 10)


def test_the_limit_is_lifted_again_when_memory_lasts(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.batch.RECOVER_STEPS", 5)
    steps: list[int] = []

    def once(inputs: dict[str, Any]) -> bool:
        steps.append(1)
        return len(steps) == 4

    generator = Generator(OutOfMemoryAt(model, once), decode, rows=4)
    tickets = [generator.submit(Request(prompt(model, 6, i), 25)) for i in range(3)]
    lowest = 4
    while generator.step():
        lowest = min(lowest, generator.health()["row_limit"])
    assert lowest == 2
    assert generator.health()["row_limit"] == 4
    assert all(t.result(0).finished for t in tickets)


@pytest.mark.parametrize("exact", [False, True])
def test_a_row_that_breaks_a_step_is_found_by_trying_each_alone(model: Any, exact: bool) -> None:
    """The row whose last token is the poisoned one makes every forward fail that it is in."""
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS[:4])]
    expected = [plain(model, e, 12) for e in prompts]
    poison = next(i for i in expected[1][2:] if all(i not in ids for n, ids in enumerate(expected) if n != 1))

    with torch.no_grad():
        bane = model.get_input_embeddings()(torch.tensor(poison))

    def poisoned(inputs: dict[str, Any]) -> bool:
        if "input_ids" in inputs:
            return poison in inputs["input_ids"].flatten().tolist()
        return torch.equal(inputs["inputs_embeds"][0, -1], bane)

    found = answers(
        OutOfMemoryAt(model, poisoned, RuntimeError), [Request(e, 12, exact=exact) for e in prompts]
    )
    assert [r.why for r in found] == [Why.length, Why.failed, Why.length, Why.length]
    assert list(found[1].ids) == expected[1][: expected[1].index(poison) + 1]
    assert [list(found[i].ids) for i in (0, 2, 3)] == [expected[i] for i in (0, 2, 3)]


def test_a_fault_of_the_round_itself_leaves_nobody_waiting(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = Generator(model, decode)
    ticket = generator.submit(Request(prompt(model, 5, 0), 5))
    generator.step()
    monkeypatch.setattr("model.batch.choose", lambda *_: 1 / 0)
    generator.step()
    assert ticket.result(0).why is Why.failed
    monkeypatch.undo()
    after = generator.submit(Request(prompt(model, 5, 0), 5))
    drain(generator)
    assert after.result(0).finished


def test_draws_follow_the_seed_alone_and_in_company(model: Any) -> None:
    embeds = prompt(model, 9, 3)
    drawn = [Request(embeds, 12, temperature=1.0, top_p=0.9, seed=s, exact=True) for s in (1, 1, 2)]
    one, two, other = answers(model, drawn)
    alone = answers(model, [drawn[0]])[0]
    assert one.ids == two.ids == alone.ids
    assert other.ids != one.ids
    sharp = answers(model, [Request(embeds, 12, temperature=1.0, top_p=1e-9)])[0]
    assert list(sharp.ids) == plain(model, embeds, 12), (
        "with the likeliest token alone left, drawing is greedy"
    )


def test_many_threads_submit_to_one_that_owns_the_model(model: Any) -> None:
    prompts = [prompt(model, length, seed) for seed, length in enumerate(LENGTHS)]
    expected = [plain(model, e, 10) for e in prompts]
    found: dict[int, list[int]] = {}
    with Generator(model, decode, rows=4, threads=1) as generator:
        owner = generator.call(threading.get_ident).result(30)

        def ask(i: int) -> None:
            found[i] = list(generator.submit(Request(prompts[i], 10)).result(60).ids)

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(prompts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert owner != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            generator.call(lambda: 1 // 0).result(30)
    assert [found[i] for i in range(len(prompts))] == expected


def test_who_is_erased_leaves_nothing_behind(model: Any) -> None:
    generator = Generator(model, decode, rows=3, prefills=3)
    a, b = prompt(model, 5, 0), prompt(model, 7, 1)
    before = generator.submit(Request(a, 2, chat="a"))
    drain(generator)
    tickets = [
        generator.submit(Request(e, 12, chat=c, exact=x))
        for e, c, x in ((a, "a", False), (b, "b", False), (a, "a", True))
    ]
    late = generator.submit(Request(a, 5, chat="a"))
    generator.step()
    done = generator.forget("a")
    drain(generator)
    assert done.result(0) is None
    assert before.result(0).kept
    assert [t.result(0).why for t in (*tickets, late)] == [
        Why.cancelled,
        Why.length,
        Why.cancelled,
        Why.cancelled,
    ]
    assert list(tickets[1].result(0).ids) == plain(model, b, 12)
    assert generator.kept.match("a", a) is None
    assert generator.kept.match("b", b) is not None


def test_closing_ends_what_is_under_way(model: Any) -> None:
    generator = Generator(model, decode, rows=1).start()
    tickets = [generator.submit(Request(prompt(model, 5, i), 10_000)) for i in range(3)]
    generator.close()
    assert [t.result(0).why for t in tickets] == [Why.cancelled] * 3
    assert generator.health()["running"] == generator.health()["waiting"] == 0


def test_weights_loaded_in_inference_mode_are_refused() -> None:
    with torch.inference_mode():
        model = language_model("llama")
    with pytest.raises(ValueError, match="loaded under torch.inference_mode"):
        Generator(model, decode)
