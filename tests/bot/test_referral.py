"""A referral letter says first how soon, says what was not asked, names nobody, and fits into a chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from bot import referral
from bot.channels import LIMITS
from bot.clinical import conditions, symptoms
from bot.clinical.danger_signs import all_signs
from bot.messages import Reply, Text, Urgency
from bot.place import Place
from bot.referral import Referral, letter
from bot.rendering import render_reply

DAY = date(2026, 11, 26)
PLACE = Place(
    "z",
    "Ziwani Skin Clinic",
    "specialist",
    "TZ",
    "Ziwani",
    hours="Tue and Thu 9:00 to 13:00",
    directions="Behind the market",
    phone="+255 000 000 004",
)
SIGNS = tuple(sign.question for sign in all_signs())
ANSWERS = tuple(
    (s.question, Text(f"answer.{said}"))
    for s, said in zip(symptoms.symptoms().values(), ("yes", "no", "unknown") * 2, strict=True)
)
NAMED = (("likely", conditions.catalogue()["BCC"].name), ("possible", conditions.catalogue()["SCC"].name))
FULL = Referral(
    "K7-42",
    DAY,
    Urgency.TODAY,
    True,
    Text("age.middle"),
    Text("shape.spot"),
    Text("site.leg_foot"),
    Text("duration.months"),
    ANSWERS,
    NAMED,  # type: ignore[arg-type]
    tuple(question for question, _ in ANSWERS),
    SIGNS,
    SIGNS,
    30,
    12,
    (Text("danger.sign.d13"),) * 9,
    PLACE,
    3,
)


def lines(about: Referral, language: str = "en") -> list[str]:
    return [locales.render(text, language, strict=True) for text in letter(about, language)]


def test_the_letter_reads_as_a_colleague_would_want_it() -> None:
    about = Referral(
        "K7-42",
        DAY,
        Urgency.WEEK,
        age=Text("age.middle"),
        kind=Text("shape.spot"),
        site=Text("site.face"),
        duration=Text("duration.weeks"),
        answers=ANSWERS[:2],
        named=NAMED[:1],  # type: ignore[arg-type]
        unknown=SIGNS[:1],
        absent=13,
        not_asked=4,
        to=PLACE,
        photos=2,
        unreviewed=False,
    )
    assert lines(about) == [
        "Referral letter. Case K7-42, 26 November 2026.",
        "Please see this patient within a week.",
        "To: Ziwani Skin Clinic, Ziwani.",
        "Open: Tue and Thu 9:00 to 13:00.",
        "Directions: Behind the market.",
        "Phone: +255 000 000 004.",
        "Patient's age: 40 to 64 years.",
        "Kind of problem: One spot, lump or sore.",
        "Place on the body: Face.",
        "How long it has been there: 1 to 4 weeks.",
        "What the patient answered:",
        *(
            f"• {locales.render(question, 'en')} {locales.render(answer, 'en')}"
            for question, answer in ANSWERS[:2]
        ),
        "Signs of danger to check, the patient did not know:",
        f"• {locales.render(SIGNS[0], 'en')}",
        "Signs of danger asked and answered with no: 13.",
        "Signs of danger not asked: 4.",
        "The computer thinks it is likely: a slow kind of skin cancer.",
        "Photos with the health worker: 2.",
        "Made by a computer from answers and photos. This is not a diagnosis. Write the patient's name on it by hand.",
    ]


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
@pytest.mark.parametrize("channel", LIMITS)
def test_the_longest_letter_is_three_messages_at_most(language: str, channel: str) -> None:
    rendered = render_reply(Reply(letter(FULL, language)), language, LIMITS[channel])
    assert len(rendered.parts) <= 3
    assert "K7-42" in rendered.parts[0]
    assert all(len(part) <= LIMITS[channel].text_units for part in rendered.parts)


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "26 November 2026"),
        ("sw", "26 Novemba 2026"),
        ("ar", "26 نوفمبر 2026"),
        ("xx-qq", "26 November 2026"),
    ],
)
def test_the_date_is_written_as_the_language_writes_it(language: str, day: str) -> None:
    assert letter(FULL, language)[0].args["date"] == day


some = st.lists(st.sampled_from(SIGNS), max_size=14)


@given(
    st.builds(
        Referral,
        code=st.just("K7-42"),
        written=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
        urgency=st.sampled_from(list(Urgency)),
        opinion=st.booleans(),
        age=st.none() | st.just(Text("age.child")),
        kind=st.none() | st.just(Text("shape.rash")),
        site=st.none() | st.just(Text("site.arm")),
        answers=st.lists(st.sampled_from(ANSWERS), max_size=12),
        named=st.lists(st.sampled_from(NAMED), max_size=2),
        reasons=some,
        present=some,
        unknown=some,
        absent=st.integers(0, 45),
        not_asked=st.integers(0, 45),
        examine=some,
        to=st.none() | st.just(PLACE),
        photos=st.integers(0, 9),
        unreviewed=st.booleans(),
    ),
    st.sampled_from(["en", "sw", "ar"]),
)
def test_every_letter_can_be_read_and_says_what_is_known_of_danger(about: Referral, language: str) -> None:
    said = letter(about, language)
    shown = [locales.render(text, language, strict=True) for text in said]
    assert all(shown)
    ids = [text.id for text in said]
    assert ids[:2] == ["letter.title", f"letter.soon.{about.urgency.value}"]
    assert ("letter.signs.present" in ids) == bool(about.present)
    assert ("letter.signs.not_asked" in ids) == (about.not_asked > 0)
    assert "letter.signs.absent" in ids
    assert "letter.foot" in ids
    # Whatever is left out for its length, no sign of danger that was found is, up to ten of them.
    for sign in about.present[: referral.MOST_SIGNS]:
        assert Text("danger.line", {"sign": sign}) in said


def test_what_raises_how_soon_stands_in_the_letter() -> None:
    told = lines(replace(FULL, health=Text("health.pregnant")))
    assert "Patient's health: Pregnant." in "\n".join(told)
