"""What a pack lacks is counted, never with who."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
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


def people_of_different_groups(word: str) -> list[str]:
    """One of each group for that word."""
    found = {counted._group(KEYS, "sw", word, f"chat {n}"): f"chat {n}" for n in range(400)}
    assert len(found) == counted.GROUPS
    return list(found.values())


def test_a_word_is_kept_as_a_hash_until_five_different_people_wrote_it(engine: Engine) -> None:
    people = people_of_different_groups("upelepele")
    with transaction(engine) as connection:
        # However often one types it, their name for example.
        for _ in range(30):
            counted.note_words(connection, KEYS, "sw", ["upelepele"], people[0])
        for n, who in enumerate(people[1 : counted.SHOWN_FROM], start=2):
            assert counted.not_understood(connection, "sw") == []
            row = connection.execute(select(PackWord)).one()
            assert (row.word, row.sixteenths.bit_count()) == ("", n - 1)
            assert "upelepele" not in row.word_hash
            counted.note_words(connection, KEYS, "sw", ["upelepele"], who)
        assert counted.not_understood(connection, "sw") == [counted.Count("upelepele", 34)]
        assert counted.not_understood(connection, "ar") == []
        # Which they were is gone.
        assert connection.execute(select(PackWord.sixteenths)).scalar_one() == 2**counted.GROUPS - 1


@given(st.lists(st.integers(0, 40), max_size=60), st.text("abcdef", min_size=3, max_size=8))
def test_it_never_takes_fewer_people_than_five_for_five(who: list[int], word: str) -> None:
    groups = {counted._group(KEYS, "sw", word, f"chat {one}") for one in who}
    assert len(groups) <= len(set(who))


def test_a_group_tells_nobody_apart_and_is_another_one_for_each_word() -> None:
    words = [f"neno{n}" for n in range(200)]
    mine = [counted._group(KEYS, "sw", word, "chat 7") for word in words]
    other = [counted._group(KEYS, "sw", word, "chat 8") for word in words]
    assert set(mine) == set(range(counted.GROUPS))
    assert sum(a == b for a, b in zip(mine, other, strict=True)) < 40, "a sixteenth of 200 are 12 or 13"
    shares = [
        sum(counted._group(KEYS, "sw", "neno", f"chat {n}") == g for n in range(1600)) for g in range(16)
    ]
    assert min(shares) > 60, "of 1600 people about a hundred are in each"
    strange = [counted._group({1: b"z" * 32}, "sw", word, "chat 7") for word in words]
    assert strange != mine, "who has not the key cannot tell"


def test_nothing_of_who_wrote_a_word_lies_in_the_database(engine: Engine) -> None:
    with transaction(engine) as connection:
        counted.note_words(connection, KEYS, "sw", ["upelepele"], "chat 123456789")
        (row,) = connection.execute(select(PackWord)).all()
    assert set(row._mapping) == {"language", "word_hash", "word", "sixteenths", "times", "last_at"}
    assert row.sixteenths.bit_count() == 1


def test_words_that_nobody_types_any_more_go(engine: Engine) -> None:
    with transaction(engine) as connection:
        counted.note_words(connection, KEYS, "sw", ["zamani"], "chat 1")
        connection.execute(update(PackWord).values(last_at=PackWord.last_at - counted.FORGOTTEN_S - 1))
        counted.note_words(connection, KEYS, "sw", ["sasa"], "chat 1")
        assert counted.forget_old(connection) == 1
        assert len(connection.execute(select(PackWord)).all()) == 1


def test_only_words_that_no_pack_of_the_chat_knows_are_counted_and_no_numbers_or_addresses() -> None:
    said = "habari upelepele 0700123456 mtu@x.org www.mganga.example/njoo ngozi skin Upelepele abc123"
    assert counted.words_of(said, "sw") == ("upelepele",)
    assert len(counted.words_of(" ".join("abcdefghijklmnop"[n:] * 2 for n in range(15)), "sw")) <= 12


def test_sentences_shown_in_english_are_counted_until_they_are_translated(engine: Engine) -> None:
    with transaction(engine) as connection:
        for name in ("console.nav.audit", "console.nav.audit", "now.go"):
            counted.note_untranslated(connection, "fr", [name])
        # now.go is translated by now.
        assert counted.most_untranslated(connection, "fr") == [counted.Count("console.nav.audit", 2)]
