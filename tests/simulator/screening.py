"""Every phrase once, straight through the screening of free text: no talks, so it takes seconds. `python -m tests.simulator --hearing`"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import locales
from bot.conversation import new_state
from bot.conversation.screening import screened
from bot.messages import Inbound, Urgency
from tests.simulator.hearing import age_for, asks_more
from tests.simulator.phrases import Phrase, phrases
from tests.simulator.report import interval

__all__ = ["Screened", "rates", "screen", "wrong"]


@dataclass(frozen=True, slots=True)
class Screened:
    """One phrase and whether the screening sends the person off now. asked: not so, but a sign is asked at once."""

    phrase: Phrase
    go_now: bool
    asked: bool = False

    @property
    def wrong(self) -> bool:
        """True where a statement is missed or other words are taken for danger."""
        return self.go_now != self.phrase.states


def screen(file: str) -> tuple[Screened, ...]:
    """Every phrase of a file in a chat of its language, between two questions; of a language without a pack none."""
    return tuple(Screened(p, *_screened(p)) for p in phrases(file) if p.language in locales.languages())


def rates(heard: Sequence[Screened]) -> list[str]:
    """A table row for each file and kind of phrase: of statements the share heard, of others the share taken for danger."""
    rows = ["| phrases | half | count | go now | 95 % | asked |", "| --- | --- | --- | --- | --- | --- |"]
    files = list(dict.fromkeys(h.phrase.file for h in heard))
    for file in (*files, "all"):
        for kind in ("statements", "denials", "harmless"):
            for half in ("seen", "unseen"):
                of = [
                    h
                    for h in heard
                    if file in ("all", h.phrase.file)
                    and _kind(h.phrase) == kind
                    and h.phrase.unseen == (half == "unseen")
                ]
                rows += [_row(f"{file}: {kind}", half, of)] if of else []
    return rows


def wrong(heard: Iterable[Screened]) -> list[str]:
    """The phrases of the seen half that are heard wrongly, a line each."""
    return [
        f"{h.phrase.file} {h.phrase.sign or 'harmless'} {'missed' if h.phrase.states else 'false alarm'}: {h.phrase.text}"
        for h in heard
        if h.wrong and not h.phrase.unseen
    ]


def _kind(phrase: Phrase) -> str:
    return "statements" if phrase.states else "denials" if phrase.sign else "harmless"


def _row(what: str, half: str, heard: Sequence[Screened]) -> str:
    hits = sum(h.go_now for h in heard)
    low, high = interval(hits, len(heard))
    return f"| {what} | {half} | {len(heard)} | {hits / len(heard):.1%} | {low:.1%} to {high:.1%} | {sum(h.asked for h in heard) / len(heard):.1%} |"


def _screened(phrase: Phrase) -> tuple[bool, bool]:
    start = new_state(phrase.language)
    state = replace(start, answers={**start.answers, "age": age_for(phrase.sign)})
    after = screened(state, (Inbound("message", text=phrase.text, language_hint=phrase.language),)).state
    now = after.floor is Urgency.NOW or bool(after.handover and phrase.sign in ("D45", ""))
    return now, not now and asks_more(state, after)
