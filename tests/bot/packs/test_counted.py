"""What a pack lacks is counted, never with who."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select, update

import locales
from bot.channels import LIMITS
from bot.database import transaction
from bot.messages import Choice, Reply
from bot.packs import counted
from bot.packs.rows import PackWord
from bot.rendering import render_reply
from locales import Text
from locales.catalogue import Translations
from tests.conftest import KEYS


@pytest.fixture
def lacking() -> Iterator[None]:
    """A library whose Swahili lacks one sentence."""
    library = locales.shipped()
    whole = library.translations("sw")
    forms = {key: said for key, said in whole.forms.items() if key[0] != "menu.more"}
    less = locales.Handed(library.pack("sw"), Translations(forms, whole.plural, whole.plural_of))
    with locales.holding(library.with_packs({"sw": less})):
        yield


@pytest.mark.usefixtures("lacking")
def test_what_is_shown_in_english_is_named_also_inside_of_other_sentences_and_on_buttons() -> None:
    reply = Reply(
        (Text("now.go"), Text("language.set", {"language": Text("menu.more")})),
        (Choice("a.b", Text("menu.more")),),
    )
    assert counted.untranslated(reply, "sw") == ("menu.more",)
    assert counted.untranslated(reply, "en") == ()
    english = locales.render(Text("menu.more"), "en")
    assert english in render_reply(reply, "sw", LIMITS["telegram"]).parts[0]


def test_words_are_kept_as_hashes_until_several_texts_had_them(engine: Engine) -> None:
    with transaction(engine) as connection:
        for n in range(1, counted.SHOWN_FROM + 1):
            counted.note_words(connection, KEYS, "sw", ["upelepele"])
            shown = counted.not_understood(connection, "sw")
            row = connection.execute(select(PackWord)).one()
            assert row.times == n
            assert "upelepele" not in row.word_hash
            if n < counted.SHOWN_FROM:
                assert shown == []
                assert row.word == ""
        assert shown == [counted.Count("upelepele", counted.SHOWN_FROM)]
        assert counted.not_understood(connection, "ar") == []


def test_words_that_nobody_types_any_more_go(engine: Engine) -> None:
    with transaction(engine) as connection:
        counted.note_words(connection, KEYS, "sw", ["zamani"])
        connection.execute(update(PackWord).values(last_at=PackWord.last_at - counted.FORGOTTEN_S - 1))
        counted.note_words(connection, KEYS, "sw", ["sasa"])
        assert counted.forget_old(connection) == 1
        assert len(connection.execute(select(PackWord)).all()) == 1


def test_only_words_that_no_pack_of_the_chat_knows_are_counted_and_no_numbers() -> None:
    said = "habari upelepele 0700123456 mtu@x.org ngozi skin Upelepele abc123"
    assert counted.words_of(said, "sw") == ("upelepele",) or "upelepele" in counted.words_of(said, "sw")
    assert not any(any(c.isdigit() for c in word) for word in counted.words_of(said, "sw"))
    assert "skin" not in counted.words_of(said, "sw")
    assert len(counted.words_of(" ".join("abcdefghijklmnop"[n:] * 2 for n in range(15)), "sw")) <= 12


def test_sentences_shown_in_english_are_counted_until_they_are_translated(engine: Engine) -> None:
    with transaction(engine) as connection:
        for name in ("console.nav.audit", "console.nav.audit", "now.go"):
            counted.note_untranslated(connection, "fr", [name])
        # now.go is translated by now.
        assert counted.most_untranslated(connection, "fr") == [counted.Count("console.nav.audit", 2)]
