from __future__ import annotations

import copy

import pytest

import locales
from bot.clinical import (
    conditions,
    danger_signs,
    examine,
    features,
    follow_up,
    modifiers,
    rows,
    sent_on,
    symptoms,
)
from bot.messages import Text, Urgency


def _texts() -> list[Text]:
    found: list[Text] = []
    for sign in danger_signs.all_signs():
        found += [t for t in (sign.question, sign.also, sign.check, sign.aid) if t]
    for entry in (*conditions.catalogue().values(), conditions.unknown()):
        found += [entry.name, entry.about, entry.contagious, entry.home, entry.when]
    found += [f.say for f in features.features()]
    found += [e.say for e in examine.examinations()]
    found += [s.question for s in symptoms.symptoms().values()]
    for kind in sent_on.kinds().values():
        found += kind.say
    return found


@pytest.mark.parametrize("language", locales.languages())
def test_every_row_speaks_through_the_catalogue(language: str):
    for text in _texts():
        assert locales.render(text, language, strict=True)


def test_the_ask_all_set_is_that_of_the_facts():
    adult = {s.id for s in danger_signs.signs_for("adult")}
    assert adult == {"D04", "D05", "D06", "D08", "D11", "D12", "D13", "D15", "D17", "D18", "D19"}
    assert {s.id for s in danger_signs.signs_for("child")} - adult == {"D01"}
    assert {s.id for s in danger_signs.signs_for("infant")} - adult == {"D01", "D21", "D24"}


def test_every_row_names_its_source_and_is_unreviewed():
    asked_after = follow_up.table()
    everything = [
        *danger_signs.all_signs(),
        *modifiers.modifiers(),
        *symptoms.symptoms().values(),
        *symptoms.places().values(),
        *sent_on.kinds().values(),
        *features.features(),
        *examine.examinations(),
        *asked_after.by_urgency.values(),
        asked_after.suspicious,
        *asked_after.by_code.values(),
    ]
    assert all(row.source and row.tag in rows.TAGS and row.status == "unreviewed" for row in everything)
    for entry in conditions.catalogue().values():
        assert {"name", "about", "contagious", "home", "when", "urgency"} <= set(entry.sources)


def test_cancers_are_seen_within_a_week():
    cancers = {c.code for c in conditions.catalogue().values() if c.cancer}
    assert cancers == {"BCC", "SCC", "MEL"}
    assert all(conditions.catalogue()[c].urgency is Urgency.WEEK for c in cancers)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("urgency", "soon"),
        ("question", "Is it bad?"),
        ("group", 4),
        ("when", "later"),
        ("kinds", ["mole"]),
        ("now_with", ["D99"]),
        ("ages", ["old"]),
        ("invented", 1),
        ("tag", "felt"),
    ],
)
def test_a_row_that_its_schema_does_not_allow_is_refused(key: str, value: object):
    document = copy.deepcopy(dict(rows.document("danger_signs.yaml")))
    document["signs"][0][key] = value  # type: ignore[index]
    with pytest.raises(rows.BadRow):
        danger_signs.parse(document)


def test_a_row_without_a_source_is_refused():
    document = copy.deepcopy(dict(rows.document("conditions.yaml")))
    del document["conditions"]["MEL"]["about"]["source"]  # type: ignore[index]
    with pytest.raises(rows.BadRow):
        conditions.parse(document)
