"""Every message of the template is said somewhere: a sentence that nobody can hear costs a translator's and a clinician's time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

import locales
from bot.clinical import alarms, danger_signs
from bot.conversation import questions
from locales import wordlists

ROOT = Path(__file__).parents[2]
# Where an id begins with what is filled in (f"{question}.{answer}"), these are the questions.
QUESTIONS = ("age", "health", "shape", "wound_kind", "site", "skin")


def strings() -> Iterator[str | list[str | None]]:
    """Every string of code and clinical rows; one that is filled in as its pieces, None for what is filled in."""
    for package in ("bot", "worker", "locales"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    yield [str(p.value) if isinstance(p, ast.Constant) else None for p in node.values]
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                    # A beginning that is handed on: "console.plots.urgency_".
                    if re.fullmatch(r"console\.[a-z_.]+[_.]", node.value):
                        yield [node.value, None]
    for path in (ROOT / "bot" / "web" / "console").rglob("*.html"):
        page = path.read_text()
        yield from re.findall(r"""["'](console\.[a-z_.]+)["']""", page)
        # "console.case.who_" ~ line.who
        ended = re.findall(r"""["'](console\.[a-z_.]+[_.])["'] ~ [\w.]+ ~ ["'](_[a-z_]+)["']""", page)
        yield from ([begun, None, end] for begun, end in ended)
        yield from ([begun, None] for begun in re.findall(r"""["'](console\.[a-z_.]+[_.])["'] ~""", page))
    waiting: list[object] = [yaml.safe_load(path.read_text()) for path in (ROOT / "bot").rglob("*.yaml")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            yield value


def unused(ids: set[str]) -> set[str]:
    """Of these ids, those that no string is, nor can become with words that stand in code or rows."""
    whole: set[str] = set()
    patterns: set[str] = set()
    for found in strings():
        if isinstance(found, str):
            whole.add(found)
        elif any("." in (piece or "") for piece in found):
            pieces = ["([a-z0-9_]+)" if piece is None else re.escape(piece) for piece in found]
            if found[0] is None:
                pieces[0] = f"({'|'.join(QUESTIONS)})"
            patterns.add("".join(pieces))
    left = ids - whole
    for pattern in patterns:
        left -= {i for i in left if (match := re.fullmatch(pattern, i)) and whole.issuperset(match.groups())}
    return left


def test_every_message_is_used_by_code_or_data() -> None:
    said = {i for i in locales.library().template if not wordlists.is_heard(i)}
    assert unused(said) == set()


def test_every_list_of_heard_phrases_is_of_a_sign_or_used_by_another_list() -> None:
    listed = {i for i in locales.library().template if wordlists.is_heard(i)}
    signs = {s.id.lower() for s in danger_signs.all_signs()}
    phrases = " ".join(p for i in listed for c in locales.languages() for p in locales.phrases(i, c))
    rooms = (Path(alarms.__file__).parent, Path(questions.__file__).parent)
    named = "".join(path.read_text() for room in rooms for path in room.glob("*.py"))
    for name in sorted(listed):
        kind, _, rest = name.removeprefix("words.").partition("_")
        if kind == "part":
            assert f"@{rest}" in phrases or f'"{rest}"' in named or rest == "lookalikes", name
        else:
            assert rest.partition("_")[0] in {*signs, "other"}, name


def test_a_message_that_nobody_says_is_found() -> None:
    assert unused({"contagious.no", "menu.nothing", "now.go", "photo.coach.dark"}) == {
        "contagious.no",
        "menu.nothing",
    }


def test_the_questions_of_this_test_are_those_of_the_conversation() -> None:
    source = Path(questions.__file__).read_text()
    assert all(f'"{question}"' in source for question in QUESTIONS)
