"""The symptoms of a health worker's patient in one list: one tap for none or one of them, several one after the other.

One row a symptom, in every channel alike: a pressed button, or the number or words of a row. The question asks which of them the
patient has, so what was not chosen when it ends is a no; until then nothing of it counts. Signs of danger are never in the list:
each is asked by itself. A symptom that is pressed after the list has ended is added, and what was reached stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import locales
from bot.clinical import asking, symptoms
from bot.clinical import questions as rule_questions
from bot.clinical.danger_signs import kind_of
from bot.conversation.state import ChatState
from bot.conversation.typed import parts
from bot.messages import Choice, Reply, Text
from locales.typed import normalise

__all__ = [
    "GROUP",
    "added",
    "answered",
    "are_numbers",
    "ask",
    "awaits",
    "by_numbers",
    "may_add",
    "noted",
    "of_rows",
    "typed",
]

GROUP = "symptoms"
"""The key of the list among the answers of a case, once it has ended; and the question of its choices."""

_SEVERAL, _DONE = "several", "done"


def awaits(state: ChatState) -> bool:
    """True where the list is to be asked: of a health worker's patient, once, and of no case that is past it.

    Of a rash after what it looks like, and after the signs of danger that fit it.
    """
    return bool(state.timed and GROUP not in state.answers and _listed(state))


def ask(state: ChatState) -> Reply:
    """The list. Where several are being chosen, with what was chosen so far."""
    listed = _listed(state)
    if state.choosing:
        said = [Text("symptoms.ask"), Text("symptoms.each")]
        chosen = tuple(key for key in listed if key in state.chosen)
        if chosen:
            said.append(Text("symptoms.chosen", {"symptoms": _labels(state, chosen)}))
        rows = [
            _choice(
                key,
                Text("symptoms.ticked", {"symptom": _label(state, key)})
                if key in chosen
                else _label(state, key),
            )
            for key in listed
        ]
        end = _choice(_DONE, Text("symptoms.done")) if chosen else _choice("none", Text("danger.none"))
        return Reply(tuple(said), (*rows, end), GROUP)
    more = len(listed) > 1
    said = [Text("symptoms.ask"), *([Text("symptoms.how")] if more else [])]
    rows = [_choice(key, _label(state, key)) for key in listed]
    rows += [_choice(_SEVERAL, Text("symptoms.several"))] if more else []
    rows += [_choice("none", Text("danger.none")), _choice("unknown", Text("answer.unknown"))]
    return Reply(tuple(said), tuple(rows), GROUP)


def answered(state: ChatState, answer: str) -> ChatState:
    """The state after a choice of the list; of several at once their keys stand with + between them."""
    listed = _listed(state)
    if answer == _SEVERAL:
        return replace(state, choosing=True, chosen=())
    if answer == "unknown":
        return _ended(state, dict.fromkeys(listed, "unknown"))
    if answer in ("none", _DONE):
        return _ended(state, _told(listed, state.chosen if answer == _DONE else ()))
    keys = [key for key in answer.split("+") if key in listed]
    if not state.choosing:
        return _ended(state, _told(listed, keys))
    toggled = set(state.chosen) ^ set(keys)
    return replace(state, chosen=tuple(key for key in listed if key in toggled))


def noted(before: ChatState, after: ChatState) -> tuple[Text, ...]:
    """What is said once the list has ended: the symptoms that were chosen."""
    if GROUP in before.answers or GROUP not in after.answers:
        return ()
    keys = tuple(key for key in _listed(before) if after.answers.get(key) == "yes")
    return (Text("symptoms.noted", {"symptoms": _labels(before, keys)}),) if keys else ()


def may_add(state: ChatState, code: str) -> bool:
    """True where a button of the list that has ended adds a symptom: one that was not chosen, or not known."""
    question, _, key = code.partition(".")
    asked = key in symptoms.symptoms() or key in rule_questions.questions()
    return (
        question == GROUP and GROUP in state.answers and asked and state.answers.get(key) in ("no", "unknown")
    )


def added(state: ChatState, code: str) -> tuple[ChatState, tuple[Text, ...]]:
    """The state with one symptom more, and what is said of it. What was looked at without it is looked at again."""
    key = code.partition(".")[2]
    answers = {**state.answers, **_told((key,), (key,))}
    began = state.case_version in (state.requested, state.told, state.planned) or state.findings is not None
    again = replace(
        state, case_version=state.case_version + 1, findings=None, plan=None, description=(), meanwhile=""
    )
    state = replace(again if began else state, answers=answers, overlay="")
    return state, (Text("symptoms.noted", {"symptoms": _labels(state, (key,))}),)


def typed(offered: tuple[Choice, ...], text: str, language: str) -> str:
    """The choice that several numbers ("1 3") or names of rows ("itches, hurts") mean; '' where one of them means none.

    offered: the rows as they were shown.
    """
    if _numbers(text):
        return by_numbers(tuple(c.code for c in offered), text)
    rows = {c.code: c.label for c in offered if _symptom(c.code)}
    found = [_named(rows, part, language) for part in parts(text)]
    return _together(found) if found and all(found) else ""


def by_numbers(codes: tuple[str, ...], text: str) -> str:
    """The choice that two numbers or more mean ("1 3"); '' where one of them is that of no symptom, or the list is another.

    codes: of the choices in the order in which they were shown.
    """
    places = _numbers(text)
    found = [codes[place - 1] if 1 <= place <= len(codes) else "" for place in places]
    return _together(found) if found and all(map(_symptom, found)) else ""


def of_rows(code: str, offered: tuple[str, ...]) -> bool:
    """True for several symptoms in one choice, all of them rows of the list that is offered."""
    question, _, answer = code.partition(".")
    keys = answer.split("+")
    return question == GROUP and len(keys) > 1 and all(f"{GROUP}.{key}" in offered for key in keys)


def are_numbers(text: str) -> bool:
    """True for two numbers or more and nothing else."""
    return bool(_numbers(text))


def _together(found: list[str]) -> str:
    return f"{GROUP}.{'+'.join(dict.fromkeys(code.partition('.')[2] for code in found))}"


def _symptom(code: str) -> bool:
    question, _, key = code.partition(".")
    return question == GROUP and key not in (_SEVERAL, _DONE, "none", "unknown")


def _numbers(text: str) -> list[int]:
    """The numbers that a text is made of, where there are two or more and nothing else; else none."""
    words = normalise(" ".join(parts(text))).split()
    alone = len(words) > 1 and all(word.isascii() and word.isdecimal() and len(word) < 3 for word in words)
    return [int(word) for word in words] if alone else []


def _named(rows: Mapping[str, Text], part: str, language: str) -> str:
    """The code of the one row of which all words of a part are words, '' for none."""
    said = set(normalise(part).split())
    for code in dict.fromkeys((language, "en")):
        labels = {row: set(normalise(locales.render(label, code)).split()) for row, label in rows.items()}
        inside = [row for row in rows if said and said <= labels[row] and max(map(len, said)) > 2]
        if len(inside) == 1:
            return inside[0]
    return ""


def _listed(state: ChatState) -> tuple[str, ...]:
    """The symptoms of the list, in its order; () where there is nothing to ask."""
    if kind_of(state.answers) == "spot":
        past = (
            state.case_version in (state.planned, state.requested, state.told) or state.findings is not None
        )
        return () if past else tuple(key for key in symptoms.symptoms() if key not in state.answers)
    return () if state.findings is not None else _of_rules(tuple(sorted(state.answers.items())))


@lru_cache(4096)
def _of_rules(answers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return asking.grouped(dict(answers))


def _told(listed: tuple[str, ...], chosen: tuple[str, ...] | list[str]) -> dict[str, str]:
    """What the end of the list answers: a symptom that another one implies is there too."""
    there = {*chosen, *(rule_questions.implies(key) for key in chosen)}
    return {key: "yes" if key in there else "no" for key in listed}


def _ended(state: ChatState, told: Mapping[str, str]) -> ChatState:
    return replace(state, answers={**state.answers, **told, GROUP: "asked"}, choosing=False, chosen=())


def _labels(state: ChatState, keys: tuple[str, ...]) -> tuple[Text, ...]:
    return tuple(_label(state, key) for key in keys)


def _label(state: ChatState, key: str) -> Text:
    """What the patient has, in the words of a list."""
    if kind_of(state.answers) == "spot":
        return symptoms.symptoms()[key].label
    return rule_questions.questions()[key].because


def _choice(answer: str, label: Text) -> Choice:
    return Choice(f"{GROUP}.{answer}", label)
