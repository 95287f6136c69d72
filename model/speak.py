"""Words about a photograph, from its soft tokens alone: neither the photograph nor the networks that saw it need be at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import bundle, language, notes, presets, prompts, trained, w8a8, word_head
from model.generate import Generator
from model.network import embedded
from model.notes import Notes
from model.prompts import Turn
from model.relevance import TopicJudge, read_question, topic_said
from model.requests import QueueFull, Request, Result, Ticket

__all__ = ["QUESTION", "Speaker", "taught_words"]

ROWS = {"cpu": 8, "cuda": 32}
"""Answers at once (facts, serving.md section 3)."""
QUESTION = notes.DIAGNOSIS_QUESTIONS[0]
"""The question of the first turn: what the findings are described by."""


def taught_words(place: Path, language_model: Any, tokenizer: Any) -> Any:
    """A language model as it speaks for a folder of ours: LoRA merged, the last layer over the words it needs.

    Raises TrainedError.
    """
    held = trained.read_trained_manifest(place)
    made = language.merge_lora(trained.load_words(place, language_model))
    if taught := held["notes"].get("word_ids"):
        style = presets.by_name(held["preset"]).style
        signs = [n for ids in prompts.stop_sequences(tokenizer, style) for n in ids]
        word_head.narrow(made, word_head.english_ids(tokenizer, [*taught, *signs]))
    return made


class Speaker:
    """A language model that was taught to read soft tokens.

    name: of its weights.  languages: codes of those it speaks.  generator: answers its requests; whoever owns it starts and
    closes it, or steps it.
    """

    languages: tuple[str, ...] = ("en",)

    def __init__(
        self, language_model: Any, tokenizer: Any, preset: presets.Preset, bos_id: int | None, name: str, *, rows: int = 8,
        judge: TopicJudge | None = None, catalogue: Mapping[str, Notes] | None = None,
    ) -> None:  # fmt: skip
        """language_model: with what was learned already in it, on its device.

        judge: of questions; None: every question counts as of no topic.  catalogue: of whose sentences an answer must be.
        """
        self.name = name
        self._judge, self._catalogue = judge, dict(catalogue or {})
        self._style = preset.style
        self._bos_id = bos_id
        self._tokenizer = tokenizer
        self._table = language_model.get_input_embeddings()
        self._width = int(self._table.weight.shape[1])
        self._tokens = preset.sizes.qformer.queries + (1 if preset.sizes.conditions else 0)
        self._stop = prompts.stop_sequences(tokenizer, preset.style)
        self.language_model = language_model
        self.generator = Generator(language_model, self._decode, rows=rows, own_width=rows)

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        cache: Path,
        source: str | Path | None = None,
        catalogue: Mapping[str, Notes] | None = None,
        device: torch.device | None = None,
        packed: bool | None = None,
    ) -> Speaker | None:
        """The speaker of a model folder (default: the shipped one), None where it holds no words.

        cache: folder for the converted language model.  source: another place of the same language model.  catalogue: the notes
        it was taught from; without them no answer is of a topic.  device: a CPU by default.  packed: its matrices in int8; by
        default where the CPU is made for that (model/w8a8.py), else bfloat16.  Raises TrainedError, LanguageError.
        """
        device = device or torch.device("cpu")
        place = (folder or bundle.SHIPPED) / bundle.SKINGPT
        if not (place / trained.MANIFEST).is_file():
            return None
        held = trained.read_trained_manifest(place)
        if not held.get("words"):
            return None
        sizes = presets.Sizes.from_dict(held["sizes"])
        preset = presets.by_name(held["preset"], sizes)
        wanted = source or held["notes"]["language"]
        tokenizer = language.load_tokenizer(wanted, cache=cache)
        made = taught_words(place, language.load(wanted, dtype=torch.bfloat16, cache=cache), tokenizer)
        name = f"{preset.name} words ({held['weights_sha256'][:12]})"
        if w8a8.supported(device) if packed is None else packed:
            made, name = w8a8.pack(made), f"{name[:-1]}, {w8a8.NAME})"
        return cls(
            made.to(device), tokenizer, preset, held["bos_id"], name,
            rows=ROWS[device.type], judge=TopicJudge.load(place), catalogue=catalogue,
        )  # fmt: skip

    def request(
        self,
        soft: bytes,
        turns: Sequence[Turn],
        *,
        exact: bool = False,
        chat: str | None = None,
        deadline_s: float | None = None,
        on_token: Callable[[int, str], None] | None = None,
    ) -> Request:
        """What the generator is asked.

        soft: Analysis.soft.  turns: the chat so far, an open question at its end.  exact, chat, deadline_s: of Request.
        Raises ValueError for soft tokens of another model or turns without an open question.
        """
        return Request(
            self.embeds(soft, turns),
            self._style.generation.max_new_tokens,
            stop_ids=self._stop,
            stop_texts=(self._style.stop,),
            exact=exact,
            chat=chat,
            deadline_s=deadline_s,
            on_token=on_token,
        )

    def embeds(self, soft: bytes, turns: Sequence[Turn]) -> Tensor:
        """The prompt as the language model takes it.  Returns (L, D)."""
        wanted = 2 * self._tokens * self._width
        if len(soft) != wanted:
            raise ValueError(f"soft tokens are {len(soft)} bytes; expected {wanted} as this model makes them")
        image = torch.frombuffer(bytearray(soft), dtype=torch.float16).reshape(1, self._tokens, self._width)
        before, after = prompts.pieces(self._tokenizer, prompts.chat_prompt(self._style, turns))
        with torch.no_grad():
            device = self._table.weight.device
            whole = embedded(self._table, self._bos_id, before.to(device), image.to(device), after.to(device))
        return prompts.kept(whole, self._style.generation)[0]

    def candidate_ids(self, answers: Sequence[str]) -> list[list[int]]:
        """Token ids of answers, for score_candidates behind `embeds`."""
        return [self._tokenizer(" " + a, add_special_tokens=False)["input_ids"] for a in answers]

    def topic_asked(self, question: str) -> Future[str]:
        """The topic of a question, "" where it is of none that was taught; by the generator's thread, between two steps."""
        return self.generator.call(lambda: self.topic_of(question))

    def topic_of(self, question: str) -> str:
        """The same at once, for whoever owns the model."""
        if self._judge is None:
            return ""
        return self._judge.topic(
            read_question(self.language_model, self._tokenizer, self._style, [question])[0]
        )

    def topic_said(self, text: str) -> str:
        """The topic of an answer, "" where it is not made of the catalogue's sentences of one."""
        return topic_said(text, self._catalogue)

    def concepts(self, text: str) -> tuple[str, ...]:
        """The features that a description names, as words, in the order of model/concepts.py."""
        return tuple(notes.concept_words(notes.heard(text)))

    def answers(
        self,
        softs: Sequence[bytes],
        question: str = QUESTION,
        tell: Callable[[int], None] = lambda done: None,
    ) -> list[str]:
        """What is said of each photograph, the same alone and in company; for who has no engine running.  tell(how many done)."""
        tickets: list[Ticket] = []
        waiting = list(softs)
        done = 0
        while waiting or done < len(tickets):
            while waiting:
                try:
                    tickets.append(
                        self.generator.submit(self.request(waiting[0], [Turn(question)], exact=True))
                    )
                except QueueFull:
                    break
                waiting.pop(0)
            self.generator.step()
            now = sum(ticket.future.done() for ticket in tickets)
            if now != done:
                done = now
                tell(done)
        return [self._text(ticket.result(0)) for ticket in tickets]

    def _text(self, result: Result) -> str:
        return result.text.strip() if result.finished else ""

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))
