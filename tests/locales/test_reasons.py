"""Reasons of the gate: English in the code as in the template, and sayable in every language of the console."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import locales
from locales import placeholders, sentences
from locales.reasons import Reason, text_of, why

ROOT = Path(__file__).parents[2]
# By the function that makes them: where their ids begin.
PREFIXES = {"why": "", "because": "console.places.fault_"}
BEGIN = ("console.gate.", "console.places.fault_")


def written() -> dict[str, set[str]]:
    """By message id the English that stands in the code."""
    found: dict[str, set[str]] = {}
    bot = ROOT / "bot"
    for file in (
        *(ROOT / "locales").glob("*.py"),
        *(bot / "packs").glob("*.py"),
        *bot.glob("place_*.py"),
    ):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            # In `because` the id is put together, and this is the whole of it.
            if called in PREFIXES and not isinstance(node.args[0], ast.JoinedStr):
                name, english = (ast.literal_eval(argument) for argument in node.args)
                found.setdefault(PREFIXES[called] + name, set()).add(english)
    return found


def test_the_english_of_the_code_is_that_of_the_template() -> None:
    template = locales.library().template
    of_code = written()
    assert len(of_code) > 50
    assert {name for name in template if name.startswith(BEGIN)} == set(of_code)
    for name, english in of_code.items():
        assert english == {template[name].source[0]}, name


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_every_reason_is_translated_with_the_same_arguments(language: str) -> None:
    library = locales.library()
    for name in written():
        entry = library.template[name]
        (said,) = library.translations(language).of(entry)
        assert placeholders.names(said) == placeholders.names(entry.source[0]), name


def test_a_reason_is_its_english_and_the_same_message_in_another_language() -> None:
    reason = why("console.gate.too_long", "{length} characters; expected at most {most}", length=91, most=80)
    assert reason == "91 characters; expected at most 80"
    text = text_of(reason)
    assert text is not None
    assert locales.render(text, "en") == reason
    assert locales.render(text, "sw") == "herufi 91; zisizidi 80"


def test_a_reason_inside_of_another_is_translated_too() -> None:
    inner = why("console.gate.empty", "is only white space")
    outer = why("console.gate.of", "{what}: {reason}", what="name", reason=inner)
    assert outer == "name: is only white space"
    text = text_of(outer)
    assert text is not None
    assert locales.render(text, "sw") == "name: ni nafasi tupu tu"


def test_what_only_a_parser_says_has_no_message() -> None:
    assert text_of("unexpected token") is None


@pytest.mark.parametrize(
    ("original", "translation"),
    [
        ("Show {count} photos", "Onyesha picha"),
        ("Show it", "Onyesha {count}"),
        ("Show it", "Onyesha {0}"),
        ("Show it", "Onyesha *sana*"),
        ("Show it", "Onyesha www.example.org"),
        ("Call 0800123456", "Piga simu"),
        ("Wait 2 days", "Subiri siku 3"),
        ("Show it", " Onyesha "),
        ("Show it", "Onyesha\nsasa"),
        ("Show it", "Onyesha \u202e"),
        ("Show it", "Onyesha \x07"),
        ("Show it", "o" * (sentences.LONGEST + 1)),
        ("Do not wait", "Subiri"),
        ("Show it", "abc \u0623\u0628"),
    ],
)
def test_every_fault_of_a_sentence_is_a_message(original: str, translation: str) -> None:
    found = list(sentences.faults(original, translation, direction="rtl", negation="usi"))
    assert found
    assert all(isinstance(reason, Reason) for _, reason in found), found
    for _, reason in found:
        text = text_of(reason)
        assert text is not None
        assert placeholders.without_isolates(locales.render(text, "en")) == reason
