"""The lists of typed words in a pack ('words.yes' = 'ndiyo|ndio|sawa'): one meaning for each word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from locales.catalogue import Entry, Unit
from locales.reasons import why
from locales.typed import normalise

__all__ = ["collisions", "faults", "is_heard", "is_list", "split", "takes_command", "unknown_commands"]

_BESIDE = (
    "words.age_beside",
    "words.before_number",
    "words.yes_begins",
    "words.agrees",
    "words.not_there",
    "words.grown_kin",
    "words.another_person",
    "words.somebody_else",
    "words.beside_wrong",
    "words.another_one",
    "words.has_it",
    "words.whose_photo",
    "words.number_tens",
    "words.number_joins",
    "words.age_about",
    "words.beside_visit",
    "words.visit_when",
    "words.i_have",
    "words.no_illness",
    "words.a_child",
    "words.another_child",
    "words.tells_of_it",
)
# Places of the body, which stand inside of longer text.
_PLACES = "words.site_"
_COMMAND = re.compile(r"\b[A-Z]{3,}\b")


def is_list(message_id: str) -> bool:
    """True for a message that holds typed words and is never shown."""
    return message_id.startswith("words.")


def is_heard(message_id: str) -> bool:
    """True for a list of phrases that are found inside longer text (bot.clinical.alarms), not a meaning of a whole typed text."""
    return message_id.startswith(("words.sign_", "words.hint_", "words.part_"))


def _is_meaning(message_id: str) -> bool:
    """True for a list of which a whole typed text may be a word.

    Not of what only stands beside something: beside an age ("un an"), before a number, at the beginning of a longer text. Nor of
    what is so to one question only: "fine" agrees, and is better too.
    """
    if message_id.startswith(_PLACES) or message_id in _BESIDE:
        return False
    return is_list(message_id) and not is_heard(message_id)


def split(listed: str) -> frozenset[str]:
    """The words of a list, normalised."""
    return frozenset(normalise(word) for word in listed.split("|")) - {""}


def faults(listed: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one list by itself: (kind, reason)."""
    words = [word.strip() for word in listed.split("|")]
    for word in words:
        if not normalise(word):
            yield (
                "words",
                why(
                    "console.gate.untypable",
                    "{word} in the list {listed} is no word that anybody can type",
                    word=repr(word),
                    listed=repr(listed),
                ),
            )
    for word, times in Counter(words).items():
        if times > 1:
            yield (
                "words",
                why(
                    "console.gate.word_twice",
                    "{word} stands {times} times in the list",
                    word=repr(word),
                    times=times,
                ),
            )


def collisions(lists: list[tuple[Unit, str]]) -> Iterator[tuple[Unit, str]]:
    """Words that stand in two lists of one language, with the reason, at the second list."""
    owner: dict[str, str] = {}
    for unit, listed in lists:
        for word in sorted(split(listed)) if _is_meaning(unit.id) else ():
            other = owner.setdefault(word, unit.id)
            if other != unit.id:
                yield (
                    unit,
                    why(
                        "console.gate.collision",
                        "{word} is also in {other}; a typed answer must have one meaning",
                        word=repr(word),
                        other=repr(other),
                    ),
                )


# What a person may write in every chat, whatever its language: what the sentences of every pack promise in the end.
_ENGLISH = tuple(f"words.{name}" for name in ("stop", "delete", "help", "language", "new", "teaching"))


def takes_command(template: Mapping[str, Entry], lists: list[tuple[Unit, str]]) -> Iterator[tuple[Unit, str]]:
    """Words that mean something else in a language and are a command in English: STOP must end every chat."""
    commands = {
        word: name for name in _ENGLISH if name in template for word in split(template[name].source[0])
    }
    for unit, listed in lists:
        if not is_list(unit.id) or is_heard(unit.id):
            continue
        for word in sorted(split(listed) & commands.keys()):
            if commands[word] != unit.id:
                yield (
                    unit,
                    why(
                        "console.gate.takes_command",
                        "{word} is the English word of {other}, which works in every chat; it can mean nothing else",
                        word=repr(word),
                        other=repr(commands[word]),
                    ),
                )


def unknown_commands(template: Mapping[str, Entry], units: list[Unit]) -> Iterator[tuple[Unit, str]]:
    """Sentences that tell people to write a word ('write DELETE') which is in no list of the language."""
    translated = [unit for unit in units if unit.id in template and any(unit.strings)]
    lists = {unit.id: split(unit.strings[0]) for unit in translated if is_list(unit.id)}
    meanings = {
        word: entry.id
        for entry in template.values()
        if _is_meaning(entry.id)
        for word in split(entry.source[0])
    }
    for unit in translated:
        for command in sorted(set(_COMMAND.findall(unit.source[-1]))) if not is_list(unit.id) else ():
            wanted = meanings.get(normalise(command), "")
            for sentence in unit.strings if wanted in lists else ():
                said = f" {normalise(sentence)} "
                if not any(f" {word} " in said for word in lists[wanted]):
                    yield (
                        unit,
                        why(
                            "console.gate.command",
                            "{command} of the original: no word of {wanted} is in the translation",
                            command=command,
                            wanted=repr(wanted),
                        ),
                    )
