"""The tables of language packs.

pack_versions.state  draft -> checked -> reviewed -> live -> retired (see bot.packs.life)
pack_live            the version that speaks for a language; offered: people may choose the language
pack_revision        one row; counts what goes live, so that every process sees that something did
Person ids are plain numbers: who worked on a pack stays told when their role is gone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.tables import Base, Id

__all__ = [
    "PackLive",
    "PackRevision",
    "PackSentence",
    "PackSound",
    "PackUntranslated",
    "PackVersion",
    "PackWord",
]


class PackVersion(Base):
    """One version of a language's pack. number: counts within the language. edits: by hand, since it was made.

    origin: 'shipped', 'template', 'copy'. seed: hash of the shipped files it was made of, '' for others. template: hash of the
    English at that time. replaced: the version that was live before this one. report: the gate's last.
    """

    __tablename__ = "pack_versions"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="draft")
    name: Mapped[str] = mapped_column(String(60))
    direction: Mapped[str] = mapped_column(String(3))
    plural: Mapped[str] = mapped_column(String(300))
    translators: Mapped[list[Any]]
    reviewers: Mapped[list[Any]]
    voice: Mapped[str] = mapped_column(String(40), default="")
    parent: Mapped[str] = mapped_column(String(16), default="")
    negation: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(8))
    seed: Mapped[str] = mapped_column(String(16), default="")
    template: Mapped[str] = mapped_column(String(16))
    based_on: Mapped[int | None] = mapped_column(Id, ForeignKey("pack_versions.id"))
    replaced: Mapped[int | None] = mapped_column(Id, ForeignKey("pack_versions.id"))
    edits: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[float]
    created_by: Mapped[int | None] = mapped_column(Id)
    edited_at: Mapped[float | None]
    edited_by: Mapped[int | None] = mapped_column(Id)
    checked_at: Mapped[float | None]
    checked_by: Mapped[int | None] = mapped_column(Id)
    reviewed_at: Mapped[float | None]
    reviewed_by: Mapped[int | None] = mapped_column(Id)
    live_at: Mapped[float | None]
    live_by: Mapped[int | None] = mapped_column(Id)
    retired_at: Mapped[float | None]
    retired_by: Mapped[int | None] = mapped_column(Id)
    report: Mapped[list[Any]]
    __table_args__ = (
        UniqueConstraint("language", "number"),
        Index("ix_pack_versions_state", "language", "state"),
    )


class PackSentence(Base):
    """A message in a version's language. forms: one, or one for each plural form; [] once it was taken out again.

    source: hash of the English that it was made for. revision: counts its saves, so that nobody saves on top of another.
    """

    __tablename__ = "pack_sentences"
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("pack_versions.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    forms: Mapped[list[Any]]
    source: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[float | None]
    edited_by: Mapped[int | None] = mapped_column(Id)
    reviewed_at: Mapped[float | None]
    reviewed_by: Mapped[int | None] = mapped_column(Id)


class PackLive(Base):
    """Which version speaks for a language."""

    __tablename__ = "pack_live"
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("pack_versions.id"))
    offered: Mapped[bool] = mapped_column(default=True)
    since: Mapped[float]


class PackRevision(Base):
    """How often what speaks has changed. One row, id 1; none where packs were never taken into the database."""

    __tablename__ = "pack_revision"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]


class PackUntranslated(Base):
    """How often a sentence was sent in English because the language lacks it."""

    __tablename__ = "pack_untranslated"
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    times: Mapped[int]
    last_at: Mapped[float]


class PackWord(Base):
    """A typed word that was not understood; see bot.packs.counted. word: '' until several people wrote it. word_hash: keyed.

    sixteenths: which sixteenths of all people wrote it, a bit each; all bits once there were enough.
    """

    __tablename__ = "pack_words"
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    word_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    word: Mapped[str] = mapped_column(String(40), default="")
    sixteenths: Mapped[int] = mapped_column(default=0, server_default="0")
    times: Mapped[int]
    last_at: Mapped[float] = mapped_column(index=True)


class PackSound(Base):
    """A sentence of a version that somebody at the console wants to hear; see bot.packs.sounds. Made-up samples only.

    said: the message with its arguments (bot.outbox). state: wanted -> done | none (no voice could say it).
    until: a worker is at it. audio: Ogg Opus.
    """

    __tablename__ = "pack_sounds"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("pack_versions.id"), index=True)
    said: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8), default="wanted", index=True)
    by_person: Mapped[int] = mapped_column(Id)
    created_at: Mapped[float]
    until: Mapped[float | None]
    audio: Mapped[bytes | None] = mapped_column(LargeBinary)
