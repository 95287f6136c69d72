"""What a photograph can show of a spot, in words of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import locales
from bot.clinical import rows
from bot.messages import Text

__all__ = ["Feature", "described", "features", "parse"]

# A spot may have more than one of these; of any other concept two values contradict each other.
_SEVERAL = ("colour",)


@dataclass(frozen=True, slots=True)
class Feature:
    """One value of a concept of the model. words: how the model writes it. say: fits after 'it looks'."""

    concept: str
    value: str
    say: Text
    words: tuple[str, ...]
    source: str
    tag: str
    status: rows.Status


@cache
def features() -> tuple[Feature, ...]:
    """The features in the order in which they are said. Raises BadRow where the file is wrong."""
    return parse(rows.document("features.yaml"))


def described(words: Iterable[str], without: Collection[str] = ()) -> tuple[Text, ...]:
    """What of a description the catalogue can say, in the catalogue's order.

    words: the model's words ('dark brown') or codes ('colour.dark_brown', 'dark_brown'); unknown ones are left out, and so is
    a concept of which two values were said that exclude each other (raised and flat). without: concepts that are not said.
    """
    known = _by_word()
    found = [known[w] for w in map(locales.normalise, words) if w in known]
    said: dict[str, list[Feature]] = {}
    for one in features():
        if one in found:
            said.setdefault(one.concept, []).append(one)
    return tuple(
        one.say
        for concept, values in said.items()
        if concept not in without and (len(values) == 1 or concept in _SEVERAL)
        for one in values
    )


@cache
def _by_word() -> Mapping[str, Feature]:
    known: dict[str, Feature] = {}
    for one in features():
        bare = () if one.value in ("yes", "no", "one") else (one.value,)
        for word in (*one.words, f"{one.concept} {one.value}", *bare):
            known.setdefault(locales.normalise(word), one)
    return known


def parse(document: Mapping[str, object]) -> tuple[Feature, ...]:
    """The features of a read data file. Raises BadRow."""
    listed = document.get("features")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"features is {listed!r}; expected a list of rows")
    found: list[Feature] = []
    for n, row in enumerate(listed):
        where = f"features[{n}]"
        needed = {"concept", "value", "say", "words", "source", "tag", "status"}
        said = rows.known_keys(row, where, needed, set())
        found.append(
            Feature(
                concept=rows.text(said, "concept", where),
                value=rows.text(said, "value", where),
                say=Text(rows.message_id(said, "say", where)),
                words=rows.words(said, "words", where),
                source=rows.text(said, "source", where),
                tag=rows.choice(said, "tag", where, rows.TAGS),
                status=rows.status(said, where),
            )
        )
        if (found[-1].concept, found[-1].value) in {(f.concept, f.value) for f in found[:-1]}:
            raise rows.BadRow(f"{where}: {found[-1].concept} {found[-1].value} stands twice")
    return tuple(found)
