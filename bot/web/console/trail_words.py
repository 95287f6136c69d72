"""What the codes of the audit trail are called in the language of the page.

The trail keeps fixed words, numbers and hashes (bot.audit). Numbers and hashes are shown as they are. Where no message has a
word (a row of another version), the word itself is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import locales
from bot.audit import Link
from bot.channels import Account
from bot.packs import resumed
from bot.web.console import look
from bot.web.console.visit import Visit

__all__ = ["SUBJECTS", "UNSHOWN", "Detail", "details", "event", "events", "subject"]

_OF: Mapping[str, tuple[str, ...]] = {
    "case": (
        "case_seen", "case_claimed", "case_released", "case_passed_on", "case_second_opinion", "case_second_back", "case_opinion",
        "case_answered", "case_closed", "case_handed_over", "case_left_to_clinic", "case_erased", "erase_case_ordered",
        "patient_linked",
    ),
    "person": (
        "signed_in", "signed_out", "sessions_ended", "password_changed", "console_language", "codes_new", "codes_on",
        "codes_off", "login_made", "role_changed", "person_joined", "person_left", "person_removed",
        "person_restored",
    ),
    "pack": (
        "pack_created", "pack_sentence", "pack_imported", "pack_read", "pack_unread", "pack_described", "pack_examined",
        "pack_draft", "pack_checked", "pack_reviewed", "pack_live", "pack_retired", "pack_sound_ordered",
    ),
    "language": ("pack_rolled_back",),
    "place": ("place_added", "place_changed"),
    "places": ("places_imported",),
    "invitation": ("invitation_made", "invitation_withdrawn"),
    "letter": ("letter_replayed", "letter_dropped"),
    "account": ("test_message",),
    "order": ("backup_ordered", "training_set_ordered", "training_exported"),
    "chat": ("erase_chat_ordered",),
    "erased": ("chat_erased",),
    "consent": ("teaching_agreed", "teaching_withdrawn"),
    "keeping": ("photo_days_set",),
    "round": ("review_started",),
    "answer": ("review_seen", "review_scored"),
}  # fmt: skip

# What each kind of event is about: the end of a message id `console.trail.of_*`.
SUBJECTS: Mapping[str, str] = MappingProxyType({what: kind for kind, all_ in _OF.items() for what in all_})

# Values that are fixed words: the beginning of their message ids, by the key before them.
_WORDS = {
    "role": "console.role.",
    "where": "console.trail.where_",
    "origin": "console.trail.origin_",
    "kind": "console.letters.",
}

# Details that only code reads again.
UNSHOWN = frozenset({resumed.DETAIL})


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail of a row. before: None where there was nothing before, or it does not change."""

    name: str
    value: str
    before: str | None = None


def event(visit: Visit, what: str) -> str:
    """What happened."""
    return _said(visit, f"console.trail.what_{what}", what)


def events(visit: Visit, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """(code, words) of each, by their words."""
    return sorted(((what, event(visit, what)) for what in kinds), key=lambda one: one[1].casefold())


def subject(visit: Visit, link: Link) -> tuple[str, str]:
    """What a row is about: which kind of thing ('' where that is not known), and its number, hash or name."""
    kind = SUBJECTS.get(link.what)
    if kind is None:
        return "", link.subject
    name, shown = visit.t(f"console.trail.of_{kind}"), link.subject
    if kind == "language":
        shown = look.language_name(link.subject, visit.language)
    elif kind == "account":
        shown = visit.account(Account(*link.subject.split(":", 1))) if ":" in link.subject else link.subject
    elif kind == "places":
        shown = visit.t("console.trail.all_places")
    elif kind == "order" and not link.subject.isdigit():
        shown = visit.t("console.trail.command_line")
    return name, shown


def details(visit: Visit, link: Link) -> list[Detail]:
    """What changed, and what else stands in the row for people, by the code of its name."""
    before, after = link.before or {}, link.after or {}
    changed = [
        Detail(
            _key(visit, key),
            _value(visit, link.what, key, after.get(key)),
            None if link.before is None else _value(visit, link.what, key, before.get(key)),
        )
        for key in sorted({*before, *after})
    ]
    return changed + [
        Detail(_key(visit, key), _value(visit, link.what, key, value))
        for key, value in sorted(link.details.items())
        if key not in UNSHOWN
    ]


def _key(visit: Visit, key: str) -> str:
    return _said(visit, f"console.trail.key_{key}", key)


def _value(visit: Visit, what: str, key: str, value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return visit.t("console.trail.yes" if value else "console.trail.no")
    if isinstance(value, list):
        names = [_field(visit, what, str(one)) if key == "fields" else str(one) for one in value]
        return ", ".join(names)
    text = str(value)
    if key == "language":
        return look.language_name(text, visit.language)
    if key == "state":
        begin = "console.packs.state." if what.startswith("pack_") else "console.trail.state_"
        return _said(visit, begin + text, text)
    return _said(visit, _WORDS[key] + text, text) if key in _WORDS else text


def _field(visit: Visit, what: str, name: str) -> str:
    """A field of a form: of a place, or of what is said of a language."""
    if what.startswith("place_"):
        return _key(visit, name) if name == "active" else _said(visit, f"console.places.{name}", name)
    return _said(visit, f"console.trail.field_{name}", name)


def _said(visit: Visit, message_id: str, otherwise: str) -> str:
    return visit.t(message_id) if message_id in locales.library().template else otherwise
