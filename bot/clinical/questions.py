"""The questions of the community rules, as data, and what the answers of a case say to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import danger, rows
from bot.clinical.danger_signs import AGES, FIT_GROUP, KINDS, kind_of
from bot.messages import Text, Urgency

__all__ = [
    "DURATION",
    "LOOK",
    "Duration",
    "Look",
    "Question",
    "durations",
    "implies",
    "known",
    "looks",
    "parse",
    "parse_durations",
    "parse_looks",
    "questions",
    "speaking",
    "spent",
    "spoken_for",
]

LOOK = "look"
"""The key of the one question that has more answers than yes and no; an answer is a look's key without 'look_'."""

DURATION = "duration"
"""The key of the question how long it has been there, asked of a health worker's patient; an answer is a duration's key."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is answered with yes, no or don't know.

    because, because_no: how a yes or a no is told as a reason. background: rare, seldom or often, how often it is a yes in people
    who have something else. sites: asked only there, or where the place is not known. sign: id of the sign of danger that asks
    the same, or ''. implies: key of a question that a yes answers too. speaks_for: code of the condition whose words on others,
    work and home count after a yes, whatever else is named; ''. urgency: the least urgency after a yes, whatever is named.
    """

    key: str
    question: Text
    because: Text
    because_no: Text | None
    background: str
    kinds: frozenset[str]
    ages: frozenset[str]
    sites: frozenset[str]
    sign: str
    implies: str
    speaks_for: str
    urgency: Urgency | None
    source: str
    tag: str
    status: rows.Status


@dataclass(frozen=True, slots=True)
class Look:
    """What a rash can look like most: an answer to the question `LOOK`. sites: offered only there, or where no place is known."""

    key: str
    label: Text
    because: Text
    implies: str
    sites: frozenset[str]
    asks: tuple[str, ...]
    source: str
    tag: str
    status: rows.Status

    @property
    def answer(self) -> str:
        """How the answer is kept."""
        return self.key.removeprefix("look_")

    def fits(self, site: str) -> bool:
        """Whether it is offered of a rash at this place of the body."""
        return not self.sites or site in ("", *self.sites)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long it has been there: an answer to the question `DURATION`. answers: question -> the yes or no that it is too."""

    key: str
    label: Text
    answers: Mapping[str, str]
    source: str
    tag: str
    status: rows.Status


@cache
def questions() -> Mapping[str, Question]:
    """The questions by key, in the order of the file. Raises BadRow where the file is wrong."""
    return parse(rows.document("questions.yaml"))


@cache
def looks() -> Mapping[str, Look]:
    """The looks by key, in the order in which they are offered. Raises BadRow where the file is wrong."""
    return parse_looks(rows.document("questions.yaml"))


@cache
def durations() -> Mapping[str, Duration]:
    """The durations by key, in the order in which they are offered. Raises BadRow where the file is wrong."""
    return parse_durations(rows.document("questions.yaml"))


@cache
def asked_of(look: str) -> tuple[str, ...]:
    """Keys of the questions of signs that a look asks for, in order. look: its answer, 'unknown' where nobody knows."""
    if look == "unknown":
        document = rows.document("questions.yaml")
        return _of_signs(rows.words(document, "look_unknown", "questions.yaml"), "look_unknown")
    return next((one.asks for one in looks().values() if one.answer == look), ())


def known(answers: Mapping[str, str]) -> dict[str, str]:
    """What is known of each question and look by the answers of a case: key -> 'yes' or 'no'.

    "Don't know" says nothing. An answer to a sign of danger answers the question that asks the same, and how long it has been
    there what is asked of the same in weeks.
    """
    said = dict(_of_duration(answers))
    chosen = answers.get(LOOK, "")
    said |= {look.key: "yes" for look in looks().values() if look.answer == chosen}
    for one in questions().values():
        answer = _of_sign(one.sign, answers) if one.sign else ""
        answer = answer or answers.get(one.key, "")
        if answer in ("yes", "no"):
            said[one.key] = answer
    if answers.get("skin") == "albinism":
        said["pale_birth"] = "yes"
    for key in [key for key, answer in said.items() if answer == "yes"]:
        if implied := implies(key):
            said[implied] = "yes"
    return said


def spoken_for(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Codes of the conditions whose words on others, work and home count by a plain yes, in the order of the file."""
    return tuple(code for _, code in speaking(answers))


def speaking(answers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The questions by whose yes a condition is spoken for, each with its code, in the order of the file."""
    said = known(answers)
    every = questions().values()
    return tuple((one.key, one.speaks_for) for one in every if one.speaks_for and said.get(one.key) == "yes")


def implies(key: str) -> str:
    """The question that a yes to this one, or this look, answers too; '' for none."""
    one = looks().get(key) or questions().get(key)
    return one.implies if one is not None else ""


def spent(answers: Mapping[str, str]) -> frozenset[str]:
    """Keys of questions that need not be asked (again): answered in any way, also by a sign of danger."""
    return frozenset(
        one.key
        for one in questions().values()
        if one.key in answers or (one.sign and (one.sign in answers or _of_sign(one.sign, answers)))
    ) | frozenset((*known(answers), *_timed(answers)))


def _of_duration(answers: Mapping[str, str]) -> Mapping[str, str]:
    """What the duration says to questions of this kind of problem; of a single spot, of which they are not asked, nothing."""
    chosen = durations().get(answers.get(DURATION, ""))
    kind = kind_of(answers)
    told = chosen.answers if chosen is not None else {}
    return {key: answer for key, answer in told.items() if kind in questions()[key].kinds}


def _timed(answers: Mapping[str, str]) -> frozenset[str]:
    """The questions that the duration stands for, once it was asked: who does not know it does not know them either."""
    asked = DURATION in answers
    return frozenset(key for one in durations().values() for key in one.answers) if asked else frozenset()


def _of_sign(sign: str, answers: Mapping[str, str]) -> str:
    """What is known of a sign of danger: 'yes', 'no', or ''."""
    if answers.get(f"{sign}.own") == "yes":
        return "yes"
    said = answers.get(sign, "")
    if said == "unknown":
        said = answers.get(f"{sign}.again", "")
    if not said and answers.get(f"group{FIT_GROUP}") == "none":
        asked = danger.group_signs(answers.get("age", ""), FIT_GROUP, answers)
        said = "no" if any(s.id == sign for s in asked) else ""
    return said if said in ("yes", "no") else ""


def parse(document: Mapping[str, object]) -> Mapping[str, Question]:
    """The questions of a read data file. Raises BadRow."""
    found: dict[str, Question] = {}
    for n, row in enumerate(_listed(document, "questions")):
        where = f"questions[{n}]"
        needed = {"key", "question", "because", "background", "kinds", "source", "tag", "status"}
        said = rows.known_keys(
            row, where, needed, {"because_no", "ages", "sites", "sign", "implies", "speaks_for", "urgency"}
        )
        key = rows.text(said, "key", where)
        if key in found:
            raise rows.BadRow(f"{where}: key {key!r} stands twice")
        kinds, ages = frozenset(rows.words(said, "kinds", where)), _some(said, "ages", where)
        if not kinds <= set(KINDS) or not ages <= set(AGES):
            raise rows.BadRow(
                f"{where}: kinds {sorted(kinds)}, ages {sorted(ages)}; expected {KINDS}, {AGES}"
            )
        found[key] = Question(
            key=key,
            question=Text(rows.message_id(said, "question", where)),
            because=Text(rows.message_id(said, "because", where)),
            because_no=Text(rows.message_id(said, "because_no", where)) if "because_no" in said else None,
            background=rows.choice(said, "background", where, ("rare", "seldom", "often")),
            kinds=kinds,
            ages=ages,
            sites=_some(said, "sites", where),
            sign=rows.text(said, "sign", where) if "sign" in said else "",
            implies=rows.text(said, "implies", where) if "implies" in said else "",
            speaks_for=rows.text(said, "speaks_for", where) if "speaks_for" in said else "",
            urgency=rows.urgency(said, "urgency", where) if "urgency" in said else None,
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found


def parse_looks(document: Mapping[str, object]) -> Mapping[str, Look]:
    """The looks of a read data file. Raises BadRow."""
    found: dict[str, Look] = {}
    for n, row in enumerate(_listed(document, "looks")):
        where = f"looks[{n}]"
        said = rows.known_keys(
            row, where, {"key", "label", "because", "source", "tag", "status"}, {"implies", "asks", "sites"}
        )
        key = rows.text(said, "key", where)
        if key in found or not key.startswith("look_"):
            raise rows.BadRow(f"{where}: key is {key!r}; expected another one that begins with 'look_'")
        found[key] = Look(
            key=key,
            label=Text(rows.message_id(said, "label", where)),
            because=Text(rows.message_id(said, "because", where)),
            implies=rows.text(said, "implies", where) if "implies" in said else "",
            sites=_some(said, "sites", where),
            asks=_of_signs(rows.words(said, "asks", where), where) if "asks" in said else (),
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found


def parse_durations(document: Mapping[str, object]) -> Mapping[str, Duration]:
    """The durations of a read data file. Raises BadRow."""
    found: dict[str, Duration] = {}
    known_questions = parse(document)
    for n, row in enumerate(_listed(document, "durations")):
        where = f"durations[{n}]"
        said = rows.known_keys(row, where, {"key", "label", "answers", "source", "tag", "status"}, set())
        key, answers = rows.text(said, "key", where), said["answers"]
        if key in found:
            raise rows.BadRow(f"{where}: key {key!r} stands twice")
        if not isinstance(answers, dict) or not set(answers.values()) <= {"yes", "no"}:
            raise rows.BadRow(f"{where}: answers is {answers!r}; expected keys of questions with yes or no")
        signs = [one for one in answers if one not in known_questions or known_questions[one].sign]
        if signs:
            raise rows.BadRow(f"{where}: answers {signs}; expected questions that ask no sign of danger")
        found[key] = Duration(
            key=key,
            label=Text(rows.message_id(said, "label", where)),
            answers={str(one): str(answer) for one, answer in answers.items()},
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found


def _of_signs(keys: tuple[str, ...], where: str) -> tuple[str, ...]:
    if wrong := [key for key in keys if key not in questions() or not questions()[key].sign]:
        raise rows.BadRow(f"{where}: asks {wrong}; expected questions that have a sign")
    return keys


def _listed(document: Mapping[str, object], name: str) -> list[object]:
    listed = document.get(name)
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"{name} is {listed!r}; expected a list of rows")
    return listed


def _some(said: Mapping[str, object], key: str, where: str) -> frozenset[str]:
    return frozenset(rows.words(said, key, where)) if key in said else frozenset()
