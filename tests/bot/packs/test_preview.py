"""The preview shows what people would read."""

from __future__ import annotations

import pytest

import locales
from bot.channels import LIMITS
from bot.clinical import conditions, danger_signs
from bot.messages import Reply, Urgency
from bot.packs import preview
from locales.placeholders import units, without_isolates


def shown(sample: str, language: str, channel: str = "whatsapp") -> str:
    return without_isolates("\n".join(line.text for line in preview.lines(sample, language, channel)))


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_every_sample_is_a_conversation_in_every_channel(language: str) -> None:
    for sample in preview.samples():
        for channel in preview.CHANNELS if sample == "talk" else ("whatsapp",):
            found = preview.lines(sample, language, channel)
            assert any(line.who == "ngozi" for line in found), sample
            limits = LIMITS[channel]
            assert all(units(line.text, limits.utf16) <= limits.text_units for line in found)


def test_the_ordinary_talk_runs_from_consent_to_the_last_answer_of_the_menu() -> None:
    keys = [said.key for said in preview.replies("talk", "sw") if isinstance(said, Reply)]
    assert keys[0] == "consent"
    assert "findings" in keys
    pressed = [said for said in preview.replies("talk", "sw") if isinstance(said, str)]
    assert locales.render(locales.Text("menu.lasts"), "sw") in pressed


def test_every_condition_is_named_in_its_sample() -> None:
    for code, entry in conditions.everything().items():
        assert locales.render(entry.name, "en") in shown(f"condition.{code}", "en"), code


def test_every_sign_of_danger_is_asked_or_sends_people_at_once() -> None:
    go = locales.render(locales.Text("now.go"), "en")
    for sign in danger_signs.all_signs():
        said = shown(f"danger.{sign.id}", "en")
        asked = locales.render(sign.question, "en")
        assert (go in said) if sign.urgency is Urgency.NOW else (asked in said), sign.id


def test_where_a_channel_has_no_buttons_the_choices_are_a_numbered_list() -> None:
    yes = locales.render(locales.Text("consent.yes"), "en")
    assert f"1. {yes}" in shown("talk", "en", "whatsapp")
    with_buttons = preview.lines("talk", "en", "telegram")
    assert any(yes in line.choices for line in with_buttons)


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(preview.UnknownSample):
        preview.lines("danger.D99", "en", "telegram")
