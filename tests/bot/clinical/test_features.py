"""Described features in the catalogue's words; the list equals the model's."""

from __future__ import annotations

import copy

import pytest

import locales
from bot.clinical import features, names, rows
from locales import Text


def said(*words: str, language: str = "en") -> list[str]:
    return [locales.render(text, language) for text in features.described(words)]


def test_the_features_are_the_models_concepts_and_its_words() -> None:
    concepts = pytest.importorskip("model.concepts")
    notes = pytest.importorskip("model.notes")
    mine = {(f.concept, f.value): f.words for f in features.features()}
    theirs = {(concept, value) for concept, values in concepts.CONCEPTS.items() for value in values}
    assert set(mine) == theirs
    assert mine == {key: tuple(words) for key, words in notes._WORDS.items()}


def test_words_and_codes_are_understood_and_said_in_one_order() -> None:
    assert said("uneven border", "Dark brown", "raised") == ["raised", "dark brown", "uneven at the border"]
    assert said("raised.yes", "colour:dark_brown", "dark_brown") == ["raised", "dark brown"]
    assert said("standing above the skin", "raised") == ["raised"]


def test_what_is_unknown_or_contradicts_itself_is_left_out() -> None:
    assert said("Vesicle", "", "yes", "500 mg") == []
    assert said("raised", "flat", "round") == ["round"]
    assert said("black", "brown") == ["black", "brown"]


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_every_feature_is_said_in_words_of_its_own(language: str) -> None:
    listed = [locales.render(f.say, language, strict=True) for f in features.features()]
    assert len(set(listed)) == len(listed)
    if language != "en":
        assert not set(listed) & {locales.render(f.say, "en") for f in features.features()}
    sentence = locales.render(
        Text("talk.features", {"features": tuple(f.say for f in features.features())}), language
    )
    assert all(one in sentence for one in listed)


def test_a_row_that_stands_twice_or_lacks_words_is_refused() -> None:
    document = copy.deepcopy(dict(rows.document("features.yaml")))
    document["features"].append(document["features"][0])  # type: ignore[attr-defined]
    with pytest.raises(rows.BadRow, match="stands twice"):
        features.parse(document)
    document["features"] = [{**document["features"][0], "words": "raised"}]  # type: ignore[index]
    with pytest.raises(rows.BadRow, match="list of texts"):
        features.parse(document)


def test_names_and_medicines_say_where_they_come_from() -> None:
    assert names.names().source
    assert names.names().tag in rows.TAGS
    sources = names.medicines().sources
    assert set(sources) == {"words", "remedies", "endings", "beginnings"}
    assert all(source and tag in rows.TAGS for source, tag in sources.values())


def test_a_list_without_a_source_is_refused() -> None:
    document = copy.deepcopy(dict(rows.document("medicines.yaml")))
    del document["words"]["source"]  # type: ignore[attr-defined]
    with pytest.raises(rows.BadRow):
        names.parse_medicines(document)
    twice = copy.deepcopy(dict(rows.document("names.yaml")))
    twice["other"].append("melanoma")  # type: ignore[attr-defined]
    with pytest.raises(rows.BadRow, match="stands twice"):
        names.parse_names(twice)
