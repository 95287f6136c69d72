"""A danger phrase that cannot be read must stop a pack at the gate, not a person's message."""

from __future__ import annotations

import pytest

import locales
from bot.clinical import phrase_gate


def test_every_shipped_phrase_can_be_read() -> None:
    assert phrase_gate.problems(locales.library().codes) == []


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("semi-coma", "is no single word"),
        ("fever ~", "lacks words on one side"),
        ("@nothing ~ hot", "there is no list words.part_nothing"),
    ],
)
def test_one_that_cannot_is_named_with_its_pack_and_list(
    phrase: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = locales.phrases
    monkeypatch.setattr(
        locales,
        "phrases",
        lambda name, code: (phrase,) if (name, code) == ("words.sign_d04", "sw") else real(name, code),
    )
    (problem,) = phrase_gate.problems(["en", "sw"])
    assert problem.startswith(f"sw: [phrase] words.sign_d04: {phrase!r}")
    assert why in problem


def test_a_slip_in_a_list_of_parts_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    real = locales.phrases
    slip = ("words.part_general", "fr")
    monkeypatch.setattr(
        locales, "phrases", lambda name, code: ("qu'est-ce",) if (name, code) == slip else real(name, code)
    )
    (problem,) = phrase_gate.problems(["fr"])
    assert problem.startswith('fr: [phrase] words.part_general: "qu\'est-ce"')
