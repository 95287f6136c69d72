from __future__ import annotations

import pytest

from bot.clinical.matching import Lexicon, Matcher, read
from bot.clinical.phrases import BadPhrase, Part, parse, single_words
from bot.clinical.spelling import same_word

PARTS = {
    "lips": ("lip/lips", "mouth"),
    "swollen": ("swoll*", "blown_up"),
    "fever": ("fever*",),
    "baby": ("baby",),
}


def parts(name: str) -> tuple[tuple[str, str], ...]:
    return tuple(("", phrase) for phrase in PARTS[name])


def found(phrase: str, text: str, known: frozenset[str] = frozenset()) -> bool:
    """True where every part of the phrase is somewhere in the text."""
    parsed = parse(phrase, parts)
    words = {
        w for p in (phrase, *(one for several in PARTS.values() for one in several)) for w in single_words(p)
    }
    book = Lexicon(words, lambda word, stem: word.startswith("ha"))
    matcher = Matcher(read(text), lambda w: book.of(w) if w in known else book.of(w) | book.near(w))

    def there(part: Part) -> bool:
        return any(True for _ in matcher.spans(part))

    return all(map(there, parsed.parts)) and not any(map(there, parsed.without))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hard breath*", "it is hard for him to breathe"),
        ("stop_bleeding", "cannot stop bleeding"),
        ("can't/not_breathe", "he may not breathe"),
        ("can't breathe", "he cannot really breathe"),
        ("*pumua", "anapumua"),
        ("all.over/whole", "it is all over"),
        ("all.over/whole", "the whole thing"),
        ("@lips ~ @swollen", "swollen big red lips"),
        ("@lips ~ @swollen", "my mouth is blown up"),
        ("@fever + @baby", "a baby, and today it has a fever"),
        ("not_move* !much", "he may not move at all"),
        ("haku*uma", "nyoka hakuniuma"),
        ("fever + -@baby", "a fever"),
        ("swollen", "swolen"),
        ("breathing", "brething"),
        ("تنفس", "والتنفس"),
        ("حمي", "حُمّى"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str):
    assert found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hard breath*", "hard work all day long and then breathe"),
        ("hard breath*", "hard. breathe"),
        ("stop_bleeding", "stop the bleeding"),
        ("*pumua", "hapumua"),
        ("not_move* !much", "he may not move much"),
        ("haku*uma", "hakuna"),
        ("haku*uma", "kuuma"),
        ("fever + -@baby", "a baby with a fever"),
        ("@fever + @baby", "my baby is well"),
        ("@lips ~ @swollen", "swollen foot. my lips are fine"),
        ("fits", "it fit"),
    ],
)
def test_what_is_not_the_phrase_is_not_found(phrase: str, text: str):
    assert not found(phrase, text)


def test_a_word_of_the_packs_is_no_misspelling_of_another():
    assert found("fever", "fevur")
    assert not found("fever", "fewer", frozenset({"fewer"}))


def test_short_words_must_be_right_and_long_ones_may_have_two_mistakes():
    assert not same_word("lips", "lits")
    assert same_word("faint", "fiant")
    assert not same_word("faint", "paint")
    assert same_word("unresponsive", "unresponsve")
    assert same_word("convulsions", "convultoins")


@pytest.mark.parametrize("phrase", ["", "@fever +", "!much", "~ lips", "a--b *", "a*b*c"])
def test_what_is_no_phrase_is_refused(phrase: str):
    with pytest.raises(BadPhrase):
        parse(phrase, parts)


@pytest.mark.parametrize(("pack", "there"), [("sw", True), ("bn", False)])
def test_the_same_letters_are_another_word_in_another_language(pack: str, there: bool):
    parsed = parse("@no", lambda name: ((pack, "na"),), "sw")
    book = Lexicon(single_words("na", "sw"), lambda word, stem: False)
    matcher = Matcher(read("midomo na macho"), book.of)
    assert any(True for _ in matcher.spans(parsed.parts[0])) == there
