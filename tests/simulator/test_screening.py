"""The quick measure of what is heard: its shares, and that it keeps the unseen half to itself."""

from __future__ import annotations

from tests.simulator.phrases import Phrase
from tests.simulator.screening import Screened, rates, screen, wrong


def of(text: str, *, states: bool, go_now: bool, unseen: bool = False) -> Screened:
    return Screened(Phrase("D05" if states else "", text, states, "en", "en", unseen), go_now)


def test_the_share_of_each_half_stands_in_its_own_row() -> None:
    heard = [of("a", states=True, go_now=True), of("b", states=True, go_now=False)]
    rows = rates([*heard, of("c", states=True, go_now=True, unseen=True)])
    assert any(row.startswith("| en: statements | seen | 2 | 50.0% |") for row in rows)
    assert any(row.startswith("| en: statements | unseen | 1 | 100.0% |") for row in rows)


def test_what_is_heard_wrongly_is_shown_of_the_seen_half_only() -> None:
    heard = [
        of("missed", states=True, go_now=False),
        of("secret", states=True, go_now=False, unseen=True),
        of("alarm", states=False, go_now=True),
        of("right", states=False, go_now=False),
    ]
    assert wrong(heard) == ["en D05 missed: missed", "en harmless false alarm: alarm"]


def test_a_file_goes_straight_through_the_screening() -> None:
    heard = screen("en")
    stated = [h.go_now for h in heard if h.phrase.states]
    others = [h.go_now for h in heard if not h.phrase.states]
    assert sum(stated) / len(stated) > 0.9 > 0.1 > sum(others) / len(others)
