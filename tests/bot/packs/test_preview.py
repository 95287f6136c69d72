from __future__ import annotations

import pytest

from bot.clinical import danger_signs
from bot.messages import Urgency
from bot.packs import preview


@pytest.mark.parametrize("sign", danger_signs.all_signs(), ids=lambda sign: sign.id)
def test_the_sample_of_a_sign_asks_it_and_shows_what_a_yes_leads_to(sign: danger_signs.DangerSign) -> None:
    said = [one for one in preview.replies(f"danger.{sign.id}", "en", "telegram") if not isinstance(one, str)]
    texts = [text.id for reply in said for text in reply.paragraphs]
    assert sign.question.id in texts
    if sign.also is not None:
        assert sign.also.id in texts
    assert sign.urgency is not Urgency.NOW or "now.go" in texts, (
        "a baby is told to go now of lesser signs too"
    )
    assert len(said) > 1
