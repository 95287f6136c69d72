"""What a reply becomes on each channel: nothing lost, every part within the limit, choices answerable."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from bot.channels import LIMITS, Limits
from bot.messages import Choice, Reply, Text
from bot.rendering import render_reply, split
from locales.placeholders import FSI, PDI, units, without_isolates

LATIN = re.compile("[A-Za-z]")


def plain(text: str) -> Text:
    return Text("plain.text", {"text": text})


def limits(text_units: int, *, buttons: int = 0, utf16: bool = True) -> Limits:
    return replace(LIMITS["telegram"], text_units=text_units, utf16=utf16, buttons=buttons)


YES_NO = (Choice("itch.yes", Text("answer.yes")), Choice("itch.no", Text("answer.no")))
QUESTION = Reply((Text("question.itch"),), YES_NO)


def test_paragraphs_are_joined_by_a_blank_line() -> None:
    shown = render_reply(
        Reply((Text("now.go"), Text("now.call", {"number": "112"}))), "en", LIMITS["telegram"]
    )
    first, second = (
        locales.render(paragraph, "en") for paragraph in (Text("now.go"), Text("now.call", {"number": "112"}))
    )
    assert shown.parts == (f"{first}\n\n{second}",)
    assert (shown.language, shown.direction, shown.choices) == ("en", "ltr", ())
    assert shown.pack_version == locales.pack("en").version


def test_a_channel_with_buttons_gets_buttons_and_a_clean_text() -> None:
    shown = render_reply(QUESTION, "sw", LIMITS["telegram"])
    assert shown.parts == (locales.render(Text("question.itch"), "sw"),)
    assert shown.choices == (
        ("itch.yes", locales.render(Text("answer.yes"), "sw")),
        ("itch.no", locales.render(Text("answer.no"), "sw")),
    )


def test_a_channel_without_buttons_gets_a_numbered_list_and_is_told_to_answer_with_the_number() -> None:
    shown = render_reply(QUESTION, "en", LIMITS["whatsapp"])
    assert shown.parts == (
        "Does it itch?\n\n1. Yes\n2. No\n\nAnswer with a number, or write your own words.",
    )
    assert shown.choices == ()


def test_more_choices_than_buttons_are_numbered_all_of_them() -> None:
    three = Reply((Text("question.itch"),), (*YES_NO, Choice("itch.unknown", Text("answer.unknown"))))
    shown = render_reply(three, "en", limits(400, buttons=2))
    assert shown.choices == ()
    assert "3. I don't know" in shown.parts[0]
    assert render_reply(three, "en", limits(400, buttons=3)).choices[2][0] == "itch.unknown"


def test_in_arabic_every_line_of_the_list_runs_right_to_left_even_with_a_latin_label() -> None:
    reply = Reply((Text("language.ask"),), (Choice("language.sw", plain("Kiswahili")), *YES_NO))
    lines = render_reply(reply, "ar", LIMITS["whatsapp"]).parts[0].split("\n")
    assert f"\u200f1. {FSI}Kiswahili{PDI}" in lines
    assert f"\u200f2. {locales.render(Text('answer.yes'), 'ar')}" in lines


def test_a_long_text_is_cut_at_sentence_ends_and_the_list_stays_whole_at_the_end() -> None:
    sentences = " ".join(f"Sentence {number} has an end." for number in range(60))
    shown = render_reply(Reply((plain(sentences),), YES_NO), "en", limits(200))
    assert len(shown.parts) > 5
    assert all(part.endswith((".", "words.")) for part in shown.parts)
    assert shown.parts[-1].endswith("1. Yes\n2. No\n\nAnswer with a number, or write your own words.")


@pytest.mark.parametrize("end", [".", "!", "?", "؟", "۔", "।", "…", '."'])
def test_sentences_of_many_scripts_end_a_part(end: str) -> None:
    assert split(f"aaaa aaaa{end} bbbb bbbb{end}", 14, utf16=True) == (f"aaaa aaaa{end}", f"bbbb bbbb{end}")


def test_a_paragraph_is_kept_together_where_that_costs_little() -> None:
    text = "One. Two. Three.\n\nFour. Five. Six."
    assert split(text, 25, utf16=True) == ("One. Two. Three.", "Four. Five. Six.")


def test_the_number_of_a_list_line_is_no_end_of_a_sentence() -> None:
    assert split("1. aaaa bbbb\n2. cccc dddd", 17, utf16=True) == ("1. aaaa bbbb", "2. cccc dddd")


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧", "👍🏽", "🇹🇿", "é", "1️⃣", "كِ", "नि", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_what_shows_as_one_character_is_never_torn(cluster: str) -> None:
    for before in range(16):
        parts = split("x" * before + cluster * 4, 16, utf16=True)
        assert [part.replace("x", "").replace(cluster, "") for part in parts] == [""] * len(parts)


def test_an_isolated_argument_is_not_torn_where_it_fits() -> None:
    argument = f"{FSI}Muhimbili Hospital{PDI}"
    text = f"اذهب الآن إلى {argument} بسرعة"
    for limit in range(22, 40):
        assert sum(argument in part for part in split(text, limit, utf16=True)) == 1


def test_an_isolated_argument_longer_than_a_part_is_closed_and_opened_again() -> None:
    parts = split(f"{FSI}{'word ' * 20}{PDI}", 20, utf16=True)
    assert len(parts) > 4
    for part in parts:
        assert part.startswith(FSI)
        assert part.endswith(PDI)
        assert part.count(FSI) == part.count(PDI) == 1


def bare(text: str) -> str:
    return "".join(without_isolates(text).split())


PIECES = [
    " ",
    "\n\n",
    "\n",
    ". ",
    "! ",
    "؟ ",
    "۔",
    "1. ",
    "ab",
    FSI,
    PDI,
    "\u200f",
    "😀",
    "👍🏽",
    "👩‍👩‍👧",
    "🇹🇿",
    "e\u0301",
    "كِ",
    "नि",
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(PIECES), st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=3)
    ),
    max_size=150,
).map("".join)


@given(TEXTS, st.integers(8, 120), st.booleans())
def test_nothing_is_lost_and_every_part_fits(text: str, limit: int, utf16: bool) -> None:
    parts = split(text, limit, utf16=utf16)
    assert bare("".join(parts)) == bare(text)
    assert all(0 < units(part, utf16) <= limit for part in parts)
    assert all(part.strip() for part in parts)


@given(
    st.lists(TEXTS, min_size=1, max_size=4),
    st.lists(st.text(alphabet="ab é😀ك", min_size=1, max_size=30), max_size=6),
    st.sampled_from(["en", "sw", "ar", "qpr"]),
    st.integers(160, 600),
    st.integers(0, 6),
)
def test_whatever_is_said_arrives_with_all_its_choices(
    paragraphs: list[str], labels: list[str], language: str, size: int, buttons: int
) -> None:
    reply = Reply(
        tuple(plain(text) for text in paragraphs),
        tuple(Choice(f"q.{number}", plain(label)) for number, label in enumerate(labels)),
    )
    shown = render_reply(reply, language, limits(size, buttons=buttons))
    sent = bare("".join(shown.parts))
    assert all(units(part, True) <= size for part in shown.parts)
    for paragraph in paragraphs:
        assert bare(locales.render(plain(paragraph), language)) in sent
    if len(labels) <= buttons:
        assert [label for _, label in shown.choices] == labels
    else:
        assert shown.choices == ()
        for number, label in enumerate(labels, start=1):
            assert bare(f"{number}. {locales.render(plain(label), language)}") in sent


def test_the_same_reply_is_rendered_the_same_every_time() -> None:
    assert render_reply(QUESTION, "ar", LIMITS["whatsapp"]) == render_reply(
        QUESTION, "ar", LIMITS["whatsapp"]
    )


def test_no_latin_letter_of_ours_is_left_in_a_right_to_left_pseudo_language() -> None:
    shown = render_reply(QUESTION, "qpr", LIMITS["whatsapp"])
    assert not LATIN.search(shown.parts[0])


def test_an_unknown_language_is_an_error_of_the_code() -> None:
    with pytest.raises(locales.UnknownLanguage):
        render_reply(QUESTION, "xx", LIMITS["telegram"])
