"""What is denied sends nobody off; a sign of it may be asked about."""

from __future__ import annotations

import pytest

from bot.clinical import alarms
from bot.clinical.danger_signs import sign
from bot.messages import Urgency
from tests.bot.clinical.denied import DENIED

# "I do not want to die, I want to get well" says "want" again.
KNOWN = {"لا أريد أن أموت أريد أن أتعافى فقط"}


@pytest.mark.parametrize("language", sorted(DENIED))
def test_what_is_denied_sends_nobody_off(language: str) -> None:
    lines = DENIED[language].split("\n")[1:-1]
    heard = {line: alarms.hear(line, "", language) for line in lines}
    off = {
        line for line, h in heard.items() if h.harm or any(sign(s).urgency is Urgency.NOW for s in h.stated)
    }
    assert off - KNOWN == set()
    assert sum(bool(h.hinted) for h in heard.values()) <= 10


def test_an_amharic_verb_with_its_not_around_it_is_no_misspelling_of_the_verb() -> None:
    assert alarms.hear("ልጄ ይንቀጠቀጣል", "", "am").stated == ("D03",)
    assert not alarms.hear("ልጄ አይንቀጠቀጥም", "", "am").stated


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("hi", "डंक की जगह नहीं फैली"),
        ("es", "los dedos me quedaron negros de pelar nueces"),
        ("fr", "mes doigts sont noirs, j'ai épluché des noix"),
        ("pt", "os dedos ficaram pretos de descascar nozes"),
    ],
)
def test_a_word_that_begins_like_another_and_what_colours_the_skin_send_nobody_off(
    language: str, line: str
) -> None:
    assert not [s for s in alarms.hear(line, "", language).stated if sign(s).urgency is Urgency.NOW]


def test_who_cannot_be_woken_is_heard_in_hindi() -> None:
    assert alarms.hear("वह जगाने पर भी नहीं जग रहा", "", "hi").stated == ("D04",)
