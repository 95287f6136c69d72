"""What is denied sends nobody off; a sign of it may be asked about."""

from __future__ import annotations

import pytest

from bot.clinical import alarms
from bot.clinical.danger_signs import sign
from bot.messages import Urgency
from tests.bot.clinical.denied import DENIED

# "No rash came out" is one letter from "does not drink"; "I do not want to die, I want to get well" says "want" again.
KNOWN = {"መድኃኒት ከወሰድኩ በኋላ ምንም ሽፍታ አልወጣብኝም", "لا أريد أن أموت أريد أن أتعافى فقط"}


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
