"""What a pack lacks, told by use: sentences sent in English, and typed words that were not understood.

Counted, never with who or when exactly. A typed word may be somebody's name, however often they type it: until `SHOWN_FROM`
chats wrote it, only its keyed hash is kept, and the word itself is written down when the next of them writes it. That they are
different chats is known without keeping who: for each word all people fall into `GROUPS` groups by a keyed hash, and kept is
which groups wrote it; a group is every sixteenth person and tells nothing of one. Two people of one group count once, so a word
may be shown late. A person is a chat here: who writes the same word from several chats (a cleared browser, another channel)
counts as often, and may be shown a word too early. What nobody types for 90 days goes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

import locales
from bot.clinical import tongues
from bot.clock import db_now
from bot.database import insert_for
from bot.durations import DAY_S
from bot.messages import Reply, Text
from bot.packs.rows import PackUntranslated, PackWord

__all__ = [
    "GROUPS",
    "NOT_UNDERSTOOD",
    "SHOWN_FROM",
    "Count",
    "forget_old",
    "most_untranslated",
    "not_understood",
    "note_untranslated",
    "note_words",
    "untranslated",
    "words_of",
]

# Replies that say so.
NOT_UNDERSTOOD = ("typed.unclear", "menu.unclear")
SHOWN_FROM = 5
GROUPS = 16
_ALL = (1 << GROUPS) - 1
FORGOTTEN_S = 90 * DAY_S
_MOST_WORDS = 12
_LONGEST = 24
# An address of mail or of a page is somebody's, in each of its parts.
_ADDRESS = re.compile(r"\S*[^\s.@/]+[.@/]+[^\s.@/]+\S*")


@dataclass(frozen=True, slots=True)
class Count:
    """A message id or a word, and how often."""

    what: str
    times: int


def untranslated(reply: Reply, language: str) -> tuple[str, ...]:
    """Ids of the messages of a reply that are shown in English because the language lacks them."""
    library = locales.library()
    if language == "en" or language not in library.codes:
        return ()
    texts = [*reply.paragraphs, *(choice.label for choice in reply.choices)]
    found: dict[str, None] = {}
    while texts:
        text = texts.pop()
        texts += [value for value in text.args.values() if isinstance(value, Text)]
        for several in text.args.values():
            texts += [one for one in several if isinstance(one, Text)] if isinstance(several, tuple) else []
        entry = library.entry(text.id)
        if not any(library.translations(code).of(entry) for code in library.chain(language)[:-1]):
            found[text.id] = None
    return tuple(sorted(found))


def note_untranslated(connection: Connection, language: str, names: Iterable[str]) -> None:
    """Counts sentences that were shown in English; in the order of their names, so that two turns do not lock each other out."""
    for name in sorted(names):
        statement = insert_for(connection)(PackUntranslated).values(
            language=language, message_id=name, times=1, last_at=db_now()
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["language", "message_id"],
                set_={"times": PackUntranslated.times + 1, "last_at": db_now()},
            )
        )


def words_of(text: str, language: str) -> tuple[str, ...]:
    """The words of a text that neither the language's pack nor English knows, each once: letters only, at most twelve."""
    said = locales.normalise(_ADDRESS.sub(" ", text)).split()
    words = [w for w in dict.fromkeys(said) if 2 < len(w) <= _LONGEST and w.isalpha()]
    return tuple(w for w in words if not tongues.known(w, ("en", language)))[:_MOST_WORDS]


def note_words(
    connection: Connection, keys: Mapping[int, bytes], language: str, words: Iterable[str], who: str
) -> None:
    """Counts words that were not understood. keys: the master keys, by number. who: tells people apart; it is not kept."""
    hashed = {_hash(keys, language, word): word for word in words}
    for one in sorted(hashed):
        insert = insert_for(connection)(PackWord).values(
            language=language, word_hash=one, word="", sixteenths=0, times=0, last_at=db_now()
        )
        connection.execute(insert.on_conflict_do_nothing(index_elements=["language", "word_hash"]))
        this = (PackWord.language == language, PackWord.word_hash == one)
        groups = connection.execute(select(PackWord.sixteenths).where(*this).with_for_update()).scalar_one()
        groups |= 1 << _group(keys, language, hashed[one], who)
        enough = groups.bit_count() >= SHOWN_FROM
        connection.execute(
            update(PackWord)
            .where(*this)
            .values(
                times=PackWord.times + 1,
                last_at=db_now(),
                # Once there were enough of them, nothing is left of which.
                sixteenths=_ALL if enough else groups,
                word=hashed[one] if enough else "",
            )
        )


def forget_old(connection: Connection) -> int:
    """Deletes words that nobody has typed for 90 days; how many."""
    return connection.execute(delete(PackWord).where(PackWord.last_at < db_now() - FORGOTTEN_S)).rowcount


def most_untranslated(connection: Connection, language: str, limit: int = 10) -> list[Count]:
    """Messages most often shown untranslated; those translated by now are left out."""
    library = locales.library()
    rows = connection.execute(
        select(PackUntranslated.message_id, PackUntranslated.times)
        .where(PackUntranslated.language == language)
        .order_by(PackUntranslated.times.desc(), PackUntranslated.message_id)
    ).all()
    known = library.translations(language) if language in library.codes else None
    open_ = [
        Count(row.message_id, row.times)
        for row in rows
        if row.message_id in library.template
        and (known is None or not known.of(library.template[row.message_id]))
    ]
    return open_[:limit]


def not_understood(connection: Connection, language: str, limit: int = 20) -> list[Count]:
    """Words most often not understood, of those that several people wrote."""
    rows = connection.execute(
        select(PackWord.word, PackWord.times)
        .where(PackWord.language == language, PackWord.word != "")
        .order_by(PackWord.times.desc(), PackWord.word)
        .limit(limit)
    ).all()
    return [Count(row.word, row.times) for row in rows]


def _hash(keys: Mapping[int, bytes], language: str, word: str) -> str:
    return _mac(keys, language, word).hex()[:32]


def _group(keys: Mapping[int, bytes], language: str, word: str, who: str) -> int:
    """Which sixteenth of all people somebody is in, for this word: for another word they are in another one."""
    return _mac(keys, language, word, who)[0] % GROUPS


def _mac(keys: Mapping[int, bytes], *parts: str) -> bytes:
    # The oldest key stays the same when a new one is added.
    key = hmac.new(keys[min(keys)], b"ngozi pack word", hashlib.sha256).digest()
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).digest()
