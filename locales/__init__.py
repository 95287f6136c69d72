"""Texts of Ngozi: language packs, rendering, and the gate that a pack must pass.

The map:
  ngozi.pot                        the one home of English wording: id (msgctxt), sentence (msgid), tier, max
  <code>/pack.toml                 who translated and reviewed a language, its direction, its parent
  <code>/LC_MESSAGES/ngozi.po      its sentences
  text          `Text`, a message id with arguments: what code says instead of a sentence
  placeholders  `{named}` arguments and nothing else; isolation of foreign script; lengths
  catalogue     the template and the translations, as read from disk
  packs         what a pack.toml says
  library       all packs of one folder, or packs handed in: fallback, rendering, negotiation, typed words
  current       which library speaks: shipped or handed in; one from a reply's first word to its last
  wordlists     the lists of typed words in a pack
  typed         `normalise`: two spellings of the same typed word become one
  pseudo        invented languages that show up text that never went through the catalogue
  writing       the .po that a translator works on
  clips         recorded sentences of a pack
  days          a day as a language writes it
  gate          `check`: what is wrong with the packs, with line and reason
  sentences     what can be wrong with one translated sentence, beside its original
  reasons       what is wrong, in English and as a message for whoever shows it

This package reads no settings and no database, and imports nothing else of Ngozi. Whether packs that nobody
reviewed may run is the caller's setting (`allow_unreviewed`). Packs that are kept elsewhere are handed in (`use`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from locales.current import ROOT, held, holding, kept, kept_of_pack, library, shipped, use
from locales.days import day
from locales.gate import Problem
from locales.gate import check as _check
from locales.library import Completeness, Handed, Library
from locales.packs import Pack, UnknownLanguage
from locales.placeholders import MissingArgument
from locales.text import Text
from locales.typed import normalise

__all__ = [
    "ROOT",
    "Completeness",
    "Handed",
    "Library",
    "MissingArgument",
    "Pack",
    "Problem",
    "Text",
    "UnknownLanguage",
    "check",
    "clip",
    "completeness",
    "day",
    "held",
    "holding",
    "kept",
    "kept_of_pack",
    "languages",
    "library",
    "negotiate",
    "normalise",
    "own_words",
    "pack",
    "phrases",
    "render",
    "shipped",
    "spoken_in",
    "typed_words",
    "use",
    "words",
]


def render(text: Text, language: str, *, strict: bool = False) -> str:
    """The sentence of `text` in `language`, or in the nearest language of its fallback chain.

    Where a pack's sentence asks for an argument that the code does not give, the English one is shown
    (strict: MissingArgument instead). Raises KeyError for an id that is not in the template and
    MissingArgument where the English sentence itself lacks an argument: both are faults of the code, not of
    a pack.
    """
    return library().render(text, language, strict=strict)


def spoken_in(message_id: str, language: str) -> str:
    """The language in which `render` says that message: `language`, or the nearest of its fallback chain that has it."""
    return library().spoken_in(message_id, language)


def clip(text: Text, language: str) -> Path | None:
    """The file with the recorded sentence of `text` in this very language, or None. See locales.clips."""
    return library().clip(text, language)


def languages(allow_unreviewed: bool = True) -> tuple[str, ...]:
    """Codes of the packs that may run, English first; `allow_unreviewed` is the deployment's setting."""
    return library().languages(allow_unreviewed)


def pack(language: str) -> Pack:
    """What is known of a language's pack. Raises UnknownLanguage."""
    return library().pack(language)


def negotiate(hint: str, allow_unreviewed: bool = True) -> str | None:
    """The pack that fits a BCP 47 hint such as 'sw-TZ', or None."""
    return library().negotiate(hint, allow_unreviewed)


def words(message_id: str, language: str) -> frozenset[str]:
    """The typed words that mean `message_id` ('words.yes') in `language`, normalised; English ones too.

    An English word is left out where the language uses it for another answer.
    """
    return library().words(message_id, language)


def own_words(message_id: str, language: str) -> frozenset[str]:
    """Those of `words` of a chat's language ('' for not known), and all of the English ones, whatever else they mean in it."""
    return words(message_id, language or "en") | words(message_id, "en")


def typed_words(language: str) -> frozenset[str]:
    """Every word of `words` that means anything in `language`, whichever list it stands in."""
    return library().typed(language)


def phrases(message_id: str, language: str) -> tuple[str, ...]:
    """The phrases of a list as they stand in the pack of `language`, or in the nearest of its fallback chain."""
    return library().phrases(message_id, language)


def check(language: str | None = None) -> list[Problem]:
    """What is wrong with the shipped packs, or one of them, with file, line and reason; [] when all pass."""
    return _check(library().root, language)


def completeness() -> Mapping[str, Mapping[int, Completeness]]:
    """For each language and tier, how many messages there are and how many are translated."""
    return library().completeness()
