"""The seams to `model`: what the engine asks of a diagnoser and of a language model of any kind.

No torch here: whoever names these types need not load it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from model.analysis import Analysis, CatalogueEntry, Judge, Node

if TYPE_CHECKING:
    from model.generate import Generator
    from model.prompts import Turn
    from model.requests import Request

__all__ = ["Loaded", "Speech", "SupportsAnalysis", "SupportsSpeech"]


class SupportsAnalysis(Protocol):
    """What a diagnoser offers."""

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]: ...

    def plans(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
        judges: Sequence[Judge],
    ) -> list[Node | None]: ...


class SupportsSpeech(Protocol):
    """What a language model that reads a photograph's soft tokens offers (model.speak.Speaker).

    topic_asked, topic_said: of a question and of an answer, "" for none; an answer is to its question where they are the same.
    """

    name: str
    languages: tuple[str, ...]
    generator: Generator

    def request(
        self,
        soft: bytes,
        turns: Sequence[Turn],
        *,
        exact: bool = False,
        chat: str | None = None,
        deadline_s: float | None = None,
    ) -> Request: ...

    def concepts(self, text: str) -> tuple[str, ...]: ...

    def topic_asked(self, question: str) -> Future[str]: ...

    def topic_said(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Speech:
    """A speaker, and the question of the first turn, which it was taught to answer with a description."""

    speaker: SupportsSpeech
    question: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The models of a process. diagnoser: None where NGOZI_MODEL is off. speech: None where no language model is loaded.

    device: where they run, for the health page. later: loads the language model, which takes a minute the first time; findings
    do not wait for it. Gives None where there is none.
    """

    diagnoser: SupportsAnalysis | None
    speech: Speech | None = None
    device: str = "cpu"
    later: Callable[[], Speech | None] | None = None
