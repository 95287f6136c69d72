"""A photograph on which nothing could be seen: another one is asked for once, and how soon to go stays."""

from __future__ import annotations

import pytest

import locales
from bot.messages import Urgency
from tests.bot.conversation.talk import Talk, ids, shown, waiting


def abstained(reason: str) -> Talk:
    talk = waiting()
    talk.found(urgency="week", abstained=True, reason=reason)
    return talk


@pytest.mark.parametrize("reason", ["out_of_scope", "unusable"])
def test_another_photograph_is_asked_for_once_and_looked_at_beside_the_first(reason: str):
    talk = abstained(reason)
    said = ids(talk.replies[-1])
    assert said[:3] == ["findings.do.week", f"findings.{reason}", "findings.photo_again"]
    assert talk.photo("p2").key == "which"
    talk.press("which.same")
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")
    talk.found(urgency="routine", abstained=True, reason=reason)
    said = ids(talk.replies[-1])
    assert said[0] == "findings.do.week"
    assert "findings.photo_again" not in said
    assert talk.state.findings is not None
    assert talk.wanted().floor == Urgency.WEEK.value


@pytest.mark.parametrize("reason", ["unsure", "failed"])
def test_where_the_photograph_is_not_to_blame_none_is_asked_for(reason: str):
    assert "findings.photo_again" not in ids(abstained(reason).replies[-1])


@pytest.mark.parametrize("language", locales.languages(allow_unreviewed=True))
def test_the_result_stays_short(language: str):
    talk = abstained("out_of_scope")
    assert len(shown(talk.replies[-1], language)) <= 1000
