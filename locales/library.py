"""All packs of one folder, or packs handed in: fallback, rendering, negotiation, typed words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel.core import negotiate_locale
from babel.lists import format_list

from locales import clips, placeholders, pseudo, wordlists
from locales.catalogue import BadCatalogue, Entry, Translations, read_template, read_translations
from locales.packs import BadPack, Pack, UnknownLanguage, pack_codes, read_pack
from locales.text import Text

__all__ = ["Completeness", "Handed", "Library"]

log = logging.getLogger(__name__)

# Codes that platforms and phones send for languages that have a shorter one.
_SAME = {"swh": "sw", "swa": "sw", "swc": "sw", "arb": "ar", "ara": "ar", "eng": "en"}


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a tier is translated."""

    total: int
    translated: int
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True where nothing is missing."""
        return self.translated == self.total


@dataclass(frozen=True, slots=True, eq=False)
class Handed:
    """A pack that does not come from the folder. offered: people may choose it; else it only speaks where it already does."""

    pack: Pack
    translations: Translations
    offered: bool = True


class Library:
    """The template and all packs under `root`; files are read when first needed and then kept."""

    def __init__(self, root: Path, handed: Mapping[str, Handed] | None = None) -> None:
        """handed: the packs, by code, instead of those of the folder; its template and its English always come from there."""
        self.root = root
        self._handed = handed
        self._memory: dict[Any, Any] = {}
        self._memories: dict[str, dict[Any, Any]] = {}
        self._shipped: dict[str, Translations] = {}
        self._packs: dict[str, Pack] = {}
        self._translations: dict[str, Translations] = {}
        self._words: dict[tuple[str, str], frozenset[str]] = {}
        self._typed: dict[str, frozenset[str]] = {}
        self._fit: dict[str, bool] = {}

    @cached_property
    def template(self) -> Mapping[str, Entry]:
        """The English messages by id, in the file's order."""
        return read_template(self.root / "ngozi.pot")

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of all packs, English first."""
        if self._handed is None:
            return pack_codes(self.root)
        return ("en", *sorted(code for code in self._handed if code != "en"))

    def with_packs(self, handed: Mapping[str, Handed]) -> Library:
        """A library of the same template with these packs. What was worked out of a pack that stays is taken along."""
        new = Library(self.root, handed)
        new.__dict__["template"] = self.template
        before = self._handed or {}
        for code in ("en", *(c for c, one in handed.items() if before.get(c) is one)):
            if code in self._translations:
                new._translations[code] = self._translations[code]
                new._memories[code] = self._memories.setdefault(code, {})
        return new

    def memory(self, function: Callable[..., Any], maxsize: int | None, code: str = "") -> Any:
        """The function with what it already made of this library, or of one of its packs; see `locales.kept`."""
        memory = self._memories.setdefault(code, {}) if code else self._memory
        found = memory.get(function)
        return found if found is not None else memory.setdefault(function, lru_cache(maxsize)(function))

    def forget(self, function: Callable[..., Any]) -> None:
        """Forgets what a function made of any pack of this library."""
        for memory in self._memories.values():
            memory.pop(function, None)

    def entry(self, message_id: str) -> Entry:
        """The message of that id. Raises KeyError."""
        try:
            return self.template[message_id]
        except KeyError:
            raise KeyError(f"no message {message_id!r} in ngozi.pot") from None

    def pack(self, language: str) -> Pack:
        """What is known of a language. Raises UnknownLanguage."""
        if language not in self._packs:
            handed = self._of_others(language)
            if language in pseudo.PACKS:
                self._packs[language] = pseudo.PACKS[language]
            elif handed is not None:
                self._packs[language] = handed.pack
            elif language not in self.codes:
                raise UnknownLanguage(language)
            else:
                plural = "" if language == "en" else self.translations(language).plural
                self._packs[language] = read_pack(self.root, language, plural)
        return self._packs[language]

    def translations(self, language: str) -> Translations:
        """A language's sentences; the template's own for English. Raises UnknownLanguage."""
        if language not in self._translations:
            handed = self._of_others(language)
            if handed is not None:
                found = handed.translations
            elif language in pseudo.PACKS:
                found = Translations(pseudo.translate(self.template, language))
            elif language == "en":
                found = Translations({(e.id, e.source[0]): e.source for e in self.template.values()})
            elif language in self.codes:
                path = self.root / language / "LC_MESSAGES" / "ngozi.po"
                found = read_translations(path) if path.is_file() else Translations()
            else:
                raise UnknownLanguage(language)
            self._translations[language] = found
        return self._translations[language]

    def _of_others(self, language: str) -> Handed | None:
        return self._handed.get(language) if self._handed is not None and language != "en" else None

    def chain(self, language: str) -> tuple[str, ...]:
        """The packs asked for a sentence, in order: regional, the parent that its pack names, language, English."""
        codes: list[str] = []
        waiting = [language.replace("_", "-")]
        while waiting:
            code = waiting.pop(0)
            if code in codes:
                continue
            if code in self.codes or code in pseudo.PACKS:
                codes.append(code)
                parent = self.pack(code).parent
                waiting += [parent] if parent else []
            if "-" in code:
                waiting.append(code.rsplit("-", 1)[0])
        return (*(code for code in codes if code != "en"), "en")

    def spoken_in(self, message_id: str, language: str) -> str:
        """See `locales.spoken_in`."""
        entry = self.entry(message_id)
        return next((code for code in self.chain(language) if self.translations(code).of(entry)), "en")

    def render(self, text: Text, language: str, *, strict: bool = False) -> str:
        """See `locales.render`."""
        entry = self.entry(text.id)
        for code in self.chain(language):
            translations = self.translations(code)
            forms = translations.of(entry)
            if not forms:
                continue
            try:
                sentence = _form(entry, forms, translations, text)
                return placeholders.fill(sentence, self._values(text, language, code), entry.id)
            except (placeholders.MissingArgument, IndexError):
                if strict or code == "en":
                    raise
                log.error("pack_sentence_unusable", extra={"language": code, "message_id": entry.id})
        raise AssertionError(f"the English of {entry.id!r} is always there")

    def clip(self, text: Text, language: str) -> Path | None:
        """See `locales.clip`."""
        entry, translations = self.entry(text.id), self.translations(language)
        forms = translations.of(entry)
        if not forms:
            return None
        if self._handed is not None and self._shipped_forms(language, entry) != forms:
            return None  # the recording says another sentence
        count = text.args.get("count")
        form = translations.plural_of(abs(count)) if entry.plural and isinstance(count, int) else 0
        return clips.file_of(self.root, language, entry, forms[form], form) if form < len(forms) else None

    def _shipped_forms(self, language: str, entry: Entry) -> tuple[str, ...]:
        if language not in self._shipped:
            shipped = Library(self.root)
            known = language in shipped.codes
            self._shipped[language] = shipped.translations(language) if known else Translations()
        return self._shipped[language].of(entry)

    def languages(self, allow_unreviewed: bool = True) -> tuple[str, ...]:
        """See `locales.languages`."""
        return tuple(
            code for code in self.codes if self._offered(code) and self._may_run(code, allow_unreviewed)
        )

    @cached_property
    def heard(self) -> tuple[str, ...]:
        """Codes of the packs whose danger words count, English first: offered or not, whole or not, if they can be read.

        Whoever's language was taken off, or lost a sentence to a newer English, still says "I cannot breathe" in it.
        """
        return tuple(code for code in self.codes if self._readable(code))

    def negotiate(self, hint: str, allow_unreviewed: bool = True) -> str | None:
        """See `locales.negotiate`."""
        tag = hint.strip().replace("_", "-")
        if not tag or len(tag) > 35 or not tag.replace("-", "").isalnum() or not tag.isascii():
            return None
        head, _, rest = tag.partition("-")
        head = _SAME.get(head.lower(), head.lower())
        wanted = f"{head}-{rest}" if rest else head
        found = negotiate_locale([wanted], self.languages(allow_unreviewed), sep="-")
        return str(found) if found else None

    def words(self, message_id: str, language: str) -> frozenset[str]:
        """See `locales.words`. Raises KeyError for an id that is not in the template."""
        key = (message_id, language)
        if key not in self._words:
            mine = self._own_words(message_id, language)
            others: set[str] = set()
            for other in self.template:
                if wordlists.is_list(other) and not wordlists.is_heard(other) and other != message_id:
                    others |= self._own_words(other, language)
            english = wordlists.split(self.entry(message_id).source[0])
            self._words[key] = mine | (english - others if mine != english else english)
        return self._words[key]

    def typed(self, language: str) -> frozenset[str]:
        """See `locales.typed_words`."""
        if language not in self._typed:
            lists = (i for i in self.template if wordlists.is_list(i) and not wordlists.is_heard(i))
            self._typed[language] = frozenset().union(*(self.words(name, language) for name in lists))
        return self._typed[language]

    def phrases(self, message_id: str, language: str) -> tuple[str, ...]:
        """See `locales.phrases`. Raises KeyError for an id that is not in the template."""
        entry = self.entry(message_id)
        for code in self.chain(language):
            forms = self.translations(code).of(entry)
            if forms:
                return tuple(p for p in (phrase.strip() for phrase in forms[0].split("|")) if p)
        return ()

    def completeness(self) -> dict[str, dict[int, Completeness]]:
        """See `locales.completeness`."""
        return {code: self.completeness_of(code) for code in self.codes}

    def completeness_of(self, code: str) -> dict[int, Completeness]:
        """By tier how much of one pack is translated."""
        translations = self.translations(code)
        tiers: dict[int, Completeness] = {}
        for tier in sorted({entry.tier for entry in self.template.values()}):
            entries = [entry for entry in self.template.values() if entry.tier == tier]
            missing = tuple(entry.id for entry in entries if not translations.of(entry))
            tiers[tier] = Completeness(len(entries), len(entries) - len(missing), missing)
        return tiers

    def _readable(self, code: str) -> bool:
        try:
            self.pack(code)
            self.translations(code)
        except (BadPack, BadCatalogue) as error:
            log.error("pack_unreadable", extra={"language": code, "reason": str(error)})
            return False
        return True

    def _offered(self, code: str) -> bool:
        handed = self._of_others(code)
        return handed is None or handed.offered

    def _may_run(self, code: str, allow_unreviewed: bool) -> bool:
        """True for a pack that can be read, whose first tier is whole, and that the setting lets run."""
        if code not in self._fit:
            try:
                self.pack(code)
                self._fit[code] = self._first_tier_is_whole(code)
            except (BadPack, BadCatalogue) as error:
                log.error("pack_unreadable", extra={"language": code, "reason": str(error)})
                self._fit[code] = False
        return self._fit[code] and (allow_unreviewed or self.pack(code).reviewed)

    def _first_tier_is_whole(self, code: str) -> bool:
        """True where a language lacks no sentence of tier 1, but for those asked `later`; a region may take its language's."""
        own = [self.translations(code)]
        base = code.rpartition("-")[0]
        own += [self.translations(base)] if base in self.codes else []
        missing = [
            entry.id
            for entry in self.template.values()
            if entry.tier == 1 and not entry.later and not any(one.of(entry) for one in own)
        ]
        if missing:
            log.error("pack_incomplete", extra={"language": code, "message_ids": missing})
        return not missing

    def _own_words(self, message_id: str, language: str) -> frozenset[str]:
        entry = self.entry(message_id)
        for code in self.chain(language):
            forms = self.translations(code).of(entry)
            if forms:
                return wordlists.split(forms[0])
        return frozenset()

    def _values(self, text: Text, language: str, code: str) -> dict[str, str]:
        direction = self.pack(code).direction
        return {
            name: placeholders.isolate(self._value(value, language, direction), direction)
            for name, value in text.args.items()
        }

    def _value(self, value: object, language: str, direction: str) -> str:
        if isinstance(value, Text):
            return self.render(value, language)
        if isinstance(value, (tuple, list)):
            items = [
                placeholders.isolate(self._value(item, language, direction), direction) for item in value
            ]
            return str(format_list(items, style="standard", locale=_babel_locale(language)))
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return placeholders.clean(str(value))
        raise TypeError(f"an argument is {value!r}; expected str, int, Text or a tuple of these")


def _form(entry: Entry, forms: tuple[str, ...], translations: Translations, text: Text) -> str:
    if not entry.plural:
        return forms[0]
    count = text.args.get("count")
    if not isinstance(count, int):
        raise placeholders.MissingArgument(entry.id, "count")
    return forms[translations.plural_of(abs(count))]


def _babel_locale(language: str) -> str:
    return "en" if language in pseudo.PACKS else language.replace("-", "_")
